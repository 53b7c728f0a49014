"""What the host reads about runs: a column, a line for each trainee, one summary."""

from __future__ import annotations

from typing import Any

from grading.reproduce.verdict import DIFFERENT, SAME, Reproduced

# status -> what the column says; a run that differs says how many came out again
_COLUMN = {
    "yes": "yes", "waiting": "waits", "nothing": "-", "no notebook": "no notebook",
    "no start": "not run", "failed": "not run",
}  # fmt: skip
_LINES = {
    "waiting": "Not run again yet: its city has to be approved first.",
    "nothing": "",
    "no notebook": "Not run again: there is no notebook, only answers.",
}
_UNSAFE = "It ran without a jail."


def column(made: Reproduced) -> str:
    """Return a run as a word or two for a table.

    >>> column(Reproduced("s", "no", [{"outcome": "reproduced"}, {"outcome": "different"}]))
    '1 of 2'
    """
    if made.status != "no":
        return _COLUMN[made.status]
    return f"{_again(made)} of {len(made.outcomes)}"


def _again(made: Reproduced) -> int:
    return sum(1 for o in made.outcomes if o["outcome"] == SAME)


def line(made: Reproduced) -> str:
    """Return a run as one line for an instructor; "" where there is nothing to say."""
    if made.status in _LINES:
        return _LINES[made.status]
    if made.status in ("no start", "failed"):
        return f"Not run again: {made.stopped}."
    total = len(made.outcomes)
    said = [f"Run again, {_again(made)} of {total} answers came out the same."]
    reasons: dict[str, list[str]] = {}
    for o in made.outcomes:
        if o["outcome"] == DIFFERENT:
            both = f"handed in {o['handed']}, the run gave {o['ran']}" if o["ran"] else DIFFERENT
            said.append(f"{o['question']}: {both}{_brackets(o['why'])}.")
        elif o["outcome"] != SAME:
            reasons.setdefault(o["why"] or "no answer came out", []).append(o["question"])
    said += [f"{', '.join(names)}: {why}." for why, names in reasons.items()]
    if made.stopped and made.stopped not in reasons:
        said.append(f"Then {made.stopped}.")
    return " ".join(said if made.jailed else [*said, _UNSAFE])


def _brackets(text: str) -> str:
    return f" ({text})" if text else ""


def add(report: dict[str, Any], runs: dict[str, Reproduced]) -> None:
    """Put the column and the line into the rows of a report, and the summary beside them.

    Points stay as they are.

    Parameters
    ----------
    report : dict
        From `grading.report.report_of`; students without a run get an empty column.
    runs : dict
        Student -> Reproduced.
    """
    if not runs:
        return
    for row in report["students"]:
        made = runs.get(row["student"])
        row["reproduced"] = column(made) if made else ""
        if made:
            row["run_again"] = {
                "status": made.status, "answers": made.outcomes, "stopped": made.stopped,
                "jailed": made.jailed,
            }  # fmt: skip
            row["lines"] += [said] if (said := line(made)) else []
    report["reproduced"] = summary(runs)


def summary(runs: dict[str, Reproduced]) -> dict[str, Any]:
    """Return how many hand-ins came out again, of those that have answers and were run."""
    ran = [r for r in runs.values() if r.status in ("yes", "no")]
    return {
        "yes": sum(1 for r in ran if r.status == "yes"),
        "of": len(ran),
        "not_run": sum(1 for r in runs.values() if r.status not in ("yes", "no", "nothing")),
    }


def summary_line(made: dict[str, Any]) -> str:
    """Return the summary as a sentence.

    >>> summary_line({"yes": 2, "of": 3, "not_run": 1})
    '2 of 3 hand-ins reproduce; 1 could not be run.'
    """
    more = f"; {made['not_run']} could not be run" if made["not_run"] else ""
    return f"{made['yes']} of {made['of']} hand-ins reproduce{more}."
