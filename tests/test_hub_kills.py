"""Trainees hand in while the hub is killed at random moments: every confirmed hand-in counts once.

``COURSE_KILLS`` says how many kills (some in CI), ``COURSE_KILLS_SEED`` where the dice begin.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import hub_evening as work
from tests.hub_running import running_hub

NAMES = ("ana-test", "ben-test")
KILLS = int(os.environ.get("COURSE_KILLS", "4"))
SEED = int(os.environ.get("COURSE_KILLS_SEED", "6"))

pytestmark = [pytest.mark.slow, pytest.mark.nbgrader]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[work.Evening]:
    folder = tmp_path_factory.mktemp("kills")
    with running_hub(folder, NAMES) as hub:
        hub.as_host("release", work.NUMBER)
        try:
            yield work.Evening(hub)
        finally:
            work.end_servers(hub)


def test_the_gradebook_is_that_of_an_undisturbed_evening(evening: work.Evening) -> None:
    people = [work.Trainee(evening, name) for name in NAMES]
    over = threading.Event()

    def busy(trainee: work.Trainee) -> None:
        trainee.sign_in()
        trainee.start()
        trainee.fetch()
        cells = work.typed(trainee.open(), trainee.name)
        trainee.run("cells", cells[:4])
        turn = 0
        while not over.is_set():
            turn += 1
            # every hand-in differs from the one before
            wrong = f"answer('m10_trip', {1000 + turn})"
            trainee.run("another answer", [wrong])
            trainee.hand_in()
        trainee.run("last answer", cells[2:4])
        trainee.hand_in()

    dice = random.Random(SEED)
    evening.all_at_once(busy, people, meanwhile=lambda: _kill(evening, dice, over))
    assert evening.failures() == []
    assert set(evening.confirmed) == set(NAMES)
    assert work.lost(evening) == []
    assert work.halves(evening) == []

    disturbed = work.grades(evening)
    collected = _collected(evening)
    # the same people, the same files, nothing in the way
    for trainee in people:
        assert trainee.hand_in()
    undisturbed = work.grades(evening)
    assert disturbed == undisturbed
    assert collected == _collected(evening)
    assert {name: float(row["raw_score"]) > 0 for name, row in disturbed.items()} == dict.fromkeys(
        NAMES, True
    )
    rows = [(s["student"], s["assignment"]) for s in _submissions(evening)]
    assert sorted(rows) == [(name, work.MODULE) for name in sorted(NAMES)]


def _kill(evening: work.Evening, dice: random.Random, over: threading.Event) -> None:
    """Kill the hub some times and start it again, at moments that the dice choose."""
    try:
        # the first one after everybody is at work, the others whenever
        while len(evening.confirmed) < len(NAMES) and not evening.failures():
            time.sleep(0.2)
        for _ in range(KILLS):
            time.sleep(dice.uniform(0, 4))
            evening.hub.kill()
            time.sleep(dice.uniform(0, 1))
            evening.hub.start_again()
    finally:
        over.set()


def _collected(evening: work.Evening) -> dict[str, dict[str, str]]:
    """Return what the host has of each person: file to hash."""
    base = evening.hub.state.step("submitted")
    found = {}
    for name in NAMES:
        files = work.hashes(base / name / work.MODULE)
        files.pop("timestamp.txt", None)
        files.pop("submission_secret.txt", None)
        found[name] = {n: h for n, h in files.items() if n.endswith((".ipynb", ".json"))}
    return found


def _submissions(evening: work.Evening) -> list[dict[str, str]]:
    """Return the rows of the gradebook's hand-ins."""
    import sqlite3

    book: Path = evening.hub.state.base / "gradebook.db"
    with sqlite3.connect(f"file:{book}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "select s.student_id, a.name from submitted_assignment s "
            "join assignment a on a.id = s.assignment_id"
        ).fetchall()
    return [{"student": student, "assignment": name} for student, name in rows]
