"""Gradebook and follow-up on PostgreSQL: dumped while at work, put back, no password shown."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from course.errors import CourseError, UsageError
from grading.cohort.gradebook import into_gradebook
from grading.safekeeping import backup, forgetting, journal, looking, places, serving
from grading.safekeeping.restore import restore
from grading.state import GradingState
from tests import followup_postgres
from tests import safekeeping_course as course

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]


@pytest.fixture(scope="module")
def server():
    with followup_postgres.server() as address:
        yield address


@pytest.fixture
def base(server, tmp_path, monkeypatch):
    """Return a course whose two databases lie on a server, with a password in the address."""
    state = tmp_path / "state"
    monkeypatch.setenv("COURSE_STATE", str(state))
    _at(server, monkeypatch, "first")
    made = GradingState.default().prepare()
    into_gradebook(made, course.people())
    course.followup_at(os.environ["COURSE_FOLLOWUP_DB"], tmp_path)
    return state


def _at(server: str, monkeypatch, name: str) -> dict[str, str]:
    """Make two empty databases and let the course use them."""
    found = {}
    for variable in ("COURSE_GRADEBOOK", "COURSE_FOLLOWUP_DB"):
        database = f"{name}_{variable.lower()}"
        plain = followup_postgres.new_database(server, database)
        found[variable] = plain
        secret = plain.replace("test@", "test:s3cret-918273@")
        monkeypatch.setenv(variable, secret)
    return found


def _rows(address: str) -> dict[str, list]:
    with psycopg.connect(address) as opened:
        names = [r[0] for r in opened.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")]  # fmt: skip
        return {n: sorted(map(repr, opened.execute(f'SELECT * FROM "{n}"'))) for n in names}


def test_there_and_back_with_all_rows_and_guards(base, server, tmp_path, monkeypatch):
    before = {v: _rows(server.format(name=f"first_{v.lower()}"))
              for v in ("COURSE_GRADEBOOK", "COURSE_FOLLOWUP_DB")}  # fmt: skip
    made = backup.make(tmp_path / "b.tar.gz", places.find())
    assert {d["name"]: d["kind"] for d in made.manifest.databases} == dict.fromkeys(
        ("gradebook", "followup"), "postgresql"
    )
    new = _at(server, monkeypatch, "second")
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "new"))
    restore(made.path, places.find())
    assert {v: _rows(new[v]) for v in before} == before
    assert sum(len(rows) for tables in before.values() for rows in tables.values()) > 20
    with (
        psycopg.connect(new["COURSE_FOLLOWUP_DB"]) as opened,
        pytest.raises(psycopg.Error, match="never changed"),
    ):
        opened.execute("DELETE FROM reports")
    with pytest.raises(UsageError, match="holds tables already"):
        monkeypatch.setenv("COURSE_STATE", str(tmp_path / "third"))
        restore(made.path, places.find())
    with psycopg.connect(new["COURSE_GRADEBOOK"], autocommit=True) as opened:
        opened.execute("UPDATE student SET last_name = 'changed since'")
    done = restore(made.path, places.find(), replace=True)
    assert {v: _rows(new[v]) for v in before} == before
    assert any("before_restore" in line for line in done.told)


def test_a_person_is_forgotten_on_a_server_too(base, server, tmp_path):
    """What a dump of the whole database says afterwards, with the guards back in place."""
    layout = places.find()
    state = GradingState.default()
    words = looking.known(state, course.ANA)
    assert {course.NAMES[course.ANA], course.MAILS[course.ANA]} <= words.names | words.mails
    found = forgetting.forget(state, layout, words)
    assert found.there["reports of the follow-up"] == 1 and found.remaining == []
    for variable in ("COURSE_GRADEBOOK", "COURSE_FOLLOWUP_DB"):
        address = server.format(name=f"first_{variable.lower()}")
        run = subprocess.run(["pg_dump", f"--dbname={address}"], capture_output=True, check=True)
        text = run.stdout.decode()
        assert course.NAMES[course.BO] in text
        for word in (course.ANA, "Zzyxqa", course.MAILS[course.ANA]):
            assert word not in text, (variable, word)
    with (
        psycopg.connect(server.format(name="first_course_followup_db")) as opened,
        pytest.raises(psycopg.Error, match="never changed"),
    ):
        opened.execute("DELETE FROM reports")


def test_no_password_in_any_list_of_processes(base, tmp_path, monkeypatch):
    """A program of the same name notes how it was called, then calls the real one."""
    real = shutil.which("pg_dump")
    tools = tmp_path / "bin"
    tools.mkdir()
    seen = tmp_path / "called"
    script = tools / "pg_dump"
    script.write_text(f'#!/bin/sh\necho "$0 $@" >> {seen}\nexec {real} "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    backup.make(tmp_path / "b.tar.gz", places.find())
    called = seen.read_text()
    assert called.count("--format=custom") == 2
    assert "s3cret-918273" not in called


def test_without_pg_dump_or_with_an_older_one_a_sentence(base, tmp_path, monkeypatch):
    tools = tmp_path / "bin"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(CourseError, match="pg_dump is not on this machine"):
        backup.make(tmp_path / "b.tar.gz", places.find())
    script = tools / "pg_dump"
    script.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    script.chmod(0o755)
    with pytest.raises(CourseError, match="of version 9, and the server of version"):
        backup.make(tmp_path / "b.tar.gz", places.find())
    assert [p.name for p in tmp_path.iterdir() if "b.tar" in p.name] == []


def test_an_sqlite_backup_does_not_go_into_postgresql(server, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    course.copied(tmp_path / "state")
    made = backup.make(tmp_path / "b.tar.gz", places.find())
    _at(server, monkeypatch, "other")
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "new"))
    with pytest.raises(CourseError, match="is an SQLite file, and here it would be a PostgreSQL"):
        restore(made.path, places.find())
    assert not (tmp_path / "new").exists()


def test_killed_between_the_databases_the_next_run_fills_the_rest(
    base, server, tmp_path, monkeypatch
):
    made = backup.make(tmp_path / "b.tar.gz", places.find())
    before = [_rows(server.format(name=f"first_{v.lower()}"))
              for v in ("COURSE_GRADEBOOK", "COURSE_FOLLOWUP_DB")]  # fmt: skip
    new = _at(server, monkeypatch, "killed")
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "new"))
    layout = places.find()
    pid = os.fork()
    if not pid:
        try:
            real = serving.databases.load
            calls: list[int] = []

            def once(address: str, source: Path) -> None:
                if calls:
                    os.kill(os.getpid(), 9)
                calls.append(1)
                real(address, source)

            serving.databases.load = once
            restore(made.path, layout)
        finally:
            os._exit(3)
    assert os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    assert journal.load(layout.state) is not None
    assert sorted(bool(_rows(a)) for a in new.values()) == [False, True]
    done = restore(made.path, layout)
    assert done.finished
    assert [_rows(a) for a in new.values()] == before
