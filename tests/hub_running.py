"""A real hub for tests: on free ports, in a temporary folder, with real accounts and jails.

``with running_hub(tmp_path, trainees=[...]) as hub`` starts what ``python -m grading hub`` starts.
It needs root, bubblewrap and the proxy from npm; where something is missing the test is skipped
with the reason, and with ``CI`` set it fails.
"""

from __future__ import annotations

import atexit
import csv
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from course import paths
from course.errors import CourseError
from grading.hub import host_programs, proxying, starting
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.rooms import Rooms
from grading.hub.settings import Limits, Settings
from grading.state import GradingState
from tests.free_ports import free_ports

PASSWORD = "a rehearsal only"


def why_not() -> str:
    """Return why no hub can run here, "" where one can."""
    from grading import jail

    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "a hub needs root"
    try:
        proxying.node()
    except CourseError as error:
        return str(error)
    return jail.why_not()


def require_hub() -> None:
    """Skip where no hub can run; fail where one must (``CI``)."""
    if reason := why_not():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@dataclass
class Outcome:
    """What a cell or a line of a terminal gave."""

    text: str = ""
    error: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return bool(self.error)


class Person:
    """A browser of one person: cookies, and the token against forged requests where asked for."""

    def __init__(self, hub: RunningHub, name: str) -> None:
        self.hub, self.name = hub, name
        self.http = requests.Session()

    def xsrf(self, path: str) -> str:
        """Return the token that belongs to a path: of the nearest cookie."""
        found = [
            c for c in self.http.cookies if c.name == "_xsrf" and path.startswith(c.path or "/")
        ]
        return max(found, key=lambda c: len(c.path)).value or "" if found else ""

    def request(self, method: str, path: str, *, xsrf: bool = True, **more: Any) -> Any:
        """Send a request to the hub, with the token as the page would send it."""
        headers = dict(more.pop("headers", {}))
        if xsrf and (token := self.xsrf(urlsplit(path).path)):
            headers.setdefault("X-XSRFToken", token)
        more.setdefault("timeout", 120)
        return self.http.request(method, self.origin(path) + path, headers=headers, **more)

    def origin(self, path: str) -> str:
        """Return the origin that answers a path."""
        return self.hub.address

    def get(self, path: str, **more: Any) -> Any:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> Any:
        return self.request("POST", path, **more)

    def sign_in(self, password: str = PASSWORD) -> Any:
        """Type name and password into the page."""
        self.get("/hub/login")
        data = {"username": self.name, "password": password, "_xsrf": self.xsrf("/hub/login")}
        return self.post("/hub/login?next=%2Fhub%2Fhome", data=data, xsrf=False)

    @property
    def base(self) -> str:
        return f"/user/{requests.utils.quote(self.name)}"

    def start(self, *, patience: float = 180) -> Any:
        """Start the person's server and enter it as a browser does."""
        user = f"/hub/api/users/{requests.utils.quote(self.name)}"
        self.get("/hub/home")
        answer = self.post(f"{user}/server")
        assert answer.status_code in (201, 202, 400), answer.text
        end = time.monotonic() + patience
        while True:
            model = self.get(user).json()
            server = (model.get("servers") or {}).get("") or {}
            if server.get("ready"):
                break
            gone = not server.get("pending") and not server.get("ready")
            if time.monotonic() > end or (gone and time.monotonic() > end - patience + 5):
                raise AssertionError(f"{self.name} has no server: {model}\n{self.log()}")
            time.sleep(0.3)
        page = self.get(f"{self.base}/lab/tree/home.md")
        assert page.status_code == 200, page.status_code
        return page

    def stop(self) -> None:
        """Stop the person's server and wait until it is gone."""
        user = f"/hub/api/users/{requests.utils.quote(self.name)}"
        self.request("DELETE", f"{user}/server")
        end = time.monotonic() + 60
        while (self.get(user).json().get("servers") or {}) and time.monotonic() < end:
            time.sleep(0.2)

    def log(self) -> str:
        """Return what the person's server wrote."""
        path = self.hub.folder.home(self.name) / ".server.log"
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        return text[-3000:]

    def kernel(self) -> str:
        """Return the id of the person's kernel, started when there is none."""
        running = self.get(f"{self.base}/api/kernels").json()
        if running:
            return str(running[0]["id"])
        answer = self.post(f"{self.base}/api/kernels", json={"path": ""})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def run_code(self, code: str, *, timeout: float = 120) -> Outcome:
        """Run code in the person's kernel, as a cell of a notebook does."""
        kernel = self.kernel()
        with self._socket(f"{self.base}/api/kernels/{kernel}/channels", timeout) as channel:
            ident = uuid.uuid4().hex
            header = {"msg_id": ident, "msg_type": "execute_request", "username": self.name,
                      "session": uuid.uuid4().hex, "version": "5.3", "date": ""}  # fmt: skip
            content = {"code": code, "silent": False, "store_history": False,
                       "allow_stdin": False, "stop_on_error": True}  # fmt: skip
            message = {"header": header, "parent_header": {}, "metadata": {}, "content": content,
                       "channel": "shell", "buffers": []}  # fmt: skip
            channel.send(json.dumps(message))
            return _read_outcome(channel, ident, timeout)

    def terminal(self, line: str, *, timeout: float = 60) -> Outcome:
        """Type a line into a terminal of JupyterLab and return what it printed."""
        name = self.post(f"{self.base}/api/terminals").json()["name"]
        # the shell's echo of the line must not look like its end
        line = f"{line}\nprintf 'E''ND %s\\n' $?\n"
        text = ""
        with self._socket(f"{self.base}/terminals/websocket/{name}", timeout) as channel:
            channel.send(json.dumps(["set_size", 50, 4000]))
            channel.send(json.dumps(["stdin", "stty -echo; PS1=; printf 'BE''GIN\\n'\n"]))
            channel.send(json.dumps(["stdin", line]))
            end = time.monotonic() + timeout
            while time.monotonic() < end and "END " not in text.partition("BEGIN")[2]:
                try:
                    kind, *words = json.loads(channel.recv())
                except Exception:
                    break
                if kind == "stdout":
                    text += str(words[0])
        self.request("DELETE", f"{self.base}/api/terminals/{name}")
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "")
        said, _, rest = text.partition("BEGIN")[2].rpartition("END ")
        code = rest.strip().split("\n")[0]
        return Outcome(said.strip("\n") or rest, "" if code == "0" else f"exit code {code}")

    @contextmanager
    def _socket(self, path: str, timeout: float) -> Iterator[Any]:
        import websocket

        where = self.origin(path).replace("http", "ws", 1) + path
        cookies = "; ".join(
            f"{c.name}={c.value}" for c in self.http.cookies if path.startswith(c.path or "/")
        )
        channel = websocket.create_connection(
            f"{where}?_xsrf={requests.utils.quote(self.xsrf(path))}", cookie=cookies,
            origin=self.origin(path), timeout=timeout,
        )  # fmt: skip
        try:
            yield channel
        finally:
            channel.close()

    def assignments(self) -> dict[str, str]:
        """Return the Assignments list: the state of each module."""
        answer = self.get(f"{self.base}/assignments?course_id=smartcity").json()
        assert answer["success"], answer
        found = answer["value"]
        return {a["assignment_id"]: a["status"] for a in found if a["status"] != "submitted"}

    def exchange(self, action: str, assignment: str) -> Any:
        """Press *Fetch*, *Submit* or *Fetch Feedback* (``fetch``, ``submit``, ...)."""
        data = {"course_id": "smartcity", "assignment_id": assignment}
        return self.post(f"{self.base}/assignments/{action}", json=data).json()


