"""``city add NAME --centre … --population … --area …``: a city that has no table yet."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.city.pack import City


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of a city from nothing."""
    parser.add_argument("--centre", metavar="LAT,LON",
                        help="no feed and no table: make lines by a rule round this point; "
                        "needs --population and --area")  # fmt: skip
    # a latitude south of the equator begins with a sign, as an option does
    parser._negative_number_matcher = re.compile(r"^-\d*\.?\d+(,.*)?$")
    parser.add_argument("--population", type=_people, metavar="N", help="residents, with --centre")
    parser.add_argument("--area", type=float, metavar="KM2", help="land in km2, with --centre")


def _people(text: str) -> int:
    """Return a whole number as people write it: ``450000``, ``450,000`` or ``450 000``."""
    if not re.fullmatch(
        r"\d+|\d{1,3}(?:([,'_ \u00a0\u202f\u066c])\d{3})(?:\1\d{3})*", text.strip()
    ):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of people; write it as 450000")
    return int(re.sub(r"\D", "", text))


def is_asked(args: argparse.Namespace) -> bool:
    """Say whether one of the options was given."""
    return bool(args.centre) or args.population is not None or args.area is not None


def make(args: argparse.Namespace, there: Path, progress: Callable[[str], None]) -> City:
    """Make the pack of a city with no table; tables can be added to it afterwards.

    Parameters
    ----------
    args : argparse.Namespace
        Of ``city add``.
    there : Path
        Where the pack will lie.
    progress : callable
        Called with the name of each step.
    """
    from course.city.from_nothing import Bare, add_bare_city
    from course.city.given_tables import TABLE_OPTIONS
    from course.errors import UsageError

    if args.feeds or args.start or any(getattr(args, name) for name in TABLE_OPTIONS):
        raise UsageError(
            "--centre makes a pack of a city that gives no table.",
            "Leave out feeds and tables; add tables to the pack in a second command.",
        )
    if not args.centre or args.population is None or args.area is None:
        raise UsageError(
            "A city from nothing needs its centre, people and land.",
            "Give --centre LAT,LON --population N --area KM2.",
        )
    if there.exists() and not args.replace:
        raise UsageError(
            f"There is a pack of this name already: {there}.",
            "Choose another name, or add --replace to put the new pack in its place.",
        )
    try:
        lat, lon = (float(part) for part in args.centre.split(","))
    except ValueError:
        raise UsageError(
            f"{args.centre!r} is no point.", "Write it like --centre 36.2972,59.6067."
        ) from None
    bare = Bare(
        lat, lon, args.population, args.area, country=args.country or "",
        timezone=args.timezone or "", currency=args.currency or "",
    )  # fmt: skip
    return add_bare_city(
        args.name,
        bare,
        title=args.title,
        fare_flat=args.fare_flat,
        where=args.where,
        progress=progress,
    )
