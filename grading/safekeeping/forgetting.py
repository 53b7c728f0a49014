"""Forget a person: one step after the other, each safe to repeat, and a search afterwards.

The roster's row goes last: it says what the person is called, so that a run that was
killed can be run again. What is told at the end was looked for, not assumed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from course.errors import UsageError
from grading.safekeeping import on_hub, others, rows, searched, traces
from grading.safekeeping.looking import Forgotten, look
from grading.safekeeping.places import Layout, hub_still
from grading.safekeeping.words import Words
from grading.state import GradingState

LOG = "forgotten.jsonl"
KEEP, REVOKE = "keep", "revoke"


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
        The person, by `looking.known`.
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
        return replace(found, remaining=searched.remaining(state, layout, words), done=True)
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
    for folder in searched.folders(state, layout):
        for path in traces.own(folder, words.student_id):
            traces.remove(path)
    say("files")
    others.hand_over(state, words.student_id, now=now)
    others.clean(
        state, words, list(searched.texts(state, layout)), lambda p: searched.ours(p, state)
    )
    say("gradebook")
    if rows.there_is_gradebook(state):
        rows.out_of_gradebook(state, words)
    say("follow-up")
    with rows.followup() as engine:
        if engine is not None:
            rows.out_of_followup(engine, words)
    _write_log(state, found, certificates, now)
    _out_of_roster(state, words)
    found.remaining = searched.remaining(state, layout, words)
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
    # the state is the host's, and root may be who writes: a link leads nowhere
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(state.base / LOG, flags, 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(json.dumps(line).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
