"""``python -m course city day``: a synthetic day of rides as large as a megacity's."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ABOUT = "make a synthetic day of up to 20 million rides"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the action."""
    parser.add_argument("--rides", type=int, default=1_000_000, metavar="N",
                        help="boardings, 1 to 20,000,000 (default: 1,000,000)")  # fmt: skip
    parser.add_argument("--out", required=True, metavar="FOLDER",
                        help="where to write; a day begun there is finished")  # fmt: skip
    parser.add_argument("--date", default="2025-05-14", help="service day (default: %(default)s)")
    parser.add_argument("--seed", default="", help="another word gives another day")


def run(args: argparse.Namespace) -> int:
    """Make the day and say how near it comes to published figures."""
    from course.city.pack import City
    from course.city.synthesis.megacity import write_day

    city = City.open(args.name)
    with _Rides(args.rides, shown=sys.stderr.isatty() and not args.json) as bar:
        day = write_day(
            city, Path(args.out).expanduser(), rides=args.rides, date=args.date,
            seed=(args.seed,) if args.seed else (), progress=bar,
        )  # fmt: skip
    if args.json:
        told = {
            "folder": str(day.folder.resolve()), "rides": day.rides, "origin": "synthetic",
            "files": [p.name for p in day.files],
            "report": json.loads(day.report.to_json(orient="records", double_precision=6)),
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    print(f"SYNTHETIC: {day.rides:,} rides of {city.title} are in {day.folder.resolve()}")
    print(f"  {'measure':<48}{'target':>10}{'got':>10}")
    for row in day.report.itertuples():
        print(f"  {row.measure:<48}{row.target:>10.2f}{row.got:>10.2f}"
              f"{'' if row.fitted else '   (not fitted)'}")  # fmt: skip
    return 0


class _Rides:
    """A progress bar in rides on stderr; silent for scripts."""

    def __init__(self, total: int, *, shown: bool) -> None:
        self._total, self._shown = total, shown
        self._bar = None

    def __enter__(self) -> _Rides:
        if self._shown:
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, unit="ride", unit_scale=True, leave=False)
        return self

    def __call__(self, rides: int) -> None:
        if self._bar is not None:
            self._bar.update(rides)

    def __exit__(self, *unused: object) -> None:
        if self._bar is not None:
            self._bar.close()
