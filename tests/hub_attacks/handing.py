"""Hand-ins that a trainee puts into the exchange by hand, and the host who collects them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from typing import Any

from grading.collect import Collected, collect
from grading.hub import accounts
from grading.hub.defences import Defence
from tests.hub_attacks.town import MODULE, inbound, room
from tests.hub_running import RunningHub

PLACE = "/srv/exchange/smartcity/inbound"
STAMP = "2026-11-02 10:00:00.000000 UTC"


def name_for(student: str, *, stamp: str = STAMP, tail: str = "abcdefgh") -> str:
    """Return the name nbgrader gives a hand-in."""
    return f"{student}+{MODULE}+{stamp}+{tail}"


def by_hand(
    hub: RunningHub, person: str, name: str, extra: str = "true",
    off: Collection[Defence] = (),
) -> str:  # fmt: skip
    """Let a person put a folder into the exchange; returns what their shell said.

    The shell stands in the folder when it runs ``extra``.
    """
    place = inbound(hub) if Defence.VIEW in off else PLACE
    line = (
        f"umask 022; cd {place} && mkdir '{name}' && cd '{name}' && "
        f"printf '%s' '{STAMP}' > timestamp.txt && printf '{{}}' > exercises.ipynb && {extra}"
    )
    done = room(hub, person, ["bash", "-c", line], off)
    return done.stdout + done.stderr


def clear(hub: RunningHub, *keep: str) -> None:
    """Take hand-ins out of the exchange, and what was collected."""
    for path in inbound(hub).iterdir():
        if path.name not in keep:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in ("submitted", "intake"):
        folder = hub.folder.state / "grading" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    _give_back(hub)


def _give_back(hub: RunningHub) -> None:
    """Let the host own what a collection of ours wrote."""
    host = accounts.read(hub.folder.accounts).host
    for where, _, names in os.walk(hub.folder.state):
        for path in (where, *(os.path.join(where, name) for name in names)):
            os.lchown(path, host, host)


def collected(hub: RunningHub) -> Collected:
    """Collect as the command does, here even as root: nothing but the defences holds it back."""
    made = collect(hub.state, MODULE)
    _give_back(hub)
    return made


def collected_by_nbgrader(hub: RunningHub) -> dict[str, Any]:
    """Collect as nbgrader does by itself, LINKS off; returns what it says of it."""
    from nbgrader.exchange import ExchangeFactory

    from grading.gradebook import open_api

    api = open_api(hub.state)
    del api.config["ExchangeFactory"]
    api.config.ExchangeCollect.check_owner = False
    api.exchange = ExchangeFactory(config=api.config)
    said: dict[str, Any] = api.collect(MODULE)
    _give_back(hub)
    return said


def brought(hub: RunningHub, student: str) -> dict[str, bytes]:
    """Return what was collected of a student, by file name."""
    folder = hub.state.folder("submitted", student, MODULE)
    files = [p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}
