"""What a test tells about its questions and about what a group learned."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading import commands_shared as shared

HELP = "Statistics of a test's questions, and the gain from pre-test to post-test."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("test", help="the test's id or number: 90 or 91")
    parser.add_argument(
        "--out", type=Path, metavar="FILE",
        help="write all tables to a workbook (.xlsx), or the questions to a .csv",
    )  # fmt: skip
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the report, and write it where asked."""
    from grading.items import report, tables

    made = report.report_on(shared.state(), args.test)
    data, lines = report.plain(made), report.lines_of(made)
    if args.out:
        path = tables.write(tables.tables_of_test(made), args.out.resolve())
        data["file"] = str(path)
        lines += ["", f"Written: {path}"]
    shared.tell(args, data, lines)
    return 0
