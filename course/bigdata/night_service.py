"""What a night network costs: buses, kilometres, money per ride.

The counts of buses and kilometres follow from the timetable. The money does not: what a
bus hour and a kilometre cost, and how many of the wishes become rides, are parameters of
the course (mark G: not seen in a source), to be replaced by a city's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from course.bigdata.night_demand import positive
from course.bigdata.night_plan import Plan
from course.bigdata.night_routes import Route

if TYPE_CHECKING:
    import pandas as pd

SPEED_KMH, LAYOVER_MIN, HEADWAY_MIN = 20, 20, 40
NIGHT_HOURS = 5  # 00-05 h
_EXACT = 1e-9  # a whole number of buses must not become one more by a last digit
# In fares of one ride, marks G: a bus hour with its driver at night, a kilometre.
_HOUR_FARES, _KM_FARES = 20.0, 1.0
_TEACHING_FARE = 100.0
_RIDE_PCT = 40.0


def fleet(
    *,
    round_trip_km: float,
    speed_kmh: float = SPEED_KMH,
    layover_min: float = LAYOVER_MIN,
    headway_min: float = HEADWAY_MIN,
) -> int:
    """Return the buses one route needs.

    Parameters
    ----------
    round_trip_km : float
        Kilometres there and back: twice the one-way length.
    speed_kmh : float
        Mean speed with stops.
    layover_min : float
        Rest of the driver and slack, in all, per round trip.
    headway_min : float
        Minutes from one bus to the next.

    Returns
    -------
    int
        Round-trip time over headway, rounded up: half a bus does not run.

    Examples
    --------
    >>> fleet(round_trip_km=60, speed_kmh=20, layover_min=20, headway_min=40)
    5
    """
    length = positive(round_trip_km, "round_trip_km", most=10_000)
    minutes = 60.0 * length / positive(speed_kmh, "speed_kmh", most=200)
    minutes += positive(layover_min, "layover_min", most=1_440, zero=True)
    return max(1, math.ceil(minutes / positive(headway_min, "headway_min", most=1_440) - _EXACT))


def plan_fleet(
    plan: Plan,
    *,
    speed_kmh: float = SPEED_KMH,
    layover_min: float = LAYOVER_MIN,
    headway_min: float = HEADWAY_MIN,
) -> int:
    """Return the buses of all routes of a plan; each route has its own."""
    return sum(
        fleet(
            round_trip_km=2 * route.length_km, speed_kmh=speed_kmh, layover_min=layover_min,
            headway_min=headway_min,
        )
        for route in plan.routes
    )  # fmt: skip


@dataclass(frozen=True)
class Costs:
    """What a night bus costs and who rides: parameters, not facts (mark G).

    Parameters
    ----------
    currency : str
        ISO code.
    per_bus_hour : float
        A bus with its driver for one hour at night, in currency units.
    per_km : float
        Energy, tyres, upkeep of one kilometre.
    ride_pct : float
        Percent of the served wishes that become rides. A wish is not a ride.
    """

    currency: str
    per_bus_hour: float
    per_km: float
    ride_pct: float = _RIDE_PCT

    def __post_init__(self) -> None:
        for name in ("per_bus_hour", "per_km"):
            positive(getattr(self, name), name, most=1e15, zero=True)
        positive(self.ride_pct, "ride_pct", most=100)

    def replace(self, **changes: Any) -> Costs:
        """Return the same with some parameters changed."""
        return replace(self, **changes)


def night_costs(city: Any) -> Costs:
    """Return a city's cost parameters to begin with, in its own money.

    Parameters
    ----------
    city : course.City
        Its ``fare_policy`` and ``currency``.

    Returns
    -------
    Costs
        A bus hour at 20 and a kilometre at 1 of the city's usual adult fares (100 where the
        pack has none), rounded to two figures. Both ratios are the course's (mark G); where
        fares are subsidised they are too low. Put your operator's own in with ``replace``.
    """
    fare = _usual_fare(getattr(city, "fare_policy", None))
    return Costs(
        currency=str(getattr(city, "currency", "") or "XXX"),
        per_bus_hour=_two_figures(_HOUR_FARES * fare), per_km=_two_figures(_KM_FARES * fare),
    )  # fmt: skip


def _usual_fare(policy: Any) -> float:
    """Return the middle of the adult base fares of a tariff (the lower of two)."""
    base = (policy or {}).get("base") or {} if isinstance(policy, dict) else {}
    adult = base.get("adult") or base.get("*") or {}
    amounts = sorted(float(v) for v in adult.values() if float(v) > 0)
    return amounts[(len(amounts) - 1) // 2] if amounts else _TEACHING_FARE


def _two_figures(amount: float) -> float:
    grain = 10.0 ** (math.floor(math.log10(amount)) - 1)
    return round(round(amount / grain) * grain, 6)


def operation(
    plan: Plan,
    costs: Costs,
    *,
    headway_min: float = HEADWAY_MIN,
    speed_kmh: float = SPEED_KMH,
    layover_min: float = LAYOVER_MIN,
    hours: float = NIGHT_HOURS,
) -> pd.DataFrame:
    """Return what each route of a plan takes in one night.

    Parameters
    ----------
    plan : Plan
        The routes.
    costs : Costs
        Parameters of money, see :func:`night_costs`.
    headway_min, speed_kmh, layover_min : float
        As for :func:`fleet`.
    hours : float
        Hours of service, 5 for 00-05 h.

    Returns
    -------
    pandas.DataFrame
        One row per route: ``route_id``, ``name``, ``round_trip_km``, ``buses``,
        ``departures`` (per direction), ``vehicle_km``, ``rides`` (added trips of the step
        times ``ride_pct``), ``cost`` (currency units) and ``cost_per_ride`` (NaN without
        rides). A sum over routes is the plan's.
    """
    import pandas as pd

    minutes = 60.0 * positive(hours, "hours", most=24)
    departures = math.ceil(minutes / positive(headway_min, "headway_min", most=1_440) - _EXACT)
    rows = []
    for route, added in zip(plan.routes, plan.steps["added_trips"].tolist(), strict=True):
        buses = fleet(
            round_trip_km=max(2 * route.length_km, 1e-3), speed_kmh=speed_kmh,
            layover_min=layover_min, headway_min=headway_min,
        )  # fmt: skip
        driven = 2 * route.length_km * departures
        rides = added * costs.ride_pct / 100
        cost = buses * minutes / 60 * costs.per_bus_hour + driven * costs.per_km
        rows.append((route.route_id, route.name, 2 * route.length_km, buses, departures, driven,
                     rides, cost, cost / rides if rides else float("nan")))  # fmt: skip
    columns = ["route_id", "name", "round_trip_km", "buses", "departures", "vehicle_km", "rides",
               "cost", "cost_per_ride"]  # fmt: skip
    types = dict.fromkeys(columns, "float64") | {
        "route_id": "str", "name": "str", "buses": "int64", "departures": "int64",
    }  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype(types)


def cost_per_ride(
    plan: Plan,
    costs: Costs,
    *,
    headway_min: float = HEADWAY_MIN,
    speed_kmh: float = SPEED_KMH,
    layover_min: float = LAYOVER_MIN,
    hours: float = NIGHT_HOURS,
) -> float:
    """Return what one ride costs the operator, in currency units; NaN without rides.

    Parameters
    ----------
    plan, costs, headway_min, speed_kmh, layover_min, hours
        As for :func:`operation`.
    """
    table = operation(
        plan, costs, headway_min=headway_min, speed_kmh=speed_kmh, layover_min=layover_min,
        hours=hours,
    )  # fmt: skip
    rides = float(table["rides"].sum())
    return float(table["cost"].sum()) / rides if rides else float("nan")


def route_fleet(route: Route, *, headway_min: float = HEADWAY_MIN, **options: float) -> int:
    """Return the buses one route needs, from its one-way length; options as for `fleet`."""
    return fleet(round_trip_km=2 * route.length_km, headway_min=headway_min, **options)
