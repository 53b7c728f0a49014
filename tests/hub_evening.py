"""Trainees who work through a real hub, each in a thread, and the audit of what they handed in.

Used by the load table (``benchmarks/bench_load_hub.py``), by ``test_hub_load.py`` and by
``test_hub_kills.py``. A trainee behaves as a person: when the page does not answer, they load
it again until it does; what the page confirmed is written down with the files as they were at
that moment, so that the audit can ask for exactly these files in the exchange.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.hub_running import Person, RunningHub

MODULE = "10_integrated_fares"
NUMBER = "10"
WORK = f"modules/{MODULE}"
PATIENCE = 240.0  # seconds that a person goes on loading the page again


class TryAgain(Exception):
    """The page did not answer, or a page in between said so: a person loads it again."""


@dataclass(frozen=True)
class Step:
    """One thing one trainee did.

    Parameters
    ----------
    person, name : str
        Who, what.
    seconds : float
        From the first try to the answer.
    cpu : float
        CPU seconds of the trainee's own processes meanwhile.
    again : int
        How often the page was loaded again.
    failure : str
        The reason in one line, "" where it was done.
    """

    person: str
    name: str
    seconds: float
    cpu: float
    again: int
    failure: str


@dataclass
class Evening:
    """What happened.

    Parameters
    ----------
    hub : RunningHub
        The hub.
    steps : list of Step
        In the order of their ends.
    confirmed : dict
        By person: the files of each hand-in that the page confirmed, name to SHA-256.
    refused : dict
        By person: what the page said to a hand-in that it did not take.
    felt : Event
        Set as soon as anybody has to load a page again.
    """

    hub: RunningHub
    steps: list[Step] = field(default_factory=list)
    confirmed: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    felt: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def failures(self) -> list[Step]:
        return [step for step in self.steps if step.failure]

    def all_at_once(
        self, what: Callable[[Trainee], Any], trainees: Sequence[Trainee],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """Let all trainees do something at the same moment; wait for all of them.

        What happens ``meanwhile`` happens in this thread: a hub ends with the thread that
        started it.
        """
        gate = threading.Barrier(len(trainees))

        def run(trainee: Trainee) -> None:
            gate.wait()
            try:
                what(trainee)
            except GaveUp:
                pass
            except BaseException as error:  # a thread that dies in silence would be waited for
                told = f"{type(error).__name__}: {error}"[:200] or "?"
                with self.lock:
                    self.steps.append(Step(trainee.name, "the evening", 0, 0, 0, told))
                raise

        threads = [threading.Thread(target=run, args=[t], daemon=True) for t in trainees]
        for thread in threads:
            thread.start()
        try:
            meanwhile()
        finally:
            for thread in threads:
                thread.join()


class GaveUp(Exception):
    """A step failed for good; the trainee goes home."""


class Trainee:
    """A person with a browser."""

    def __init__(self, evening: Evening, name: str) -> None:
        self.evening, self.name = evening, name
        self.browser: Person = evening.hub.person(name)

    def do(self, name: str, action: Callable[[], Any], *, patience: float = PATIENCE) -> Any:
        """Do a step, loading the page again while nobody answers; note how it went."""
        began, cpu, again, failure, made = time.monotonic(), self.cpu(), 0, "", None
        while True:
            try:
                made = action()
                break
            except (TryAgain, requests.RequestException, OSError) as error:
                if time.monotonic() - began > patience:
                    failure = f"{type(error).__name__}: {error}"[:200]
                    break
                again += 1
                self.evening.felt.set()
                time.sleep(0.5)
                if again % 4 == 0 and name not in ("sign in", "server starts"):
                    self.start_anew()
            except Exception as error:
                failure = f"{type(error).__name__}: {error}"[:200].replace("\n", " ")
                break
        seconds, spent = time.monotonic() - began, max(0.0, self.cpu() - cpu)
        with self.evening.lock:
            self.evening.steps.append(Step(self.name, name, seconds, spent, again, failure))
        if failure:
            raise GaveUp(failure)
        return made

    def start_anew(self) -> None:
        """Do again what a person does at the start, as far as it goes now."""
        with suppress(TryAgain, requests.RequestException, OSError):
            self._arrive()

    def cpu(self) -> float:
        return sum(cpu for cpu, _ in used_by(self.uid()).values())

    def uid(self) -> int:
        from grading.hub import accounts

        return accounts.read(self.evening.hub.folder.accounts).people.get(self.name, -1)

    # ---- what a person does ------------------------------------------------------------

    def sign_in(self) -> None:
        def action() -> None:
            answer = self.browser.sign_in()
            if answer.status_code >= 500:
                raise TryAgain(f"the page said {answer.status_code}")
            assert answer.status_code == 200 and "/hub/login" not in answer.url, answer.url

        self.do("sign in", action)

    def start(self) -> None:
        """Press *Start my server* and wait until JupyterLab shows the home page."""
        self.do("server starts", self._arrive)

    def _arrive(self) -> None:
        user = f"/hub/api/users/{requests.utils.quote(self.name)}"
        # a page of the hub first: what the proxy shows meanwhile sets a cookie that is no token
        if self.browser.get("/hub/home").status_code >= 500:
            raise TryAgain("the home page does not answer")
        model = answered(self.browser.get(user))
        server = (model.get("servers") or {}).get("") or {}
        if not server:
            said = self.browser.post(f"{user}/server")
            if said.status_code not in (201, 202, 400):
                raise TryAgain(f"start said {said.status_code}")
        if not server.get("ready"):
            raise TryAgain("the server is not ready")
        # a new server gives a new cookie with its first page
        page = self.browser.get(f"{self.browser.base}/lab/tree/home.md")
        if page.status_code != 200:
            raise TryAgain(f"the page said {page.status_code}")

    def fetch(self) -> None:
        self.do("fetch module", lambda: self.exchange("fetch"))

    def open(self) -> list[dict[str, Any]]:
        """Open the exercises: the notebook's text and a kernel of its own."""

        def action() -> list[dict[str, Any]]:
            where = f"{self.browser.base}/api/contents/{WORK}/exercises.ipynb?content=1"
            notebook = answered(self.browser.get(where))
            self._kernel()
            return [c for c in notebook["content"]["cells"] if c["cell_type"] == "code"]

        return self.do("open exercises", action)

    def _kernel(self) -> None:
        """Give the notebook a kernel, in the notebook's folder, where it has none."""
        if not answered(self.browser.get(f"{self.browser.base}/api/kernels")):
            body = {"path": f"{WORK}/exercises.ipynb", "type": "notebook",
                    "name": "exercises.ipynb", "kernel": {"name": "python3"}}  # fmt: skip
            answered(self.browser.post(f"{self.browser.base}/api/sessions", json=body))

    def run(self, step: str, sources: Sequence[str]) -> None:
        """Run cells one after another in the real kernel."""

        def action() -> None:
            from websocket import WebSocketException

            self._kernel()
            for source in sources:
                try:
                    made = self.browser.run_code(source, timeout=200)
                except (WebSocketException, ValueError, KeyError, AssertionError) as error:
                    raise TryAgain(f"{type(error).__name__}: {error}"[:100]) from None
                assert not made.failed, made.error

        self.do(step, action)

    def hand_in(self, *, patience: float = PATIENCE, step: str = "hand in") -> bool:
        """Press *Submit*; write down what was confirmed, or what the page said instead."""
        home = self.evening.hub.folder.home(self.name) / "course" / WORK

        def action() -> bool:
            files = hashes(home)
            made = answered(
                self.browser.post(
                    f"{self.browser.base}/assignments/submit",
                    json={"course_id": "smartcity", "assignment_id": MODULE},
                )
            )
            with self.evening.lock:
                if made["success"]:
                    self.evening.confirmed.setdefault(self.name, []).append(files)
                else:
                    said = str(made.get("value") or made)
                    self.evening.refused.setdefault(self.name, []).append(said)
            return bool(made["success"])

        return self.do(step, action, patience=patience)

    def feedback(self) -> None:
        self.do("fetch feedback", lambda: self.exchange("fetch_feedback"))
        where = self.evening.hub.folder.home(self.name) / "course" / WORK
        found = list(where.rglob("feedback/*/*.html")) or list(where.rglob("*.html"))
        if not found:
            with self.evening.lock:
                self.evening.steps.append(
                    Step(self.name, "fetch feedback", 0, 0, 0, "no feedback in the folder")
                )

    def exchange(self, action: str) -> Any:
        made = answered(
            self.browser.post(
                f"{self.browser.base}/assignments/{action}",
                json={"course_id": "smartcity", "assignment_id": MODULE},
            )
        )
        assert made["success"], made
        return made


