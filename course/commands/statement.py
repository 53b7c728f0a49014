"""Write what somebody who learns alone has done: a page signed by nobody."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

HELP = "Write a page of what you did; it is signed by nobody and is no certificate."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--programme", help="its id (default: the one of your folder)")
    parser.add_argument("--out", type=Path, metavar="HTML", help="where to write the page")
    parser.add_argument("--json", action="store_true", help="print one JSON object for scripts")


def run(args: argparse.Namespace) -> int:
    """Write the page and say where it is."""
    from course import own_statement
    from course.calling import call
    from course.errors import CourseError
    from course.paths import is_workspace, workspace_dir
    from course.programme import Programme

    folder = workspace_dir()
    if not is_workspace(folder):
        raise CourseError(
            f"{folder} is no folder of the course.", f"Begin with: {call('course lab')}"
        )
    programme = Programme.open(args.programme)
    path = own_statement.write(folder, programme, args.out)
    rows = own_statement.rows(folder, programme)
    if args.json:
        print(json.dumps({"page": str(path), "modules": [asdict(r) for r in rows]}))
    else:
        begun = sum(r.begun for r in rows)
        print(f"{begun} {'module is' if begun == 1 else 'modules are'} on your page: {path}")
    return 0
