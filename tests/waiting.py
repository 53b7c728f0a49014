"""Waiting for what becomes true, in place of a sleep that is too long or too short."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], *, seconds: float = 120.0) -> bool:
    """Ask again until something holds; say whether it came to hold."""
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.2)
    return bool(found)
