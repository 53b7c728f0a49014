"""Write the points as a table."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading import commands_shared as shared

HELP = "Write points and statuses as CSV: nbgrader's columns and one pair per question."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, help="the CSV file to write")
    parser.add_argument(
        "--module", action="append", metavar="M", help="only this module (default: all)"
    )
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write the file."""
    from grading.paperwork import export, export_rows

    state = shared.state()
    names = [state.assignment_folder(m).name for m in args.module] if args.module else None
    path = export(state, args.file.resolve(), names)
    rows = export_rows(state, names) if args.json else []
    shared.tell(args, {"file": str(path), "rows": rows}, [f"Written: {path}"])
    return 0
