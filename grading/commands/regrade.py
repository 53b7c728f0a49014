"""Judge again after a key or a module was mended."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from grading import commands_shared as shared

HELP = "Judge the original hand-ins again and show what changes; --apply writes it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    shared.add_module(parser)
    shared.add_workers(parser)
    parser.add_argument("--student", action="append", metavar="S", help="only this student")
    parser.add_argument("--apply", action="store_true", help="write the new points")
    parser.add_argument("--why", default="", metavar="TEXT", help="for the diary; needed to apply")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Judge; exit code 1 when a hand-in could not be judged."""
    from grading.desk import in_words
    from grading.desk.judging_again import regrade

    made = regrade(
        shared.state(), args.module, students=args.student, apply=args.apply, why=args.why,
        workers=args.workers, progress=shared.progress(args),
    )  # fmt: skip
    shared.tell(args, asdict(made), in_words.of_regrade(made))
    return 1 if made.failed else 0
