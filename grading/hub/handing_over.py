"""Settings on their way from the command to JupyterHub's process: through a pipe, in no file.

The settings can hold what no file may hold (defences that a test switched off), so they travel
as one JSON object on a pipe whose number ``COURSE_HUB_PIPE`` tells.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.settings import Limits, Settings

VARIABLE = "COURSE_HUB_PIPE"


@dataclass(frozen=True)
class Handed:
    """What JupyterHub's process is told."""

    folder: HubFolder
    settings: Settings
    dummy: bool = False
    watch_token: str = ""

    def into(self, c: Any) -> None:
        """Write JupyterHub's configuration."""
        from grading.hub.configuring import configure

        configure(c, self.folder, self.settings, dummy=self.dummy, watch_token=self.watch_token)

    def to_json(self) -> str:
        """Return the whole as JSON."""
        settings = asdict(self.settings)
        settings["start"] = self.settings.start.isoformat() if self.settings.start else None
        settings["off"] = {who: sorted(d) for who, d in self.settings.off.items()}
        folder = {"base": str(self.folder.base), "state": str(self.folder.state)}
        return json.dumps({"folder": folder, "settings": settings, "dummy": self.dummy,
                           "watch_token": self.watch_token})  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> Handed:
        """Return what ``to_json`` wrote."""
        data = json.loads(text)
        given = dict(data["settings"])
        given["limits"] = Limits(**given["limits"])
        given["instructors"] = tuple(given["instructors"])
        given["start"] = date.fromisoformat(given["start"]) if given["start"] else None
        given["off"] = {w: frozenset(Defence(d) for d in off) for w, off in given["off"].items()}
        folder = HubFolder(Path(data["folder"]["base"]), Path(data["folder"]["state"]))
        return cls(folder, Settings(**given), dummy=data["dummy"], watch_token=data["watch_token"])


def received() -> Handed:
    """Return what the command handed over; where nothing was, the settings of ``hub.yml``."""
    number = os.environ.pop(VARIABLE, "")
    if number:
        with os.fdopen(int(number), encoding="utf-8") as pipe:
            return Handed.from_json(pipe.read())
    from grading.hub import settings_file

    folder = HubFolder.default()
    return Handed(folder, settings_file.read(folder.settings))
