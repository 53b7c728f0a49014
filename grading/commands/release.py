"""Release a module to trainees through nbgrader's exchange."""

from __future__ import annotations

import argparse

from grading import commands_shared as shared

HELP = "Release a module: lesson, exercises and module.yml go into the exchange."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    shared.add_module(parser)
    parser.add_argument(
        "--due", metavar="WHEN",
        help='when it is due, such as "2027-03-24 18:00" (Seoul time unless it has an offset)',
    )  # fmt: skip
    parser.add_argument("--draft", action="store_true", help="also a draft, for a rehearsal")
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Release, or say why not."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from grading import due
    from grading.release import release

    state = shared.state()
    when = due.moment(args.due) if args.due is not None else None
    files = release(state, args.module, draft=args.draft)
    module = files[0].parent.name
    if when is not None:
        due.set_due(state, module, when)
    elif (stands := due.due_of(state, module)) is not None:  # from an earlier release
        when = stands.astimezone(ZoneInfo("Asia/Seoul"))
    told = []
    if when is not None:
        told = [f"It is due at {when:%Y-%m-%d %H:%M %Z}."]
        if when < datetime.now(UTC):
            told.append("This moment has passed: every hand-in from now on is late.")
    shared.tell(
        args,
        {"module": module, "files": [f.name for f in files], "exchange": str(state.exchange),
         "due": when.isoformat() if when else None},
        [f"{module} is released: {', '.join(f.name for f in files)}.",
         f"Trainees fetch it from {state.exchange}.", *told],
    )  # fmt: skip
    return 0
