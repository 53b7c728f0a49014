"""Rebuild the station tables of the Mashhad pack from their source file.

``python datasets/build_mashhad.py --source FOLDER`` reads ``mashhad_metro_stations.json``
from FOLDER and writes ``stations.csv``, ``lines.csv`` and ``missing.csv``. The fact tables
beside them (headways, fares) are written by hand.

Rules. The order of a line follows the ``relations`` of the source, which link each station
to the next. Where the source contradicts itself, a named second source decides, or the
station is not placed.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

from tabular import HERE, clean, metres, missing_by_hand, slug, source_folder, write_table

STATIONS = "mashhad_metro_stations.json"
# The source links Imam Reza Terminal - Shohada - Bab Al-javad, which runs past Bab Al-javad
# and back. The mayor's opening speech names the section Shohada - Bab al-Javad (shrine) and
# the first phase from Imam Reza Terminal to Shohada (IRIB News 5622884, 2025; mashhadmap.com
# 28503, 2024): so Bab al-Javad lies between.
CORRECTED_ORDER = {3: ["Imam Reza Terminal", "Bab Al-javad", "Shohada"]}
# Velayat and Fajr carry one and the same point. The file repeats values of the entry before
# (Shahid Mofatteh carries the name of Nabovvat), so the point is read as Velayat's.
NOT_PLACED = {"Fajr": "the source gives it the very point of Velayat, the station before"}
NAMES = {
    "shahid mofatteh": "Shahid Mofatteh", "shahid kaveh": "Shahid Kaveh",
    "shahid fakouri": "Shahid Fakouri", "Bab Al-javad": "Bab al-Javad",
}  # fmt: skip
MAX_STEP_M = 4_000


def line_order(stations: dict, line: int) -> list[str]:
    """Return the stations of a line in order, from the one no other station leads to."""
    if line in CORRECTED_ORDER:
        return CORRECTED_ORDER[line]
    members = [key for key, station in stations.items() if line in station["lines"]]
    following = {
        key: [other for other in stations[key]["relations"] if other in members] for key in members
    }
    reached = Counter(other for others in following.values() for other in others)
    # An interchange also leads to the other line; only stations of this line count.
    order = [next(key for key in members if not reached[key])]
    while following[order[-1]]:
        others = [other for other in following[order[-1]] if other not in order]
        if len(others) != 1:
            raise ValueError(f"line {line}: {order[-1]} leads to {others}")
        order.append(others[0])
    if sorted(order) != sorted(members):
        raise ValueError(f"line {line}: {sorted(set(members) - set(order))} are not reached")
    return order


def main() -> None:
    """Write the three tables."""
    source, out = source_folder(__doc__.splitlines()[0])
    out = out or HERE / "mashhad"
    raw = json.loads((source / STATIONS).read_text(encoding="utf-8"))
    names = {key: NAMES.get(key, clean(key)) for key in raw}
    placed = {key: (float(s["latitude"]), float(s["longitude"])) for key, s in raw.items()
              if key not in NOT_PLACED}  # fmt: skip
    shared = [point for point, n in Counter(placed.values()).items() if n > 1]
    if shared:
        raise ValueError(f"stations share the points {shared}")
    count = write_table(
        out / "stations.csv",
        "stop_id name name_local lat lon",
        sorted(
            (slug(names[key]), names[key], clean(raw[key]["translations"]["fa"]),
             f"{lat:.6f}", f"{lon:.6f}")
            for key, (lat, lon) in placed.items()
        ),
    )  # fmt: skip
    lines = []
    for line in (1, 2, 3):
        order = [key for key in line_order(raw, line) if key in placed]
        color = next(iter(raw[order[-1 if line == 1 else 1]]["colors"])).lower()
        for a, b in pairwise(order):
            step = metres(placed[a], placed[b])
            if not 300 <= step <= MAX_STEP_M:
                raise ValueError(f"line {line}: {a} to {b} is {step:.0f} m")
        for sequence, key in enumerate(order, start=1):
            lines.append((f"L{line}", "subway", f"Line {line}", f"خط {'۰۱۲۳'[line]}", color,
                          sequence, slug(names[key]), None, 1))  # fmt: skip
    write_table(
        out / "lines.csv",
        "line_id mode name name_local color sequence stop_id direction_id two_way",
        lines,
    )  # fmt: skip

    missing = [
        ("station", "stations", "Line 2", names[key], clean(raw[key]["translations"]["fa"]), why,
         "Mashhad Urban Railway; the maintainer of the source")
        for key, why in NOT_PLACED.items()
    ]  # fmt: skip
    missing += missing_by_hand("mashhad")
    write_table(
        out / "missing.csv",
        "what frame line name name_local reason who_could_supply",
        missing,
    )
    print(f"{count} of {len(raw)} stations placed, {len(lines)} line rows")


if __name__ == "__main__":
    main()
