"""What the fare lab says: the title of its chart and its one sentence, out of the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from course.display.numbers import number, with_unit
from course.labs.fares_model import Reason, Result

if TYPE_CHECKING:
    from course.city.pack import City
    from course.transport.fare_policy import FarePolicy

HARDLY = 0.01  # of the mean fare


def decimals_for(amount: float) -> int:
    """Return the digits an amount of a currency needs: none for 1,550, two for 13.20."""
    return 0 if amount >= 100 else 1 if amount >= 40 else 2


def more_or_less(change: float, unit: str, decimals: int) -> str:
    """Return "120 KRW more", "20 KRW less" or "the same"."""
    size = number(abs(change), decimals=decimals)
    if not any(c in "123456789" for c in size):
        return "the same"
    return f"{with_unit(abs(change), unit, decimals=decimals)} {'more' if change > 0 else 'less'}"


def chart_title(bands: pd.DataFrame, *, zero_below: float) -> str:
    """Return what the chart by distance says.

    Examples
    --------
    >>> bands = pd.DataFrame({"group": ["0-5 km", "20+ km"], "mean_change": [-40.0, 90.0]})
    >>> chart_title(bands, zero_below=0.5)
    'Short trips pay less, long trips pay more'
    """
    known = bands[bands["group"].ne("no tap-out") & bands["mean_change"].notna()]
    if known.empty:
        return "There are no trips here"
    verbs = []
    for change in (known["mean_change"].iloc[0], known["mean_change"].iloc[-1]):
        way = 0 if abs(change) < zero_below else int(np.sign(change))
        verbs.append({-1: "pay less", 0: "pay the same", 1: "pay more"}[way])
    first, last = verbs
    if first == last:
        sizes = known["mean_change"].abs()
        if first == "pay the same" and (sizes < zero_below).all():
            return "Nothing changes"
        if first != "pay the same":
            most = "Long" if sizes.iloc[-1] > sizes.iloc[0] else "Short"
            return f"Trips of all lengths {first}, {most.lower()} ones most"
    return f"Short trips {first}, long trips {last}"


def _because(reason: Reason | None, unit: str, decimals: int) -> str:
    if reason is None:
        return ""
    moved = more_or_less(reason.mean_change, unit, decimals)
    return (
        f", because {number(reason.share_pct, decimals=0)}\N{NO-BREAK SPACE}% of the trips are "
        f"{reason.words}, which pay {moved}"
    )


def sentence(result: Result, *, names: dict[str, str], city: str, unit: str, decimals: int) -> str:
    """Return the reading of the lab at one setting.

    Parameters
    ----------
    result : Result
        From the model.
    names : dict
        Zone id to name.
    city : str
        Name of the city.
    unit : str
        Currency.
    decimals : int
        Digits after the point.
    """
    if result.mean_change != result.mean_change:
        return f"No trip begins in {names.get(result.zone_id or '', 'this zone')} on this day."
    moved = more_or_less(result.mean_change, unit, decimals)
    if result.zone_id is not None:
        name = names[result.zone_id]
        if moved == "the same":
            return f"A trip from {name} costs the same as today on average."
        return (
            f"A trip from {name} costs {moved} on average{_because(result.reason, unit, decimals)}."
        )
    zones = result.zones[result.zones["trips"] > 0]
    top, low = (zones["mean_change"].idxmax(), zones["mean_change"].idxmin())
    high, least = zones.loc[top, "mean_change"], zones.loc[low, "mean_change"]
    if abs(result.mean_change) < HARDLY * result.mean_today:
        # many small ups and downs: no single kind of trip is the reason
        start = (
            f"In {city} the mean fare hardly moves, yet "
            f"{number(result.pays_more_pct, decimals=0)}\N{NO-BREAK SPACE}% of trips pay more and "
            f"{number(result.pays_less_pct, decimals=0)}\N{NO-BREAK SPACE}% pay less"
        )
    else:
        start = (
            f"In {city} a trip costs {moved} on average{_because(result.reason, unit, decimals)}"
        )
    if number(high, decimals=decimals) == number(least, decimals=decimals):
        return f"{start}; every zone changes by as much."
    return (
        f"{start}; by zone from {more_or_less(least, unit, decimals)} in "
        f"{names[zones.loc[low, 'zone_id']]} to {more_or_less(high, unit, decimals)} in "
        f"{names[zones.loc[top, 'zone_id']]}."
    )


def sources_of(today: FarePolicy, city: City) -> list[str]:
    """Return where the fares of today and the tables of a fare page come from."""
    sources = [f"Fares today: {today.name}. {today.source}".strip().rstrip(".") + "."]
    rows = city.sources.set_index("frame")
    for frame in ("rides", "zones", "stops"):
        if frame in rows.index:
            row = rows.loc[frame]
            sources.append(f"{frame.capitalize()}: {row['origin']}; {row['method']}.")
    return sources
