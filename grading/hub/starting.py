"""Start a hub and keep it running: one process of JupyterHub, ended with everything it began."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from course import paths, whole_files
from course.errors import CourseError
from grading.hub import firewall, holding, preparing, processes, proxying
from grading.hub.folder import HubFolder
from grading.hub.handing_over import VARIABLE, Handed
from grading.hub.settings import Settings, in_address
from grading.hub.watching import Watch

CONFIG = Path(__file__).resolve().parent / "jupyterhub_config.py"
PATIENCE = 120.0


@dataclass
class Running:
    """A hub that runs.

    Attributes
    ----------
    process : subprocess.Popen
        JupyterHub.
    address : str
        Where people reach it.
    folder, settings
        What it was started with.
    lock : int
        The file that says that the folder is in use.
    numbers : int
        The file that says that the range of account numbers is in use; -1: none.
    watch : Watch
        Counts room in the background.
    warnings : list of str
        What the host should know; the hub runs all the same.
    ports : list of socket.socket
        Holds on the ports of the host's services.
    """

    process: subprocess.Popen[bytes]
    address: str
    folder: HubFolder
    settings: Settings
    lock: int
    watch: Watch
    warnings: list[str]
    numbers: int = -1
    ports: list[socket.socket] = field(default_factory=list)

    def stop(self, *, patience: float = 60.0) -> None:
        """End the hub with all servers and services; at once where it does not end in time."""
        self.watch.stop()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.lock >= 0:
            firewall.open_again(self.settings)
        (self.folder.run / "hub.json").unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let another hub use the folder."""
        self.watch.stop()
        if self.lock >= 0:
            os.close(self.lock)
        for port in self.ports:
            port.close()
        holding.let_go(self.numbers, self.settings)
        self.lock = self.numbers = -1


def refuse_unless_root() -> None:
    """Raise where the hub cannot give each person a number of their own."""
    if not hasattr(os, "geteuid"):
        raise CourseError(
            "The hub runs on Linux only.",
            "Use a Linux machine, or a container; for yourself: python3 -m course lab.",
        )
    if os.geteuid() != 0:
        raise CourseError(
            "The hub keeps people apart by their account numbers, which only root can do.",
            f"Start it with: sudo {sys.executable} -m grading hub.",
        )


def start(
    folder: HubFolder, settings: Settings, *, dummy: bool = False, patience: float = PATIENCE
) -> Running:
    """Start a hub and return when it answers.

    Parameters
    ----------
    folder : HubFolder
        Its folder; prepared here.
    settings : Settings
        Checked.
    dummy : bool
        Sign-in without passwords.
    patience : float
        Seconds until a hub that does not answer is given up.

    Raises
    ------
    CourseError
        It runs already, something is missing, or it ended again at once.
    """
    refuse_unless_root()
    lock = holding.folder_alone(folder)
    numbers = -1
    ports: list[socket.socket] = []
    try:
        if begun := holding.restore_begun(folder):
            raise begun
        numbers = holding.numbers_alone(settings)
        table = preparing.prepare(folder, settings)
        holding.refuse_foreign_numbers(table, settings)
        proxying.install(folder)
        proxying.end_stale(folder)
        holding.wait_for_ports(settings)
        ports = holding.ports_of_host(settings, table.host)
        warnings = [said for said in [firewall.close(settings)] if said]
        token = secrets.token_hex(32)
        process = _launch(Handed(folder, settings, dummy, token), lock)
    except BaseException:
        os.close(lock)
        for port in ports:
            port.close()
        holding.let_go(numbers, settings)
        raise
    watch = Watch(folder, settings, token)
    running = Running(
        process, address(settings), folder, settings, lock, watch, warnings, numbers, ports
    )
    try:
        _wait(running, settings, patience)
    except BaseException:
        running.stop(patience=10)
        raise
    note(running)
    watch.start()
    return running


def note(running: Running) -> None:
    """Write for ``hub check`` which hub runs here; no secrets in it."""
    said = {
        "address": running.address, "proxy": own_address(running.settings),
        "pid": running.process.pid,
        "began": processes.began(running.process.pid), **running.settings.ports(),
        "first_uid": running.settings.first_uid, "outbound": running.settings.outbound,
    }  # fmt: skip
    whole_files.write(running.folder.run / "hub.json", json.dumps(said))


def address(settings: Settings) -> str:
    """Return where people reach the hub."""
    if settings.public_url:
        return settings.public_url.rstrip("/") + "/"
    return f"{own_address(settings)}/"


def own_address(settings: Settings) -> str:
    """Return where this machine itself reaches the proxy; no slash at the end."""
    scheme = "https" if settings.tls_certificate else "http"
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(settings.ip, settings.ip)
    return f"{scheme}://{in_address(host)}:{settings.port}"


def log_file(folder: HubFolder) -> Path:
    """Return where hub, proxy and services write."""
    return folder.logs / "hub.log"


def _launch(handed: Handed, lock: int) -> subprocess.Popen[bytes]:
    read, write = os.pipe()
    os.set_inheritable(read, True)
    env = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin", "/usr/sbin",
                                 "/sbin"]),
        "HOME": str(handed.folder.secret),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(paths.ROOT),
        "COURSE_HUB": str(handed.folder.base),
        "COURSE_STATE": str(handed.folder.state),
        VARIABLE: str(read),
    }  # fmt: skip
    with log_file(handed.folder).open("ab") as log:
        process = subprocess.Popen(
            # with the command that started it the hub ends too, politely
            ["setpriv", "--pdeathsig", "TERM", "--",
             sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)],
            env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=handed.folder.secret,
            pass_fds=(read, lock), start_new_session=True, umask=0o022,
            preexec_fn=_hear_ctrl_c,
        )  # fmt: skip
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as pipe:
        pipe.write(handed.to_json())
    return process


def _hear_ctrl_c() -> None:
    """Let JupyterHub end its services with SIGINT, which a shell's ``&`` makes them ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _wait(running: Running, settings: Settings, patience: float) -> None:
    """Wait until hub and proxy answer together."""
    end = time.monotonic() + patience
    own = f"http://127.0.0.1:{settings.ports()['hub_port']}/hub/health"
    url = f"{own_address(settings)}/hub/health"
    while time.monotonic() < end:
        if running.process.poll() is not None:
            raise CourseError(
                f"JupyterHub ended while starting: {last_error(running.folder)}",
                f"The log is {log_file(running.folder)}.",
            )
        # first itself, then by way of the proxy: the proxy notes every page it does not find
        if answers(own) and answers(url):
            return
        time.sleep(0.2)
    raise CourseError(
        f"The hub did not answer at {url}.", f"The log is {log_file(running.folder)}."
    )


def answers(url: str) -> bool:
    """Say whether something at an address says that all is well."""
    import ssl

    context = ssl._create_unverified_context() if url.startswith("https") else None
    try:
        with urllib.request.urlopen(url, timeout=5, context=context) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError, ValueError):
        return False


def last_error(folder: HubFolder) -> str:
    """Return the last line of the log that says what went wrong."""
    try:
        lines = log_file(folder).read_text(encoding="utf-8", errors="replace").splitlines()[-80:]
    except OSError:
        return "it wrote no log"
    wrong = [line for line in lines if "Error" in line or line.startswith("[C ")]
    return (wrong or lines or ["it wrote no log"])[-1].strip()[:300]


def forward(running: Running) -> int:
    """Wait for the hub's end; Ctrl-C or a polite signal to this process ends it."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    # set, not left as found: a shell starts programs in the background deaf to Ctrl-C
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    try:
        return running.process.wait()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        running.stop()
        return 0
