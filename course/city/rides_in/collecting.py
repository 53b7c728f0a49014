"""Ride files -> one table of numbers, with the times still as written.

One row per line of the file. What a row cannot do without (a card, a stop) is checked
here; times are understood later, when the whole column is known.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city.repairs import RepairList
from course.city.rides_in import moments
from course.city.rides_in.decoding import Decoder
from course.city.rides_in.network import Network
from course.city.rides_in.reading import blocks
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

    from course.city.rides_in.imported import RideOptions


@dataclass
class Collected:
    """All rows of all files, as numbers.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``row`` (running number), ``card`` (uint64), ``stop, alight_stop`` (stop numbers, -2
        none), ``line`` (number of the route's text, -1 none), ``route`` (position in the
        routes frame, -1), ``mode, user_class`` (str), ``income_group`` (0 unknown),
        ``given_m`` (NaN unknown), ``vehicle``, ``out`` (tap rows), and ``order``, ``weight``
        where the files have them.
    board, alight, dates : moments.Moments
        Times as written; ``alight`` and ``dates`` None where there is no such column.
    hours : numpy.ndarray or None
        Seconds of an hour column.
    file_row : numpy.ndarray
        Row number in the file.
    label : str
        Name of the file, or of the first and how many more.
    lines : list of str
        Route texts.
    mapping : dict
        Our column to theirs.
    lost : int
        Rows dropped so far.
    to_the_hour : bool
        No clock is known, only the hour; set when the times are understood.
    samples : dict
        Column of times to the first text in it, for messages.
    """

    rows: pd.DataFrame
    board: moments.Moments
    alight: moments.Moments | None
    dates: moments.Moments | None
    hours: np.ndarray | None
    file_row: np.ndarray
    label: str
    lines: list[str]
    mapping: dict[str, str]
    lost: int = 0
    to_the_hour: bool = False
    samples: dict[str, str] = field(default_factory=dict)

    @property
    def tap_rows(self) -> bool:
        """Say whether each tap is a row of its own."""
        return "tap" in self.mapping

    @property
    def without_end_time(self) -> bool:
        """Say whether rides have an end but no time of it."""
        return self.alight is None and not self.tap_rows

    def such_as(self, column: str) -> str:
        """Return which column a message is about and what stands in it."""
        shown = self.samples.get(column)
        return f" in {self.mapping.get(column)!r}" + (f", such as {shown[:40]!r}" if shown else "")

    @property
    def first_order(self) -> int:
        """Return the operator's counter of a first ride: 0, or 1 where nothing is 0."""
        return int(self.rows["order"].min()) if "order" in self.rows else 0


def collect(
    paths: Sequence[Path],
    network: Network,
    repairs: RepairList,
    options: RideOptions,
    *,
    progress: Callable[[str], None] = lambda step: None,
) -> Collected:
    """Read files of one shape.

    Parameters
    ----------
    paths : sequence of Path
        Ride files; all must have the columns of the first.
    network : Network
        Stops and routes; places may be added.
    repairs : RepairList
        Gets what was dropped or not understood.
    options : RideOptions
        Mapping, words, formats.
    progress : callable
        Told the rows read so far.

    Returns
    -------
    Collected
        Everything that has a card and a stop.

    Raises
    ------
    CourseError
        A needed column is missing, or the files have no rows.
    """
    import pandas as pd

    if not paths:
        raise CourseError("No ride file was given.", "Name at least one.")
    reader = Decoder(network, repairs, options, secrets.token_bytes(32))
    for path in paths:
        before = reader.seen
        for block in blocks(Path(path), repairs):
            reader.take(block)
            progress(f"{block.file}: {reader.seen:,} rows read")
        if reader.seen == before:
            repairs.note(Path(path).name, "has no rows", "ignored")
    label = Path(paths[0]).name + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
    if not reader.frames:
        raise CourseError(f"{label} has no rows.", "Give a table with a header and rows.")
    reader.report(label)
    rows = pd.concat(reader.frames, ignore_index=True)
    if rows.empty:
        raise CourseError(
            f"{label}: none of {reader.seen:,} rows has a card and a stop of the city "
            f"({reasons(repairs, label)}).",
            "Stops are found by stop_id, name or coordinate: map one with --columns, such as "
            "board_stop_id=THEIR_NAME.",
        )
    rows["row"] = np.arange(len(rows))

    def whole(name: str) -> moments.Moments | None:
        parts = reader.moments.get(name)
        return moments.Moments.together(parts) if parts else None

    board = whole("board_time")
    hours = np.concatenate(reader.hours) if reader.hours else None
    if board is None:
        n = len(rows)
        none = np.full(n, moments.NONE)
        board = moments.Moments(
            np.zeros((n, 3), np.int32), none.copy(), np.zeros(n, bool), none, none
        )
    return Collected(
        rows, board, whole("alight_time"), whole("date"), hours,
        np.concatenate(reader.file_rows), label, reader.lines, reader.used, reader.lost,
        samples=reader.samples,
    )  # fmt: skip


def reasons(repairs: RepairList, label: str) -> str:
    """Return why rows of a file were dropped and how many, for a message."""
    return "; ".join(f"{r.what} ({r.count:,})" for r in repairs.entries
                     if r.file == label and r.done.startswith("dropped"))  # fmt: skip
