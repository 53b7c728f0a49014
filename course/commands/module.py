"""``python -m course module list``: the modules of the course as a table."""

from __future__ import annotations

import argparse
import json

HELP = "list the modules of the course"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every module with its state and its minutes")
    listing.add_argument("--json", action="store_true", help="print a JSON list for scripts")


def run(args: argparse.Namespace) -> int:
    """Print the modules in the order of the course."""
    from course import catalogue

    found = [
        {
            "id": module.id,
            "title": module.title,
            "pillar": module.pillar,
            "status": module.status,
            "minutes": dict(module.minutes),
            "questions": len(module.questions),
            "decision": module.decision,
        }
        for module in catalogue.modules()
    ]
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return 0
    if not found:
        print("No modules lie beside this course.")
        return 0
    width = max(len(row["id"]) for row in found)
    for row in found:
        minutes = f"{row['minutes'].get('lesson', 0)} + {row['minutes'].get('exercises', 0)} min"
        status = "ready" if row["status"] == catalogue.READY else "in preparation"
        print(f"{row['id']:<{width}}  {minutes:>11}  {status:<14}  {row['title']}")
    return 0
