"""Run a whole training week with simulated trainees."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from grading import commands_shared as shared

if TYPE_CHECKING:
    from grading.demo.week import Row, Week

HELP = "Show it all in one run: a whole training week with simulated officials, and a year after."
DESCRIPTION = (
    "Run the WeGO week with 15 simulated officials from 11 cities, from the roster to the last "
    "follow-up report a year later. With --modules: only the round of these modules, with "
    "trainees who make every kind of mistake."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--participants", type=int, default=15, metavar="N",
        help="officials, 1 to 15; with --modules trainees, 1 to 500 (default: 15)",
    )  # fmt: skip
    parser.add_argument(
        "--modules", nargs="+", metavar="MODULE",
        help="only these modules, by id or number, one after the other, or all",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="keep everything here (default: thrown away)"
    )
    shared.add_workers(parser)
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run; exit code 1 when points or certificates differ from those expected."""
    from course.errors import UsageError

    most = 500 if args.modules else 15
    if not 1 <= args.participants <= most:
        raise UsageError(f"The demo takes 1 to {most} participants.", "Give --participants 15.")
    if args.out is None:
        with tempfile.TemporaryDirectory(prefix="course-demo-") as folder:
            return _run(args, Path(folder), kept=False)
    out = args.out.resolve()
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty.", "Give an empty or new folder.")
    return _run(args, out, kept=True)


def _run(args: argparse.Namespace, out: Path, *, kept: bool) -> int:
    from grading.state import require_nbgrader

    require_nbgrader()
    out.mkdir(parents=True, exist_ok=True)
    return (_modules if args.modules else _whole)(args, out, kept=kept)


def _whole(args: argparse.Namespace, out: Path, *, kept: bool) -> int:
    from course.paths import ROOT
    from grading.demo import closing, following, show, training
    from grading.demo.week import throw_away_state

    say = (lambda line: None) if args.json else print
    with throw_away_state(out, ROOT) as state:
        made = training.week(state, out, args.participants, workers=args.workers, say=say)
        closed = closing.close(state, made, workers=args.workers, say=say)
        year = following.follow(state, made, say=say)
        page = show.write(made, closed, year)
    earned = {o.id: o.earns for o in made.officials}
    as_expected = all(earned[who] is (who in closed.certificates) for who in earned)
    valid = all(v.valid for v in closed.verdicts.values())
    agrees = not made.differing and as_expected and valid
    data = {
        "simulated": True,
        "agrees": agrees,
        "points_differ": made.differing,
        "certificates": {s: v.answer for s, v in closed.verdicts.items()},
        "missing": closed.missing,
        "reports": len(year.added),
    }
    lines = [""]
    for official in made.officials:
        got = closed.verdicts.get(official.id)
        told = f"certificate, {got.answer}" if got else "; ".join(closed.missing[official.id])
        lines.append(f"  {official.id}  {official.town.title}: {official.story}. {told}")
    lines += [
        "",
        f"{len(closed.certificates)} of {len(made.officials)} simulated officials have a "
        f"certificate, {'as' if as_expected else 'NOT as'} expected.",
        "All points are as expected."
        if not made.differing
        else f"Points differ from those expected: {made.differing}",
    ]
    if kept:
        data["folder"] = str(out)
        lines += [f"Open {page}", f"Look further with: COURSE_STATE={out / 'state'}"]
    shared.tell(args, data, lines)
    return 0 if agrees else 1


def _modules(args: argparse.Namespace, out: Path, *, kept: bool) -> int:
    from course.paths import ROOT
    from grading.demo import solutions, week

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
