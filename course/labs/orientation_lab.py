"""The orientation lab: one value on a map, how finely it is cut, and a line of density.

``labs.orientation(city)`` shows that a map is a choice: another value, another number of
classes or another line tells another story of the same city.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course.display import breaks
from course.display.base_map import BaseMap
from course.display.controls import AnyControl, Control, Option
from course.display.figure import Figure
from course.display.lab_missing import missing
from course.display.lab_page import LabPage
from course.display.lab_picture import Choice, Picture, Words
from course.display.map_words import zone_names, zone_points
from course.display.maps import MANY_ZONES, zone_shapes
from course.display.numbers import number
from course.errors import CourseError
from course.labs import orientation_map as drawing
from course.labs import orientation_words as say
from course.labs import records
from course.labs.orientation_setting import (
    CLASSES,
    FEWEST,
    MOST,
    VALUES,
    OrientationSetting,
    code_of,
)
from course.policy import indicators

if TYPE_CHECKING:
    from course.city.pack import City

LAB_ID = "orientation"
TITLE = "Decide which number shows your city, and where you draw the line"
MAP_HEIGHT = 440


class OrientationLab:
    """The orientation lab of one city: what a page asks for.

    Parameters
    ----------
    city : City
        Its zones.
    """

    lab_id = LAB_ID

    def __init__(self, city: City) -> None:
        self.city = city
        self.mean = indicators.city_density(city.zones)
        self.zones = city.zones.assign(
            density=indicators.zone_densities(city.zones).to_numpy()
        ).reset_index(drop=True)
        self.names = zone_names(self.zones)
        self._short = self.zones["name"].astype(str).tolist()  # letters that bars have room for
        self._at = {str(z): i for i, z in enumerate(self.zones["zone_id"])}
        self.choices = [
            Choice(zone, name, drawing.ZONES)
            for zone, name in zip(self._at, self.names, strict=True)
        ]
        self.line = float(round(self.mean))
        self.controls: list[AnyControl] = self._controls()
        self.words = self._words()

    def _controls(self) -> list[AnyControl]:
        top = float(self.zones["density"].max())
        step = max(1.0, breaks.round_step(top / 100))
        # the slider ends on a step, so that the city's maximum can be passed
        high = max(step, float(np.ceil(top / step)) * step, self.line)
        return [
            Option("value", "Colour the zones by", [(k, words) for k, (words, _) in VALUES.items()],
                   hint="One number for each zone."),
            Control("classes", "Classes", "", FEWEST, MOST, 1, CLASSES,
                    hint="Most steps of colour; the edges are round numbers."),
            Control("line", "Crowded above", "people/km²", 0, high, step, self.line,
                    hint="Starts at the density of the whole city."),
        ]  # fmt: skip

    def _words(self) -> Words:
        city = self.city
        row = city.sources.set_index("frame").loc["zones"]
        limits = [
            "Differences inside a zone: one colour hides streets that are full beside empty ones.",
            "People present: a register counts who is registered, not who is there at noon.",
            "Land that nobody can live on: mountains, rivers and airports count as land here.",
        ]
        badge = city.badge("zones")
        if made := str(row["synthetic_columns"]):
            what = "every number" if made == "all" else made.replace("_", " ")
            limits.insert(0, f"Only real numbers: made by a rule in the zones: {what}.")
        return Words(
            title=TITLE,
            lead=f"{city.title}: {len(self.zones)} zones, one value as colour, stripes where a "
            "zone is more crowded than your line.",
            map_title=f"{city.title} by zone, and the zones above the line",
            choice="Zone",
            everything=f"All of {city.title}",
            badge=badge,
            limits=limits,
            sources=[f"Zones: {row['origin']}; {row['method']}."],
        )

    # --- one setting ------------------------------------------------------------------

    def picture(self, setting: Mapping[str, Any], chosen: str | None) -> Picture:
        """Return what the page shows at one setting; pure."""
        where = OrientationSetting.from_mapping(setting, line=self.line)
        data = self.zones[where.value].to_numpy(float)
        over = self.zones["density"].to_numpy(float) > where.line
        found = indicators.above(self.zones, where.line)
        at = self._at.get(chosen) if chosen else None
        rank = 0 if at is None else int(np.flatnonzero(say.order_of(data) == at)[0]) + 1
        text = say.sentence(
            self.city.title, found, where, None if at is None else self.zones.iloc[at], rank,
            len(data),
        )  # fmt: skip
        edges = breaks.sequential_edges(data, classes=where.classes)
        words, _ = VALUES[where.value]
        kind = ", synthetic" if self._badge(where) else ""
        return Picture(
            numbers=say.figures(found, len(data), self.mean, where.line),
            chart_title=say.chart_title(self._short, data, where),
            chart_subtitle=f"{words} by zone{kind}",
            chart=say.chart(self._short, data, where, at, text),
            grid=say.grid(self.zones, data, where.line, at),
            sentence=text,
            code=code_of(where),
            layers={drawing.ZONES: drawing.classes_of(data, edges, over)},
            layer_tips={drawing.ZONES: self._tips(kind)},
            labels=self._labels(data) or (),
            legends={
                drawing.ZONES: drawing.legend(
                    words, edges, f"more than {number(where.line, decimals=0)} people/km²",
                    some_over=bool(over.any()), some_missing=bool(np.isnan(data).any()),
                )
            },
        )  # fmt: skip

    def _badge(self, where: OrientationSetting) -> str:
        columns = ("population", "area_km2") if where.value == "density" else (where.value,)
        return indicators.badge(self.city, *columns)

    def _labels(self, data: np.ndarray) -> list[str] | None:
        if len(data) > MANY_ZONES:
            return None
        return [number(v, decimals=0) for v in data]

    def _tips(self, kind: str) -> list[list[str]]:
        return [
            [f"{number(z.density, decimals=0)} people/km²",
             f"{number(z.population, decimals=0)} people on {number(z.area_km2, decimals=1)} km²",
             f"{number(z.jobs, decimals=0)} jobs{kind}"]
            for z in self.zones.itertuples()
        ]  # fmt: skip

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map of zones, drawn for a picture."""
        base = BaseMap(self.city, title=self.words.map_title, height=MAP_HEIGHT)
        base.add(
            drawing.layer(
                zone_shapes(self.city, self.zones["zone_id"].tolist()), self.names,
                picture.layers[drawing.ZONES], zone_points(self.zones), picture.labels or None,
            )
        )  # fmt: skip
        legend = picture.legends[drawing.ZONES]
        base.legend(drawing.ZONES, legend.title, legend.rows)
        base.badge(self.words.badge.split(":")[0])
        return base


def orientation(city: City) -> LabPage | Figure:
    """Open the orientation lab.

    Parameters
    ----------
    city : City
        Its zones.

    Returns
    -------
    LabPage
        A widget; in an export, in feedback or without a kernel a still page. A city without
        zones gives a page that says so.

    Notes
    -----
    A change made by a person is added to ``lab_records.json`` beside the notebook.
    """
    try:
        lab = OrientationLab(city)
    except CourseError as error:
        return missing(TITLE, error)

    def keep(setting: Mapping[str, Any], chosen: str | None) -> None:
        records.append(LAB_ID, setting, city=city.id, chosen=chosen)

    return LabPage(lab, record=keep)
