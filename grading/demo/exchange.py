"""A trainee's side of nbgrader's exchange: fetch, submit, fetch feedback."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from grading.state import COURSE_ID, GradingState


def _app(kind: str, state: GradingState, home: Path, student: str, assignment: str) -> Any:
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange import default
    from traitlets.config import Config

    from grading.gradebook import IGNORED

    # what a trainee's own nbgrader knows: the exchange and the course's name
    config = Config()
    config.CourseDirectory.course_id = COURSE_ID
    config.CourseDirectory.ignore = list(IGNORED)
    config.Exchange.root = str(state.exchange)
    config.Exchange.assignment_dir = str(home)
    config.Exchange.cache = str(home / ".nbgrader_cache")
    coursedir = CourseDirectory(config=config)
    coursedir.assignment_id = assignment
    coursedir.student_id = student
    app = getattr(default, kind)(
        coursedir=coursedir, authenticator=Authenticator(config=config), config=config
    )
    app.log.setLevel(logging.ERROR)
    return app


def fetch(state: GradingState, home: Path, student: str, assignment: str) -> Path:
    """Fetch the released module into a trainee's folder; returns the module's folder."""
    home.mkdir(parents=True, exist_ok=True)
    _app("ExchangeFetchAssignment", state, home, student, assignment).start()
    folder = home / assignment
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)  # released files are read-only
    return folder


def submit(state: GradingState, home: Path, student: str, assignment: str) -> None:
    """Hand in the module's folder."""
    _app("ExchangeSubmit", state, home, student, assignment).start()


def fetch_feedback(state: GradingState, home: Path, student: str, assignment: str) -> list[Path]:
    """Fetch the released feedback; returns the pages, none if nothing was released."""
    app = _app("ExchangeFetchFeedback", state, home, student, assignment)
    app.start()
    return sorted((home / assignment / "feedback").rglob("*.html"))
