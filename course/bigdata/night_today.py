"""What already runs at night: the pack's own timetable between one and four o'clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.night_cover import BUFFER_M, cover
from course.bigdata.night_network import network_of
from course.bigdata.night_plan import Plan
from course.bigdata.night_routes import Candidates, Route
from course.bigdata.night_ways import day_chains

if TYPE_CHECKING:
    import pandas as pd

# The deep of the night: a last train at 00:40 and a first bus at 04:30 are no night service.
FROM_MIN, TO_MIN = 60, 240
LEAST_DEPARTURES = 3  # about one an hour; a single trip is a works bus or a slip
_DAY_MIN = 1440


def night_service_today(
    city: Any, night_trips: pd.DataFrame | None = None, *, buffer_m: float = BUFFER_M
) -> Plan:
    """Return the routes of the pack that run in the deep of the night, as a plan.

    Parameters
    ----------
    city : course.City
        Its timetable, network and ``night_trips``.
    night_trips : DataFrame, optional
        Other demand than the city's.
    buffer_m : float
        Metres from a cell's middle to the route.

    Returns
    -------
    Plan
        The ``before`` of :func:`course.bigdata.nightbus.coverage_by_income`. One route per
        route of the pack with at least three departures between 01:00 and 04:00 on its
        busiest working day, by route_id, at its busiest pattern; without any, an empty
        plan. Timetables built from lines and headways end at midnight: an empty plan then
        says that the pack knows no night service, not that the city has none.
    """
    network = network_of(city)
    counted = _departures(city)
    running = {route for route, count in counted.items() if count >= LEAST_DEPARTURES}
    routes = []
    for route, name, chain in day_chains(city, network):
        if route in running:
            ends = f"{network.name[chain[0]]} – {network.name[chain[-1]]}"
            routes.append(
                Route(
                    route_id=route, name=f"{name}: {ends}", kind="day route",
                    length_m=network.length_m(chain), lat=tuple(network.lat[chain].tolist()),
                    lon=tuple(network.lon[chain].tolist()),
                    stops=tuple(network.name[p] for p in chain), plane=network.plane,
                    day_route=route,
                )
            )  # fmt: skip
    zones = city.zones.sort_values("zone_id", ignore_index=True)
    trips = city.night_trips if night_trips is None else night_trips
    own = Candidates(tuple(routes), zones[["zone_id", "lat", "lon", "income_group"]])
    return Plan(cover(own, trips, buffer_m=buffer_m), tuple(range(len(routes))))


def _departures(city: Any) -> dict[str, int]:
    """Count the trips of each route that begin in the deep of the night."""
    trips = city.trips[city.trips["service_id"].isin(city.service_ids("weekday"))]
    first = city.stop_times.sort_values(["trip_id", "stop_sequence"]).drop_duplicates("trip_id")
    starts = first.set_index("trip_id")["departure_min"]
    repeated = city.frequencies
    single = trips[~trips["trip_id"].isin(repeated["trip_id"])]
    minute = starts.reindex(single["trip_id"]).to_numpy(np.float64)
    night = _deep(minute)
    counts = single.loc[night, "route_id"].value_counts().to_dict()
    route_of = trips.set_index("trip_id")["route_id"].to_dict()
    for trip, begin, end, headway in zip(
        repeated["trip_id"].tolist(), repeated["start_min"].tolist(),
        repeated["end_min"].tolist(), repeated["headway_min"].tolist(), strict=True,
    ):  # fmt: skip
        if trip in route_of and headway > 0:
            times = begin + headway * np.arange(max(0, int((end - begin) / headway + 0.5)))
            more = int(_deep(times).sum())
            counts[route_of[trip]] = counts.get(route_of[trip], 0) + more
    return {str(route): int(count) for route, count in counts.items()}


def _deep(minute: np.ndarray) -> np.ndarray:
    clock = np.mod(np.asarray(minute, dtype=np.float64), _DAY_MIN)
    return (clock >= FROM_MIN) & (clock < TO_MIN)
