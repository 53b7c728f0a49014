"""Take a person out of a hub: account, home, first entry; their number is never given again."""

from __future__ import annotations

import shutil
from pathlib import Path

from course import whole_files
from course.errors import UsageError
from grading.safekeeping import rows
from grading.safekeeping.people import of as accounts_of
from grading.safekeeping.places import HOMES, hub_runs
from grading.safekeeping.words import Words

DATABASE = "secret/jupyterhub.sqlite"


def there(hub: Path | None, student_id: str) -> dict[str, int]:
    """Return what a hub holds of a person: name of the thing -> how many."""
    if hub is None:
        return {}
    found = {}
    home = hub / HOMES / student_id
    if home.is_dir():
        found["files in the home on the hub"] = sum(1 for p in home.rglob("*") if not p.is_dir())
    if student_id in accounts_of(hub).people:
        found["account on the hub"] = 1
    return found


def remove(hub: Path, words: Words) -> None:
    """Remove account, home and what is known of signing in.

    Raises
    ------
    UsageError
        The hub runs: it would write its memory of the person back.
    """
    if hub_runs(hub):
        raise UsageError(
            "The hub is running.", "Stop it, run the command again, then start the hub."
        )
    home = hub / HOMES / words.student_id
    if home.is_dir() and not home.is_symlink():
        shutil.rmtree(home)
    _first_entry(hub, words.student_id)
    _database(hub / DATABASE, words)
    _number(hub, words.student_id)


def _first_entry(hub: Path, student_id: str) -> None:
    from grading.hub.signin_admission import FILE, Admission

    if (hub / "secret" / FILE).is_file():
        Admission(hub / "secret").forget(student_id)


def _number(hub: Path, student_id: str) -> None:
    """Give the number to nobody: files that still bear it must not become another's."""
    import json

    from grading.hub import accounts

    path = hub / accounts.NAME
    table = accounts.read(path)
    if student_id not in table.people:
        return
    people = {
        (f"former-{uid}" if name == student_id else name): uid for name, uid in table.people.items()
    }
    data = {"host": table.host, "people": people}
    whole_files.write(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    path.chmod(0o644)


def _database(file: Path, words: Words) -> None:
    from sqlalchemy import create_engine, inspect, text

    if not file.is_file():
        return
    engine = create_engine(f"sqlite:///{file}")
    person = {"id": words.student_id, "like": f"%/user/{words.student_id}/%",
              "client": f"jupyterhub-user-{words.student_id}%"}  # fmt: skip
    try:
        with engine.begin() as connection:
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
    finally:
        engine.dispose()
    rows.scrub_file(file)
