"""Make and release the feedback pages."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared

HELP = "Generate the feedback of a scored module and release it to trainees."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    shared.add_module(parser)
    parser.add_argument("--student", action="append", metavar="S", help="only this student")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Release; exit code 1 when somebody's feedback did not go out."""
    from grading.paperwork import feedback

    done, problems = feedback(shared.state(), args.module, students=args.student)
    shared.tell(
        args,
        {"released": done, "problems": problems},
        [f"Feedback of {len(done)} trainees is out.",
         *(f"  {student}  {why}" for student, why in problems.items())],
    )  # fmt: skip
    return 1 if problems else 0
