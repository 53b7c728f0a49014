"""Rebuild the tables of the Iloilo pack from their source files.

``python datasets/build_iloilo.py --source FOLDER`` reads ``iloilo_jeepney_routes.json`` and
``iloilo_barangays_2019.geojson`` from FOLDER and writes ``stations.csv``, ``lines.csv``,
``zones.csv`` and ``missing.csv``. The fact tables beside them (headways, fares) are written
by hand.

The stops are no official stops: jeepneys stop on request. They come from a rule. Walk along
each route in steps of 10 m, routes in order of their number. Between 250 m and 450 m after
the last stop, call at an existing stop within 60 m of the route, the nearest one; if there
is none, make a new stop 400 m after the last one, or as soon after as no stop lies within
120 m, its place rounded to four decimals (about 11 m). So routes in one street share stops,
which are the places to change. The way of the street between two stops is not kept.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

from tabular import (
    HERE,
    METRES_PER_DEGREE,
    clean,
    metres,
    missing_by_hand,
    slug,
    source_folder,
    write_table,
)

ROUTES = "iloilo_jeepney_routes.json"
BARANGAYS = "iloilo_barangays_2019.geojson"
STEP_M, NEW_STOP_M, SHARE_M, APART_M = 10, 400, 60, 120
FROM_M, UNTIL_M, LOOP_M = 250, 450, 300
Point = tuple[float, float]
# Names as the route plan writes them, in plain spelling.
NAMES = {
    1: "Bo. Obrero, Lapuz - City Proper loop", 2: "Calaparan, Calumpang - City Proper",
    3: "Ungka - City Proper via CPU loop",
    4: "Ungka - City Proper via Diversion and Festive Walk loop",
    5: "Festive Walk - City Proper via B. Aquino Ave. and SM City",
    7: "Compania - City Proper loop",
    8: "Parola - SM City via Infante loop", 9: "Mohon - City Proper loop",
    10: "Buntatala / Tagbak Terminal - City Proper loop", 11: "La Paz - City Proper via ISATU",
    12: "Mandurriao - City Proper via Festive Walk and B. Aquino Ave.",
    13: "Hibao-an - City Proper via Tabucan Hub loop",
    14: "Hibao-an - Jaro via B. Aquino Ave. and Festive loop",
    15: "Molo - City Proper via Baluarte loop (Liko)",
    22: "Ungka - La Paz via CPU and ISATU loop",
    25: "Molo - City Proper via General Luna (Derecho)",
}  # fmt: skip


def inside(point: Point, ring: list[Point]) -> bool:
    """Say whether a point lies in a ring (even-odd rule)."""
    lat, lon = point
    found = False
    for (lat_a, lon_a), (lat_b, lon_b) in pairwise(ring):
        if (lat_a > lat) != (lat_b > lat):
            found ^= lon < lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
    return found


def area_and_centre(ring: list[Point]) -> tuple[float, Point]:
    """Return the area of a ring in square metres and its centre of gravity."""
    lat0, lon0 = ring[0]
    scale = METRES_PER_DEGREE * math.cos(math.radians(lat0))
    flat = [((lon - lon0) * scale, (lat - lat0) * METRES_PER_DEGREE) for lat, lon in ring]
    area = x_sum = y_sum = 0.0
    for (x_a, y_a), (x_b, y_b) in pairwise(flat):
        cross = x_a * y_b - x_b * y_a
        area += cross / 2
        x_sum += (x_a + x_b) * cross / 6
        y_sum += (y_a + y_b) * cross / 6
    return abs(area), (lat0 + y_sum / area / METRES_PER_DEGREE, lon0 + x_sum / area / scale)


def point_within(ring: list[Point]) -> Point:
    """Return the centre of gravity, or if it lies outside, the middle of the widest chord there."""
    _, centre = area_and_centre(ring)
    if inside(centre, ring):
        return centre
    lat = centre[0]
    cuts = sorted(
        lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
        for (lat_a, lon_a), (lat_b, lon_b) in pairwise(ring)
        if (lat_a > lat) != (lat_b > lat)
    )
    left, right = max(zip(cuts[::2], cuts[1::2], strict=False), key=lambda c: c[1] - c[0])
    return lat, (left + right) / 2


def read_barangays(path: Path) -> list[dict]:
    """Return the barangays: code, name, ring, point and area."""
    found = []
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        outer, *holes = feature["geometry"]["coordinates"]
        ring = [(lat, lon) for lon, lat in outer]
        area = area_and_centre(ring)[0] - sum(
            area_and_centre([(lat, lon) for lon, lat in hole])[0] for hole in holes
        )
        found.append({
            "code": feature["properties"]["ADM4_PCODE"],
            "name": clean(feature["properties"]["ADM4_EN"]),
            "ring": ring, "point": point_within(ring), "area_m2": area,
        })  # fmt: skip
    return sorted(found, key=lambda barangay: barangay["code"])


def read_routes(path: Path) -> tuple[dict[int, list[Point]], list[tuple[int, str]]]:
    """Return the drawn routes by number, and number and title of those left out."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    routes = {}
    for route in raw["routes"]:
        way = [(p["lat"], p["lng"]) for p in route["coordinates"]]
        half = len(way) // 2
        if way[:half] == way[half:]:  # route 11 is listed twice in a row
            way = way[:half]
        routes[route["route_number"]] = way
    others = sorted(
        (route["route_number"], clean(route["direction"]).title())
        for route in raw["firestore_routes"]
        if route["route_number"] not in routes
    )
    return dict(sorted(routes.items())), others


