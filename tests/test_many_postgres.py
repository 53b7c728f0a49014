"""The whole chain with the gradebook in PostgreSQL, row for row as with SQLite.

Three simulated trainees work once; two hosts, one on each database, release into the same
exchange and collect from it. PostgreSQL lets nobody in without a password, so a road on
which the password is missing fails here; and it must be found nowhere.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest

from course.errors import CourseError
from course.paths import ROOT
from course.questions import load_module
from grading import cohort, due, gradebook_address, gradebook_store, paperwork
from grading.cohort.gradebook import into_gradebook
from grading.collect import collect
from grading.completion.grades import grades_of
from grading.demo import exchange, people, stories
from grading.demo.hosting import mark_written
from grading.demo.week import throw_away_state
from grading.direct import score_all
from grading.gradebook import open_api, scoring_api
from grading.release import release
from grading.state import GradingState
from tests.followup_postgres import Server, new_database, running
from tests.many_gradebook import rows

MODULE = "10_integrated_fares"
PASSWORD = "planted-7291 word/%@"
DUE = "2020-01-01 18:00"
pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]


@dataclass
class Hosts:
    """One course, kept by two hosts."""

    out: Path
    server: Server
    address: str  # with the password
    lite: GradingState
    post: GradingState

    @property
    def both(self) -> tuple[GradingState, GradingState]:
        return self.lite, self.post


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    out = tmp_path_factory.mktemp("hosts")
    with running(password=PASSWORD) as server, throw_away_state(out, ROOT) as lite:
        plain = new_database(server.address, "grades", password=PASSWORD)
        address = plain.replace("test@", f"test:{quote(PASSWORD, safe='')}@")
        gradebook = gradebook_address.plain(address)
        post = replace(lite, base=out / "post" / "grading", gradebook=gradebook).prepare()
        made = Hosts(out, server, address, lite, post)
        for state in made.both:
            release(state, MODULE)
            due.set_due(state, MODULE, due.moment(DUE))
        spec = load_module(lite.assignment_folder(MODULE))
        for number, kind in enumerate(("honest", "wrong", "missing")):
            person = people.Person(f"demo-{number}", kind, "iloilo")
            home = out / "trainees" / person.id
            folder = exchange.fetch(lite, home, person.id, MODULE)
            stories.work(stories.desk(person, folder, home, spec), None)
            exchange.submit(lite, home, person.id, MODULE)
        for state in made.both:
            assert len(collect(state, MODULE).students) == 3
            score_all(state, MODULE)
        yield made


@contextmanager
def environment(hosts, **more):
    """Give commands of their own process the PostgreSQL host's course."""
    yield {
        **os.environ, "COURSE_STATE": str(hosts.out / "post"), "PYTHONPATH": str(ROOT),
        "COURSE_EXCHANGE": str(hosts.lite.exchange), "COURSE_GRADEBOOK": hosts.address, **more,
    }  # fmt: skip


def same(hosts):
    lite, post = (rows(state.db_url) for state in hosts.both)
    assert set(lite) == set(post)
    for table in lite:
        assert lite[table] == post[table], table
    return post


def test_scored_row_for_row(hosts):
    now = same(hosts)
    assert len(now["submitted_assignment"]) == 3 and len(now["grade"]) > 3 * 8
    assert not (hosts.post.base / "gradebook.db").exists()


