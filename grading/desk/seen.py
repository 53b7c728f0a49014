"""Who has fetched a module and who has begun to answer, before anything is handed in.

Only the homes of the trainees can tell. On a hub the account that grades sees no home, so
the hub itself looks now and then: it asks for names, sizes and times along a path in which no
link is followed, opens no file, and leaves what it saw in the desk's folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grading.desk import store
from grading.state import GradingState, is_student_id

TABLE = "seen"
FETCHED, BEGUN = "fetched", "begun"
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


def look(
    homes: Path, module_ids: Iterable[str], *, within: tuple[str, ...] = ("course", "modules")
) -> dict[str, dict[str, dict[str, str]]]:
    """Look into the homes of a hub.

    Parameters
    ----------
    homes : Path
        The folder with one home per student id.
    module_ids : iterable of str
        The modules to look for.
    within : tuple of str
        The folders between a home and its modules.

    Returns
    -------
    dict
        Student -> module -> ``fetched`` and ``begun``, each a time (UTC, ISO 8601): when the
        exercises lay there, and when ``answers.json`` was last written. What is not there has
        no entry; homes that cannot be looked into are left out.
    """
    wanted = list(module_ids)
    found: dict[str, dict[str, dict[str, str]]] = {}
    try:
        names = sorted(os.listdir(homes))
    except OSError:
        return {}
    for student in names:
        if not is_student_id(student):
            continue
        with _inside(homes, (student, *within)) as modules:
            if modules is None:
                continue
            own = {m: _times(modules, m) for m in wanted}
            found[student] = {m: times for m, times in own.items() if times}
    return found


def _times(modules: int, module: str) -> dict[str, str]:
    with _inside(modules, (module,)) as folder:
        if folder is None:
            return {}
        times = {FETCHED: _written(folder, "exercises.ipynb"),
                 BEGUN: _written(folder, "answers.json")}  # fmt: skip
    return {name: at for name, at in times.items() if at}


def _written(folder: int, name: str) -> str:
    """Return when an ordinary file was last written, or ``""``."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            return ""
        return datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds")
    except (OSError, OverflowError, ValueError):  # a trainee may set any time
        return ""


@contextmanager
def _inside(start: Path | int, parts: tuple[str, ...]) -> Iterator[int | None]:
    """Open folder after folder without following a link; None where there is none."""
    opened: list[int] = []
    try:
        at: int | None = start if isinstance(start, int) else os.open(start, _FOLDER)
        if not isinstance(start, int):
            opened.append(at)  # type: ignore[arg-type]
        for part in parts:
            at = os.open(part, _FOLDER, dir_fd=at)
            opened.append(at)
        yield at
    except OSError:
        yield None
    finally:
        for handle in opened:
            os.close(handle)


def save(state: GradingState, found: dict[str, dict[str, dict[str, str]]]) -> None:
    """Keep what was seen; who is not in it any more keeps what was seen before."""
    with store.changing(state, TABLE) as table:
        table.update(found)


def load(state: GradingState) -> dict[str, dict[str, Any]]:
    """Return what was seen last; empty where nobody ever looked."""
    found = store.read(state, TABLE)
    return {s: m for s, m in found.items() if isinstance(m, dict)}
