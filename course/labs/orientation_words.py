"""What the orientation lab says: sentences, figures, bars and the table of one setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.display import bar_svg
from course.display.lab_picture import BigNumber, Grid
from course.display.numbers import number, with_unit
from course.labs.orientation_setting import VALUES, OrientationSetting
from course.policy.indicators import Above

if TYPE_CHECKING:
    import pandas as pd

BARS, ROWS = 10, 30
_NAME = 18


def percent(value: float) -> str:
    """Return a share without digits."""
    return with_unit(value, "%", decimals=0)


def order_of(data: np.ndarray) -> np.ndarray:
    """Return the positions of the zones, most first; of equals the earlier row."""
    return np.argsort(-data, kind="stable")


def figures(found: Above, zones: int, mean: float, line: float) -> tuple[BigNumber, ...]:
    """Return the shares of people and land, the zones, and the city's own density."""
    note = f"in zones with more than {number(line, decimals=0)} people per km²"
    return (
        BigNumber("People above the line", percent(found.people_pct), note),
        BigNumber("Land above the line", percent(found.land_pct), "of all land of the zones"),
        BigNumber("Zones above the line", f"{len(found.zone_ids)} of {zones}", "striped"),
        BigNumber("People per km²", number(mean, decimals=0), "all people over all land"),
    )


def sentence(
    city: str, found: Above, where: OrientationSetting, zone: pd.Series | None, rank: int,
    count: int,
) -> str:  # fmt: skip
    """Return the reading at one setting; of one zone where one is chosen."""
    line = number(where.line, decimals=0)
    if zone is None:
        if not found.zone_ids:
            return f"In {city} no zone has more than {line} people per km²."
        return (
            f"In {city} {percent(found.people_pct)} of the people live on "
            f"{percent(found.land_pct)} of the land, in zones with more than {line} people per km²."
        )
    side = "above" if zone["density"] > where.line else "not above"
    words = VALUES[where.value][0].lower()
    return (
        f"{zone['name']} has {number(zone['population'], decimals=0)} people on "
        f"{number(zone['area_km2'], decimals=1)} km²: {number(zone['density'], decimals=0)} per "
        f"km², {side} the line. By {words} it is number {rank} of {count}."
    )


def chart_title(names: list[str], data: np.ndarray, where: OrientationSetting) -> str:
    """Return what the bars say."""
    words, unit = VALUES[where.value]
    if not len(data):
        return f"{words}: no zones"
    first = int(order_of(data)[0])
    if where.value == "density":
        return f"{names[first]} is the most crowded, {number(data[first], decimals=0)} {unit}"
    return f"{names[first]} has the most {words.lower()}, {number(data[first], decimals=0)}"


def chart(
    names: list[str], data: np.ndarray, where: OrientationSetting, chosen: int | None, alt: str
) -> str:
    """Return the ranked bars: the ten highest, and the chosen zone where it is not among them."""
    order = order_of(data)
    shown = [int(i) for i in order[:BARS]]
    if chosen is not None and chosen not in shown:
        shown.append(chosen)
    rank = {int(i): k for k, i in enumerate(order, start=1)}
    tick = where.line if where.value == "density" else float("nan")
    bars = tuple(
        bar_svg.Bar(f"{rank[i]} {_short(names[i])}", float(data[i]), tick, strong=i == chosen)
        for i in shown
    )
    words, _ = VALUES[where.value]
    heading = f"{words}, the {min(BARS, len(data))} highest of {len(data)}"
    return bar_svg.plain_bars(
        [bar_svg.Group(heading, bars)], unit="", alt=alt, decimals=0, beside="your line"
    )


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1].rstrip()}…"


def grid(zones: pd.DataFrame, data: np.ndarray, line: float, chosen: int | None) -> Grid:
    """Return one row per zone, highest first, at most thirty and the chosen one."""
    order = [int(i) for i in order_of(data)]
    shown = order[:ROWS]
    if chosen is not None and chosen not in shown:
        shown.append(chosen)
    cells, keys, ids = [], [], []
    for i in shown:
        row = zones.iloc[i]
        over = bool(row["density"] > line)
        cells.append([
            str(row["name"]), number(row["population"], decimals=0),
            number(row["area_km2"], decimals=1), number(row["density"], decimals=0),
            number(row["jobs"], decimals=0), "yes" if over else "no",
        ])  # fmt: skip
        keys.append([
            str(row["name"]), float(row["population"]), float(row["area_km2"]),
            float(row["density"]), float(row["jobs"]), int(over),
        ])  # fmt: skip
        ids.append(str(row["zone_id"]))
    caption = "Zones, highest first"
    if len(shown) < len(zones):
        caption += f" ({len(shown)} of {len(zones)})"
    heads = ["Zone", "People", "km²", "People/km²", "Jobs", "Above"]
    return Grid(caption, heads, cells, keys, ids)
