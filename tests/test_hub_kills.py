"""Trainees hand in while the hub is killed at random moments: every confirmed hand-in counts once.

What each person last handed in is scored a second time, by a host to whom nothing ever
happened; both gradebooks must be equal row by row. ``COURSE_KILLS`` says how many kills
(some in CI), ``COURSE_KILLS_SEED`` where the dice begin.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from course.paths import ROOT
from grading.direct import score_all
from grading.release import release
from grading.state import GradingState
from tests import hub_evening as work
from tests.hub_running import RunningHub, running_hub, write_roster
from tests.many_gradebook import rows

NAMES = ("ana-test", "ben-test")
KILLS = int(os.environ.get("COURSE_KILLS", "2"))
SEED = int(os.environ.get("COURSE_KILLS_SEED", "6"))
KINDS = ("hub", "everything")
PAUSE_S = 4.0

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


def test_the_gradebook_is_that_of_an_undisturbed_evening(
    evening: work.Evening, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    people = [work.Trainee(evening, name) for name in NAMES]
    over = threading.Event()
    last: dict[str, dict[str, bytes]] = {}
    turns: dict[str, int] = {}

    def busy(trainee: work.Trainee) -> None:
        trainee.sign_in()
        trainee.start()
        trainee.fetch()
        cells = work.typed(trainee.open(), trainee.name)
        home = evening.hub.folder.home(trainee.name) / "course" / work.WORK
        while not over.is_set():
            turn = turns[trainee.name] = turns.get(trainee.name, 0) + 1
            # every hand-in differs from the one before, and every other one is worth more
            first = cells[2] if turn % 2 else f"m10_trip = {1000 + turn}"
            trainee.run(
                "another answer", [cells[0], first, cells[3], f"answer('m10_link', {1000 + turn})"]
            )
            handed = contents(home)
            assert trainee.hand_in()
            last[trainee.name] = handed

    dice, killed = random.Random(SEED), Counter[str]()
    evening.all_at_once(busy, people, meanwhile=lambda: kill(evening, dice, over, killed))
    record_property("killed handing in on a hub", json.dumps(killed))
    record_property("hand_ins", sum(map(len, evening.confirmed.values())))
    assert evening.failures() == []
    assert sum(killed.values()) == KILLS
    assert set(last) == set(NAMES)
    assert work.lost(evening) == []
    assert work.halves(evening) == []

    disturbed = work.grades(evening)
    submitted = evening.hub.state.step("submitted")
    for name, files in last.items():
        collected = contents(submitted / name / work.MODULE)
        assert files.items() <= collected.items(), f"the last hand-in of {name} is not collected"
    calm = undisturbed(evening.hub, last, tmp_path)
    assert rows(evening.hub.state.db_url) == rows(calm.db_url)
    # the points tell the turns apart: with the hand-in before it a gradebook would differ
    marks = {name: float(row["raw_score"]) for name, row in disturbed.items()}
    by_turn = {turns[name] % 2: marks[name] for name in NAMES}
    assert all(marks[name] == by_turn[turns[name] % 2] for name in NAMES)
    assert by_turn.get(1, 2) > by_turn.get(0, 0)


def undisturbed(hub: RunningHub, last: dict[str, dict[str, bytes]], folder: Path) -> GradingState:
    """Score the same hand-ins by a host of its own, to which nothing ever happened."""
    from grading import cohort

    state = GradingState(folder / "grading", ROOT, folder / "exchange").prepare()
    people = [{"student_id": name, "name": f"Test {name}"} for name in NAMES]
    cohort.add(state, write_roster(folder / "roster.csv", people))
    release(state, work.MODULE)
    for name, files in last.items():
        place = state.folder("submitted", name, work.MODULE)
        for inside, content in files.items():
            (place / inside).parent.mkdir(parents=True, exist_ok=True)
            (place / inside).write_bytes(content)
        # the moment is the exchange's to say
        moment = hub.state.folder("submitted", name, work.MODULE) / "timestamp.txt"
        shutil.copy(moment, place)
    outcome = score_all(state, work.MODULE)
    assert not outcome.failed, outcome.failed
    return state


def kill(
    evening: work.Evening, dice: random.Random, over: threading.Event, killed: Counter[str]
) -> None:
    """Kill some times, and start the hub again, at moments that the dice choose."""
    try:
        for number in range(KILLS):
            # everybody is at work again: a hub that is killed while it starts disturbs nobody
            before = {name: len(evening.confirmed.get(name, ())) for name in NAMES}
            while any(len(evening.confirmed.get(n, ())) == before[n] for n in NAMES):
                if evening.failures():
                    return
                time.sleep(0.2)
            time.sleep(dice.uniform(0, PAUSE_S))
            kind = KINDS[number % 2]
            if kind == "everything":
                pull_the_plug(evening.hub)
            else:
                evening.hub.kill()
            killed[kind] += 1
            time.sleep(dice.uniform(0, 1))
            if number + 1 == KILLS:
                over.set()  # what is under way now is the last hand-in: no calm one follows
            evening.hub.start_again()
    finally:
        over.set()


def pull_the_plug(hub: RunningHub) -> None:
    """End the hub, its proxy and services, and the servers and kernels of all people at once."""
    import psutil

    family = psutil.Process(hub.run.process.pid).children(recursive=True)
    hub.kill()
    for process in family:
        with suppress(psutil.Error):
            process.kill()
    work.end_servers(hub)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a hand-in that hold work."""
    names = (name for name in work.hashes(folder) if Path(name).suffix in (".ipynb", ".json"))
    return {name: (folder / name).read_bytes() for name in names}
