"""``python -m course lab``: prepare the learner's folder and open it in JupyterLab."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

HELP = "open the course in JupyterLab"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--city", metavar="NAME", help="city to work on: a pack's name or folder")
    parser.add_argument(
        "--name", metavar="NAME", help="your name or course id; kept for later starts"
    )
    parser.add_argument(
        "--team", metavar="NAME", help='the team of your delegation; kept too ("": none)'
    )
    parser.add_argument(
        "--programme", metavar="NAME", help="the programme you follow; kept for later starts"
    )
    parser.add_argument(
        "--start", metavar="DATE", type=day, help="its first day, such as 2027-04-05; kept too"
    )
    parser.add_argument(
        "--workspace", metavar="DIR", type=Path, help="your folder for notebooks and answers"
    )
    parser.add_argument(
        "--port", type=_port, default=8888, help="port on this computer (default 8888)"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address, open no browser"
    )
    parser.add_argument(
        "--drafts", action="store_true", help="also modules that their authors still write"
    )


def run(args: argparse.Namespace) -> int:
    """Lay out the workspace, say what changed, and serve it until Ctrl-C."""
    from course import identity, lab_server, workspace
    from course.calling import call
    from course.paths import workspace_dir

    folder = Path(args.workspace or workspace_dir()).expanduser()
    ready = workspace.prepare(
        folder,
        city=args.city,
        trainee=_name(args.name, folder),
        team=_team(args.team),
        programme=args.programme,
        start=args.start,
        drafts=args.drafts,
    )
    print(f"Your folder: {ready.folder}")
    print(f"Your city:   {ready.city}")
    if args.programme or args.start:
        _say_programme(ready.folder)
    me = identity.who(ready.folder)
    if me.trainee == identity.GUEST:
        again = call("course lab --name YOUR_ID")
        print(f"You work as guest. Your own numbers come with: {again}")
    else:
        fixed = f" (set by {me.source})" if me.source not in ("profile", identity.GUEST) else ""
        print(f"Your name:   {me.trainee}{fixed}")
    if me.team:
        print(f"Your team:   {me.team}{_team_fixed()}")
    for name, other in ready.beside:
        print(f"You changed {name}; it stays. The new version is beside it: {other}")
    return lab_server.serve(ready, port=args.port, browser=not args.no_browser)


def _team(given: str | None) -> str | None:
    """Return the team to store: None keeps it, "" takes it away."""
    from course import identity
    from course.errors import UsageError

    if given and not identity.clean_name(given):
        raise UsageError("The name of the team is empty.", "Give a name after --team.")
    return given


def _team_fixed() -> str:
    """Return where the team is from, if not from the folder."""
    import os

    from course import identity

    return " (set by COURSE_TEAM)" if identity.clean_name(os.environ.get("COURSE_TEAM")) else ""


def _say_programme(folder: Path) -> None:
    """Print the programme, and that its file has faults if it has."""
    from course.calling import call
    from course.programme import Programme

    programme = Programme.open(folder=folder)
    from_to = f", {programme.start} to {programme.end}" if programme.start else ""
    print(f"Programme:   {programme.title}{from_to}")
    problems = programme.check()
    if problems:
        start = f" --start {programme.start}" if programme.start else ""
        again = call(f"course programme check {programme.id}{start}")
        places = "1 place" if len(problems) == 1 else f"{len(problems)} places"
        print(f"It does not fit together in {places}; see: {again}")


def day(text: str) -> date:
    """Return the date of ``YYYY-MM-DD``; for an option."""
    from course.programmes.clock import iso_date

    found = iso_date(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2027-04-05")
    return found


def _name(given: str | None, folder: Path) -> str | None:
    """Return the name to store: the option's, else what a person at a terminal types."""
    from course import identity
    from course.errors import UsageError

    if given is not None:
        name = identity.clean_name(given)
        if not name:
            raise UsageError("The name is empty.", "Give your name or course id after --name.")
        return name
    known = identity.who(folder).trainee != identity.GUEST
    # With a script or a pipe on one side nobody would see the question.
    if known or not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    try:
        return identity.clean_name(input("Your name or course id (Enter to skip): ")) or None
    except EOFError:
        print()
        return None


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError(text)
    return port
