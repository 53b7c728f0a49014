"""The follow-up store on SQLite and on a real PostgreSQL: migrations, rows only added."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from course.errors import CourseError
from grading.followup import database, models, open_store
from grading.followup.adding import add, add_all
from grading.followup.starting import HandedIn, Person, start
from grading.followup.store import Store
from tests import followup_postgres
from tests.followup_year import CLOSING, COHORT, STORIES, handed_in, plan_of, register, student

_NUMBER = itertools.count()
MASHHAD, ILOILO = STORIES[1], STORIES[2]
DAY_40 = CLOSING + timedelta(days=40)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with followup_postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path) -> str:
    """Return the address of an empty database of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "followup.db")
    address = request.getfixturevalue("postgres")
    return followup_postgres.new_database(address, f"t{next(_NUMBER)}")


@pytest.fixture
def store(empty) -> Iterator[Store]:
    with open_store(empty) as opened:
        yield opened


@pytest.fixture
def report(tmp_path) -> Callable[..., Path]:
    """Return a function that writes a report file of Iloilo's participant."""
    numbers = itertools.count()

    def write(**fields) -> Path:
        given = {"student": student(ILOILO), "day": 30, "status": "1", "obstacle": "law",
                 "consent": True} | fields  # fmt: skip
        path = tmp_path / f"report-{next(numbers)}.json"
        path.write_text(json.dumps(given), encoding="utf-8")
        return path

    return write


def rows(store: Store, query: str) -> list[tuple]:
    with store.engine.connect().execution_options(writes=False) as connection:
        return [tuple(row) for row in connection.execute(text(query))]


# ---- migrations ---------------------------------------------------------------------


def test_migrations_make_the_tables_of_the_models(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.Base.metadata) == []
        assert database.revision(connection) == database.HEAD


def test_the_head_is_the_newest_file():
    names = sorted(p.name for p in Path(database.__file__).with_name("migrations").glob("v*/r*.py"))
    assert names[-1].startswith(f"r{database.HEAD}_")


def test_each_revision_can_be_brought_up_with_what_it_holds(empty):
    url = database.address(empty)
    engine = database._engine(url)
    with engine.begin() as connection:
        database.upgrade(connection, "0001")
        connection.execute(
            text("INSERT INTO cohorts (programme, title, closing, timezone, simulated, started_on)"
                 " VALUES ('old', 'Old', '2026-01-01', 'Asia/Seoul', :no, '2026-01-01')"),
            {"no": False},
        )  # fmt: skip
    engine.dispose()
    with open_store(empty) as store:
        assert rows(store, "SELECT version_num FROM alembic_version") == [(database.HEAD,)]
        assert store.frames().cohorts["programme"].tolist() == ["old"]


def test_a_migration_that_fails_leaves_nothing_behind(empty):
    engine = database._engine(database.address(empty))
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        database.upgrade(connection)
        raise ZeroDivisionError
    with engine.connect() as connection:
        assert database.revision(connection) is None
    engine.dispose()
    with open_store(empty) as store:
        assert store.frames().plans.empty


def test_two_at_once_make_one_database(empty):
    def opened(_: int) -> int:
        with open_store(empty) as store:
            return len(store.frames().cohorts)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(opened, range(6))) == [0] * 6


def test_a_database_of_a_newer_course_is_refused(empty):
    with open_store(empty) as store, store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CourseError, match=r"newer course \(revision 9999\)"):
        open_store(empty)


