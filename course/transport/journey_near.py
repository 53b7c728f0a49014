"""Linked journeys whose cap can be proved idle: counted by total distance alone.

The cap (a linked fare never exceeds its rides one by one) is the only rule that asks for
the distance of each ride of a linked journey. Where a journey is short for the number of
its changes, the separate fares are dearer under any usual tariff. Such journeys are counted
by modes and total distance, some hundred kinds in place of some hundred thousand; and at
every pricing it is *proved*, kind by kind, that the cap cannot bind: the linked fare stays
below the sum of what the rides cost at no distance at all. Where the proof fails, the
caller prices the journeys ride by ride; the result is the same, only later.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from course.transport.fare_checks import MODES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import FULL, fare_tables
from course.transport.journey_codes import (
    EARLY_SHIFT,
    JOINS,
    METRES_SHIFT,
    MODE_SHIFT,
    NO_TAP_OUT,
)
from course.transport.journey_kinds import Kinds, KindTable, cells_of, in_order, taken
from course.transport.journey_prices import (
    ALONE,
    BASE,
    FREE,
    REACH,
    STEP,
    in_threads,
    price_tables,
    started_units,
    together,
)

NEAR_M = 40_000  # for each change
_M = len(MODES)
_WHOLE = FULL * FULL
_FREE_TODAY = NO_TAP_OUT  # a bit no merged journey needs: all its rides have tap-outs


def split_near(
    kinds: Kinds, today: FarePolicy, *, grid_m: int, last_bucket: int
) -> tuple[Kinds, Kinds]:
    """Return the linked journeys that are short for their changes, merged, and the rest.

    Parameters
    ----------
    kinds : Kinds
        All kinds of one window, codes of 32 bits.
    today : FarePolicy
        Rides that are free today add no distance to a linked fare; a policy with other free
        rides is not proved.
    grid_m : int
        Length of the grid.
    last_bucket : int
        The early bucket of rides too late for every early discount.
    """
    n = np.diff(kinds.start)
    code = kinds.code.astype(np.int64)
    head = np.zeros(len(code), dtype=bool)
    head[kinds.start[:-1]] = True
    mode = (code >> MODE_SHIFT) & 15
    free = fare_tables(today).free[np.repeat(kinds.who >> 2, n), mode]
    plain = (
        (head | ((code & JOINS) > 0))
        & ((code & NO_TAP_OUT) == 0)
        & (((code >> EARLY_SHIFT) & 15) == last_bucket)
    )
    paid = np.where(free, 0, code >> METRES_SHIFT)
    metres = np.add.reduceat(paid, kinds.start[:-1]) if len(n) else n
    near = (n > 1) & (metres <= NEAR_M * (n - 1))
    near &= np.logical_and.reduceat(plain, kinds.start[:-1]) if len(n) else near
    rows = np.flatnonzero(near)
    code += np.where(free, _FREE_TODAY, 0)
    start, own = taken(kinds.start, code, rows)
    merged = _merged(start, own, -(-metres[rows] // grid_m) * grid_m)
    table = KindTable()
    ids = table.find(start, merged, kinds.who[rows], kinds.old[rows])
    found = table.arrays()
    order = in_order(*found)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    number = np.full(len(kinds), -1, dtype=np.int64)
    number[rows] = place[ids]
    few, codes = taken(found[0], found[1], order)
    merged_kinds = Kinds(
        few, codes.astype(np.uint32), found[2][order], found[3][order], _renumbered(kinds, number)
    )
    return merged_kinds, chosen_kinds(kinds, ~near)


def chosen_kinds(kinds: Kinds, chosen: np.ndarray) -> Kinds:
    """Return some of the kinds with their counts."""
    rows = np.flatnonzero(chosen)
    number = np.full(len(kinds), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    start, code = taken(kinds.start, kinds.code, rows)
    return Kinds(start, code, kinds.who[rows], kinds.old[rows], _renumbered(kinds, number))


def _renumbered(kinds: Kinds, number: np.ndarray) -> dict:
    cells = {}
    for name, c in kinds.cells.items():
        group = np.repeat(np.arange(len(c.begin) - 1), np.diff(c.begin))
        kind = number[c.kind]
        inside = kind >= 0
        cells[name] = cells_of(kind[inside], group[inside], c.count[inside], len(c.begin) - 1)
    return cells


def _merged(start: np.ndarray, code: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return codes with the modes in order and the whole distance on the first ride."""
    mode = (code >> MODE_SHIFT) & 15
    journey = np.repeat(np.arange(len(start) - 1), np.diff(start))
    order = np.lexsort((mode, journey))
    kept = (code & (15 << EARLY_SHIFT)) | (code & JOINS) | (mode[order] << MODE_SHIFT)
    kept |= code[order] & _FREE_TODAY
    kept[start[:-1]] |= total << METRES_SHIFT
    return kept.astype(np.uint64)


@njit(cache=True, nogil=True)
def _price_near(low, high, start, code, who, tables, out):  # pragma: no cover
    """Price linked journeys without the cap; return whether it is idle for all of them."""
    cells, keep_of, single, linked, rules = tables
    numbers = rules[5]
    bands, cap, most, unit = numbers[5] > 0, numbers[6] > 0, numbers[7], numbers[8]
    per_metre = 1.0 / unit
    for j in range(low, high):
        first_cell = (np.int64(who[j]) >> 2) * _M
        keep = keep_of[np.int64(who[j]) >> 1]
        if start[j + 1] - start[j] > most:
            return False
        total = np.int64(code[start[j]]) >> METRES_SHIFT
        top, reach, step, least = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        paid = False
        for i in range(start[j], start[j + 1]):
            cell = first_cell + ((np.int64(code[i]) >> MODE_SHIFT) & 15)
            free_today = np.int64(code[i]) & _FREE_TODAY > 0
            if (cells[cell, FREE] > 0) != free_today or cells[cell, ALONE]:
                return False
            paid = paid or not free_today
            top = max(top, cells[cell, BASE])
            step = max(step, cells[cell, STEP])
            if not free_today:
                reach = max(reach, cells[cell, REACH])
            least += single[cell, 0]
        column = started_units(total, unit, per_metre)
        if column < linked.shape[1]:
            distance = linked[reach, column]
        else:
            distance = together(reach, total, rules)
        price = top
        if paid:
            price = max(top, distance) if bands else top + distance * step
        if cap and price > least:
            return False
        if keep != _WHOLE:
            price = (price // _WHOLE) * keep + ((price % _WHOLE) * keep + _WHOLE // 2) // _WHOLE
        out[j] = price
    return True


def near_prices(
    kinds: Kinds, policy: FarePolicy, gated: Sequence[str], longest_m: int
) -> np.ndarray | None:
    """Return the prices of merged journeys, None if the cap might bind for one of them."""
    out = np.empty(len(kinds), dtype=np.int64)
    tables = price_tables(policy, tuple(gated), longest_m)
    proved = []
    in_threads(
        len(out),
        lambda low, high: proved.append(
            _price_near(low, high, kinds.start, kinds.code, kinds.who, tables, out)
        ),
    )
    return out if all(proved) else None
