"""What the follow-up command says, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from course.followup.scale import status_words
from grading.followup.adding import Added
from grading.followup.starting import Started


def started(done: Started, refused: Iterable[str]) -> list[str]:
    """Return what was registered."""
    lines = [
        f"{done.people} participants, {done.plans} plans "
        f"({done.new_people} and {done.new_plans} new)."
    ]
    if done.new_versions:
        lines.append(f"{done.new_versions} plans changed; the newer version is in force.")
    if done.without_plan:
        lines.append(f"Without a plan: {', '.join(done.without_plan)}.")
    lines += [f"Not readable: {line}" for line in refused]
    if done.unplaced:
        lines.append(
            f"Not on the map, no coordinates known: {', '.join(sorted(set(done.unplaced)))}."
        )
    return lines


def added(entries: Iterable[Added]) -> list[str]:
    """Return one line per file."""
    words = {"new": "kept", "correction": "kept as a correction", "same": "was there already"}
    lines = []
    for e in entries:
        if e.outcome == "refused":
            lines.append(f"REFUSED  {e.sentence} {e.remedy}".rstrip())
        else:
            more = f" {e.sentence}" if e.sentence else ""
            lines.append(f"{e.file}: {words[e.outcome]} ({e.city}, day {e.day}).{more}")
    return lines


def due_table(table: pd.DataFrame, people: pd.DataFrame) -> list[str]:
    """Return the steps that are not answered, and whom to ask about them.

    Parameters
    ----------
    table : DataFrame
        From ``due.due``.
    people : DataFrame
        ``Frames.participants``.
    """
    from grading.report import table as as_text

    shown = table[~table["state"].isin(["later", "answered", "closed"])]
    if shown.empty:
        later = table[table["state"] == "later"]
        then = f" The next step is due on {min(later['due']).isoformat()}." if len(later) else ""
        return [f"Nothing is open.{then}"]
    rows = [
        [_line(r.city), _line(r.title)[:44], str(r.day), r.due.isoformat(), r.state,
         f"{r.reminders}", r.next]
        for r in shown.itertuples()
    ]  # fmt: skip
    head = ["city", "plan", "day", "due", "state", "reminders", "next"]
    asked = people[people["plan_id"].isin(set(shown["plan_id"])).to_numpy(bool)]
    whom = [
        [_line(p.city), _line(p.name), _line(p.email) or "no address", p.student_id]
        for p in asked.sort_values(["city", "student_id"]).itertuples()
    ]
    told = as_text(head, rows)
    if whom:
        told += ["", "Whom to ask:", *as_text(["city", "name", "e-mail", "id"], whom)]
    return [line.rstrip() for line in told]


def _line(text: str) -> str:
    """Return a text of a participant in one line, without what steers a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def report_line(row: pd.Series) -> str:
    """Return one report as a line of a timeline."""
    return f"day {row['day']}: {status_words(row['status'])} ({row['received_on']})"
