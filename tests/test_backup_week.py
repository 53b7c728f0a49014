"""The simulated week, put back on an empty state: the same course, and it goes on."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from course.paths import ROOT
from grading import certificates
from grading.completion.records import completions
from grading.followup import open_store
from grading.followup.due import due
from grading.plans import marks
from grading.safekeeping import backup
from grading.safekeeping.places import Layout
from grading.safekeeping.restore import restore
from grading.state import GradingState
from tests.grading_gradebook import rows

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]


@pytest.fixture(scope="module")
def there_and_back(simulated_week, tmp_path_factory):
    """Return (the week, its state put back elsewhere)."""
    week = simulated_week
    place = tmp_path_factory.mktemp("back")
    layout = Layout(week.state.base.parent, week.state.exchange)
    made = backup.make(place / "b.tar.gz", layout, passphrase="a test passphrase")
    assert made.manifest.complete, made.manifest.incomplete
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_BACKUP_PASSPHRASE", "a test passphrase")
        restore(made.path, Layout(place / "state", place / "exchange"))
    base = place / "state" / "grading"
    return week, GradingState(base, ROOT, place / "exchange", week.state.key_package)


def _database(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as opened:
        return list(opened.iterdump())


def test_all_tables_of_gradebook_and_follow_up_are_the_same(there_and_back):
    week, back = there_and_back
    for name in ("grading/gradebook.db", "followup.db"):
        old, new = (s.base.parent / name for s in (week.state, back))
        assert _database(new) == _database(old)
    assert sum(len(r) for r in rows(back.base / "gradebook.db").values()) > 500


def test_every_file_is_the_same_also_in_the_exchange(there_and_back):
    week, back = there_and_back
    for old, new in ((week.state.base, back.base), (week.state.exchange, back.exchange)):
        seen = 0
        for where, folders, names in os.walk(old):
            folders[:] = [f for f in folders if f != ".ipynb_checkpoints"]
            for name in names:
                path = Path(where, name)
                if name.endswith((".db", ".lock", "-wal", "-shm")) or name == "lock":
                    continue
                other = new / path.relative_to(old)
                assert other.read_bytes() == path.read_bytes(), path
                if path.suffix != ".pem":  # a sealed key has the moment at which it was unsealed
                    assert other.stat().st_mtime_ns == path.stat().st_mtime_ns, path
                seen += 1
        assert seen > 50


def test_standing_plans_and_what_is_due_are_the_same(there_and_back):
    week, back = there_and_back
    programme = week.week.programme
    ids = [o.id for o in week.week.officials]
    assert completions(back, programme) == completions(week.state, programme)
    assert [marks.result(back, i) for i in ids] == [marks.result(week.state, i) for i in ids]
    closing_day = programme.days[-1].date
    for days in (31, 95, 400):
        on = closing_day + timedelta(days=days)
        found = []
        for state in (week.state, back):
            with open_store(str(state.base.parent / "followup.db")) as store:
                found.append(due(store.frames(on)).to_dict("records"))
        assert found[0] == found[1]


def test_every_certificate_verifies_on_the_restored_state(there_and_back):
    _, back = there_and_back
    papers = certificates.issued(back)
    assert len(papers) > 5
    for one in papers:
        verdict = certificates.verify(one.pdf, base=back.base)
        assert (verdict.answer, verdict.who) == ("valid", one.achievement.name)


def _run(state: GradingState, *words: str) -> dict:
    env = {**os.environ, "COURSE_STATE": str(state.base.parent), "COURSE_GRADEBOOK": "",
           "COURSE_EXCHANGE": str(state.exchange)}  # fmt: skip
    run = subprocess.run([sys.executable, "-m", "grading", *words, "--json"], cwd=ROOT, env=env,
                         capture_output=True, text=True, stdin=subprocess.DEVNULL)  # fmt: skip
    assert run.returncode in (0, 1), run.stderr
    return json.loads(run.stdout)


def test_the_course_goes_on_score_changes_nothing_and_nobody_gets_two(there_and_back, tmp_path):
    week, back = there_and_back
    shutil.copytree(back.base.parent, tmp_path / "state")
    shutil.copytree(back.exchange, tmp_path / "exchange")
    mine = GradingState(tmp_path / "state" / "grading", ROOT, tmp_path / "exchange")
    before = rows(mine.base / "gradebook.db")
    _run(mine, "score", "10", "--workers", "1")
    assert rows(mine.base / "gradebook.db") == before
    start = week.week.programme.start.isoformat()
    told = _run(mine, "certify", "--programme", "wego_week", "--start", start, "--simulated")
    assert told["issued"] == []
    assert len(told["issued_before"]) == len(certificates.issued(back))
    assert len(certificates.issued(mine)) == len(certificates.issued(back))
