"""The fare lab as arithmetic: a setting in, tables and sentences out. No widget, no map.

A trip belongs to the zone where it begins. Amounts are in currency units; inside, whole
hundredths, so that sums over groups add up exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.errors import CourseError
from course.labs.fares_setting import Setting, policy_of
from course.transport.pricing import trip_prices
from course.transport.response import demand

if TYPE_CHECKING:
    from course.transport.fare_policy import FarePolicy
    from course.transport.linking import Trips

FEW_TRIPS = 30  # a mean over fewer is shown and marked
MODE_WORDS = {
    "subway": "subway rides", "rail": "train rides", "tram": "tram rides", "bus": "bus rides",
    "trunk": "trunk bus rides", "branch": "branch bus rides", "circular": "circular bus rides",
    "red": "red bus rides", "owl": "night bus rides", "village": "village bus rides",
    "jeepney": "jeepney rides", "modern_jeepney": "modern jeepney rides", "ferry": "ferry rides",
}  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Which trips make a zone pay more or less, and how much they weigh."""

    words: str
    share_pct: float
    mean_change: float


@dataclass(frozen=True)
class Result:
    """What a setting does.

    Parameters
    ----------
    revenue_pct, revenue_still_pct : float
        Change of revenue in percent, with riders reacting and with nobody reacting.
    trips_pct : float
        Change of the number of trips in percent.
    pays_more_pct, pays_less_pct, pays_more_poor_pct : float
        Percent of trips that pay more; that pay less; that pay more, of income group 1.
    mean_today, mean_change : float
        Mean fare today and its change, currency units.
    gap_per_trip : float
        Money per trip made, that brings revenue back to today's; negative: a surplus.
    zones : DataFrame
        One row per zone in the given order: zone_id, trips, mean_today, mean_change,
        pays_more_pct (NaN without trips).
    bands, incomes : DataFrame
        One row per distance band, per income group: group, trips, mean_today, mean_new,
        mean_change, pays_more_pct; of the selected zone, or of all trips.
    city_bands, city_incomes : Series
        Mean change of all trips by the same groups.
    reason : Reason or None
        What moves the selection most; None when nothing moves it.
    zone_id : str or None
        The selection.
    """

    revenue_pct: float
    revenue_still_pct: float
    trips_pct: float
    pays_more_pct: float
    pays_less_pct: float
    pays_more_poor_pct: float
    mean_today: float
    mean_change: float
    gap_per_trip: float
    zones: pd.DataFrame
    bands: pd.DataFrame
    incomes: pd.DataFrame
    city_bands: pd.Series
    city_incomes: pd.Series
    reason: Reason | None
    zone_id: str | None