def test_marked_by_hand_late_and_read_by_every_part(hosts):
    people = [cohort.Participant(student_id=f"demo-{n}", name=f"Test Ünal {n}") for n in (2, 1)]
    found = []
    for state in hosts.both:
        assert into_gradebook(state, people) > 0
        assert mark_written(state, MODULE) > 0
        api = open_api(state)
        found.append(
            {
                "export": paperwork.export(state, hosts.out / "points.csv").read_text("utf-8"),
                "cells": grades_of(state, [MODULE]).cells,
                "points": paperwork.automatic_points(state, MODULE),
                "late": due.late(state, MODULE).keys(),
                "due": due.due_of(state, MODULE),
                # what the formgrader's pages ask for
                "assignments": without_ids(api.get_assignments()),
                "students": without_ids(api.get_students()),
                "submissions": without_ids(api.get_submissions(MODULE)),
                "by notebook": without_ids(api.get_notebook_submissions(MODULE, "exercises")),
                "of one": without_ids(api.get_student_submissions("demo-1")),
            }
        )
    lite, post = found
    for name, wanted in lite.items():
        if isinstance(wanted, list):  # one by one: a difference can then be read
            for one, other in zip(wanted, post[name], strict=True):
                assert one == other, name
        assert post[name] == wanted, name
    assert "Test Ünal 1" in post["export"] and len(post["late"]) == 3
    same(hosts)


def without_ids(found):
    def number(value):  # PostgreSQL's means are decimals
        return round(float(value), 9) if isinstance(value, (int, float, Decimal)) else value

    text = json.dumps(found, default=lambda v: number(v) if isinstance(v, Decimal) else str(v))
    # folders of their own; and a place in a list that is shuffled by drawn ids
    own = ("id", "release_path", "source_path", "index")
    plain = json.loads(
        text, object_hook=lambda d: {k: number(v) for k, v in d.items() if k not in own}
    )
    return sorted(plain, key=lambda entry: json.dumps(entry, sort_keys=True))


def test_nbgraders_own_autograde_and_feedback(hosts):
    """The formgrader's buttons: the same API that its pages call."""
    for state in hosts.both:
        made = scoring_api(state).autograde(MODULE, "demo-1", force=True)
        assert made["success"], made.get("error")
    same(hosts)
    pages = []
    for state in hosts.both:
        out, problems = paperwork.feedback(state, MODULE)
        assert len(out) == 3 and problems == {}
        folder = state.folder("feedback", "demo-1", MODULE)
        pages.append((folder / "exercises.html").read_text("utf-8").count("demo-1"))
        assert "Score" in (folder / "exercises.html").read_text("utf-8")
    home = hosts.out / "trainees" / "demo-1"
    assert exchange.fetch_feedback(hosts.lite, home, "demo-1", MODULE)


