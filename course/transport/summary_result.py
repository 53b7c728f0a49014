"""What a policy does, read from a fare summary: totals, and tables by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course.transport.fare_policy import FarePolicy

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Groups:
    """Sums over the journeys of each group.

    Parameters
    ----------
    names : list of str
        The groups; the empty name is for journeys that belong to none.
    whole : numpy.ndarray of int64, shape (groups, 5)
        Journeys, revenue today and new (hundredths), journeys that pay more and less.
    parts : numpy.ndarray of float64, shape (groups, 2)
        Journeys and revenue (hundredths) once riders have reacted.
    """

    names: list[str]
    whole: np.ndarray
    parts: np.ndarray

    def frame(self) -> pd.DataFrame:
        """Return one row per group; see `SummaryResult.by`."""
        import pandas as pd

        n, before, after, more, less = self.whole.T
        some = np.where(n > 0, n, np.nan)
        return pd.DataFrame(
            {
                "group": pd.array(self.names, dtype="str"),
                "trips": n,
                "revenue_today": before / 100,
                "revenue_new": after / 100,
                "mean_today": before / some / 100,
                "mean_new": after / some / 100,
                "mean_change": (after - before) / some / 100,
                "pays_more": more,
                "pays_less": less,
                "pays_more_pct": 100 * more / some,
                "pays_less_pct": 100 * less / some,
                "expected_trips": self.parts[:, 0],
                "expected_revenue": self.parts[:, 1] / 100,
            }
        )


@dataclass(frozen=True)
class SummaryResult:
    """What a policy does to a day's journeys, beside today.

    Parameters
    ----------
    policy, today : FarePolicy
        New and present tariff.
    elasticity : float or None
        None: nobody reacts.
    groups : dict of str to Groups
        Sums by income and by what was asked for.
    """

    policy: FarePolicy
    today: FarePolicy
    elasticity: float | None
    groups: dict[str, Groups]

    @property
    def _total(self) -> np.ndarray:
        return self.groups["income"].whole.sum(axis=0)

    @property
    def trips(self) -> int:
        """Journeys counted."""
        return int(self._total[0])

    @property
    def revenue_today(self) -> float:
        """Revenue today, currency units."""
        return int(self._total[1]) / 100

    @property
    def revenue(self) -> float:
        """Revenue under the policy when nobody reacts, currency units."""
        return int(self._total[2]) / 100

    @property
    def pays_more(self) -> int:
        """Journeys that pay more than today."""
        return int(self._total[3])

    @property
    def pays_less(self) -> int:
        """Journeys that pay less than today."""
        return int(self._total[4])

    @property
    def expected_trips(self) -> float:
        """Journeys once riders have reacted."""
        return float(self.groups["income"].parts[:, 0].sum())

    @property
    def expected_revenue(self) -> float:
        """Revenue once riders have reacted, currency units."""
        return float(self.groups["income"].parts[:, 1].sum()) / 100

    def by(self, name: str) -> pd.DataFrame:
        """Return one row per group.

        Parameters
        ----------
        name : str
            zone, income, or what was asked for in `FareSummary.reprice`.

        Returns
        -------
        pandas.DataFrame
            group, trips, revenue_today, revenue_new, mean_today, mean_new, mean_change
            (currency units), pays_more, pays_less (journeys), pays_more_pct,
            pays_less_pct, expected_trips, expected_revenue. The row with the empty name
            holds journeys that belong to no group.
        """
        return self.groups[name].frame()
