"""Close a module."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared

HELP = "Close a module: nobody fetches it, and later hand-ins are not collected unless extended."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    shared.add_module(parser)
    parser.add_argument("--why", default="", metavar="TEXT", help="for the diary")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Close."""
    from grading.desk.closing import close, closed_since

    state = shared.state()
    told = close(state, args.module, why=args.why)
    module = state.assignment_folder(args.module).name
    since = closed_since(state, module)
    shared.tell(
        args,
        {"module": module, "closed": since, "notes": told},
        [f"{module} is closed since {since:%Y-%m-%d %H:%M} UTC. What was handed in before counts.",
         *told, f"Open it again: python3 -m grading reopen {module}."],
    )  # fmt: skip
    return 0
