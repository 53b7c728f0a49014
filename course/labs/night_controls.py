"""The controls of the night bus lab: five sliders and a route to draw."""

from __future__ import annotations

from typing import Any

from course.bigdata.night_network import Network
from course.display.controls import AnyControl, Control
from course.display.drawing import Drawing, Place, bounds_around
from course.labs.night_setting import BUFFER_M, HEADWAY_MIN, ROUTES, SPEED_KMH

MOST_POINTS = 12  # a night bus has few turns, and each leg is a search on the network
_MOST_PLACES = 3_000


def controls_of(network: Network, most_routes: int) -> list[AnyControl]:
    """Return the controls of the lab.

    Parameters
    ----------
    network : Network
        Its places can be added to a drawn route by name.
    most_routes : int
        Candidates there are; the slider ends at 14 or before.
    """
    top = min(14, max(most_routes, 1))
    return [
        Control("routes", "Routes", "", min(1, top - 1), top, 1, min(ROUTES, top),
                hint="Chosen from the candidates: the one that adds most, then exchanges."),
        Control("headway_min", "Headway", "min", 20, 60, 5, HEADWAY_MIN,
                hint="Minutes from one bus to the next. Seoul began with 40 to 45 in 2013."),
        Control("speed_kmh", "Speed", "km/h", 15, 30, 1, SPEED_KMH,
                hint="Mean speed at night, with stops."),
        Control("buffer_m", "Buffer", "m", 300, 1000, 50, BUFFER_M,
                hint="From the middle of a cell to the route: how far people walk."),
        Control("low_income_weight", "Weight of low incomes", "", 1, 3, 0.5, 1, 1,
                hint="What a trip home to income groups 1 and 2 counts for in the choice."),
        Drawing("Your route", bounds=bounds_around(network.lat, network.lon),
                places=_places(network), most=MOST_POINTS,
                hint="Two points or more; the bus takes the shortest way on the city's lines."),
    ]  # fmt: skip


def _places(network: Network) -> list[Place]:
    """Return the places of the network, each name once, in the order of their names."""
    found: dict[str, Any] = {}
    for name, lat, lon in zip(network.name, network.lat, network.lon, strict=True):
        found.setdefault(name, Place(name, float(lat), float(lon)))
    return [found[name] for name in sorted(found)][:_MOST_PLACES]
