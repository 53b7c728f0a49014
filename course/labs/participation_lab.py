"""The participation lab: a rule, a budget and thresholds; who gets nothing, on the map.

``labs.participation(city)`` counts the ballots of a city by three rules at once and shows one
beside the others. The arithmetic is in :mod:`course.labs.participation_model`; this module
words it and draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.synthesis import proposals
from course.display import bar_svg
from course.display.base_map import BaseMap
from course.display.lab_page import LabPage
from course.display.lab_picture import BigNumber, Choice, Grid, Picture, Words
from course.display.map_words import full_name
from course.display.numbers import NO_VALUE, number, with_unit
from course.labs import participation_bars as bars
from course.labs import participation_map as drawing
from course.labs import participation_words as say
from course.labs import records
from course.labs.participation_controls import controls_of
from course.labs.participation_model import ParticipationModel, Result
from course.labs.participation_setting import RULES, Setting, code_of

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

LAB_ID = "participation"
MOST_ROWS, GRID_NAME = 24, 20
NOT_ON_MAP = "list"  # the layer of what has no place


class ParticipationLab:
    """The participation lab of one city: what a page asks for.

    Parameters
    ----------
    city : City
        Projects, ballots and zones.
    """

    lab_id = LAB_ID

    def __init__(self, city: City) -> None:
        self.city = city
        self._zones = city.zones
        month = proposals.synthesise_proposals(city)
        self.model = ParticipationModel(city.projects, city.ballots, self._zones, month)
        self.controls = controls_of(
            Setting(), most_choices=self.model.most_choices, weights=self.model.has_zones
        )
        self.unit = city.currency
        self._names = dict(
            zip(self._zones["zone_id"], self._zones["name"].astype(str), strict=True)
        )
        self._placed = self._project_places()
        self._label_at, self._label_free = drawing.label_points(city, self._placed)
        self.choices = self._choices()
        self._areas = {c.id for c in self.choices if c.layer == "zones"}
        self._projects = {c.id for c in self.choices} - self._areas
        self.words = self._words()

    def _project_places(self) -> pd.DataFrame:
        """Return the projects that can stand on the map, in their own order."""
        table = self.model.projects
        placed = table["lat"].notna() & table["lon"].notna()
        return table[placed].reset_index(drop=True)

    def _choices(self) -> list[Choice]:
        zones = self._zones
        local = zones["name_local"] if "name_local" in zones else [""] * len(zones)
        areas = [
            Choice(f"zone {z}", full_name(name, own), "zones")
            for z, name, own in zip(zones["zone_id"], zones["name"], local, strict=True)
        ]
        taken = {c.name for c in areas}
        places = []
        on_map = set(self._placed["project_id"])
        for row in self.model.projects.itertuples():
            name = str(row.name or row.project_id)
            where = self._names.get(row.zone_id, "")
            text = f"{name}, {where}" if where else name
            # two projects may share a name: the id tells them apart
            text = f"{text} ({row.project_id})" if text in taken else text
            taken.add(text)
            # a project for the whole city is chosen by its name or in the table
            layer = "projects" if row.project_id in on_map else NOT_ON_MAP
            places.append(Choice(f"project {row.project_id}", text, layer))
        return [*areas, *places]

    def _words(self) -> Words:
        city = self.city
        limits = [
            "What people without a ballot want: voters are not a sample of the citizens.",
            "Whether a funded project is built, and whether it helps.",
            "Real staff hours: both are teaching values. Ask your office.",
        ]
        if city.is_synthetic("projects", "ballots"):
            limits.insert(0, "Real votes: projects or ballots are synthetic. Learn the method.")
        if self.model.has_zones:
            limits.append(
                "How Seoul put committee, online vote and survey on one scale in 2015: not found. "
                "Here one rule of this course makes all three from the ballots."
            )
        sources = [f"Proposals: synthetic; {proposals.METHOD}."]
        rows = city.sources.set_index("frame")
        for frame in ("projects", "ballots", "zones"):
            if frame in rows.index:
                row = rows.loc[frame]
                sources.append(f"{frame.capitalize()}: {row['origin']}; {row['method']}.")
        return Words(
            title="Decide how votes become projects, and see who gets nothing",
            lead=f"{city.title}: {number(len(self.model.projects))} projects, one budget, "
            "three rules beside each other.",
            map_title=f"Voters who get nothing, and the projects, {city.title}",
            choice="Project or zone",
            everything=f"All of {city.title}",
            badge=city.badge("projects", "ballots"),
            limits=limits,
            sources=sources,
        )

    # --- one setting ------------------------------------------------------------------

    def picture(self, setting: Mapping[str, Any], chosen: str | None) -> Picture:
        """Return what the page shows at one setting; pure."""
        where = Setting.from_mapping(setting)
        wish = chosen or ""
        result = self.model.result(
            where,
            zone_id=wish.removeprefix("zone ") if wish in self._areas else "",
            project_id=wish.removeprefix("project ") if wish in self._projects else "",
        )
        text = say.sentence(result, names=self._names, city=self.city.title, unit=self.unit)
        measure = "named_pct" if result.project_id else "nothing_pct"
        shares = result.zones[measure].to_numpy(float)
        kind = "synthetic ballots" if self.words.badge else "ballots of the pack"
        votes = dict(zip(self.model.projects["project_id"], self.model.votes, strict=True))
        zones = drawing.zone_classes(shares)
        return Picture(
            numbers=self._numbers(result),
            **self._chart(result, text),
            grid=self._grid(result),
            sentence=text,
            code=code_of(where, result.budget, weights=self.model.has_zones),
            classes=zones,
            labels=[
                f"{v:.0f}" if free and v == v else ""
                for v, free in zip(shares, self._label_free, strict=True)
            ],
            layers={"zones": zones, "projects": drawing.project_classes(result, self._placed)},
            layer_tips={
                "zones": drawing.zone_tips(result, kind),
                "projects": drawing.project_tips(result, self._placed, votes, self.unit),
            },
            legends={"zones": drawing.legend(result)},
        )

    def _numbers(self, result: Result) -> tuple[BigNumber, ...]:
        mine, outcome = result.setting.rule, result.outcome
        others = ", ".join(
            f"{say.rule_name(rule)} {say.percent(100 - result.city_nothing_pct[rule])}"
            for rule in RULES
            if rule != mine
        )
        return (
            BigNumber(
                "Voters with a funded choice",
                say.percent(100 - result.city_nothing_pct[mine]),
                f"under {say.rule_name(mine)}; {others}",
            ),
            BigNumber(
                "Zones without a project",
                f"{number(result.empty_zones)} of {number(result.voting_zones)}"
                if result.voting_zones
                else NO_VALUE,
                "zones with voters" if result.voting_zones else "the ballots name no zone",
            ),
            BigNumber(
                "Projects funded",
                f"{number(len(outcome.funded))} of {number(len(outcome.table))}",
                f"{say.money(outcome.spent, self.unit)} of {say.money(result.budget, self.unit)}",
            ),
            BigNumber(
                "Answers a month",
                number(result.answers),
                f"and {number(result.forums)} forums of {number(result.proposals)} proposals: "
                f"{with_unit(result.hours, 'staff hours', decimals=0)}",
            ),
        )

    def _chart(self, result: Result, alt: str) -> dict[str, str]:
        kind = ", synthetic ballots" if self.words.badge else ""
        if result.project_id:
            title = say.named_title(result, self._names)
            subtitle = f"Voters who named the project, %{kind}"
            groups = bars.of_project(result, self._names)
        else:
            title = say.chart_title(result.nothing_pct)
            who = (
                f"voters {say.at(self._names[result.zone_id])}"
                if result.zone_id
                else f"all voters in {self.city.title}"
            )
            subtitle = f"Voters without a funded choice, % of {who}{kind}"
            groups = bars.of_rules(result)
        drawn = bar_svg.plain_bars(
            groups, unit="%", alt=alt, decimals=0, beside=f"all voters in {self.city.title}"
        )
        return {"chart_title": title, "chart_subtitle": subtitle, "chart": drawn}

    def _grid(self, result: Result) -> Grid:
        tables = {rule: out.table for rule, out in result.outcomes.items()}
        votes = self.model.votes
        order = {rule: tables[rule]["order"].to_numpy(float, na_value=np.nan) for rule in RULES}
        mine = order[result.setting.rule]
        somewhere = np.any([np.isfinite(o) for o in order.values()], axis=0)
        table = self.model.projects
        chosen = table["project_id"].to_numpy() == result.project_id
        # funded first, in order; then what another rule funds, by votes
        rank = np.lexsort((-votes, np.nan_to_num(mine, nan=np.inf)))
        shown = [i for i in rank if somewhere[i] or chosen[i]][:MOST_ROWS]
        cells, keys, ids = [], [], []
        for i in shown:
            row = table.iloc[i]
            name = str(row["name"] or row["project_id"])
            places = [order[rule][i] for rule in RULES]
            cells.append(
                [
                    bars.short(name, GRID_NAME),
                    say.money(row["cost"], ""),
                    number(votes[i]),
                    *("–" if p != p else f"{p:.0f}" for p in places),
                ]
            )
            keys.append(
                [name, float(row["cost"]), float(votes[i])]
                + [None if p != p else float(p) for p in places]
            )
            ids.append(f"project {row['project_id']}")
        caption = (
            "Order in which most votes first, equal shares and Phragmén fund a project; "
            f"cost in {self.unit}. {say.not_shown(int(somewhere.sum()), len(table), len(shown))}"
        )
        heads = ["Project", "Cost", "Votes", "Most", "Equal", "Phragmén"]
        return Grid(caption, heads, cells, keys, ids)

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map of zones and projects, drawn for a picture."""
        return drawing.draw(
            self.city,
            picture,
            self._placed,
            self.choices,
            label_at=self._label_at,
            title=self.words.map_title,
            badge="SYNTHETIC ballots" if self.words.badge else "",
        )


def participation(city: City) -> LabPage:
    """Open the participation lab.

    Parameters
    ----------
    city : City
        Its projects and ballots are counted; both are synthesised where the pack has none.

    Returns
    -------
    LabPage
        A widget; in an export, in feedback or without a kernel a still page.

    Raises
    ------
    CourseError
        When the tables of the pack cannot be counted.

    Notes
    -----
    A change made by a person is added to ``lab_records.json`` beside the notebook.
    """
    lab = ParticipationLab(city)

    def keep(setting: Mapping[str, Any], chosen: str | None) -> None:
        records.append(LAB_ID, setting, city=city.id, chosen=chosen)

    return LabPage(lab, record=keep)
