"""Kill -9 while people are added or marked, then run again: nothing doubled, nothing lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter

import pytest

from grading import cohort
from grading.cohort.attendance import FILE, log
from tests.cohort_pieces import HEAD, as_csv, programme, state_in, table

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="hosting is Linux"),
]
POINTS = 20
PEOPLE = [[f"Person {n} Test", f"p{n}@example.org", f"City {n % 11}"] for n in range(60)]
WEEK = programme()


def killed_after(seconds: float, work, *args) -> bool:
    """Run work in a process of its own and kill it; returns whether it had not ended yet."""
    child = multiprocessing.get_context("fork").Process(target=work, args=args)
    child.start()
    time.sleep(seconds)
    alive = child.is_alive()
    if alive:
        os.kill(child.pid, signal.SIGKILL)
    child.join()
    return alive


def duration_of(work, *args) -> float:
    begin = time.monotonic()
    child = multiprocessing.get_context("fork").Process(target=work, args=args)
    child.start()
    child.join()
    assert child.exitcode == 0
    return time.monotonic() - begin


def students(state) -> Counter:
    path = state.base / "gradebook.db"
    with sqlite3.connect(path) as book:
        assert book.execute("select count(*) from alembic_version").fetchone() == (1,)
        return Counter(row[0] for row in book.execute("select id from student"))


@pytest.mark.nbgrader
def test_adding_people_survives_being_killed(tmp_path):
    import nbgrader.api  # noqa: F401  the children inherit it, so the kill meets the work itself

    rng = random.Random(7)
    # once over the making of the gradebook, which takes longest
    fresh = state_in(tmp_path / "fresh")
    first = table(tmp_path, [HEAD, *PEOPLE[:5]], name="first.csv")
    for _ in range(3):
        killed_after(rng.uniform(0, 1.0), cohort.add, fresh, first)
    cohort.add(fresh, first)
    assert students(fresh) == Counter(f"p{n}" for n in range(5))

    state, kills = state_in(tmp_path / "week"), 0
    cohort.add(state, first)
    span = duration_of(cohort.add, state, table(tmp_path, [HEAD, *PEOPLE[:6]], name="six.csv"))
    for point in range(POINTS):
        count = 7 + 2 * point
        moved = [[n, m, f"City {point}"] for n, m, _ in PEOPLE[:count]]
        file = table(tmp_path, [HEAD, *moved], name=f"{point}.csv")
        before = [p.student_id for p in cohort.participants(state)]
        kills += killed_after(rng.uniform(0, span), cohort.add, state, file)
        # whole before or whole after, whenever it was killed
        between = [p.student_id for p in cohort.participants(state)]
        assert between in (before, [f"p{n}" for n in range(count)])
        made = cohort.add(state, file)
        assert not made.problems
        now = cohort.participants(state)
        assert [p.student_id for p in now] == [f"p{n}" for n in range(count)]
        assert {p.city for p in now} == {f"City {point}"}
        assert students(state) == Counter(p.student_id for p in now)
    assert kills >= POINTS // 4, "hardly any process was alive when it was killed"
    assert not [p.name for p in state.base.iterdir() if p.name.startswith(".roster.csv.")]


def test_marking_survives_being_killed(tmp_path):
    state = state_in(tmp_path)
    from grading.cohort.people import Participant
    from grading.cohort.store import save

    ids = [f"p{n}" for n in range(120)]
    save(state, [Participant(i, f"Person {i} Test") for i in ids])
    rng, kills = random.Random(11), 0
    rows = [["student_id", "d1-1", "d1-3", "d2-1"], *([i, "x", "late 5", "0"] for i in ids)]
    spans = [duration_of(cohort.add_sheet, state, WEEK, table(tmp_path, rows, name="0.csv"))]
    expected = len(ids) * 3
    assert len(log(state)) == expected
    for point in range(1, POINTS + 1):
        late = f"late {point + 10}"
        marks = ["x", late, "0"] if point % 2 else ["0", "x", late]
        rows = [["student_id", "d1-1", "d1-3", "d2-1"], *([i, *marks] for i in ids)]
        file = tmp_path / f"{point}.csv"
        file.write_text(as_csv(rows), encoding="utf-8", newline="")
        kills += killed_after(rng.uniform(0, spans[0]), cohort.add_sheet, state, WEEK, file)
        if point % 3 == 0:  # as a crash of the machine leaves it: the end of the file is cut
            with (state.base / FILE).open("r+b") as out:
                out.truncate(out.seek(0, 2) - rng.randint(1, 40))
        cohort.add_sheet(state, WEEK, file)
        made = log(state)
        told = Counter((m.student_id, m.session_id, m.source) for m in made)
        assert set(told.values()) == {1}, "a mark of one sheet was written twice"
        frame = cohort.attendance(state)
        assert len(frame) == len(ids) * 3
        last = {s: set(g["late_min"]) for s, g in frame.groupby("session_id")}
        assert last["d1-3" if point % 2 else "d2-1"] == {point + 10.0}
    assert kills >= POINTS // 4, "hardly any process was alive when it was killed"