def _read_outcome(channel: Any, ident: str, timeout: float) -> Outcome:
    made = Outcome()
    end = time.monotonic() + timeout
    replied = idle = False
    while time.monotonic() < end and not (replied and idle):
        message = json.loads(channel.recv())
        if (message.get("parent_header") or {}).get("msg_id") != ident:
            continue
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "stream":
            made.text += content["text"]
        elif kind in ("execute_result", "display_data"):
            made.outputs.append(content)
            made.text += str(content["data"].get("text/plain", ""))
        elif kind == "error":
            made.error = f"{content['ename']}: {content['evalue']}"
        elif kind == "execute_reply":
            replied = True
        elif kind == "status" and content["execution_state"] == "idle":
            idle = True
    if not (replied and idle):  # half an outcome would look like a whole one
        raise TimeoutError(f"the cell did not end within {timeout:g} s: {made}")
    return made


@dataclass
class RunningHub:
    """A hub that runs, and what tests do with it."""

    folder: HubFolder
    settings: Settings
    trainees: tuple[str, ...]
    run: starting.Running
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def state(self) -> GradingState:
        """Return the host's grading state."""
        return self.folder.grading(paths.ROOT)

    def person(self, name: str) -> Person:
        """Return a browser of a person who has not signed in yet: a fresh one each time."""
        return Person(self, name)

    def sign_in(self, name: str) -> Person:
        """Return a browser that has signed in, the same one each time."""
        if name not in self.people:
            person = Person(self, name)
            answer = person.sign_in()
            assert answer.status_code == 200 and "/hub/login" not in answer.url, answer.url
            self.people[name] = person
        return self.people[name]

    session = sign_in

    def server(self, name: str) -> Person:
        """Return a person whose server runs."""
        person = self.sign_in(name)
        person.start()
        return person

    def run_code(self, name: str, code: str, **more: Any) -> Outcome:
        return self.sign_in(name).run_code(code, **more)

    def terminal(self, name: str, line: str, **more: Any) -> Outcome:
        return self.sign_in(name).terminal(line, **more)

    def inside(self, name: str, argv: Sequence[str], **more: Any) -> Any:
        """Run a program in a person's room without their server: the quick way to look."""
        rooms = Rooms(self.folder, self.settings)
        more = {"capture_output": True, "text": True, "timeout": 120, "check": False} | more
        return subprocess.run(
            rooms.command(name, list(argv)), env=rooms.environment(name), cwd="/", **more
        )

    def as_host(self, *words: str, check: bool = True) -> Any:
        """Run ``python -m grading ...`` as the host, in the host's view."""
        done = subprocess.run(
            host_programs.host_command(
                ["python", "-m", "grading.hub.as_host", *words], self.folder,
                settings=self.settings,
            ),
            env=host_programs.host_environment(self.folder, self.settings), cwd="/",
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def log(self) -> str:
        return starting.log_file(self.folder).read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """End the hub as a power cut would; the trainees' servers go on."""
        os.kill(self.run.process.pid, signal.SIGKILL)
        self.run.process.wait()
        self.run.release()

    def stop(self) -> None:
        """End the hub politely, with all servers."""
        self.run.stop()

    def start_again(self, *, settings: Settings | None = None) -> None:
        """Start a hub on the same folder and ports; signed-in people stay signed in."""
        self.settings = settings or self.settings
        self.run = starting.start(self.folder, self.settings, dummy=True)


def write_roster(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Write a roster of test names."""
    columns = ["student_id", "name", "email", "city", "team", "programme"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@contextmanager
def running_hub(
    folder: Path,
    trainees: Sequence[str | Mapping[str, str]] = ("ana-test", "ben-test"),
    *,
    instructors: Sequence[str] = ("inga-test",),
    off: Mapping[str, frozenset[Defence]] | None = None,
    limits: Limits | None = None,
    before: Callable[[HubFolder], None] | None = None,
    patience: float = 180,
    **settings: Any,
) -> Iterator[RunningHub]:
    """Start a hub, hand it out, end it with everything it started.

    Parameters
    ----------
    folder : Path
        Of the test, for its roster. The hub's own is ``hub.folder``; it goes with the process.
    trainees : sequence
        Ids, or rows of a roster with ``student_id`` and more.
    instructors : sequence of str
        Names.
    off : mapping, optional
        Defences to switch off, by person or ``"*"``.
    limits : Limits, optional
        What a person may use.
    before : callable, optional
        Called with the folder before the hub starts.
    patience : float
        Seconds to wait for it.
    **settings
        Further fields of ``grading.hub.settings.Settings``.
    """
    require_hub()
    # not below pytest's folders: each new run of pytest closes them for other accounts
    open_folder = Path(tempfile.mkdtemp(prefix="course-hub-"))
    open_folder.chmod(0o711)
    atexit.register(shutil.rmtree, open_folder, ignore_errors=True)
    base = open_folder / "hub"
    hub_folder = HubFolder(base, base / "state")
    rows = [{"student_id": t} if isinstance(t, str) else dict(t) for t in trainees]
    rows = [{"name": f"Test {r['student_id']}"} | r for r in rows]
    state = hub_folder.grading(paths.ROOT).prepare()
    if rows:
        from grading import cohort

        made = cohort.add(state, write_roster(folder / "roster.csv", rows))
        assert not made.problems, made.problems
    made_settings = Settings(
        port=0, instructors=tuple(instructors), sign_in={"mode": "dummy"}, off=off or {},
        limits=limits or Limits(), first_uid=1_000_000 + 100_000 * secrets.randbelow(20_000),
    )  # fmt: skip
    ports = dict(zip(("port", "hub_port", "proxy_port", "formgrader_port", "desk_port"),
                     free_ports(5), strict=True))  # fmt: skip
    chosen = replace(made_settings, **{**ports, **settings})
    share_proxy(hub_folder)
    if before is not None:
        before(hub_folder)
    run = starting.start(hub_folder, chosen, dummy=True, patience=patience)
    names = tuple(r["student_id"] for r in rows)
    hub = RunningHub(hub_folder, chosen, names, run)
    try:
        yield hub
    finally:
        hub.stop()


def share_proxy(folder: HubFolder) -> None:
    """Install the proxy once for all tests of a run: npm is slow, its result is the same."""
    shared = Path(os.environ.get("COURSE_CACHE") or paths.cache_dir()) / "hub-proxy"
    if not (shared / "proxy" / "installed").is_file():
        mine = HubFolder(shared.with_name(f"hub-proxy.{os.getpid()}"), shared)
        proxying.install(mine)
        with suppress(OSError):  # another process of this run was first
            os.rename(mine.base, shared)
    if not folder.proxy.exists():
        folder.base.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(shared / "proxy"), str(folder.proxy)], check=True)
