"""What is hard in a module."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from grading import commands_shared as shared

HELP = "Show by question: attempts, right at first and in the end, typical mistakes, who is stuck."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    shared.add_module(parser)
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the questions."""
    from grading.desk import in_words, questions

    found = questions.stuck(shared.state(), args.module)
    shared.tell(args, {"questions": [asdict(d) for d in found]}, in_words.of_questions(found))
    return 0
