"""Files that a reader sees old or new, never in part.

Standard library only: the workspace is laid out with it.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write(target: Path, content: bytes | str) -> Path:
    """Write a file beside its place, then move it there in one step.

    Parameters
    ----------
    target : Path
        The file; folders above it are made.
    content : bytes or str
        All of it; text is written as UTF-8.

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
    # two tabs of one kernel are two threads of one process
    own = f".{target.name}.{os.getpid()}.{threading.get_ident()}.tmp"
    beside = target.with_name(own)
    try:
        beside.write_bytes(data)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return target
