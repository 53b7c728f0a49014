"""The fare summary: a city's day as kinds of journeys, priced again at every slider move.

A slider changes the tariff, not the journeys, and most journeys look alike to a tariff.
Every kind of journey is kept once, with how many there are by zone, by income group and by
hour; a move prices the kinds, not the rides. The result is that of pricing every ride
again, to the hundredth, for every tariff of the declared grid (`Grid.words`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from course.errors import CourseError, UsageError
from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_grid import Grid
from course.transport.fare_policy import FarePolicy
from course.transport.journey_codes import METRES_SHIFT, MODE_SHIFT
from course.transport.journey_kinds import Kinds, KindTable, cells_of, in_order, taken
from course.transport.journey_near import near_prices, split_near
from course.transport.journey_prices import in_threads, journey_prices, missing_base
from course.transport.linking import DISTANCE_BANDS_KM
from course.transport.response import checked_elasticity
from course.transport.summary_result import Groups, SummaryResult

RULES = 1  # raised when the meaning of what is stored changes
INCOMES = 6  # unknown, then groups 1 to 5
HOURS = 48
DIMENSIONS = ("zone", "income", "hour", "distance_band", "user_class")
BANDS_M = tuple(round(km * 1000) for km in DISTANCE_BANDS_KM)


@dataclass(frozen=True)
class Part:
    """The kinds of journeys under one transfer window.

    Parameters
    ----------
    all : Kinds
        Every journey, ride by ride.
    near, rest : Kinds
        The same journeys: those counted by total distance alone, and the others.
    longest_m : int
        Longer fares are worked out, not looked up.
    """

    all: Kinds
    near: Kinds
    rest: Kinds
    longest_m: int


@dataclass(frozen=True)
class FareSummary:
    """A day's journeys as a tariff sees them.

    Parameters
    ----------
    today : FarePolicy
        The tariff compared with.
    grid : Grid
        The tariffs that can be priced.
    zone_ids : tuple of str
        The zones, in the order of the results; journeys from nowhere known come last.
    rides : int
        Rides counted.
    fine : Kinds
        Kinds of journeys for all windows at once.
    source : dict
        What it was made of: rides, city, fingerprint, rules, key.
    """

    today: FarePolicy
    grid: Grid
    zone_ids: tuple[str, ...]
    rides: int
    fine: Kinds
    source: dict[str, Any]
    _parts: dict[int, Part] = field(default_factory=dict, repr=False, compare=False)
    _last: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        kinds = f"{len(self.fine):,} kinds"
        return f"FareSummary: {self.rides:,} rides, {self.journeys:,} journeys, {kinds}"

    @cached_property
    def journeys(self) -> int:
        """Number of journeys."""
        return int(self.fine.cells["income"].count.sum())

    @cached_property
    def _used(self) -> np.ndarray:
        used = np.zeros((len(USER_CLASSES), len(MODES)), dtype=bool)
        mode = (self.fine.code >> np.uint64(MODE_SHIFT)).astype(np.int64) & 15
        used[np.repeat(self.fine.who >> 2, np.diff(self.fine.start)), mode] = True
        return used

    def save(self, path: str | Path) -> Path:
        """Write the summary as one file; see `summary_file`."""
        from course.transport.summary_file import save_summary

        return save_summary(self, path)

    @classmethod
    def load(cls, path: str | Path) -> FareSummary:
        """Read a summary from its file; see `summary_file`."""
        from course.transport.summary_file import load_summary

        return load_summary(path)

    def words(self) -> str:
        """Return what the summary holds, and for which tariffs it is exact, as sentences."""
        return (
            f"{self.rides:,} rides in {self.journeys:,} journeys, compared with "
            f"{self.today.name}. {self.grid.words()}"
        )

    def why_not(self, policy: FarePolicy) -> tuple[str, str] | None:
        """Return why a policy cannot be priced here, and a remedy; None where it can."""
        gap = missing_base(policy, self._used)
        if gap is not None:
            return (
                f"The policy {policy.name!r} has no base fare for the mode {MODES[gap[1]]} "
                f"({USER_CLASSES[gap[0]]}).",
                "Add one with replace(base=...), or '*' for any mode.",
            )
        return self.grid.why_not(policy)

    def window(self, number: int) -> Part:
        """Return the kinds of journeys under one of the windows; made once and kept."""
        if number not in self._parts:
            kinds = projected(self.fine, number)
            near, rest = split_near(
                kinds, self.today, grid_m=self.grid.grid_m, last_bucket=len(self.grid.early_min)
            )
            longest = int(kinds.code.max() >> METRES_SHIFT) if len(kinds.code) else 0
            self._parts[number] = Part(kinds, near, rest, 2 * longest)
        return self._parts[number]

    def reprice(
        self, policy: FarePolicy, *, elasticity: float | None = None,
        by: tuple[str, ...] = ("zone", "income"),
    ) -> SummaryResult:  # fmt: skip
        """Price all journeys under a policy, beside today.

        Parameters
        ----------
        policy : FarePolicy
            A tariff of the grid.
        elasticity : float, optional
            Zero or negative; None: nobody reacts.
        by : tuple of str
            Which groups are counted: zone, income, hour, user_class, distance_band.

        Returns
        -------
        SummaryResult

        Raises
        ------
        CourseError
            If the policy is off the grid; the sentence says why.
        """
        if not isinstance(policy, FarePolicy):
            raise UsageError(
                f"reprice was given a {type(policy).__name__} in place of a fare policy.",
                "Use fares.SEOUL, fares.today(city) or FarePolicy.distance(...).",
            )
        problem = self.why_not(policy)
        if problem is not None:
            raise CourseError(*problem)
        e = None if elasticity is None else checked_elasticity(elasticity)
        priced = self.priced(policy)
        reacted = [
            np.ones(len(price)) if e is None else _kept(kinds.old, price, e)
            for kinds, price in priced
        ]
        groups = {}
        for name in dict.fromkeys(("income", *by)):
            parts = [
                self._group(kinds, name, price, kept)
                for (kinds, price), kept in zip(priced, reacted, strict=True)
            ]
            groups[name] = Groups(
                self._names(name), sum(w for w, _ in parts), sum(p for _, p in parts)
            )
        return SummaryResult(policy=policy, today=self.today, elasticity=e, groups=groups)

    def priced(self, policy: FarePolicy) -> list[tuple[Kinds, np.ndarray]]:
        """Return kinds that together are all journeys, with their prices in hundredths.

        Kept for the last policy: a lab asks several things about one position of a slider.
        """
        if self._last.get("policy") != policy:
            self._last.update(policy=policy, priced=self._priced(policy))
        return self._last["priced"]

    def _priced(self, policy: FarePolicy) -> list[tuple[Kinds, np.ndarray]]:
        """Return kinds that together are all journeys, with their prices."""
        part = self.window(self.grid.window_of(policy) or 0)
        gates, early = self.grid.gated_modes, self.grid.early_upto(policy)

        def prices(kinds: Kinds) -> np.ndarray:
            return journey_prices(
                kinds.start, kinds.code, kinds.who, policy, gates,
                early_upto=early, longest_m=part.longest_m,
            )  # fmt: skip

        near = near_prices(part.near, policy, gates, part.longest_m)
        if near is None:
            return [(part.all, prices(part.all))]
        return [(part.near, near), (part.rest, prices(part.rest))]

    def _group(
        self, kinds: Kinds, name: str, price: np.ndarray, kept: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        if name not in kinds.cells:
            raise UsageError(
                f"A summary has no groups {name!r}.",
                "Use zone, income, hour, user_class or distance_band.",
            )
        cells = kinds.cells[name]
        size = len(cells.begin) - 1
        whole, parts = np.zeros((size, 5), dtype=np.int64), np.zeros((size, 2))
        args = (cells.begin, cells.kind, cells.count, kinds.old, price, kept, whole, parts)
        in_threads(size, lambda low, high: _add_up(low, high, *args), least=2)
        return whole, parts

    def _names(self, name: str) -> list[str]:
        if name == "zone":
            return [*self.zone_ids, ""]
        if name == "income":
            return ["", *(f"group {g}" for g in range(1, INCOMES))]
        if name == "user_class":
            return list(USER_CLASSES)
        if name == "distance_band":
            edges = [0, *DISTANCE_BANDS_KM]
            bands = [f"{a:g}-{b:g} km" for a, b in pairwise(edges)]
            return [*bands, f"{edges[-1]:g}+ km", "no tap-out"]
        return [f"{h:02d}:00" for h in range(HOURS)]


def projected(fine: Kinds, window: int) -> Kinds:
    """Return the kinds under one window: codes of 32 bits, equal ones added up."""
    joins = (fine.code >> np.uint64(32 + window)) & np.uint64(1)
    code = (fine.code & np.uint64(0xFFFFFFFF)) | joins
    table = KindTable()
    ids = table.find(fine.start, code, fine.who, fine.old)
    start, code, who, old = table.arrays()
    order = in_order(start, code, who, old)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    ids = place[ids]
    cells = {}
    for name, c in fine.cells.items():
        group = np.repeat(np.arange(len(c.begin) - 1), np.diff(c.begin))
        cells[name] = cells_of(ids[c.kind], group, c.count, len(c.begin) - 1)
    start, code = taken(start, code, order)
    return Kinds(start, code.astype(np.uint32), who[order], old[order], cells)


def _kept(old: np.ndarray, new: np.ndarray, elasticity: float) -> np.ndarray:
    """Return what is left of each journey: (new / old) ** elasticity, 1 where one is zero."""
    out = np.ones(len(old))
    in_threads(len(old), lambda low, high: _powers(low, high, old, new, elasticity, out))
    return out


@njit(cache=True, nogil=True)
def _powers(low, high, old, new, e, out):  # pragma: no cover
    # Few pairs of prices are different: a small table remembers the last powers.
    size = 4096
    seen_old, seen_new = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    power = np.ones(size)
    for k in range(low, high):
        if old[k] == new[k] or old[k] <= 0 or new[k] <= 0:
            continue
        at = (old[k] * 31 + new[k] // 100 + new[k]) & (size - 1)
        if seen_old[at] != old[k] or seen_new[at] != new[k]:
            seen_old[at], seen_new[at] = old[k], new[k]
            power[at] = (new[k] / old[k]) ** e
        out[k] = power[at]


@njit(cache=True, nogil=True)
def _add_up(low, high, begin, kind, count, old, price, kept, whole, parts):  # pragma: no cover
    for g in range(low, high):
        n, before, after, more, less = (
            np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0),
        )  # fmt: skip
        made, money = 0.0, 0.0
        for at in range(begin[g], begin[g + 1]):
            k, c = kind[at], count[at]
            p, o = price[k], old[k]
            n += c
            before += c * o
            after += c * p
            more += c * (p > o)
            less += c * (p < o)
            made += c * kept[k]
            money += c * kept[k] * p
        whole[g, 0], whole[g, 1], whole[g, 2], whole[g, 3], whole[g, 4] = (
            n, before, after, more, less,
        )  # fmt: skip
        parts[g, 0], parts[g, 1] = made, money
