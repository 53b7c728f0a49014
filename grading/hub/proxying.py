"""The proxy: npm's configurable-http-proxy, pinned, in a view of its own, without rights.

It is installed below the hub's folder on the first start. Its token lies in a file that root
alone can read and reaches it as a variable, never on a command line.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from course import whole_files
from course.errors import CourseError
from grading.hub import processes, view
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings

SOURCE = Path(__file__).resolve().parent / "proxy"
_FILES = ("package.json", "package-lock.json")
_PROGRAM = "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
OLDEST_NODE = 20


def install(folder: HubFolder) -> Path:
    """Install the pinned proxy where it is not installed yet; return its program.

    Raises
    ------
    CourseError
        Node.js is missing or too old, or npm could not install.
    """
    node()
    wanted = b"".join((SOURCE / name).read_bytes() for name in _FILES)
    target, stamp = folder.proxy, folder.proxy / "installed"
    if stamp.is_file() and stamp.read_bytes() == wanted and (target / _PROGRAM).is_file():
        return target / _PROGRAM
    npm = shutil.which("npm")
    if npm is None:
        raise CourseError(
            "npm is not installed; the hub's proxy comes from it.",
            "Install Node.js 20 or newer with npm (Debian: apt install nodejs npm).",
        )
    for left in target.parent.glob(".proxy.*"):  # of a first start that was killed
        shutil.rmtree(left, ignore_errors=True)
    beside = target.with_name(f".proxy.{os.getpid()}")
    beside.mkdir(parents=True)
    for name in _FILES:
        shutil.copyfile(SOURCE / name, beside / name)
    done = subprocess.run(
        [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=beside, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        shutil.rmtree(beside, ignore_errors=True)
        lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise CourseError(
            f"npm could not install the proxy: {(lines or ['no reason given'])[0].strip()}",
            "Check the network for this first start, or copy the folder "
            f"{target} from a machine where the hub has run.",
        )
    whole_files.write(beside / "installed", wanted)
    for path in [beside, *beside.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(beside, target)
    return target / _PROGRAM


def node() -> Path:
    """Return Node.js.

    Raises
    ------
    CourseError
        It is not there, or too old for the proxy.
    """
    remedy = f"Install Node.js {OLDEST_NODE} or newer with npm (Debian: apt install nodejs npm)."
    found = shutil.which("node") or shutil.which("nodejs")
    if found is None:
        raise CourseError("Node.js is not installed; the hub's proxy needs it.", remedy)
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    first = said.strip().lstrip("v").partition(".")[0]
    if not first.isdigit() or int(first) < OLDEST_NODE:
        raise CourseError(f"Node.js here is {said.strip() or 'broken'}.", remedy)
    return Path(found).resolve()


def command(folder: HubFolder, settings: Settings) -> list[str]:
    """Return the command of the proxy for JupyterHub, which adds the ports."""
    argv = [str(node()), str(folder.proxy / _PROGRAM)]
    who = view.Who("proxy", settings.first_uid - 1, "/tmp")
    keys = [Path(p) for p in tls_files(folder, settings).values()]
    return view.proxy(argv, who, folder=folder, keys=keys, low_port=settings.port < 1024)


def tls_files(folder: HubFolder, settings: Settings) -> dict[str, str]:
    """Return where the proxy reads certificate and key, a copy that it alone can read."""
    if not settings.tls_certificate:
        return {}
    uid = settings.first_uid - 1
    made = {}
    (folder.run / "tls").mkdir(parents=True, exist_ok=True)
    for name, source in (("cert", settings.tls_certificate), ("key", settings.tls_key)):
        target = folder.run / "tls" / name
        target.unlink(missing_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "wb") as file:
            file.write((folder.base / source).read_bytes())
        os.chown(target, uid, uid)
        made[name] = str(target)
    (folder.run / "tls").chmod(0o711)
    return made


def token(folder: HubFolder) -> str:
    """Return the token hub and proxy share, made at the first start."""
    path = folder.secret / "proxy_token"
    try:
        known = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        known = ""
    if len(known) < 64:  # none yet, or cut off: a proxy without a token obeys everybody
        known = secrets.token_hex(32)
        whole_files.write(path, known, mode=0o600, to_disk=True)
    return known


def end_stale(folder: HubFolder) -> list[int]:
    """End proxies of this hub's folder that an earlier, killed hub left behind.

    JupyterHub would look at a file with a number only, and after a restart of the machine that
    number can be any program's. Here the program's own path must stand in its command line.

    Returns
    -------
    list of int
        The processes that were ended.
    """
    (folder.secret / "jupyterhub-proxy.pid").unlink(missing_ok=True)
    found = processes.with_word(str(folder.proxy / _PROGRAM))
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    end = time.monotonic() + 5
    while any(processes.began(pid) for pid in found) and time.monotonic() < end:
        time.sleep(0.05)
    return found
