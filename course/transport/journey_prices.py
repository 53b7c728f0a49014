"""The fare rules over coded journeys, compiled: the same price as `pricing` to the hundredth.

The order of the rules is that of `course.transport.pricing`; the tests hold the two, and a
slow third engine, equal.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from os import cpu_count
from typing import Any

import numpy as np
from numba import njit

from course.transport.fare_checks import MODES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import FULL, NO_FARE, fare_tables, transfer_rule
from course.transport.journey_codes import (
    EARLY_SHIFT,
    JOINS,
    METRES_SHIFT,
    MODE_SHIFT,
    NO_TAP_OUT,
)

_M = len(MODES)
_NO_LIMIT = 1 << 30
_THREADS_FROM = 30_000  # journeys; below, starting a thread costs more than it saves
_WHOLE = FULL * FULL
_MOST_COLUMNS = 4096  # of a table by distance; longer ways are worked out one by one


# Columns of the table of one cell (user class and mode), in whole numbers.
BASE, STEP, EARLY, CHARGE, FREE, ALONE, REACH = range(7)


@lru_cache(maxsize=16)
def price_tables(policy: FarePolicy, gated: tuple[str, ...], longest_m: int) -> tuple[Any, ...]:
    """Return a policy as the arrays the compiled rules read.

    What a ride or a linked fare pays for its distance depends on the started units only,
    where the unit divides every distance the policy names. So it is looked up, and worked
    out where a distance lies beyond the table.

    Parameters
    ----------
    policy : FarePolicy
        The tariff.
    gated : tuple of str
        Modes entered through gates.
    longest_m : int
        No fare is asked for more metres.
    """
    t, rule = fare_tables(policy), transfer_rule(policy)
    cells = np.zeros((t.base.size, 8), dtype=np.int64)
    for column, values in (
        (BASE, t.base), (STEP, t.step), (EARLY, t.early_off), (CHARGE, t.charge),
        (FREE, t.free),
    ):  # fmt: skip
        cells[:, column] = values.ravel()
    mode = np.arange(len(cells)) % _M
    cells[:, ALONE] = np.isin(mode, rule.alone)
    reaches = np.unique(t.free_m)  # the longest free distance of a linked fare is one of these
    cells[:, REACH] = np.searchsorted(reaches, t.free_m)[mode]
    ends = np.zeros(0, dtype=np.int64) if t.band_ends_m is None else t.band_ends_m
    prices = np.zeros(0, dtype=np.int64) if t.band_prices is None else t.band_prices
    bands = t.band_prices is not None
    far = t.far_step_m if t.far_m >= 0 else 0
    lengths = (*t.free_m, t.step_m, max(t.alone_free_m, 0), t.alone_step_m, max(t.far_m, 0), far)
    unit = max(int(np.gcd.reduce(ends if bands else np.array(lengths, dtype=np.int64))), 1)
    if bands and not len(ends):
        unit = 1 << 20
    numbers = np.array(
        [
            t.step_m, t.alone_free_m, t.alone_step_m, t.far_m, t.far_step_m, bands,
            policy.cap_at_separate, _NO_LIMIT if rule.max_rides is None else rule.max_rides, unit,
        ],
        dtype=np.int64,
    )  # fmt: skip
    rules = (
        t.free_m, t.by_distance, np.array([m in gated for m in MODES]), ends, prices, numbers,
        reaches,
    )  # fmt: skip
    size = min(longest_m // unit + 2, _MOST_COLUMNS)
    single = np.zeros((len(cells), size), dtype=np.int64)
    linked = np.zeros((len(reaches), size), dtype=np.int64)
    _look_up(cells, single, linked, rules)
    return cells, t.keep.ravel(), single, linked, rules


@njit(cache=True, nogil=True)
def _started(length, step):  # pragma: no cover
    return (length + step - 1) // step if length > 0 else np.int64(0)


@njit(cache=True, nogil=True)
def _band(ends, prices, length):  # pragma: no cover
    k = 0
    while k < len(ends) and length > ends[k]:
        k += 1
    return prices[k]


@njit(cache=True, nogil=True)
def _alone(cells, cell, metres, rules):  # pragma: no cover
    """Return base and distance price of a ride alone."""
    free_m, by_distance, gated, ends, prices, numbers, _ = rules
    mode = cell % _M
    base, step = cells[cell, BASE], cells[cell, STEP]
    if not by_distance[mode]:
        return base
    if numbers[5]:
        return base if cells[cell, FREE] else base + _band(ends, prices, metres)
    if not gated[mode]:
        return base + _started(metres - free_m[mode], numbers[0]) * step
    inside = free_m[mode] if numbers[1] < 0 else numbers[1]
    far = numbers[3]
    if far < 0:
        return base + _started(metres - inside, numbers[2]) * step
    far = max(inside, far)
    steps = _started(min(metres, far) - inside, numbers[2])
    return base + (steps + _started(metres - far, numbers[4])) * step


@njit(cache=True, nogil=True)
def together(reach, metres, rules):  # pragma: no cover
    """Return the steps, or the band price, of a linked fare."""
    numbers = rules[5]
    if numbers[5]:
        return _band(rules[3], rules[4], metres)
    return _started(metres - rules[6][reach], numbers[0])


@njit(cache=True, nogil=True)
def _look_up(cells, single, linked, rules):  # pragma: no cover
    unit = rules[5][8]
    for column in range(single.shape[1]):
        for cell in range(single.shape[0]):
            single[cell, column] = _alone(cells, cell, column * unit, rules)
        for reach in range(linked.shape[0]):
            linked[reach, column] = together(reach, column * unit, rules)


@njit(cache=True, nogil=True)
def _price(low, high, start, code, who, early_upto, tables, out):  # pragma: no cover
    cells, keep_of, single, linked, rules = tables
    numbers = rules[5]
    bands, cap, most, unit = numbers[5] > 0, numbers[6] > 0, numbers[7], numbers[8]
    columns = single.shape[1]
    per_metre = 1.0 / unit
    for j in range(low, high):
        first_cell = (np.int64(who[j]) >> 2) * _M
        keep = keep_of[np.int64(who[j]) >> 1]
        due = np.int64(0)
        i, end = start[j], start[j + 1]
        while i < end:
            # one fare: this ride and those that join it
            n, before_alone = np.int64(0), np.int64(0)
            top, total, reach, step = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
            separate, early, charge = np.int64(0), np.int64(0), np.int64(0)
            paid = False
            while i < end:
                c = np.int64(code[i])
                cell = first_cell + ((c >> MODE_SHIFT) & 15)
                if n > 0 and ((c & JOINS) == 0 or n == most or before_alone or cells[cell, ALONE]):
                    break
                before_alone = cells[cell, ALONE]
                metres = c >> METRES_SHIFT
                column = started_units(metres, unit, per_metre)
                if column < columns:
                    separate += single[cell, column]
                else:
                    separate += _alone(cells, cell, metres, rules)
                off = np.int64(0)
                if ((c >> EARLY_SHIFT) & 15) <= early_upto:
                    off = cells[cell, EARLY]
                    separate -= off
                if c & NO_TAP_OUT:
                    charge += cells[cell, CHARGE]
                top = max(top, cells[cell, BASE])
                step = max(step, cells[cell, STEP])
                if not cells[cell, FREE]:
                    if not paid:
                        early, paid = off, True
                    total += metres
                    reach = max(reach, cells[cell, REACH])
                n += 1
                i += 1
            price = separate
            if n > 1:
                column = started_units(total, unit, per_metre)
                if column < columns:
                    distance = linked[reach, column]
                else:
                    distance = together(reach, total, rules)
                if bands:
                    price = max(top, distance) if paid else top
                else:
                    price = top + distance * step - early
                if cap:
                    price = min(price, separate)
            if keep != _WHOLE:
                price = (price // _WHOLE) * keep + ((price % _WHOLE) * keep + _WHOLE // 2) // _WHOLE
            due += price + charge
        out[j] = due


@njit(cache=True, nogil=True)
def started_units(metres, unit, per_metre):  # pragma: no cover
    """Return the started units, rounded up exactly."""
    q = np.int64(metres * per_metre)
    while q * unit < metres:
        q += 1
    while (q - 1) * unit >= metres and q > 0:
        q -= 1
    return q


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=min(cpu_count() or 1, 8))


def in_threads(size: int, work: Any, *, least: int = _THREADS_FROM) -> None:
    """Call ``work(low, high)`` over ranges that cover ``size`` items, on all cores.

    The ranges do not depend on the results and each item belongs to one range, so the
    number of threads never shows in a result.
    """
    parts = min(cpu_count() or 1, 8, size // least)
    if parts < 2:
        work(0, size)
        return
    edges = [size * k // parts for k in range(parts + 1)]
    rest = [_threads().submit(work, edges[k], edges[k + 1]) for k in range(1, parts)]
    work(edges[0], edges[1])
    for done in rest:
        done.result()


def journey_prices(
    start: np.ndarray,
    code: np.ndarray,
    who: np.ndarray,
    policy: FarePolicy,
    gated: tuple[str, ...],
    *,
    early_upto: int = -1,
    longest_m: int | None = None,
) -> np.ndarray:
    """Price coded journeys.

    Parameters
    ----------
    start : numpy.ndarray of int64
        Where the rides of each journey begin in `code`; one more at the end.
    code : numpy.ndarray of uint32
        See `journey_codes`.
    who : numpy.ndarray of uint8
        User class * 4 + 2 for income group 1 + 1 where a distance is unknown.
    policy : FarePolicy
        Has a base fare for every class and mode used; see `missing_base`.
    gated : tuple of str
        Modes entered through gates.
    early_upto : int
        Last early bucket that gets the early-bird discount; -1 for none.
    longest_m : int, optional
        The longest fare that is looked up, not worked out; default three longest rides.

    Returns
    -------
    numpy.ndarray of int64
        The price of each journey in hundredths.
    """
    out = np.empty(len(start) - 1, dtype=np.int64)
    if longest_m is None:
        longest_m = 3 * int(code.max() >> METRES_SHIFT) if len(code) else 0
    tables = price_tables(policy, gated, longest_m)
    in_threads(
        len(out),
        lambda low, high: _price(low, high, start, code, who, early_upto, tables, out),
    )
    return out


def missing_base(policy: FarePolicy, used: np.ndarray) -> tuple[int, int] | None:
    """Return a (user class, mode) that is used and has no base fare, None if all have one."""
    gaps = np.argwhere((fare_tables(policy).base == NO_FARE) & used)
    return (int(gaps[0][0]), int(gaps[0][1])) if len(gaps) else None
