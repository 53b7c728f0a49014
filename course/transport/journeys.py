"""One way to ask a fare question of a lesson's trips and of a city's 20 million rides.

A question is written once, over `Journeys`: "price all journeys under this policy, beside
today, by these groups". Small packs answer it from `Trips`, a megacity from a `FareSummary`;
on the same rides both give the same whole numbers, to the hundredth.

A journey is what one card rides with at most the widest transfer window of the grid between
two rides. A tariff divides journeys and never joins them, so a window can be shortened and
lengthened under a slider without linking anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.fare_policy import FarePolicy
from course.transport.summary_journeys import SummaryJourneys
from course.transport.summary_result import SummaryResult
from course.transport.trip_journeys import TripJourneys
from course.transport.trips import Trips

if TYPE_CHECKING:
    import pandas as pd

    from course.transport.fare_grid import Grid


@runtime_checkable
class Journeys(Protocol):
    """What every fare question asks of the rides behind it."""

    @property
    def today(self) -> FarePolicy:
        """Return the tariff compared with."""
        ...

    @property
    def zone_ids(self) -> tuple[str, ...]:
        """Return the zones, in the order of the results."""
        ...

    @property
    def count(self) -> int:
        """Return the number of journeys."""
        ...

    @property
    def rides(self) -> int:
        """Return the number of rides."""
        ...

    @property
    def used(self) -> np.ndarray:
        """Return which user classes use which modes: bool[class, mode]."""
        ...

    @property
    def kilometres(self) -> np.ndarray:
        """Return the started kilometres of all journeys, by distance band."""
        ...

    def why_not(self, policy: FarePolicy) -> tuple[str, str] | None:
        """Return why a policy cannot be priced, and a remedy; None where it can."""
        ...

    def reprice(
        self, policy: FarePolicy, *, elasticity: float | None = None,
        by: tuple[str, ...] = ("zone", "income"),
    ) -> SummaryResult:  # fmt: skip
        """Price all journeys under a policy, beside today."""
        ...


def checked_policy(journeys: Journeys, policy: FarePolicy) -> FarePolicy:
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


def journeys(
    source: Any, *, today: FarePolicy | None = None, city: Any = None, grid: Grid | None = None
) -> Journeys:
    """Return what fare questions are asked of.

    Parameters
    ----------
    source : City, DataFrame of rides, Trips, FareSummary or path
        A city (its own rides), rides, linked trips, a summary or the file of one. Rides
        are linked by the journey rule of the grid, so that every window of the slider can
        be asked for; `Trips` are taken as they were linked.
    today : FarePolicy, optional
        The tariff compared with; default the city's, and always the summary's own.
    city : City, optional
        Gives zones, gated modes and tariff to rides and trips.
    grid : Grid, optional
        Its journey rule links the rides; default `Grid.around(today)`.

    Returns
    -------
    Journeys

    Raises
    ------
    UsageError
        If it is none of these, or no tariff of today is known.

    Examples
    --------
    >>> from course.transport import fares
    >>> trips = fares.trips_of([("trunk", 6), ("subway", 8)])
    >>> fares.journeys(trips, today=fares.SEOUL).reprice(fares.SEOUL_HISTORY[2023]).revenue
    1600.0
    """
    from course.transport.fare_summary import FareSummary

    if isinstance(source, str | Path):
        source = FareSummary.load(source)
    if isinstance(source, FareSummary):
        if today is not None and today != source.today:
            raise UsageError(
                f"This summary compares with {source.today.name}.",
                "Make another summary with the tariff you want to compare with.",
            )
        return SummaryJourneys(source)
    if isinstance(source, Journeys):
        return source
    if hasattr(source, "fare_policy") and hasattr(source, "rides"):
        city, source = source, source.rides
    if today is None:
        if city is None:
            raise UsageError("No tariff of today is known.", "Give today=, or the city.")
        from course.transport.tariffs import today as tariff_of

        today = tariff_of(city)
    zone_ids = None if city is None else tuple(str(z) for z in city.zones["zone_id"])
    if isinstance(source, Trips):
        return TripJourneys(source, today, zone_ids)
    if not hasattr(source, "columns"):
        raise UsageError(
            f"journeys was given a {type(source).__name__}.",
            "Give a city, rides, fares.link(rides) or a fare summary.",
        )
    return TripJourneys(_linked(source, today, city, grid), today, zone_ids)


def _linked(rides: pd.DataFrame, today: FarePolicy, city: Any, grid: Grid | None) -> Trips:
    from course.transport.fare_grid import Grid
    from course.transport.linking import link
    from course.transport.summary_build import gates_of

    grid = grid or Grid.around(today, gated_modes=gates_of(city))
    rule = grid.journey
    return link(
        rides,
        window_min=rule.window_min,
        night_window_min=rule.night_window_min,
        night_from_min=rule.night_from_min,
        night_to_min=rule.night_to_min,
        same_route=rule.same_route,
        window_from=rule.window_from,
        max_transfers=None,
        city=city,
        gated_modes=grid.gated_modes,
    )
