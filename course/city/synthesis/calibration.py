"""How near synthetic rides come to the figures they aim at: a table for the trainee."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.synthesis.model import demand_model, has_zone_buses
from course.city.synthesis.network import gated_modes
from course.city.synthesis.targets import USER_CLASSES, city_targets

if TYPE_CHECKING:
    import pandas as pd

_SEOUL_MINUTES = 33.1
_MOST_RIDES = 5
_NIGHT_FROM_S, _NIGHT_TO_S = 21 * 3_600, 7 * 3_600


def calibration(city: Any, rides: pd.DataFrame) -> pd.DataFrame:
    """Compare rides with the figures they were made to fit.

    Parameters
    ----------
    city : course.City
        The city of the rides.
    rides : pandas.DataFrame
        As from ``synthesise_rides``; other tables of rides work too.

    Returns
    -------
    pandas.DataFrame
        One row per measure: ``measure`` (str, with its unit), ``target``, ``got`` (float),
        ``source`` (str: where the target comes from, and why it may be out of reach).
        ``got`` is NA in all rows for empty rides.

    Notes
    -----
    Trips are linked by Seoul's rule: 30 minutes from tap-out to tap-in, 60 between 21:00
    and 07:00, five rides at most, not the same route, not gates to gates. Distances count
    trips in which every ride has a tap-out.
    """
    import pandas as pd

    targets = city_targets(city)
    near, far = targets.bands_m
    trips = linked_trips(rides, gated_modes(city.properties))
    whole = trips[trips["complete"]]
    limit = _limit(city, targets.mean_m)

    def share(mask: Any) -> float:
        return 100.0 * float(mask.mean()) if len(mask) else float("nan")

    metres = whole["distance_m"].to_numpy(dtype=np.int64)
    parts = [part / 10.0 for part in targets.band_shares]
    rows: list[tuple[str, float, float, str]] = [
        ("mean distance of a trip (km)", targets.mean_m / 1000,
         _mean(metres) / 1000, targets.source + limit),
        (f"trips up to {_km(near)} km (%)", parts[0], share(metres <= near), targets.source),
        (f"trips of {_km(near)} to {_km(far)} km (%)", parts[1],
         share((metres > near) & (metres <= far)), targets.source),
        (f"trips over {_km(far)} km (%)", parts[2], share(metres > far), targets.source),
        ("rides per trip", targets.rides_per_trip, _ratio(len(rides), len(trips)),
         "Seoul 2021 cards (eknews)" if _links(city) else
         "Seoul 2021 cards (eknews); this network has no place to change"),
    ]  # fmt: skip
    if targets.scale == 1.0:
        minutes = whole["seconds"].to_numpy(dtype=np.int64)
        rows.append(
            (
                "mean time of a trip (min)",
                _SEOUL_MINUTES,
                _mean(minutes) / 60,
                "Seoul 2021 cards (eknews); not fitted, follows from assumed speeds",
            )
        )
    if has_zone_buses(city):
        behind = rides["mode"].isin(list(gated_modes(city.properties)))
        rows.append(
            (
                "rides by rail (%)",
                100.0 * targets.rail_share,
                share(behind),
                "Seoul 2016 mode share, rail 38.9 : bus 26.1, or the pack's own",
            )
        )
    total = sum(USER_CLASSES.values())
    for name, part in USER_CLASSES.items():
        rows.append(
            (
                f"rides by user class {name} (%)",
                100.0 * part / total,
                share(rides["user_class"] == name),
                "Seoul 2021 cards (eknews)",
            )
        )
    rows.append(
        (
            "rides without a tap-out (%)",
            1.0,
            share(rides["alight_time"].isna()),
            "assumption of the course",
        )
    )
    return pd.DataFrame(rows, columns=["measure", "target", "got", "source"])


def linked_trips(rides: pd.DataFrame, gated: frozenset[str]) -> pd.DataFrame:
    """Link rides into trips, for checking only; lessons use ``fares.link``.

    Returns
    -------
    pandas.DataFrame
        One row per trip: ``rides``, ``distance_m``, ``seconds`` (int64), ``complete``
        (bool, every ride has a tap-out). Empty for no rides.
    """
    import pandas as pd

    if rides.empty:
        return pd.DataFrame({"rides": np.zeros(0, dtype=np.int64),
                             "distance_m": np.zeros(0, dtype=np.int64),
                             "seconds": np.zeros(0, dtype=np.int64),
                             "complete": np.zeros(0, dtype=bool)})  # fmt: skip
    legs = rides.sort_values(["date", "card_id", "board_time"], kind="stable")
    board = legs["board_time"].to_numpy(dtype=np.int64)
    absent = legs["alight_time"].isna().to_numpy()
    alight = legs["alight_time"].fillna(0).to_numpy(dtype=np.int64)
    metres = legs["distance_m"].fillna(0).to_numpy(dtype=np.int64)
    card = pd.factorize(legs["card_id"])[0]
    date = pd.factorize(legs["date"])[0]
    route = pd.factorize(legs["route_id"])[0]
    behind = legs["mode"].isin(list(gated)).to_numpy()
    clock = alight % 86_400
    window = np.where((clock >= _NIGHT_FROM_S) | (clock < _NIGHT_TO_S), 3_600, 1_800)
    goes_on = (card[1:] == card[:-1]) & (date[1:] == date[:-1]) & ~absent[:-1]
    goes_on &= board[1:] - alight[:-1] <= window[:-1]
    goes_on &= (route[1:] != route[:-1]) & ~(behind[1:] & behind[:-1])
    run = np.concatenate([[0], np.cumsum(~goes_on)])
    first = np.searchsorted(run, run, side="left")
    number = np.arange(len(run)) - first
    start = np.flatnonzero((number % _MOST_RIDES) == 0)
    count = np.diff(np.append(start, len(run)))
    last = start + count - 1
    return pd.DataFrame({
        "rides": count,
        "distance_m": np.add.reduceat(metres, start),
        "seconds": alight[last] - board[start],
        "complete": np.add.reduceat(absent.astype(np.int64), start) == 0,
    })  # fmt: skip


def _links(city: Any) -> bool:
    model = demand_model(city)
    return bool((model.count[: len(model.cumulated)] > 1).any())


def _limit(city: Any, wanted_m: int) -> str:
    """Say in words when the network, not the fit, keeps the mean distance from its target."""
    reached = int(demand_model(city).facts[1])
    if abs(reached - wanted_m) * 100 <= wanted_m:
        return ""
    side = "no longer" if reached < wanted_m else "no shorter"
    return f"; this network allows {side} than {_km(reached)} km"


def _km(metres: int) -> str:
    return f"{metres / 1000:.1f}"


def _mean(values: np.ndarray) -> float:
    return _ratio(int(values.sum()), len(values))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
