"""Read a small JSON file that somebody else wrote: nothing in it can stop or mislead the reader.

Links and pipes are not opened, large files are not read, deep nesting is no error.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_FLAGS |= getattr(os, "O_BINARY", 0)


def read_bytes(path: Path, *, most: int) -> bytes | None:
    """Return the content of an ordinary file of at most ``most`` bytes, else None."""
    try:
        handle = os.open(path, _FLAGS)
    except (OSError, ValueError):  # not there, a link, a name with a zero byte
        return None
    try:
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > most:
                return None
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None


def read_json(path: Path, *, most: int) -> Any:
    """Return the value of a JSON file, None where there is none to be read."""
    data = read_bytes(path, most=most)
    if data is None:
        return None
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def short_text(value: Any, most: int = 200) -> str:
    """Return a text that can be shown and written as UTF-8; ``""`` for what is no text."""
    if not isinstance(value, str):
        return ""
    text = value[: most * 2].encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c.isprintable())[:most]