def walk(way: list[Point]) -> list[Point]:
    """Return points every 10 m along a way, and its end."""
    points, rest = [way[0]], 0.0
    for a, b in pairwise(way):
        length = metres(a, b)
        at = STEP_M - rest
        while at <= length:
            share = at / length
            points.append((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share))
            at += STEP_M
        rest = length - (at - STEP_M)
    return [*points, way[-1]]


def call_at_stops(way: list[Point], stops: list[Point]) -> list[tuple[int, int]]:
    """Return stop and metres along the way for one route, adding new stops to ``stops``."""
    points = walk(way)
    length = round(sum(metres(a, b) for a, b in pairwise(way)))

    def near(point: Point, but: int | None) -> tuple[float, int] | None:
        found = [(metres(point, stop), k) for k, stop in enumerate(stops)
                 if k != but and abs(stop[0] - point[0]) < 0.001]  # fmt: skip
        best = min(found, default=None)
        return best if best and best[0] <= SHARE_M else None

    def make(point: Point) -> int:
        stops.append((round(point[0], 4), round(point[1], 4)))
        return len(stops) - 1

    shared = near(points[0], None)
    calls, last = [shared[1] if shared else make(points[0])], 0
    at = [0]
    while last + FROM_M // STEP_M < len(points):
        window = range(last + FROM_M // STEP_M, min(last + UNTIL_M // STEP_M + 1, len(points)))
        known = [(hit[0], k, hit[1]) for k in window if (hit := near(points[k], calls[-1]))]
        stop = None
        if known:
            _, last, stop = min(known)
        for k in range(last + NEW_STOP_M // STEP_M, len(points)) if stop is None else ():
            # A route that turns back passes its last stops again: no second stop beside them.
            hit = near(points[k], calls[-1])
            if hit or all(metres(points[k], place) >= APART_M for place in stops):
                last, stop = k, hit[1] if hit else make(points[k])
                break
        if stop is None:
            break
        calls.append(stop)
        at.append(last * STEP_M)
    end = near(points[-1], None)
    if metres(way[0], way[-1]) <= LOOP_M:  # a loop ends where it began
        if calls[-1] != calls[0]:
            if len(calls) > 2 and metres(stops[calls[-1]], stops[calls[0]]) < APART_M:
                calls.pop()
                at.pop()
            calls.append(calls[0])
            at.append(length)
    elif metres(points[-1], stops[calls[-1]]) >= APART_M:
        calls.append(end[1] if end else make(points[-1]))
        at.append(length)
    return list(zip(calls, at, strict=True))


def main() -> None:
    """Write the four tables."""
    source, out = source_folder(__doc__.splitlines()[0])
    out = out or HERE / "iloilo"
    barangays = read_barangays(source / BARANGAYS)
    routes, others = read_routes(source / ROUTES)

    stops: list[Point] = []
    calls = {number: call_at_stops(way, stops) for number, way in routes.items()}
    in_use = sorted({k for stop_calls in calls.values() for k, _ in stop_calls})
    counts: Counter[str] = Counter()
    ids: dict[int, str] = {}
    routes_at: dict[int, set[int]] = defaultdict(set)
    for number, stop_calls in calls.items():
        for k, _ in stop_calls:
            routes_at[k].add(number)
    rows = []
    for k in in_use:
        within = [b for b in barangays if inside(stops[k], b["ring"])]
        home = within[0] if within else min(barangays, key=lambda b: metres(b["point"], stops[k]))
        short = home["name"].partition(" (")[0]
        counts[short] += 1
        name = f"{short} {counts[short]}" + ("" if within else " (outside the city)")
        ids[k] = slug(f"{short} {counts[short]}")
        rows.append((ids[k], name, "", f"{stops[k][0]:.4f}", f"{stops[k][1]:.4f}",
                     " ".join(map(str, sorted(routes_at[k])))))  # fmt: skip
    if len(set(ids.values())) != len(ids):
        raise ValueError("two stops share an id")
    write_table(
        out / "stations.csv",
        "stop_id name name_local lat lon routes",
        sorted(rows),
    )
    lines = []
    for number, stop_calls in calls.items():
        two_way = int(stop_calls[0][0] != stop_calls[-1][0])
        for sequence, (k, at_m) in enumerate(stop_calls, start=1):
            lines.append((f"R{number:02d}", "jeepney", f"Route {number}", "", NAMES[number], "",
                          sequence, ids[k], None, two_way, at_m))  # fmt: skip
    write_table(
        out / "lines.csv",
        "line_id mode name name_local long_name color sequence stop_id direction_id "
        "two_way distance_m",
        lines,
    )  # fmt: skip
    write_table(
        out / "zones.csv",
        "zone_id name name_local lat lon area_km2",
        ((b["code"], b["name"], "", f"{b['point'][0]:.5f}", f"{b['point'][1]:.5f}",
          f"{b['area_m2'] / 1e6:.4f}") for b in barangays),
    )  # fmt: skip

    missing = [
        ("line", "lines", f"Route {number}", title,
         "only in the second list of the source (drawn by users, not reviewed)",
         "City of Iloilo; LTFRB Region VI")
        for number, title in others
    ]  # fmt: skip
    missing += [
        (what, frame, line, name, reason, who)
        for what, frame, line, name, _, reason, who in missing_by_hand("iloilo")
    ]
    write_table(
        out / "missing.csv",
        "what frame line name reason who_could_supply",
        missing,
    )
    shared = sum(len(routes_at[k]) > 1 for k in in_use)
    print(f"{len(in_use)} stops, {shared} of them shared, {len(lines)} line rows on "
          f"{len(calls)} routes, {len(barangays)} zones, "
          f"{sum(b['area_m2'] for b in barangays) / 1e6:.2f} km2")  # fmt: skip


if __name__ == "__main__":
    main()
