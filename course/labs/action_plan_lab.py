"""The pilot lab of module 13: where the plan begins, how long it runs, what it costs.

A zone on the map is the middle of the pilot; the slider adds its neighbours. What a reader
sets is written into the field ``pilot`` of the plan's file, which the form reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course.actionplan import calls, pilot, storing
from course.actionplan.drawing import gantt, short
from course.actionplan.faults import problems
from course.actionplan.model import new_date
from course.actionplan.rules import months_after
from course.actionplan.sums import amount, budget_gap
from course.actionplan.timeline import Bar, bars_of, day_of, holidays_of
from course.display import breaks, palette
from course.display.base_map import THEMES, BaseMap, Layer
from course.display.controls import AnyControl, Control, Option
from course.display.lab_page import LabPage
from course.display.lab_picture import BigNumber, Choice, Grid, Picture, Words
from course.display.map_layer import Legend, Look
from course.display.map_words import zone_names
from course.display.maps import zone_shapes
from course.display.numbers import number, with_unit
from course.labs import records

if TYPE_CHECKING:
    from course.city.pack import City

LAB_ID = "action_plan"
ZONES = "zones"
NOT_WRITTEN = "not written"
MOST_BARS, MOST_GAPS, CLASSES = 8, 12, 5


class ActionPlanLab:
    """The pilot lab of one city and one plan: what a page asks for.

    Parameters
    ----------
    city : City
        Its zones and stops.
    plan : dict
        The plan as far as it is written.
    modules : tuple of str
        Modules of the programme, for the list of gaps.
    """

    lab_id = LAB_ID

    def __init__(
        self, city: City, plan: dict[str, Any] | None = None, modules: tuple[str, ...] = ()
    ) -> None:
        self.city, self.plan, self._modules = city, dict(plan or {}), modules
        self.table = pilot.zone_table(city)
        self._by_zone: dict[str, np.ndarray] = {}
        self.names = zone_names(self.table)
        self._name = dict(zip(self.table["zone_id"], self.names, strict=True))
        self.choices = [Choice(z, n, ZONES) for z, n in self._name.items()]
        kept = self.plan.get("pilot") if isinstance(self.plan.get("pilot"), dict) else {}
        chosen = [str(z) for z in kept.get("zones") or () if str(z) in self._name]
        most = str(self.table.loc[self.table["population"].idxmax(), "zone_id"])
        self.first = chosen[0] if chosen else most
        self._kept = tuple(chosen)
        self.controls = self._controls(kept, len(chosen) or min(3, len(self.table)))
        self.words = self._words()

    def _controls(self, kept: dict[str, Any], count: int) -> list[AnyControl]:
        months = amount(kept.get("months")) or 12
        part = amount(kept.get("contingency_pct"))
        most = max(2, min(pilot.MOST_ZONES, len(self.table)))
        return [
            Control("zones", "Zones in the pilot", "", 1, most, 1, min(count, most),
                    hint="The chosen zone and its nearest neighbours."),
            Control("months", "Length of the pilot", "months", 1, 24, 1, min(max(months, 1), 24)),
            Control("contingency_pct", "Kept back", "% of all cost", 0, 30, 1,
                    10 if part is None else min(max(part, 0), 30)),
            Option("indicator", "What the pilot starts from",
                   [(k, words) for k, (words, _) in pilot.INDICATORS.items()]),
        ]  # fmt: skip

    def _words(self) -> Words:
        city = self.city
        rows = city.sources.set_index("frame")
        return Words(
            title="Decide where your plan begins",
            lead=f"{city.title}: choose a zone as the middle of the pilot. What you set is "
            "written into your plan.",
            map_title=f"Pilot zones, {city.title}",
            choice="Middle of the pilot",
            everything=f"The pilot around {self._name[self.first]}",
            badge=city.badge("zones", "stops"),
            limits=[
                "Who works or studies in the zones and lives elsewhere: only residents count.",
                "Whether people there want to be first. Ask them before the map does.",
                "Real prices: the budget is what you wrote into the form.",
            ],
            sources=[f"{f.capitalize()}: {rows.loc[f, 'origin']}; {rows.loc[f, 'method']}."
                     for f in ("zones", "stops") if f in rows.index],
        )  # fmt: skip

    # --- one setting ------------------------------------------------------------------

    def zones_of(self, setting: Mapping[str, Any], chosen: str | None) -> list[str]:
        """Return the pilot's zones; the plan's own while nothing else was chosen."""
        count = int(setting["zones"])
        if not chosen and len(self._kept) == count:
            return list(self._kept)
        return pilot.nearest(self.table, chosen or self.first, count)

    def plan_at(self, setting: Mapping[str, Any], chosen: str | None) -> dict[str, Any]:
        """Return the field ``pilot`` of the plan at a setting."""
        zones = self.zones_of(setting, chosen)
        return {
            "zones": zones,
            "people": pilot.pilot_of(self.table, zones).people,
            "months": int(setting["months"]),
            "contingency_pct": float(setting["contingency_pct"]),
        }

    def picture(self, setting: Mapping[str, Any], chosen: str | None) -> Picture:
        """Return what the page shows at one setting; pure."""
        kind = str(setting["indicator"])
        field = self.plan_at(setting, chosen)
        found = pilot.pilot_of(self.table, field["zones"], kind)
        plan = {**self.plan, "pilot": field}
        words, unit = pilot.INDICATORS[kind]
        gaps = problems(plan, modules=self._modules)
        middle = self._name[field["zones"][0]]
        text = (
            f"The pilot around {middle} reaches {number(found.people)} people, "
            f"{found.share_pct:.1f} % of the city. {words}: {number(found.baseline)} there, "
            f"{number(found.city)} in the whole city."
        )
        return Picture(
            numbers=self._numbers(found, plan, words, len(gaps)),
            **self._chart(plan, field),
            grid=self._grid(field["zones"], kind, gaps),
            sentence=text,
            code=f"actionplan.set_pilot({field['zones']!r}, months={field['months']}, "
            f"contingency_pct={field['contingency_pct']:g})",
            layers={ZONES: self._classes(field["zones"], kind)},
            legends={ZONES: self._legend(kind)},
            layer_tips={ZONES: self._tips(kind, unit)},
            labels=(),
            selected=list(self._name).index(field["zones"][0]),
            selected_layer=ZONES,
        )

    def _numbers(
        self, found: pilot.Pilot, plan: dict[str, Any], words: str, gaps: int
    ) -> tuple[BigNumber, ...]:
        money = plan.get("finance") or {}
        gap = NOT_WRITTEN
        if (
            amount(money.get("capex")) is not None
            and amount(money.get("opex_per_year")) is not None
        ):
            gap = with_unit(budget_gap(plan), str(money.get("currency") or ""))
        return (
            BigNumber("People reached", number(found.people),
                      f"{found.share_pct:.1f} % of the city"),
            BigNumber("Starts from", number(found.baseline),
                      f"{words[:1].lower()}{words[1:]}; the city has {number(found.city)}"),
            BigNumber("Money that is missing", gap,
                      "with the part kept back" if gap != NOT_WRITTEN
                      else "write cost into the form"),
            BigNumber("Open in your plan", number(gaps), "fields; the table names them"),
        )  # fmt: skip

    def _chart(self, plan: dict[str, Any], field: dict[str, Any]) -> dict[str, str]:
        start = day_of(plan.get("date")) or new_date()
        end = months_after(start, field["months"])
        bars = [Bar(f"Pilot, {field['months']} months", start, end, "phase")]
        bars += [b for b in bars_of(plan) if b.kind != "milestone"][: MOST_BARS - 1]
        off = holidays_of(str(self.city.properties.get("country") or ""),
                          range(start.year, max(b.end for b in bars).year + 1))  # fmt: skip
        inside = sum(start <= day <= end for day in off.days)
        said = f"The pilot runs from {start} to {end}."
        if off.known:
            said += f" {inside} public holidays fall into it."
        return {
            "chart_title": f"The pilot ends on {end}",
            "chart_subtitle": f"{said} {'' if off.known else off.sentence}".strip(),
            "chart": gantt(bars, off, alt=said, width=480, left=150),
        }

    def _grid(self, zones: list[str], kind: str, gaps: list[Any]) -> Grid:
        unit = pilot.INDICATORS[kind][1]
        by_id = self.table.set_index("zone_id")
        cells, keys, ids = [], [], []
        for zone in zones:
            row = by_id.loc[[zone]]
            people, value = float(row["population"].iloc[0]), pilot.value_of(row, kind)
            cells.append([short(self._name[zone], 28), number(people), number(value)])
            keys.append([self._name[zone], people, None if value != value else value])
            ids.append(zone)
        for problem in gaps[:MOST_GAPS]:
            cells.append([f"Open: {problem.sentence}", "", ""])
            keys.append([problem.field, None, None])
            ids.append("")
        caption = "Zones of the pilot, then what is open in your plan"
        return Grid(caption, ["Zone", "People", unit], cells, keys, ids)

    def _values(self, kind: str) -> np.ndarray:
        """Return an indicator by zone; kept, because a slider asks for it at every step."""
        if kind not in self._by_zone:
            rows = [pilot.value_of(self.table.iloc[[at]], kind) for at in range(len(self.table))]
            self._by_zone[kind] = np.array(rows, float)
        return self._by_zone[kind]

    def _edges(self, kind: str) -> list[float]:
        return list(breaks.sequential_edges(self._values(kind), classes=CLASSES))

    def _classes(self, zones: list[str], kind: str) -> np.ndarray:
        """Return each zone's class: its step of colour, and stripes where it is in the pilot."""
        found = breaks.classify(self._values(kind), self._edges(kind))
        inside = self.table["zone_id"].isin(zones).to_numpy()
        steps = found.astype(np.int64) + np.where(inside, CLASSES, 0)
        missing = found == breaks.MISSING
        return np.where(missing, np.where(inside, CLASSES, 0), steps).astype(np.uint8)

    def _legend(self, kind: str) -> Legend:
        labels = breaks.class_labels(self._edges(kind))
        rows = [(k, words) for k, words in enumerate(labels)][::-1]
        return Legend(pilot.INDICATORS[kind][0], [*rows, (CLASSES, "in the pilot")])

    def _tips(self, kind: str, unit: str) -> list[list[str]]:
        return [
            [f"{number(float(row.population))} people",
             with_unit(float(self._values(kind)[at]), unit)]
            for at, row in enumerate(self.table.itertuples())
        ]  # fmt: skip

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map of zones, drawn for a picture."""
        base = BaseMap(self.city, title=self.words.map_title)
        colors = {t: palette.sequential(CLASSES, theme=t) * 2 for t in THEMES}
        looks = [Look("Not in the pilot")] * CLASSES
        looks += [Look("In the pilot", hatch="stripes", weight=3)] * CLASSES
        base.add(Layer(
            id=ZONES, kind="areas", shapes=zone_shapes(self.city, self.table["zone_id"]),
            classes=picture.layers[ZONES], colors=colors, names=self.names, picks=True,
            looks=looks,
        ))  # fmt: skip
        legend = picture.legends[ZONES]
        base.legend(ZONES, legend.title, list(legend.rows))
        return base


def action_plan(city: City, *, folder: Path | None = None) -> LabPage:
    """Open the pilot lab.

    Parameters
    ----------
    city : City
        Its zones and stops.
    folder : Path, optional
        Where ``plan.json`` lies; that of module 13 when left out.

    Returns
    -------
    LabPage
        A widget; without a kernel a still page. A change made by a person is written into
        the plan's field ``pilot`` and into ``lab_records.json``.
    """
    file = storing.PlanFile(folder, kind=calls.programme_kind())
    lab = ActionPlanLab(city, file.draft.data, calls.programme_modules())

    def keep(setting: Mapping[str, Any], chosen: str | None) -> None:
        records.append(LAB_ID, setting, city=city.id, chosen=chosen)
        if file.draft.kind == "action_plan":
            storing.change_plan({"pilot": lab.plan_at(setting, chosen)}, file.path.parent)

    return LabPage(lab, record=keep)
