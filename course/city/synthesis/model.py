"""The demand model of a city: its possible trips and how likely each is.

Building it reads the network once (up to a few seconds for a thousand routes); drawing
rides from it takes milliseconds. So it is kept: in memory for the last cities, and on
disk under the cache folder where it is large. The key is the city's content and the rules
themselves; a file that cannot be read is made again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from course.city.places import content_key
from course.city.synthesis.day import RETURN_PARTS
from course.city.synthesis.demand import DemandModel
from course.city.synthesis.deterrence import fit_weights
from course.city.synthesis.legs import (
    MOST_LEGS,
    Legs,
    Points,
    city_points,
    gated_legs,
    pair_count,
    pattern_legs,
    used_patterns,
)
from course.city.synthesis.model_store import read_model, write_model
from course.city.synthesis.network import gated_modes
from course.city.synthesis.stream import Stream
from course.city.synthesis.targets import Targets, city_targets
from course.city.synthesis.trips import Trips, possible_trips
from course.city.synthesis.zone_buses import (
    bus_shares,
    zone_bus_legs,
    zone_bus_points,
    zone_routes,
)
from course.errors import CourseError
from course.paths import cache_dir

_KEPT = 6
_ON_DISK_FROM = 30_000  # possible trips
_SPLIT = 1.045  # planned rides per trip beyond the first, because long gaps cut some trips
_MODELS: OrderedDict[str, DemandModel] = OrderedDict()


def demand_model(city: Any) -> DemandModel:
    """Return the demand model of a city, built once per content of the city.

    Parameters
    ----------
    city : course.City
        Needs ``id, fingerprint, properties, stops, routes, patterns, zones``.

    Returns
    -------
    DemandModel

    Raises
    ------
    CourseError
        If the network has no two stops apart that one route serves.
    """
    key = f"{content_key(city)}-{_rules()}"
    if key in _MODELS:
        _MODELS.move_to_end(key)
        return _MODELS[key]
    kept = cache_dir() / "demand" / f"{key}.npz"
    model = read_model(kept)
    if model is None:
        model = build_model(city)
        if len(model.cumulated) >= _ON_DISK_FROM:
            write_model(model, kept)
    _MODELS[key] = model
    while len(_MODELS) > _KEPT:
        _MODELS.popitem(last=False)
    return model


@cache
def _rules() -> str:
    """Return 8 hex digits of this package's source, so that new rules never meet old files."""
    here = Path(__file__).parent
    digest = hashlib.sha256((here.parent / "places.py").read_bytes())
    for source in sorted(here.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:8]


def has_zone_buses(city: Any) -> bool:
    """Say whether the pack knows gated rail only, so that buses are made zone by zone."""
    modes = set(city.patterns["mode"])
    return bool(modes) and modes <= gated_modes(city.properties)


