"""How much room people take, measured so that no trick of theirs hides anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0


@dataclass(frozen=True)
class Used:
    """Room of one person.

    Attributes
    ----------
    megabytes : float
        In home and hand-ins together, as the disk counts it.
    files : int
        Files and folders.
    """

    megabytes: float
    files: int


def used(places: Collection[str | Path], *, most: int | None = None) -> Used | None:
    """Measure folders with ``du``, which walks also what is too deep to be named.

    Parameters
    ----------
    places : collection of str or Path
        Those that are not there count as empty.
    most : int, optional
        With more places than that, they are counted and not measured.

    Returns
    -------
    Used or None
        None where it could not be measured, or not within two minutes: then nobody may take
        it for little.

    Raises
    ------
    FileNotFoundError
        There is no ``du`` on this machine.
    """
    there = [os.fsencode(p) for p in places if os.path.lexists(p)]
    if not there:
        return Used(0, 0)
    if most is not None and len(there) > most:
        return Used(0, len(there))
    bytes_, files = _du(there, "--block-size=1"), _du(there, "--inodes")
    return None if bytes_ is None or files is None else Used(bytes_ / 1_000_000, files)


def _du(places: list[bytes], option: str) -> int | None:
    words = ["du", "--summarize", "--one-file-system", "--total", option, "--files0-from=-"]
    try:
        # by its input: a command line has an end, and many hand-ins would be too long for it
        said = subprocess.run(
            words, input=b"\0".join(places), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=PATIENCE, check=False,
        ).stdout  # fmt: skip
        return int(said.rstrip(b"\n").rpartition(b"\n")[2].split(b"\t")[0])
    except FileNotFoundError:
        raise
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def hand_ins(inbound: Path) -> dict[int, list[str]]:
    """Return the folders of the exchange by the number that owns them."""
    found: dict[int, list[str]] = {}
    with suppress(FileNotFoundError), os.scandir(inbound) as entries:
        for entry in entries:
            with suppress(OSError):  # gone meanwhile; the others are still there
                owner = entry.stat(follow_symlinks=False).st_uid
                found.setdefault(owner, []).append(entry.path)
    return found


def free_mb(folder: Path) -> float:
    """Return how much room the disk of a folder has left."""
    return shutil.disk_usage(folder).free / 1_000_000
