"""Take a person out of a hub: account, home, first entry; their number is never given again."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from urllib.parse import quote

from course import whole_files
from course.errors import UsageError
from grading.hub import accounts, processes
from grading.safekeeping import rows, traces
from grading.safekeeping.people import of as accounts_of
from grading.safekeeping.places import HOMES
from grading.safekeeping.walking import levels
from grading.safekeeping.words import Words

DATABASE = "secret/jupyterhub.sqlite"


def there(hub: Path | None, student_id: str) -> dict[str, int]:
    """Return what a hub holds of a person: name of the thing -> how many."""
    if hub is None:
        return {}
    found = {}
    home = hub / HOMES / student_id
    if home.is_dir():
        found["files in the home on the hub"] = sum(len(names) for _, names in levels(home))
    if student_id in accounts_of(hub).people:
        found["account on the hub"] = 1
    found["lines in sheets of first codes"] = sum(
        traces.cleaned(path, Words(student_id), prune=True) is not None for path in _sheets(hub)
    )
    return found


def _sheets(hub: Path) -> list[Path]:
    """Return the sheets of one-time codes that the host has not deleted yet."""
    return [p for p in sorted((hub / "secret").glob("codes-*.csv")) if not p.is_symlink()]


def remove(hub: Path, words: Words) -> None:
    """Remove account, home and what is known of signing in; the hub must be still.

    Raises
    ------
    UsageError
        Programs of people run on after a hub that was killed: they would write again, or
        exchange what is being written for a link.
    """
    people = accounts_of(hub).people
    number = people.get(words.student_id)
    # anybody's: the exchange is written here, and whoever still runs could lead it elsewhere
    count = processes.count()
    if running := sum(count.get(one, 0) for one in people.values()):
        raise UsageError(
            f"{running} programs of people of the hub still run: the hub was killed.",
            "Start the hub and end it with Ctrl-C, which ends them. Then run the command again.",
        )
    home = hub / HOMES / words.student_id
    if home.is_dir() and not home.is_symlink():
        traces.remove(home)
    for path in _sheets(hub):
        if (new := traces.cleaned(path, words, prune=True)) is not None:
            traces.write(path, new)
    _first_entry(hub, words.student_id)
    if number is not None:  # the names that the person's own room knew
        shutil.rmtree(hub / "run" / "people" / str(number), ignore_errors=True)
    _logs(hub / "logs", words)
    _database(hub / DATABASE, words)
    # files that still bear the number must not become another's
    accounts.remove(hub / accounts.NAME, words.student_id)


def _logs(folder: Path, words: Words) -> None:
    """Take the person out of what hub, proxy and services wrote."""
    ids = "|".join(map(re.escape, (words.student_id, quote(words.student_id))))
    # where an address in an address, or the name of a client, hides the word's beginning
    client = re.compile(rf"((?:jupyterhub-user-|%2F))(?:{ids})(?![\w-])", re.I)
    for path in folder.glob("hub.log*") if folder.is_dir() else ():
        text = path.read_text(encoding="utf-8", errors="replace")
        without = client.sub(r"\1former-participant", words.replaced(text))
        if without != text:
            whole_files.write(path, without)
            path.chmod(0o600)


def _first_entry(hub: Path, student_id: str) -> None:
    from grading.hub.signin_admission import FILE, Admission

    if (hub / "secret" / FILE).is_file():
        Admission(hub / "secret").forget(student_id)


def _database(file: Path, words: Words) -> None:
    """Take the person out of the hub's database: its file, or the server that a cluster names."""
    from sqlalchemy import create_engine, inspect, text

    address = os.environ.get("COURSE_HUB_DATABASE", "")
    if not address and not file.is_file():
        return
    kind, mark, rest = address.partition("://")
    driver = "postgresql+psycopg" if kind.startswith("postgres") else kind
    engine = create_engine(f"{driver}{mark}{rest}" if address else f"sqlite:///{file}")
    person = {"id": words.student_id, "like": f"%/user/{words.student_id}/%",
              "client": f"jupyterhub-user-{words.student_id}%"}  # fmt: skip
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            have = set(inspect(connection).get_table_names())
            for table, condition in (
                ("oauth_codes", "user_id IN (SELECT id FROM users WHERE name = :id)"),
                ("oauth_clients", "identifier LIKE :client"),
                ("servers", "base_url LIKE :like"),
                ("users_info", "username = :id"),
                ("users", "name = :id"),
            ):
                if table in have:
                    wanted = text(f"DELETE FROM {table} WHERE {condition}")
                    connection.execute(wanted, person)
            rows.sweep(connection, words, act=True)
        rows.scrub(engine)
    finally:
        engine.dispose()
