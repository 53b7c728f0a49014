"""The gradebook opened: whole from its first moment, and one sentence when it is away."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from course.errors import CourseError
from grading import gradebook_address
from grading.state import COURSE_ID, GradingState

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

PATIENCE_S = 60.0  # a database that is started again is back before that
_PAUSE_S = 0.5
_DOUBLED = 3  # two writers of the same rows: the second finds them at its next try
_LOCK = 7_303_652  # PostgreSQL's lock for making the tables; any number that is ours alone
T = TypeVar("T")


def exists(state: GradingState) -> bool:
    """Say whether there is a gradebook yet; looking makes none.

    Raises
    ------
    CourseError
        The database does not answer.
    """
    if not state.gradebook:
        return (state.base / "gradebook.db").is_file()
    from sqlalchemy import inspect

    with in_a_sentence(state), _engine(state) as engine:
        return bool(inspect(engine).has_table("assignment"))


@contextmanager
def open_book(state: GradingState) -> Iterator[Gradebook]:
    """Give nbgrader's gradebook of a course, and close it.

    Raises
    ------
    CourseError
        The database cannot be reached, or went away; what was committed is kept.
    """
    with in_a_sentence(state):
        book = opened(state)
        try:
            yield book
        finally:
            close(book)


def opened(state: GradingState) -> Gradebook:
    """Return nbgrader's gradebook, to be closed by the caller; errors as SQLAlchemy has them."""
    from nbgrader.api import Gradebook

    if state.gradebook:
        _make_whole(state)
    return Gradebook(state.db_url, COURSE_ID)


def close(book: Gradebook) -> None:
    """Close a gradebook; one whose database has gone away is closed already."""
    from sqlalchemy.exc import DBAPIError

    try:
        book.close()
    except DBAPIError:
        book.engine.dispose()


def make_whole(state: GradingState) -> None:
    """Make the tables of a PostgreSQL gradebook in one step, or bring them up to date.

    nbgrader makes them one by one and starts a program for their version: two processes
    that begin at once, or one that is killed, would leave half of them. On SQLite nbgrader
    does it as ever.

    Raises
    ------
    CourseError
        The database does not answer, or another program left tables without a version.
    """
    if state.gradebook:
        with in_a_sentence(state):
            _make_whole(state)


def _make_whole(state: GradingState) -> None:
    from alembic.script import ScriptDirectory
    from nbgrader.api import Base, Course
    from nbgrader.dbutil import ALEMBIC_DIR
    from sqlalchemy import inspect, text

    with _engine(state) as engine:
        with engine.begin() as connection:
            version = _version(connection)
            if version is None:
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
                version = _version(connection)
            head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
            if version is None:
                if inspect(connection).has_table("assignment"):
                    raise CourseError(
                        f"The gradebook {gradebook_address.shown(state.gradebook)} has tables "
                        "without a version: another program began to make it and stopped.",
                        "Use an empty database; if it holds grades, ask who administers it.",
                    )
                Base.metadata.create_all(connection)
                connection.execute(
                    text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
                )
                connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": head})
                connection.execute(Course.__table__.insert(), {"id": COURSE_ID})
                version = head
        if version != head:
            _upgrade(state.db_url)


def _version(connection: Any) -> str | None:
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(url: str) -> None:
    """Run nbgrader's migrations here: a process of their own would not have the password."""
    from alembic import command
    from alembic.config import Config
    from nbgrader.dbutil import _temp_alembic_ini

    with _temp_alembic_ini(url.replace("%", "%%")) as settings:
        loggers = [x for x in list(logging.root.manager.loggerDict.values())
                   if isinstance(x, logging.Logger) and not x.disabled]  # fmt: skip
        try:
            command.upgrade(Config(settings), "head")
        finally:
            # nbgrader's migration switches off all loggers of the process, also a service's
            for logger in loggers:
                logger.disabled = False


def patiently(state: GradingState, work: Callable[[], T], again: Callable[[], object]) -> T:
    """Do some work on the gradebook; while the database is away, wait and do it again.

    Parameters
    ----------
    state : GradingState
        The course; on SQLite the work is done once.
    work : callable
        One transaction that may be done twice: whether the commit of a lost connection
        was the last thing it did cannot be known.
    again : callable
        Called before each new try, to open the database anew.

    Raises
    ------
    CourseError
        The database stayed away for :data:`PATIENCE_S` seconds.
    """
    if not state.gradebook:
        return work()
    until, doubled = time.monotonic() + PATIENCE_S, 0
    first = True
    while True:
        try:
            if not first:
                again()
            return work()
        except Exception as error:
            said = _said(error)
            if said is None:
                raise
            doubled += not _is_away(said)
            if doubled > _DOUBLED:
                raise
            if time.monotonic() > until:
                raise _away(state, said) from None
            first = False
            time.sleep(_PAUSE_S)


@contextmanager
def in_a_sentence(state: GradingState) -> Iterator[None]:
    """Turn what a database that is away says into one sentence, a `CourseError`."""
    try:
        yield
    except CourseError:
        raise
    except Exception as error:
        if not state.gradebook and (why := _of_the_file(error)):
            raise CourseError(
                f"The gradebook {state.base / 'gradebook.db'} cannot be used: {why}.",
                _REMEDIES[why],
            ) from None
        said = _said(error) if state.gradebook else None
        if said is None or not _is_away(said):
            raise
        raise _away(state, said) from None


_REMEDIES = {
    "file is not a database": "Put it back from a backup: python3 -m grading restore.",
    "database disk image is malformed": "Put it back from a backup: python3 -m grading restore.",
    "database or disk is full": "Make room on this disk and run the command again.",
    "attempt to write a readonly database": "Look at the rights of the file and its folder.",
    "unable to open database file": "Look at the rights of the file and its folder.",
}


def _of_the_file(error: BaseException) -> str:
    """Return what SQLite says is wrong with the file or its disk, "" for any other fault."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, sqlite3.DatabaseError):
            return next((why for why in _REMEDIES if why in str(seen)), "")
        seen = seen.__cause__ or seen.__context__
    return ""


def _said(error: BaseException) -> Any:
    """Return what the database said that a new try may mend, None for any other fault.

    Two writers that make the same row are part of it: the second finds the row at its next
    try. nbgrader wraps what the database says into an error of its own.
    """
    from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, (IntegrityError, InterfaceError, OperationalError)):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _is_away(said: BaseException) -> bool:
    from sqlalchemy.exc import IntegrityError

    return not isinstance(said, IntegrityError)


def _away(state: GradingState, said: Any) -> CourseError:
    lines = [line.strip() for line in str(said.orig).splitlines() if line.strip()]
    # a failed connection is told at length; its first line names the reason
    reason = gradebook_address.without_secrets(lines[0] if lines else type(said).__name__)[:200]
    return CourseError(
        f"The gradebook {gradebook_address.shown(state.gradebook)} cannot be used: "
        f"{reason.rstrip('.?')}.",
        f"Check the database and {gradebook_address.VARIABLE}, then run the command again: "
        "what was written is kept.",
    )


@contextmanager
def _engine(state: GradingState) -> Iterator[Any]:
    from sqlalchemy import create_engine

    engine = create_engine(state.db_url)
    try:
        yield engine
    finally:
        engine.dispose()
