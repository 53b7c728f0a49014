"""Where a host keeps a course: gradebook, hand-ins, exchange, cities, reports."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course import paths
from course.errors import CourseError, UsageError

COURSE_ID = "smartcity"
EXERCISES = "exercises"  # the one notebook of a module that carries points
STEPS = ("release", "source_with_tests", "submitted", "autograded", "feedback", "solution")
# A student id becomes a folder name and a column of a table, so it must be a plain name.
_STUDENT_ID = re.compile(r"\w[\w.@-]{0,99}", re.UNICODE)


@dataclass(frozen=True)
class GradingState:
    """The folders of one hosted course.

    Parameters
    ----------
    base : Path
        Everything that is written, except the exchange if it lies elsewhere.
    root : Path
        The folder that holds ``modules/``, nbgrader's source.
    exchange : Path
        nbgrader's exchange; trainees of other accounts must reach it, so a hub sets
        ``COURSE_EXCHANGE`` to a folder outside the host's home.
    key_package : str
        Import name of the package with ``for_module(module_id)``.
    gradebook : str
        Address of a PostgreSQL gradebook, as `grading.gradebook_address` gives it, without
        a password; ``""`` is a file of SQLite in the state.
    """

    base: Path
    root: Path
    exchange: Path
    key_package: str = "grading.answer_key"
    gradebook: str = ""

    @classmethod
    def default(cls) -> GradingState:
        """Return the state that the environment describes (``COURSE_STATE``)."""
        from grading.gradebook_address import from_environment

        base = paths.state_dir() / "grading"
        given = os.environ.get("COURSE_EXCHANGE")
        exchange = Path(given).expanduser().resolve() if given else base / "exchange"
        return cls(base=base, root=paths.ROOT, exchange=exchange, gradebook=from_environment())

    @property
    def db_url(self) -> str:
        """Return the address of the gradebook; no password stands in it."""
        if self.gradebook:
            return self.gradebook
        return f"sqlite:///{self.base / 'gradebook.db'}"

    @property
    def modules(self) -> Path:
        """Return the folder of the modules as written."""
        return self.root / "modules"

    def step(self, name: str) -> Path:
        """Return the folder of one of nbgrader's steps, for example ``submitted``."""
        return self.base / name

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """Return one student's folder of one step; ``"."`` is the student of ``release``."""
        return self.base / step / student / assignment

    @property
    def cities(self) -> Path:
        """Return the folder of the cities that came with hand-ins."""
        return self.base / "cities"

    @property
    def reports(self) -> Path:
        """Return the folder of the reports."""
        return self.base / "reports"

    def prepare(self) -> GradingState:
        """Make the folders, private to the host where trainees have no business.

        Returns
        -------
        GradingState
            Itself.
        """
        self.base.mkdir(parents=True, exist_ok=True)
        for name in (*STEPS, "cities", "reports", "keys", "scored"):
            folder = self.base / name
            folder.mkdir(exist_ok=True)
            if os.name == "posix":
                folder.chmod(0o700)
        if self.exchange.is_relative_to(self.base) and os.name == "posix":
            self.base.chmod(0o711)  # the exchange below it must be reachable
        put_environment_on_path()
        return self

    def assignment_folder(self, assignment: str) -> Path:
        """Return the source folder of a module, given its id or its number.

        Raises
        ------
        UsageError
            When no module, or more than one, answers to the name.
        """
        found = [p for p in sorted(self.modules.glob("*")) if (p / "module.yml").is_file()]
        exact = [p for p in found if p.name == assignment]
        if exact:
            return exact[0]
        starts = [p for p in found if re.fullmatch(rf"{re.escape(assignment)}_.*", p.name)]
        if len(starts) == 1:
            return starts[0]
        raise UsageError(
            f"There is no module {assignment!r}.",
            "Use one of: " + (", ".join(p.name for p in found) or "none stands yet") + ".",
        )

    def submitted_students(self, assignment: str) -> list[str]:
        """Return the ids of everyone whose hand-in was collected, sorted."""
        found = self.step("submitted").glob(f"*/{assignment}")
        return sorted(p.parent.name for p in found if is_student_id(p.parent.name))

    def chosen_students(self, assignment: str, students: Iterable[str] | None) -> list[str]:
        """Return the named students, each once, or all who handed in where none are named.

        Raises
        ------
        UsageError
            A named student did not hand in.
        """
        everybody = self.submitted_students(assignment)
        chosen = list(everybody if students is None else dict.fromkeys(students))
        if strangers := [s for s in chosen if s not in set(everybody)]:
            raise UsageError(
                f"{strangers[0]} has no hand-in of {assignment}.",
                "Collect first, or check the id.",
            )
        return chosen


def is_student_id(name: str) -> bool:
    """Say whether a name can be a student's id.

    Ids become folder names: ``..`` or an id with a slash would lead out of the state.

    >>> is_student_id("demo-01"), is_student_id(".."), is_student_id("a/b")
    (True, False, False)
    """
    return bool(_STUDENT_ID.fullmatch(name))


def put_environment_on_path() -> None:
    """Let nbgrader find the ``alembic`` program when it makes a fresh gradebook.

    nbgrader starts it by name; without the folder of the running interpreter on PATH
    it fails half-way and leaves tables without a version.
    """
    own = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if own not in path.split(os.pathsep):
        os.environ["PATH"] = own + os.pathsep + path


def require_nbgrader() -> None:
    """Say in one sentence what is missing where nbgrader is not installed."""
    try:
        import nbgrader  # noqa: F401
    except ImportError:
        raise CourseError(
            "nbgrader is not installed in this environment.",
            "Install the host's requirements: pip install -r requirements-host.lock.",
        ) from None
