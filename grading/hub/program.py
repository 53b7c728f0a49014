"""The copy of the course that trainees run: no grading, no keys, no tests in it.

A copy and not the checkout itself, so that an update of the checkout under a running server
never gives it half of the old course and half of the new one. A version has the name of what is
in it; servers that run keep theirs.
"""

from __future__ import annotations

import compileall
import errno
import hashlib
import json
import os
import shutil
import stat
import tempfile
from pathlib import Path

from course import paths
from course.programmes import folders
from course.workspace import LEARNER_FILES, learner_files
from grading.hub import jupyter_files

PROGRAMMES = "programmes"
_LARGEST = 1_000_000  # bytes of a programme
_LEAVE = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def make(
    folder: Path,
    *,
    programmes: Path | None = None,
    all_modules: bool = False,
    everything: bool = False,
) -> Path:
    """Return the copy of the course as it is now; it is made where it is not there.

    Parameters
    ----------
    folder : Path
        The folder of the copies.
    programmes : Path, optional
        The host's own programmes; they go before the course's of the same name.
    all_modules : bool
        With the notebooks of every ready module; else only what is released reaches trainees.
    everything : bool
        With the formgrader's kind of extensions on; only for a test.

    Returns
    -------
    Path
        Holds ``course``, ``datasets``, ``jupyter`` and, where there are some or asked for,
        ``programmes`` and ``modules``.
    """
    own = _own_programmes(programmes)
    name = _fingerprint(own, all_modules, everything)
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
    if own:
        (beside / PROGRAMMES).mkdir()
    for file, content in own.items():
        (beside / PROGRAMMES / file).write_bytes(content)
    jupyter_files.write(beside / "jupyter", everything=everything)
    # trainees cannot write here: each of their kernels would compile the course again
    compileall.compile_dir(
        beside / "course", quiet=2, stripdir=str(beside), prependdir=str(paths.ROOT)
    )
    for path in [beside, *beside.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    try:
        os.rename(beside, made)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        if not made.is_dir():
            raise
    return made


def remove_unused(folder: Path, keep: Path) -> list[str]:
    """Remove the copies of earlier versions that no running program has.

    Called while no server can be started; one that outlived its hub keeps its copy until a
    later start finds it unused. A copy is renamed before it is removed, so that a start that
    is killed here leaves no half of one under its name; what it leaves goes the next time.

    Parameters
    ----------
    folder : Path
        The folder of the copies.
    keep : Path
        The copy of now.

    Returns
    -------
    list of str
        The names of the copies that were removed.
    """
    there = [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.is_symlink()]
    old = {p.name for p in there if not p.name.startswith(".")} - {keep.name}
    if (used := _in_use(old)) is None:
        return []
    gone = sorted(old - used)
    for path in there:
        if path.name in gone:
            aside = folder / f".{path.name}.old"
            if aside.exists():  # of a start that was killed here
                shutil.rmtree(aside, ignore_errors=True)
            os.rename(path, aside)
            path = aside
        # half made, or half removed
        if path.name.startswith("."):
            shutil.rmtree(path, ignore_errors=True)
    return gone


def _in_use(names: set[str]) -> set[str] | None:
    """Return which copies a program of this machine has, None where that cannot be known.

    The kernel's table of mounts says it of a server's view, also when all that started it is
    gone; command and variables say it of one that is about to be laid out or has no view.
    """
    found: set[str] = set()
    if not names:
        return found
    for process in Path("/proc").glob("[0-9]*"):
        for table in ("mountinfo", "cmdline", "environ"):
            try:
                text = (process / table).read_bytes()
            except (FileNotFoundError, ProcessLookupError):  # it has ended
                continue
            except OSError as error:
                # EINVAL: it is ending. Variables of a few programs are closed to root too; they
                # speak of servers without a view, which only a test starts
                if error.errno == errno.EINVAL or table == "environ":
                    continue
                return None
            found |= {name for name in names if f"/{name}".encode() in text}
    return found


def _own_programmes(folder: Path | None) -> dict[str, bytes]:
    """Return the host's own programme files by name.

    Root reads what the host's number can write: a link is no programme, nor is a large file.
    """
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.yml")) if folder else []:
        if not (folders.good_name(path.stem) or path.stem == folders.SITES):
            continue
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                content = file.read(_LARGEST + 1)
                if len(content) <= _LARGEST:
                    found[path.name] = content
    return found


def _fingerprint(own: dict[str, bytes], all_modules: bool, everything: bool) -> str:
    """Return a name that changes with every file that trainees get."""
    seen = hashlib.sha256(json.dumps([all_modules, everything, LEARNER_FILES]).encode())
    for file, content in own.items():
        seen.update(f"{file}\0{len(content)}\0".encode() + content)
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
