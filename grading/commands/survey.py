"""What the trainees think of the course, without names."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading import commands_shared as shared

HELP = "The survey as a report without names: nothing of fewer than five answers."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("survey", nargs="?", default="92", help="the survey (default: 92)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write it to a workbook (.xlsx) or a .csv"
    )
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the report, and write it where asked."""
    from grading.items import survey, tables

    made = survey.report_on(shared.state(), args.survey)
    data, lines = survey.plain(made), survey.lines_of(made)
    if args.out:
        path = tables.write(tables.tables_of_survey(made), args.out.resolve())
        data["file"] = str(path)
        lines += ["", f"Written: {path}"]
    shared.tell(args, data, lines)
    return 0