def test_the_commands_say_and_keep_no_password(hosts, tmp_path):
    """Also ``nbgrader`` itself, which reads the course's settings."""
    said = ""
    with environment(hosts) as env:
        for words in (["score", MODULE, "--again"], ["export", str(tmp_path / "points.csv")]):
            done = subprocess.run(
                [sys.executable, "-m", "grading", *words], cwd=tmp_path, env=env,
                capture_output=True, text=True, timeout=300,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            said += done.stdout + done.stderr
        listed = subprocess.run(
            [sys.executable, "-m", "nbgrader", "db", "student", "list", "--log-level=DEBUG"],
            cwd=tmp_path, env={**env, "JUPYTER_CONFIG_PATH": str(ROOT / "grading")},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
    assert "demo-2" in listed.stdout + listed.stderr, listed.stderr
    said += listed.stdout + listed.stderr
    # a wrong password, and a database that is not there: one sentence
    for wrong in (
        hosts.address.replace("planted-7291", "planted-7292"),
        hosts.address.replace("/grades", "/nowhere"),
    ):
        with environment(hosts, COURSE_GRADEBOOK=wrong) as env:
            done = subprocess.run(
                [sys.executable, "-m", "grading", "score", MODULE, "--again"], cwd=tmp_path,
                env=env, capture_output=True, text=True, timeout=300,
            )  # fmt: skip
        lines = [x for x in done.stderr.splitlines() if x.startswith("grading: ")]
        assert done.returncode == 1 and len(lines) == 1 and "Traceback" not in done.stderr
        assert "cannot be used" in lines[0]
        said += done.stdout + done.stderr
    assert "planted-729" not in said and quote(PASSWORD, safe="") not in said
    for path in hosts.out.rglob("*"):
        if path.is_file():
            assert b"planted-729" not in path.read_bytes(), path
    same(hosts)


def test_a_gradebook_of_an_older_nbgrader_is_brought_up_to_date(hosts):
    """By nbgrader's own migrations, which make a connection of their own."""
    from sqlalchemy import create_engine, inspect, text

    url = new_database(hosts.server.address, "older", password=PASSWORD)
    state = replace(hosts.post, gradebook=gradebook_address.plain(url.replace(
        "test@", f"test:{quote(PASSWORD, safe='')}@")))  # fmt: skip
    gradebook_store.make_whole(state)
    engine = create_engine(state.db_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE assignment DROP COLUMN course_id"))
        connection.execute(text("DROP TABLE course"))
        connection.execute(text("UPDATE alembic_version SET version_num = '282d30a0218e'"))
    assert gradebook_store.exists(state)
    with gradebook_store.open_book(state) as book:
        book.add_student("test-a")
    assert not logging.getLogger("traitlets").disabled, "nbgrader's migration switches all off"
    names = {column["name"] for column in inspect(engine).get_columns("assignment")}
    assert "course_id" in names
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(CourseError, match="tables without a version"):
        gradebook_store.make_whole(state)
    engine.dispose()


def test_four_that_begin_at_once_make_one_whole_gradebook(hosts, tmp_path):
    url = new_database(hosts.server.address, "fresh", password=PASSWORD)
    with environment(hosts, COURSE_GRADEBOOK=url, PGPASSWORD=PASSWORD) as env:
        code = (
            "from grading.state import GradingState as S; from grading.gradebook_store import "
            "open_book, exists; s = S.default(); print(exists(s)); open_book(s).__enter__()"
        )
        going = [
            subprocess.Popen([sys.executable, "-c", code], env=env, cwd=tmp_path,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(4)
        ]  # fmt: skip
        told = [one.communicate(timeout=300) for one in going]
    assert [one.returncode for one in going] == [0] * 4, told
    gradebook = gradebook_address.plain(url.replace("test@", f"test:{quote(PASSWORD, safe='')}@"))
    assert rows(gradebook)["course"] == [("smartcity",)]


def test_a_database_that_goes_away_is_waited_for_then_told(hosts, tmp_path, monkeypatch):
    """Killed with all its processes between two batches, then in a run that gives up."""
    base = tmp_path / "post" / "grading"
    shutil.copytree(hosts.post.base, base)
    state = replace(hosts.post, base=base)
    before = rows(state.db_url)
    from grading import direct
    from grading.gradebook_rows import GradebookWriter

    monkeypatch.setattr(direct, "BATCH", 1)
    monkeypatch.setattr(direct, "CHUNK", 1)
    real, killed = GradebookWriter._write, []

    def write(self, entries):
        if len(killed) < 1:
            killed.append(entries)
            hosts.server.kill()
            hosts.server.start()
        return real(self, entries)

    monkeypatch.setattr(GradebookWriter, "_write", write)
    outcome = score_all(state, MODULE, again=True)
    assert killed and len(outcome.now) == 3 and not outcome.failed
    assert rows(state.db_url) == before

    monkeypatch.setattr(GradebookWriter, "_write", real)
    monkeypatch.setattr(gradebook_store, "PATIENCE_S", 0.2)
    hosts.server.kill()
    try:
        with pytest.raises(CourseError, match=r"gradebook postgresql://test@/grades cannot be"):
            score_all(state, MODULE, again=True)
        with pytest.raises(CourseError, match="run the command again"):
            due.late(state, MODULE)
        with pytest.raises(CourseError, match="cannot be used"):
            gradebook_store.exists(state)
    finally:
        hosts.server.start()
    assert len(score_all(state, MODULE).skipped) == 3, "nothing was lost: all is still scored"
    assert rows(state.db_url) == before
