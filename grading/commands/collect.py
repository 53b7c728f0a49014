"""Collect what trainees handed in."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared

HELP = "Collect the latest hand-ins of a module from the exchange."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    shared.add_module(parser)
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Collect and name what needed a repair."""
    from grading.collect import collect

    state = shared.state()
    got = collect(state, args.module)
    lines = [f"{len(got.students)} hand-ins are here."]
    if got.settled:
        lines.append(f"Put in order (the report says what): {', '.join(got.settled)}.")
    shared.tell(
        args,
        {"students": got.students, "settled": got.settled, "left_out": got.left_out},
        [*lines, *got.left_out],
    )
    return 0
