"""The copy of the course that trainees run: no grading, no keys, no tests in it.

A copy and not the checkout itself, so that an update of the checkout under a running server
never gives it half of the old course and half of the new one. A version has the name of what is
in it; servers that run keep theirs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from course import paths
from course.workspace import LEARNER_FILES, learner_files
from grading.hub import jupyter_files

_LEAVE = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def make(folder: Path, *, all_modules: bool = False, everything: bool = False) -> Path:
    """Return the copy of the course as it is now; it is made where it is not there.

    Parameters
    ----------
    folder : Path
        The folder of the copies.
    all_modules : bool
        With the notebooks of every ready module; else only what is released reaches trainees.
    everything : bool
        With the formgrader's kind of extensions on; only for a test.

    Returns
    -------
    Path
        Holds ``course``, ``datasets``, ``jupyter`` and, where asked for, ``modules``.
    """
    name = _fingerprint(all_modules, everything)
    made = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    if made.is_dir():
        return made
    beside = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder))
    shutil.copytree(paths.ROOT / "course", beside / "course", ignore=_LEAVE)
    shutil.copytree(paths.bundled_cities_dir(), beside / "datasets", ignore=_LEAVE)
    if all_modules:
        for inside, source in learner_files():
            target = beside / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    jupyter_files.write(beside / "jupyter", everything=everything)
    for path in [beside, *beside.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    try:
        os.rename(beside, made)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        if not made.is_dir():
            raise
    return made


def _fingerprint(all_modules: bool, everything: bool) -> str:
    """Return a name that changes with every file that trainees get."""
    seen = hashlib.sha256(json.dumps([all_modules, everything, LEARNER_FILES]).encode())
    roots = [paths.ROOT / "course", paths.bundled_cities_dir(), jupyter_files.SOURCE]
    for root in roots:
        for path in sorted(root.rglob("*")):
            relative = path.relative_to(root)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
            if hidden or not path.is_file():
                continue
            status = path.stat()
            seen.update(f"{relative}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    if all_modules:
        for inside, source in learner_files():
            status = source.stat()
            seen.update(f"{inside}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return seen.hexdigest()[:16]
