"""Take a person out of databases: their rows, their name in the rows of others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, String, Text, create_engine, text

from grading.gradebook_store import in_a_sentence
from grading.safekeeping.words import NOBODY, NOBODY_ID, Words
from grading.state import GradingState


def sweep(connection: Connection, words: Words, *, act: bool) -> int:
    """Replace a person's name in every text of every table.

    Returns
    -------
    int
        Rows that name the person.
    """
    tables = MetaData()
    tables.reflect(bind=connection)
    count = 0
    for table in tables.sorted_tables:
        keys = list(table.primary_key.columns)
        texts = [c for c in table.columns if isinstance(c.type, (String, Text)) and c not in keys]
        if not keys or not texts:
            continue
        for row in connection.execute(table.select()).mappings().all():
            new = {c.name: words.replaced(row[c.name]) for c in texts
                   if isinstance(row[c.name], str) and words.stand_in(row[c.name])}  # fmt: skip
            if not new:
                continue
            count += 1
            if act:
                same = [c == row[c.name] for c in keys]
                connection.execute(table.update().where(*same).values(**new))
    return count


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Let rows be deleted that the database otherwise refuses to touch.

    The follow-up only ever adds; a person's right to be forgotten is the one exception. The
    guards are back before the transaction ends.
    """
    if connection.dialect.name == "sqlite":
        guards = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).all()
        for name, _ in guards:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _, said in guards:
            connection.exec_driver_sql(said)
        return
    names = [
        row[0]
        for row in connection.execute(
            text("SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                 "WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace")
        )
    ]  # fmt: skip
    for name in names:
        connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
    yield
    for name in names:
        connection.exec_driver_sql(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')


def scrub(engine: Engine) -> None:
    """Leave nothing of deleted rows in the pages of a database."""
    if engine.dialect.name == "sqlite":
        file = str(engine.url.database)
        engine.dispose()
        scrub_file(Path(file))
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM FULL")


def scrub_file(file: Path) -> None:
    """Write an SQLite file anew without its free pages, and empty its log."""
    with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as opened:
        opened.execute("PRAGMA secure_delete = ON")
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        opened.execute("VACUUM")
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# ---- gradebook ---------------------------------------------------------------------------


def there_is_gradebook(state: GradingState) -> bool:
    """Say whether a gradebook was made."""
    file = state.base / "gradebook.db"
    return bool(state.gradebook) or (file.is_file() and file.stat().st_size > 0)


def ids_of_gradebook(state: GradingState) -> set[str]:
    """Return the ids of everybody in the gradebook."""
    if not there_is_gradebook(state):
        return set()
    engine = create_engine(state.db_url)
    try:
        with in_a_sentence(state), engine.connect() as connection:
            return {str(row[0]) for row in connection.execute(text("SELECT id FROM student"))}
    finally:
        engine.dispose()


def person_in_gradebook(state: GradingState, student_id: str) -> Any:
    """Return (first name, last name, e-mail, hand-ins), None for nobody."""
    if not there_is_gradebook(state):
        return None
    engine = create_engine(state.db_url)
    try:
        with in_a_sentence(state), engine.connect() as connection:
            row = connection.execute(
                text("SELECT first_name, last_name, email FROM student WHERE id = :id"),
                {"id": student_id},
            ).first()
            if row is None:
                return None
            count = connection.execute(
                text("SELECT count(*) FROM submitted_assignment WHERE student_id = :id"),
                {"id": student_id},
            ).scalar()
            return (*row, int(count or 0))
    finally:
        engine.dispose()


def out_of_gradebook(state: GradingState, words: Words) -> int:
    """Delete a student with all grades and comments; returns rows that named them elsewhere."""
    from nbgrader.api import Gradebook, MissingEntry

    from grading.state import COURSE_ID

    with in_a_sentence(state), Gradebook(state.db_url, COURSE_ID) as book, suppress(MissingEntry):
        book.remove_student(words.student_id)
    engine = create_engine(state.db_url)
    try:
        with engine.begin() as connection:
            count = sweep(connection, words, act=True)
        scrub(engine)
        return count
    finally:
        engine.dispose()


# ---- follow-up ---------------------------------------------------------------------------

_OF_REPORT = ("activity_statuses", "evidence", "obstacles", "kpi_values", "table_states")
_OF_VERSION = ("activities", "milestones", "plan_tables")


@contextmanager
def followup() -> Iterator[Engine | None]:
    """Open the follow-up where there is one; gives None where there is none."""
    from grading.followup import database

    url = database.address()
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        yield None
        return
    engine = database.open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def people_in_followup(connection: Connection, student_id: str) -> list[Any]:
    """Return a person's rows: id, name, email, plan_id, whether others share the plan."""
    return list(
        connection.execute(
            text(
                "SELECT p.id, p.name, p.email, p.plan_id, EXISTS (SELECT 1 FROM participants o "
                "WHERE o.plan_id = p.plan_id AND o.id <> p.id) AS shared, "
                "(SELECT count(*) FROM reports r WHERE r.participant_id = p.id) AS reports "
                "FROM participants p WHERE p.student_id = :id ORDER BY p.id"
            ),
            {"id": student_id},
        )
    )


def out_of_followup(engine: Engine, words: Words) -> None:
    """Delete a person's plan where it is theirs alone; in a shared one nobody is named."""
    with engine.begin() as connection, unguarded(connection):
        for row in people_in_followup(connection, words.student_id):
            if row.plan_id is not None and not row.shared:
                _delete_plan(connection, row.plan_id)
            left = connection.execute(
                text("SELECT count(*) FROM reports WHERE participant_id = :id"), {"id": row.id}
            ).scalar()
            if left:
                connection.execute(
                    text("UPDATE participants SET student_id = :new, name = :name, email = '' "
                         "WHERE id = :id"),
                    {"new": f"{NOBODY_ID}-{row.id}", "name": NOBODY, "id": row.id},
                )  # fmt: skip
            else:
                connection.execute(text("DELETE FROM participants WHERE id = :id"), {"id": row.id})
        _sweep_plans(connection, words)
        sweep(connection, words, act=True)
    scrub(engine)


def _delete_plan(connection: Connection, plan: int) -> None:
    given = {"plan": plan}
    reports = "SELECT id FROM reports WHERE plan_id = :plan"
    versions = "SELECT id FROM plan_versions WHERE plan_id = :plan"
    for name in _OF_REPORT:
        connection.execute(text(f"DELETE FROM {name} WHERE report_id IN ({reports})"), given)
    connection.execute(text("DELETE FROM reports WHERE plan_id = :plan"), given)
    for name in _OF_VERSION:
        connection.execute(text(f"DELETE FROM {name} WHERE version_id IN ({versions})"), given)
    connection.execute(text("DELETE FROM plan_versions WHERE plan_id = :plan"), given)
    connection.execute(text("DELETE FROM reminders WHERE plan_id = :plan"), given)
    connection.execute(text("UPDATE participants SET plan_id = NULL WHERE plan_id = :plan"), given)
    connection.execute(text("DELETE FROM plans WHERE id = :plan"), given)


def _sweep_plans(connection: Connection, words: Words) -> None:
    """Replace the name in shared plans; the hash follows, so that none counts as changed."""
    import hashlib

    found = connection.execute(text("SELECT id, sha256, content FROM plan_versions")).all()
    for number, digest, content in found:
        if not words.stand_in(content):
            continue
        new = words.replaced(content)
        known = hashlib.sha256(content.encode("utf-8")).hexdigest() == digest
        fresh = hashlib.sha256(new.encode("utf-8")).hexdigest() if known else digest
        connection.execute(
            text("UPDATE plan_versions SET content = :content, sha256 = :new WHERE id = :id"),
            {"content": new, "new": fresh, "id": number},
        )
        connection.execute(
            text("UPDATE reports SET plan_sha256 = :new WHERE plan_sha256 = :old"),
            {"new": fresh, "old": digest},
        )
