"""Run follow-up commands in processes of their own and kill -9 them at a chosen moment.

``python -m tests.followup_killer DATABASES FOLDER SEED POINTS`` forks one child per kill, so
that the imports are paid once, also those that wait for their first use; each child opens
the database itself, as a command does.
The moment is a count of statements, commits and moved files, so that it falls inside the
work on any machine. It prints one JSON line per kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from grading.followup import open_store
from grading.followup.adding import add_all
from grading.followup.reminding import remind
from tests.followup_year import CLOSING, STORIES, register, report_of, student

CITIES = STORIES[:4]
ADD_DAY, REMIND_DAY = CLOSING + timedelta(days=42), CLOSING + timedelta(days=100)


def files(folder: Path) -> list[Path]:
    """Write two reports of day 30 per city: a first one and its correction."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for story in CITIES:
        said = report_of(story, 30)
        for number, change in enumerate(("", "We began later.")):
            path = folder / f"{student(story)}-{number}.json"
            path.write_text(json.dumps(said | {"change": change}), encoding="utf-8")
            made.append(path)
    return made


def work(db: str, folder: Path) -> dict[str, Callable[[], None]]:
    """Return the three commands."""
    reports = files(folder)

    def start() -> None:
        with open_store(db) as store:
            register(store, CITIES)

    def add() -> None:
        with open_store(db) as store:
            done = add_all(store, reports, on=ADD_DAY)
            assert not [d for d in done if d.outcome == "refused"], done

    def remind_() -> None:
        with open_store(db) as store:
            remind(store, folder / "mail", on=REMIND_DAY)

    return {"start": start, "add": add, "remind": remind_}


class Ticks:
    """Count what a job does to database and disk; at the chosen count the process dies."""

    def __init__(self, last: int | None) -> None:
        self.count, self.last = 0, last

    def tick(self, *_: object, **__: object) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        from sqlalchemy import Engine, event

        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, self.tick)
        replace = os.replace

        def replaced(*args: object, **kwargs: object) -> None:
            self.tick()
            replace(*args, **kwargs)
            self.tick()

        os.replace = replaced


def child(job: Callable[[], None], last: int | None) -> tuple[bool, int]:
    """Run a job in a process of its own; return whether it was killed, and its ticks."""
    into, out = os.pipe()
    pid = os.fork()
    if pid == 0:
        ticks = Ticks(last)
        ticks.install()
        try:
            job()
            os.write(out, str(ticks.count).encode())
            os._exit(0)
        except BaseException as error:
            print(json.dumps({"error": repr(error)}), flush=True)
            os._exit(1)
    os.close(out)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(into) as pipe:
        count = pipe.read()
    return os.WIFSIGNALED(status), int(count or 0)


def main(databases: list[str], folder: Path, seed: int, points: dict[str, int]) -> None:
    """Kill each job at random points of its work, each in a database of its own.

    The first database is left alone: it tells how much work each job is.
    """
    chance = random.Random(seed)
    names = ("start", "add", "remind")
    calm, *others = databases
    # what is imported at first use is imported here, not again in every child
    for job in work(str(folder / "first.db"), folder / "first").values():
        job()
    left = {name: child(job, None)[1] for name, job in work(calm, folder / "0").items()}
    wanted = [name for name in names for _ in range(points[name])]
    for number, (db, name) in enumerate(zip(others, wanted, strict=True), start=1):
        own = folder / str(number)
        at = chance.randint(1, left[name])
        for other, job in work(db, own).items():
            if other == name:
                killed, _ = child(job, at)
                print(json.dumps({"job": name, "at": at, "of": left[name], "killed": killed}),
                      flush=True)  # fmt: skip
            job()  # what nobody kills needs no process of its own


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))
