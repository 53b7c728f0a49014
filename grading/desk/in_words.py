"""The desk's tables as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from grading.desk.judging_again import JudgedAgain
from grading.desk.questions import Difficulty
from grading.desk.standing import Row, Standing
from grading.report import table

ZONE = ZoneInfo("Asia/Seoul")


def when(moment: datetime | None) -> str:
    """Return a moment as the host reads it, Seoul time; empty for none.

    >>> when(datetime.fromisoformat("2027-03-24T09:00+00:00"))
    '2027-03-24 18:00'
    """
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}" if moment else ""


def late(minutes: int) -> str:
    """Return lateness in few signs.

    >>> late(0), late(61), late(3000)
    ('', '1 h 1 min', '2 d 2 h')
    """
    if not minutes:
        return ""
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {left} min" if hours else f"{left} min"


def state_of(row: Row) -> str:
    """Return where a trainee stands in a module, in a few words."""
    if row.to_collect:
        return "handed in, to collect"
    if row.handed_in is None:
        return {"begun": "has begun", "fetched": "has fetched it"}.get(row.started, "not yet")
    if not row.scored:
        return "to score"
    if row.to_mark:
        return f"{row.to_mark} to mark"
    if row.waiting:
        return f"{row.waiting} waiting"
    return {"out": "done", "older": "feedback is older than the score"}.get(
        row.feedback, "feedback to release"
    )


def of_modules(found: Iterable[Standing]) -> list[str]:
    """Return one line per module."""
    names = ("started", "handed_in", "to_collect", "scored", "to_mark", "feedback", "late")
    rows = []
    for standing in found:
        counts = standing.count()
        state = {"new": "not released"}.get(standing.state, standing.state)
        rows.append([standing.module, state, when(standing.due), str(counts["trainees"]),
                     *(str(counts[n] or "") for n in names)])  # fmt: skip
    head = ["module", "state", "due (KST)", "of", "begun", "handed in", "to collect", "scored",
            "to mark", "feedback", "late"]  # fmt: skip
    return [*table(head, rows), "", "Of one module: python3 -m grading progress MODULE"]


def of_module(standing: Standing) -> list[str]:
    """Return one line per trainee of a module."""
    rows = [
        [r.student, "" if r.on_roster else "not on the roster", when(r.handed_in), late(r.late_min),
         f"{r.points:g} of {r.of:g}" if r.scored else "", state_of(r), when(r.until)]
        for r in standing.rows
    ]  # fmt: skip
    head = ["student", "", "handed in (KST)", "late", "points", "state", "extended to"]
    counts = standing.count()
    return [
        *table(head, rows), "",
        f"{counts['handed_in']} of {counts['trainees']} handed in, {counts['scored']} scored, "
        f"{counts['to_mark']} to mark by hand, {counts['feedback']} have feedback.",
    ]  # fmt: skip


def of_person(rows: Iterable[Row]) -> list[str]:
    """Return one line per module of a trainee."""
    return table(
        ["module", "handed in (KST)", "late", "points", "state", "extended to"],
        [[r.module, when(r.handed_in), late(r.late_min),
          f"{r.points:g} of {r.of:g}" if r.scored else "", state_of(r), when(r.until)]
         for r in rows],
    )  # fmt: skip


def of_questions(found: list[Difficulty]) -> list[str]:
    """Return the table of questions, then mistakes and names."""
    if not found:
        return ["A survey has no right answers."]
    rows = [
        [d.question, f"{d.answered} of {d.people}", f"{d.attempts:g}", str(d.most),
         percent(d.share(d.right_first)), percent(d.share(d.right_end)), str(len(d.stuck) or "")]
        for d in found
    ]  # fmt: skip
    out = table(
        ["question", "answered", "attempts", "most", "right at first", "in the end", "stuck"], rows
    )
    for d in found:
        if not d.wrong and not d.stuck:
            continue
        out += ["", f"{d.question}  {d.title}"]
        for wrong in d.wrong:
            values = ", ".join(f"{v} ({n})" for v, n in wrong.values)
            out.append(f"  {wrong.people} x  {wrong.words}" + (f"  [{values}]" if values else ""))
        if d.stuck:
            out.append(f"  stuck: {', '.join(d.stuck)}")
    return out


def percent(share: float | None) -> str:
    """Return a share in whole percent; empty for none.

    >>> percent(66.7), percent(None)
    ('67 %', '')
    """
    return "" if share is None else f"{share:.0f} %"


def of_regrade(made: JudgedAgain) -> list[str]:
    """Return what changes, or changed, trainee by trainee."""
    rows = [
        [c.student, c.question, f"{c.before:g}", f"{c.after:g}",
         f"{c.status_before} → {c.status_after}",
         "" if c.by_hand is None else f"{c.by_hand:g} by hand stay"]
        for c in made.changes
    ]  # fmt: skip
    people = len({c.student for c in made.changes})
    out = table(["student", "question", "before", "after", "", ""], rows) if rows else []
    verb = "changed" if made.applied else "would change"
    out.append(f"{people} of {len(made.students)} trainees {verb}.")
    out += [f"  {student}  not judged: {why}" for student, why in made.failed.items()]
    if made.applied and people:
        out.append(f"Their feedback is older now: python3 -m grading feedback {made.module}.")
    elif people:
        out.append('Nothing was written. To write it: --apply --why "…".')
    return out
