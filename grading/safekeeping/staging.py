"""Where a restore puts a course together before it is moved into its place in one step."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from grading.safekeeping.places import Layout


class Staging:
    """Folders on the disk of each place, so that moving is one step.

    Parameters
    ----------
    layout : Layout
        Where the course is to lie.

    Attributes
    ----------
    folders : dict
        Root of a backup (``state``, ``hub``, ``exchange``, ``databases``) -> its folder.
    """

    def __init__(self, layout: Layout) -> None:
        self.folders: dict[str, Path] = {}
        for name, folder in layout.roots().items():
            base = folder if name == "hub" or os.path.ismount(folder) else folder.parent
            self.folders[name] = base / f".restoring-{folder.name}"
        self._places = list(self.folders.values())
        self.folders.setdefault("databases", self.folders["state"] / ".databases")

    def at(self, path: str) -> Path:
        """Return where a path of the backup is put together; its root must be one of these."""
        root, _, rest = path.partition("/")
        room = self.folders[root]
        return room / root / rest if rest else room / root

    def takes(self, path: str) -> bool:
        """Say whether there is a folder for the root of a path."""
        return path.split("/")[0] in self.folders

    def clear(self) -> None:
        """Remove what a killed run has put here; nothing of it was in use."""
        for place in self._places:
            shutil.rmtree(place, ignore_errors=True)
