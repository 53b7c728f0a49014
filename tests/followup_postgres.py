"""A real PostgreSQL for tests: started as an ordinary user on a socket, thrown away after."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_USERS = ("postgres", "nobody", "daemon")


def programs() -> Path | None:
    """Return the folder of initdb and postgres: on the path, or Debian's."""
    found = [Path(p).parent for p in [shutil.which("initdb")] if p]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


@contextmanager
def server() -> Iterator[str]:
    """Start a server and give the address of its database, without the database's name."""
    bin_ = programs()
    if bin_ is None:
        reason = "PostgreSQL is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # a socket's path must be short
    base = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    who = _ordinary_user()
    if who:
        base.chmod(0o755)
        shutil.chown(base, who)
    as_user = {"user": who, "group": _group(who), "extra_groups": []} if who else {}
    data, log = base / "data", base / "log"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": base, **as_user}
    try:
        subprocess.run(
            [bin_ / "initdb", "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--no-sync",
             "--locale=C"], check=True, **quiet,
        )  # fmt: skip
        options = f"-k {base} -c listen_addresses='' -c fsync=off -c max_connections=30"
        subprocess.run(
            [bin_ / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start"],
            check=True, **quiet,
        )  # fmt: skip
        try:
            yield f"postgresql://test@/{{name}}?host={base}"
        finally:
            subprocess.run([bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _ordinary_user() -> str | None:
    """Return a user to start as; PostgreSQL refuses root. None: we are ordinary already."""
    import pwd

    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in _USERS if name in names), None)


def _group(who: str) -> int:
    import pwd

    return pwd.getpwnam(who).pw_gid


def new_database(address: str, name: str) -> str:
    """Make an empty database and return its address."""
    import psycopg

    plain = address.format(name="postgres")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return address.format(name=name)
