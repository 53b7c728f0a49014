"""The whole chain by the user's own commands: work in a real kernel, hand in, score.

On Seoul and, by turns, on one other city; on five with ``--all-cities``. A city the host
never saw is pending first, and right after approval.
"""

from __future__ import annotations

import csv
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from course.city.pack import City
from tests.key_cases import FEEDS, MODULE_DIR, MODULE_ID, drawn, key

ROOT = Path(__file__).resolve().parent.parent
TRAINEE = "chain-01"
OTHERS = ("mashhad", "iloilo", *FEEDS)


def _cities() -> list[str]:
    if os.environ.get("COURSE_ALL_CITIES") == "1":
        return ["seoul", *OTHERS]
    return ["seoul", OTHERS[datetime.date.today().toordinal() % len(OTHERS)]]


def _run(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, (arguments, done.stdout[-1500:], done.stderr[-1500:])
    return done.stdout


def _work(city: City) -> dict[str, str]:
    """Return what a careful trainee types into each working cell."""
    trip = drawn("m10_trip", city, TRAINEE).params
    (first, first_km), (second, second_km) = trip["legs"]
    legs = [(first, first_km), (second, second_km, f"gap {trip['gap']}")]
    date = drawn("m10_link", city, TRAINEE).params["date"]
    design = key().solution("m10_policy", city, drawn("m10_policy", city, TRAINEE))
    return {
        "m10_trip": f"m10_trip = fares.price({legs!r}, fares.SEOUL, start={trip['start']!r})",
        "m10_link": "trips = fares.link(rides, city=city)\n"
        f"m10_link = int((trips.table['date'] == {date!r}).sum())",
        "m10_rev": "m10_rev = fares.revenue_change_pct(trips, policy_p, today)",
        "m10_react": "m10_react = fares.revenue_change_pct("
        "trips, policy_p, today, elasticity=-0.4)",
        "m10_neutral": "m10_neutral = fares.neutral_base(trips, policy_p, today)",
        "m10_losers": "priced = fares.reprice(trips, policy_p, today=today)\n"
        "poorest = priced[priced['income_group'] == 1]\n"
        "m10_losers = 100 * float((poorest['change'] > 0).mean())",
        "m10_policy": f"m10_policy = {design!r}",
        "m10_cap": "cap_trips = fares.link(exercise('m10_cap_rides', city), city=city)\n"
        "shares = {c: fares.cap_share(cap_trips, p)\n"
        "          for c, p in exercise('m10_cap_settings', city).items()}\n"
        "m10_cap = max(shares, key=shares.get)",
    }


@pytest.mark.slow
@pytest.mark.nbgrader
@pytest.mark.parametrize("name", _cities())
def test_right_answers_get_full_marks(name: str, tmp_path: Path, monkeypatch, request):
    env = os.environ | {"COURSE_STATE": str(tmp_path / "host"), "PYTHONPATH": str(ROOT)}
    theirs = tmp_path / "cities"
    env.pop("COURSE_TRAINEE", None)
    if name in FEEDS:
        feed = request.getfixturevalue("test_data") / "gtfs" / f"{name}.zip"
        _run(env, "course", "city", "add", name, str(feed), "--where", str(theirs))
    city = City.open(str(theirs / name) if name in FEEDS else name)
    _run(env, "grading", "release", MODULE_ID)

    folder = tmp_path / "host" / "grading" / "submitted" / TRAINEE / MODULE_ID
    folder.mkdir(parents=True)
    (folder / "module.yml").write_bytes((MODULE_DIR / "module.yml").read_bytes())
    notebook = nbformat.read(MODULE_DIR / "exercises.ipynb", as_version=4)
    for question, source in _work(city).items():
        answers = [
            i
            for i, cell in enumerate(notebook.cells)
            if cell.metadata.get("nbgrader", {}).get("grade_id") == question
        ]
        working = notebook.cells[answers[0] - 1]
        assert working.metadata["nbgrader"]["solution"], question
        working.source = source
    for variable, value in {
        "COURSE_TRAINEE": TRAINEE,
        "COURSE_CITY": str(city.path),
        "PYTHONPATH": str(ROOT),
    }.items():
        monkeypatch.setenv(variable, value)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.write(notebook, folder / "exercises.ipynb")
    assert bool(list(folder.glob("city-*.zip"))) == (name in FEEDS)

    _run(env, "grading", "score", MODULE_ID)
    if name in FEEDS:
        waiting = json.loads(_run(env, "grading", "city", "list", "--json"))
        assert city.fingerprint in json.dumps(waiting)
        assert _points(env, tmp_path)[0] == 0  # pending, not yet judged
        _run(env, "grading", "city", "approve", city.fingerprint)
        _run(env, "grading", "score", MODULE_ID)
    points, row = _points(env, tmp_path)
    assert points == 11, row


def _points(env: dict[str, str], folder: Path) -> tuple[float, dict[str, str]]:
    """Return the automatic points in the exported table (the written answer has none yet)."""
    out = folder / "grades.csv"
    _run(env, "grading", "export", str(out))
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["student_id"] == TRAINEE]
    assert len(rows) == 1
    return float(rows[0]["score"]), rows[0]
