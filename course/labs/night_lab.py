"""The night bus lab: routes, headway and walk under sliders, and a route of one's own.

``labs.night_bus(city)`` chooses routes from the city's own network and shows what each adds,
what it costs, and who gets home. The arithmetic is in :mod:`course.labs.night_model`; this
module words it and draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.night_network import network_of
from course.bigdata.night_today import night_service_today
from course.display import breaks
from course.display.base_map import BaseMap
from course.display.figure import Figure
from course.display.lab_missing import missing
from course.display.lab_page import LabPage
from course.display.lab_picture import Choice, Picture, Words
from course.display.numbers import number
from course.errors import CourseError
from course.labs import night_map as drawing
from course.labs import night_words as say
from course.labs import records
from course.labs.night_controls import controls_of
from course.labs.night_figures import chart, figures, grid
from course.labs.night_model import DRAWN, NightModel, Result
from course.labs.night_setting import NightSetting, code_of

if TYPE_CHECKING:
    from course.city.pack import City

LAB_ID = "night_bus"
TITLE = "Decide where the night bus runs, and who gets home"
MAP_HEIGHT = 440


class NightLab:
    """The night bus lab of one city: what a page asks for.

    Parameters
    ----------
    city : City
        Night trips, zones and the network of its lines.
    """

    lab_id = LAB_ID

    def __init__(self, city: City) -> None:
        self.city, self.model = city, NightModel(city)
        self.controls = controls_of(network_of(city), len(self.model.routes))
        self._edges = drawing.edges_of(self.model.cell_trips)
        self._cell_names = self._names_of_cells()
        self._cell_at = {cell: i for i, cell in enumerate(self.model.cells)}
        self._route_at = {route.route_id: i for i, route in enumerate(self.model.routes)}
        self.choices = [
            *(
                Choice(route.route_id, f"{route.route_id} {route.name}", drawing.ROUTES)
                for route in self.model.routes
            ),
            *(
                Choice(cell, name, drawing.CELLS)
                for cell, name in zip(self.model.cells, self._cell_names, strict=True)
            ),
        ]
        self.words = self._words()

    def _names_of_cells(self) -> list[str]:
        from course.city.places import nearest_zone

        demand, zones = self.model.cover.demand, self.city.zones
        owner = nearest_zone(demand.lat, demand.lon, zones)
        name = dict(zip(zones["zone_id"], zones["name"].astype(str), strict=True))
        return [
            f"{name.get(zone) or zone}, cell {cell}"
            for zone, cell in zip(owner, demand.cells, strict=True)
        ]

    def _words(self) -> Words:
        city, costs = self.city, self.model.costs
        badge = city.badge("night_trips")
        limits = [
            "Riders: a wish is not a ride. How many wishes become rides is a parameter.",
            "Streets: routes follow the city's own lines and stops, not a street map.",
            "Who makes no call: people without a phone of the operator, children, visitors.",
            say.running_today(night_service_today(city)),
            f"Money: {number(costs.per_bus_hour)} {costs.currency} for a bus hour, "
            f"{number(costs.per_km)} for a km, {number(costs.ride_pct)} rides of 100 wishes: "
            "parameters of the course, unverified.",
        ]
        if badge:
            limits.insert(0, "Real trips: these are synthetic. Read sizes, not single cells.")
        rows = city.sources.set_index("frame")
        sources = [
            f"{frame.replace('_', ' ').capitalize()}: {rows.loc[frame, 'origin']}; "
            f"{rows.loc[frame, 'method']}."
            for frame in ("night_trips", "zones", "stops")
            if frame in rows.index
        ]
        return Words(
            title=TITLE,
            lead=f"{city.title}: candidate routes on the city's own network, and the night "
            "trips with both ends near one of them.",
            map_title=f"Night trips by cell and the routes that run, {city.title}",
            choice="Route or cell",
            everything=f"All of {city.title}",
            badge=badge,
            limits=limits,
            sources=sources,
        )

    # --- one setting ------------------------------------------------------------------

    def picture(self, setting: Mapping[str, Any], chosen: str | None) -> Picture:
        """Return what the page shows at one setting; pure."""
        where = NightSetting.from_mapping(setting)
        result = self.model.result(where)
        route = self.model.routes[self._route_at[chosen]] if chosen in self._route_at else None
        cell = self._cell_at.get(chosen) if chosen else None
        text = say.sentence(
            result,
            city=self.city.title,
            route=route,
            cell=None if cell is None else self._told(result, cell),
        )
        part = ", synthetic" if self.words.badge else ""
        return Picture(
            numbers=figures(result, where, self.model.costs),
            chart_title=self._chart_title(result, cell),
            chart_subtitle=f"Shares of the night trips{part}",
            chart=chart(
                result, alt=text, chosen=chosen, cell=cell, cell_trips=self.model.cell_trips
            ),
            grid=grid(result, cell=cell, known=self._route_at),
            sentence=text,
            code=code_of(where),
            layers={
                drawing.CELLS: drawing.cell_classes(
                    self.model.cell_trips, result.reached, self._edges
                ),
                drawing.ROUTES: self._lines(result, route),
            },
            layer_tips={drawing.CELLS: self._cell_tips(result), drawing.ROUTES: self._route_tips()},
            legends={drawing.ROUTES: drawing.route_legend(self._spare(result, route))},
            drawn=None if result.own is None else result.own.path,
            empty="" if len(result.plan) else "No route serves a night trip at this setting.",
        )

    def _told(self, result: Result, cell: int) -> tuple[str, float, float, list[str]]:
        by_route = result.at_cell(cell)
        order = np.argsort(-by_route, kind="stable")
        routes = [result.plan.routes[i] for i in order if by_route[i] > 0]
        names = ["your route" if r.route_id == DRAWN else r.route_id for r in routes]
        served = float(result.served_of_cell[cell])
        return self._cell_names[cell], float(self.model.cell_trips[cell]), served, names

    def _spare(self, result: Result, route: Any) -> bool:
        return route is not None and route.route_id not in result.plan.route_ids

    def _lines(self, result: Result, route: Any) -> np.ndarray:
        classes = np.full(len(self.model.routes), breaks.HIDDEN, dtype=np.uint8)
        for route_id in result.plan.route_ids:
            if route_id in self._route_at:
                classes[self._route_at[route_id]] = drawing.RUNS
        if self._spare(result, route):
            classes[self._route_at[route.route_id]] = drawing.SPARE
        return classes

    def _chart_title(self, result: Result, cell: int | None) -> str:
        if cell is None:
            return say.chart_title(result.steps, result.plan.total_trips)
        return f"Who serves {self._cell_names[cell]}"

    def _cell_tips(self, result: Result) -> list[list[str]]:
        kind = "synthetic, one night" if self.words.badge else "own record"
        served = result.served_of_cell
        tips = []
        for all_trips, some in zip(self.model.cell_trips.tolist(), served.tolist(), strict=True):
            share = 100 * some / all_trips if all_trips else 0
            tips.append(
                [
                    f"{number(all_trips, decimals=0)} night trips start or end here ({kind})",
                    f"{number(share, decimals=0)} % of them are served",
                ]
            )
        return tips

    def _route_tips(self) -> list[list[str]]:
        return [
            [f"{route.kind}, {number(route.length_km, decimals=1)} km one way"]
            for route in self.model.routes
        ]

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map of cells and routes, drawn for a picture."""
        base = drawing.empty_map(self.city, self.words.map_title, MAP_HEIGHT)
        base.add(
            drawing.cell_layer(
                self.model.cells, self._cell_names, picture.layers[drawing.CELLS], self._edges
            )
        )
        base.add(
            drawing.route_layer(
                self.model.routes,
                [c.name for c in self.choices if c.layer == drawing.ROUTES],
                picture.layers[drawing.ROUTES],
            )
        )
        for layer, legend in (
            (drawing.CELLS, drawing.cell_legend(self._edges)),
            (drawing.ROUTES, picture.legends[drawing.ROUTES]),
        ):
            base.legend(layer, legend.title, legend.rows)
        base.badge("SYNTHETIC night trips" if self.words.badge else "")
        return base


def night_bus(city: City) -> LabPage | Figure:
    """Open the night bus lab.

    Parameters
    ----------
    city : City
        Its night trips, zones, stops and lines.

    Returns
    -------
    LabPage
        A widget; in an export, in feedback or without a kernel a still page. A city whose
        network joins no two places gives a page that says so.

    Notes
    -----
    A change made by a person is added to ``lab_records.json`` beside the notebook.
    """
    try:
        lab = NightLab(city)
    except CourseError as error:
        return missing(TITLE, error)

    def keep(setting: Mapping[str, Any], chosen: str | None) -> None:
        records.append(LAB_ID, setting, city=city.id, chosen=chosen)

    return LabPage(lab, record=keep)
