"""Where the rows are kept: SQLite under the state, or PostgreSQL by address.

``COURSE_FOLLOWUP_DB`` or ``--db`` names a file or a PostgreSQL address. Migrations run
when the database is opened; two processes that open a new one at once wait for each
other, and a killed migration leaves nothing behind.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from course import paths
from course.errors import CourseError

HEAD = "0002"  # the newest revision; a test compares it with the folder
BUSY_S = 60
_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 7_303_651  # any number that is ours alone: PostgreSQL's lock for migrations


def address(given: str | os.PathLike[str] | None = None) -> URL:
    """Return the address of the database.

    Parameters
    ----------
    given : str or path, optional
        A file, ``sqlite:///file`` or ``postgresql://...``; None: ``COURSE_FOLLOWUP_DB``,
        else ``followup.db`` under the state.

    Raises
    ------
    CourseError
        Another kind of database, or an address that cannot be read.
    """
    said = str(given or os.environ.get("COURSE_FOLLOWUP_DB") or "")
    if not said:
        return URL.create("sqlite", database=str(paths.state_dir() / "followup.db"))
    if "://" not in said:
        return URL.create("sqlite", database=str(Path(said).expanduser().resolve()))
    remedy = "Give a file, or postgresql://USER@HOST/NAME."
    try:
        url = make_url(said)
    except ArgumentError:
        raise CourseError("The address of the database cannot be read.", remedy) from None
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database:
        return url.set(drivername="sqlite")
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise CourseError(f"The follow-up does not keep its rows in {kind}.", remedy)


def open_engine(url: URL) -> Engine:
    """Return an engine whose database is there and up to date.

    Raises
    ------
    CourseError
        The database cannot be reached, is none, or belongs to a newer course.
    """
    engine = _engine(url)
    try:
        _bring_up_to_date(engine)
    except NoSuchModuleError as error:
        raise CourseError(f"The database's driver is missing: {error}.", "") from None
    except DatabaseError as error:
        engine.dispose()
        raise _unusable(url, error) from None
    return engine


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, connect_args={"connect_timeout": 15}, pool_pre_ping=True)
    _make_private(Path(str(url.database)))
    engine = create_engine(url, connect_args={"timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # sqlite3 must not open transactions by itself: we say when, and of which kind
        connection.isolation_level = None
        cursor = connection.cursor()
        _write_ahead(cursor)
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA recursive_triggers = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # a reader that turns writer half-way would be refused: writers say so first
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(cursor: Any) -> None:
    """Turn on write-ahead logging; a new database that another process opens is busy."""
    import sqlite3

    for attempt in range(100):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == 99:
                raise
            time.sleep(0.05)


def _make_private(path: Path) -> None:
    """Make the file before SQLite does: names and reports are nobody else's business."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise CourseError(
            f"The follow-up database {path} cannot be opened ({error.strerror}).",
            "Choose another file with --db.",
        ) from None


def _bring_up_to_date(engine: Engine) -> None:
    with engine.connect().execution_options(writes=False) as connection:
        if revision(connection) == HEAD:
            return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
        upgrade(connection)


def revision(connection: Connection) -> str | None:
    """Return the revision a database stands at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection, target: str = "head") -> None:
    """Run the migrations up to a revision, inside the caller's transaction.

    Raises
    ------
    CourseError
        The database stands at a revision this course does not know.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    have = revision(connection)
    if have is not None and have not in known:
        raise CourseError(
            f"The follow-up database was made by a newer course (revision {have}).",
            "Update the course, or choose another database with --db.",
        )
    command.upgrade(config, target)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one moment and writes nothing."""
    with engine.connect().execution_options(writes=False) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield connection


def _unusable(url: URL, error: DatabaseError) -> CourseError:
    shown = url.render_as_string(hide_password=True)
    said = " ".join(str(error.orig).split())[:200]
    return CourseError(
        f"The follow-up database {shown} cannot be used: {said}.",
        "Check the address and that it may be written, or choose another with --db.",
    )
