"""``python -m course city``: list, show, check, add and export city packs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.calling import call
from course.commands import city_bare, city_day

if TYPE_CHECKING:
    from course.city.pack import City

HELP = "list, show, check, add and export cities"
LEVEL = "learner"
_SHOWN = ("path", "centre", "timezone", "currency", "languages", "weekend_days", "fare", "service",
          "modes")  # fmt: skip
DESCRIPTION = "City packs: the tables on which every lesson runs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str, *, city: bool = True) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        if city:
            sub.add_argument("name", nargs="?", help="name or folder (default: your city)")
        sub.add_argument("--json", action="store_true", help="print JSON for scripts")
        return sub

    action("list", "list the packs that are found", city=False)
    action("show", "show what a pack holds")
    check = action("check", "check a pack and list faults, repairs and sources")
    check.add_argument("--no-validator", action="store_true", help="skip the GTFS validator")
    add = action("add", "make a pack from GTFS feeds, or add tables to your pack", city=False)
    add.add_argument("name", help="name of your pack, such as busan_metro")
    add.formatter_class = argparse.RawDescriptionHelpFormatter
    add.epilog = _ride_columns()
    feeds = add.add_argument("feeds", nargs="+", metavar="feed.zip",
                             help="GTFS zips; none: add tables to your pack")  # fmt: skip
    # Not nargs="*": argparse would take an empty list before the first option and then
    # refuse the feeds after it.
    feeds.required = False
    add.add_argument("--from", dest="start", metavar="CITY",
                     help="without feeds: start from a copy of this pack")  # fmt: skip
    city_bare.add_arguments(add)
    add.add_argument("--zones", metavar="F", help="CSV or Parquet with one row per zone")
    add.add_argument("--rides", nargs="+", default=[], metavar="F",
                     help="one or more CSV (also .gz .bz2 .xz .zst .zip) or Parquet files, "
                     "one row per boarding or per tap")  # fmt: skip
    add.add_argument("--values", nargs="+", default=[], metavar="COLUMN.THEIRS=OURS",
                     help="their words in ride files, such as mode.COL=bus")  # fmt: skip
    add.add_argument("--ride-day", default="", metavar="YYYY-MM-DD",
                     help="the day of ride files that state no date")  # fmt: skip
    add.add_argument("--day-start", default="", metavar="HH:MM",
                     help="when a service day begins (default: 04:00)")  # fmt: skip
    add.add_argument("--infer", choices=["auto", "yes", "no"], default="",
                     help="infer missing tap-outs from the next tap (auto: for modes that "
                     "never tap out)")  # fmt: skip
    add.add_argument("--requests", metavar="F", help="CSV or Parquet with one row per case")
    add.add_argument("--votes", nargs="+", default=[], metavar="F",
                     help="a Pabulib file (.pb), or two tables: projects and ballots")  # fmt: skip
    add.add_argument("--night-trips", metavar="F",
                     help="CSV or Parquet with one row per pair of H3 cells and hour")  # fmt: skip
    add.add_argument("--columns", nargs="+", default=[], metavar="TABLE.OURS=THEIRS",
                     help="their column names, such as requests.created_at=Opened "
                     "(zones and rides: population=POB will do)")  # fmt: skip
    add.add_argument("--dates", nargs="+", default=[], metavar="TABLE=FORMAT",
                     help='how it writes times: "requests=%%d/%%m/%%Y %%H:%%M"')  # fmt: skip
    add.add_argument("--title", help="name of the city as pages show it")
    add.add_argument("--timezone", metavar="AREA/CITY", help="such as Asia/Seoul")
    add.add_argument("--country", metavar="CC", help="ISO code of two letters, such as KR")
    add.add_argument("--currency", metavar="CUR", help="ISO code of three letters, such as KRW")
    add.add_argument("--fare-flat", type=float, metavar="AMOUNT", help="today's flat fare")
    add.add_argument("--licence", default="", help="licence of the feed")
    add.add_argument("--where", metavar="DIR", help="folder for the pack (default: your cities)")
    add.add_argument(
        "--replace",
        action="store_true",
        help="replace your pack of this name; without feeds: its tables",
    )
    city_day.add_arguments(action("day", city_day.ABOUT))
    export = action("export", "write the scored tables as one zip, or a GTFS feed")
    export.add_argument("--out", metavar="FILE", help="zip to write (default: NAME-city.zip here)")
    export.add_argument("--gtfs", metavar="FILE", help="write the timetable as a GTFS feed instead")
    export.add_argument("--fares", metavar="FILE",
                        help="write the timetable with today's fares (GTFS-Fares v2)")  # fmt: skip


def _ride_columns() -> str:
    """Return what ``--columns`` can map for rides: only a list tells a person what to write."""
    from course.city.rides_in.fields import FIELDS

    lines = [f"  {name:<18}{what}" for name, what in FIELDS.items()]
    head = "columns of rides (card_id, a time and a place of boarding are needed):"
    return "\n".join([head, *lines])


def run(args: argparse.Namespace) -> int:
    """Run one action and return the exit code."""
    return {
        "list": _list, "show": _show, "check": _check, "add": _add, "export": _export,
        "day": city_day.run,
    }[args.action](args)  # fmt: skip


def _tell(args: argparse.Namespace, values: Any, text: str) -> None:
    print(json.dumps(values, ensure_ascii=False, indent=2) if args.json else text)


def _list(args: argparse.Namespace) -> int:
    from course.city.pack import City, list_packs
    from course.errors import CourseError

    rows = []
    for path in list_packs():
        try:
            city = City(path)
            rows.append({"name": path.name, "title": city.title, "country": city.country,
                         "bundled": city.bundled, "folder": str(path), "problem": ""})  # fmt: skip
        except CourseError as error:
            rows.append({"name": path.name, "title": "", "country": "", "bundled": False,
                         "folder": str(path), "problem": error.what})  # fmt: skip
    width = max((len(row["name"]) for row in rows), default=0)
    lines = [
        f"{row['name']:<{width}}  "
        + (row["problem"] or " ".join(t for t in (row["title"], _in_brackets(row["country"])) if t))
        + f"  {'comes with the course' if row['bundled'] else row['folder']}"
        for row in rows
    ]  # fmt: skip
    _tell(args, rows, "\n".join(lines) or "No city pack was found.")
    return 0


def _in_brackets(text: str) -> str:
    return f"({text})" if text else ""


def _show(args: argparse.Namespace) -> int:
    from course.city.pack import City
    from course.city.summary import summary

    values = summary(City.open(args.name))
    lines = [f"{values['title']} ({values['id']}), {values['country'] or 'country not given'}"]
    for key in _SHOWN:
        value = values[key]
        if isinstance(value, dict):
            value = ", ".join(f"{k} {v}" for k, v in value.items())
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        lines.append(f"  {key.replace('_', ' '):<13} {value}")
    lines.append("  frames")
    lines += [f"    {name:<16}{count:>12,}" for name, count in values["rows"].items()]
    for name, mapping in values["columns"].items():
        told = ", ".join(f"{ours}={theirs}" for ours, theirs in mapping.items())
        lines.append(f"  columns       {name}: {told}")
    lines += [f"  dates         {name}: {how}" for name, how in values["dates"].items()]
    lines.append(f"  fingerprint   {values['fingerprint']}")
    _tell(args, values, "\n".join(lines))
    return 0


def _check(args: argparse.Namespace) -> int:
    from course.city.checks import check
    from course.city.pack import City

    report = check(City.open(args.name), validator=not args.no_validator)
    _tell(args, report.to_dict(), report.text())
    return 0 if report.sound else 1


def _add(args: argparse.Namespace) -> int:
    from course.city.checks import _plain, repairs_of

    with _Bar(shown=sys.stderr.isatty() and not args.json) as bar:
        city, lost = _packed(args, bar)
    repairs = _plain(repairs_of(city))
    text = [f"{city.title} is in {city.path}"]
    if lost:
        names = " and ".join(lost)
        text.append(f"The old pack had {names}; you did not give them again, so they are gone.")
    if repairs:
        text.append(f"{len(repairs)} kinds of repair or note:")
        for row in repairs:
            where = row["file"] + (f", row {row['row']}" if row["row"] else "")
            times = f" ({row['count']:,} times)" if row["count"] > 1 else ""
            text.append(f"  {where}: {row['what']}{times}: {row['done']}")
    text.append(f"Look at it with: {call(f'course city show {_reference(city)}')}")
    text.append(f"Open the course on it with: {call(f'course lab --city {_reference(city)}')}")
    values = {"id": city.id, "folder": str(city.path), "repairs": repairs, "gone": lost}
    _tell(args, values, "\n".join(text))
    return 0


def _packed(args: argparse.Namespace, progress: Any) -> tuple[City, list[str]]:
    """Make a pack from feeds, or add tables to one; and say which tables are gone with the old."""
    from course.city.given_tables import TABLE_OPTIONS, TableFiles
    from course.city.importing import add_city, default_folder
    from course.city.naming import city_id
    from course.city.pack import City
    from course.city.pack_adding import add_tables, left_out
    from course.city.rides_in.packing import RideReading
    from course.errors import CourseError, UsageError

    tables = {name: getattr(args, name) for name in TABLE_OPTIONS}
    told = {"values": args.values, "day": args.ride_day, "day_start": args.day_start,
            "infer": args.infer}  # fmt: skip
    if any(told.values()) and not args.rides:
        raise UsageError("There are no rides to read that way.", "Add --rides FILE.")
    tables["ride_reading"] = RideReading(**told)
    into = Path(args.where).expanduser() if args.where else default_folder()
    there = into / city_id(args.name)
    try:
        old = City(there) if there.is_dir() else None
    except CourseError:  # a broken pack is no reason not to replace it
        old = None
    if city_bare.is_asked(args):
        made = city_bare.make(args, there, progress)
        return made, left_out(old, made) if old is not None else []
    if not args.feeds:
        idle = [f"--{o.replace('_', '-')}" for o in
                ("timezone", "country", "currency", "fare_flat", "licence")
                if getattr(args, o) not in (None, "")]  # fmt: skip
        if idle:
            raise UsageError(
                f"{idle[0]} is for a new pack made from feeds.", "Name the feeds, or leave it out."
            )
        city = add_tables(
            args.name, TableFiles(**tables), start=args.start, title=args.title,
            replace=args.replace, where=args.where, progress=progress,
        )  # fmt: skip
    else:
        if args.start:
            raise UsageError("A pack starts from feeds or from a pack.", "Leave out one of them.")
        if there.exists() and not args.replace:
            raise UsageError(
                f"There is a pack of this name already: {there}.",
                "Choose another name, or add --replace to put the new pack in its place. "
                "To add a table to it, name no feed.",
            )
        city = add_city(
            args.name, args.feeds, **tables, title=args.title, timezone=args.timezone,
            country=args.country, currency=args.currency, fare_flat=args.fare_flat,
            licence=args.licence, where=args.where, progress=progress,
        )  # fmt: skip
    return city, left_out(old, city) if old is not None else []


def _reference(city: City) -> str:
    """Return the word that opens a pack: its name where it is found by name, else its path."""
    import shlex

    from course.city.pack import City
    from course.errors import CourseError

    try:
        by_name = City.open(city.id).path.resolve() == city.path.resolve()
    except CourseError:
        by_name = False
    if by_name:
        return city.id
    return f'"{city.path}"' if os.name == "nt" else shlex.quote(str(city.path))


def _export(args: argparse.Namespace) -> int:
    from course.city.pack import City

    city = City.open(args.name)
    if args.fares:
        return _export_fares(args, city)
    if args.gtfs:
        from course.city.gtfs_writing import write_gtfs

        path = write_gtfs(city, args.gtfs)
    else:
        path = city.export(args.out or f"{city.id}-city.zip")
    values = {"file": str(Path(path).resolve()), "bytes": Path(path).stat().st_size,
              "fingerprint": city.fingerprint}  # fmt: skip
    _tell(args, values, f"{values['file']} ({values['bytes'] / 1e6:.1f} MB)")
    return 0


def _export_fares(args: argparse.Namespace, city: City) -> int:
    from course.transport.gtfs_fares_gaps import city_gaps
    from course.transport.gtfs_feed import write_fares
    from course.transport.tariffs import today

    policy = today(city)
    path, lost = write_fares(policy, city, args.fares), city_gaps(policy, city)
    values = {"file": str(Path(path).resolve()), "policy": policy.name, "left_out": lost}
    told = [f"{values['file']}: {policy.name}"]
    if lost:
        told += ["GTFS-Fares v2 cannot say:", *(f"  - {line}" for line in lost)]
    _tell(args, values, "\n".join(told))
    return 0


class _Bar:
    """A progress bar of steps on stderr; silent for scripts."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._bar: Any = None

    def __enter__(self) -> _Bar:
        if self._shown:
            from tqdm import tqdm

            self._bar = tqdm(unit="step", bar_format="{elapsed} {desc}", leave=False)
        return self

    def __call__(self, step: str) -> None:
        if self._bar is not None:
            self._bar.set_description_str(step)
            self._bar.update()

    def __exit__(self, *unused: object) -> None:
        if self._bar is not None:
            self._bar.close()
