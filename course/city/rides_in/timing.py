"""Service day and seconds of every ride, from the times as files write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.city.repairs import RepairList
from course.city.rides_in import cleaning, moments
from course.city.rides_in.collecting import Collected
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd


def clock_seconds(text: str) -> int:
    """Return the seconds of a clock at which a service day may begin."""
    from course.city.timepoints import seconds_of

    seconds = seconds_of(text)
    if not 0 <= seconds < 12 * 3600:
        raise UsageError(f"{text!r} is no start of a day.", "Write a clock such as 04:00.")
    return seconds


def stated_day(text: str) -> int | None:
    """Return a stated date as days since 1970; None where none is stated."""
    import datetime

    if not text:
        return None
    try:
        return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days
    except ValueError:
        raise UsageError(f"{text!r} is no date.", "Write it like 2025-05-14.") from None


def timed(
    got: Collected, day_start_s: int, stated: int | None, repairs: RepairList
) -> pd.DataFrame:
    """Return the rows with service day and seconds; rows without are dropped and listed."""
    rows, board, alight = got.rows, got.board, got.alight
    got.to_the_hour = moments.settle(board)
    columns = {"board_time": board, "date": got.dates, "alight_time": alight}
    days = moments.calendar_days(
        {name: read.parts for name, read in columns.items() if read is not None}, label=got.label
    )
    day, written = days["board_time"], board.parts[:, 0] > 0
    if got.dates is not None:
        day = np.where(days["date"] >= 0, days["date"], day)
        written = written | got.dates.wrong | (got.dates.parts[:, 0] > 0)
    if stated is not None:
        day = np.where(written, day, stated)
        if written.all():
            repairs.note(got.label, "every ride states its date", "ignored: --ride-day")
    clock = board.seconds
    if got.hours is not None:
        got.to_the_hour = not (clock >= 0).any()
        clock = np.where(clock >= 0, clock, got.hours)
    _some_time(got, clock, day, written)
    lost = np.zeros(len(rows), dtype=bool)
    for wrong, what in (
        (clock < 0, "no time of the tap-in"),
        ((day < 0) & ~written, "no date"),
        (day < 0, "a date that does not exist"),
    ):
        wrong = wrong & ~lost
        repairs.rows(got.label, wrong, got.file_row, what, "dropped")
        lost |= wrong
    service, seconds = moments.service_day(day, clock, day_start_s=day_start_s)
    out = np.full(len(rows), -1, dtype=np.int64)
    if alight is not None:
        moments.settle(alight)
        own = days["alight_time"]
        wrong = alight.wrong | ((alight.parts[:, 0] > 0) & (own < 0))
        repairs.rows(got.label, wrong & ~lost, got.file_row, "tap-out is no time",
                     cleaning.NO_TAP_OUT)  # fmt: skip
        given = (alight.seconds >= 0) & ~wrong
        dated = (own >= 0) & given
        shift = np.where(dated, own - service, 0)
        early = given & ~dated & (clock < day_start_s)
        out = np.where(given, alight.seconds + shift * moments.DAY_S, -1)
        out = np.where(early, alight.seconds + moments.DAY_S, out)
        # a date years away is a slip of the keyboard, not a ride
        out = np.where(dated & (np.abs(shift) > 1), seconds + cleaning.LONGEST_S + 1, out)
    ended = out >= 0
    frame = rows.assign(
        day=service.astype(np.int32), time=seconds.astype(np.int64), alight_time=out,
        alight_stop=np.where(ended | got.without_end_time, rows["alight_stop"], -2),
    )[~lost]  # fmt: skip
    got.lost += int(lost.sum())
    return frame


def _some_time(got: Collected, clock: np.ndarray, day: np.ndarray, written: np.ndarray) -> None:
    """Refuse files of which no time or no date can be read, and show what they have instead."""
    if (clock < 0).all():
        column = "board_time" if "board_time" in got.samples else "hour"
        raise CourseError(
            f"{got.label}: no time of a tap-in can be read{got.such_as(column)}.",
            'Map the right column, or say how times are written: --dates "rides=%d/%m/%Y %H:%M".',
        )
    if (day < 0).all() and not written.any():
        raise CourseError(
            f"{got.label} states no date.",
            "Add --ride-day YYYY-MM-DD, or map the dates: --columns rides.date=THEIR_NAME.",
        )
    if (day < 0).all():
        column = "date" if "date" in got.samples else "board_time"
        raise CourseError(
            f"{got.label}: no date can be read{got.such_as(column)}.",
            'Say how dates are written, such as --dates "rides=%d/%m/%y". Years are those of the '
            "Gregorian calendar, 1990 to 2100.",
        )


def in_file_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Put taps of one card and hour a minute apart, in the operator's or the file's order."""
    keys = ["day", "card", "time"]
    rows = rows.sort_values([*keys, *(["order"] if "order" in rows else []), "row"], kind="stable")
    place = rows.groupby(keys, sort=False).cumcount().to_numpy()
    return rows.assign(time=rows["time"] + 60 * np.minimum(place, 59))
