"""Every table of a gradebook as plain rows: what two databases must have in common.

Ids that a database draws are replaced by what they stand for, and rows are sorted, so that
a row that is lost, doubled or hung to another one shows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, select

Rows = dict[str, list[tuple[Any, ...]]]


def rows(url: str) -> Rows:
    """Return table -> sorted rows, of every table that nbgrader has."""
    from nbgrader.api import Base

    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = {
                table.name: (table, [dict(r) for r in connection.execute(select(table)).mappings()])
                for table in Base.metadata.sorted_tables
            }
    finally:
        engine.dispose()
    meaning: dict[tuple[str, str], tuple[Any, ...]] = {}
    found: Rows = {}
    for name, (table, content) in tables.items():  # the tables that others refer to come first
        for row in content:
            plain = tuple(_plain(column, row[column.name], meaning) for column in table.columns)
            key = "id" if "id" in row else table.primary_key.columns.values()[0].name
            meaning[(name, str(row[key]))] = plain
            found.setdefault(name, []).append(plain)
        found.setdefault(name, []).sort(key=repr)
    return found


def _plain(column: Any, value: Any, meaning: dict[tuple[str, str], tuple[Any, ...]]) -> Any:
    for foreign in column.foreign_keys:
        return meaning.get((foreign.column.table.name, str(value)), value)
    if column.primary_key and column.table.name not in ("course", "student"):
        return "id"  # drawn; courses and students are named by people
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return float(value)  # PostgreSQL says 2.0 where SQLite says 2
    return value
