"""A whole course at once: who gets a certificate now, who has one, who not yet and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from course.errors import CourseError, UsageError
from grading.certificates import issuing
from grading.certificates.desk import Desk, open_desk, sign_status
from grading.certificates.earning import Standing
from grading.certificates.issued_paper import shown

if TYPE_CHECKING:
    from course.programme import Programme
    from grading.certificates.achievement import Achievement
    from grading.certificates.ledger import Certificate

Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]


@dataclass
class Told:
    """What came of a run.

    Attributes
    ----------
    new, before : list of Issued
        Issued by this run; issued earlier and standing.
    would : list of Standing
        Would get one (a dry run).
    missing : list of Standing
        Not complete yet.
    lost : list of (Standing, Issued)
        Hold a certificate and do not fulfil the rule any more: a person decides.
    differs : list of (Issued, fields)
        Hold a certificate that states something else than the records say now.
    withheld : list of Issued
        Complete, but their certificate was revoked; it is not issued again by itself.
    other_run : list of (Standing, Issued)
        Hold one of a run that began on another day, and the records of two runs of one
        programme cannot be told apart: nothing is issued.
    notes : list of (student_id, sentence)
        What to look at before a new one is handed over.
    failed : list of (student_id, sentence)
        Could not be served.
    """

    new: list[Any] = field(default_factory=list)
    before: list[Any] = field(default_factory=list)
    would: list[Standing] = field(default_factory=list)
    missing: list[Standing] = field(default_factory=list)
    lost: list[tuple[Standing, Any]] = field(default_factory=list)
    differs: list[tuple[Any, tuple[str, ...]]] = field(default_factory=list)
    withheld: list[Any] = field(default_factory=list)
    other_run: list[tuple[Standing, Any]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "issued": [_brief(i) for i in self.new],
            "issued_before": [_brief(i) for i in self.before],
            "would_issue": [s.student_id for s in self.would],
            "not_complete": [{"student_id": s.student_id, "name": s.name,
                              "missing": list(s.missing)} for s in self.missing],
            "no_longer_complete": [{**_brief(i), "missing": list(s.missing)}
                                   for s, i in self.lost],
            "differs": [{**_brief(i), "fields": list(f)} for i, f in self.differs],
            "revoked": [_brief(i) for i in self.withheld],
            "other_run": [{**_brief(i), "start": str(i.achievement.start or "")}
                          for _, i in self.other_run],
            "notes": [{"student_id": who, "note": what} for who, what in self.notes],
            "failed": [{"student_id": who, "problem": why} for who, why in self.failed],
        }  # fmt: skip

    def lines(self) -> list[str]:
        """Return it as lines for a person."""
        told = [f"{i.number}  {i.achievement.name}: {i.pdf}" for i in self.new]
        told += [f"would issue: {s.student_id} {s.name}" for s in self.would]
        for standing in self.missing:
            told.append(f"not yet: {standing.student_id} {standing.name}")
            told += [f"    {what}" for what in standing.missing]
        told += [f"look at {i.number} of {s.student_id}: no longer complete "
                 f"({'; '.join(s.missing)}). It stays valid until you revoke it."
                 for s, i in self.lost]  # fmt: skip
        told += [f"look at {i.number}: the records now say another {', '.join(f)}. "
                 f"To correct it: python3 -m grading certify reissue {i.number} --reason ..."
                 for i, f in self.differs]  # fmt: skip
        told += [f"{i.number} of {i.achievement.student_id} was revoked and is not issued again "
                 "by itself" for i in self.withheld]  # fmt: skip
        told += [f"{i.number} of {i.achievement.student_id} is of the run that began on "
                 f"{i.achievement.start}; no other was issued. Was --start wrong now, give that "
                 "day; was it wrong then, revoke that one first. A second run is a programme of "
                 "its own: python3 -m course programme new NAME --from "
                 f"{i.achievement.programme}" for _, i in self.other_run]  # fmt: skip
        told += [f"look at {who}: {what}" for who, what in self.notes]
        told += [f"{who}: {why}" for who, why in self.failed]
        return [*told, f"{len(self.new)} issued, {len(self.before)} issued before, "
                f"{len(self.missing)} not complete yet."]  # fmt: skip


def _brief(one: Any) -> dict[str, str]:
    return {"number": one.number, "student_id": one.achievement.student_id,
            "name": one.achievement.name, "pdf": str(one.pdf)}  # fmt: skip


def run(
    state: Any, standings: Sequence[Standing], *, dry: bool = False, now: datetime | None = None,
    by: str = "", passphrase: str | None = None, progress: Progress | None = None,
) -> Told:  # fmt: skip
    """Issue to everyone who has earned one and has none; one bad record stops nobody else.

    Parameters
    ----------
    state : GradingState
        The host.
    standings : sequence of Standing
        How everyone stands.
    dry : bool
        Issue nothing, say what would be.
    now, by, passphrase
        See :func:`grading.certificates.issue`.
    progress : callable, optional
        Shows how far it is.
    """
    told = Told()
    with open_desk(state, passphrase=passphrase, by=by, now=now) as desk:
        shown = progress(standings, len(standings), "certificates") if progress else standings
        for standing in shown:
            try:
                _one(desk, standing, told, dry)
            except UsageError:
                raise
            except CourseError as error:
                told.failed.append((standing.student_id, str(error)))
        if not dry:
            sign_status(desk)
        told.failed += [("files", fault) for fault in desk.faults]
    return told


def issue_all(state: Any, achievements: Iterable[Achievement], **how: Any) -> Told:
    """Issue to some achievements that are known to be earned; see :func:`run`."""
    return run(
        state,
        [Standing(a.student_id, a.name, a, programme=a.programme) for a in achievements],
        **how,
    )


def _one(desk: Desk, standing: Standing, told: Told, dry: bool) -> None:
    if standing.problem:
        told.failed.append((standing.student_id, standing.problem))
    elif standing.achievement is None:
        held = [c for c in desk.ledger.certificates.values() if _is_of(c.achievement, standing)
                and not c.revoked]  # fmt: skip
        if held:
            told.lost.append((standing, shown(desk.folder, held[-1])))
        else:
            told.missing.append(standing)
    elif other := _of_another_run(desk, standing.achievement.checked()):
        told.other_run.append((standing, shown(desk.folder, other)))
    elif dry and not desk.ledger.of_owner(standing.achievement.checked()):
        told.would.append(standing)
        told.notes += [(standing.student_id, standing.note)] if standing.note else []
    else:
        one = issuing.issue_at(desk, standing.achievement)
        if one.new:
            told.new.append(one)
            told.notes += [(standing.student_id, standing.note)] if standing.note else []
        elif one.status != "issued":
            told.withheld.append(one)
        else:
            told.before.append(one)
            if one.differs:
                told.differs.append((one, one.differs))


def _of_another_run(desk: Desk, stated: Achievement) -> Certificate | None:
    """Return the certificate that the same person holds for another start of the programme."""
    if desk.ledger.of_owner(stated):
        return None
    held = [
        c for c in desk.ledger.certificates.values()
        if not c.revoked
        and (c.achievement.student_id, c.achievement.programme)
        == (stated.student_id, stated.programme)
    ]  # fmt: skip
    return held[-1] if held else None


def _is_of(stated: Achievement, standing: Standing) -> bool:
    same = stated.programme == standing.programme or not standing.programme
    return stated.student_id == standing.student_id and same


def programme(state: Any, name: str | None, start: date | None) -> Programme:
    """Return the programme to certify, with its dates.

    Parameters
    ----------
    state : GradingState
        The host; its roster names the programme when ``name`` is absent.
    name : str, optional
        Programme.
    start : date, optional
        Day 1; needed where the programme has days on site.

    Raises
    ------
    UsageError
        The roster names none or several, or the start is missing or cannot be the first day.
    """
    from course.programme import Programme
    from course.programmes import clock
    from grading import cohort

    if not name:
        found = sorted({p.programme for p in cohort.participants(state) if p.programme})
        if len(found) != 1:
            said = f"several programmes: {', '.join(found)}" if found else "no programme"
            raise UsageError(f"The roster names {said}.", "Choose one: --programme NAME.")
        name = found[0]
    opened = Programme.open(name)
    if start:
        opened = opened.dated(start)
    if opened.start is None and opened.on_site_minutes:
        raise UsageError(
            f"The programme {opened.id} has days on site, and its first day is not known.",
            "Give it: --start 2026-11-09.",
        )
    if opened.start is None:
        return opened
    # the dates are printed and signed: a slip of the finger would stand on every page
    if opened.starts_on not in (None, opened.start.weekday()):
        raise UsageError(
            f"{opened.id} begins on a {clock.DAY_NAMES[opened.starts_on]}, and "
            f"{clock.day_words(opened.start)} is not one.",
            "Give its first day, or delete 'starts_on' in the file of the programme.",
        )
    if opened.start > datetime.now(ZoneInfo(opened.timezone)).date():
        raise UsageError(
            f"{opened.id} begins on {clock.day_words(opened.start)}, which has not come.",
            "Give its first day: --start 2026-11-09.",
        )
    return opened
