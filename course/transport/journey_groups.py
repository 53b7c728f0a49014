"""Names of the groups journeys are counted in, in the order of every result."""

from __future__ import annotations

from itertools import pairwise

from course.transport.linking import DISTANCE_BANDS_KM

GROUPS = ("zone", "income", "hour", "distance_band", "user_class")
INCOME_NAMES = ("", *(f"group {g}" for g in range(1, 6)))
HOUR_NAMES = tuple(f"{h:02d}:00" for h in range(48))
_EDGES = (0, *DISTANCE_BANDS_KM)
BAND_NAMES = (
    *(f"{a:g}-{b:g} km" for a, b in pairwise(_EDGES)), f"{_EDGES[-1]:g}+ km", "no tap-out",
)  # fmt: skip
KM_GRID_M = 1000
