"""nbgrader for this course: its configuration as one object, and its API in-process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from grading.gradebook_store import make_whole
from grading.limits import MAX_HAND_IN_MB, MAX_NOTEBOOK_MB
from grading.state import COURSE_ID, EXERCISES, STEPS, GradingState, require_nbgrader

if TYPE_CHECKING:
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

# nbgrader's own four must be repeated: a list in a configuration replaces the default.
IGNORED = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "instructor*",
    "*.feedback.html",
    "solution*",
]


def course_config(state: GradingState) -> Config:
    """Return nbgrader's configuration of one hosted course.

    Parameters
    ----------
    state : GradingState
        The folders of the course.

    Returns
    -------
    Config
        For ``NbGraderAPI(config=…)``, and merged by ``nbgrader_config.py`` for the
        ``nbgrader`` command and the formgrader.
    """
    require_nbgrader()
    from nbgrader import preprocessors as nb
    from traitlets.config import Config

    from grading import preprocessor as ours
    from grading.collecting import SafeCollect
    from grading.feedback_page import FeedbackPage

    c = Config()
    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.root = str(state.root)
    c.CourseDirectory.source_directory = "modules"
    for step in STEPS:
        # nbgrader joins with os.path.join, so that an absolute folder wins over the root
        setattr(c.CourseDirectory, f"{step}_directory", str(state.step(step)))
    c.CourseDirectory.db_url = state.db_url
    c.CourseDirectory.ignore = list(IGNORED)
    c.CourseDirectory.max_file_size = MAX_NOTEBOOK_MB * 1000
    c.CourseDirectory.max_dir_size = MAX_HAND_IN_MB * 1000
    c.Exchange.root = str(state.exchange)
    c.ExchangeFactory.collect = SafeCollect

    # Sources hold no solutions, so nothing is cleared: clearing would replace the line
    # that a trainee is to complete by "raise NotImplementedError".
    c.GenerateAssignment.preprocessors = [
        nb.LockCells,
        nb.ClearOutput,
        nb.CheckCellMetadata,
        nb.ComputeChecksums,
        nb.SaveCells,
        nb.ClearHiddenTests,
        nb.ClearMarkScheme,
        nb.ComputeChecksums,
        nb.CheckCellMetadata,
    ]
    # No ClearOutput and no Execute: the answers are in the outputs, and nothing of the
    # trainee's runs on the host.
    c.Autograde.sanitize_preprocessors = [
        ours.RepairSubmission,
        nb.DeduplicateIds,
        nb.OverwriteKernelspec,
        nb.OverwriteCells,
        nb.CheckCellMetadata,
    ]
    c.Autograde.autograde_preprocessors = [
        ours.ScoreAnswers,
        ours.SaveScores,
        nb.AssignLatePenalties,
        nb.CheckCellMetadata,
    ]
    for name in ("RepairSubmission", "ScoreAnswers", "SaveScores"):
        c[name].state_base = str(state.base)
        c[name].state_root = str(state.root)
        c[name].state_exchange = str(state.exchange)
        c[name].key_package = state.key_package
    c.GenerateFeedback.exporter_class = FeedbackPage
    c.FeedbackPage.state_base = str(state.base)
    c.FeedbackPage.state_root = str(state.root)
    c.GenerateFeedback.preprocessors = [
        nb.GetGrades,
        ours.HideMachinery,
        nb.ClearHiddenTests,
        nb.ClearMarkScheme,
        _css_preprocessor(),
    ]
    return c


def _css_preprocessor() -> type:
    from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor

    return CSSHTMLHeaderPreprocessor


def open_api(state: GradingState, *, notebook: str = "*") -> NbGraderAPI:
    """Return nbgrader's API on a state, quiet and in this process.

    Parameters
    ----------
    state : GradingState
        The folders of the course.
    notebook : str
        ``"exercises"`` for scoring; set for every step it would keep the lesson out of
        the release.
    """
    import logging

    from nbgrader.apps.api import NbGraderAPI

    state.prepare()
    make_whole(state)
    config = course_config(state)
    if notebook != "*":
        config.CourseDirectory.notebook_id = notebook
    config.NbGraderAPI.log_level = logging.ERROR
    api = NbGraderAPI(config=config)
    api.log.propagate = False
    return api


def scoring_api(state: GradingState) -> NbGraderAPI:
    """Return the API that converts the exercises notebook only."""
    return open_api(state, notebook=EXERCISES)


def must_succeed(result: dict[str, Any], what: str, remedy: str) -> None:
    """Turn an nbgrader result into one sentence when it failed.

    Raises
    ------
    CourseError
        With the last line of nbgrader's error.
    """
    if result.get("success"):
        return
    lines = (result.get("error") or result.get("log") or "no reason given").strip().splitlines()
    # the name of nbgrader's class says nothing to a host
    reason = re.sub(r"^[\w.]+(?:Error|Exception|Exit): ", "", lines[-1].strip())
    raise CourseError(f"{what}: {reason}", remedy)
