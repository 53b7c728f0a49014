"""The journeys of linked trips, asked the same way as a fare summary."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_policy import FarePolicy
from course.transport.journey_groups import (
    BAND_NAMES,
    GROUPS,
    HOUR_NAMES,
    INCOME_NAMES,
    KM_GRID_M,
)
from course.transport.summary_result import Groups, SummaryResult
from course.transport.trips import Trips, arrays_of


class TripJourneys:
    """The journeys of a `Trips` object.

    Parameters
    ----------
    trips : Trips
        From `link`; with zones where a map is wanted.
    today : FarePolicy
        The tariff compared with.
    zone_ids : sequence of str, optional
        Order of the zones; default those of the trips, in order of their names.
    """

    def __init__(
        self, trips: Trips, today: FarePolicy, zone_ids: tuple[str, ...] | None = None
    ) -> None:
        self.trips, self.today = trips, today
        table = trips.table
        if zone_ids is None:
            known = table["from_zone_id"].dropna() if "from_zone_id" in table else ()
            zone_ids = tuple(sorted({str(z) for z in known}))
        self.zone_ids = tuple(zone_ids)

    def __repr__(self) -> str:
        return f"Journeys of {self.trips!r}"

    @property
    def count(self) -> int:
        """Number of journeys."""
        return len(self.trips)

    @property
    def rides(self) -> int:
        """Number of rides."""
        return len(self.trips.legs)

    @cached_property
    def used(self) -> np.ndarray:
        """Which user classes use which modes."""
        a = arrays_of(self.trips)
        used = np.zeros((len(USER_CLASSES), len(MODES)), dtype=bool)
        used[a.user_class, a.mode] = True
        return used

    @cached_property
    def kilometres(self) -> np.ndarray:
        """Started kilometres by distance band."""
        metres = self.trips.table["distance_m"].to_numpy(dtype="int64", na_value=0)
        km = -(-metres // KM_GRID_M)
        km[self._codes["distance_band"] == len(BAND_NAMES) - 1] = 0
        sums = np.bincount(self._codes["distance_band"], weights=km, minlength=len(BAND_NAMES))
        return sums.astype(np.int64)

    @cached_property
    def _codes(self) -> dict[str, np.ndarray]:
        table = self.trips.table
        place = {z: i for i, z in enumerate(self.zone_ids)}
        zone = np.full(len(table), len(place), dtype=np.int64)
        if "from_zone_id" in table:
            zone = table["from_zone_id"].map(place).fillna(len(place)).to_numpy(np.int64)
        income = table["income_group"].to_numpy(dtype="int64", na_value=0)
        band = {name: i for i, name in enumerate(BAND_NAMES)}
        a = arrays_of(self.trips)
        return {
            "zone": zone,
            "income": np.where((income >= 1) & (income <= 5), income, 0),
            "hour": table["board_time"].to_numpy(np.int64) // 3600,
            "distance_band": table["distance_band"].astype(str).map(band).to_numpy(np.int64),
            "user_class": a.user_class[a.new_group],
        }

    def names(self, group: str) -> list[str]:
        """Return the names of the groups, the empty one for journeys that belong to none."""
        if group not in GROUPS:
            raise UsageError(f"There are no groups {group!r}.", f"Use one of: {', '.join(GROUPS)}.")
        if group == "zone":
            return [*self.zone_ids, ""]
        named = {
            "income": INCOME_NAMES, "hour": HOUR_NAMES, "distance_band": BAND_NAMES,
            "user_class": USER_CLASSES,
        }  # fmt: skip
        return list(named[group])

    def why_not(self, policy: FarePolicy) -> tuple[str, str] | None:
        """Return why a policy cannot be priced, and a remedy."""
        return missing_base_words(policy, self.used)

    def reprice(
        self, policy: FarePolicy, *, elasticity: float | None = None,
        by: tuple[str, ...] = ("zone", "income"),
    ) -> SummaryResult:  # fmt: skip
        """Price all journeys under a policy, beside today; as `FareSummary.reprice`."""
        from course.transport.pricing import trip_prices
        from course.transport.response import checked_elasticity, demand

        _checked(self, policy)
        e = None if elasticity is None else checked_elasticity(elasticity)
        new, old = trip_prices(self.trips, policy), trip_prices(self.trips, self.today)
        kept = np.ones(len(new)) if e is None else demand(1.0, old, new, e)
        weights = (None, old, new, new > old, new < old)
        groups = {}
        for group in dict.fromkeys(("income", *by)):
            names = self.names(group)
            code, size = self._codes[group], len(names)
            # sums of whole hundredths below 2**53 are exact in floats
            whole = [np.bincount(code, weights=w, minlength=size) for w in weights]
            parts = [np.bincount(code, weights=w, minlength=size) for w in (kept, kept * new)]
            groups[group] = Groups(
                names, np.column_stack(whole).astype(np.int64), np.column_stack(parts)
            )
        return SummaryResult(policy=policy, today=self.today, elasticity=e, groups=groups)


def _checked(journeys: TripJourneys, policy: FarePolicy) -> FarePolicy:
    """Return a policy that can be priced; refuse any other with a sentence."""
    if not isinstance(policy, FarePolicy):
        raise UsageError(
            f"reprice was given a {type(policy).__name__} in place of a fare policy.",
            "Use fares.SEOUL, fares.today(city) or FarePolicy.distance(...).",
        )
    problem = journeys.why_not(policy)
    if problem is not None:
        raise CourseError(*problem)
    return policy


def missing_base_words(policy: FarePolicy, used: np.ndarray) -> tuple[str, str] | None:
    """Say which mode that is used has no base fare; None if all have one."""
    from course.transport.fare_tables import NO_FARE, fare_tables

    gaps = np.argwhere((fare_tables(policy).base == NO_FARE) & used)
    if not len(gaps):
        return None
    user_class, mode = (int(v) for v in gaps[0])
    return (
        f"The policy {policy.name!r} has no base fare for the mode {MODES[mode]} "
        f"({USER_CLASSES[user_class]}).",
        "Add one with replace(base=...), or '*' for any mode.",
    )
