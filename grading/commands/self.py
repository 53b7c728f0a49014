"""Score one notebook on this computer, without nbgrader and without an instructor."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading import commands_shared as shared

HELP = "Score one notebook here, for self-learners: no exchange, no nbgrader, any system."
LEVEL = "learner"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("notebook", type=Path, help="your exercises.ipynb, or its folder")
    parser.add_argument("--trainee", help="your name (default: the one in the answers)")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Score and write ``exercises.feedback.html`` beside the notebook."""
    from grading.self_score import lines_of, score_notebook

    made = score_notebook(args.notebook, trainee=args.trainee)
    shared.tell(args, made.data(), lines_of(made))
    return 0
