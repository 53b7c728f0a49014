"""A hand-made city with everything a map asks for, and with names that try to break it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

HOSTILE = '</script><img src=x onerror=alert(1)> "quoted" & \\u2028 강남구'


def hexagon(lat: float, lon: float, size: float = 0.01) -> dict[str, Any]:
    """Return a hexagon as GeoJSON."""
    turns = [math.pi / 3 * k + math.pi / 6 for k in range(7)]
    ring = [[lon + 1.25 * size * math.cos(t), lat + size * math.sin(t)] for t in turns]
    return {"type": "Polygon", "coordinates": [ring]}


@dataclass
class DrawnCity:
    """A stand-in with the attributes of a City that maps read."""

    zones: pd.DataFrame
    stops: pd.DataFrame
    routes: pd.DataFrame
    patterns: pd.DataFrame
    id: str = "drawn"
    title: str = "Drawn City"
    centre: tuple[float, float] = (37.5, 127.0)
    currency: str = "KRW"
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def zone_polygons(self) -> dict[str, Any]:
        return {z.zone_id: hexagon(z.lat, z.lon) for z in self.zones.itertuples()}

    @property
    def sources(self) -> pd.DataFrame:
        row = {"frame": "stops", "rows": len(self.stops), "origin": "facts", "method": "by hand"}
        return pd.DataFrame([{**row, "year": 2025, "licence": "CC0"}])

    def badge(self, *frames: str) -> str:
        return "SYNTHETIC: by hand" if frames else ""

    def is_synthetic(self, *frames: str) -> bool:
        return bool(frames)


def drawn_city(*, zones: int = 9, stops: int = 30, patterns: int = 6) -> DrawnCity:
    """Make a city of hexagon zones; the first zone and stop carry a hostile name."""
    side = math.ceil(math.sqrt(zones))
    rows = []
    for k in range(zones):
        r, c = divmod(k, side)
        at = {"lat": 37.45 + r * 0.015, "lon": 126.95 + c * 0.0217 + r % 2 * 0.0108}
        name = HOSTILE if k == 0 else f"Zone {k}"
        rows.append({"zone_id": f"z{k}", "name": name, "name_local": "", **at})
    angles = np.linspace(0, 6, stops)
    places = pd.DataFrame(
        {
            "stop_id": [f"s{k}" for k in range(stops)],
            "name": [HOSTILE, *[f"Stop {k}" for k in range(1, stops)]],
            "lat": 37.47 + 0.02 * np.sin(angles),
            "lon": 126.98 + 0.02 * np.cos(angles * 1.3),
        }
    )
    routes = [f"r{k}" for k in range(patterns)]
    runs = [tuple(f"s{(k * 3 + i) % stops}" for i in range(8)) for k in range(patterns)]
    colors = ["#0052a4", "", "#ffffff", "red", '"><script>', "#00a84d"]
    return DrawnCity(
        zones=pd.DataFrame(rows),
        stops=places,
        routes=pd.DataFrame(
            {
                "route_id": routes,
                "short_name": routes,
                "long_name": HOSTILE,
                "color": [colors[k % 6] for k in range(patterns)],
            }
        ),
        patterns=pd.DataFrame(
            {
                "pattern_id": [f"p{k}" for k in range(patterns)],
                "route_id": routes,
                "direction_id": 0,
                "mode": "bus",
                "stop_ids": runs,
                "trips_per_day": range(patterns),
            }
        ),
    )
