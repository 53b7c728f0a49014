"""The learner's side of a hub: lay out the workspace, then serve it, then keep it current.

The hub starts ``python -m course.on_hub PROGRAM ...`` under the learner's own number, inside
their view of the machine. What the hub knows of the person comes as variables:
``COURSE_TRAINEE``, ``COURSE_WORKSPACE``, ``COURSE_TEAM``, ``COURSE_FIRST_CITY``,
``COURSE_PROGRAMME`` and ``COURSE_START``. The same function lays out the folder as at
``python -m course lab``. The module is also a Jupyter server extension that writes the home page
anew while the server runs.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from course import lab_server, whole_files, workspace
from course.errors import CourseError

LOG = ".server.log"
MAX_LOG = 1_000_000


def main(argv: list[str]) -> int:
    """Prepare the workspace and become the program; return only where there is none."""
    _log_to_home()
    try:
        ready = prepare()
    except (CourseError, OSError) as error:
        # the person must be able to come in and mend it: a full disk, a damaged profile
        print(f"The folder could not be prepared: {error}", flush=True)
    else:
        os.environ["COURSE_CITY"] = ready.city
        for name, other in ready.beside:
            print(f"{name} was changed; the new version is {other}", flush=True)
    folder = Path(os.environ["COURSE_WORKSPACE"])
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    if folder.is_dir():
        os.chdir(folder)
    if not argv:
        return 0
    os.execvp(argv[0], argv)


def prepare() -> workspace.Workspace:
    """Lay out the workspace that the variables describe, or bring it up to date.

    Returns
    -------
    Workspace
        A learner keeps the city they chose later; the hub's is for the first time only.
    """
    folder = Path(os.environ["COURSE_WORKSPACE"])
    fresh = not (folder / workspace.PROFILE).exists()
    ready = workspace.prepare(
        folder,
        city=(os.environ.get("COURSE_FIRST_CITY") or None) if fresh else None,
        trainee=os.environ.get("COURSE_TRAINEE") or None,
        team=os.environ.get("COURSE_TEAM") or None,
        **_programme(),
    )
    (ready.folder / "modules").mkdir(exist_ok=True)
    layouts = ready.folder / ".course" / "lab" / "layouts"
    if not (layouts / lab_server.FIRST_LAYOUT).exists():
        text = json.dumps(lab_server.first_layout(), indent=1)
        whole_files.write(layouts / lab_server.FIRST_LAYOUT, text)
    return ready


def _programme() -> dict[str, Any]:
    """Return programme and first day, none of them where the programme cannot be opened."""
    from datetime import date

    from course.programme import Programme

    name, start = os.environ.get("COURSE_PROGRAMME"), os.environ.get("COURSE_START")
    try:
        if name:
            Programme.open(name)
        first = date.fromisoformat(start) if start else None
    except (CourseError, ValueError) as error:
        print(f"The programme is left out: {error}", flush=True)
        return {}
    return {"programme": name or None, "start": first if name else None}


def _log_to_home() -> None:
    """Write what the server says into the person's own home, where their quota counts it."""
    path = Path.home() / LOG
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    except OSError:
        handle = os.open(os.devnull, os.O_WRONLY)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "course.on_hub"}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Write the home page anew when work is added, and keep the server's log small."""
    folder = Path(os.environ.get("COURSE_WORKSPACE", ""))
    if not (folder / workspace.PROFILE).is_file():
        return
    city = os.environ.get("COURSE_CITY", "")
    lab_server.keep_home_current(workspace.Workspace(folder, city=city, trainee=""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
