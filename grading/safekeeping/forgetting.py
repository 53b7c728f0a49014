"""Forget a person: what there is, what goes, what stays and why, and a search afterwards.

The roster's row goes last: it says what the person is called, so that a run that was
killed can be run again. What is told at the end was looked for, not assumed.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.errors import CourseError, UsageError
from grading.safekeeping import keeping, on_hub, others, rows, traces
from grading.safekeeping.places import HOMES, Layout, hub_still
from grading.safekeeping.words import Words
from grading.safekeeping.words import of as words_of
from grading.state import GradingState, is_student_id

LOG = "forgotten.jsonl"
KEEP, REVOKE = "keep", "revoke"
_NOT_SEARCHED = {keeping.BOOK}
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


def known(state: GradingState, layout: Layout, student_id: str) -> Words:
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
    with _FollowUp(layout) as engine:
        if engine is not None:
            with engine.connect() as connection:
                for found in rows.people_in_followup(connection, student_id):
                    names.append(found.name)
                    mails.append(found.email)
    return words_of(student_id, [n for n in names if n.strip() != student_id], mails, ids)


class _FollowUp:
    """Opens the follow-up where there is one; gives None where there is none."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.engine: Any = None

    def __enter__(self) -> Any:
        from grading.followup import database

        url = database.address()
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
            return None
        self.engine = database.open_engine(url)
        return self.engine

    def __exit__(self, *exc: object) -> None:
        if self.engine is not None:
            self.engine.dispose()


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
    for folder in _folders(state, layout):
        for path in traces.own(folder, student):
            count[f"files or folders of {_kind(path, state)}"] += 1
    count["pages of feedback in the exchange"] = len(traces.released_feedback(state, student))
    own = tuple(p for f in _folders(state, layout) for p in traces.own(f, student))
    for path in _texts(state, layout):
        if _below(path, own) or traces.cleaned(path, words, prune=_ours(path, state)) is None:
            continue
        count["other files that name the person"] += 1
    with _FollowUp(layout) as engine:
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


def forget(
    state: GradingState, layout: Layout, words: Words, *, certificates: str = "",
    now: datetime | None = None, say: Callable[[str], None] = lambda line: None,
    passphrase: str | None = None,
) -> Forgotten:  # fmt: skip
    """Take a person out of everything; safe to run again after a kill.

    Parameters
    ----------
    state, layout
        The course.
    words : Words
        The person, by :func:`known`.
    certificates : str
        ``keep``: they stay valid for who holds them; ``revoke``: they are taken back.
    now : datetime, optional
        When, for the log.
    say : callable
        Told each step.
    passphrase : str, optional
        Of the certificates' key, for revoking.

    Returns
    -------
    Forgotten
        With ``remaining``: what a search of every byte still found.

    Raises
    ------
    UsageError
        The person has a certificate and nothing was said of it, or the hub runs.
    """
    found = look(state, layout, words)
    if certificates not in (KEEP, REVOKE):
        refuse_undecided([found])
    if not found.there:
        return replace(found, remaining=_remaining(state, layout, words), done=True)
    # a hub that started meanwhile would let the person in again, by the roster
    with hub_still(layout.hub):
        return _forget(state, layout, words, found, certificates, now, say, passphrase)


def _forget(
    state: GradingState, layout: Layout, words: Words, found: Forgotten, certificates: str,
    now: datetime | None, say: Callable[[str], None], passphrase: str | None,
) -> Forgotten:  # fmt: skip
    if layout.hub is not None:
        say("hub")
        on_hub.remove(layout.hub, words)
    if certificates == REVOKE:
        say("revoking")
        _revoke(state, found.certificates, passphrase, now)
    say("certificates")
    from grading.certificates.erasing import erase

    erase(state, words.student_id, clean=words.replaced, now=now)
    say("hand-ins")
    for path in traces.released_feedback(state, words.student_id):
        path.unlink(missing_ok=True)
    for folder in _folders(state, layout):
        for path in traces.own(folder, words.student_id):
            traces.remove(path)
    say("files")
    others.hand_over(state, words.student_id, now=now)
    others.clean(state, words, list(_texts(state, layout)), lambda p: _ours(p, state))
    say("gradebook")
    if rows.there_is_gradebook(state):
        rows.out_of_gradebook(state, words)
    say("follow-up")
    with _FollowUp(layout) as engine:
        if engine is not None:
            rows.out_of_followup(engine, words)
    _write_log(state, found, certificates, now)
    _out_of_roster(state, words)
    found.remaining = _remaining(state, layout, words)
    found.done = True
    return found


