"""How a person starts Python on this system; standard library only."""

from __future__ import annotations

import os


def python_name() -> str:
    """Return the word that starts Python in a terminal: ``python3``, on Windows ``py``.

    Debian and macOS have no ``python``, and Windows has no ``python3``.
    """
    return "py" if os.name == "nt" else "python3"


def call(words: str) -> str:
    """Return a whole command line for a message, such as ``python3 -m course lab``.

    Parameters
    ----------
    words
        The package, the command and its options, such as ``"course lab"``.

    Returns
    -------
    str
        To be typed in the folder of the course.
    """
    return f"{python_name()} -m {words}"
