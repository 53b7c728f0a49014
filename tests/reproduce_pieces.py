"""Hand-ins to run again, on a small release made without nbgrader; probes for jails."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from course.paths import ROOT
from grading import jail
from grading.records import MEDIA_TYPE
from grading.reproduce.task import Ran, Task
from grading.reproduce.usage import descendants
from grading.state import GradingState

MODULE = "10_integrated_fares"
QUESTIONS = ("m10_trip", "m10_link", "m10_cap")
# a cell that hands something to whoever reads the run, as an answer does
PUBLISH = (
    "def publish(value):\n"
    "    from IPython.display import display\n"
    f"    display({{'{MEDIA_TYPE}': {{'question': 'probe', 'value': value}}}}, raw=True)\n"
)


def need_jail() -> None:
    """Skip, or fail in CI, where no jail is to be had."""
    if why := jail.why_not():
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)


def hears_ctrl_c() -> None:
    """Let a program end by Ctrl-C also where the tests run in a shell's background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def task(*cells: str, **changes: Any) -> Task:
    return Task(cells=(PUBLISH, *cells), **changes)


def published(ran: Ran) -> list[Any]:
    return [raw["value"] for _, raw in ran.answers if raw.get("question") == "probe"]


# ---- hand-ins ------------------------------------------------------------------------


def _code(name: str, source: str, **marks: Any) -> dict[str, Any]:
    plain = {"schema_version": 3, "grade": False, "solution": False, "task": False, "locked": True}
    return {
        "cell_type": "code", "id": name.replace("_", "-"), "source": source, "outputs": [],
        "execution_count": None,
        "metadata": {"nbgrader": {"grade_id": name, **plain, **marks}},
    }  # fmt: skip


def released() -> dict[str, Any]:
    """Return a small release: one import, then work and answer of three questions."""
    cells = [_code("m10_imports", "from course import answer")]
    for name in QUESTIONS:
        cells.append(_code(f"{name}_work", f"{name} = None", solution=True, locked=False))
        points = {"grade": True, "points": 1}
        cells.append(_code(name, f"answer({name!r}, {name})", **points))
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def state_in(folder: Path) -> GradingState:
    """Return a state with the small release of module 10 and no gradebook."""
    state = GradingState(base=folder / "grading", root=ROOT, exchange=folder / "exchange").prepare()
    release = state.folder("release", ".", MODULE)
    release.mkdir(parents=True)
    (release / "exercises.ipynb").write_text(json.dumps(released()), encoding="utf-8")
    shutil.copyfile(ROOT / "modules" / MODULE / "module.yml", release / "module.yml")
    return state


def hand_in(
    state: GradingState,
    student: str,
    work: dict[str, str],
    handed: dict[str, Any],
    *,
    extra: tuple[str, ...] = (),
    city: str = "seoul",
) -> Path:
    """Write a hand-in: what is typed into work cells, the answers on record, own cells.

    ``extra`` cells stand in front of the questions.
    """
    from course.city.pack import City

    notebook = released()
    for cell in notebook["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        cell["source"] = (
            work.get(name.removesuffix("_work"), cell["source"])
            if name.endswith("_work")
            else cell["source"]
        )
        if name in handed:
            record = {
                "schema": 1, "module": MODULE, "question": name, "value": handed[name],
                "city": city, "fingerprint": City.open(city).fingerprint, "trainee": student,
                "time": "2026-11-02T10:00:00.000+00:00", "n": 1,
            }  # fmt: skip
            data = {MEDIA_TYPE: record, "text/plain": "Noted."}
            cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    own = [
        {"cell_type": "code", "id": f"mine-{n}", "source": text, "outputs": [], "metadata": {},
         "execution_count": None}
        for n, text in enumerate(extra)
    ]  # fmt: skip
    notebook["cells"][1:1] = own
    folder = state.folder("submitted", student, MODULE)
    folder.mkdir(parents=True)
    (folder / "exercises.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


# ---- an ordinary user ----------------------------------------------------------------


def as_ordinary(argv: list[str]) -> list[str]:
    """Return a command that runs as an ordinary user, also where the tests are root's.

    Folders on the way to Python that are closed to others, such as root's home, are shown
    to it empty but for what Python needs; everything else is as it is.
    """
    if os.geteuid() != 0:
        return argv
    out = [shutil.which("bwrap") or "bwrap", "--dev-bind", "/", "/"]
    needed = [*jail.python_view(), *jail.course_view(), ROOT]
    closed: dict[Path, list[Path]] = {}
    for path in needed:
        for parent in reversed(path.parents):
            if parent.stat().st_mode & 0o005 != 0o005:
                closed.setdefault(parent, []).append(path)
                break
    for parent, paths in closed.items():
        out += ["--perms", "0755", "--tmpfs", str(parent)]
        for path in paths:
            for between in reversed(path.parents):
                if between.is_relative_to(parent) and between != parent:
                    out += ["--perms", "0755", "--dir", str(between)]
            out += ["--ro-bind", str(path), str(path)]
    number = 187_654
    return [*out, "--", "/usr/bin/setpriv", f"--reuid={number}", f"--regid={number}",
            "--clear-groups", "--", *argv]  # fmt: skip


def python_as_ordinary(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in this Python as an ordinary user, with the repository to import from."""
    return subprocess.run(
        as_ordinary([sys.executable, "-c", code]), capture_output=True, text=True, timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/tmp"}, cwd="/",
    )  # fmt: skip


def jails(pid: int) -> list[int]:
    """Return the jails among what a process has started."""
    found = []
    for inside in descendants(pid):
        with suppress(OSError):  # it has ended
            if b"bwrap" in Path(f"/proc/{inside}/comm").read_bytes():
                found.append(inside)
    return found


def gone(pids: list[int]) -> bool:
    """Say whether none of these processes is there any more (a dead one may await its parent)."""
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        if status.rpartition(")")[2].split()[0] not in "ZX":
            return False
    return True
