"""Look at the cities of hand-ins and approve them."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared
from grading.account import account_name

HELP = "List, show or approve the cities that trainees brought: city list|show|approve."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", choices=("list", "show", "approve"))
    parser.add_argument("fingerprint", nargs="*", help="of city list; the first letters are enough")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List, show, or approve."""
    from course.errors import UsageError
    from grading.cities import HostCities
    from grading.report import table

    cities = HostCities(shared.state().cities)
    if args.action == "list":
        rows = cities.table()
        keys = ["fingerprint", "id", "title", "status", "student"]
        shared.tell(
            args, {"cities": rows}, table(keys, [[str(r.get(k, "")) for k in keys] for r in rows])
        )
        return 0
    if not args.fingerprint:
        raise UsageError(
            "No fingerprint was given.", "See them with: python3 -m grading city list."
        )
    if args.action == "show":
        metas = [cities.show(f) for f in args.fingerprint]
        lines = [f"{k}: {v}" for meta in metas for k, v in meta.items()]
        shared.tell(args, {"cities": metas}, lines)
        return 0
    metas = [cities.approve(f, by=account_name()) for f in args.fingerprint]
    lines = [f"{m['title']} ({m['fingerprint']}) is approved." for m in metas]
    shared.tell(
        args,
        {"approved": metas},
        [*lines, "Its answers are scored by the next: python3 -m grading score MODULE"],
    )
    return 0
