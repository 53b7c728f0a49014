"""Score the collected hand-ins of a module."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared
from grading.many import cluster as many
from grading.reproduce import options as running

HELP = "Score the collected hand-ins; unchanged ones are skipped."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    shared.add_module(parser)
    shared.add_workers(parser)
    parser.add_argument(
        "--again", action="store_true",
        help="also score what has not changed; grades given by hand are kept",
    )  # fmt: skip
    parser.add_argument("--student", action="append", metavar="S", help="only this student")
    running.add_arguments(parser)
    many.add_arguments(parser)
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Score; exit code 1 when a hand-in could not be scored at all."""
    from grading import due, report
    from grading.direct import score_all

    state, cluster = shared.state(), many.cluster_of(args)
    running.check(args, cluster)
    outcome = score_all(
        state, args.module, workers=args.workers, again=args.again, students=args.student,
        progress=shared.progress(args), cluster=cluster,
    )  # fmt: skip
    made = report.report_of(outcome)
    report.add_late(made, due.late(state, outcome.assignment))
    not_run = running.add(made, state, outcome, args, shared.progress(args), cluster)
    path = report.save(state, made)
    wanted = set(args.student) if args.student else None
    lines = report.lines_of(made, only=wanted)
    waiting = sum(1 for row in made["students"] if row["waiting"])
    lines += ["", f"{made['scored']} scored, {made['unchanged']} unchanged. Report: {path}"]
    if waiting:
        lines.append(
            f"{waiting} hand-ins have answers that wait for a city: python3 -m grading city list"
        )
    lines += running.summary_lines(made)
    shared.tell(args, {**made, "report": str(path)}, lines)
    return 1 if outcome.failed or not_run else 0
