"""A few rides with known fares, for hand-worked answers to fare questions."""

from __future__ import annotations

import pandas as pd

from course import fares
from course.transport.fare_grid import Grid
from course.transport.journeys import Journeys
from course.transport.summary_build import summarise

COLUMNS = ("card_id", "board_time", "alight_time", "mode", "route_id", "distance_m", "user_class",
           "income_group")  # fmt: skip
H = 3600
# Seoul 2025: 1,650 (14 km, one change); 900; 0 and 1,500 (a senior pays buses); 1,550 at 06:10
# with 20 % off its base = 1,240.
RIDES = [
    ("a", 8 * H, 8 * H + 900, "trunk", "100", 6_000, "adult", 1),
    ("a", 8 * H + 1200, 8 * H + 2400, "subway", None, 8_000, "adult", 1),
    ("b", 11 * H, 11 * H + 1200, "subway", None, 9_000, "youth", 2),
    ("c", 11 * H, 11 * H + 600, "subway", None, 5_000, "senior", 3),
    ("c", 15 * H, 15 * H + 600, "trunk", "200", 3_000, "senior", 3),
    ("d", 6 * H + 600, 6 * H + 1800, "subway", None, 9_000, "adult", 5),
]
PRICES = (1650, 900, 0, 1500, 1240)


def rides_of(rows=RIDES, date: str = "2025-05-14") -> pd.DataFrame:
    """Return rows as the rides frame."""
    table = pd.DataFrame(rows, columns=list(COLUMNS)).assign(date=date)
    for column in ("alight_time", "distance_m"):
        table[column] = table[column].astype("Int32")
    table["income_group"] = table["income_group"].astype("Int8")
    return table.assign(route_id=table["route_id"].astype("str"))


def both(
    rides: pd.DataFrame | None = None, *, today=fares.SEOUL, city=None, grid: Grid | None = None
) -> list[Journeys]:
    """Return the same rides as trips and as a summary."""
    rides = rides_of() if rides is None else rides
    return [
        fares.journeys(rides, today=today, city=city, grid=grid),
        fares.journeys(summarise(rides, today=today, city=city, grid=grid)),
    ]
