"""More time for one trainee or for all."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared

HELP = "Give one trainee, or all, more time for a module, or take it back."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("student", help="a trainee's id, or all")
    shared.add_module(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--until", metavar="WHEN",
        help='such as "2027-04-09 18:00" (Seoul time unless it has an offset)',
    )  # fmt: skip
    which.add_argument("--remove", action="store_true", help="take the extension back")
    parser.add_argument("--why", default="", metavar="TEXT", help="for the diary")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write the extension down."""
    from grading import due
    from grading.desk.extensions import extend

    when = None if args.until is None else due.moment(args.until)
    state = shared.state()
    told = extend(state, args.module, args.student, when, why=args.why)
    module = state.assignment_folder(args.module).name
    who = "Everybody has" if args.student == "all" else f"{args.student} has"
    said = (
        f"{who} no extension for {module}." if when is None
        else f"{who} time for {module} until {when:%Y-%m-%d %H:%M %Z}."
    )  # fmt: skip
    shared.tell(
        args,
        {"student": args.student, "module": module, "until": when.isoformat() if when else None,
         "notes": told},
        [said, *told],
    )  # fmt: skip
    return 0
