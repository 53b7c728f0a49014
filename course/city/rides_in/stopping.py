"""Which stop a tap was made at: by id, by name, or by where it was.

Rules. An id is compared as it stands, and without the ".0" that spreadsheets put behind
numbers. A name is compared without regard to letter case,
spaces and a bracketed addition; where several stops share it, one on the stated route is
meant. A coordinate is the nearest stop of the stated route within 300 m, else the nearest
of all within 300 m, else a place of its own, rounded to a thousandth of a degree (about
100 m), which becomes a stop that no route of the feed serves.
"""

from __future__ import annotations

import re

import numpy as np

from course.city.membership import positions
from course.city.rides_in.network import Network

NEAR_M = 300
FAR_M = 50_000
UNKNOWN, ABSENT = -1, -2


def by_id(ids: np.ndarray, network: Network) -> np.ndarray:
    """Return stop numbers of ids; ``UNKNOWN`` for others, ``ABSENT`` for empty text."""
    if not len(ids):
        return np.zeros(0, dtype=int)
    found = positions(ids.tolist(), network.stops["stop_id"])
    strange = np.flatnonzero(found < 0)
    bare = [text.removesuffix(".0") for text in ids[strange].tolist()]
    if bare:
        found[strange] = positions(bare, network.stops["stop_id"])
    return np.where(ids == "", ABSENT, found)


def plain_name(text: str) -> str:
    """Return a name as it is compared.

    Examples
    --------
    >>> plain_name(" City Hall (Deoksugung) ")
    'cityhall'
    """
    bare = re.sub(r"\s*[(\[].*?[)\]]", "", text) or text
    return re.sub(r"[\s·.\-_]+", "", bare).casefold()


def by_name(names: np.ndarray, routes: np.ndarray, network: Network) -> np.ndarray:
    """Return stop numbers of names.

    Parameters
    ----------
    names : numpy.ndarray of str
        Names as the file writes them, in any of the feed's scripts.
    routes : numpy.ndarray of int
        Route number of each tap, -1 for none.
    network : Network
        The city's.
    """
    known: dict[str, list[int]] = {}
    stops = network.stops
    for column in ("name", "name_local"):
        if column in stops:
            for at, name in enumerate(stops[column].astype("str")):
                if name and name != "nan":
                    known.setdefault(plain_name(name), []).append(at)
    calls = {route: set(np.concatenate([at for at, _ in lines]).tolist())
             for route, lines in network.lines.items()}  # fmt: skip
    pairs: dict[tuple[str, int], int] = {}
    out = np.full(len(names), UNKNOWN)
    for row, (name, route) in enumerate(zip(names.tolist(), routes.tolist(), strict=True)):
        key = (name, route)
        if key not in pairs:
            at = known.get(plain_name(name), [])
            # "Seoul Station" and "Seoul" are one place to those who write files
            at = at or known.get(plain_name(re.sub(r"(역| station)$", "", name, flags=re.I)), [])
            here = [a for a in at if a in calls.get(route, ())]
            pairs[key] = (here or at or [UNKNOWN])[0]
        out[row] = pairs[key]
    return np.where(names == "", ABSENT, out)


def by_place(lat: np.ndarray, lon: np.ndarray, routes: np.ndarray, network: Network) -> np.ndarray:
    """Return stop numbers of coordinates; places that are no stop are added to the network.

    Parameters
    ----------
    lat, lon : numpy.ndarray of float
        WGS 84 degrees; NaN = not given.
    routes : numpy.ndarray of int
        Route number of each tap, -1 for none.
    network : Network
        The city's; :attr:`Network.added` grows.

    Returns
    -------
    numpy.ndarray of int
        ``ABSENT`` without a coordinate, ``UNKNOWN`` for one that is none (0, 0; out of
        range) or further than 50 km from every stop of the feed.
    """
    from scipy.spatial import cKDTree

    out = np.full(len(lat), ABSENT)
    given = ~(np.isnan(lat) | np.isnan(lon))
    sound = given & (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ((lat != 0) | (lon != 0))
    out[given & ~sound] = UNKNOWN
    rows = np.flatnonzero(sound)
    if not len(rows):
        return out
    key = np.column_stack([lat[rows], lon[rows], routes[rows]])
    each, back = np.unique(key, axis=0, return_inverse=True)
    where = np.full(len(each), UNKNOWN)
    own = len(network.stops)
    if own:
        sx, sy = network.plane.metres(network.stops["lat"], network.stops["lon"])
        x, y = network.plane.metres(each[:, 0], each[:, 1])
        stops_xy, at_xy = np.column_stack([sx, sy]), np.column_stack([x, y])
        away, nearest = cKDTree(stops_xy).query(at_xy)
        where = np.where(away <= NEAR_M, nearest, UNKNOWN)
        for route in np.unique(each[:, 2]).astype(int):
            if route not in network.lines:
                continue
            calls = np.unique(np.concatenate([at for at, _ in network.lines[route]]))
            here = np.flatnonzero(each[:, 2] == route)
            off, close = cKDTree(stops_xy[calls]).query(at_xy[here])
            near = off <= NEAR_M
            where[here[near]] = calls[close[near]]
        far = away > FAR_M
    else:
        far = np.zeros(len(each), dtype=bool)
    new = np.flatnonzero((where == UNKNOWN) & ~far)
    if len(new):
        spots = np.round(each[new, :2], 3)
        old = {place: at for at, place in enumerate(network.added)}
        for row, spot in zip(new, map(tuple, spots.tolist()), strict=True):
            if spot not in old:
                old[spot] = len(network.added)
                network.added.append(spot)
            where[row] = own + old[spot]
    out[rows] = where[back.ravel()]
    return out


def place_id(lat: float, lon: float) -> str:
    """Return the id of a place that is no stop of the feed."""
    return f"tap@{lat:.3f},{lon:.3f}"