def answered(answer: Any) -> Any:
    """Return what a page of the API said; a page of the proxy or a sign-in page is none."""
    if answer.status_code >= 500 or answer.status_code in (403, 404, 424):
        raise TryAgain(f"the page said {answer.status_code}")
    try:
        return answer.json()
    except ValueError:
        raise TryAgain("the page is no answer of the server") from None


def typed(cells: Sequence[dict[str, Any]], name: str) -> list[str]:
    """Return the cells as a careful trainee runs them: the working cells filled in."""
    from course import City
    from tests.module_work import m10_integrated_fares as careful

    work = careful.WORK(City.open("seoul"), name)
    return [work.get(f"m10_{c['id'].removesuffix('-work')}", c["source"]) for c in cells]


# ---- what it cost -----------------------------------------------------------------------


def used_by(uid: int) -> dict[int, tuple[float, float]]:
    """Return CPU seconds and PSS (MB) of each process of a person; 0 MB where not asked."""
    import psutil

    found = {}
    for process in psutil.process_iter(["uids"]):
        uids = process.info["uids"]
        if uids and uids.real == uid:
            with suppress(psutil.Error):
                t = process.cpu_times()
                found[process.pid] = (
                    t.user + t.system + t.children_user + t.children_system, 0.0,
                )  # fmt: skip
    return found


