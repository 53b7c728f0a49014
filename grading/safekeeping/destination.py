"""The file that a backup is written to: whether it may be written, and what killed runs left."""

from __future__ import annotations

import glob
import os
import shutil
import tarfile
import zlib
from pathlib import Path

from course.errors import UsageError
from grading.safekeeping import manifest
from grading.safekeeping.places import Layout, must_be_a_hub


def check(target: Path, layout: Layout) -> None:
    """Refuse a file that is something else, or lies inside what it saves; and an empty course.

    Parameters
    ----------
    target : Path
        The file.
    layout : Layout
        What is to be saved.

    Raises
    ------
    UsageError
        The sentence says which of these it is.
    """
    must_be_a_hub(layout.hub)
    if not any(layout.grading.glob("*")) and not layout.hub and not layout.state.is_dir():
        raise UsageError(
            f"There is no course in {layout.state}.",
            "Set COURSE_STATE to the folder of the course.",
        )
    where = target.resolve()
    for folder in layout.roots().values():
        if where.is_relative_to(folder):
            raise UsageError(
                f"The backup would lie inside {folder}, which it saves.",
                "Name a file elsewhere, best on another disk.",
            )
    if target.is_dir():
        raise UsageError(f"{target} is a folder.", "Name a file.")
    if os.path.lexists(target) and not _may_be_replaced(target):
        raise UsageError(
            f"{target} is there already and is no backup of a course.",
            "Name another file; nothing was written.",
        )


def _may_be_replaced(target: Path) -> bool:
    """Say whether a file is an older backup, or empty: anything else is somebody's work."""
    if not target.is_file() or target.is_symlink():
        return False
    if not target.stat().st_size:
        return True
    try:
        with tarfile.open(target, "r|gz") as opened:
            first = opened.next()
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError):
        return False
    known = (*manifest.ROOTS, manifest.NAME)
    return first is not None and first.name.split("/")[0] in known


def remove_old_parts(target: Path) -> None:
    """Remove what killed runs left of the same backup."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        if _runs(left.name.split(".")[-2]):
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _runs(number: str) -> bool:
    """Say whether a process of this number is there: another backup may be at work."""
    try:
        os.kill(int(number), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return int(number) != os.getpid()
