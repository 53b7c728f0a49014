"""Copies of databases at work: SQLite by its own online backup, PostgreSQL by pg_dump."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from course.errors import CourseError

MAGIC = b"SQLite format 3\0"
BUSY_S = 60
_BESIDE = ("-wal", "-shm", "-journal")


def is_sqlite(head: bytes) -> bool:
    """Say whether a file that begins like this is an SQLite database."""
    return head.startswith(MAGIC)


def belongs_to_sqlite(name: str, names: set[str]) -> bool:
    """Say whether a file is a database's log, which the copied database already holds."""
    return any(name.endswith(end) and name.removesuffix(end) in names for end in _BESIDE)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that others may be writing to, as it is at one moment.

    Raises
    ------
    CourseError
        It is locked for too long, or damaged.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=BUSY_S)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            # one file, whatever kind of log the original keeps
            new.execute("PRAGMA journal_mode = DELETE")
            fine = new.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise CourseError(
            f"The database {source} cannot be copied: {error}.",
            "If a command is writing to it, wait until it has ended. Then run the backup again.",
        ) from None
    if fine != "ok":
        raise CourseError(
            f"The database {source} is damaged: {str(fine)[:200]}.",
            "Put back an older backup of it, or ask somebody who knows SQLite.",
        )


def revision_of_file(path: Path) -> str:
    """Return the revision of the tables of an SQLite file, "" where it names none."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


def known_revisions(name: str) -> set[str]:
    """Return the revisions of a database's tables that the installed programs know."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_migrations(name)).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return {s.revision for s in ScriptDirectory.from_config(config).walk_revisions()}


_LOCKS = {"gradebook": "host", "followup": "host", "hub": "hub"}


def _migrations(name: str) -> Path:
    from importlib.util import find_spec

    package = {"gradebook": "nbgrader", "hub": "jupyterhub", "followup": "grading.followup"}[name]
    spec = find_spec(package)
    if spec is None or not spec.origin:
        raise CourseError(
            f"The program of the database {name} ({package}) is not installed.",
            f"Install what it needs: pip install -r requirements-{_LOCKS[name]}.lock.",
        )
    inside = "migrations" if name == "followup" else "alembic"
    return Path(spec.origin).parent / inside


# ---- PostgreSQL --------------------------------------------------------------------------

_NAMES = {"PGDATABASE": "dbname", "PGCONNECT_TIMEOUT": "connect_timeout"}


def _environment(address: str) -> dict[str, str]:
    """Return the variables that carry an address, its password included.

    Other accounts of a machine can read the arguments of a program, not its environment.
    """
    from grading.gradebook_address import libpq_environment

    return {**os.environ, **libpq_environment(address)}


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise CourseError(
            f"The program {name} is not on this machine.",
            "Install PostgreSQL's client programs (Debian: postgresql-client), then run the "
            "command again.",
        )
    return found


def connect(address: str) -> Any:
    """Return a connection; the sentence of a failure holds no password."""
    import psycopg

    from grading.gradebook_address import libpq_environment

    said = libpq_environment(address)
    wanted = {_NAMES.get(n, n.removeprefix("PG").lower()): v for n, v in said.items()}
    try:
        return psycopg.connect(autocommit=True, **wanted)
    except psycopg.Error as error:
        said = " ".join(str(error).split())[:200]
        raise CourseError(
            f"A PostgreSQL database cannot be reached: {said}.",
            "Check its address and that the server runs.",
        ) from None


def server_version(address: str) -> int:
    """Return the major version of the server."""
    with connect(address) as connection:
        return int(connection.info.server_version) // 10_000


def dump(address: str, target: Path) -> str:
    """Write a PostgreSQL database to a file, in PostgreSQL's own format.

    Returns
    -------
    str
        The major version of the server.

    Raises
    ------
    CourseError
        ``pg_dump`` is missing, older than the server, or fails.
    """
    program = _program("pg_dump")
    have, server = _version(program), server_version(address)
    if have < server:
        raise CourseError(
            f"pg_dump is of version {have}, and the server of version {server}: it cannot read it.",
            f"Install postgresql-client-{server}, or put its pg_dump first on PATH.",
        )
    run = subprocess.run(
        [program, "--format=custom", "--no-owner", "--no-privileges", "--no-password",
         f"--file={target}"],
        env=_environment(address), capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if run.returncode:
        raise _failed("pg_dump", run.stderr)
    return str(server)


def load(address: str, source: Path) -> None:
    """Put a dump into a database without tables, all of it or nothing."""
    env = _environment(address)
    run = subprocess.run(
        [_program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner",
         "--no-privileges", "--no-password", f"--dbname={env['PGDATABASE']}", str(source)],
        env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if run.returncode:
        raise _failed("pg_restore", run.stderr)


def check_loading(source: Path) -> None:
    """Find out whether the installed programs can read a dump.

    Raises
    ------
    CourseError
        ``pg_restore`` is missing, or the file is none of its kind.
    """
    run = subprocess.run(
        [_program("pg_restore"), "--list", str(source)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if run.returncode:
        raise _failed("pg_restore", run.stderr)


def _version(program: str) -> int:
    run = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)(\.\d+)?", run.stdout)
    return int(found.group(1)) if found else 0


def _failed(program: str, said: str) -> CourseError:
    words = " ".join(said.split())[:300] or "it gave no reason"
    return CourseError(f"{program} failed: {words}.", "Nothing was changed by it.")


def revision_of_server(address: str) -> str:
    """Return the revision of the tables of a PostgreSQL database, "" where it names none."""
    import psycopg

    with connect(address) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.Error:
            return ""
    return str(row[0]) if row else ""
