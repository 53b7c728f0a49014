"""A table of rides that a city has -> the frame ``rides``, by service day.

Basic on purpose: boardings with a card, a time and a stop the feed knows. What cannot be
used is dropped, counted and listed. Card ids are replaced by numbers: the course needs to
know that two rides share a card, never which card.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city.columns import read_mapped
from course.city.membership import is_among, positions
from course.city.metres import metres_between
from course.city.repairs import RepairList
from course.city.schema import MODES, TABLES, USER_CLASSES
from course.city.timepoints import seconds_of
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

_NEEDED = ("card_id", "board_time", "board_stop_id")


def import_rides(
    path: Path,
    mapping: dict[str, str],
    stops: pd.DataFrame,
    routes: pd.DataFrame,
    repairs: RepairList,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read and clean a table of rides.

    Parameters
    ----------
    path : Path
        CSV or Parquet, one row per boarding.
    mapping : dict
        Ours to theirs; needed are ``card_id, board_time, board_stop_id`` and a date, in
        its own column or inside ``board_time``.
    stops, routes : pandas.DataFrame
        The city's frames.
    repairs : RepairList
        Gets what was dropped or guessed.

    Returns
    -------
    tuple of (pandas.DataFrame, dict)
        The frame ``rides``, sorted by date, card and time; and the mapping used.

    Raises
    ------
    CourseError
        A needed column is missing, or no ride is left.
    """
    import pandas as pd

    table, used = read_mapped(path, "rides", mapping, repairs)
    for column in _NEEDED:
        if column not in used:
            raise CourseError(
                f"{path.name} has no column for {column}.",
                f"Map it: --columns {column}=THEIR_NAME.",
            )
    label, rows = path.name, np.arange(table.num_rows) + 2
    text = {c: _text(table.column(c)) for c in used}
    board, day = _moment(text["board_time"])
    if "date" in used:
        given = _date(text["date"])
        day = given.where(given != "", day)
    alight = _moment(text["alight_time"])[0] if "alight_time" in used else np.full(len(rows), -1)
    lost = np.zeros(len(rows), dtype=bool)

    def drop(wrong: np.ndarray, what: str) -> None:
        repairs.rows(label, wrong & ~lost, rows, what, "dropped")
        np.logical_or(lost, wrong, out=lost)

    drop((text["card_id"] == "").to_numpy(), "ride without a card")
    drop(board < 0, "board_time is no time")
    drop((day == "").to_numpy(), "ride without a date")
    known = set(stops["stop_id"])
    drop(~is_among(text["board_stop_id"], known), "board_stop_id is not in the feed")
    after = text["alight_stop_id"] if "alight_stop_id" in used else pd.Series([""] * len(rows))
    stray = ~is_among(after, {*known, ""})
    repairs.rows(label, stray & ~lost, rows, "alight_stop_id is not in the feed",
                 "repaired: as if no tap-out")  # fmt: skip
    alight = np.where((alight >= 0) & (alight < board), alight + 86_400, alight)
    out = (alight < 0) | stray | (after == "").to_numpy()
    frame = pd.DataFrame({
        "card_id": pd.factorize(text["card_id"])[0], "board_time": board,
        "alight_time": pd.array(alight, dtype="Int32"), "mode": "",
        "route_id": text.get("route_id", ""),
        "board_stop_id": text["board_stop_id"], "alight_stop_id": after, "distance_m": 0,
        "user_class": _choice(text.get("user_class"), USER_CLASSES, "adult", len(rows)),
        "income_group": pd.array([None] * len(rows), dtype="Int8"), "date": day,
    })  # fmt: skip
    frame["card_id"] = "c" + frame["card_id"].astype(str)
    of_route = pd.Series(routes["mode"].to_numpy(), index=routes["route_id"])
    by_route = frame["route_id"].map(of_route).fillna("other").to_numpy(dtype=object)
    frame["mode"] = _choice(text.get("mode"), MODES, by_route, len(rows))
    if "user_class" not in used:
        repairs.note(label, "no user class", "noted: every ride counts as adult")
    if "income_group" in used:
        group = pd.to_numeric(text["income_group"], errors="coerce")
        frame["income_group"] = group.where(group.isin(range(1, 6))).astype("Int8")
    frame["distance_m"] = _metres(frame, text.get("distance_m"), stops, out, label, repairs)
    frame.loc[out, "alight_time"] = pd.NA
    frame["alight_stop_id"] = frame["alight_stop_id"].where(~out)
    frame = frame[~lost].sort_values(["date", "card_id", "board_time"], ignore_index=True)
    if frame.empty:
        raise CourseError(
            f"{label}: none of {len(rows):,} rides can be used.",
            "See the columns: stops must be stop_ids of the feed, times HH:MM:SS or date and time.",
        )
    types = {c.name: c.dtype for c in TABLES["rides"].columns}
    return frame[list(types)].astype(types), used


def _text(values: object) -> pd.Series:
    import pyarrow as pa

    text = values.cast(pa.string()).to_pandas()  # type: ignore[attr-defined]
    return text.astype("str").fillna("").str.strip()


def _moment(text: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Seconds of the day and date of ``HH:MM:SS``, plain seconds, or date and time."""
    parts = text.str.extract(r"^(?:(\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4})[ T])?(.*?)(?:\.\d+)?$")
    clock = parts[1].fillna("")
    plain = clock.str.fullmatch(r"[0-9]{1,6}").to_numpy(bool)
    values = {t: seconds_of(t) for t in clock[~plain].unique()}
    values |= {t: int(t) for t in clock[plain].unique()}
    return clock.map(values).to_numpy(dtype=np.int64), _date(parts[0].fillna(""))


def _date(text: pd.Series) -> pd.Series:
    from datetime import date

    def one(value: str) -> str:
        part = value[:10].replace(".", "-").replace("/", "-").split("-")
        if len(part) == 1 and len(value) == 8:
            part = [value[:4], value[4:6], value[6:]]
        try:
            year, month, day = map(int, part if len(part[0]) == 4 else part[::-1])
            return date(year, month, day).isoformat()
        except (ValueError, TypeError):
            return ""

    return text.map({t: one(t) for t in text.unique()})


def _choice(
    text: pd.Series | None, allowed: tuple[str, ...], otherwise: str | np.ndarray, count: int
) -> np.ndarray:
    if text is None:
        return np.full(count, otherwise) if isinstance(otherwise, str) else otherwise
    lower = text.str.lower()
    return np.where(lower.isin(allowed), lower.to_numpy(dtype=object), otherwise)


def _metres(
    frame: pd.DataFrame,
    given: pd.Series | None,
    stops: pd.DataFrame,
    out: np.ndarray,
    label: str,
    repairs: RepairList,
) -> pd.Series:
    """Distance as given, else between the stops as the crow flies; absent without tap-out."""
    import pandas as pd

    a, b = (positions(frame[c], stops["stop_id"]) for c in ("board_stop_id", "alight_stop_id"))
    lat, lon = stops["lat"].to_numpy(), stops["lon"].to_numpy()
    crow = np.floor(metres_between(lat[a], lon[a], lat[b], lon[b]) + 0.5)
    if given is None:
        repairs.note(label, "no distance", "noted: metres between the stops as the crow flies")
        metres = pd.Series(crow)
    else:
        number = pd.to_numeric(given, errors="coerce")
        metres = number.where((number >= 0) & (number < 2e9)).round().fillna(pd.Series(crow))
    return metres.where(~out & (a >= 0) & (b >= 0)).astype("Int32")
