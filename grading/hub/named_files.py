"""The files that a command of the host names: which it reads, which would be lost, which it wrote.

A command runs in the host's view, in the host's home: a name typed in another folder means
another file there, and what lies outside the view is neither read nor kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from grading.hub.folder import HubFolder


def files_in(words: Iterable[str]) -> tuple[list[str], list[Path]]:
    """Return a command line with the files it names as whole paths, and these files.

    Parameters
    ----------
    words : iterable of str
        As typed in the current folder.
    """
    whole, found = [], []
    for word in words:
        path = Path(word).expanduser()
        if not word.startswith("-") and ("/" in word or "." in word) and path.exists():
            path = path.resolve()
            whole.append(str(path))
            found.append(path)
        else:
            whole.append(word)
    return whole, found


def out_of_reach(words: Iterable[str], folder: HubFolder) -> str:
    """Return the file of a command line that would be written where it is lost; else "".

    The host's view has a ``/tmp`` of its own, and no folder of root's: what is written there
    is gone when the command ends, and the command would say that it is written.

    Parameters
    ----------
    words : iterable of str
        As ``files_in`` gives them.
    folder : HubFolder
        The hub's.
    """
    seen = (folder.state, folder.exchange, folder.host_home)
    for word in words:
        option, mark, value = word.partition("=")
        path = Path(value if mark and option.startswith("--") else word)
        if path.is_absolute() and not path.exists() and path.parent.is_dir():
            whole = Path(os.path.normpath(path))
            if not any(whole.is_relative_to(place) for place in seen):
                return str(path)
    return ""


def written(words: Iterable[str], folder: HubFolder, since: float) -> list[Path]:
    """Return the files named without a folder that a command wrote into the host's home.

    Parameters
    ----------
    words : iterable of str
        Of the command.
    folder : HubFolder
        The hub's.
    since : float
        When it began, in seconds of the system's clock.
    """
    found = []
    for word in words:
        path = folder.host_home / word
        if "/" in word or word.startswith(("-", ".")) or path.is_symlink():
            continue
        if path.is_file() and path.stat().st_mtime >= since - 2:
            found.append(path)
    return found
