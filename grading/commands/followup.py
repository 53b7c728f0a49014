"""What became of the plans: register, take reports, remind, look, export."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import UsageError
from grading import commands_shared as shared

if TYPE_CHECKING:
    from grading.followup.store import Store

HELP = "Follow the plans for a year: reports in, due list, reminders, dashboard, Excel."
DESCRIPTION = (
    "Follow the plans for a year after the closing day. Nothing is sent by itself; reports "
    "are never overwritten."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands."""
    verbs = parser.add_subparsers(dest="verb", metavar="WHAT", required=True)

    start = _verb(verbs, "start", "register a cohort and the plans it handed in")
    start.add_argument("--programme", required=True, metavar="NAME", help="such as wego_week")
    start.add_argument(
        "--closing", type=_day, required=True, metavar="DATE",
        help="the last day of the programme; steps are counted from it",
    )  # fmt: skip
    start.add_argument(
        "--simulated", action="store_true", help="the people are simulated; every page says so"
    )

    template = _verb(verbs, "template", "write one Excel form per participant")
    template.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")
    template.add_argument(
        "--day", type=int, choices=(30, 90, 180, 365), help="this step (default: what is open)"
    )

    add = _verb(verbs, "add", "take report files: JSON of the form, or Excel")
    add.add_argument("files", nargs="+", metavar="FILE", help="reports")

    _verb(verbs, "due", "list what is open")

    remind = _verb(verbs, "remind", "write mails and calendar files; nothing is sent")
    remind.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")

    _verb(verbs, "indicators", "print the seven indicators over all cities")

    board = _verb(verbs, "dashboard", "open the dashboard, or write it as one page")
    board.add_argument("--out", type=Path, metavar="FILE", help="an HTML page that works offline")
    board.add_argument("--port", type=int, default=8866, help="of the server (default: 8866)")

    export = _verb(verbs, "export", "write everything as an Excel file")
    export.add_argument("file", type=Path, metavar="FILE", help="the .xlsx file to write")


def _verb(verbs: argparse._SubParsersAction, name: str, words: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.add_argument(
        "--db", metavar="DB", help="a file or postgresql://… (default: under the state)"
    )
    parser.add_argument(
        "--on", type=_day, metavar="DATE", help="work as if it were this day (default: today)"
    )
    shared.add_json(parser)
    return parser


def _day(text: str) -> date:
    from course.followup import values

    try:
        found = values.day(text)
    except ValueError as error:
        what, _, remedy = str(error).partition("|")
        raise argparse.ArgumentTypeError(f"{what} {remedy}") from None
    if found is None:
        raise argparse.ArgumentTypeError("give a day as 2026-04-30")
    return found


def run(args: argparse.Namespace) -> int:
    """Do what the subcommand asks for."""
    from grading.followup import open_store

    with open_store(args.db) as store:
        return _RUN[args.verb](args, store)


def _start(args: argparse.Namespace, store: Store) -> int:
    from dataclasses import asdict

    from grading.followup import command_lines
    from grading.followup.gathering import gather
    from grading.followup.starting import followed_before, start
    from grading.state import GradingState

    found = gather(GradingState.default(), args.programme, args.closing, simulated=args.simulated)
    before = followed_before(store, found.cohort, found.plans)
    if before is not None:
        closing, groups = before
        names = ", ".join(g.removeprefix("team:") for g in groups[:5])
        raise UsageError(
            f"{args.programme} is followed already from {closing}, with the same plans of {names}; "
            f"from {args.closing} everybody would be asked twice.",
            f"Give --closing {closing}. For a second run take those of the first off the list: "
            "python3 -m grading cohort remove. Was the first day wrong, begin with another --db.",
        )
    done = start(store, found.cohort, found.people, found.plans, places=found.places, on=args.on)
    shared.tell(
        args,
        asdict(done) | {"refused": found.refused},
        command_lines.started(done, found.refused),
    )
    return 1 if found.refused else 0


def _template(args: argparse.Namespace, store: Store) -> int:
    from grading.followup.excel_template import write_templates

    files = write_templates(store, args.out, day=args.day, on=args.on)
    lines = [f"{len(files)} forms are in {args.out}."] if files else ["No step is open now."]
    shared.tell(args, {"files": [str(f) for f in files]}, _begun(store, args) or lines)
    return 0


def _add(args: argparse.Namespace, store: Store) -> int:
    from dataclasses import asdict

    from grading.followup import command_lines
    from grading.followup.adding import add_all

    done = add_all(store, args.files, on=args.on)
    shared.tell(args, {"files": [asdict(d) for d in done]}, command_lines.added(done))
    return 1 if any(d.outcome == "refused" for d in done) else 0


def _due(args: argparse.Namespace, store: Store) -> int:
    from grading.followup import command_lines
    from grading.followup.due import due

    frames = store.frames(args.on)
    table = due(frames)
    rows = table.to_dict("records") if args.json else []
    lines = _begun(store, args) or command_lines.due_table(table, frames.participants)
    shared.tell(args, {"steps": rows}, lines)
    return 0


def _remind(args: argparse.Namespace, store: Store) -> int:
    from dataclasses import asdict

    from grading.followup.reminding import remind

    done = remind(store, args.out, on=args.on)
    lines = [f"{w.city}: {w.what}, day {w.day}, {len(w.files)} files." for w in done]
    lines += [f"No usable address: {', '.join(w.without_address)}." for w in done
              if w.without_address]  # fmt: skip
    lines.append(f"Written to {args.out}. Nothing was sent." if done else "Nobody to remind now.")
    shared.tell(args, {"written": [asdict(w) for w in done]}, _begun(store, args) or lines)
    return 0


def _indicators(args: argparse.Namespace, store: Store) -> int:
    from grading.followup.indicators import indicators

    table = indicators(store.frames(args.on))
    lines = _begun(store, args) or list(table["sentence"])
    shared.tell(args, {"indicators": table.to_dict("records")}, lines)
    return 0


def _dashboard(args: argparse.Namespace, store: Store) -> int:
    from grading.followup import dashboard

    if args.out is None:
        if args.json:
            raise UsageError("A server prints no JSON.", "Give --out page.html.")
        return dashboard.serve(store, on=args.on, port=args.port)
    path = dashboard.write(store.frames(args.on), args.out)
    shared.tell(args, {"file": str(path)}, [f"Written: {path}"])
    return 0


def _begun(store: Store, args: argparse.Namespace) -> list[str]:
    """Return how to begin where no plan is followed on that day, nothing else."""
    if len(store.frames(args.on).plans):
        return []
    when = f" on {args.on.isoformat()}" if args.on else ""
    return [f"No plan was registered{when}. Begin with: python3 -m grading followup start."]


def _export(args: argparse.Namespace, store: Store) -> int:
    from grading.followup.excel_export import export

    if args.file.suffix.lower() != ".xlsx":
        raise UsageError(f"{args.file.name} is no name of an Excel file.", "Let it end in .xlsx.")
    path = export(store.frames(args.on), args.file)
    shared.tell(args, {"file": str(path)}, [f"Written: {path}"])
    return 0


_RUN = {
    "start": _start, "template": _template, "add": _add, "due": _due, "remind": _remind,
    "indicators": _indicators, "dashboard": _dashboard, "export": _export,
}  # fmt: skip
