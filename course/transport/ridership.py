"""How riders answer a fare, as a band: weak, middle and strong, short and long run.

No elasticity of the city itself is known, so each answer about riders or money is given
three times, and the reader sees how much of it is assumption.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.errors import UsageError
from course.transport.fare_policy import FarePolicy
from course.transport.response import checked_elasticity, long_run

if TYPE_CHECKING:
    import pandas as pd

    from course.transport.journeys import Journeys


@dataclass(frozen=True)
class Reaction:
    """Three elasticities of demand to fare, from the weakest answer to the strongest.

    Parameters
    ----------
    name : str
        Such as "short run, about one year".
    weak, middle, strong : float
        Zero or negative, falling.
    source : str
        Where each comes from, with its mark: S seen in the source, C calculated from it,
        G general knowledge, not verified.
    """

    name: str
    weak: float
    middle: float
    strong: float
    source: str

    def __post_init__(self) -> None:
        values = [checked_elasticity(v) for v in self.values]
        if values != sorted(values, reverse=True):
            raise UsageError(
                f"The elasticities are {values}.", "Give weak, middle and strong, each stronger."
            )

    @property
    def values(self) -> tuple[float, float, float]:
        """Weak, middle and strong."""
        return self.weak, self.middle, self.strong

    def with_middle(self, middle: float) -> Reaction:
        """Return the same band around another middle, its ends in proportion."""
        middle = checked_elasticity(middle)
        share = middle / self.middle if self.middle else 0.0
        return Reaction(
            f"{self.name}, middle {middle:g}", self.weak * share, middle, self.strong * share,
            self.source,
        )  # fmt: skip


SHORT_RUN = Reaction(
    "short run, about one year",
    -0.10,
    -0.40,
    -0.60,
    "TRRL LR733 range -0.1 to -0.6 [S]; APTA 1991 average -0.40 [S]",
)
LONG_RUN = Reaction(
    "long run, ten years and more",
    -0.18,
    -0.70,
    -1.00,
    "1.75 times the short run, McKenzie 1985 after four years [C]; strong end: bus in "
    "TRL 593, source not seen [G]",
)
REACTIONS = {"short": SHORT_RUN, "long": LONG_RUN}


def reaction_of(reaction: Reaction | str) -> Reaction:
    """Return a reaction by its name, "short" or "long", or the one that is given."""
    if isinstance(reaction, Reaction):
        return reaction
    if reaction not in REACTIONS:
        raise UsageError(f"reaction is {reaction!r}.", 'Use "short", "long" or a Reaction.')
    return REACTIONS[reaction]


def band(
    journeys: Journeys, policy: FarePolicy, *, reaction: Reaction | str = SHORT_RUN
) -> pd.DataFrame:
    """Return journeys and revenue under a policy, for weak, middle and strong reactions.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    policy : FarePolicy
        The tariff.
    reaction : Reaction or "short" or "long"
        The elasticities.

    Returns
    -------
    pandas.DataFrame
        Two rows, measure "journeys" and "revenue": unit, today, low, middle, high (of the
        three, sorted; counts per day of the data and currency units), and low_pct,
        middle_pct, high_pct (change in percent of today; NaN where today is nothing).

    Notes
    -----
    Constant elasticity, journey by journey, as `fares.respond`. Low and high are the two
    ends of the assumption, not a confidence interval.
    """
    import pandas as pd

    results = [journeys.reprice(policy, elasticity=e, by=()) for e in reaction_of(reaction).values]
    first = results[0]
    rows = []
    for measure, unit, today, values in (
        ("journeys", "", float(first.trips), [r.expected_trips for r in results]),
        ("revenue", journeys.today.currency, first.revenue_today,
         [r.expected_revenue for r in results]),
    ):  # fmt: skip
        low, high = min(values), max(values)
        middle = values[1]
        pct = [100 * (v / today - 1) if today else float("nan") for v in (low, middle, high)]
        rows.append((measure, unit, today, low, middle, high, *pct))
    return pd.DataFrame(
        rows,
        columns=["measure", "unit", "today", "low", "middle", "high", "low_pct", "middle_pct",
                 "high_pct"],
    )  # fmt: skip


def path(
    journeys: Journeys, policy: FarePolicy, *, years: int = 10, short: Reaction = SHORT_RUN,
    long: Reaction = LONG_RUN,
) -> pd.DataFrame:  # fmt: skip
    """Return journeys year by year, from today to the long run, as a band.

    Parameters
    ----------
    journeys, policy
        As `band`.
    years : int
        1 to 30.
    short, long : Reaction
        The elasticities after about one year, and in the end.

    Returns
    -------
    pandas.DataFrame
        One row per year from 0: year, low, middle, high (journeys per day, in percent of
        today's).

    Notes
    -----
    Partial adjustment (`fares.long_run`): each year closes the share short / long of what
    is left. Everything but the fare stays as it is, which it does not.
    """
    import pandas as pd

    if not isinstance(years, int) or isinstance(years, bool) or not 1 <= years <= 30:
        raise UsageError(f"years is {years}.", "Give 1 to 30 years.")
    lines = []
    for e_short, e_long in zip(short.values, long.values, strict=True):
        result = journeys.reprice(policy, elasticity=e_long, by=())
        target = 100 * result.expected_trips / result.trips if result.trips else 100.0
        share = min(e_short / e_long, 1.0) if e_long else 1.0
        lines.append(long_run(100, target, short_share=share, years=years)["demand"].to_numpy())
    weak, middle, strong = lines
    rising = bool(strong[-1] > weak[-1])
    low, high = (weak, strong) if rising else (strong, weak)
    return pd.DataFrame({"year": range(years + 1), "low": low, "middle": middle, "high": high})
