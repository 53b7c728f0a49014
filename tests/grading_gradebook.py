"""Read a gradebook's tables as plain rows, ids of the database left out."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

_NOTEBOOK = """
    from {table} x
    join submitted_notebook m on m.id = x.notebook_id
    join notebook n on n.id = m.notebook_id
    join submitted_assignment s on s.id = m.assignment_id
    join base_cell c on c.id = x.cell_id
    order by 1, 2, 3
"""
TABLES = {
    "student": "select id, first_name, last_name, email from student order by 1",
    "submitted_assignment": """
        select s.student_id, a.name, s.timestamp, s.extension from submitted_assignment s
        join assignment a on a.id = s.assignment_id order by 1, 2""",
    "submitted_notebook": """
        select s.student_id, n.name, m.flagged, m.late_submission_penalty
        from submitted_notebook m join notebook n on n.id = m.notebook_id
        join submitted_assignment s on s.id = m.assignment_id order by 1, 2""",
    "grade": """select s.student_id, n.name, c.name, x.auto_score, x.manual_score, x.extra_credit,
        x.needs_manual_grade"""
    + _NOTEBOOK.format(table="grade"),
    "comment": "select s.student_id, n.name, c.name, x.auto_comment, x.manual_comment"
    + _NOTEBOOK.format(table="comment"),
}


def rows(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table that scoring writes."""
    with sqlite3.connect(database) as connection:
        return {name: connection.execute(query).fetchall() for name, query in TABLES.items()}


def forget_scores(database: Path) -> None:
    """Empty the tables that scoring writes."""
    with sqlite3.connect(database) as connection:
        for table in ("grade", "comment", "submitted_notebook", "submitted_assignment", "student"):
            connection.execute(f"delete from {table}")
    connection.close()