def test_what_is_no_database_is_refused_and_stays(tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("not a database, but long enough to be looked at " * 50)
    before = path.read_bytes()
    with pytest.raises(CourseError, match="cannot be used"):
        open_store(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("given", "said"),
    [("mysql://x/y", "mysql"), ("://", "cannot be read"), ("oracle+x://h", "oracle")],
)
def test_other_databases_are_refused(given, said):
    with pytest.raises(CourseError, match=said):
        database.address(given)


def test_a_password_is_never_told():
    with pytest.raises(CourseError) as error:
        open_store("postgresql://u:secret918@127.0.0.1:1/none")
    assert "secret918" not in str(error.value) and "127.0.0.1" in str(error.value)


def test_the_file_is_private_and_lies_under_the_state(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_FOLLOWUP_DB", raising=False)
    with open_store():
        path = Path(os.environ["COURSE_STATE"]) / "followup.db"
        assert path.stat().st_mode & 0o077 == 0
    monkeypatch.setenv("COURSE_FOLLOWUP_DB", str(tmp_path / "elsewhere.db"))
    with open_store():
        assert (tmp_path / "elsewhere.db").is_file()


# ---- rows are only added ------------------------------------------------------------


KEPT = [
    "plan_versions", "activities", "milestones", "plan_tables", "reports", "activity_statuses",
    "evidence", "obstacles", "kpi_values", "table_states", "reminders",
]  # fmt: skip


def filled(store: Store, report) -> None:
    """Put at least one row into every table."""
    register(store, (ILOILO,))
    add(store, report(day=180, kpi_value=3, kpi_on="2026-09-01", kpi_source="x",
                      proofs=["https://a.example"], activities=[{"number": 1, "status": "2"}],
                      tables=[{"frame": "rides", "closed": True}]),
        on=CLOSING + timedelta(days=181))  # fmt: skip
    with store.writing() as session:
        session.add(models.Reminder(plan_id=1, day=30, number=1, made_on=DAY_40, people=1))


def test_the_database_refuses_to_change_or_delete(store, report):
    filled(store, report)
    for table in KEPT:
        before = rows(store, f"SELECT * FROM {table}")
        assert before, table
        for query in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            refused = pytest.raises(DatabaseError, match="never changed or deleted")
            with refused, store.engine.begin() as connection:
                connection.execute(text(query))
        assert rows(store, f"SELECT * FROM {table}") == before


def test_a_row_cannot_be_swapped_by_another_way_of_writing(store, report, tmp_path):
    filled(store, report)
    if store.engine.dialect.name == "postgresql":
        for query in ("TRUNCATE reports CASCADE", "INSERT INTO reminders (plan_id, day, number, "
                      "made_on, people) VALUES (1, 30, 1, '2026-01-01', 9) ON CONFLICT (plan_id, "
                      "day, number) DO UPDATE SET people = 9"):  # fmt: skip
            refused = pytest.raises(DatabaseError, match="never changed")
            with refused, store.engine.begin() as connection:
                connection.execute(text(query))
        return
    # a connection of somebody else, without any of our settings
    with sqlite3.connect(store.url.database) as other:
        names = [r[1] for r in other.execute("PRAGMA table_info(reports)")]
        for table in KEPT:
            with pytest.raises(sqlite3.DatabaseError, match="never changed"):
                other.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
        rest = ", ".join("999 AS id" if n == "id" else n for n in names)
        with pytest.raises(sqlite3.DatabaseError, match="never changed"):
            other.execute(f"INSERT OR REPLACE INTO reports SELECT {rest} FROM reports")


def test_a_correction_is_a_new_row_that_points_at_the_old(store, report):
    register(store, (ILOILO,))
    first = add(store, report(status="1"), on=DAY_40)
    second = add(store, report(status="2"), on=DAY_40 + timedelta(days=1))
    assert [a.outcome for a in (first, second)] == ["new", "correction"]
    frames = store.frames()
    assert frames.reports[["status", "in_force"]].to_numpy().tolist() == [["1", False], ["2", True]]
    assert frames.reports["corrects_id"].tolist()[1] == frames.reports["id"].tolist()[0]


def test_taking_back_a_correction_is_a_correction_too(store, report):
    register(store, (ILOILO,))
    a, b, again = report(status="1"), report(status="2"), report(status="1", written="2026-05-09")
    outcomes = [add(store, path, on=DAY_40).outcome for path in (a, b, again, a, again)]
    assert outcomes == ["new", "correction", "correction", "same", "same"]
    in_force = store.frames().reports.query("in_force")
    assert in_force["status"].tolist() == ["1"] and len(store.frames().reports) == 3


def test_the_same_words_in_another_file_are_one_report(store, report):
    register(store, (ILOILO,))
    first = add(store, report(written="2026-05-01T10:00:00Z"), on=DAY_40)
    again = add(store, report(written="2026-05-02T10:00:00Z", programme="wego_week"), on=DAY_40)
    assert (again.outcome, again.report_id) == ("same", first.report_id)


def test_many_writers_make_one_chain(empty, report):
    with open_store(empty) as store:
        register(store, (ILOILO,))
    files = [report(change=f"Change {n}") for n in range(6)]

    def write(path: Path) -> str:
        with open_store(empty) as own:
            return add(own, path, on=DAY_40).outcome

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(write, [*files, *files]))
    assert outcomes.count("new") == 1 and outcomes.count("same") == 6
    with open_store(empty) as store:
        frames = store.frames()
        assert len(frames.reports) == 6 and frames.reports["in_force"].sum() == 1
        chain = frames.reports["corrects_id"].dropna().astype(int)
        assert chain.is_unique and len(chain) == 5


def test_a_frame_shows_what_was_known_on_its_day(store, report):
    register(store, (ILOILO,))
    add(store, report(status="1"), on=DAY_40)
    add(store, report(status="2"), on=DAY_40 + timedelta(days=5))
    for after, statuses in ((-1, []), (0, ["1"]), (4, ["1"]), (5, ["2"])):
        reports = store.frames(DAY_40 + timedelta(days=after)).reports
        assert reports[reports["in_force"].to_numpy(bool)]["status"].tolist() == statuses
    assert store.frames(CLOSING - timedelta(days=1)).plans.empty


# ---- registering --------------------------------------------------------------------


def test_registering_twice_changes_nothing(store):
    register(store)
    before = {t: rows(store, f"SELECT * FROM {t} ORDER BY id") for t in (*KEPT, "participants")}
    register(store)
    assert before == {t: rows(store, f"SELECT * FROM {t} ORDER BY id") for t in before}
    assert len(before["milestones"]) == 4 * len(STORIES)


def test_a_plan_that_changed_is_a_new_version_beside_the_old(store):
    register(store, (ILOILO,))
    changed = plan_of(replace(ILOILO, title="One ticket for three rides"))
    from course.followup.plan_facts import of_plan

    plans = {student(ILOILO): HandedIn(of_plan(changed), json.dumps(changed).encode())}
    people = [Person(student(ILOILO), "New Name", "new@city.example", ILOILO.city)]
    done = start(store, COHORT, people, plans, on=CLOSING + timedelta(days=9))
    assert done.new_versions == 1 and done.new_plans == 0
    frames = store.frames()
    assert frames.plans["title"].tolist() == ["One ticket for three rides"]
    assert frames.participants["name"].tolist() == ["New Name"]
    assert store.frames(CLOSING).plans["title"].tolist() == [ILOILO.title]
    assert rows(store, "SELECT count(*) FROM plan_versions") == [(2,)]


def test_a_team_has_one_plan(store):
    people = [Person(f"m{n}", f"Test {n}", "", "Iloilo", "iloilo") for n in range(3)]
    done = start(store, COHORT, people, {"team:iloilo": handed_in(ILOILO)}, on=CLOSING)
    assert (done.plans, done.people, done.unplaced) == (1, 3, ["Iloilo"])
    assert store.frames().participants["plan_id"].nunique() == 1


def test_nobody_is_no_cohort(store):
    with pytest.raises(CourseError, match="No participant"):
        start(store, COHORT, [], {})


# ---- reports that do not belong ------------------------------------------------------


REFUSED = {
    "nobody": ({"student": "stranger"}, "no participant 'stranger'"),
    "other programme": ({"programme": "other"}, "of other is followed"),
    "too early": ({"day": 365}, "for day 365, which is 2027-03-27"),
    "milestone to come": ({"milestone_on": "2027-01-01"}, "milestone_on: 2027-01-01 has not come"),
    "no such activity": ({"activities": [{"number": 4, "status": "1"}]}, "3 activities, not 4"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_report_that_does_not_belong_is_refused_by_name(case, tmp_path, report):
    fields, said = REFUSED[case]
    with open_store(tmp_path / "f.db") as store:
        register(store, (ILOILO,))
        good = report()
        refused, kept = add_all(store, [report(**fields), good], on=DAY_40)
        assert refused.outcome == "refused" and said in refused.sentence and refused.remedy
        assert kept.outcome == "new"
        assert len(store.frames().reports) == 1


def test_who_took_part_twice_reports_on_the_latest_that_closed(tmp_path, report):
    later = replace(COHORT, closing=date(2027, 3, 26))
    with open_store(tmp_path / "f.db") as store:
        register(store, (ILOILO, MASHHAD))
        people = [Person(student(ILOILO), "Test", "", ILOILO.city)]
        start(store, later, people, {student(ILOILO): handed_in(ILOILO)}, on=later.closing)
        added = add(store, report(day=365), on=date(2027, 3, 20))
        assert store.frames().reports["plan_id"].tolist() == [1] and added.outcome == "new"
        add(store, report(day=30), on=date(2027, 4, 25))
        assert store.frames().reports["plan_id"].tolist()[0] == 1
        assert len(set(store.frames().reports["plan_id"])) == 2
