"""What rides cannot be, and what is done about it.

Rules, in this order; each is counted and listed with its first row.

1. The same card, time, stop and route twice: the second row is dropped.
2. A second boarding of a card within 60 s at the same stop and route is a companion who
   rides on the same card: kept, as a card of its own.
3. A tap-out before its tap-in: within 5 hours across midnight the clock is put right;
   else the ride counts as without tap-out.
4. A tap-out more than 5 hours after the tap-in, or after the next tap-in of the card:
   as without tap-out.
5. Faster than 130 km/h over more than 2 km: as without tap-out.

Five hours is the longest ride Seoul's gates allow, reported in facts 1.3 as a weak source;
130 km/h is above any city line. Rules 2 and 5 need clocks and are left out where only the
hour is known.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

DAY_S = 86_400
COMPANION_S = 60
LONGEST_S = 5 * 3600
FASTEST_KMH, SPEED_FROM_M = 130, 2_000
NO_TAP_OUT = "repaired: as if no tap-out"

Listed = Callable[[pd.Index, str, str], None]


def drop_twins(rows: pd.DataFrame, listed: Listed) -> pd.DataFrame:
    """Drop what stands twice: same card, day, time, stop, route and direction of the tap."""
    keys = ["card", "day", "time", "stop", "route", "out", "order", "vehicle"]
    twice = rows.duplicated([k for k in keys if k in rows]).to_numpy()
    listed(rows.index[twice], "the same tap twice", "dropped: the second")
    return rows[~twice]


def part_companions(rides: pd.DataFrame, listed: Listed) -> pd.DataFrame:
    """Give companions on one card a card number of their own (negative numbers)."""
    rides = rides.sort_values(["day", "card", "time", "row"], kind="stable")
    together = np.zeros(len(rides), dtype=bool)
    same = np.ones(max(0, len(rides) - 1), dtype=bool)
    for column in ("day", "card", "stop", "route"):
        values = rides[column].to_numpy()
        same &= values[1:] == values[:-1]
    time = rides["time"].to_numpy()
    # a file without routes says only that somebody tapped again at the same stop
    known = rides["route"].to_numpy()[1:] >= 0
    together[1:] = same & known & (time[1:] - time[:-1] <= COMPANION_S)
    listed(rides.index[together], "a second boarding within 60 s at the same stop and route",
           "repaired: a companion, counted as a card of its own")  # fmt: skip
    if together.any():
        starts = np.flatnonzero(~together)
        rank = np.arange(len(rides)) - np.repeat(starts, np.diff(np.append(starts, len(rides))))
        rides = rides.assign(companion=rank.astype(np.int32))
    return rides


def right_ends(rides: pd.DataFrame, listed: Listed, *, to_the_hour: bool) -> pd.DataFrame:
    """Put tap-outs right, or take them away, by rules 3 and 4.

    Parameters
    ----------
    rides : pandas.DataFrame
        Sorted by day, card and time; ``time``, ``alight_time`` (-1 none), ``alight_stop``.
    listed : callable
        Told the rows, what is wrong and what was done.
    to_the_hour : bool
        Only the hour is known: taps of one hour may stand in any order.
    """
    board, out = rides["time"].to_numpy(), rides["alight_time"].to_numpy().copy()
    stop = rides["alight_stop"].to_numpy().copy()
    given = out >= 0

    def lose(wrong: np.ndarray, what: str) -> None:
        listed(rides.index[wrong], what, NO_TAP_OUT)
        out[wrong] = -1
        stop[wrong] = -2

    early = given & (out < board)
    midnight = early & (out + DAY_S - board <= LONGEST_S) & (out + DAY_S - board > 0)
    listed(rides.index[midnight], "tap-out after midnight", "repaired: on the next day's clock")
    out[midnight] += DAY_S
    lose(early & ~midnight, "tap-out before tap-in")
    given = out >= 0
    lose(given & (out - board > LONGEST_S), "ride of more than 5 hours")
    given = out >= 0
    late = np.zeros(len(rides), dtype=bool)
    if len(rides) > 1:
        day, card = rides["day"].to_numpy(), rides["card"].to_numpy()
        companion = rides["companion"].to_numpy() if "companion" in rides else np.zeros(len(day))
        order = np.lexsort((rides["row"].to_numpy(), board, companion, card, day))
        a, b = order[:-1], order[1:]
        same = (day[a] == day[b]) & (card[a] == card[b]) & (companion[a] == companion[b])
        slack = 3600 if to_the_hour else 0
        late[a] = same & given[a] & (out[a] > board[b] + slack)
    lose(late, "tap-out after the card's next tap-in")
    return rides.assign(alight_time=out, alight_stop=stop)


def slow_enough(rides: pd.DataFrame, crow_m: np.ndarray, listed: Listed) -> pd.DataFrame:
    """Take away tap-outs no vehicle could reach in time (rule 5).

    Parameters
    ----------
    rides : pandas.DataFrame
        With ``time, alight_time, alight_stop``.
    crow_m : numpy.ndarray of int64
        Metres between the stops of each ride, -1 where one is missing.
    listed : callable
        As above.
    """
    taken = rides["alight_time"].to_numpy() - rides["time"].to_numpy()
    given = (rides["alight_time"].to_numpy() >= 0) & (crow_m > SPEED_FROM_M)
    fast = given & (crow_m * 3600 > np.maximum(taken, 1) * FASTEST_KMH * 1000)
    listed(rides.index[fast], f"faster than {FASTEST_KMH} km/h", NO_TAP_OUT)
    return rides.assign(
        alight_time=rides["alight_time"].where(~fast, -1),
        alight_stop=rides["alight_stop"].where(~fast, -2),
    )
