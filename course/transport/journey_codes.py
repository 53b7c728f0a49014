"""Journeys as small numbers: which rides join, and one code per ride that prices alike.

A tariff does not look at a ride, it looks at a few facts of it: the mode, the started
kilometres, whether the tap-out is missing, whether it began before an early hour, whether
it joins the ride before. A *code* packs these into 32 bits. Journeys with the same codes
have the same fare under every tariff of the grid, so they need be priced only once.

All loops here are compiled (numba) and release the interpreter's lock.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# 22 bits of metres, 4 of mode, 4 of early bucket, 1 "no tap-out", 1 "joins the ride before".
METRES_SHIFT, MODE_SHIFT, EARLY_SHIFT, NO_TAP_OUT, JOINS = 10, 6, 2, 2, 1
LONGEST_M = (1 << 22) - 1
MOST_EARLY = 15
MOST_RULES = 32
_DAY_S = 86_400


@njit(cache=True, nogil=True)
def join_bits(new_card, board, alight, mode, route, gated, rules):  # pragma: no cover
    """Return for each ride the rules (one bit each) under which it joins the ride before.

    Parameters
    ----------
    new_card : array of bool
        First ride of a card on a service day.
    board, alight : array of int32
        Seconds; -1 where there is no tap-out.
    mode, route : array of int
        Codes; a route of -1 is like no other.
    gated : array of bool
        By mode.
    rules : array of int64, shape (rules, 7)
        window, night window, night from, night to (seconds), same route allowed, runs
        from the tap-in, needs a tap-out.
    """
    bits = np.zeros(len(board), dtype=np.uint32)
    for i in range(1, len(board)):
        if new_card[i]:
            continue
        if gated[mode[i]]:
            same = mode[i] == mode[i - 1]
        else:
            same = route[i] >= 0 and route[i] == route[i - 1]
        for r in range(rules.shape[0]):
            if same and rules[r, 4] == 0:
                continue
            if rules[r, 5] == 1:
                tap = board[i - 1]
            else:
                tap = alight[i - 1]
                if tap < 0 or (rules[r, 6] == 1 and alight[i] < 0):
                    continue
            gap = board[i] - tap
            window = rules[r, 0]
            if rules[r, 1] != window:
                clock, low, high = tap % _DAY_S, rules[r, 2], rules[r, 3]
                if low > high:
                    night = clock >= low or clock < high
                else:
                    night = clock >= low and clock < high
                if night:
                    window = rules[r, 1]
            if gap >= 0 and gap <= window:
                bits[i] |= np.uint32(1) << np.uint32(r)
    return bits


@njit(cache=True, nogil=True)
def journey_starts(bits, rule):  # pragma: no cover
    """Return where each journey begins under one of the rules, and the number of rides."""
    count = 0
    for i in range(len(bits)):
        if (bits[i] >> np.uint32(rule)) & np.uint32(1) == 0:
            count += 1
    start = np.empty(count + 1, dtype=np.int64)
    count = 0
    for i in range(len(bits)):
        if (bits[i] >> np.uint32(rule)) & np.uint32(1) == 0:
            start[count] = i
            count += 1
    start[count] = len(bits)
    return start


@njit(cache=True, nogil=True)
def exact_codes(bits, rule, board, metres, mode, no_tap_out, early_s):  # pragma: no cover
    """Return the code of every ride with its own metres, for one rule and one early hour."""
    code = np.empty(len(board), dtype=np.uint32)
    for i in range(len(board)):
        c = np.uint32(metres[i]) << np.uint32(METRES_SHIFT)
        c |= np.uint32(mode[i]) << np.uint32(MODE_SHIFT)
        if board[i] >= early_s:
            c |= np.uint32(1) << np.uint32(EARLY_SHIFT)
        if no_tap_out[i]:
            c |= np.uint32(NO_TAP_OUT)
        if (bits[i] >> np.uint32(rule)) & np.uint32(1):
            c |= np.uint32(JOINS)
        code[i] = c
    return code


@njit(cache=True, nogil=True)
def grid_codes(start, board, metres, mode, no_tap_out, early, grid_m):  # pragma: no cover
    """Return the codes of journeys on the grid; the join bits are left out.

    Of a distance d only ceil(d / grid) counts, for a sum of distances ceil(sum / grid).
    The second does not follow from the first, but it does follow from which sums of the
    *slacks* (grid * ceil(d / grid) - d) reach one or two grid lengths. So a journey of two
    or three rides gets metres that stand for its case: 2 cases for two rides, 10 for
    three. Longer journeys are rare and keep their own metres.

    Parameters
    ----------
    start : array of int64
        Where each journey begins in the rides; one more at the end.
    early : array of int32
        Rising seconds; the bucket of a ride is how many of them it does not precede.
    grid_m : int
        Length of the grid, a multiple of 100 m.
    """
    code = np.empty(len(board), dtype=np.uint32)
    slack = np.zeros(3, dtype=np.int64)
    part = np.int64(grid_m) // 4
    for j in range(len(start) - 1):
        first, n = start[j], start[j + 1] - start[j]
        for i in range(first, first + n):
            m = np.int64(metres[i])
            if n <= 3:
                km = -(-m // grid_m)
                slack[i - first] = km * grid_m - m
                m = km * grid_m
            bucket = 0
            while bucket < len(early) and board[i] >= early[bucket]:
                bucket += 1
            c = np.uint32(m) << np.uint32(METRES_SHIFT)
            c |= np.uint32(mode[i]) << np.uint32(MODE_SHIFT)
            c |= np.uint32(bucket) << np.uint32(EARLY_SHIFT)
            if no_tap_out[i]:
                c |= np.uint32(NO_TAP_OUT)
            code[i] = c
        if n == 2 and slack[0] + slack[1] >= grid_m:
            code[first] -= np.uint32(2 * part) << np.uint32(METRES_SHIFT)
            code[first + 1] -= np.uint32(2 * part) << np.uint32(METRES_SHIFT)
        elif n == 3:
            a = slack[0] + slack[1] >= grid_m
            b = slack[0] + slack[2] >= grid_m
            c3 = slack[1] + slack[2] >= grid_m
            whole = (slack[0] + slack[1] + slack[2]) // grid_m
            pairs = np.int64(a) + np.int64(b) + np.int64(c3)
            x, y, z = np.int64(0), np.int64(0), np.int64(0)
            if whole == 2:
                x, y, z = 3 * part, 3 * part, 3 * part
            elif whole == 1 and pairs == 0:
                x = y = z = (np.int64(grid_m) * 34) // 100
            elif whole == 1 and pairs == 3:
                x, y, z = 2 * part, 2 * part, 2 * part
            elif whole == 1 and pairs == 1:
                x = 2 * part if a or b else np.int64(0)
                y = 2 * part if a or c3 else np.int64(0)
                z = 2 * part if b or c3 else np.int64(0)
            elif whole == 1:  # the ride in both pairs has the large slack
                x = 3 * part if a and b else part
                y = 3 * part if a and c3 else part
                z = 3 * part if b and c3 else part
            code[first] -= np.uint32(x) << np.uint32(METRES_SHIFT)
            code[first + 1] -= np.uint32(y) << np.uint32(METRES_SHIFT)
            code[first + 2] -= np.uint32(z) << np.uint32(METRES_SHIFT)
    return code
