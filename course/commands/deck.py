"""``python -m course deck``: the city presentation, drawn from the city pack."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tempfile
from pathlib import Path

HELP = "write the presentation of your city as slides"
LEVEL = "learner"
DESCRIPTION = (
    "Seven slides from the city pack: maps, figures with year and source, what is synthetic, "
    "and two slides for your own story."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--city", metavar="NAME", help="name or folder (default: your city)")
    parser.add_argument("--delegation", metavar="WORDS", default="",
                        help="who presents, such as names and posts")  # fmt: skip
    parser.add_argument("--programme", metavar="WORDS", default="", help="title of the programme")
    parser.add_argument("--date", metavar="YYYY-MM-DD", type=_day, help="day of the presentation")
    parser.add_argument(
        "--out", metavar="FILE", help="file to write (default: NAME-deck.pptx here)"
    )
    parser.add_argument(
        "--replace", action="store_true", help="write over slides that you may have changed"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")


def run(args: argparse.Namespace) -> int:
    """Write the deck and say where it is and which figures are synthetic."""
    from course import writing_out
    from course.city.pack import City
    from course.documents import city_deck, city_facts
    from course.errors import CourseError, UsageError

    city = City.open(args.city)
    out = Path(args.out or f"{city.id}-deck.pptx").expanduser()
    if out.suffix.lower() != ".pptx":
        raise UsageError(
            f"{out.name} is no name of slides.", "Give --out a name that ends in .pptx."
        )
    try:
        with tempfile.TemporaryDirectory() as scratch:
            made = city_deck.write(
                city, Path(scratch, out.name), delegation=args.delegation,
                programme=args.programme, day=args.date,
            ).read_bytes()  # fmt: skip
        # equal input gives equal bytes: what differs may hold the delegation's own story
        if not args.replace and out.exists() and out.read_bytes() != made:
            raise CourseError(
                f"{out} is there already, and its slides are not those of now: they may hold "
                "your own words.",
                "Choose another name with --out, or add --replace to write over them.",
            )
        writing_out.write(out, made)
    except OSError as error:
        raise CourseError(
            f"{out} cannot be written: {error.strerror}.",
            "Close it in other programs, or choose another folder with --out.",
        ) from None
    synthetic = [f.unit for f in city_facts.figures(city) if f.synthetic]
    values = {"file": str(out.resolve()), "city": city.id, "bytes": len(made),
              "synthetic": synthetic}  # fmt: skip
    told = f"{values['file']}\n"
    told += (
        f"Synthetic, and marked so: {', '.join(synthetic)}."
        if synthetic
        else "No figure is synthetic."
    )
    print(json.dumps(values, ensure_ascii=False, indent=2) if args.json else told)
    return 0


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-11-23") from None
