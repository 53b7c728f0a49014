"""Mails and calendar files for the steps that ask for one. Nothing is sent.

The files are written first, then the note that they were: a run that is killed between
the two writes the same files again. The note keeps a step from being written twice.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from course import whole_files
from course.errors import CourseError
from grading.followup import mail, models
from grading.followup.calendar_file import calendar
from grading.followup.due import STANDARD, Rhythm, due
from grading.followup.store import Frames, Store

NUMBERS = {"notice": 0, "reminder 1": 1, "reminder 2": 2}


@dataclass(frozen=True)
class Written:
    """What was written for one step of one plan."""

    plan_id: int
    city: str
    title: str
    day: int
    what: str
    files: tuple[str, ...]
    without_address: tuple[str, ...] = ()


def remind(
    store: Store,
    out: str | os.PathLike[str],
    *,
    on: date | None = None,
    rhythm: Rhythm = STANDARD,
    after_files: Callable[[], None] | None = None,
) -> list[Written]:
    """Write what is due today: one mail per person and one calendar file per plan.

    Parameters
    ----------
    store : Store
        The database.
    out : path
        The folder for the files.
    on : date, optional
        The day; None: today.
    rhythm : Rhythm
        When people are written to.
    after_files : callable, optional
        Called between files and note; tests stop the run there.

    Returns
    -------
    list of Written
        Empty when nothing is due, or when it was written before.

    Raises
    ------
    CourseError
        The folder cannot be written.
    """
    today = on or date.today()
    folder = Path(out)
    frames = store.frames(today)
    table = due(frames, on=today, rhythm=rhythm)
    done = []
    for step in table[table["next"] != ""].itertuples():
        try:
            entry = _write(frames, folder, step, today)
        except OSError as error:
            raise CourseError(
                f"{folder} cannot be written ({error.strerror}).",
                "Choose another folder with --out; what was written stays.",
            ) from None
        if after_files is not None:
            after_files()
        if _note(store, step, today, len(entry.files)):
            done.append(entry)
    return done


def _note(store: Store, step: object, today: date, people: int) -> bool:
    """Remember that a step was written; False when another run did so meanwhile."""
    try:
        with store.writing() as session:
            session.add(
                models.Reminder(
                    plan_id=int(step.plan_id),
                    day=int(step.day),
                    number=NUMBERS[step.next],
                    made_on=today,
                    people=people,
                )
            )
    except IntegrityError:
        return False
    return True


def _write(frames: Frames, folder: Path, step: object, today: date) -> Written:
    plan = frames.plans.set_index("plan_id").loc[step.plan_id]
    people = frames.participants[frames.participants["plan_id"] == step.plan_id]
    milestones = frames.milestones[frames.milestones["plan_id"] == step.plan_id]
    what = step.next.replace(" ", "-")
    stem = f"{plan['closing']}_{unlike(plan['key'])}_day-{int(step.day):03d}_{what}"
    dates = calendar(plan, milestones, stamp=today)
    files = [f"{stem}.ics"]
    whole_files.write(folder / files[0], dates)
    promise = milestones.set_index("day").loc[step.day, "promise"]
    without = []
    for person in people.itertuples():
        letter = mail.Letter(
            kind=step.next,
            name=person.name,
            address=person.email,
            title=plan["title"],
            city=plan["city"],
            day=int(step.day),
            due=step.due,
            today=today,
            promise=promise,
        )
        name = f"{stem}_{unlike(person.student_id)}"
        whole_files.write(folder / f"{name}.txt", mail.text_file(letter).encode("utf-8"))
        files.append(f"{name}.txt")
        message = mail.message(letter, dates, files[0])
        if message is None:
            without.append(person.student_id)
        else:
            whole_files.write(folder / f"{name}.eml", message)
            files.append(f"{name}.eml")
    return Written(
        int(step.plan_id), plan["city"], plan["title"], int(step.day), step.next,
        tuple(files), tuple(without),
    )  # fmt: skip


def slug(name: str) -> str:
    """Return a name that any system takes as part of a file's name.

    >>> slug("ana@city.example"), slug("../x"), slug("강남")
    ('ana-city.example', 'x', 'uac15ub0a8')
    """
    plain = "".join(c if c.isascii() else f"u{ord(c):04x}" for c in name)
    return re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-.") or "x"


def unlike(name: str) -> str:
    """Return a part of a file's name that no other name shares.

    >>> unlike("ana.k"), unlike("team:iloilo")
    ('ana.k', 'team-iloilo-819a')
    """
    plain = slug(name)
    if plain == name:
        return plain
    return f"{plain[:60]}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:4]}"
