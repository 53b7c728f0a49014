"""A street map under the kit's own lines, only where the network is there.

A page made without a network never asks for it: the kernel knocks once and remembers.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache

TILES = {
    "url": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
    "attribution": "© OpenStreetMap contributors",
}


def _probe_tiles(found: list[bool]) -> None:
    import socket

    try:
        socket.create_connection(("tile.openstreetmap.org", 443), timeout=2).close()
        found.append(True)
    except OSError:
        found.append(False)


@lru_cache(maxsize=1)
def _probe() -> tuple[threading.Thread, list[bool]]:
    found: list[bool] = []
    thread = threading.Thread(target=_probe_tiles, args=(found,), daemon=True)
    thread.start()
    thread.join(0.4)  # a first map does not wait for a slow network; later ones know
    return thread, found


def street_tiles() -> dict[str, str] | None:
    """Return the street map's address when it may and can be used, else None.

    ``COURSE_TILES=off`` never asks, ``on`` leaves the test to the page. Without it the
    kernel knocks once, so that a page made offline never asks the network for anything.
    """
    wish = os.environ.get("COURSE_TILES", "auto").lower()
    if wish == "off":
        return None
    if wish == "on":
        return TILES
    return TILES if _probe()[1][:1] == [True] else None
