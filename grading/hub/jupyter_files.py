"""The Jupyter configuration inside a trainee's view: files, so that no variable changes it.

They take the place of the environment's own ``etc/jupyter``, where every installed package
switches its server extension on, the formgrader's too.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from course.lab_server import DISABLED, OVERRIDES

SOURCE = Path(__file__).resolve().parent / "trainee_jupyter"

# What a trainee's server runs; whatever is not named is not loaded.
EXTENSIONS = {
    "jupyterlab": True,
    "jupyter_server_terminals": True,
    "course.on_hub": True,
    "nbgrader.server_extensions.assignment_list": True,
}
OF_INSTRUCTORS = (
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.course_list",
    "nbgrader.server_extensions.validate_assignment",
)
# The assignment list is the one part of nbgrader's lab extension that a trainee needs.
NBGRADER_OFF = ("formgrader", "course-list", "create-assignment", "validate-assignment")


def write(folder: Path, *, everything: bool = False) -> Path:
    """Write the configuration.

    Parameters
    ----------
    folder : Path
        Made anew.
    everything : bool
        With what belongs to instructors switched on; only for a test.
    """
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    on = EXTENSIONS | {name: everything for name in OF_INSTRUCTORS}
    _json(
        folder / "jupyter_server_config.d" / "course.json",
        {"ServerApp": {"jpserver_extensions": on}},
    )
    ours = [name for name in DISABLED if name != "@jupyter/nbgrader"]
    hidden = [] if everything else [f"@jupyter/nbgrader:{name}" for name in NBGRADER_OFF]
    page = {
        "disabledExtensions": dict.fromkeys([*ours, *hidden], True),
        "lockedExtensions": dict.fromkeys(hidden, True),
    }
    _json(folder / "labconfig" / "page_config.json", page)
    _json(folder / "lab" / "overrides.json", OVERRIDES)
    _json(folder / "lab" / "page_config.json", {})
    return folder


def _json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
