"""``score --reproduce``: its options, and its part of the report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course.errors import UsageError

if TYPE_CHECKING:
    from grading.direct import Scoring
    from grading.many.cluster import Cluster
    from grading.reproduce.bounds import Bounds
    from grading.reproduce.verdict import Reproduced
    from grading.state import GradingState

_BOUNDS = {"cell_seconds": "cell_s", "seconds": "whole_s", "memory": "memory_mb"}
_LOUD = (
    "UNSAFE: the notebooks run without a jail, with your own rights. What a trainee wrote can "
    "read and change everything that you can."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("run the notebooks again")
    group.add_argument(
        "--reproduce", action="store_true",
        help="run each notebook from the top in a jail and compare its answers; "
        "points stay as they are",
    )  # fmt: skip
    group.add_argument(
        "--unsafe", action="store_true",
        help="without jails, where none is to be had and you trust everybody",
    )  # fmt: skip
    for name, what in (
        ("--cell-seconds", "for one cell (default: 120)"),
        ("--seconds", "for a whole notebook (default: 600)"),
        ("--memory", "MB for a notebook (default: 2048)"),
    ):
        group.add_argument(name, type=_positive, metavar="N", help=what)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number from 1 up")
    return number


def check(args: argparse.Namespace, cluster: Cluster | None) -> None:
    """Refuse, before anything is scored, what cannot be done.

    Raises
    ------
    UsageError
        An option stands without ``--reproduce``.
    CourseError
        No jail is to be had here.
    """
    from grading.reproduce.batch import must_be_safe

    if not args.reproduce:
        for name in ("unsafe", *_BOUNDS):
            if getattr(args, name):
                raise UsageError(f"--{name.replace('_', '-')} is for --reproduce.", "Add it.")
        return
    if cluster is None:
        must_be_safe(unsafe=args.unsafe)
    if args.unsafe:
        print(_LOUD, file=sys.stderr)


def bounds_of(args: argparse.Namespace) -> Bounds:
    """Return the limits that the options ask for."""
    from grading.reproduce.bounds import Bounds

    given = {field: getattr(args, name) for name, field in _BOUNDS.items()}
    return Bounds(**{field: value for field, value in given.items() if value})


def add(
    made: dict[str, Any],
    state: GradingState,
    scoring: Scoring,
    args: argparse.Namespace,
    progress: Callable[..., Any],
    cluster: Cluster | None,
) -> bool:
    """Run what is to be run and put everything known about runs into the report.

    Parameters
    ----------
    made : dict
        The report; a column and lines are added.
    state : GradingState
        The course.
    scoring : Scoring
        The outcome of the scoring.
    args : Namespace
        The options.
    progress : callable
        Wraps an iterable for a progress bar.
    cluster : Cluster or None
        Where the runs are done.

    Returns
    -------
    bool
        Whether a run could not be made at all. Without ``--reproduce`` nothing is run, and
        earlier runs of unchanged hand-ins are shown.
    """
    from grading.reproduce import report
    from grading.reproduce.batch import reproduce_all
    from grading.reproduce.verdict import Reproduced

    if not args.reproduce:
        report.add(made, known(state, scoring))
        return False
    outcome = reproduce_all(
        state, scoring.assignment, bounds=bounds_of(args), workers=args.workers,
        unsafe=args.unsafe, again=args.again, students=args.student, progress=progress,
        cluster=cluster,
    )  # fmt: skip
    failed = {s: Reproduced(s, "failed", stopped=why) for s, why in outcome.failed.items()}
    # what ran before and has changed since is not spoken of
    runs = {**known(state, scoring), **{s: outcome.runs[s] for s in outcome.now}, **failed}
    report.add(made, runs)
    made["reproduced"] = {
        **made.get("reproduced", report.summary(runs)),
        "run": len(outcome.now),
        "unchanged": len(outcome.skipped),
        **({"left_out": outcome.left_out} if outcome.left_out else {}),
    }
    return any(r.status in ("failed", "no start") for r in runs.values())


def known(state: GradingState, scoring: Scoring) -> dict[str, Reproduced]:
    """Return the earlier runs of hand-ins that are as they were scored now."""
    from course import __version__
    from grading.reproduce import kept

    found = {}
    for student, run in kept.load(state, scoring.assignment).items():
        now = scoring.scored.get(student)
        if now is None or run.course != __version__:
            continue
        if (run.content, run.template) == (now.content, now.template):
            found[student] = run
    return found


def summary_lines(made: dict[str, Any]) -> list[str]:
    """Return the summary for a terminal; nothing where nothing was run."""
    from grading.reproduce.report import summary_line

    if "reproduced" not in made:
        return []
    return [summary_line(made["reproduced"]), *made["reproduced"].get("left_out", [])]
