"""Open a closed module again."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared

HELP = "Open a closed module again: trainees fetch it, and every hand-in is collected."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    shared.add_module(parser)
    parser.add_argument("--why", default="", metavar="TEXT", help="for the diary")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Open."""
    from grading.desk.closing import reopen

    state = shared.state()
    told = reopen(state, args.module, why=args.why)
    module = state.assignment_folder(args.module).name
    shared.tell(args, {"module": module, "notes": told}, [f"{module} is open.", *told])
    return 0
