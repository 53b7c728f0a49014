"""The lab of questions an official asks about fares: one question, its sliders, its map.

``labs.fare_questions(city, question="transfers")`` asks the same functions that the lessons
call; ``labs.fare_questions(summary, question=...)`` asks them of 20 million rides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course.display import bar_svg, breaks, palette
from course.display.base_map import THEMES, BaseMap, Layer
from course.display.lab_page import LabPage
from course.display.lab_picture import Choice, Picture, Words
from course.display.map_words import full_name
from course.display.maps import zone_shapes
from course.display.network_lines import flat
from course.display.numbers import number, with_unit
from course.errors import CourseError, UsageError
from course.labs import questions_words as say
from course.labs import records
from course.labs.fares_words import decimals_for, sources_of
from course.labs.questions_asked import Asked
from course.labs.questions_list import question_of
from course.labs.summary_city import city_of
from course.transport import fares as transport
from course.transport.fare_answer import Answer

if TYPE_CHECKING:
    from course.city.pack import City
    from course.transport.card_summary import CardSummary

LAB_ID = "fare_questions"
MAP_HEIGHT = 440
_PER_CARD = ("passes", "cap")


class QuestionLab:
    """One fare question of one city: what a page asks for.

    Parameters
    ----------
    asked : Asked
        City, journeys and cards.
    question : str
        Which question; see `questions_list.QUESTIONS`.
    """

    lab_id = LAB_ID

    def __init__(self, asked: Asked, question: str) -> None:
        self.asked, self.question = asked, question_of(question)
        self.city, today = asked.city, asked.journeys.today
        self.unit = asked.unit
        self.controls = list(self.question.controls(asked))
        zones = asked.city.zones
        self._zones = zones
        self._ids = [str(z) for z in zones["zone_id"]]
        local = zones["name_local"] if "name_local" in zones else [""] * len(zones)
        self._names = dict(zip(self._ids, zones["name"].astype(str), strict=True))
        self.choices = [
            Choice(z, full_name(n, own))
            for z, n, own in zip(self._ids, zones["name"], local, strict=True)
        ]
        first = asked.journeys.reprice(today, by=())
        self._mean = first.revenue_today / first.trips if first.trips else 0.0
        self._digits = decimals_for(self._mean)
        self._last: tuple[tuple[Any, ...], Answer] | None = None
        start = self.answer({c.key: c.clean(c.start) for c in self.controls})
        self._edges = self._fixed_edges(start)
        self.words = self._words(start)

    def answer(self, setting: Mapping[str, Any]) -> Answer:
        """Return the answer at a setting; the last one is kept, as a selection asks again."""
        key = tuple(sorted((k, str(v)) for k, v in setting.items()))
        if self._last is None or self._last[0] != key:
            self._last = (key, self.question.answer(self.asked, setting))
        return self._last[1]

    def _changes(self, answer: Answer) -> np.ndarray:
        if answer.zones is None:
            return np.full(len(self._ids), np.nan)
        by_zone = answer.zones.set_index("zone_id")["mean_change"]
        return by_zone.reindex(self._ids).to_numpy(float)

    def _fixed_edges(self, answer: Answer) -> list[float]:
        """Return classes for all settings, so that a colour always means the same amount."""
        sizes = np.abs(self._changes(answer))
        sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
        small = float(np.quantile(sizes, 0.3)) if len(sizes) else 0.02 * self._mean
        small = max(small, 0.002 * self._mean)
        if len(sizes) and sizes.max() < 4 * small:
            # every zone moves by nearly as much: classes between the least and the most
            edges = [e for e in breaks.sequential_edges(sizes, classes=4) if e > 0]
            if edges:
                return edges
        return sorted({breaks.round_step(small * times) for times in (1, 4, 16)})

    def _lasting(self, answer: Answer) -> list[str]:
        """Return the notes that hold at every setting; the page shows them once."""
        ends = {
            c.key: c.clean(c.options[-1][0] if hasattr(c, "options") else c.high)
            for c in self.controls
        }
        try:
            other = self.question.answer(self.asked, ends).notes
        except CourseError:
            return list(answer.notes)
        return [note for note in answer.notes if note in other]

    def _words(self, answer: Answer) -> Words:
        city, today = self.city, self.asked.journeys.today
        journeys = self.asked.journeys
        kind = "teaching fare" if today.teaching else f"tariff of {today.year}"
        limits = self._lasting(answer)
        if city.is_synthetic("rides"):
            limits.insert(0, "Real trips: these rides are synthetic. Read sizes, not single trips.")
        return Words(
            title=self.question.title,
            lead=f"{city.title}, {journeys.rides:,} rides in {journeys.count:,} journeys. "
            f"{self.question.lead} Today: {kind}.",
            map_title=f"{self.question.map_title}, {city.title}",
            choice="Zone",
            everything=f"All of {city.title}",
            badge=city.badge("rides"),
            limits=limits,
            sources=sources_of(today, city),
        )

    def picture(self, setting: Mapping[str, Any], chosen: str | None) -> Picture:
        """Return what the page shows at one setting; pure."""
        answer = self.answer(setting)
        changes = self._changes(answer)
        zero = 0.5 * 10.0**-self._digits
        chosen = chosen if chosen in self._names else None
        per = "card" if self.question.key in _PER_CARD else "journey"
        text = answer.sentence
        if chosen is not None:
            text = say.zone_sentence(
                answer, chosen, self._names[chosen], decimals=self._digits, per=per
            )
        return Picture(
            numbers=say.figures(answer, decimals=self._digits),
            chart_title=answer.title,
            chart_subtitle=self._subtitle(answer),
            chart=self._chart(answer, text),
            grid=say.grid(answer, decimals=self._digits),
            sentence=text,
            code=self.question.call(self.asked, setting),
            classes=breaks.classify_diverging(changes, self._edges, zero_below=zero),
            labels=[
                number(v, decimals=self._digits, signed=True) if v == v else "" for v in changes
            ],
            tips=self._tips(answer, changes, per),
            selected=self._ids.index(chosen) if chosen else None,
        )

    def _subtitle(self, answer: Answer) -> str:
        unit = answer.extra.get("bar_unit", self.unit)
        what = "Mean change in fare" if answer.signed and "bar_unit" not in answer.extra else ""
        heading = what or (answer.bars[0][0] if answer.bars else "")
        made = ", synthetic rides" if self.words.badge else ""
        return f"{heading} ({unit}){made}" if unit else f"{heading}{made}"

    def _chart(self, answer: Answer, alt: str) -> str:
        groups = [
            bar_svg.Group(
                heading,
                tuple(
                    bar_svg.Bar(str(n), float(v))
                    for n, v in zip(frame["name"], frame["value"], strict=True)
                ),
            )
            for heading, frame in answer.bars
        ]
        unit = answer.extra.get("bar_unit", self.unit)
        draw = bar_svg.signed_bars if answer.signed else bar_svg.plain_bars
        digits = 1 if unit == "%" else 0 if "bar_unit" in answer.extra else self._digits
        return draw(groups, unit=unit, alt=alt, decimals=digits)

    def _tips(self, answer: Answer, changes: np.ndarray, per: str) -> list[list[str]]:
        if answer.zones is None:
            return [["This answer is not counted by zone."] for _ in self._ids]
        rows = answer.zones.set_index("zone_id").reindex(self._ids)
        kind = "synthetic rides" if self.words.badge else "rides of the pack"
        out = []
        for change, row in zip(changes, rows.itertuples(), strict=True):
            if not row.trips > 0:
                out.append([f"No {per} begins here."])
                continue
            moved = with_unit(float(change), self.unit, decimals=self._digits, signed=True)
            now = with_unit(float(row.mean_today), self.unit, decimals=self._digits)
            out.append(
                [
                    f"{moved} on average, today {now}",
                    f"{row.pays_more_pct:.0f} % of {row.trips:,.0f} {per}s pay more, "
                    f"{row.pays_less_pct:.0f} % less",
                    kind,
                ]
            )
        return out

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map of zones, drawn for a picture."""
        zones = self._zones
        base = BaseMap(self.city, title=self.words.map_title, height=MAP_HEIGHT)
        side = len(self._edges) + 1
        base.add(
            Layer(
                id="zones",
                kind="areas",
                shapes=zone_shapes(self.city, self._ids),
                classes=picture.classes,
                colors={t: palette.diverging(side, theme=t) for t in THEMES},
                names=[c.name for c in self.choices],
                tips=picture.tips,
                picks=True,
                labels=picture.labels,
                label_at=flat(zones["lat"].to_numpy(float), zones["lon"].to_numpy(float)),
            )
        )
        rows = [
            (i, w, "") for i, w in enumerate(breaks.diverging_labels(self._edges, decimals=None))
        ][::-1]
        if (picture.classes == breaks.MISSING).any():
            rows.append((breaks.MISSING, "not counted by zone", ""))
        unit = f" ({self.unit})" if self.unit else ""
        base.legend("zones", f"Mean change{unit}", rows)
        base.badge("SYNTHETIC rides" if self.words.badge else "")
        return base


