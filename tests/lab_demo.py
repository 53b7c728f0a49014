"""A small lab with every kind of control and layer, for tests of the frame alone.

Three rules decide which of a city's places are funded; the reader may draw a line, and
cells within reach of it or of a chosen route count as served. The numbers mean nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from course.display import network_lines
from course.display.bar_svg import Bar, Group, signed_bars
from course.display.base_map import THEMES, BaseMap, Layer
from course.display.breaks import HIDDEN, MISSING
from course.display.controls import Control, Option
from course.display.drawing import Drawing, Place, bounds_around
from course.display.lab_page import LabPage
from course.display.lab_picture import BigNumber, Choice, Grid, Picture, Words
from course.display.map_layer import Legend, Look
from course.errors import CourseError

ROUTE_LOOKS = (
    Look("Not chosen", weight=1.5, dash="dashes"),
    Look("Chosen", weight=3, front=True),
)
CELL_LOOKS = (
    Look("Not served", opacity=0.7),
    Look("Served by a route", hatch="stripes"),
    Look("Served by your line", hatch="dots"),
)
PROJECT_LOOKS = (Look("Not funded", marker="square", hollow=True), Look("Funded"))


def hexagon(lat: float, lon: float, size: float) -> list[list[list[int]]]:
    """Return one hexagon as a layer draws it."""
    turns = np.arange(6) * np.pi / 3 + np.pi / 6
    ring = network_lines.flat(lat + size * np.sin(turns), lon + 1.25 * size * np.cos(turns))
    return [[ring]]


class DemoLab:
    """Cells, routes and projects of a city under one slider, one option and one line."""

    lab_id = "demo"

    def __init__(self, city: Any, *, cells: int = 300, routes: int = 12, projects: int = 20):
        self.city = city
        stops = city.stops[city.stops["lat"].notna() & city.stops["lon"].notna()]
        lat, lon = stops["lat"].to_numpy(float), stops["lon"].to_numpy(float)
        low, high = np.quantile([lat, lon], [0.03, 0.97], axis=1)
        (south, west), (north, east) = low, high
        side = int(np.ceil(np.sqrt(cells)))
        k = np.arange(cells)
        # a hexagon is 2 sizes high and 2.165 wide; a row stands 1.5 sizes above the last
        self.size = max((north - south) / 1.5, (east - west) / 2.165) / side
        across = west + (k % side + (k // side) % 2 / 2) * 2.165 * self.size
        self.at = np.column_stack([south + (k // side) * 1.5 * self.size, across])
        one_way = city.patterns[city.patterns["direction_id"].eq(0)].drop_duplicates("route_id")
        runs = [ids for ids in one_way["stop_ids"] if len(set(ids)) > 1][:routes]
        spot = dict(zip(stops["stop_id"], zip(lat, lon, strict=True), strict=True))
        self.ways = [np.array([spot[s] for s in ids if s in spot]) for ids in runs]
        pick = np.linspace(0, len(stops) - 1, projects).astype(int)
        self.spots = np.column_stack([lat[pick], lon[pick]])
        self.costs = 10.0 + 5 * (np.arange(projects) * 7 % 11)
        names = stops["name"].astype(str).tolist()
        self.controls = [
            Option(
                "rule",
                "Voting rule",
                [("most", "Most votes"), ("equal", "Equal shares"), ("turns", "Takes turns")],
                hint="How the money is shared out.",
            ),
            Control("budget", "Budget", "%", 10, 100, 5, 30, hint="Of the cost of all projects."),
            Control("routes", "Routes", "", 0, len(self.ways), 1, min(4, len(self.ways))),
            Drawing(
                "Your route",
                bounds=bounds_around(lat, lon),
                places=[Place(n, a, o) for n, a, o in zip(names, lat, lon, strict=True)][:600],
                hint="Served cells near it get dots.",
            ),
            Option("fail", "State", [("", "Fine"), ("empty", "Empty"), ("bad", "Problem"),
                                     ("slow", "Slow")], more=True),
        ]  # fmt: skip
        self.choices = [
            *(Choice(f"r{i}", f"Route {i + 1}", "routes") for i in range(len(self.ways))),
            *(Choice(f"p{i}", f"Project {i + 1}", "projects") for i in range(projects)),
        ]
        self.words = Words(
            title="Decide who is served",
            lead=f"{city.title}: a lab with every part of the frame.",
            map_title=f"Cells, routes and projects, {city.title}",
            choice="Route or project",
            everything=f"All of {city.title}",
            badge="SYNTHETIC: a demonstration",
            limits=["Everything."],
            sources=["This test."],
        )

    def _near(self, way: np.ndarray) -> np.ndarray:
        if not len(way):
            return np.zeros(len(self.at), bool)
        gap = np.abs(self.at[:, None] - way[None]) / [1, 1.25]
        return (gap.max(axis=2) < 1.5 * self.size).any(axis=1)

    def picture(self, setting: Mapping[str, Any], chosen: str | None) -> Picture:
        """Return what is shown at one setting."""
        if setting["fail"] == "bad":
            raise CourseError("No rule can share this out.", "Choose another rule.")
        if setting["fail"] == "slow":
            time.sleep(1.5)
        n, drawn = int(setting["routes"]), setting["drawn"]
        rank = {"most": self.costs, "equal": -self.costs, "turns": np.arange(len(self.costs)) % 3}
        order = np.argsort(rank[setting["rule"]], kind="stable")
        funded = np.zeros(len(self.costs), np.uint8)
        funded[order] = np.cumsum(self.costs[order]) <= setting["budget"] / 100 * self.costs.sum()
        cells = np.zeros(len(self.at), np.uint8)
        for way in self.ways[:n]:
            cells[self._near(way)] = 1
        # the line runs through right angles, so that it is seen to be Python's
        line = [p for a, b in pairwise(drawn) for p in (a, [a[0], b[1]], b)]
        cells[self._near(np.array(drawn))] = 2
        routes = (np.arange(len(self.ways)) < n).astype(np.uint8)
        empty = setting["fail"] == "empty"
        if empty:
            cells[:], routes[:] = MISSING, HIDDEN
        served = int((cells == 1).sum() + (cells == 2).sum())
        who = next((c.name for c in self.choices if c.id == chosen), "Everyone")
        bars = signed_bars(
            [Group("Cells", (Bar("served", served), Bar("not", float(len(cells) - served))))],
            unit="cells", alt="Cells served",
        )  # fmt: skip
        ids = [f"p{i}" for i in order[:8]]
        return Picture(
            numbers=(
                BigNumber("Served", f"{served} cells", f"of {len(cells)}"),
                BigNumber("Funded", f"{funded.sum()}", "projects"),
                BigNumber("Your line", f"{len(drawn)}", "points"),
            ),
            chart_title="Some cells are served",
            chart_subtitle="Cells, synthetic",
            chart="" if empty else bars,
            grid=Grid(
                "Projects by the rule",
                ["Project", "Cost", "Funded"],
                [] if empty else [[f"Project {i + 1}", f"{self.costs[i]:g}",
                                   "yes" if funded[i] else "no"] for i in order[:8]],
                [] if empty else [[int(i), float(self.costs[i]), int(funded[i])]
                                  for i in order[:8]],
                ids=() if empty else ids,
            ),
            sentence=f"{who}: {served} cells are served by {n} routes and a line of "
            f"{len(drawn)} points.",
            code=f"demo(rule={setting['rule']!r}, budget={setting['budget']:g}, drawn={drawn!r})",
            layers={"cells": cells, "routes": routes, "projects": funded},
            layer_tips={"projects": [[f"costs {c:g}"] for c in self.costs]},
            legends={"cells": Legend(f"Cells ({setting['rule']})", LEGEND_CELLS)},
            drawn=line or None,
            empty="No cell has a trip at this hour." if empty else "",
        )  # fmt: skip

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map with its three layers."""
        base = BaseMap(self.city, title=self.words.map_title)
        grey = {
            "light": ["#dfe4e8", "#b4cbea", "#f6cd9c"],
            "dark": ["#39424a", "#36568f", "#7f5426"],
        }
        base.add(
            Layer(
                id="cells",
                kind="areas",
                shapes=[hexagon(a, o, self.size) for a, o in self.at],
                classes=picture.layers["cells"],
                colors=grey,
                names=[f"Cell {i}" for i in range(len(self.at))],
                weight=0.5,
                looks=CELL_LOOKS,
            )
        )
        base.add(
            Layer(
                id="routes",
                kind="lines",
                shapes=[[network_lines.flat(w[:, 0], w[:, 1])] for w in self.ways],
                classes=picture.layers["routes"],
                colors={"light": ["#52606d", "#1a386f"], "dark": ["#8b97a3", "#fee838"]},
                names=[c.name for c in self.choices[: len(self.ways)]],
                picks=True,
                looks=ROUTE_LOOKS,
            )
        )
        base.add(
            Layer(
                id="projects",
                kind="points",
                shapes=[network_lines.flat(p[:1], p[1:]) for p in self.spots],
                classes=picture.layers["projects"],
                colors={t: ["#d55e00", "#009e73"] for t in THEMES},
                names=[c.name for c in self.choices[len(self.ways) :]],
                tips=picture.layer_tips["projects"],
                radii=3 + np.sqrt(self.costs),
                picks=True,
                looks=PROJECT_LOOKS,
            )
        )
        base.legend("cells", "Cells", LEGEND_CELLS)
        base.legend("routes", "Routes", [(1, "chosen"), (0, "not chosen")])
        base.legend("projects", "Projects, size = cost", [(1, "funded"), (0, "not funded")])
        base.badge("SYNTHETIC")
        return base


LEGEND_CELLS = [(1, "served by a route"), (2, "served by your line"), (0, "not served")]


def demo(city: Any, **sizes: int) -> LabPage:
    """Open the demonstration."""
    return LabPage(DemoLab(city, **sizes))
