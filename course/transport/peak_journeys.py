"""Journeys of the peak apart from the others: what an off-peak discount is asked of.

The hour of its first boarding decides for a whole journey. A summary keeps hours beside
zones, not crossed with them. So there are two ways: `HourJourneys` answers from any
summary, in whole hours and without zones; `PeakJourneys` joins two summaries, one of the
peak and one of the rest, made in one pass over the rides, and answers by zone as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.fare_checks import ANY, percent
from course.transport.fare_policy import FarePolicy
from course.transport.journeys import Journeys
from course.transport.summary_journeys import SummaryJourneys
from course.transport.summary_result import Groups, SummaryResult
from course.transport.trip_journeys import TripJourneys

if TYPE_CHECKING:
    from course.transport.fare_grid import Grid

PEAKS = ((7, 9), (17, 20))  # whole hours; a teaching value of this course
HOURS = 48


def peak_hours(peaks: tuple[tuple[int, int], ...] = PEAKS) -> np.ndarray:
    """Return which hours of the service day are peak: bool[48].

    Parameters
    ----------
    peaks : sequence of (from, to)
        Whole hours, the end not included; 7 to 9 is 07:00 to 08:59.
    """
    inside = np.zeros(HOURS, dtype=bool)
    for pair in peaks:
        try:
            low, high = (int(h) for h in pair)
            whole = (low, high) == tuple(pair) and 0 <= low < high <= HOURS
        except (TypeError, ValueError):
            whole = False
        if not whole:
            raise UsageError(
                f"A peak is {pair!r}.", "Give whole hours, such as (7, 9): 07:00 to 08:59."
            )
        inside[low:high] = True
    return inside


def discounted(policy: FarePolicy, discount_pct: float) -> FarePolicy:
    """Return a policy with a further discount on the whole fare of every class."""
    off = percent(discount_pct, "discount_pct")
    own = dict(policy.discount_pct)
    everyone = own.pop(ANY, 0)
    table = {c: 100 - (100 - d) * (100 - off) / 100 for c, d in own.items()}
    table[ANY] = 100 - (100 - everyone) * (100 - off) / 100
    return policy.replace(name=policy.name, discount_pct=table)


def _added(parts: list[SummaryResult], policy: FarePolicy, e: float | None) -> SummaryResult:
    groups = {
        name: Groups(
            first.names,
            sum(p.groups[name].whole for p in parts),
            sum(p.groups[name].parts for p in parts),
        )
        for name, first in parts[0].groups.items()
    }
    return SummaryResult(policy=policy, today=parts[0].today, elasticity=e, groups=groups)


@dataclass(frozen=True)
class PeakJourneys:
    """Journeys of the peak and the others, each priced by its own rule.

    Parameters
    ----------
    peak, rest : Journeys
        Of the same tariff and zones; every journey is in one of them.
    peaks : tuple of (from, to)
        The hours of the peak.
    off_peak_pct : number
        Discount on the fare of a journey that begins outside the peak; not on today's.
    """

    peak: Journeys
    rest: Journeys
    peaks: tuple[tuple[int, int], ...] = PEAKS
    off_peak_pct: float = 0

    def with_discount(self, off_peak_pct: float) -> PeakJourneys:
        """Return the same journeys under another off-peak discount."""
        return replace(self, off_peak_pct=percent(off_peak_pct, "off_peak_pct"))

    @property
    def today(self) -> FarePolicy:
        """The tariff compared with."""
        return self.rest.today

    @property
    def zone_ids(self) -> tuple[str, ...]:
        """The zones."""
        return self.rest.zone_ids

    @property
    def count(self) -> int:
        """Number of journeys."""
        return self.peak.count + self.rest.count

    @property
    def rides(self) -> int:
        """Number of rides."""
        return self.peak.rides + self.rest.rides

    @property
    def used(self) -> np.ndarray:
        """Which user classes use which modes."""
        return self.peak.used | self.rest.used

    @property
    def kilometres(self) -> np.ndarray:
        """Started kilometres by distance band."""
        return self.peak.kilometres + self.rest.kilometres

    def why_not(self, policy: FarePolicy) -> tuple[str, str] | None:
        """Return why a policy cannot be priced, and a remedy."""
        return self.peak.why_not(policy) or self.rest.why_not(policy)

    def reprice(
        self, policy: FarePolicy, *, elasticity: float | None = None,
        by: tuple[str, ...] = ("zone", "income"),
    ) -> SummaryResult:  # fmt: skip
        """Price peak journeys under the policy, the others under its discount."""
        parts = [
            self.peak.reprice(policy, elasticity=elasticity, by=by),
            self.rest.reprice(discounted(policy, self.off_peak_pct), elasticity=elasticity, by=by),
        ]
        return _added(parts, policy, elasticity)


@dataclass(frozen=True)
class HourJourneys:
    """An off-peak discount on any journeys, by hour only.

    Parameters
    ----------
    journeys : Journeys
        What is priced.
    peaks, off_peak_pct
        As `PeakJourneys`.
    """

    journeys: Journeys
    peaks: tuple[tuple[int, int], ...] = PEAKS
    off_peak_pct: float = 0

    @property
    def today(self) -> FarePolicy:
        """The tariff compared with."""
        return self.journeys.today

    @property
    def zone_ids(self) -> tuple[str, ...]:
        """No zones: hours and zones are not counted together."""
        return ()

    @property
    def count(self) -> int:
        """Number of journeys."""
        return self.journeys.count

    @property
    def rides(self) -> int:
        """Number of rides."""
        return self.journeys.rides

    @property
    def used(self) -> np.ndarray:
        """Which user classes use which modes."""
        return self.journeys.used

    @property
    def kilometres(self) -> np.ndarray:
        """Started kilometres by distance band."""
        return self.journeys.kilometres

    def why_not(self, policy: FarePolicy) -> tuple[str, str] | None:
        """Return why a policy cannot be priced, and a remedy."""
        return self.journeys.why_not(policy)

    def reprice(
        self, policy: FarePolicy, *, elasticity: float | None = None,
        by: tuple[str, ...] = ("hour",),
    ) -> SummaryResult:  # fmt: skip
        """Price all journeys; "income" holds one row, the sum, and only hours are groups."""
        inside = peak_hours(self.peaks)[:, None]
        full = self.journeys.reprice(policy, elasticity=elasticity, by=("hour",))
        less = self.journeys.reprice(
            discounted(policy, self.off_peak_pct), elasticity=elasticity, by=("hour",)
        )
        a, b = full.groups["hour"], less.groups["hour"]
        whole, parts = np.where(inside, a.whole, b.whole), np.where(inside, a.parts, b.parts)
        groups = {
            "hour": Groups(a.names, whole, parts),
            "income": Groups(
                [""], whole.sum(axis=0, keepdims=True), parts.sum(axis=0, keepdims=True)
            ),
        }
        nothing = Groups([], np.zeros((0, 5), dtype=np.int64), np.zeros((0, 2)))
        for name in by:
            groups.setdefault(name, nothing)
        return SummaryResult(policy=policy, today=self.today, elasticity=elasticity, groups=groups)


def peak_journeys(
    journeys: Journeys, *, peaks: tuple[tuple[int, int], ...] = PEAKS
) -> PeakJourneys | HourJourneys:
    """Return journeys that an off-peak discount can be asked of.

    Trips are divided at once; a summary answers by hour, without zones.
    """
    inside = peak_hours(peaks)
    if isinstance(journeys, PeakJourneys):
        if peak_hours(journeys.peaks).tolist() != inside.tolist():
            raise CourseError(
                f"These summaries were made for the peaks {journeys.peaks}.",
                "Ask for these hours, or make the summaries again.",
            )
        return journeys
    if isinstance(journeys, TripJourneys):
        hour = journeys.trips.table["board_time"].to_numpy(np.int64) // 3600
        peak, rest = (
            TripJourneys(journeys.trips.select(mask), journeys.today, journeys.zone_ids)
            for mask in (inside[hour], ~inside[hour])
        )
        return PeakJourneys(peak, rest, peaks)
    return HourJourneys(journeys, peaks)


def summarise_peaks(
    rides: Any,
    *,
    today: FarePolicy,
    city: Any = None,
    grid: Grid | None = None,
    peaks: tuple[tuple[int, int], ...] = PEAKS,
    **more: Any,
) -> PeakJourneys:
    """Make a summary of the peak and one of the rest, in one pass over the rides.

    Parameters
    ----------
    rides, today, city, grid, **more
        As `summary_build.summarise`.
    peaks : sequence of (from, to)
        Whole hours.

    Returns
    -------
    PeakJourneys
        Together exactly the journeys of one summary.
    """
    from course.transport.peak_build import summarise_halves

    peak, rest = summarise_halves(
        rides, today=today, city=city, grid=grid, inside=peak_hours(peaks), **more
    )
    return PeakJourneys(SummaryJourneys(peak), SummaryJourneys(rest), peaks)
