"""nbval runs every cell of every notebook: on Seoul and, by turns, on another city.

``python -m course test --all-cities`` runs all of them. What the lessons compute is
asserted elsewhere; here a cell only has to run.
"""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "modules").glob("*/*.ipynb"))
BUNDLED = ["mashhad", "iloilo"]
FEEDS = [
    "busan_metro",
    "bogor",
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
]
# tables that belong to a feed, with the option that names them
EXTRA = {
    "poa_eptc": ["--zones", "gtfs/poa_hexgrid.csv"],
    "saopaulo": ["--zones", "gtfs/spo_hexgrid.csv"],
}


def _cities() -> list[str]:
    others = [*BUNDLED, *FEEDS]
    if os.environ.get("COURSE_ALL_CITIES") == "1":
        return ["seoul", *others]
    return ["seoul", others[datetime.date.today().toordinal() % len(others)]]


def _add(feed: str, test_data: Path, cities: Path) -> None:
    """Import a real feed with the user's own command, once."""
    if (cities / feed).is_dir():
        return
    found = sorted(test_data.glob(f"gtfs*/{feed}.zip"))
    assert found, f"{feed}.zip is not in the test data"
    extra = [str(test_data / word) if "/" in word else word for word in EXTRA.get(feed, [])]
    command = [sys.executable, "-m", "course", "city", "add", feed, str(found[0])]
    done = subprocess.run(
        [*command, *extra, "--where", str(cities)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def cities_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which imported packs wait for their turn."""
    return tmp_path_factory.mktemp("cities")


@pytest.mark.slow
@pytest.mark.parametrize("city", _cities())
def test_every_cell_runs(city: str, cities_dir: Path, tmp_path: Path, request):
    if city in FEEDS:
        _add(city, request.getfixturevalue("test_data"), cities_dir)
    for notebook in NOTEBOOKS:
        folder = tmp_path / notebook.parent.name
        folder.mkdir(exist_ok=True)
        shutil.copy(notebook, folder)
        shutil.copy(notebook.parent / "module.yml", folder)
    env = os.environ | {
        "COURSE_CITY": city,
        "COURSE_CITIES": str(cities_dir),
        "COURSE_TRAINEE": "nbval",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
