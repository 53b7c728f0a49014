"""Whether the tables only some packs give fit together: votes, requests, night trips.

:mod:`course.city.integrity` asks the same of a pack a person edited and of an export that
came from a stranger, so what is refused here never reaches a lesson.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.city.membership import is_among

if TYPE_CHECKING:
    import pandas as pd

ISO_TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}"


def given_faults(frames: dict[str, pd.DataFrame]) -> list[str]:
    """Return what is wrong with the given ones of some frames, one sentence each.

    Parameters
    ----------
    frames : dict of str to pandas.DataFrame
        Frames of a pack, typed as declared; those this module does not know are ignored.

    Returns
    -------
    list of str
        Empty where all is well.
    """
    out: list[str] = []
    if "ballots" in frames:
        out += _ballots(frames["ballots"], frames.get("projects"))
    if "requests" in frames:
        out += _requests(frames["requests"])
    if "night_trips" in frames:
        out += _night_trips(frames["night_trips"])
    for name in ("projects", "requests"):
        if name in frames:
            out += _half_places(name, frames[name])
    return out


def _ballots(ballots: pd.DataFrame, projects: pd.DataFrame | None) -> list[str]:
    out = []
    if projects is None:
        out.append("ballots: the pack gives ballots, but not the projects they are for.")
    else:  # an empty ballot names no project
        stray = ~is_among(ballots["project_id"], {*projects["project_id"], ""})
        if stray.any():
            first = ballots["project_id"].to_numpy(dtype=object)[stray][0]
            out.append(f"ballots: project_id {first!r} is not in projects "
                       f"({int(stray.sum()):,} rows).")  # fmt: skip
    if (ballots["voter_id"] == "").any():
        out.append("ballots: a row has no voter_id.")
    again = ballots.duplicated(["voter_id", "project_id"]).to_numpy()
    if again.any():
        first = ballots.loc[again, ["voter_id", "project_id"]].iloc[0].tolist()
        out.append(f"ballots: voter_id, project_id {first} occurs more than once "
                   f"({int(again.sum()):,} rows).")  # fmt: skip
    return out


def _requests(requests: pd.DataFrame) -> list[str]:
    out = []
    for column, may_be_empty in (("created_at", False), ("closed_at", True)):
        wrong = ~_are_times(requests[column], may_be_empty)
        if wrong.any():
            first = requests[column].to_numpy(dtype=object)[wrong][0]
            out.append(f"requests: {column} {str(first)[:40]!r} is not YYYY-MM-DDTHH:MM:SS "
                       f"({int(wrong.sum()):,} rows).")  # fmt: skip
    return out


def _are_times(values: pd.Series, may_be_empty: bool) -> np.ndarray:
    import pandas as pd

    absent = (values.isna() | (values == "")).to_numpy(dtype=bool)
    shaped = values.fillna("").str.fullmatch(ISO_TIME).to_numpy(dtype=bool)
    real = pd.to_datetime(values.where(shaped), format="%Y-%m-%dT%H:%M:%S", errors="coerce")
    return real.notna().to_numpy() | (absent & may_be_empty)


def _night_trips(trips: pd.DataFrame) -> list[str]:
    import h3

    out = []
    for column in ("from_cell", "to_cell"):
        wrong = [cell for cell in trips[column].unique() if not h3.is_valid_cell(cell)]
        if wrong:
            out.append(f"night_trips: {column} {wrong[0][:40]!r} is no H3 cell.")
    sizes = {h3.get_resolution(cell) for cell in trips["from_cell"].unique()} if not out else set()
    sizes |= {h3.get_resolution(cell) for cell in trips["to_cell"].unique()} if not out else set()
    if len(sizes) > 1:
        out.append(f"night_trips: its cells are of different sizes (resolutions {sorted(sizes)}).")
    return out


def _half_places(name: str, frame: pd.DataFrame) -> list[str]:
    if not {"lat", "lon"} <= set(frame.columns):
        half = len(frame) if {"lat", "lon"} & set(frame.columns) else 0
    else:
        half = int((frame["lat"].isna() != frame["lon"].isna()).sum())
    return [f"{name}: {half:,} rows have one of lat and lon, not both."] if half else []
