"""What a run is given, and what comes out of it; plain values, no process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Task:
    """What is run.

    Parameters
    ----------
    cells : tuple of str
        The sources of the code cells, in order.
    files : tuple of (str, bytes or Path)
        What the notebook finds below its home: a path there, and the content or a file.
    folder : str
        Where it runs, below its home.
    env : tuple of (str, str)
        Names and values; ``{home}`` in a value stands for the home.
    """

    cells: tuple[str, ...]
    files: tuple[tuple[str, bytes | Path], ...] = ()
    folder: str = "course"
    env: tuple[tuple[str, str], ...] = ()


@dataclass
class Ran:
    """What came out of a run.

    Attributes
    ----------
    answers : list of (int, Any)
        The cell, counted from 0, and the record it published, as data.
    errors : dict
        Cell -> the error it ended with.
    end : str
        ``done``, or what stopped it: ``cell time``, ``time``, ``memory``, ``processes``,
        ``output``, ``gone`` (its process ended by itself), ``no start``.
    cell : int
        The last cell that began, -1 if none did.
    said : str
        The last words on its error output; what is known of a failed start.
    """

    answers: list[tuple[int, Any]] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    end: str = "gone"
    cell: int = -1
    said: str = ""