def fare_questions(
    source: Any,
    question: str = "transfers",
    *,
    city: City | None = None,
    cards: CardSummary | None = None,
) -> LabPage:
    """Open one question about fares.

    Parameters
    ----------
    source : City, FareSummary, Journeys or path of a summary
        Whose journeys are priced.
    question : str
        years, distance, transfers, early, off_peak, groups, zones, passes, cap, cars,
        nobody, subsidy or riders.
    city : City, optional
        The city of a summary or of journeys; default it is found by the summary's name.
    cards : CardSummary, optional
        For passes and caps on a summary, which has forgotten the cards.

    Returns
    -------
    LabPage
        A widget; in an export, in feedback or without a kernel a still page.

    Raises
    ------
    UsageError
        For a question that does not exist; the sentence lists them.
    CourseError
        Where the source cannot answer it, and what can.

    Notes
    -----
    A change made by a person is added to ``lab_records.json`` beside the notebook.
    """
    question_of(question)
    if isinstance(source, transport.Journeys) and not hasattr(source, "fine"):
        found, place = source, city
        if place is None and hasattr(source, "summary"):
            place, _ = city_of(source.summary)
        if place is None:
            raise UsageError("No city is known for the map.", "Give city=.")
    else:
        place, summary = city_of(source, city)
        found = transport.journeys(summary if summary is not None else place)
    lab = QuestionLab(Asked(place, found, source, cards), question)

    def keep(setting: Mapping[str, Any], chosen: str | None) -> None:
        records.append(f"{LAB_ID}.{question}", setting, city=place.id, chosen=chosen)

    return LabPage(lab, record=keep)
