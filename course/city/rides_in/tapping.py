"""Files with one row per tap: each tap-out is joined to the tap-in just before it.

A tap-out belongs to the tap before it on the same card and service day if that is a
tap-in of the same mode that no other tap-out has taken; a mode that is only known as
"other", as at a stop of several modes, is no reason against it. A tap-out without one is lost
(the ride before it was never recorded), and said so; a tap-in without one stays, as a
ride without tap-out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def join_taps(rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Turn taps into rides.

    Parameters
    ----------
    rows : pandas.DataFrame
        Sorted by day, card, time and row in the file; needs ``day, card, time, mode, out``
        (bool), ``stop``.

    Returns
    -------
    rides : pandas.DataFrame
        The tap-ins, with ``alight_time`` and ``alight_stop`` (-2 = none) of their tap-out.
    lost : numpy.ndarray of bool
        Rows that are tap-outs without a tap-in.
    """
    out = rows["out"].to_numpy()
    same = np.zeros(len(rows), dtype=bool)
    if len(rows):
        day, card, mode = (rows[column].to_numpy() for column in ("day", "card", "mode"))
        alike = (mode[1:] == mode[:-1]) | (mode[1:] == "other") | (mode[:-1] == "other")
        same[1:] = (day[1:] == day[:-1]) & (card[1:] == card[:-1]) & alike
    before_in = np.zeros(len(rows), dtype=bool)
    before_in[1:] = ~out[:-1]
    taken = out & same & before_in
    at = np.flatnonzero(taken)
    alight_time = np.full(len(rows), -1, dtype=np.int64)
    alight_stop = np.full(len(rows), -2, dtype=np.int64)
    alight_time[at - 1] = rows["time"].to_numpy()[at]
    alight_stop[at - 1] = rows["stop"].to_numpy()[at]
    rides = rows.assign(alight_time=alight_time, alight_stop=alight_stop)[~out]
    return rides, out & ~taken
