"""Rides of any size become a fare summary: link, price once, count alike journeys once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.errors import CourseError
from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_grid import Grid, policy_rule, rule_row
from course.transport.fare_policy import FarePolicy
from course.transport.fare_summary import (
    BANDS_M,
    DIMENSIONS,
    HOURS,
    INCOMES,
    RULES,
    FareSummary,
)
from course.transport.journey_codes import exact_codes, grid_codes, join_bits, journey_starts
from course.transport.journey_kinds import CellCounter, Kinds, KindTable, cells_of, in_order, taken
from course.transport.journey_prices import journey_prices, missing_base
from course.transport.ride_batches import NO_TAP_OUT, RideReader, checked_source
from course.transport.ride_shards import MEMORY_BYTES, Shards, room_for
from course.transport.trips import GATED_MODES

if TYPE_CHECKING:
    from course.city.pack import City

_JOURNEY, _TODAY, _FIRST_WINDOW = 0, 1, 2


def summarise(
    rides: Any,
    *,
    today: FarePolicy,
    city: City | None = None,
    grid: Grid | None = None,
    memory_bytes: int = MEMORY_BYTES,
    folder: Path | None = None,
    progress: Callable[[int], Any] | None = None,
) -> FareSummary:
    """Link rides into journeys and count the kinds of journeys a tariff can tell apart.

    Parameters
    ----------
    rides : DataFrame, path or sequence of paths
        A rides frame, Parquet files or a folder of them; columns as `fares.link`. Rows in
        any order; one day or many.
    today : FarePolicy
        The tariff compared with. It may be any, on the grid or off it.
    city : City, optional
        Gives the zones and the gated modes.
    grid : Grid, optional
        The tariffs the summary is to be exact for; default `Grid.around(today)`.
    memory_bytes : int
        What the rides may take in memory; beyond it they are sorted through files.
    folder : Path, optional
        For these files; default the system's temporary folder.
    progress : callable, optional
        Called with a number of rides, each ride twice: when read and when linked.

    Returns
    -------
    FareSummary
        The same for any order of the rows, any number of files and any memory limit.

    Raises
    ------
    CourseError
        If a row cannot be a ride (file and row are named), or `today` has no base fare
        for a mode that is used.

    Notes
    -----
    Equal to ``fares.reprice(fares.link(rides, ...), policy, today=today)`` to the
    hundredth; `Grid.words` says for which policies.
    """
    reader = RideReader(checked_source(rides))
    gates = gates_of(city)
    grid = grid or Grid.around(today, gated_modes=gates)
    step = progress or (lambda _: None)
    with Shards(reader, memory_bytes=memory_bytes, folder=folder) as shards:
        room_for(shards.count)
        count = shards.fill(step)
        zone_ids, zone_of_stop = zones_of(city, reader.stops.texts)
        work = _Counting(today, grid, len(zone_ids), zone_of_stop)
        for shard in shards:
            work.add(shard)
            step(len(shard))
    return FareSummary(
        today=today,
        grid=grid,
        zone_ids=tuple(zone_ids),
        rides=count,
        fine=work.kinds(),
        source=source_of(count, city, today, grid),
    )


def gates_of(city: City | None) -> tuple[str, ...]:
    """Return the modes of a city that are entered through gates."""
    given = city.properties.get("gated_modes") if city is not None else None
    return tuple(given) if given else GATED_MODES


def zones_of(city: City | None, stops: list[str]) -> tuple[list[str], np.ndarray]:
    """Return the zones and, for each stop code, the number of its zone; the last for none."""
    if city is None:
        return [], np.zeros(len(stops) + 1, dtype=np.int64)
    from course.city.places import zone_of

    ids = [str(z) for z in city.zones["zone_id"]]
    place = {z: i for i, z in enumerate(ids)}
    found = zone_of(city, pd.Series(stops, dtype="str"))
    codes = found.map(place).fillna(len(ids)).to_numpy(np.int64) if stops else np.zeros(0, np.int64)
    return ids, np.append(codes, len(ids))


def source_of(count: int, city: City | None, today: FarePolicy, grid: Grid) -> dict[str, Any]:
    """Return what a summary is made of, with a key of 16 hex digits."""
    told = {
        "rides": count,
        "city": city.id if city is not None else "",
        "fingerprint": city.fingerprint if city is not None else "",
        "today": today.to_dict(),
        "grid": grid.to_dict(),
        "rules": RULES,
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=True)
    return told | {"key": hashlib.sha256(text.encode()).hexdigest()[:16]}


class _Counting:
    """Counts kinds of journeys, shard by shard."""

    def __init__(self, today: FarePolicy, grid: Grid, zones: int, zone_of_stop: np.ndarray) -> None:
        self._today, self._grid, self._zone_of_stop = today, grid, zone_of_stop
        self._rules = np.array(
            [
                rule_row(grid.journey.rule, tap_out_needed=False),
                rule_row(policy_rule(today), tap_out_needed=True),
                *(rule_row(w.rule, tap_out_needed=True) for w in grid.windows),
            ],
            dtype=np.int64,
        )
        self._gated = np.array([m in grid.gated_modes for m in MODES])
        self._table = KindTable()
        self._zones = zones
        sizes = sizes_of(zones)
        self._cells = {name: CellCounter(sizes[name]) for name in DIMENSIONS[:-1]}
        early = today.early_bird
        self._early_s = round(early["before_min"] * 60) if early else 0

    def add(self, rides: np.ndarray) -> None:
        """Count the journeys of some rides in card order."""
        if not len(rides):
            return
        column = {name: np.ascontiguousarray(rides[name]) for name in rides.dtype.names}
        board, metres, mode = column["board"], column["metres"], column["mode"]
        no_tap_out = (column["flags"] & NO_TAP_OUT) > 0
        bits = self._bits(column, no_tap_out)
        start = journey_starts(bits, _JOURNEY)
        head = start[:-1]
        unknown = np.logical_or.reduceat(column["flags"] > 0, head)
        user, income = column["user"][head], column["income"][head]
        self._need_bases(user, mode, start)
        who = (user * 4 + (income == 1) * 2 + unknown).astype(np.uint8)
        exact = exact_codes(bits, _TODAY, board, metres, mode, no_tap_out, self._early_s)
        old = journey_prices(
            start, exact, who, self._today, self._grid.gated_modes,
            early_upto=0 if self._early_s else -1,
        )  # fmt: skip
        code = grid_codes(
            start, board, metres, mode, no_tap_out, self._grid.early_s, self._grid.grid_m
        ).astype(np.uint64)
        windows = bits >> np.uint32(_FIRST_WINDOW)
        windows[head] = 0
        code |= windows.astype(np.uint64) << np.uint64(32)
        ids = self._table.find(start, code, who, old)
        self._cells["zone"].add(ids, self._zone_of_stop[column["stop"][head]])
        self._cells["income"].add(ids, income.astype(np.int64))
        self._cells["hour"].add(ids, board[head].astype(np.int64) // 3600)
        travelled = np.add.reduceat(metres.astype(np.int64), head)
        band = np.searchsorted(BANDS_M, travelled, side="left")
        self._cells["distance_band"].add(ids, np.where(unknown, len(BANDS_M) + 1, band))

    def _bits(self, column: dict[str, np.ndarray], no_tap_out: np.ndarray) -> np.ndarray:
        same = np.zeros(len(no_tap_out), dtype=bool)
        same[1:] = True
        for name in ("card_a", "card_b", "day"):
            same[1:] &= column[name][1:] == column[name][:-1]
        return join_bits(
            ~same, column["board"], np.where(no_tap_out, np.int32(-1), column["alight"]),
            column["mode"], column["route"], self._gated, self._rules,
        )  # fmt: skip

    def _need_bases(self, user: np.ndarray, mode: np.ndarray, start: np.ndarray) -> None:
        used = np.zeros((len(USER_CLASSES), len(MODES)), dtype=bool)
        used[np.repeat(user, np.diff(start)), mode] = True
        gap = missing_base(self._today, used)
        if gap is not None:
            raise CourseError(
                f"The policy {self._today.name!r} has no base fare for the mode "
                f"{MODES[gap[1]]} ({USER_CLASSES[gap[0]]}).",
                "Add one with replace(base=...), or '*' for any mode.",
            )

    def kinds(self) -> Kinds:
        """Return the kinds found, in an order that follows from their content."""
        cells = {name: counter.cells() for name, counter in self._cells.items()}
        start, code, who, old = self._table.arrays()
        kind, _, count = cells["income"]
        cells["user_class"] = (kind, (who[kind] >> 2).astype(np.int64), count)
        return kinds_of(start, code, who, old, cells, sizes_of(self._zones))


def sizes_of(zones: int) -> dict[str, int]:
    """Return how many groups each dimension has in a city of so many zones."""
    sizes = (zones + 1, INCOMES, HOURS, len(BANDS_M) + 2, len(USER_CLASSES))
    return dict(zip(DIMENSIONS, sizes, strict=True))


def kinds_of(
    start: np.ndarray, code: np.ndarray, who: np.ndarray, old: np.ndarray,
    cells: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]], sizes: dict[str, int],
) -> Kinds:  # fmt: skip
    """Return kinds in an order that follows from their content, whoever found them.

    Parameters
    ----------
    start, code, who, old
        As in `Kinds`, in any order.
    cells : dict
        {dimension: (kind, group, count)}.
    sizes : dict
        {dimension: number of groups}.
    """
    order = in_order(start, code, who, old)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    counted = {
        name: cells_of(place[kind], group, count, sizes[name])
        for name, (kind, group, count) in cells.items()
    }
    start, code = taken(start, code, order)
    return Kinds(start, code, who[order], old[order], counted)
