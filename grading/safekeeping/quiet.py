"""Wait until running commands have come to a rest, and say which did not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grading.locks import try_until

PATIENCE_S = 30.0
_WORDS = {"lock": "certify", "roster": "cohort", "attendance": "cohort attendance"}


def locks(grading: Path) -> list[Path]:
    """Return the lock files of a grading state, that of the certificates first."""
    return [
        *(p for p in [grading / "certificates" / "lock"] if p.is_file()),
        *sorted(p for p in grading.glob(".*.lock") if p.is_file()),
    ]


@contextmanager
def still(files: list[Path], patience: float = PATIENCE_S) -> Iterator[list[str]]:
    """Keep some locks together with other readers, so that no writer begins meanwhile.

    Parameters
    ----------
    files : list of Path
        Lock files.
    patience : float
        Seconds to wait for those that are held.

    Yields
    ------
    list of str
        A sentence for each command that went on working; empty when all is still.
    """
    with ExitStack() as held:
        end = time.monotonic() + patience
        busy = []
        for file in files:
            try:
                handle = os.open(file, os.O_RDONLY)
            except FileNotFoundError:
                continue
            except OSError as error:
                busy.append(f"The lock {file.name} cannot be opened: {error.strerror}.")
                continue
            held.callback(os.close, handle)  # closing gives it back
            if not try_until(handle, end - time.monotonic(), shared=True):
                busy.append(f"{_command(file)} was running and did not end.")
        yield busy


def _command(file: Path) -> str:
    name = file.name.removesuffix(".lock").strip(".") or "lock"
    return f"The command {_WORDS.get(name, name)}"
