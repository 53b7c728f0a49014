"""What the import needs of the timetable: routes, the stops they call at, their way.

Stops are numbers here: positions in the stops frame, then places that only the taps know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from course.city.places import Plane

if TYPE_CHECKING:
    import pandas as pd

    from course.city.synthesis.network import GatedNetwork


@dataclass
class Network:
    """Stops and routes a ride can be placed on.

    Parameters
    ----------
    stops, routes : pandas.DataFrame
        Frames of the pack; may be empty where a city brings taps only.
    patterns : callable
        Gives the frame of :func:`course.city.patterns.patterns`; called once if needed.
    gated : frozenset of str
        Modes entered and left through gates.
    added : list of (lat, lon)
        Places that are not stops of the feed; their number continues that of the stops.
    """

    stops: pd.DataFrame
    routes: pd.DataFrame
    patterns: Callable[[], pd.DataFrame]
    gated: frozenset[str]
    added: list[tuple[float, float]] = field(default_factory=list)

    @cached_property
    def plane(self) -> Plane:
        """Return the plane in which distances are measured."""
        lat = [*self.stops["lat"].tolist(), *(place[0] for place in self.added)]
        lon = [*self.stops["lon"].tolist(), *(place[1] for place in self.added)]
        return Plane.around(lat or [0.0], lon or [0.0])

    def metres(self) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y of stops and added places, whole metres."""
        lat = np.array([*self.stops["lat"].tolist(), *(place[0] for place in self.added)])
        lon = np.array([*self.stops["lon"].tolist(), *(place[1] for place in self.added)])
        return self.plane.metres(lat, lon)

    @cached_property
    def lines(self) -> dict[int, list[tuple[np.ndarray, np.ndarray]]]:
        """Route number -> its patterns: stop numbers in order, metres from the first stop."""
        import pandas as pd

        from course.city.synthesis.network import along_route, not_shorter

        place, line = pd.Index(self.stops["stop_id"]), pd.Index(self.routes["route_id"])
        x, y = self.metres()
        out: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
        frame = self.patterns()
        for route, ids, given in zip(
            line.get_indexer(frame["route_id"]), frame["stop_ids"], frame["distance_m"], strict=True
        ):
            at = place.get_indexer(list(ids))
            crow = np.floor(np.hypot(np.diff(x[at]), np.diff(y[at])) + 0.5).astype(np.int64)
            step = not_shorter(np.diff(along_route(given, crow)), crow)
            out.setdefault(int(route), []).append((at, np.concatenate([[0], np.cumsum(step)])))
        return out

    @cached_property
    def rails(self) -> GatedNetwork:
        """Return the network behind gates, with the shortest way between its stations."""
        from course.city.synthesis.network import gated_network

        return gated_network(self.stops, self.routes, self.patterns(), self.gated)

    @cached_property
    def mode_of_stop(self) -> np.ndarray:
        """Return the mode of the routes at each stop; "other" where there are several or none."""
        out = np.full(len(self.stops), "", dtype=object)
        modes = self.mode_of_route()
        for route, patterns in self.lines.items():
            for stops, _ in patterns:
                here = out[stops]
                out[stops] = np.where((here == "") | (here == modes[route]), modes[route], "other")
        return np.where(out == "", "other", out)

    def mode_of_route(self) -> np.ndarray:
        """Return the mode of each route."""
        return self.routes["mode"].to_numpy(dtype=object)