def build_model(city: Any) -> DemandModel:
    """Build the demand model of a city anew; see ``demand_model``."""
    targets = city_targets(city)
    gated = gated_modes(city.properties)
    city = _Sorted(city)
    points = city_points(city.stops, city.zones)
    route_ids = [str(r) for r in city.routes["route_id"]]
    route_modes = [str(m) for m in city.routes["mode"]]
    zone_points = len(points.ids)
    parts = [gated_legs(city, points, gated), pattern_legs(city, points, gated)]
    by_zone = has_zone_buses(city) and targets.rail_share < 1
    if by_zone:
        ids, modes = zone_routes(city.zones, city.properties)
        parts.append(zone_bus_legs(city, modes, first_point=zone_points,
                                   first_route=len(route_ids), scale=targets.scale))  # fmt: skip
        more = zone_bus_points(city.zones)
        points = Points(
            points.ids + more.ids,
            np.concatenate([points.x, more.x]),
            np.concatenate([points.y, more.y]),
            np.concatenate([points.zone, more.zone]),
        )
        route_ids, route_modes = route_ids + ids, route_modes + modes
    legs = Legs.joined(parts)
    if len(legs) == 0:
        raise CourseError(
            "No route of this city serves two stops that lie apart, so no rides can be made.",
            "Check the coordinates of the stops and the stop times of the feed.",
        )
    trips = possible_trips(
        points, legs, usual_m=0.5 * targets.mean_m, zone_points=zone_points,
        stream=Stream(city.id, "rides", "trips"),
    )  # fmt: skip
    kind, shares = _kinds(legs, trips, route_modes, targets, city.properties, by_zone)
    ordinary = slice(0, trips.ordinary)
    ends = trips.start[ordinary] + trips.count[ordinary]
    along = np.concatenate([[0], np.cumsum(legs.distance_m[trips.leg])])
    base = np.ones(trips.ordinary)
    base[: len(legs)] = legs.weight
    fit = fit_weights(
        base, along[ends] - along[trips.start[ordinary]], kind, shares,
        targets.bands_m, targets.band_shares, targets.mean_m,
    )  # fmt: skip
    owl = np.array([mode == "owl" for mode in route_modes], dtype=np.int64)
    night = np.add.reduceat(owl[legs.route[trips.leg]], trips.start) > 0
    # The fit is about all trips; who also rides back is drawn less often in the first place.
    back = np.where((trips.back >= 0) & ~night & ~night[trips.back], trips.back, -1)
    returns = back[ordinary] >= 0
    times = np.where(returns, 100 + RETURN_PARTS, 100)
    weight = fit.weight * 100 // times
    per_card = weight * trips.count[ordinary] * times
    groups = city.zones["income_group"].to_numpy(dtype=np.int64)
    days = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4,
            "saturday": 5, "sunday": 6}  # fmt: skip
    weekend = [days.get(str(d).lower(), -1) for d in city.weekend_days]
    return DemandModel(
        city_id=str(city.id),
        point_ids=points.ids, route_ids=route_ids, route_modes=route_modes,
        board=legs.board, alight=legs.alight, route=legs.route,
        distance_m=legs.distance_m, gated=legs.gated,
        start=trips.start, count=trips.count, leg=trips.leg, back=back,
        chains=trips.chains, same_route=trips.same_route,
        cumulated=np.cumsum(weight),
        point_group=groups[points.zone],
        weekend=np.array(sorted(set(weekend) - {-1}) or [5, 6], dtype=np.int64),
        night=night,
        facts=np.array([
            fit.half_m, int(fit.mean_m), int(by_zone),
            max(int(per_card.sum()) * 10 // max(int(weight.sum()), 1), 1_000),
            int(pair_count(used_patterns(city, gated)[0]) > MOST_LEGS),
        ], dtype=np.int64),
    )  # fmt: skip


class _Sorted:
    """A city's frames in the order of their ids.

    The fingerprint does not count the order of rows, so the rides must not either.
    """

    def __init__(self, city: Any) -> None:
        self.id, self.properties, self.patterns = city.id, city.properties, city.patterns
        self.weekend_days = getattr(city, "weekend_days", None) or []
        for name in ("stops", "routes", "zones"):
            key = f"{name[:-1]}_id"
            setattr(self, name, getattr(city, name).sort_values(key, ignore_index=True))


def _kinds(
    legs: Legs, trips: Trips, route_modes: list[str], targets: Targets,
    properties: dict[str, Any], by_zone: bool,
) -> tuple[np.ndarray, list[float]]:  # fmt: skip
    """Return the kind of each ordinary trip and the wanted share of each kind.

    A kind is the number of rides; where buses are made by zone, also what is ridden, so
    that the share of rail and of each kind of bus comes out as told.
    """
    count = trips.count[: trips.ordinary]
    extra = (targets.rides_per_trip - 1.0) * _SPLIT
    three = extra / 8.0
    two = extra - 2.0 * three
    if not by_zone:
        return count - 1, [1.0 - two - three, two, three]
    behind = legs.gated[trips.leg].astype(np.int64)
    gates = np.add.reduceat(behind, trips.start)[: trips.ordinary]
    buses = bus_shares(properties)
    names = list(buses)
    code = np.array([names.index(m) if m in buses else 0 for m in route_modes])
    kind = np.where(count == 3, 3, np.where(gates == 0, 2, 1))
    single_bus = 4 + code[legs.route[trips.leg[trips.start[: trips.ordinary]]]]
    kind = np.where(count == 1, np.where(gates == 1, 0, single_bus), kind)
    rail_rides = targets.rail_share * targets.rides_per_trip
    bus_rides = targets.rides_per_trip - rail_rides
    # Of what is rare no more than this part can be spent on trips of several rides.
    mixed = min(0.8 * two, 0.7 * bus_rides, 0.7 * rail_rides)
    both = min(two - mixed, 0.1 * bus_rides)
    three = min(three, 0.1 * bus_rides, 0.2 * rail_rides)
    rail = max(rail_rides - mixed - three, 0.0)
    bus = max(bus_rides - mixed - 2.0 * both - 2.0 * three, 0.0)
    total = sum(buses.values())
    return kind, [rail, mixed, both, three, *(bus * buses[m] / total for m in names)]