class FareModel:
    """Trips, today's fares and groups, ready to be priced again at every move.

    Parameters
    ----------
    trips : Trips
        Linked with the widest window the lab offers; with zones.
    zone_ids : sequence of str
        Order of the zones on the map.
    today : FarePolicy
        The tariff compared with.

    Raises
    ------
    CourseError
        Without trips, or when nobody pays anything today.
    """

    def __init__(self, trips: Trips, zone_ids: list[str], today: FarePolicy) -> None:
        table = trips.table
        if not len(table):
            raise CourseError(
                "There are no trips on this day.", "Choose another date, or add rides to the pack."
            )
        self.trips, self.today, self.zone_ids = trips, today, list(zone_ids)
        self._old = trip_prices(trips, today)
        if not self._old.sum():
            raise CourseError(
                "Nobody pays a fare in these trips today.", "Compare with a tariff that charges."
            )
        place = {z: i for i, z in enumerate(self.zone_ids)}
        self._zone = table["from_zone_id"].map(place).fillna(len(place)).to_numpy(np.int64)
        bands = table["distance_band"].cat
        self.band_names = [str(b) for b in bands.categories]
        self._band = bands.codes.to_numpy(np.int64)
        self.income_names = [f"group {g}" for g in range(1, 6)]
        income = table["income_group"].fillna(0).to_numpy(np.int64)
        self._income = np.where((income >= 1) & (income <= 5), income - 1, 5)
        self._km = table["distance_m"].fillna(0).to_numpy(float) / 1000
        self._many = table["n_legs"].to_numpy() > 1
        modes, self._mode_names = pd.factorize(table["modes"].where(~self._many, "changes"))
        self._mode = modes

    @property
    def mean_today(self) -> float:
        """Return the mean fare of a trip today."""
        return float(self._old.mean()) / 100

    def result(self, setting: Setting, zone_id: str | None = None) -> Result:
        """Return what a setting does, for all trips and for one zone."""
        old, new = self._old, trip_prices(self.trips, policy_of(setting, self.today))
        change, more = new - old, new > old
        kept = demand(1.0, old, new, setting.elasticity)
        money = float((kept * new).sum())
        poor = self._income == 0
        chosen = zone_id if zone_id in self.zone_ids else None
        here = slice(None) if chosen is None else self._zone == self.zone_ids.index(chosen)
        trips_made = float(kept.sum())
        return Result(
            revenue_pct=100 * (money / int(old.sum()) - 1),
            revenue_still_pct=100 * (int(new.sum()) / int(old.sum()) - 1),
            trips_pct=100 * (trips_made / len(old) - 1),
            pays_more_pct=100 * float(more.mean()),
            pays_less_pct=100 * float((change < 0).mean()),
            pays_more_poor_pct=100 * float(more[poor].mean()) if poor.any() else float("nan"),
            mean_today=self.mean_today,
            mean_change=float(change[here].mean()) / 100 if len(change[here]) else float("nan"),
            gap_per_trip=(int(old.sum()) - money) / 100 / trips_made,
            zones=self._zones(old, change, more),
            bands=self._groups(self._band, self.band_names, old, new, here),
            incomes=self._groups(self._income, self.income_names, old, new, here),
            city_bands=self._means(self._band, self.band_names, change),
            city_incomes=self._means(self._income, self.income_names, change),
            reason=self._reason(change, here, setting.free_km),
            zone_id=chosen,
        )

    def _zones(self, old: np.ndarray, change: np.ndarray, more: np.ndarray) -> pd.DataFrame:
        n = len(self.zone_ids)
        counts, before, moved, up = (
            np.bincount(self._zone, weights=w, minlength=n + 1)[:n]
            for w in (None, old, change, more)
        )
        some = np.where(counts > 0, counts, np.nan)
        return pd.DataFrame(
            {
                "zone_id": self.zone_ids,
                "trips": counts.astype(np.int64),
                "mean_today": before / some / 100,
                "mean_change": moved / some / 100,
                "pays_more_pct": 100 * up / some,
            }
        )

    @staticmethod
    def _means(codes: np.ndarray, names: list[str], change: np.ndarray) -> pd.Series:
        n = len(names)
        counts = np.bincount(codes, minlength=n + 1)[:n]
        moved = np.bincount(codes, weights=change, minlength=n + 1)[:n]
        return pd.Series(moved / np.where(counts > 0, counts, np.nan) / 100, index=names)

    @staticmethod
    def _groups(
        codes: np.ndarray, names: list[str], old: np.ndarray, new: np.ndarray, here: Any
    ) -> pd.DataFrame:
        n, code, before, after = len(names), codes[here], old[here], new[here]
        counts, was, now, up = (
            np.bincount(code, weights=w, minlength=n + 1)[:n]
            for w in (None, before, after, after > before)
        )
        some = np.where(counts > 0, counts, np.nan)
        return pd.DataFrame(
            {
                "group": names,
                "trips": counts.astype(np.int64),
                "mean_today": was / some / 100,
                "mean_new": now / some / 100,
                "mean_change": (now - was) / some / 100,
                "pays_more_pct": 100 * up / some,
            }
        )

    def _reason(self, change: np.ndarray, here: Any, free_km: float) -> Reason | None:
        """Return the kind of trip that adds most to the mean change, in its direction."""
        moved = change[here]
        total = int(moved.sum())
        if not len(moved) or abs(total) < 0.5 * len(moved):  # less than half a hundredth a trip
            return None
        long = self._km[here] > free_km
        kind = self._mode[here] * 2 + long
        n = 2 * len(self._mode_names)
        sums = np.bincount(kind, weights=moved, minlength=n)
        counts = np.bincount(kind, minlength=n)
        best = int(np.argmax(sums * np.sign(total)))
        if not counts[best]:
            return None
        name = str(self._mode_names[best // 2])
        reach = f"over {free_km:g} km" if best % 2 else f"up to {free_km:g} km"
        kind_words = (
            "transfer trips" if name == "changes" else f"single {MODE_WORDS.get(name, 'rides')}"
        )
        return Reason(
            words=f"{kind_words} {reach}",
            share_pct=100 * counts[best] / len(moved),
            mean_change=float(sums[best] / counts[best]) / 100,
        )
