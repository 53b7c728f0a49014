"""What there is of a person, and what the person is called; nothing is changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from course.errors import CourseError, UsageError
from grading.safekeeping import keeping, on_hub, rows, searched, traces
from grading.safekeeping.places import Layout
from grading.safekeeping.words import Words
from grading.safekeeping.words import of as words_of
from grading.state import GradingState, is_student_id

_SHARED = (
    "The plan of the team in the follow-up and its reports: others share it. The name is replaced."
)


@dataclass
class Forgotten:
    """What a person's data are, and what became of them.

    Attributes
    ----------
    there : dict
        What -> how many.
    stays : list of str
        What stays and why.
    backups : list of str
        Files that still hold the person.
    certificates : list of str
        Numbers.
    remaining : list of str
        Files that still name the person after all; empty when it worked.
    done : bool
        False for a dry run.
    """

    there: dict[str, int] = field(default_factory=dict)
    stays: list[str] = field(default_factory=list)
    backups: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)
    done: bool = False


def known(state: GradingState, student_id: str) -> Words:
    """Return what a person is called, by every table that knows the id.

    Raises
    ------
    UsageError
        The id cannot be one.
    """
    from grading.certificates.erasing import of_person
    from grading.certificates.folder import Folder
    from grading.cohort.store import read_roster, roster_path

    if not is_student_id(student_id):
        raise UsageError(f"{student_id!r} cannot be a student id.", "Give an id of the roster.")
    names: list[str] = []
    mails: list[str] = []
    ids = {p.name for p in state.step("submitted").glob("*")} | rows.ids_of_gradebook(state)
    for person in read_roster(roster_path(state)):
        ids.add(person.student_id)
        if person.student_id == student_id:
            names += [person.name, f"{person.first_name} {person.last_name}"]
            mails.append(person.email)
    row = rows.person_in_gradebook(state, student_id)
    if row is not None:
        first, last, mail, _ = row
        names += [f"{first or ''} {last or ''}", f"{last or ''} {first or ''}"]
        mails.append(mail or "")
    if Folder.of(state).log.is_file():
        names += [c.achievement.name for c in of_person(state, student_id)]
    with rows.followup() as engine:
        if engine is not None:
            with engine.connect() as connection:
                for found in rows.people_in_followup(connection, student_id):
                    names.append(found.name)
                    mails.append(found.email)
    return words_of(student_id, [n for n in names if n.strip() != student_id], mails, ids)


def look(state: GradingState, layout: Layout, words: Words) -> Forgotten:
    """Return what there is of a person; nothing is changed."""
    from grading.certificates.erasing import of_person
    from grading.certificates.folder import Folder
    from grading.cohort.store import read_roster, roster_path

    found = Forgotten(there={})
    student = words.student_id
    count: Counter[str] = Counter()
    count["row of the roster"] = sum(
        p.student_id == student for p in read_roster(roster_path(state))
    )
    row = rows.person_in_gradebook(state, student)
    if row is not None:
        count["student in the gradebook"] = 1
        count["hand-ins in the gradebook, with grades and comments"] = row[3]
    for folder in searched.folders(state, layout):
        for path in traces.own(folder, student):
            count[f"files or folders of {_kind(path, state)}"] += 1
    count["pages of feedback in the exchange"] = len(traces.released_feedback(state, student))
    own = tuple(p for f in searched.folders(state, layout) for p in traces.own(f, student))
    for path in searched.texts(state, layout):
        if any(path.is_relative_to(one) for one in own):
            continue
        if traces.cleaned(path, words, prune=searched.ours(path, state)) is None:
            continue
        count["other files that name the person"] += 1
    with rows.followup() as engine:
        if engine is not None:
            with engine.connect() as connection:
                for entry in rows.people_in_followup(connection, student):
                    count["rows of the follow-up"] += 1
                    count["reports of the follow-up"] += entry.reports
                    if entry.shared:
                        found.stays.append(_SHARED)
    held = of_person(state, student) if Folder.of(state).log.is_file() else []
    found.certificates = [c.number for c in held]
    count["certificates"] = len(held)
    if held:
        found.stays.append(
            "Of each certificate number, status and hashes: who holds it can have it checked, and "
            "no number is given twice. Name, city and what it states are taken out."
        )
    count.update(on_hub.there(layout.hub, student))
    found.there = {what: n for what, n in count.items() if n}
    if layout.hub is not None:
        found.stays.append("The number of the account, with nobody's name: files may bear it.")
        found.stays.append("What others keep in their own homes is theirs and is not searched.")
    if words.too_short:
        found.stays.append("Too short to be looked for in running text, so only taken out of "
                           f"tables: {', '.join(words.too_short)}.")  # fmt: skip
    found.backups = keeping.written(layout)
    return found


def _kind(path: Path, state: GradingState) -> str:
    for folder, words in ((state.exchange, "the exchange"), (state.base, "")):
        if path.is_relative_to(folder):
            return words or path.relative_to(folder).parts[0]
    return "the exchange"


def nobody(student_id: str) -> CourseError:
    """Return the error of an id of which nothing is known."""
    return CourseError(
        f"There is nothing of {student_id!r} in this course.",
        "See the ids: python3 -m grading cohort list --all.",
    )
