"""Long work in the background: started from a page, watched there, finished after a restart.

A job is a folder with what is to be run, its output and its exit code. The commands are
those of ``python3 -m grading``; each can be killed and run again, so a desk that starts
takes up what an earlier one left unfinished. Whether a job still runs is told by a lock that
dies with its last process, not by a number that another process may have by now.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from course import whole_files
from course.errors import CourseError
from grading import gradebook_address
from grading.cohort.store import one_writer
from grading.desk import diary, store
from grading.locks import try_lock
from grading.state import GradingState

TRIES = 3
_KEPT = 40  # of each module
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[a-z]+-[0-9a-f]{8}")
_SHOWN = 20_000


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes
    ----------
    id : str
        Its folder's name.
    what : str
        One word: release, collect, score, feedback, regrade.
    module : str
        The module's id.
    steps : list of list of str
        Arguments of ``python3 -m grading``, one command after the other.
    by, at : str
        Who started it, and when (UTC, ISO 8601).
    """

    id: str
    what: str
    module: str
    steps: list[list[str]]
    by: str
    at: str
    folder: Path = field(compare=False)

    @property
    def code(self) -> int | None:
        """Return the exit code, None while there is none."""
        try:
            return int(json.loads((self.folder / "code.json").read_text(encoding="utf-8"))["code"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def ended(self) -> datetime | None:
        """Return when it was done, in UTC."""
        try:
            return datetime.fromtimestamp((self.folder / "code.json").stat().st_mtime, UTC)
        except OSError:
            return None

    @property
    def tries(self) -> int:
        """Return how often it was started."""
        try:
            return len((self.folder / "tries").read_text(encoding="utf-8").splitlines())
        except OSError:
            return 0

    @property
    def state(self) -> str:
        """Return ``running``, ``done``, ``failed`` or ``interrupted``."""
        if self.code is None and is_held(self.folder / "lock"):
            return "running"
        code = self.code  # read once more: it may have ended between the two looks
        if code is None:
            return "interrupted"
        return "failed" if code else "done"

    def output(self, name: str = "out") -> str:
        """Return the end of what the commands said: ``out``, or ``err`` for problems."""
        try:
            data = (self.folder / f"{name}.txt").read_bytes()[-_SHOWN:]
        except OSError:
            return ""
        return data.decode("utf-8", "replace")


def jobs_folder(state: GradingState) -> Path:
    """Return where the jobs lie; it is made when missing."""
    path = store.folder(state) / "jobs"
    path.mkdir(exist_ok=True)
    return path


def is_held(lock: Path) -> bool:
    """Say whether a process holds a lock."""
    try:
        handle = os.open(lock, os.O_RDWR)
    except OSError:
        return False
    try:
        return not try_lock(handle)
    finally:
        os.close(handle)


def find(state: GradingState, job_id: str) -> Job | None:
    """Return a job, None where the id is none of a job."""
    if not _ID.fullmatch(job_id):
        return None
    folder = jobs_folder(state) / job_id
    try:
        raw = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        return Job(**raw, folder=folder)
    except (OSError, ValueError, TypeError):
        return None


def every(state: GradingState, module: str = "") -> list[Job]:
    """Return the jobs, the newest first."""
    names = sorted((p.name for p in jobs_folder(state).iterdir()), reverse=True)
    found = [find(state, n) for n in names]
    return [j for j in found if j is not None and module in ("", j.module)]


def running(state: GradingState, module: str) -> Job | None:
    """Return the job of a module that runs now, or None."""
    return next((j for j in every(state, module) if j.state == "running"), None)


def last_begun(every_job: Iterable[Job], what: str) -> dict[str, datetime]:
    """Return module -> when the last work of a kind that went well began, in UTC."""
    found: dict[str, datetime] = {}
    for job in every_job:
        if job.what == what and job.state == "done":
            at = datetime.fromisoformat(job.at)
            found[job.module] = max(at, found.get(job.module, at))
    return found


def start(state: GradingState, what: str, module: str, steps: list[list[str]], *, by: str) -> Job:
    """Start a job; one at a time for each module.

    Parameters
    ----------
    state : GradingState
        The course.
    what, module, steps, by
        See :class:`Job`.

    Raises
    ------
    CourseError
        Another job of the module is not done yet.
    """
    with one_writer(state, "desk-jobs"):
        if other := running(state, module):
            raise CourseError(
                f"{module}: {other.what} is still running.",
                "Wait until it is done, then try again.",
            )
        at = datetime.now(UTC)
        job_id = f"{at:%Y%m%dT%H%M%S}-{what}-{secrets.token_hex(4)}"
        folder = jobs_folder(state) / job_id
        folder.mkdir()
        job = Job(job_id, what, module, steps, by, at.isoformat(timespec="seconds"), folder)
        content = {k: v for k, v in asdict(job).items() if k != "folder"}
        try:
            whole_files.write(folder / "job.json", json.dumps(content, ensure_ascii=False))
            _launch(state, job)
        except OSError:  # a full disk: what was never started is not to be taken up later
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return job


def take_up(state: GradingState) -> list[Job]:
    """Start again what an earlier desk left unfinished; returns what was started.

    What did not end after a few tries is left alone and shown as interrupted.
    """
    taken = []
    with one_writer(state, "desk-jobs"):
        busy = {j.module for j in every(state) if j.state == "running"}
        for job in reversed(every(state)):
            if job.state != "interrupted" or job.tries >= TRIES or job.module in busy:
                continue
            busy.add(job.module)
            _launch(state, job)
            taken.append(job)
    return taken


def forget_old(state: GradingState) -> None:
    """Keep the last jobs of each module and remove the others."""
    seen: dict[str, int] = {}
    for job in every(state):
        seen[job.module] = seen.get(job.module, 0) + 1
        if seen[job.module] > _KEPT and job.state != "running":
            shutil.rmtree(job.folder, ignore_errors=True)


def _launch(state: GradingState, job: Job) -> None:
    with (job.folder / "tries").open("a", encoding="utf-8") as file:
        file.write(datetime.now(UTC).isoformat(timespec="seconds") + "\n")
    lock = os.open(job.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # held from now on, by the runner and by what it starts: the file is shared, not copied
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.Popen(
            [sys.executable, "-m", "grading.desk.running", str(job.folder), str(lock)],
            cwd=state.root, env=environment(state, job.by), pass_fds=(lock,),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(lock)


def environment(state: GradingState, by: str) -> dict[str, str]:
    """Return the variables with which a command works on this state for an instructor."""
    own = {
        "COURSE_STATE": str(state.base.parent),
        "COURSE_EXCHANGE": str(state.exchange),
        diary.BY: by,
    }
    if gradebook := getattr(state, "gradebook", ""):
        # this process took the password out of its own environment; the command needs it
        own["COURSE_GRADEBOOK"] = gradebook_address.with_password(gradebook)
    return {**os.environ, **own}
