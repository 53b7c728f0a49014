"""The fare lab: base, distance, transfers under sliders; who pays more, on the map.

``labs.fares(city)`` compares today's tariff with one price per trip by distance. The
arithmetic is in :mod:`course.labs.fares_model`; this module words it and draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course.display import bar_svg, breaks, palette
from course.display.base_map import THEMES, BaseMap, Layer
from course.display.lab_page import LabPage
from course.display.lab_picture import BigNumber, Choice, Grid, Picture, Words
from course.display.map_words import full_name
from course.display.maps import zone_shapes
from course.display.network_lines import flat
from course.display.numbers import number, with_unit
from course.labs import fares_words as say
from course.labs import records
from course.labs.fares_controls import WIDEST_WINDOW_MIN, charges_distance, controls_of, start_of
from course.labs.fares_model import FEW_TRIPS, FareModel, Result
from course.labs.fares_setting import Setting, code_of
from course.labs.fares_words import sources_of
from course.labs.summary_city import city_of
from course.transport import fares as transport
from course.transport.fare_policy import FarePolicy

if TYPE_CHECKING:
    from course.city.pack import City
    from course.transport.fare_summary import FareSummary

LAB_ID = "fares"
MAP_HEIGHT = 440  # the figures below stay in view on a screen of 768 lines


class FareLab:
    """The fare lab of one city: what a page asks for.

    Parameters
    ----------
    city : City
        Rides, zones and tariff.
    policy : FarePolicy, optional
        Where the sliders begin; see :func:`start_of`.
    summary : FareSummary, optional
        Journeys to price in place of the city's rides.
    """

    lab_id = LAB_ID

    def __init__(
        self, city: City, policy: FarePolicy | None = None, *, summary: FareSummary | None = None
    ) -> None:
        self.city = city
        zones = city.zones
        self._zones = zones
        self.model: Any
        if summary is not None:
            from course.labs.fares_summary_model import SummaryModel  # numba loads only here

            self.today, self.model = summary.today, SummaryModel(summary)
        else:
            self.today = transport.today(city)
            trips = transport.link(
                city.rides,
                window_min=WIDEST_WINDOW_MIN,
                night_window_min=WIDEST_WINDOW_MIN,
                max_transfers=4,
                city=city,
            )
            self.model = FareModel(trips, zones["zone_id"].tolist(), self.today)
        self.controls = controls_of(start_of(self.today, policy), self.today)
        local = zones["name_local"] if "name_local" in zones else [""] * len(zones)
        self._names = dict(zip(zones["zone_id"], zones["name"].astype(str), strict=True))
        self.choices = [
            Choice(z, full_name(n, own))
            for z, n, own in zip(zones["zone_id"], zones["name"], local, strict=True)
        ]
        self.unit = self.today.currency
        mean = self.model.mean_today
        self._digits = say.decimals_for(mean)
        self._edges = self._fixed_edges(mean)
        self.words = self._words()

    def _first(self) -> Setting:
        return Setting.from_mapping({c.key: c.start for c in self.controls})

    def _fixed_edges(self, mean: float) -> list[float]:
        """Return classes for all settings, so that a colour always means the same amount.

        They come from the first picture, which is the one that must tell a story.
        """
        sizes = self.model.result(self._first()).zones["mean_change"].abs().dropna()
        small = float(sizes[sizes > 0].quantile(0.3)) if (sizes > 0).any() else 0.0
        small = max(small, 0.002 * mean)
        return sorted({breaks.round_step(small * times) for times in (1, 4, 16)})

    def _words(self) -> Words:
        today, city = self.today, self.city
        kind = "teaching fare" if today.teaching else f"tariff of {today.year}"
        already = charges_distance(today) and today.distance_modes == ("*",)
        offer = "the same tariff with one price per trip" if already else "one price by distance"
        limits = [
            "Why people travel, and who would travel if it were cheaper: only trips made count.",
            "How groups answer a price differently: one elasticity holds for everyone.",
            "What running the service costs, and passes or cash fares.",
        ]
        if city.is_synthetic("rides"):
            limits.insert(0, "Real trips: these rides are synthetic. Read sizes, not single trips.")
        if today.unverified:
            limits.append(f"Parts of the tariff without a source: {', '.join(today.unverified)}.")
        return Words(
            title="Decide what a trip costs, and see who pays more",
            lead=f"{city.title}: today's fares ({kind}) beside {offer}.",
            map_title=f"Mean change in fare by zone of departure, {city.title}",
            choice="Zone",
            everything=f"All of {city.title}",
            badge=city.badge("rides"),
            limits=limits,
            sources=sources_of(today, city),
        )

    # --- one setting ------------------------------------------------------------------

    def picture(self, setting: Mapping[str, float], chosen: str | None) -> Picture:
        """Return what the page shows at one setting; pure."""
        where = Setting.from_mapping(setting)
        result = self.model.result(where, chosen)
        zero = 0.5 * 10.0**-self._digits
        changes = result.zones["mean_change"].to_numpy(float)
        text = say.sentence(
            result,
            names=self._names,
            city=self.city.title,
            unit=self.unit,
            decimals=self._digits,
        )
        place = self._names[result.zone_id] if result.zone_id else f"all of {self.city.title}"
        subtitle = f"Mean change in fare ({self.unit}) of trips from {place}" + (
            ", synthetic rides" if self.words.badge else ""
        )
        return Picture(
            numbers=self._numbers(result, where),
            chart_title=say.chart_title(result.bands, zero_below=zero),
            chart_subtitle=subtitle,
            chart=self._chart(result, text),
            grid=self._grid(result, place),
            sentence=text,
            code=code_of(where, self.today),
            classes=breaks.classify_diverging(changes, self._edges, zero_below=zero),
            labels=[
                number(v, decimals=self._digits, signed=True) if v == v else "" for v in changes
            ],
            tips=self._tips(result),
            selected=self.model.zone_ids.index(result.zone_id) if result.zone_id else None,
        )

    def _numbers(self, result: Result, setting: Setting) -> tuple[BigNumber, ...]:
        gap = result.gap_per_trip
        filled = with_unit(abs(gap), self.unit, decimals=self._digits)
        even = number(gap, decimals=self._digits) == number(0.0, decimals=self._digits)
        return (
            BigNumber(
                "Revenue",
                with_unit(result.revenue_pct, "%", decimals=1, signed=True),
                f"{number(result.revenue_still_pct, decimals=1, signed=True)} % if nobody reacts",
            ),
            BigNumber(
                "Trips",
                with_unit(result.trips_pct, "%", decimals=1, signed=True),
                f"elasticity {number(setting.elasticity, decimals=2)}, a model",
            ),
            BigNumber(
                "Who pays more",
                with_unit(result.pays_more_pct, "%", decimals=0),
                f"of trips; {number(result.pays_more_poor_pct, decimals=0)} % in income group 1",
            ),
            BigNumber(
                "Missing per trip" if gap >= 0 or even else "Left over per trip",
                filled,
                "to keep today's revenue: subsidy or other money"
                if gap >= 0 or even
                else "above today's revenue",
            ),
        )

    def _chart(self, result: Result, alt: str) -> str:
        groups = []
        for heading, frame, city in (
            ("By distance of the trip", result.bands, result.city_bands),
            ("By income group, 1 = lowest", result.incomes, result.city_incomes),
        ):
            beside = city if result.zone_id else city * np.nan
            groups.append(
                bar_svg.Group(
                    heading,
                    tuple(
                        bar_svg.Bar(str(n), float(v), float(beside[n]))
                        for n, v in zip(frame["group"], frame["mean_change"], strict=True)
                    ),
                )
            )
        return bar_svg.signed_bars(
            groups,
            unit=self.unit,
            alt=alt,
            decimals=self._digits,
            beside=f"all of {self.city.title}",
        )

    def _grid(self, result: Result, place: str) -> Grid:
        heads = ["Group", "Trips", "Today", "New", "Change", "Pay more"]
        money = f"; mean fare in {self.unit}" if self.unit else ""
        cells, keys = [], []
        for kind, frame in (("", result.bands), ("income ", result.incomes)):
            for row in frame.itertuples():
                cells.append(
                    [
                        f"{kind}{row.group}",
                        number(row.trips),
                        number(row.mean_today, decimals=self._digits),
                        number(row.mean_new, decimals=self._digits),
                        number(row.mean_change, decimals=self._digits, signed=True),
                        with_unit(row.pays_more_pct, "%", decimals=0),
                    ]
                )
                values = (row.mean_today, row.mean_new, row.mean_change, row.pays_more_pct)
                keys.append(
                    [
                        f"{kind}{row.group}",
                        int(row.trips),
                        *(round(float(v), 4) if v == v else None for v in values),
                    ]
                )
        return Grid(f"Trips from {place}{money}", heads, cells, keys)

    def _tips(self, result: Result) -> list[list[str]]:
        kind = "synthetic rides" if self.words.badge else "rides of the pack"
        year = "" if self.today.year is None else f", fares of {self.today.year}"
        tips = []
        for row in result.zones.itertuples():
            if not row.trips:
                tips.append(["No trip begins here on this day."])
                continue
            few = " (few)" if row.trips < FEW_TRIPS else ""
            moved = with_unit(row.mean_change, self.unit, decimals=self._digits, signed=True)
            now = with_unit(row.mean_today, self.unit, decimals=self._digits)
            tips.append(
                [
                    f"{moved} on average, today {now}",
                    f"{number(row.pays_more_pct, decimals=0)} % of {number(row.trips)} trips"
                    f"{few} pay more",
                    f"{kind}{year}",
                ]
            )
        return tips

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map of zones, drawn for a picture."""
        zones = self._zones
        base = BaseMap(self.city, title=self.words.map_title, height=MAP_HEIGHT)
        side = len(self._edges) + 1
        base.add(
            Layer(
                id="zones",
                kind="areas",
                shapes=zone_shapes(self.city, zones["zone_id"].tolist()),
                classes=picture.classes,
                colors={t: palette.diverging(side, theme=t) for t in THEMES},
                names=[c.name for c in self.choices],
                tips=picture.tips,
                picks=True,
                labels=picture.labels,
                label_at=flat(zones["lat"].to_numpy(float), zones["lon"].to_numpy(float)),
            )
        )
        words = breaks.diverging_labels(self._edges, decimals=None)
        rows = [(i, w, "") for i, w in enumerate(words)][::-1]
        if (picture.classes == breaks.MISSING).any():
            rows.append((breaks.MISSING, "no trips", ""))
        unit = f" ({self.unit})" if self.unit else ""
        base.legend("zones", f"Mean change in fare{unit}", rows)
        base.badge("SYNTHETIC rides" if self.words.badge else "")
        return base


def fares(city: City | FareSummary, policy: FarePolicy | None = None) -> LabPage:
    """Open the fare lab.

    Parameters
    ----------
    city : City or FareSummary
        The city; its tariff is compared with what the sliders say. A summary of millions
        of rides (or the path of its file) opens on its own city and tariff.
    policy : FarePolicy, optional
        A tariff to begin with; its base, free distance, steps, window, transfers and
        low-income discount set the sliders.

    Returns
    -------
    LabPage
        A widget; in an export, in feedback or without a kernel a still page.

    Raises
    ------
    CourseError
        When the city has no rides.

    Notes
    -----
    A change made by a person is added to ``lab_records.json`` beside the notebook.
    """
    city, summary = city_of(city)
    lab = FareLab(city, policy, summary=summary)

    def keep(setting: Mapping[str, float], chosen: str | None) -> None:
        records.append(LAB_ID, setting, city=city.id, chosen=chosen)

    return LabPage(lab, record=keep)
