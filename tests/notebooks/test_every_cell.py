"""nbval runs every cell of every notebook: on Seoul and, by turns, on another city.

``python -m course test --all-cities`` runs all of them. What the lessons compute is
asserted elsewhere; here a cell only has to run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from course.city.pack import City
from tests.cities_by_turns import FEEDS, MORE_FEEDS, OTHER_BUNDLED, by_turns

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "modules").glob("*/*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("city", by_turns("every cell", (*OTHER_BUNDLED, *FEEDS, *MORE_FEEDS)))
def test_every_cell_runs(city: str, city_of: Callable[[str], City], tmp_path: Path):
    for notebook in NOTEBOOKS:
        folder = tmp_path / notebook.parent.name
        folder.mkdir(exist_ok=True)
        shutil.copy(notebook, folder)
        shutil.copy(notebook.parent / "module.yml", folder)
    env = os.environ | {
        "COURSE_CITY": str(city_of(city).path),
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
