"""Run a whole training week with simulated trainees."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from grading import commands_shared as shared

HELP = "Show it all in one run: simulated trainees work, hand in, are scored, get feedback."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--participants", type=int, default=15, metavar="N", help="trainees (default: 15)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="keep everything here (default: thrown away)"
    )
    shared.add_workers(parser)
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run; exit code 1 when a trainee's points differ from those expected."""
    from course.errors import UsageError

    if not 1 <= args.participants <= 500:
        raise UsageError("The demo takes 1 to 500 participants.", "Give --participants 15.")
    if args.out is None:
        with tempfile.TemporaryDirectory(prefix="course-demo-") as folder:
            return _run(args, Path(folder), kept=False)
    out = args.out.resolve()
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty.", "Give an empty or new folder.")
    return _run(args, out, kept=True)


def _run(args: argparse.Namespace, out: Path, *, kept: bool) -> int:
    from course.paths import ROOT
    from grading.demo import week
    from grading.state import require_nbgrader

    require_nbgrader()
    out.mkdir(parents=True, exist_ok=True)
    say = (lambda line: None) if args.json else print
    with week.throw_away_state(out, ROOT) as state:
        made = week.run(state, out, args.participants, workers=args.workers, say=say)
    rows = [_row(row) for row in made.rows]
    data = {"simulated": True, "agrees": made.agrees, "trainees": rows}
    shared.tell(args, data | ({"folder": str(out)} if kept else {}), _lines(made, out, kept=kept))
    return 0 if made.agrees else 1


def _row(row: object) -> dict[str, object]:
    from grading.demo.week import Row

    assert isinstance(row, Row)
    return {
        "student": row.person.id,
        "simulated": True,
        "city": row.person.city,
        "did": row.person.story,
        "expected": row.expected.points,
        "points": row.points,
        "statuses": row.statuses,
        "lines": row.lines,
        "agrees": row.agrees,
        "feedback": row.feedback is not None,
    }


def _lines(made: object, out: Path, *, kept: bool) -> list[str]:
    from grading.demo.week import Week
    from grading.report import table

    assert isinstance(made, Week)
    body = []
    for row in made.rows:
        got = sum(row.points.values())
        body.append([
            row.person.id, row.person.city, row.person.story, f"{row.expected.total:g}",
            f"{got:g}", "as expected" if row.agrees else "DIFFERS",
        ])  # fmt: skip
    head = ["simulated trainee", "city", "did", "expected", "points", ""]
    lines = ["", *table(head, body), ""]
    for row in made.rows:
        lines += [f"  {row.person.id}  {line}" for line in row.lines]
    missing = [row.person.id for row in made.rows if row.feedback is None]
    lines.append("")
    if missing:
        lines.append(f"No feedback arrived at: {', '.join(missing)}.")
    else:
        lines.append("Everybody fetched their feedback.")
    lines.append(
        "All points are as expected. All trainees are simulated."
        if made.agrees
        else "Some points differ from those expected."
    )
    return [*lines, f"Everything is in {out}"] if kept else lines
