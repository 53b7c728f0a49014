"""Put a backup back: the whole of it, or nothing.

Every hash is compared before anything is written. Then everything is written beside its
place, and only when all of it is there, moved. What lay in the place is moved aside and
kept. A run killed at any moment leaves the old course or, after the same command again,
the new one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from course.errors import CourseError
from grading.safekeeping import archive, fitting, journal, keybox, manifest, moves
from grading.safekeeping import serving as servers
from grading.safekeeping.archive import Checked, Progress
from grading.safekeeping.journal import Journal
from grading.safekeeping.manifest import Manifest, Member
from grading.safekeeping.places import Layout, hub_still
from grading.safekeeping.staging import Staging
from grading.safekeeping.unpacking import Unpacking


@dataclass
class Restored:
    """What a restore did.

    Attributes
    ----------
    files : int
        Files put in place.
    aside : list of str
        Where the earlier course lies now.
    told : list of str
        What the host should know.
    finished : bool
        An interrupted restore was finished, nothing else done.
    """

    files: int = 0
    aside: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    finished: bool = False


def restore(
    file: Path, layout: Layout, *, replace: bool = False, incomplete: bool = False,
    with_keys: bool = True, first_uid: int | None = None, progress: Progress | None = None,
    now: datetime | None = None,
) -> Restored:  # fmt: skip
    """Put a backup in the place of a course.

    Parameters
    ----------
    file : Path
        The backup.
    layout : Layout
        Where the course is to lie.
    replace : bool
        There is a course already: move it aside.
    incomplete : bool
        Also a backup that calls itself incomplete.
    with_keys : bool
        Open the sealed keys; otherwise the rest is restored without them.
    first_uid : int, optional
        Number the people of the hub anew from here.
    progress : callable, optional
        Shows how far it is.
    now : datetime, optional
        When, for the names of what is moved aside.

    Raises
    ------
    UsageError
        A course stands in the place.
    CourseError
        The backup is damaged, newer than the programs, or does not fit here. Nothing was
        changed.
    """
    with journal.alone(layout.state), hub_still(layout.hub):
        begun = journal.load(layout.state)
        if begun is not None:
            return _finish(layout, begun, finished=True)
        staging = Staging(layout)
        staging.clear()
        room = shutil.disk_usage(_there(layout.state)).free
        checked = archive.check(file, room=room, progress=progress)
        listed = checked.manifest
        fitting.refuse(listed, layout, replace=replace, incomplete=incomplete)
        keys = _keys(checked, with_keys)
        rooms = [str(room) for room in staging.folders.values()]
        steps = Journal(listed.id, _stamp(now), rooms=rooms, files=len(listed.kept))
        unpacking = Unpacking(checked, layout, staging, first_uid)
        try:
            unpacking.run(keys, progress)
            moves.plan(listed, layout, staging, steps)
            steps.told += _told(listed, keys, unpacking)
            fitting.refuse_databases(listed, layout, staging, replace=replace)
        except BaseException as error:
            staging.clear()
            if isinstance(error, OSError):
                raise CourseError(
                    f"The backup could not be written here: {error.strerror or error}.",
                    "Nothing was changed. Make room on this disk, or look at its rights.",
                ) from None
            raise
        journal.save(layout.state, steps)
        return _finish(layout, steps)


def _finish(layout: Layout, steps: Journal, *, finished: bool = False) -> Restored:
    servers.fill(layout, steps)
    journal.carry_out(steps)
    journal.remove(layout.state)
    for room in steps.rooms:
        shutil.rmtree(room, ignore_errors=True)
    aside = [m.aside for m in steps.moves if os.path.lexists(m.aside)]
    return Restored(steps.files, aside, steps.told, finished)


def _stamp(now: datetime | None) -> str:
    return (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%d-%H%M%S")


def _there(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _keys(checked: Checked, wanted: bool) -> dict[str, bytes]:
    if checked.manifest.keys != "sealed" or not wanted:
        return {}
    box: list[bytes] = []

    def keep(member: Member, pieces: Iterator[bytes]) -> None:
        if member.path == manifest.SEALED and member.size <= keybox.LARGEST:
            box.extend(pieces)
        else:
            for _ in pieces:
                pass

    archive.unpack(checked, keep)
    return keybox.unseal(b"".join(box), keybox.ask())


def _told(listed: Manifest, keys: dict[str, bytes], unpacked: Unpacking) -> list[str]:
    """Return what the host should know."""
    told = []
    if listed.keys == "left out" or (listed.keys == "sealed" and not keys):
        told.append(
            "The private keys are not restored: certificates verify, and new ones cannot be "
            "issued until the key folder is back or a new key is made "
            "(python3 -m grading certify key rotate)."
        )
    if listed.people and os.geteuid() != 0:
        told.append("Only root can give files back to the people of the hub; they belong to "
                    "your account now.")  # fmt: skip
    if unpacked.first_uid is not None and unpacked.table.host:
        told.append(f"The people of the hub have new numbers: write first_uid: "
                    f"{unpacked.table.host} into hub.yml before you start it.")  # fmt: skip
    if listed.incomplete:
        told.append("The backup was incomplete: " + " ".join(listed.incomplete[:5]))
    return told
