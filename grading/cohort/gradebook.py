"""The people of the roster in nbgrader's gradebook."""

from __future__ import annotations

import os

from grading.cohort.people import Participant
from grading.cohort.store import one_writer
from grading.gradebook_store import open_book
from grading.state import COURSE_ID, GradingState

_NAMES = ("first_name", "last_name", "email")


def into_gradebook(state: GradingState, people: list[Participant]) -> int:
    """Bring names and e-mails of everybody into the gradebook, in one transaction.

    Parameters
    ----------
    state : GradingState
        The course.
    people : list of Participant
        The roster; students of the gradebook who are not on it are left alone.

    Returns
    -------
    int
        How many rows are new or changed.
    """
    from nbgrader.api import Student

    state.prepare()
    _make_whole(state)
    touched = 0
    with open_book(state) as book:
        rows = {s.id: s for s in book.db.query(Student)}
        try:
            for person in people:
                wanted = person.gradebook_names
                row = rows.get(person.student_id)
                if row is None:
                    book.db.add(Student(id=person.student_id, **wanted))
                    touched += 1
                elif any(getattr(row, n) != wanted.get(n) for n in _NAMES):
                    for name in _NAMES:
                        setattr(row, name, wanted.get(name))
                    touched += 1
            book.db.commit()
        except BaseException:
            book.db.rollback()
            raise
    return touched


def _make_whole(state: GradingState) -> None:
    """Make a fresh gradebook beside its place: killed half-way it would have no version.

    On PostgreSQL it is made in one transaction when it is opened.
    """
    from nbgrader.api import Gradebook

    if state.gradebook:
        return
    target = state.base / "gradebook.db"
    if target.exists():
        return
    with one_writer(state, "gradebook"):
        for left in state.base.glob(".gradebook.db.*"):
            left.unlink(missing_ok=True)
        if target.exists():
            return
        beside = state.base / f".gradebook.db.{os.getpid()}"
        Gradebook(f"sqlite:///{beside}", COURSE_ID).close()
        try:
            os.link(beside, target)  # unlike a move, never over one that was made meanwhile
        except FileExistsError:
            pass
        finally:
            beside.unlink(missing_ok=True)
