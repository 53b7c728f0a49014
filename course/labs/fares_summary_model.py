"""The fare lab on a fare summary: the same results as `fares_model`, from 20 million rides.

What one zone's trips are by distance, and which kind of trip moves the mean, is counted
over kinds of journeys, each once. A summary knows income group 1 and all others together
inside a zone, because that is all a tariff looks at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numba import njit

from course.errors import CourseError
from course.labs.fares_model import MODE_WORDS, Reason, Result
from course.labs.fares_setting import Setting, policy_of
from course.transport.fare_checks import MODES
from course.transport.fare_tables import fare_tables
from course.transport.journey_codes import METRES_SHIFT, MODE_SHIFT, NO_TAP_OUT
from course.transport.journey_groups import BAND_NAMES
from course.transport.journey_near import chosen_kinds
from course.transport.journey_prices import journey_prices

if TYPE_CHECKING:
    from course.transport.fare_policy import FarePolicy
    from course.transport.fare_summary import FareSummary
    from course.transport.journey_kinds import Kinds
    from course.transport.summary_result import Groups

_OPEN = len(BAND_NAMES) - 1
_EDGES_M = (5_000, 10_000, 20_000)


@dataclass(frozen=True)
class Facts:
    """What is the same at every setting: facts of kinds of journeys."""

    keep: np.ndarray  # counted here, not in another part
    every: np.ndarray  # the numbers of these kinds
    count: np.ndarray  # journeys of each kind
    metres: np.ndarray  # of the whole journey, rounded up to the grid
    mode: np.ndarray  # of a journey of one ride; len(MODES) with changes
    band: np.ndarray
    poor: np.ndarray  # income group 1


class SummaryModel:
    """A fare summary, ready to be priced again at every move.

    Parameters
    ----------
    summary : FareSummary
        The journeys.
    """

    def __init__(self, summary: FareSummary) -> None:
        self.summary, self.today = summary, summary.today
        self.zone_ids = list(summary.zone_ids)
        self.band_names = [*BAND_NAMES]
        first = summary.reprice(self.today, by=("distance_band",))
        if not first.trips:
            raise CourseError("There are no trips in this summary.", "Make it from other rides.")
        if not first.revenue_today:
            raise CourseError(
                "Nobody pays a fare in these trips today.", "Compare with a tariff that charges."
            )
        self.mean_today = first.revenue_today / first.trips
        if not first.groups["distance_band"].whole[-1, 0]:
            self.band_names.pop()
        self._facts: dict[int, Facts] = {}
        self._kept: list[Kinds] = []
        self._mixed: dict[int, Kinds] = {}

    def result(self, setting: Setting, zone_id: str | None = None) -> Result:
        """Return what a setting does, for all trips and for one zone."""
        policy = policy_of(setting, self.today)
        found = self.summary.reprice(
            policy, elasticity=setting.elasticity, by=("zone", "income", "distance_band")
        )
        chosen = zone_id if zone_id in self.zone_ids else None
        old, n = found.revenue_today, found.trips
        change = found.revenue - old
        incomes = _frame(found.groups["income"]).iloc[1:].reset_index(drop=True)
        bands = _frame(found.groups["distance_band"]).iloc[: len(self.band_names)]
        poor = incomes.iloc[0]
        zones = _frame(found.groups["zone"]).iloc[: len(self.zone_ids)]
        if chosen is None:
            here_bands, here_incomes, mean_change = bands, incomes, change / n
            reason = self._reason(policy, setting.free_km, None, change)
        else:
            here_bands, here_incomes, total = self._zone(policy, chosen)
            row = zones.iloc[self.zone_ids.index(chosen)]
            mean_change = float(row["mean_change"])
            reason = self._reason(policy, setting.free_km, chosen, total)
        return Result(
            revenue_pct=100 * (found.expected_revenue / old - 1),
            revenue_still_pct=100 * change / old,
            trips_pct=100 * (found.expected_trips / n - 1),
            pays_more_pct=100 * found.pays_more / n,
            pays_less_pct=100 * found.pays_less / n,
            pays_more_poor_pct=float(poor["pays_more_pct"]),
            mean_today=self.mean_today,
            mean_change=mean_change,
            gap_per_trip=(old - found.expected_revenue) / found.expected_trips,
            zones=pd.DataFrame(
                {
                    "zone_id": self.zone_ids,
                    "trips": zones["trips"].to_numpy(np.int64),
                    "mean_today": zones["mean_today"].to_numpy(float),
                    "mean_change": zones["mean_change"].to_numpy(float),
                    "pays_more_pct": zones["pays_more_pct"].to_numpy(float),
                }
            ),
            bands=here_bands,
            incomes=here_incomes,
            city_bands=pd.Series(bands["mean_change"].to_numpy(float), index=bands["group"]),
            city_incomes=_beside(incomes, here_incomes),
            reason=reason,
            zone_id=chosen,
        )

    # --- kinds of journeys --------------------------------------------------------------

    def _pieces(self, policy: FarePolicy) -> list[tuple[Kinds, np.ndarray, Facts]]:
        """Return kinds that together are all journeys, their prices and their facts.

        Where a summary merges kinds by distance (`journey_near`), it leaves out the distance
        of rides that are free today. Journeys with such a ride are taken as they are.
        """
        priced = self.summary.priced(policy)
        if len(priced) == 1:
            ((kinds, price),) = priced
            return [(kinds, price, self._facts_of(kinds, "all"))]
        grid = self.summary.grid
        number = grid.window_of(policy) or 0
        part = self.summary.window(number)
        (near, near_price), (rest, rest_price) = priced
        if number not in self._mixed:
            self._mixed[number] = chosen_kinds(part.all, self._has_free_change(part.all))
        mixed = self._mixed[number]
        price = journey_prices(
            mixed.start, mixed.code, mixed.who, policy, grid.gated_modes,
            early_upto=grid.early_upto(policy), longest_m=part.longest_m,
        )  # fmt: skip
        return [
            (near, near_price, self._facts_of(near, "near")),
            (rest, rest_price, self._facts_of(rest, "rest")),
            (mixed, price, self._facts_of(mixed, "all")),
        ]

    def _has_free_change(self, kinds: Kinds) -> np.ndarray:
        """Return which kinds change vehicles and have a ride that is free today."""
        n = np.diff(kinds.start)
        mode = (kinds.code.astype(np.int64) >> MODE_SHIFT) & 15
        free = fare_tables(self.today).free[np.repeat(kinds.who >> 2, n), mode]
        return (n > 1) & np.logical_or.reduceat(free, kinds.start[:-1])

    def _facts_of(self, kinds: Kinds, which: str) -> Facts:
        key = id(kinds)
        if key not in self._facts:
            if len(self._kept) > 30:  # a handful of windows, three parts each
                self._kept.clear()
                self._facts.clear()
            self._kept.append(kinds)  # an id is only its own while the object lives
            if which == "near":
                marked = (kinds.code & np.uint32(NO_TAP_OUT)) > 0
                keep = ~np.logical_or.reduceat(marked, kinds.start[:-1]) if len(kinds) else marked
            elif which == "rest":
                keep = ~self._has_free_change(kinds) if len(kinds) else np.zeros(0, dtype=bool)
            else:
                keep = np.ones(len(kinds), dtype=bool)
            self._facts[key] = _facts(kinds, self.summary.grid.grid_m, keep)
        return self._facts[key]

    def _cells(
        self, kinds: Kinds, facts: Facts, zone_id: str | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the kinds of a zone that count here, and how many journeys of each."""
        if zone_id is None:
            return facts.every, facts.count
        cells, z = kinds.cells["zone"], self.zone_ids.index(zone_id)
        inside = slice(cells.begin[z], cells.begin[z + 1])
        some = facts.keep[cells.kind[inside]]
        return cells.kind[inside][some], cells.count[inside][some]

    def _reason(
        self, policy: FarePolicy, free_km: float, zone_id: str | None, total: float
    ) -> Reason | None:
        """Return the kind of trip that adds most to the mean change, in its direction."""
        size = 2 * (len(MODES) + 1)
        sums, counts = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        for kinds, price, facts in self._pieces(policy):
            at, n = self._cells(kinds, facts, zone_id)
            _by_kind(at, n, facts.mode, facts.metres, free_km * 1000, kinds.old, price, counts,
                     sums)  # fmt: skip
        made = counts.sum()
        if not made or abs(total) * 100 < 0.5 * made:  # less than half a hundredth a trip
            return None
        best = int(np.argmax(sums * np.sign(total)))
        if not counts[best]:
            return None
        reach = f"over {free_km:g} km" if best % 2 else f"up to {free_km:g} km"
        many = best // 2 == len(MODES)
        words = "transfer trips" if many else (
            f"single {MODE_WORDS.get(MODES[best // 2], 'rides')}"
        )  # fmt: skip
        return Reason(
            f"{words} {reach}", 100 * counts[best] / made, sums[best] / counts[best] / 100
        )

    def _zone(self, policy: FarePolicy, zone_id: str) -> tuple[pd.DataFrame, pd.DataFrame, float]:
        """Return one zone by distance and by income, and its change of money."""
        bands, incomes = np.zeros((_OPEN + 1, 4)), np.zeros((2, 4))
        for kinds, price, facts in self._pieces(policy):
            at, n = self._cells(kinds, facts, zone_id)
            old, new = kinds.old[at], price[at]
            for k, weight in enumerate((n, n * old, n * new, n * (new > old))):
                bands[:, k] += np.bincount(facts.band[at], weights=weight, minlength=_OPEN + 1)
                incomes[:, k] += np.bincount(1 - facts.poor[at], weights=weight, minlength=2)
        total = float((bands[:, 2] - bands[:, 1]).sum()) / 100
        return (
            _named(bands[: len(self.band_names)], self.band_names),
            _named(incomes, ["group 1", "groups 2-5"]),
            total,
        )


