"""Journeys by zone of departure and arrival: what a zone tariff asks for.

A fare summary does not know where journeys end. This one counts them by the two zones,
the class, the income group and today's price; equal journeys are counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.fare_policy import FarePolicy
from course.transport.trip_journeys import TripJourneys

if TYPE_CHECKING:
    import pandas as pd

_AT_ONCE = 500_000  # rides linked at a time from files


@dataclass(frozen=True)
class OdSummary:
    """Journeys by departure and arrival.

    Parameters
    ----------
    today : FarePolicy
        The tariff compared with.
    zone_ids : tuple of str
        The zones; number ``len(zone_ids)`` is for none (no tap-out, or nowhere known).
    rows : numpy.ndarray of int64, shape (kinds, 7)
        zone from, zone to, user class, income group (0 = unknown), distance band, today's
        price (hundredths), journeys.
    """

    today: FarePolicy
    zone_ids: tuple[str, ...]
    rows: np.ndarray

    def __repr__(self) -> str:
        return f"OdSummary: {self.count:,} journeys, {len(self.rows):,} kinds"

    @property
    def count(self) -> int:
        """Number of journeys."""
        return int(self.rows[:, 6].sum())


def counted_od(rows: np.ndarray) -> np.ndarray:
    """Return equal rows once; a seventh column is how often each stands already."""
    if not len(rows):
        return np.zeros((0, 7), dtype=np.int64)
    order = np.lexsort(rows[:, 5::-1].T)
    rows = rows[order]
    first = np.flatnonzero(np.r_[True, (np.diff(rows[:, :6], axis=0) != 0).any(axis=1)])
    count = rows[:, 6] if rows.shape[1] == 7 else np.ones(len(rows), dtype=np.int64)
    return np.column_stack([rows[first, :6], np.add.reduceat(count, first)])


def od_summary(source: Any, *, today: FarePolicy | None = None, city: Any = None) -> OdSummary:
    """Count journeys by departure and arrival.

    Parameters
    ----------
    source : City, DataFrame, Trips linked with a city, Parquet files or a folder of them
        As `fares.journeys`; files are read card by card in pieces, in bounded memory.
    today, city
        As `fares.journeys`.

    Raises
    ------
    CourseError
        If the journeys have no zones.
    """
    from course.transport.journeys import journeys
    from course.transport.pricing import trip_prices

    if isinstance(source, OdSummary):
        return source
    if isinstance(source, str | Path | list | tuple):
        parts = [od_summary(rides, today=today, city=city) for rides in _by_card(source)]
        rows = counted_od(np.concatenate([p.rows for p in parts]))
        return OdSummary(parts[0].today, parts[0].zone_ids, rows)
    found = journeys(source, today=today, city=city)
    if not isinstance(found, TripJourneys):
        raise UsageError(
            "A fare summary does not know where journeys end.",
            "Count them from the rides: fares.od_summary(rides, city=city).",
        )
    table = found.trips.table
    if "to_zone_id" not in table or not found.zone_ids:
        raise CourseError("These journeys have no zones.", "Link them with the city.")
    place = {z: i for i, z in enumerate(found.zone_ids)}
    to = table["to_zone_id"].map(place).fillna(len(place)).to_numpy(np.int64)
    codes = found._codes
    rows = np.column_stack(
        [codes["zone"], to, codes["user_class"], codes["income"], codes["distance_band"],
         trip_prices(found.trips, found.today)]
    ).astype(np.int64)  # fmt: skip
    return OdSummary(found.today, found.zone_ids, counted_od(rows))


def _by_card(source: str | Path | Sequence[str | Path]) -> Iterator[pd.DataFrame]:
    """Give the rides of files in pieces; all rides of a card are in one of them."""
    import duckdb

    from course.transport.ride_batches import parquet_files

    files = [str(f) for f in parquet_files(source)]
    try:
        rows = duckdb.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchone()[0]
        pieces = max(-(-rows // _AT_ONCE), 1)
        for k in range(pieces):
            yield duckdb.execute(
                "SELECT * FROM read_parquet(?) WHERE hash(CAST(card_id AS VARCHAR)) % ? = ?",
                [files, pieces, k],
            ).df()
    except duckdb.Error as error:
        raise CourseError(
            f"{Path(files[0]).name} cannot be read ({str(error).splitlines()[0]}).",
            "Give Parquet files of rides with a column card_id.",
        ) from None
