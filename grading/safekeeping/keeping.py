"""Old backups: what was written where, and which of a folder are deleted."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from grading.safekeeping.backup import Made
from grading.safekeeping.places import Layout

BOOK = "backups.jsonl"
_NAME = re.compile(r"course-backup-(\d{8}-\d{6})(-not-complete)?\.tar\.gz")


def name(now: datetime | None = None) -> str:
    """Return the name of a backup in a folder, by the time."""
    return f"course-backup-{now or datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"


def note(layout: Layout, made: Made, *, named: bool) -> Made:
    """Write down where a backup was written; one that is not complete says so in its name.

    Parameters
    ----------
    layout : Layout
        Whose; the line goes into its state.
    made : Made
        The backup.
    named : bool
        The program chose the name.
    """
    if named and not made.manifest.complete:
        path = made.path.with_name(made.path.name.replace(".tar.gz", "-not-complete.tar.gz"))
        os.replace(made.path, path)
        made = replace(made, path=path)
    line = {"made": made.manifest.made, "id": made.manifest.id, "file": str(made.path),
            "complete": made.manifest.complete, "sha256": made.sha256}  # fmt: skip
    book = layout.state / BOOK
    # the state is the host's, and root may be who writes: a link leads nowhere
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(book, flags, 0o600)
    with os.fdopen(handle, "ab") as file:
        file.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")
    return made


def written(layout: Layout) -> list[str]:
    """Return the backups of a course that are still where they were written."""
    found = []
    try:
        lines = (layout.state / BOOK).read_bytes().splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            path = str(json.loads(line)["file"])
        except (ValueError, KeyError, TypeError):
            continue
        if path not in found and Path(path).is_file():
            found.append(path)
    return found


def thin(folder: Path, keep: int, *, now: datetime | None = None) -> list[Path]:
    """Delete older backups of a folder.

    Only files with names that this program gives are looked at. The newest ``keep`` whole
    ones stay, and every one that is newer than the oldest of them.

    Parameters
    ----------
    folder : Path
        Where backups lie.
    keep : int
        How many whole ones stay.
    now : datetime, optional
        The clock's when left out. A backup of a later time was made while the clock went
        wrong: it stays, and does not count.

    Returns
    -------
    list of Path
        What was deleted; nothing while there are no more than ``keep`` whole ones.
    """
    found = [(m.group(1), bool(m.group(2)), p) for p in folder.iterdir()
             if (m := _NAME.fullmatch(p.name)) and p.is_file() and not p.is_symlink()]  # fmt: skip
    latest = f"{now or datetime.now(UTC):%Y%m%d-%H%M%S}"
    whole = sorted((w for w, part, _ in found if not part and w <= latest), reverse=True)
    if len(whole) < keep:
        return []
    oldest = whole[keep - 1]
    gone = sorted(path for when, _, path in found if when < oldest)
    for path in gone:
        path.unlink()
    return gone
