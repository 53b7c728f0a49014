"""Fill PostgreSQL databases from a backup; what was in them is renamed and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course.errors import CourseError, UsageError
from grading.safekeeping import databases
from grading.safekeeping.journal import Journal
from grading.safekeeping.places import Layout


def refuse_full(name: str, address: str, replace: bool) -> None:
    """Refuse a database that holds tables.

    Raises
    ------
    UsageError
        It does, and nothing was said of replacing.
    """
    with databases.connect(address) as connection:
        if not replace and _tables(connection):
            raise UsageError(
                f"The PostgreSQL database of the {name} holds tables already; nothing was changed.",
                "With --replace they are moved into another schema and kept.",
            )


def fill(layout: Layout, steps: Journal) -> None:
    """Fill each database of a restore that is not filled yet.

    The old tables go into a schema of their own first. Where filling fails, they come back.

    Raises
    ------
    CourseError
        A database could not be filled. The restore can be run again.
    """
    addresses = {d.name: d.address for d in layout.databases}
    mark = f"restored from backup {steps.id}, run {steps.run}"
    for name, dump in steps.databases:
        if name not in addresses:
            raise CourseError(
                f"A restore was interrupted, and the address of its {name} is not set.",
                "Set it as when the restore began, and run the command again.",
            )
        aside = f"before_restore_{steps.stamp.replace('-', '_')}_{steps.run[:6]}"
        with databases.connect(addresses[name]) as connection:
            if _mark(connection) == mark:
                continue
            if not _schema(connection, aside):
                with connection.transaction():
                    connection.execute(f'ALTER SCHEMA public RENAME TO "{aside}"')
                    connection.execute("CREATE SCHEMA public")
            if not _tables(connection):
                try:
                    databases.load(addresses[name], Path(dump))
                except CourseError:
                    with connection.transaction():
                        connection.execute("DROP SCHEMA public CASCADE")
                        connection.execute(f'ALTER SCHEMA "{aside}" RENAME TO public')
                    raise
            connection.execute(f"COMMENT ON SCHEMA public IS '{mark}'")
            if not _tables(connection, aside):
                connection.execute(f'DROP SCHEMA "{aside}"')
            else:
                steps.told.append(f"The earlier tables of the {name} are in the schema {aside}.")


def _tables(connection: Any, schema: str = "public") -> int:
    row = connection.execute(
        "SELECT count(*) FROM pg_tables WHERE schemaname = %s", (schema,)
    ).fetchone()
    return int(row[0])


def _schema(connection: Any, name: str) -> bool:
    row = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (name,)).fetchone()
    return row is not None


def _mark(connection: Any) -> str:
    row = connection.execute(
        "SELECT obj_description(oid) FROM pg_namespace WHERE nspname = 'public'"
    ).fetchone()
    return str(row[0] or "") if row else ""
