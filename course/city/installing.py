"""Put a folder in its place whole, or not at all.

The new folder is filled beside its place under a hidden name and moved there at the end.
What is refused or killed on the way leaves the old folder, or none.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def install(write: Callable[[Path], None], target: Path) -> Path:
    """Write a pack beside its place, then put it there.

    Parameters
    ----------
    write : callable
        Fills the folder it is given; what it raises leaves everything as it was.
    target : Path
        Folder of the pack; an old one is replaced.

    Returns
    -------
    Path
        ``target``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    settle(target)
    for stale in target.parent.glob(f".{target.name}.new-*"):
        _remove_if_stale(stale)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.new-"))
    old = target.with_name(f".{target.name}.old")
    try:
        os.chmod(beside, 0o755)
        write(beside)
        if target.exists():
            os.replace(target, old)
        try:
            os.replace(beside, target)
        except OSError:
            settle(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return target


def settle(target: Path) -> None:
    """Bring the old pack back where an import was killed between its two moves."""
    old = target.with_name(f".{target.name}.old")
    if old.is_dir():
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(old, target)


def _remove_if_stale(folder: Path, *, hours: float = 6) -> None:
    try:
        age = time.time() - folder.stat().st_mtime
    except OSError:
        return
    if age > hours * 3600:
        shutil.rmtree(folder, ignore_errors=True)