def memory_of(uid: int) -> dict[str, float]:
    """Return the proportional memory (PSS) of a person's processes, MB, by what they are."""
    import psutil

    found: dict[str, float] = {}
    for process in psutil.process_iter(["uids"]):
        uids = process.info["uids"]
        if uids and uids.real == uid:
            with suppress(psutil.Error):
                words = " ".join(process.cmdline())
                kind = "kernel" if "ipykernel" in words else "server"
                found[kind] = found.get(kind, 0) + process.memory_full_info().pss / 1e6
    return found


def end_servers(hub: RunningHub) -> None:
    """End what a test that failed in the middle left: servers outlive a killed hub."""
    import psutil

    from grading.hub import accounts

    numbers = set(accounts.read(hub.folder.accounts).people.values())
    for process in psutil.process_iter(["uids"]):
        if process.info["uids"] and process.info["uids"].real in numbers:
            with suppress(psutil.Error):
                process.kill()


# ---- what must be true ------------------------------------------------------------------


def hashes(folder: Path) -> dict[str, str]:
    """Return the files of a hand-in, without what Jupyter keeps beside them."""
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        beside = any(part.startswith(".") or part == "feedback" for part in inside.parts)
        if path.is_file() and not beside:
            found[str(inside)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def lost(evening: Evening) -> list[str]:
    """Return every confirmed hand-in that the exchange does not hold whole.

    A hand-in is held when a folder that the person owns holds the same files, byte for byte,
    and the moment it was handed in.
    """
    from grading.hub import accounts

    people = accounts.read(evening.hub.folder.accounts).people
    held: dict[int, list[dict[str, str]]] = {}
    for folder in evening.hub.folder.inbound.iterdir():
        if (folder / "timestamp.txt").is_file() and not folder.name.startswith("."):
            held.setdefault(folder.stat().st_uid, []).append(hashes(folder))
    missing = []
    for name, hand_ins in evening.confirmed.items():
        for number, files in enumerate(hand_ins, 1):
            there = held.get(people[name], [])
            if not any(files.items() <= found.items() for found in there):
                missing.append(f"hand-in {number} of {name} is not whole in the exchange")
    return missing


def halves(evening: Evening) -> list[str]:
    """Return the folders in the exchange that nobody was told of and that are not whole."""
    return [
        folder.name
        for folder in sorted(evening.hub.folder.inbound.iterdir())
        if not (folder / "timestamp.txt").is_file()
        or not (folder / "timestamp.txt").read_text().strip()
        or not (folder / "submission_secret.txt").is_file()
    ]


def grades(evening: Evening) -> dict[str, Any]:
    """Collect and score as the host; return score and points of each question by person."""
    import csv
    import io

    hub = evening.hub
    hub.as_host("collect", NUMBER)
    hub.as_host("score", NUMBER)
    out = hub.folder.state / "grades.csv"
    hub.as_host("export", str(out))
    rows = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))
    return {
        row["student_id"]: {k: row[k] for k in ("assignment", "raw_score", "max_score")}
        for row in rows
        if row["assignment"] == MODULE
    }
