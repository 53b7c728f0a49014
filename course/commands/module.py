"""``python -m course module``: list the modules, lay out a new one, write a test's page."""

from __future__ import annotations

import argparse
import json

HELP = "list the modules of the course, or lay out a new one"
_WORDS = {"ready": "ready", "draft": "draft", "planned": "in preparation"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every module with its state and its minutes")
    listing.add_argument("--json", action="store_true", help="print a JSON list for scripts")
    page = actions.add_parser("page", help="write the page of a test or survey from its questions")
    page.add_argument("name", metavar="NAME", help="its id, such as 91_post_test")
    new = actions.add_parser("new", help="lay out a module that works, for you to change")
    new.add_argument(
        "name", metavar="NAME", help='an id such as 14_water, or a title such as "Water for all"'
    )
    new.add_argument("--number", type=int, help="with a title: its number (default: next free)")
    new.add_argument("--title", help="with an id: its title (default: the words of the id)")
    new.add_argument(
        "--pillar",
        choices=("policy", "bigdata", "transport", "capstone"),
        default="policy",
        help="where it belongs (default: policy)",
    )


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    return {"new": _new, "page": _page, "list": _list}[args.action](args)


def _page(args: argparse.Namespace) -> int:
    """Write the page of a test or survey."""
    from course.errors import UsageError
    from course.forms.page import write_page
    from course.paths import ROOT

    found = [p for p in (ROOT / "modules").glob("[0-9][0-9]_*") if p.name == args.name]
    if not found:
        raise UsageError(f"There is no module {args.name[:60]!r} here.", "Give its folder's name.")
    print(f"Written: {write_page(found[0])}")
    return 0


def _list(args: argparse.Namespace) -> int:
    """Print the modules in the order of the course."""
    from course import catalogue

    found = [
        {
            "id": module.id,
            "title": module.title,
            "pillar": module.pillar,
            "form": module.form,
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
        status = _WORDS[row["status"]]
        print(f"{row['id']:<{width}}  {minutes:>11}  {status:<14}  {row['title']}")
    return 0


def _new(args: argparse.Namespace) -> int:
    """Lay out a module in the checkout and say what to do next."""
    from course.calling import call
    from course.environment import is_checkout
    from course.errors import UsageError
    from course.new_module import lay_out, named
    from course.paths import ROOT

    if not is_checkout():
        raise UsageError(
            "New modules are written in the repository, not in the installed course.",
            "Run this in a clone of the repository.",
        )
    module = named(
        args.name,
        taken=[found.name for found in (ROOT / "modules").glob("[0-9][0-9]_*/")],
        number=args.number,
        title=args.title,
        pillar=args.pillar,
    )
    files = lay_out(module, ROOT)
    print(f"modules/{module.id} works, as a draft that no trainee gets ({len(files)} files).")
    print(f"See it:    {call('course lab --drafts')}")
    print(f"Test it:   {call('course test')} -k {module.id}")
    print("Change it: CONTRIBUTING.md says where each piece lives and how it is released.")
    return 0
