"""``python -m course programme``: list, show, check, copy and write out training weeks."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.calling import call

if TYPE_CHECKING:
    from course.programme import Programme

HELP = "list, show, check, copy and write out training weeks"
LEVEL = "learner"
DESCRIPTION = "Programmes: a training week as data, one file each."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    from course.commands.lab import day

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str, *, named: bool = True) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        if named:
            sub.add_argument("name", nargs="?", help="name or file (default: your programme)")
            sub.add_argument(
                "--start", metavar="DATE", type=day, help="its first day, such as 2027-04-05"
            )
        sub.add_argument("--json", action="store_true", help="print JSON for scripts")
        return sub

    action("list", "list the programmes that are found", named=False)
    action("show", "show days, sessions and what is asked for at the end")
    action("check", "check minutes, times, modules, places and packs")
    agenda = action("agenda", "write the timetable for calendars and for paper")
    agenda.add_argument("--ics", metavar="FILE", type=Path, help="a calendar file; needs dates")
    agenda.add_argument("--html", metavar="FILE", type=Path, help="a page that prints on A4")
    new = action("new", "make your own programme from a copy", named=False)
    new.add_argument("name", help="its name, such as busan_2027")
    new.add_argument("--from", dest="source", default="wego_week", metavar="NAME",
                     help="the programme to copy (default: wego_week)")  # fmt: skip
    new.add_argument("--title", default="", help="what people read")
    new.add_argument("--replace", action="store_true", help="write over yours of that name")


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    return {
        "list": _list, "show": _show, "check": _check, "agenda": _agenda, "new": _new,
    }[args.action](args)  # fmt: skip


def _list(args: argparse.Namespace) -> int:
    from course.errors import CourseError
    from course.programme import Programme

    rows = []
    for name in Programme.names():
        try:
            rows.append(_summary(Programme.open(name)))
        except CourseError as error:
            rows.append({"id": name, "problem": str(error)})
    if args.json:
        return _print(rows)
    for row in rows:
        if "problem" in row:
            print(f"{row['id']:<22} {row['problem']}")
            continue
        people = f"{row['seats']} people" if row["seats"] else "any number"
        length = f"{row['days']} {'parts' if row['days'] > 1 else 'part'}"
        print(f"{row['id']:<22} {length:<9} {people:<11} {row['kind']:<12} {row['title']}")
    return 0


def _show(args: argparse.Namespace) -> int:
    from course.programmes import clock

    programme = _opened(args)
    if args.json:
        known = _summary(programme)
        known |= {
            "delegations": [vars(delegation) for delegation in programme.delegations],
            "rule": programme.rule.data(),
            "afterwards": list(programme.afterwards),
            "unverified": list(programme.unverified),
            "sessions": programme.agenda().to_dict("records"),
        }
        return _print(known)
    print(programme.title)
    if programme.start:
        print(f"{clock.day_words(programme.start)} to {clock.day_words(programme.end)}")
    print(
        f"{clock.duration(programme.on_site_minutes)} on site (breaks, lunch and travel not "
        f"counted), {clock.duration(programme.online_minutes)} on line"
    )
    agenda = programme.agenda()
    for day in programme.days:
        when = "" if day.date is None else f"  {day.date.isoformat()}"
        print(f"\n{day.id}{when}  {day.theme}  ({clock.duration(day.sum_min)})")
        for row in agenda[agenda["day"] == day.id].itertuples():
            state = "  (in preparation)" if row.state == "in preparation" else ""
            print(f"  {row.start or '':<5} {row.minutes:>4} min  {row.title}{state}")
    if programme.afterwards:
        print(f"\nOffered afterwards: {', '.join(programme.afterwards)}")
    if programme.unverified:
        print("\nTo be confirmed:")
        for line in programme.unverified:
            print(f"  {line}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from course.errors import CourseError
    from course.programme import Programme

    try:
        # without a name it is the one in use, with its dates
        programme = Programme.open() if args.name is None else None
        if programme is None:
            programme, found = Programme.read(args.name)
            lines = list(found.lines)
        else:
            lines = []
        if not lines:
            if args.start:
                programme = programme.dated(args.start)
            lines = programme.check()
        name, examples = programme.id, sum(d.example for d in programme.delegations)
    except CourseError as error:
        if error.exit_code == 2:
            raise
        name, lines, examples = str(args.name), [str(error)], 0
    if args.json:
        _print({"id": name, "ok": not lines, "problems": lines, "example_delegations": examples})
        return 1 if lines else 0
    for line in lines:
        print(line)
    if not lines:
        print(f"{name}: everything fits together.")
    if examples:
        print(f"{examples} delegations are examples: write your own cities over them.")
    return 1 if lines else 0


def _agenda(args: argparse.Namespace) -> int:
    from course import writing_out
    from course.errors import CourseError
    from course.programmes import printed
    from course.programmes.clock import duration

    kinds = (  # where to, how it is made, and how such a file is known
        (args.ics, "ics", (".ics",), b"BEGIN:VCALENDAR", "a calendar"),
        (args.html, "printable", (".html", ".htm"), printed.MARK.encode(), "a timetable"),
    )
    wanted = [
        (writing_out.check(path, endings=endings, mark=mark, what=what), make)
        for path, make, endings, mark, what in kinds
        if path is not None
    ]
    programme = _opened(args)
    problems = programme.check()
    if problems:
        more = f" {len(problems) - 1} more: " if len(problems) > 1 else " See: "
        start = f" --start {programme.start}" if programme.start else ""
        again = call(f"course programme check {args.name or programme.id}{start}")
        raise CourseError(problems[0], more.strip() + " " + again)
    written = []
    for target, make in wanted:
        content = getattr(programme, make)()
        writing_out.write(target, content if isinstance(content, bytes) else content.encode())
        written.append(str(target))
    if args.json:
        rows = programme.agenda().to_dict("records")
        return _print({"id": programme.id, "written": written, "sessions": rows})
    if not written:
        args.json = False
        return _show(args)
    minutes = sum(day.sum_min for day in programme.days)
    print(f"{programme.title}: {len(programme.sessions)} sessions, {duration(minutes)}.")
    for path in written:
        print(f"Written: {path}")
    return 0


def _new(args: argparse.Namespace) -> int:
    from course.programme import Programme
    from course.programmes import copying

    source = Programme.open(args.source)
    path = copying.new(args.name, source=source.path, title=args.title, replace=args.replace)
    made = Programme.open(path)
    if args.json:
        return _print({"id": made.id, "path": str(path), "from": source.id})
    print(f"Your programme: {path}")
    print("Change its lines, then: " + call(f"course programme check {made.id}"))
    return 0


def _opened(args: argparse.Namespace) -> Programme:
    from course.programme import Programme

    programme = Programme.open(args.name)
    start: date | None = args.start
    return programme if start is None else programme.dated(start)


def _summary(programme: Programme) -> dict[str, Any]:
    return {
        "id": programme.id,
        "title": programme.title,
        "kind": programme.kind,
        "plan": programme.plan,
        "timezone": programme.timezone,
        "start": programme.start.isoformat() if programme.start else None,
        "end": programme.end.isoformat() if programme.end else None,
        "days": len(programme.days),
        "sessions_count": len(programme.sessions),
        "on_site_minutes": programme.on_site_minutes,
        "online_minutes": programme.online_minutes,
        "seats": programme.seats,
        "modules": list(programme.module_ids),
        "modules_ready": list(programme.ready_module_ids),
        "rule_version": programme.rule_version,
        "path": str(programme.path),
    }


def _print(value: Any) -> int:
    print(json.dumps(value, ensure_ascii=False, indent=1))
    return 0