def refuse_undecided(found: Iterable[Forgotten]) -> None:
    """Refuse where somebody has a certificate and nobody said what becomes of it."""
    numbers = [number for one in found for number in one.certificates]
    if numbers:
        raise UsageError(
            f"There is a certificate: {', '.join(numbers)}.",
            "Say --keep-certificate (it stays valid for who holds it; the name is taken out of "
            "your records) or --revoke.",
        )


def _revoke(
    state: GradingState, numbers: Iterable[str], passphrase: str | None, now: datetime | None
) -> None:
    from grading.certificates import issued, revoke

    standing = {one.number for one in issued(state) if one.status == "issued"}
    for number in numbers:
        if number in standing:
            revoke(state, number, now=now, reason="taken back with its holder's data",
                   passphrase=passphrase)  # fmt: skip


def _folders(state: GradingState, layout: Layout) -> list[Path]:
    """Return the folders that are gone through: the state, and the exchange elsewhere."""
    found = [layout.state]
    exchange = layout.hub / "exchange" if layout.hub is not None else layout.exchange
    if exchange is not None and exchange.is_dir():
        found.append(exchange)
    if not state.exchange.is_relative_to(layout.state) and state.exchange not in found:
        found.append(state.exchange)
    return [f for f in found if f.is_dir()]


def _texts(state: GradingState, layout: Layout) -> Iterable[Path]:
    """Yield the files in which a name is replaced; logs with a chain of their own are not."""
    certificates = state.base / "certificates"
    roster = state.base / "roster.csv"
    for folder in _folders(state, layout):
        for path in traces.files(folder):
            if path.is_relative_to(certificates) or path == roster:
                continue
            if path.name not in _NOT_SEARCHED:
                yield path


def _ours(path: Path, state: GradingState) -> bool:
    """Say whether a file is a table of the host and nobody's hand-in."""
    steps = ("submitted", "autograded", "feedback")
    theirs = [state.base / step for step in steps] + [state.exchange]
    return not any(path.is_relative_to(folder) for folder in theirs)


def _below(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _kind(path: Path, state: GradingState) -> str:
    for folder, words in ((state.exchange, "the exchange"), (state.base, "")):
        if path.is_relative_to(folder):
            return words or path.relative_to(folder).parts[0]
    return "the exchange"


def _out_of_roster(state: GradingState, words: Words) -> None:
    from grading.cohort.store import one_writer, read_roster, roster_path
    from grading.cohort.store import save as save_roster

    path = roster_path(state)
    with one_writer(state, "roster"):
        people = read_roster(path)
        left = [p for p in people if p.student_id != words.student_id]
        if len(left) != len(people):
            save_roster(state, left)


def _write_log(
    state: GradingState, found: Forgotten, certificates: str, now: datetime | None
) -> None:
    """Write that it was done, without a word about whom."""
    moment = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    line = {"time": moment, "what": found.there, "certificates": certificates or "none"}
    handle = os.open(state.base / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _remaining(state: GradingState, layout: Layout, words: Words) -> list[str]:
    """Return the files that still name the person, after a look at every byte."""
    needle = traces.Needle(words)
    places = _folders(state, layout)
    if layout.hub is not None:
        places += [p for p in layout.hub.iterdir() if p.name not in (HOMES, "program", "proxy")]
    found = []
    seen: set[Path] = set()
    for place in places:
        for path in [place] if place.is_file() else traces.files(place):
            if path in seen or path.name in _NOT_SEARCHED:
                continue
            seen.add(path)
            try:
                if needle.in_file(path) or words.stand_in(path.name):
                    found.append(str(path))
            except OSError as error:
                found.append(f"{path} (not read: {error.strerror})")
    return sorted(found)


def nobody(student_id: str) -> CourseError:
    """Return the error of an id of which nothing is known."""
    return CourseError(
        f"There is nothing of {student_id!r} in this course.",
        "See the ids: python3 -m grading cohort list --all.",
    )
