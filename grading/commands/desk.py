"""The instructor's desk on this machine, without a hub."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared

HELP = "Open the instructor's desk on this machine; on a hub it is there already."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=int, default=0, metavar="P", help="default: any free one")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from course.errors import UsageError
    from grading.desk.service import alone

    if not 0 <= args.port <= 65535:
        raise UsageError(f"{args.port} is no port.", "Give a number from 1 to 65535.")

    def say(link: str) -> None:
        told = ["Open this link. It can be used once; Ctrl-C ends the desk.", link]
        shared.tell(args, {"link": link}, told)

    import sys

    try:
        alone(shared.state(), port=args.port, say=lambda link: (say(link), sys.stdout.flush()))
    except OSError as error:
        from course.errors import CourseError

        raise CourseError(
            f"The port {args.port} cannot be used ({error.strerror}).", "Leave --port out."
        ) from None
    return 0
