"""Where a file is written before it takes its place."""

from __future__ import annotations

import os
import re
import socket
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def _machine() -> str:
    return re.sub(r"[^\w-]", "-", socket.gethostname())[:40]


def beside(path: Path) -> Path:
    """Return a hidden name next to a file that no other process uses.

    Machines that share a disk, and containers above all, number their processes alike:
    the number alone would let two of them write into one file.
    """
    return path.with_name(f".{path.name}.{_machine()}-{os.getpid()}.part")
