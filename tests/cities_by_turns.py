"""Which cities the tests run on: always Seoul, and one other by turns.

The other city moves on every day and is another one for each test, so that in the course
of some days every test meets every city. ``python -m course test --all-cities`` runs on
all of them. To repeat the cities of a day: ``COURSE_TURN=2026-11-22``.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST = "seoul"
OTHER_BUNDLED = tuple(
    sorted(
        path.parent.name
        for path in (ROOT / "datasets").glob("*/datapackage.json")
        if path.parent.name != FIRST
    )
)
BUNDLED = (FIRST, *OTHER_BUNDLED)
# Feeds that go through everything: import, exercises, an own city at the host.
FEEDS = ("busan_metro", "bogor")
# Feeds on which every notebook has to run: other tongues, calendars, sizes, faults.
MORE_FEEDS = (
    "cairns",
    "caltrain",
    "fujieda",
    "israel_route2126_hebrew",
    "kk_mardin",
    "manila_pnr",
    "manila_sakay",
    "poa_eptc",
    "poa_trensurb",
    "saopaulo",
    "region_nord_latin1",
    "tidy_bom",
)
# tables that belong to a feed, with the option that names them
_EXTRA = {
    "poa_eptc": ("--zones", "gtfs/poa_hexgrid.csv"),
    "saopaulo": ("--zones", "gtfs/spo_hexgrid.csv"),
}


def by_turns(test: str, others: Sequence[str] = OTHER_BUNDLED) -> list[str]:
    """Return Seoul and one of the other cities, or all with ``COURSE_ALL_CITIES``.

    Parameters
    ----------
    test : str
        Name of the test; each begins its round at another city.
    others : sequence of str
        The cities that take turns.
    """
    if os.environ.get("COURSE_ALL_CITIES") == "1":
        return [FIRST, *others]
    return [FIRST, others[turn(test) % len(others)]] if others else [FIRST]


def turn(test: str) -> int:
    """Return a number that grows by one each day and differs between tests."""
    given = os.environ.get("COURSE_TURN")
    day = datetime.date.fromisoformat(given) if given else datetime.date.today()
    return day.toordinal() + zlib.crc32(test.encode())


def is_feed(name: str) -> bool:
    """Say whether a city is to be imported first."""
    return name in FEEDS or name in MORE_FEEDS


def add_feed(name: str, test_data: Path, cities: Path) -> Path:
    """Import a real feed with the user's own command, once; return its pack."""
    if not (cities / name).is_dir():
        found = sorted(test_data.glob(f"gtfs*/{name}.zip"))
        assert found, f"{name}.zip is not in the test data"
        extra = [str(test_data / w) if "/" in w else w for w in _EXTRA.get(name, ())]
        command = [sys.executable, "-m", "course", "city", "add", name, str(found[0]), *extra]
        done = subprocess.run(
            [*command, "--where", str(cities)], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    return cities / name
