"""Cards counted from files of any size, shard by shard."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.errors import CourseError
from course.transport.card_summary import CardSummary, card_rows, counted
from course.transport.fare_checks import MODES
from course.transport.fare_grid import Grid
from course.transport.fare_policy import FarePolicy
from course.transport.journey_codes import exact_codes, journey_starts
from course.transport.journey_prices import journey_prices
from course.transport.ride_batches import NO_TAP_OUT, RideReader, checked_source
from course.transport.ride_shards import MEMORY_BYTES, Shards, room_for
from course.transport.summary_build import _JOURNEY, _TODAY, _Counting, gates_of, zones_of

_MOST_CARD_DAYS = 20_000_000  # rows with a card's own number, kept where there are many days


def cards_of_files(
    source: Any,
    *,
    today: FarePolicy,
    city: Any = None,
    modes: tuple[str, ...] = MODES,
    per_day: bool = False,
    grid: Grid | None = None,
    memory_bytes: int = MEMORY_BYTES,
) -> CardSummary:
    """Count cards of rides in files; see `card_summary.cards`.

    Raises
    ------
    CourseError
        If cards are to be followed over more than 20 million card-days.
    """
    grid = grid or Grid.around(today, gated_modes=gates_of(city))
    reader = RideReader(checked_source(source))
    followed, kinds, days = [], [], set()
    rows_kept = 0
    with Shards(reader, memory_bytes=memory_bytes) as shards:
        room_for(shards.count)
        shards.fill(lambda _: None)
        zone_ids, zone_of_stop = zones_of(city, reader.stops.texts)
        work = _Counting(today, grid, len(zone_ids), zone_of_stop)
        early_s = work._early_s
        alone = len(reader.days.texts) <= 1 or per_day
        # the order of dates, not of their first appearance, says which boarding is the first
        rank = reader.days.rank()
        for shard in shards:
            rows, key = _rows_of(shard, work, today, grid, early_s, modes)
            days.update(np.unique(shard["day"]).tolist())
            if alone:
                kinds.append(counted(rows))
            else:
                key["day"] = rank[key["day"]]
                rows_kept += len(rows)
                if rows_kept > _MOST_CARD_DAYS:
                    raise CourseError(
                        f"There are more than {_MOST_CARD_DAYS:,} cards and days.",
                        "Follow the cards over fewer days, or count each day alone (per_day).",
                    )
                followed.append((key, rows))
    if alone:
        parts = counted(np.concatenate(kinds)) if kinds else counted(np.zeros((0, 7), np.int64))
    else:
        parts = counted(_joined(followed))
    return CardSummary(today, tuple(zone_ids), modes, max(len(days), 1), per_day, parts)


_KEY = np.dtype([("a", np.uint64), ("b", np.uint64), ("day", np.int64)])


def _rows_of(
    shard: np.ndarray, work: _Counting, today: FarePolicy, grid: Grid, early_s: int,
    modes: tuple[str, ...],
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return one row per card and day of a shard, and whose it is."""
    if not len(shard):
        return np.zeros((0, 7), dtype=np.int64), np.zeros(0, dtype=_KEY)
    column = {name: np.ascontiguousarray(shard[name]) for name in shard.dtype.names}
    no_tap_out = (column["flags"] & NO_TAP_OUT) > 0
    bits = work._bits(column, no_tap_out)
    start = journey_starts(bits, _JOURNEY)
    head = start[:-1]
    user, income = column["user"][head], column["income"][head]
    work._need_bases(user, column["mode"], start)
    who = (user * 4 + (income == 1) * 2).astype(np.uint8)
    code = exact_codes(bits, _TODAY, column["board"], column["metres"], column["mode"],
                       no_tap_out, early_s)  # fmt: skip
    price = journey_prices(start, code, who, today, grid.gated_modes,
                           early_upto=0 if early_s else -1)  # fmt: skip
    out = ~np.isin(column["mode"], [MODES.index(m) for m in modes])
    inside = ~np.logical_or.reduceat(out, head)
    a, b, day = (column[name][head] for name in ("card_a", "card_b", "day"))
    new = np.ones(len(head), dtype=bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1]) | (day[1:] != day[:-1])
    card = np.cumsum(new)
    zone = work._zone_of_stop[column["stop"][head]]
    rows = card_rows(card, user, income, zone, inside, price)
    key = np.zeros(int(new.sum()), dtype=_KEY)
    key["a"], key["b"], key["day"] = a[new], b[new], day[new]
    return rows, key


def _joined(followed: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return one row per card from its rows of several days; its first day says who it is."""
    keys = np.concatenate([k for k, _ in followed])
    rows = np.concatenate([r for _, r in followed])
    order = np.lexsort((keys["day"], keys["b"], keys["a"]))
    keys, rows = keys[order], rows[order]
    new = np.ones(len(keys), dtype=bool)
    new[1:] = (keys["a"][1:] != keys["a"][:-1]) | (keys["b"][1:] != keys["b"][:-1])
    first = np.flatnonzero(new)
    out = rows[first].copy()
    out[:, 3:] = np.add.reduceat(rows[:, 3:], first, axis=0)
    return out
