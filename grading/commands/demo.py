"""Run a whole training week with simulated trainees."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from grading import commands_shared as shared

if TYPE_CHECKING:
    from grading.demo.week import Row, Week

HELP = "Show it all in one run: simulated trainees work, hand in, are scored, get feedback."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--participants", type=int, default=15, metavar="N", help="trainees (default: 15)"
    )
    parser.add_argument(
        "--modules", nargs="+", default=["10"], metavar="MODULE",
        help="ids or numbers, one after the other, or all (default: 10)",
    )  # fmt: skip
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
    from grading.demo import solutions, week
    from grading.state import require_nbgrader

    require_nbgrader()
    out.mkdir(parents=True, exist_ok=True)
    say = (lambda line: None) if args.json else print
    weeks: list[Week] = []
    with week.throw_away_state(out, ROOT) as state:
        wanted = solutions.modules() if args.modules == ["all"] else args.modules
        for name in dict.fromkeys(state.assignment_folder(word).name for word in wanted):
            made = week.run(
                state, out, args.participants, module=name, workers=args.workers, say=say
            )
            weeks.append(made)
    agrees = all(made.agrees for made in weeks)
    rows = [_row(made, row) for made in weeks for row in made.rows]
    data = {"simulated": True, "agrees": agrees, "trainees": rows}
    lines = [line for made in weeks for line in _lines(made)]
    lines.append(
        "All points are as expected. All trainees are simulated."
        if agrees
        else "Some points differ from those expected."
    )
    if kept:
        data["folder"] = str(out)
        lines.append(f"Everything is in {out}")
    shared.tell(args, data, lines)
    return 0 if agrees else 1


def _row(made: Week, row: Row) -> dict[str, object]:
    return {
        "module": made.module,
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


def _lines(made: Week) -> list[str]:
    from grading.report import table

    body = []
    for row in made.rows:
        got = sum(row.points.values())
        body.append([
            row.person.id, row.person.city, row.person.story, f"{row.expected.total:g}",
            f"{got:g}", "as expected" if row.agrees else "DIFFERS",
        ])  # fmt: skip
    head = ["simulated trainee", "city", "did", "expected", "points", ""]
    lines = ["", made.module, "", *table(head, body), ""]
    for row in made.rows:
        lines += [f"  {row.person.id}  {line}" for line in row.lines]
    missing = [row.person.id for row in made.rows if row.feedback is None]
    if missing:
        told = f"No feedback arrived at: {', '.join(missing)}."
    else:
        told = "Everybody fetched their feedback."
    return [*lines, "", told]
