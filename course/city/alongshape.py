"""How far along its way on the ground a trip has come at each stop.

Each pair of a shape and an order of stops is solved once: every stop is put on the piece
of the line where the sum of squared distances is least while no stop lies behind the one
before it. A line that touches itself (a loop, there and back) is thus followed, not
jumped. A shape that passes a stop farther than 500 m away is not believed.
"""

from __future__ import annotations

import numpy as np

from course.city.metres import cos_degrees, metres_between

_METRES_PER_DEGREE = 111195.0802335329
FARTHEST_STOP_M = 500.0
BACKWARD_M = 20.0  # stops on both sides of a road may lie in the wrong order by this much


def along(
    shape_lat: np.ndarray, shape_lon: np.ndarray, stop_lat: np.ndarray, stop_lon: np.ndarray
) -> np.ndarray | None:
    """Return the metres along a shape at which stops lie, in order.

    Parameters
    ----------
    shape_lat, shape_lon : numpy.ndarray
        The points of the shape in order, degrees.
    stop_lat, stop_lon : numpy.ndarray
        The stops in order of calling.

    Returns
    -------
    numpy.ndarray of int64 or None
        From the first stop, never falling; None where the shape does not fit the stops.
    """
    if len(shape_lat) < 2 or len(stop_lat) == 0:
        return None
    scale = float(cos_degrees(float(stop_lat[0]))) * _METRES_PER_DEGREE
    px, py = shape_lon * scale, shape_lat * _METRES_PER_DEGREE
    sx, sy = stop_lon * scale, stop_lat * _METRES_PER_DEGREE
    ax, ay = px[:-1], py[:-1]
    dx, dy = np.diff(px), np.diff(py)
    length2 = dx * dx + dy * dy
    length = metres_between(shape_lat[:-1], shape_lon[:-1], shape_lat[1:], shape_lon[1:])
    start = np.append(0.0, np.cumsum(length))[:-1]

    n, m = len(sx), len(ax)
    before = np.zeros((n, m), dtype=np.int32)  # piece of the stop before, for the least cost
    part = np.empty((n, m))
    cost = np.zeros(m)
    here = np.arange(m)
    for i in range(n):
        t = ((sx[i] - ax) * dx + (sy[i] - ay) * dy) / np.where(length2 > 0, length2, 1.0)
        part[i] = t = np.clip(t, 0.0, 1.0)
        gap2 = (ax + t * dx - sx[i]) ** 2 + (ay + t * dy - sy[i]) ** 2
        if i == 0:
            cost = gap2
            continue
        # The stop before lies on an earlier piece, of equals on the earliest ...
        least = np.minimum.accumulate(cost)
        lower = np.append(True, cost[1:] < least[:-1])
        earliest = np.maximum.accumulate(np.where(lower, here, 0))
        from_earlier = np.append(np.inf, least[:-1])
        # ... or on this one, but not ahead of this stop by more than a road's width or two.
        ahead = (part[i - 1] - t) * length
        from_same = np.where(ahead <= BACKWARD_M, cost, np.inf)
        before[i] = np.where(from_same < from_earlier, here, np.append(0, earliest[:-1]))
        cost = np.minimum(from_same, from_earlier) + gap2
    k = int(cost.argmin())
    if not cost[k] <= n * FARTHEST_STOP_M**2:
        return None
    pieces = np.empty(n, dtype=np.int64)
    for i in range(n - 1, -1, -1):
        pieces[i] = k
        k = int(before[i, k])
    t = part[np.arange(n), pieces]
    gap2 = (ax[pieces] + t * dx[pieces] - sx) ** 2 + (ay[pieces] + t * dy[pieces] - sy) ** 2
    if gap2.max() > FARTHEST_STOP_M**2:
        return None
    metres = np.maximum.accumulate(start[pieces] + t * length[pieces])
    return np.floor(metres - metres[0] + 0.5).astype(np.int64)