@njit(cache=True, nogil=True)
def _by_kind(at, n, mode, metres, free_m, old, price, counts, sums):  # pragma: no cover
    """Add journeys and their change of fare up by mode and by whether they are long."""
    for i in range(len(at)):
        k = at[i]
        code = 2 * mode[k] + (metres[k] > free_m)
        counts[code] += n[i]
        sums[code] += n[i] * (price[k] - old[k])


def _facts(kinds: Kinds, grid_m: int, keep: np.ndarray) -> Facts:
    n = np.diff(kinds.start)
    code = kinds.code.astype(np.int64) & 0xFFFFFFFF
    metres = np.add.reduceat(code >> METRES_SHIFT, kinds.start[:-1]) if len(kinds) else n
    metres = -(-metres // grid_m) * grid_m
    first = (code[kinds.start[:-1]] >> MODE_SHIFT) & 15
    cells = kinds.cells["income"]
    count = np.bincount(cells.kind, weights=cells.count, minlength=len(kinds))
    unknown = (kinds.who & 1) > 0
    metres = np.where(unknown, 0, metres)  # without a tap-out a trip has no length
    return Facts(
        keep=keep,
        every=np.flatnonzero(keep).astype(np.int32),
        count=count.astype(np.int64)[keep],
        metres=metres,
        mode=np.where(n > 1, len(MODES), first),
        band=np.where(unknown, _OPEN, np.searchsorted(_EDGES_M, metres, side="left")),
        poor=((kinds.who >> 1) & 1).astype(np.int64),
    )


def _named(sums: np.ndarray, names: list[str]) -> pd.DataFrame:
    n, before, after, more = sums.T
    some = np.where(n > 0, n, np.nan)
    return pd.DataFrame(
        {
            "group": names,
            "trips": n.astype(np.int64),
            "mean_today": before / some / 100,
            "mean_new": after / some / 100,
            "mean_change": (after - before) / some / 100,
            "pays_more_pct": 100 * more / some,
        }
    )


def _frame(groups: Groups) -> pd.DataFrame:
    return _named(groups.whole[:, :4].astype(float), list(groups.names))


def _beside(city: pd.DataFrame, here: pd.DataFrame) -> pd.Series:
    """Return the city's mean change by the groups that are shown."""
    by_group = pd.Series(city["mean_change"].to_numpy(float), index=city["group"])
    if list(here["group"]) == list(city["group"]):
        return by_group
    others, n = city.iloc[1:], city["trips"].iloc[1:].sum()
    mean = (others["mean_change"].fillna(0) * others["trips"]).sum() / n if n else float("nan")
    return pd.Series({"group 1": by_group.iloc[0], "groups 2-5": mean})
