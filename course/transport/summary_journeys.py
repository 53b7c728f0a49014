"""The journeys of a fare summary, asked the same way as linked trips."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from course.errors import CourseError
from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_policy import FarePolicy
from course.transport.journey_groups import KM_GRID_M
from course.transport.summary_result import SummaryResult

if TYPE_CHECKING:
    from course.transport.fare_summary import FareSummary


class SummaryJourneys:
    """The journeys of a fare summary.

    Parameters
    ----------
    summary : FareSummary
        From `summary_build.summarise`, or read from its file.
    """

    def __init__(self, summary: FareSummary) -> None:
        self.summary = summary
        self.today, self.zone_ids = summary.today, summary.zone_ids
        self.count, self.rides = summary.journeys, summary.rides

    def __repr__(self) -> str:
        return f"Journeys of {self.summary!r}"

    @cached_property
    def used(self) -> np.ndarray:
        """Which user classes use which modes."""
        from course.transport.journey_codes import MODE_SHIFT

        fine = self.summary.fine
        mode = (fine.code >> np.uint64(MODE_SHIFT)).astype(np.int64) & 15
        used = np.zeros((len(USER_CLASSES), len(MODES)), dtype=bool)
        used[np.repeat(fine.who >> 2, np.diff(fine.start)), mode] = True
        return used

    @cached_property
    def kilometres(self) -> np.ndarray:
        """Started kilometres by distance band: the grid keeps their sum (`journey_codes`)."""
        fine, grid_m = self.summary.fine, self.summary.grid.grid_m
        if grid_m != KM_GRID_M:
            raise CourseError(
                f"This summary counts distances in steps of {grid_m / 1000:g} km.",
                "Kilometres are counted from a summary with grid_km=1.",
            )
        from course.transport.journey_codes import METRES_SHIFT

        metres = (fine.code & np.uint64(0xFFFFFFFF)).astype(np.int64) >> METRES_SHIFT
        total = np.add.reduceat(metres, fine.start[:-1]) if len(fine) else metres
        km = -(-total // KM_GRID_M)
        cells = fine.cells["distance_band"]
        band = np.repeat(np.arange(len(cells.begin) - 1), np.diff(cells.begin))
        sums = np.zeros(len(cells.begin) - 1, dtype=np.int64)
        np.add.at(sums, band, km[cells.kind] * cells.count)
        sums[-1] = 0  # a journey without a tap-out has no known length
        return sums

    def why_not(self, policy: FarePolicy) -> tuple[str, str] | None:
        """Return why a policy cannot be priced, and a remedy."""
        return self.summary.why_not(policy)

    def reprice(
        self, policy: FarePolicy, *, elasticity: float | None = None,
        by: tuple[str, ...] = ("zone", "income"),
    ) -> SummaryResult:  # fmt: skip
        """Price all journeys under a policy, beside today."""
        return self.summary.reprice(policy, elasticity=elasticity, by=by)
