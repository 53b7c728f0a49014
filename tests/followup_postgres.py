"""A real PostgreSQL for tests: started as an ordinary user on a socket, thrown away after."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass
class Server:
    """A server with its folder; it can be killed for good and started again."""

    base: Path
    options: str
    as_user: dict[str, Any]

    @property
    def address(self) -> str:
        """Return the address of a database, ``{name}`` where its name goes."""
        return f"postgresql://test@/{{name}}?host={self.base}"

    def run(self, program: str, *words: object, check: bool = True) -> None:
        bin_ = programs()
        assert bin_ is not None
        subprocess.run(
            [bin_ / program, *map(str, words)], check=check, stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT, cwd=self.base, **self.as_user,
        )  # fmt: skip

    def start(self) -> None:
        data, log = self.base / "data", self.base / "log"
        self.run("pg_ctl", "-D", data, "-l", log, "-w", "-t", 180, "-o", self.options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.base / "data", "-m", "immediate", "stop", check=False)

    def kill(self) -> None:
        """End all its processes with SIGKILL, as a power cut would; the data stay."""
        import psutil

        pid_file = self.base / "data" / "postmaster.pid"
        with suppress(FileNotFoundError, psutil.NoSuchProcess):
            head = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            head.suspend()  # or it starts another process while we count
            family = [head, *head.children(recursive=True)]
            for process in family:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            # a server does not start beside one whose processes still hold its memory
            _, left = psutil.wait_procs(family, timeout=60)
            assert not left, left
        pid_file.unlink(missing_ok=True)


@contextmanager
def server(*, password: str = "") -> Iterator[str]:
    """Start a server and give the address of its database, without the database's name."""
    with running(password=password) as started:
        yield started.address


@contextmanager
def running(*, password: str = "") -> Iterator[Server]:
    """Start a server; with a password nobody gets in without it (and ``test`` has it)."""
    if programs() is None:
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
    options = f"-k {base} -c listen_addresses='' -c fsync=off -c max_connections=30"
    made = Server(base, options, as_user)
    auth = ["trust"]
    if password:
        (base / "first").write_text(password + "\n", encoding="utf-8")
        auth = ["scram-sha-256", "--pwfile", str(base / "first")]
    try:
        made.run("initdb", "-D", base / "data", "-U", "test", "-E", "UTF8", "--no-sync",
                 "--locale=C", "-A", *auth)  # fmt: skip
        made.start()
        try:
            yield made
        finally:
            made.stop()
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


def new_database(address: str, name: str, *, password: str = "", like: str = "") -> str:
    """Make an empty database, or a copy of another one, and return its address."""
    import psycopg

    plain = address.format(name="postgres")
    secret = {"password": password} if password else {}
    with psycopg.connect(plain, autocommit=True, **secret) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        copied = f' TEMPLATE "{like}"' if like else ""
        connection.execute(f'CREATE DATABASE "{name}"{copied}')
    return address.format(name=name)
