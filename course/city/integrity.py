"""Whether the frames of a pack fit together: ids, references, order, times.

The same rules hold for a pack a person edited, a feed just imported and an export that
came from a stranger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.city.given_faults import given_faults
from course.city.membership import is_among
from course.city.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

# frame, column -> frame, column it must occur in
REFERENCES = (
    ("trips", "route_id", "routes", "route_id"),
    ("stop_times", "trip_id", "trips", "trip_id"),
    ("stop_times", "stop_id", "stops", "stop_id"),
    ("frequencies", "trip_id", "trips", "trip_id"),
)


def faults(frames: dict[str, pd.DataFrame]) -> list[str]:
    """Return what is wrong, one sentence each.

    Parameters
    ----------
    frames : dict of str to pandas.DataFrame
        The frames of a timetable and, where given, ``zones``, votes, requests and night
        trips; typed as declared.

    Returns
    -------
    list of str
        Empty where all is well.
    """
    out: list[str] = []
    for name, frame in frames.items():
        key = list(TABLES[name].key) if name in TABLES else []
        if key and set(key) <= set(frame.columns):
            again = frame.duplicated(key).to_numpy()
            if again.any():
                first = frame.loc[again, key].iloc[0].tolist()
                out.append(f"{name}: {', '.join(key)} {first} occurs more than once "
                           f"({int(again.sum()):,} rows).")  # fmt: skip
            if (frame[key[0]].astype("str") == "").any():
                out.append(f"{name}: a row has no {key[0]}.")
    for name, column, other, target in REFERENCES:
        if name in frames and other in frames:
            stray = ~is_among(frames[name][column], frames[other][target])
            if stray.any():
                first = frames[name][column].to_numpy()[stray][0]
                count = int(stray.sum())
                out.append(f"{name}: {column} {first!r} is not in {other} ({count:,} rows).")
    if {"trips", "calendar", "calendar_dates"} <= frames.keys():
        services = {*frames["calendar"]["service_id"], *frames["calendar_dates"]["service_id"]}
        stray = ~is_among(frames["trips"]["service_id"], services)
        if stray.any():
            first = frames["trips"]["service_id"].to_numpy()[stray][0]
            out.append(f"trips: service {first!r} has no day ({int(stray.sum()):,} trips).")
    if "stop_times" in frames and not out:
        out += _order(frames["stop_times"], frames.get("trips"))
    if "frequencies" in frames:
        periods = frames["frequencies"]
        bad = (periods["end_min"] <= periods["start_min"]) | (periods["headway_min"] <= 0)
        if bad.any():
            count = int(bad.sum())
            out.append(f"frequencies: a period or headway is not above zero ({count:,} rows).")
    for name in ("calendar", "calendar_dates"):
        for column in ("start_date", "end_date", "date"):
            if name in frames and column in frames[name] and _no_dates(frames[name][column]):
                out.append(f"{name}: {column} is not YYYY-MM-DD everywhere.")
    return out + given_faults(frames)


def _order(stop_times: pd.DataFrame, trips: pd.DataFrame | None) -> list[str]:
    import pandas as pd

    out = []
    ordered = stop_times.sort_values(["trip_id", "stop_sequence"], ignore_index=True)
    code = pd.factorize(ordered["trip_id"])[0]
    same = code[1:] == code[:-1]
    come, leave = ordered["arrival_min"].to_numpy(), ordered["departure_min"].to_numpy()
    back = np.append(False, same & (come[1:] < leave[:-1] - 1e-6)) | (leave < come - 1e-6)
    if back.any():
        first = ordered["trip_id"][int(back.argmax())]
        count = int(back.sum())
        out.append(f"stop_times: time goes backwards in trip {first!r} ({count:,} calls).")
    calls = np.bincount(code) if len(code) else np.zeros(0)
    if (calls < 2).any():
        out.append(f"stop_times: {int((calls < 2).sum()):,} trips have a single call.")
    if trips is not None and ordered["trip_id"].nunique() < len(trips):
        silent = ~is_among(trips["trip_id"], ordered["trip_id"])
        out.append(f"trips: {trips['trip_id'].to_numpy()[silent][0]!r} has no calls "
                   f"({int(silent.sum()):,} trips).")  # fmt: skip
    if "distance_m" in ordered:
        metres = ordered["distance_m"].to_numpy(dtype=np.float64)
        if (same & (metres[1:] < metres[:-1])).any():
            out.append("stop_times: distance_m falls inside a trip.")
    return out


def _no_dates(dates: pd.Series) -> bool:
    unique = np.unique(dates.to_numpy(dtype=object).astype(str))
    try:
        parsed = unique.astype("datetime64[D]")
    except ValueError:
        return True
    return bool((parsed.astype(str) != unique).any())
