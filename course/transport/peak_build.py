"""Two fare summaries in one pass: journeys that begin in chosen hours, and the others.

Rides of a card come in order, journey by journey, so the first boarding of each journey
says to which of the two its rides go. Taking journeys out between two others could join
these where they are near in time; hours that lie apart by more than the journey window
cannot, and others are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import CourseError
from course.transport.fare_grid import Grid
from course.transport.fare_policy import FarePolicy
from course.transport.fare_summary import FareSummary
from course.transport.journey_codes import journey_starts
from course.transport.ride_batches import NO_TAP_OUT, RideReader, checked_source
from course.transport.ride_shards import MEMORY_BYTES, Shards, room_for
from course.transport.summary_build import _JOURNEY, _Counting, gates_of, source_of, zones_of

if TYPE_CHECKING:
    from course.city.pack import City


def summarise_halves(
    rides: Any,
    *,
    today: FarePolicy,
    inside: np.ndarray,
    city: City | None = None,
    grid: Grid | None = None,
    memory_bytes: int = MEMORY_BYTES,
    folder: Path | None = None,
    progress: Callable[[int], Any] | None = None,
) -> tuple[FareSummary, FareSummary]:
    """Return the summaries of the journeys that begin in the hours `inside`, and of the rest.

    Parameters
    ----------
    inside : numpy.ndarray of bool
        One entry per hour of the service day.
    rides, today, city, grid, memory_bytes, folder, progress
        As `summary_build.summarise`.

    Raises
    ------
    CourseError
        If two stretches of hours are nearer than the journey window.
    """
    gates = gates_of(city)
    grid = grid or Grid.around(today, gated_modes=gates)
    _far_apart(inside, grid)
    reader = RideReader(checked_source(rides))
    step = progress or (lambda _: None)
    with Shards(reader, memory_bytes=memory_bytes, folder=folder) as shards:
        room_for(shards.count)
        shards.fill(step)
        zone_ids, zone_of_stop = zones_of(city, reader.stops.texts)
        works = [_Counting(today, grid, len(zone_ids), zone_of_stop) for _ in range(2)]
        counts = [0, 0]
        for shard in shards:
            mask = _first_in(shard, works[0], inside)
            for k, part in enumerate((shard[mask], shard[~mask])):
                works[k].add(part)
                counts[k] += len(part)
            step(len(shard))
    peak, rest = (
        FareSummary(
            today=today, grid=grid, zone_ids=tuple(zone_ids), rides=count, fine=work.kinds(),
            source=source_of(count, city, today, grid),
        )
        for work, count in zip(works, counts, strict=True)
    )  # fmt: skip
    return peak, rest


def _first_in(shard: np.ndarray, work: _Counting, inside: np.ndarray) -> np.ndarray:
    """Return for each ride whether its journey begins in the chosen hours."""
    if not len(shard):
        return np.zeros(0, dtype=bool)
    column = {name: np.ascontiguousarray(shard[name]) for name in shard.dtype.names}
    bits = work._bits(column, (column["flags"] & NO_TAP_OUT) > 0)
    start = journey_starts(bits, _JOURNEY)
    hour = column["board"][start[:-1]].astype(np.int64) // 3600
    return np.repeat(inside[hour], np.diff(start))


def _far_apart(inside: np.ndarray, grid: Grid) -> None:
    edges = np.flatnonzero(np.diff(inside)) + 1
    gaps = np.diff(edges)
    longest = max(grid.journey.window_min, grid.journey.night_window_min)
    from_board = grid.journey.window_from == "board"
    if (len(gaps) and gaps.min() * 60 <= longest) or from_board:
        raise CourseError(
            f"Two stretches of peak or off-peak hours lie within the journey window of "
            f"{longest:g} minutes.",
            "Choose peaks that are further apart, or a grid with a shorter journey window.",
        )
