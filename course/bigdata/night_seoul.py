"""Seoul's night bus as data: what is known of how it was reasoned, with sources.

Every value is from section 3.1 of the course's facts; ``mark`` S = seen in a source, G =
not seen in one, C = computed here. Sources are press and official texts of the time; the
effects they claim come without a method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.bigdata.night_demand import HOUR_SHARES_PCT
from course.bigdata.night_plan import Plan
from course.bigdata.night_service import (
    HEADWAY_MIN,
    LAYOVER_MIN,
    SPEED_KMH,
    plan_fleet,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Fact:
    """One value with its unit, year, source and mark."""

    what: str
    value: float | str | tuple[str, ...]
    unit: str
    year: int
    source: str
    mark: str = "S"


SEOUL_START: dict[str, Fact] = {
    "events": Fact("calls and texts, 00-05 h, March 2013", 3.0e9, "records", 2013,
                   "donga, zdnet, moneytoday"),
    "cells": Fact("hexagons over the city", 1252, "cells", 2013, "donga 2013-07-02"),
    "cell_area_km2": Fact("605.2 km2 over 1,252 cells", 0.483, "km2", 2013,
                          "computed from the two", "C"),
    "taxi_records": Fact("taxi pick-ups and drop-offs, 7 days", 5.0e6, "records", 2013,
                         "moneytoday"),
    "pilot_routes": Fact("pilot from 19 April", ("N26", "N37"), "routes", 2013,
                         "ajunews, oxbedu"),
    "pilot_riders": Fact("riders of the pilot", 2098, "a day", 2013, "ajunews, oxbedu"),
    "routes": Fact("routes at the start, 12/13 September", 9, "routes", 2013,
                   "seoul.co.kr, oxbedu"),
    "route_names": Fact("their numbers", ("N10", "N13", "N16", "N26", "N30", "N37", "N40",
                                          "N61", "N62"), "", 2013, "seoul.co.kr, oxbedu"),
    "fare": Fact("fare, card", 1850, "KRW", 2013, "seoul.co.kr, oxbedu"),
    "headway_low_min": Fact("headway, shortest", 40, "min", 2013, "seoul.co.kr, oxbedu"),
    "headway_high_min": Fact("headway, longest", 45, "min", 2013, "seoul.co.kr, oxbedu"),
    "riders": Fact("riders, first 50 nights", 6079, "a day", 2013, "edaily"),
    "riders_n26": Fact("riders of N26, first 50 nights", 1214, "a day", 2013, "edaily"),
    "riders_n37": Fact("riders of N37, first 50 nights", 946, "a day", 2013, "edaily"),
    "riders_n61": Fact("riders of N61, first 50 nights", 880, "a day", 2013, "edaily"),
    "riders_n16": Fact("riders of N16, first 50 nights", 868, "a day", 2013, "edaily"),
    "top_stop": Fact("busiest stop", "Sinnonhyeon", "", 2013, "edaily"),
    "top_stop_riders": Fact("riders at the busiest stop", 159, "a day", 2013, "edaily"),
    "hot_cells": Fact("hot places", ("Hongdae/Hapjeong", "Dongdaemun", "Sillim",
                                     "Yeoksam/Gangnam", "City Hall/Jongno"), "", 2013, "donga"),
    "routes_2022": Fact("routes from 18 April/1 May 2022", 14, "routes", 2022, "asiae, ajunews"),
    "buses_2022": Fact("buses from 2022, 72 before", 100, "buses", 2022, "asiae, ajunews"),
    "buses_2023": Fact("buses in 2023", 139, "buses", 2023, "not seen in a source", "G"),
}  # fmt: skip
for _hour, _pct in HOUR_SHARES_PCT.items():
    SEOUL_START[f"hour_{_hour}_pct"] = Fact(
        f"riders {_hour}-{_hour + 1} h; the five shares add up to 100.1, each was rounded",
        _pct, "%", 2013, "edaily",
    )  # fmt: skip

# Step, what Seoul did (facts 3.1), the call of this module that does it here.
_STEPS = (
    ("records", "3.0 bn calls and texts of one month, 00-05 h, with the area of the bill",
     "city.night_trips, synthetic unless the pack gives its own", "donga, zdnet, moneytoday"),
    ("wish", "an event in cell A by a person who lives in cell B: one wish from A to B",
     "nightbus.wish_trips(records)", "donga"),
    ("cells", "1,252 hexagons about 1 km across",
     "H3 cells of resolution 8: nightbus.cells(city)", "donga 2013-07-02"),
    ("density", "demand per cell as colours", "nightbus.hot_cells(night_trips, hour=2)", "zdnet"),
    ("weight", "floating population near each route; the formula is not published",
     "nightbus.score_per_km(route, night_trips): the course's own idea", "zdnet"),
    ("second witness", "about 5 m taxi records of 7 days", "nightbus.taxi_witness(city)",
     "moneytoday"),
    ("route", "Yangcheon-Nowon moved to Nambu Terminal and via Konkuk Univ.; Sanggye-Songpa "
     "moved to Yaksu", "nightbus.add_routes(...), nightbus.draw_route(city, points)", "donga"),
    ("headway", "40-45 min at the start, 25-30 min by 2016", "nightbus.fleet(...)",
     "seoul.co.kr, etoday 2016"),
    ("check", "2,098 riders a day in the pilot, 6,079 in the first 50 nights; 88 % of those "
     "asked want more", "served trips are wishes, not riders", "ajunews, edaily"),
)  # fmt: skip


def seoul_reasoning() -> pd.DataFrame:
    """Return Seoul's steps of 2013 beside those of this module.

    Returns
    -------
    pandas.DataFrame
        One row per step in order: ``step``, ``seoul_2013``, ``here``, ``source``.
    """
    import pandas as pd

    columns = ["step", "seoul_2013", "here", "source"]
    return pd.DataFrame(list(_STEPS), columns=columns).astype("str")


def beside_seoul(
    plan: Plan,
    *,
    headway_min: float = HEADWAY_MIN,
    speed_kmh: float = SPEED_KMH,
    layover_min: float = LAYOVER_MIN,
) -> pd.DataFrame:
    """Return a plan beside Seoul's start of September 2013.

    Parameters
    ----------
    plan : Plan
        The trainee's network.
    headway_min, speed_kmh, layover_min : float
        Its service.

    Returns
    -------
    pandas.DataFrame
        One row per measure: ``measure``, ``seoul`` (NaN: not known), ``yours``, ``unit``,
        ``reading``. Wishes served are not riders: the two stand in rows of their own.
    """
    import pandas as pd

    buses = plan_fleet(plan, headway_min=headway_min, speed_kmh=speed_kmh, layover_min=layover_min)
    top = plan.steps["own_trips"].max() if len(plan) else 0.0
    best = 100.0 * top / plan.served_trips if plan.served_trips else 0.0
    seoul_best = 100.0 * 1214 / 6079
    unknown = float("nan")
    rows = [
        ("routes", float(SEOUL_START["routes"].value), float(len(plan)), "routes",
         "9 at the start, 14 in 2022"),
        ("headway", 40.0, float(headway_min), "min", "40 to 45 at the start"),
        ("buses", unknown, float(buses), "buses",
         "not seen for 2013; 47 on 8 routes by 2014-17, 100 on 14 in 2022"),
        ("riders a night", float(SEOUL_START["riders"].value), unknown, "riders",
         "counted in the first 50 nights; a plan has no riders yet"),
        ("wishes served", unknown, plan.served_pct, "% of wishes", "wishes, not riders"),
        ("share of the busiest route", seoul_best, best, "%",
         "N26: 1,214 of 6,079 riders; yours: its own wishes of all served"),
    ]  # fmt: skip
    columns = ["measure", "seoul", "yours", "unit", "reading"]
    return pd.DataFrame(rows, columns=columns).astype(
        {"measure": "str", "unit": "str", "reading": "str"}
    )
