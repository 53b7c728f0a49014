"""Files that a reader sees old or new, never in part.

Standard library only: the workspace is laid out with it.
"""

from __future__ import annotations

import os
import platform
import re
import threading
from functools import lru_cache
from pathlib import Path


def write(
    target: Path, content: bytes | str, *, mode: int | None = None, to_disk: bool = False
) -> Path:
    """Write a file beside its place, then move it there in one step.

    Parameters
    ----------
    target : Path
        The file; folders above it are made.
    content : bytes or str
        All of it; text is written as UTF-8.
    mode : int, optional
        Its rights, such as ``0o600``; nobody else can read it at any moment before. None: as
        the account makes its files.
    to_disk : bool
        Wait until it would survive a power cut.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        It cannot be written; what was there before is still there, and nothing beside it.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(target)
    try:
        beside.unlink(missing_ok=True)  # of a killed process that had the same number
        with open(beside, "xb", opener=None if mode is None else _private) as file:
            file.write(data)
            if to_disk:
                file.flush()
                os.fsync(file.fileno())
        if mode is not None:
            beside.chmod(mode)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def _beside(target: Path) -> Path:
    """Return a hidden name next to a file that nobody else writes under.

    Machines that share a disk, and containers above all, number their processes alike; two
    tabs of one kernel are two threads of one process.
    """
    own = f"{_machine()}-{os.getpid()}-{threading.get_ident()}"
    return target.with_name(f".{target.name[:40]}.{own}.part")


@lru_cache(maxsize=1)
def _machine() -> str:
    return re.sub(r"[^\w-]", "-", platform.node())[:40]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
