"""Words and names that every map of the kit needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from course.display import network_lines


def full_name(name: object, local: object) -> str:
    """Return a name with the city's own spelling beside it, when it differs."""
    own = "" if local is None or local != local else str(local)
    return f"{name} {own}" if own and own != str(name) else str(name)


def zone_names(frame: pd.DataFrame) -> list[str]:
    """Return the names of zones, with their own spelling."""
    local = frame["name_local"] if "name_local" in frame else [""] * len(frame)
    return [full_name(n, lo) for n, lo in zip(frame["name"], local, strict=True)]


def zone_points(frame: pd.DataFrame) -> list[int]:
    """Return the points of zones as whole numbers."""
    return network_lines.flat(frame["lat"].to_numpy(float), frame["lon"].to_numpy(float))


def head(measure: str, unit: str) -> str:
    """Return a measure with its unit."""
    return f"{measure} ({unit})" if unit else measure


def subtitle(measure: str, unit: str, year: int | str | None, badge: str) -> str:
    """Return measure, unit, year, and whether the numbers are synthetic."""
    kind = "synthetic" if badge else ""
    parts = [head(measure, unit) if measure else unit, str(year or ""), kind]
    return ", ".join(p for p in parts if p)


def ends(names: Sequence[str], data: np.ndarray, text: Sequence[str]) -> str:
    """Return which place has the most and which the least."""
    if not np.isfinite(data).any():
        return "There is no number to show."
    high, low = int(np.nanargmax(data)), int(np.nanargmin(data))
    if data[high] == data[low]:
        return f"Every place has the same value, {text[high]}."
    return f"{names[high]} has the most, {text[high]}; {names[low]} has the least, {text[low]}."
