"""What each card rides and pays: the summary that passes and caps need.

A pass is bought by a person, not by a journey, so it needs the card. Cards that look alike
to a pass are counted once: the same class, income group and zone of the first boarding,
the same journeys and the same money inside and outside the modes of the pass. The result is
exact for the given days; what a month looks like is an assumption and is said as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import UsageError
from course.transport.fare_checks import MODES, USER_CLASSES, mode_names
from course.transport.fare_policy import FarePolicy
from course.transport.journeys import Journeys
from course.transport.trip_journeys import TripJourneys

if TYPE_CHECKING:
    import pandas as pd

    from course.transport.fare_grid import Grid

COLUMNS = ("user_class", "income_group", "zone", "journeys", "paid", "journeys_out", "paid_out")


@dataclass(frozen=True)
class CardSummary:
    """Cards by what they ride and pay.

    Parameters
    ----------
    today : FarePolicy
        The tariff the money is of.
    zone_ids : tuple of str
        The zones; number ``len(zone_ids)`` is for none.
    modes : tuple of str
        Modes of the pass; a journey that uses another one is outside it, as a whole.
    dates : int
        Service days the cards were counted over.
    per_day : bool
        True: a row is about cards on one day (for a daily cap); False: over all days.
    rows : numpy.ndarray of int64, shape (kinds, 8)
        user class, income group (0 = unknown), zone of the first boarding, journeys inside,
        money inside (hundredths), journeys outside, money outside, number of cards.
    """

    today: FarePolicy
    zone_ids: tuple[str, ...]
    modes: tuple[str, ...]
    dates: int
    per_day: bool
    rows: np.ndarray

    def __repr__(self) -> str:
        return f"CardSummary: {self.cards:,} cards, {self.dates} days, {len(self.rows):,} kinds"

    @property
    def cards(self) -> int:
        """Number of cards (or of cards and days)."""
        return int(self.rows[:, 7].sum())

    @property
    def journeys(self) -> int:
        """Number of journeys."""
        return int(((self.rows[:, 3] + self.rows[:, 5]) * self.rows[:, 7]).sum())

    @property
    def revenue(self) -> int:
        """Money of all journeys today, in hundredths."""
        return int(((self.rows[:, 4] + self.rows[:, 6]) * self.rows[:, 7]).sum())

    def table(self) -> pd.DataFrame:
        """Return the kinds with their names; money in currency units."""
        import pandas as pd

        r = self.rows
        zones = np.array([*self.zone_ids, ""], dtype=object)
        return pd.DataFrame(
            {
                "user_class": np.array(USER_CLASSES, dtype=object)[r[:, 0]],
                "income_group": r[:, 1],
                "zone_id": zones[r[:, 2]],
                "journeys": r[:, 3],
                "paid": r[:, 4] / 100,
                "journeys_outside": r[:, 5],
                "paid_outside": r[:, 6] / 100,
                "cards": r[:, 7],
            }
        )


def counted(rows: np.ndarray) -> np.ndarray:
    """Return equal rows once, with how many there are in a last column; in order."""
    if not len(rows):
        return np.zeros((0, 8), dtype=np.int64)
    order = np.lexsort(rows[:, 6::-1].T)
    rows = rows[order]
    first = np.flatnonzero(np.r_[True, (np.diff(rows[:, :7], axis=0) != 0).any(axis=1)])
    count = rows[:, 7] if rows.shape[1] == 8 else np.ones(len(rows), dtype=np.int64)
    return np.column_stack([rows[first, :7], np.add.reduceat(count, first)])


def card_rows(
    card: np.ndarray, user: np.ndarray, income: np.ndarray, zone: np.ndarray,
    inside: np.ndarray, price: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return one row per card from its journeys, which stand together and in order.

    Parameters
    ----------
    card : numpy.ndarray
        Number of the card of each journey; equal numbers are neighbours.
    user, income, zone : numpy.ndarray
        Of each journey; the card's are those of its first one.
    inside : numpy.ndarray of bool
        Whether all rides of the journey are in the modes of the pass.
    price : numpy.ndarray of int64
        Today's price, hundredths.
    """
    if not len(card):
        return np.zeros((0, 7), dtype=np.int64)
    first = np.flatnonzero(np.diff(card, prepend=card[0] - 1))

    def total(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values.astype(np.int64), first)

    return np.column_stack(
        [user[first], income[first], zone[first], total(inside), total(np.where(inside, price, 0)),
         total(~inside), total(np.where(inside, 0, price))]
    ).astype(np.int64)  # fmt: skip


def cards(
    source: Any,
    *,
    modes: Sequence[str] | str = "*",
    today: FarePolicy | None = None,
    city: Any = None,
    per_day: bool = False,
    grid: Grid | None = None,
) -> CardSummary:
    """Count cards by what they ride and pay.

    Parameters
    ----------
    source : City, DataFrame, Trips, Journeys of trips, Parquet files or a folder of them
        Rides with card ids. A fare summary has forgotten the cards and is refused.
    modes : sequence of str or "*"
        Modes of the pass.
    today, city, grid
        As `fares.journeys`.
    per_day : bool
        Whether a card counts anew on each day (for a daily cap).

    Returns
    -------
    CardSummary
        The same from trips and from files.
    """
    from pathlib import Path

    from course.transport.fare_summary import FareSummary
    from course.transport.journeys import journeys
    from course.transport.summary_journeys import SummaryJourneys

    chosen = MODES if modes == "*" or "*" in tuple(modes) else mode_names(tuple(modes), "modes")
    if isinstance(source, FareSummary | SummaryJourneys):
        raise UsageError(
            "A fare summary has forgotten the cards.",
            "Count the cards from the rides: fares.cards(folder, city=city, today=...).",
        )
    if isinstance(source, str | Path | list | tuple):
        from course.transport.card_build import cards_of_files

        if today is None:
            if city is None:
                raise UsageError("No tariff of today is known.", "Give today=, or the city.")
            from course.transport.tariffs import today as tariff_of

            today = tariff_of(city)
        return cards_of_files(
            source, today=today, city=city, modes=chosen, per_day=per_day, grid=grid
        )
    found: Journeys = journeys(source, today=today, city=city, grid=grid)
    if not isinstance(found, TripJourneys):
        raise UsageError("These journeys have no cards.", "Give rides, or linked trips.")
    return _of_trips(found, chosen, per_day)


def _of_trips(found: TripJourneys, modes: tuple[str, ...], per_day: bool) -> CardSummary:
    import pandas as pd

    from course.transport.pricing import trip_prices
    from course.transport.trips import arrays_of

    table, a = found.trips.table, arrays_of(found.trips)
    starts = np.flatnonzero(a.new_group)
    out = ~np.isin(a.mode, [MODES.index(m) for m in modes])
    inside = ~np.logical_or.reduceat(out, starts) if len(starts) else out
    date = pd.factorize(table["date"].astype("str").fillna(""), sort=True)[0]
    card = pd.factorize(table["card_id"])[0]
    number = card * (int(date.max(initial=0)) + 1) + date if per_day else card
    order = np.lexsort((table["board_time"].to_numpy(np.int64), date, number))
    codes = found._codes
    rows = card_rows(
        number[order], codes["user_class"][order], codes["income"][order], codes["zone"][order],
        inside[order], trip_prices(found.trips, found.today)[order],
    )  # fmt: skip
    return CardSummary(found.today, found.zone_ids, modes, max(len(np.unique(date)), 1), per_day,
                       counted(rows))  # fmt: skip
