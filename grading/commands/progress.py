"""Where everybody stands."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from grading import commands_shared as shared

HELP = "Show who has begun, handed in, been scored, waits for marking and has feedback."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("module", nargs="?", help="one module: a line per trainee")
    parser.add_argument("--student", metavar="S", help="one trainee: a line per module")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    from course.errors import UsageError
    from grading.desk import in_words
    from grading.desk.progress import standings

    found = standings(shared.state(), [args.module] if args.module else None)
    if args.student is not None:
        rows = [r for s in found for r in s.rows if r.student == args.student]
        if not rows:
            raise UsageError(
                f"{args.student!r} is on no list of this course.",
                "Check the id: python3 -m grading cohort list.",
            )
        lines = in_words.of_person(rows)
    elif args.module:
        rows = list(found[0].rows)
        lines = in_words.of_module(found[0])
    else:
        rows = []
        lines = in_words.of_modules(found)
    modules = [
        {"module": s.module, "title": s.title, "state": s.state, "due": s.due,
         "closed": s.closed, **s.count()} for s in found
    ]  # fmt: skip
    shared.tell(args, {"modules": modules, "rows": [asdict(r) for r in rows]}, lines)
    return 0
