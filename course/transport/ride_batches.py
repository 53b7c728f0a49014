"""Rides read in batches of small whole numbers, whatever their size and source.

One record is one ride. Texts become codes, a card becomes 16 bytes: the text itself where it
is that short, else two independent 64-bit hashes. Every row is checked as `ride_columns`
checks a frame; a bad one is named by file and row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.card_words import as_text, card_words, is_text
from course.transport.fare_checks import MODES, USER_CLASSES, known
from course.transport.journey_codes import LONGEST_M
from course.transport.ride_columns import LAST_SECOND, NEEDED

if TYPE_CHECKING:
    import pyarrow as pa

RIDE = np.dtype(
    [
        ("card_a", "u8"), ("card_b", "u8"), ("board", "i4"), ("alight", "i4"), ("metres", "i4"),
        ("route", "i4"), ("stop", "i4"), ("day", "i2"), ("mode", "u1"), ("user", "u1"),
        ("income", "i1"), ("flags", "u1"),
    ]
)  # fmt: skip
NO_TAP_OUT, UNKNOWN_DISTANCE = 1, 2
BATCH_ROWS = 1 << 18
_OPTIONAL = ("route_id", "board_stop_id", "user_class", "income_group", "date")


class Words:
    """The different texts of a column, numbered as they appear; -1 for none."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._number: dict[str, int] = {}

    def codes(self, column: pa.Array) -> np.ndarray:
        """Return the number of each text of an Arrow array."""
        import pyarrow as pa

        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        table = np.full(len(column.dictionary) + 1, -1, dtype=np.int32)
        for k, text in enumerate(as_text(column.dictionary).to_pylist()):
            if text is not None:
                table[k] = self._number.setdefault(text, len(self._number))
        self.texts = list(self._number)
        return table[
            column.indices.fill_null(len(column.dictionary)).to_numpy(zero_copy_only=False)
        ]

    def rank(self) -> np.ndarray:
        """Return the place of each text in sorted order; the last entry, -1, is for none."""
        rank = np.empty(len(self.texts) + 1, dtype=np.int32)
        rank[:-1][np.argsort(np.array(self.texts, dtype=object), kind="stable")] = np.arange(
            len(self.texts)
        )
        rank[-1] = -1
        return rank


class RideReader:
    """Reads rides of any size as records; keeps what the codes stand for.

    Parameters
    ----------
    source : DataFrame, path or sequence of paths
        A rides frame, Parquet files, or a folder of Parquet files.
    """

    def __init__(self, source: Any) -> None:
        self._source = source
        self.routes, self.stops, self.days = Words(), Words(), Words()
        self.files = [] if _is_frame(source) else parquet_files(source)
        self.rows = len(source) if _is_frame(source) else _rows(self.files)

    def __iter__(self) -> Iterator[np.ndarray]:
        for label, first_row, batch in self._batches():
            yield self._records(label, first_row, batch)

    def _batches(self) -> Iterator[tuple[str, int, pa.RecordBatch]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if _is_frame(self._source):
            frame = self._source
            wanted = _wanted(list(frame.columns), "The rides frame")
            for low in range(0, len(frame), BATCH_ROWS):
                part = frame[wanted].iloc[low : low + BATCH_ROWS]
                table = pa.Table.from_pandas(part, preserve_index=False).combine_chunks()
                yield "The rides frame", low, table.to_batches(max_chunksize=BATCH_ROWS)[0]
            return
        coded = ["mode", "route_id", "board_stop_id", "user_class", "date"]
        for path in self.files:
            with _opened(path, coded) as file:
                wanted = _wanted(file.schema_arrow.names, path.name)
                row = 0
                for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
                    yield path.name, row, batch
                    row += batch.num_rows
        del pq

    def _records(self, label: str, first_row: int, batch: pa.RecordBatch) -> np.ndarray:
        out = np.zeros(batch.num_rows, dtype=RIDE)
        if not batch.num_rows:
            return out
        column = {name: batch.column(name) for name in batch.schema.names}

        def refuse(bad: np.ndarray, what: str, remedy: str) -> None:
            if bad.any():
                row = first_row + int(np.argmax(bad))
                raise CourseError(f"{label}, row {row}: {what}.", remedy)

        def whole(name: str, absent: int) -> np.ndarray:
            values = _whole(column[name], label, name)
            if values.null_count == 0:
                return values.to_numpy(zero_copy_only=False)
            return values.fill_null(absent).to_numpy(zero_copy_only=False)

        for name in ("card_id", "board_time", "mode"):
            refuse(_nulls(column[name]), f"no {name}", "Remove the row or fill it in.")
        out["card_a"], out["card_b"] = card_words(column["card_id"])
        board, alight = whole("board_time", -1), whole("alight_time", -1)
        metres = whole("distance_m", 0)
        open_end, unknown = _nulls(column["alight_time"]), _nulls(column["distance_m"])
        seconds = "Times are seconds since the start of the service day; 25:30 is 91,800."
        refuse((board < 0) | (board >= LAST_SECOND), "board_time out of range", seconds)
        wrong = ~open_end & ((alight < 0) | (alight > LAST_SECOND))
        refuse(wrong, "alight_time out of range", seconds)
        refuse(~open_end & (alight < board), "alighting before boarding", seconds)
        refuse(metres < 0, "negative distance", "Distances are metres, 0 or more.")
        refuse(metres > LONGEST_M, "a ride of more than 4,194 km", "Distances are metres.")
        out["board"], out["alight"], out["metres"] = board, alight, metres
        out["flags"] = open_end * NO_TAP_OUT + unknown * UNKNOWN_DISTANCE
        out["mode"] = _listed(column["mode"], MODES, "mode", label, "other")
        out["route"] = out["stop"] = -1
        if "route_id" in column:
            out["route"] = self.routes.codes(column["route_id"])
        if "board_stop_id" in column:
            out["stop"] = self.stops.codes(column["board_stop_id"])
        if "user_class" in column:
            out["user"] = _listed(column["user_class"], USER_CLASSES, "user class", label, "adult")
        if "income_group" in column:
            group = whole("income_group", 0)
            out["income"] = np.where((group >= 1) & (group <= 5), group, 0)
        out["day"] = -1
        if "date" in column:
            out["day"] = self.days.codes(column["date"])
        return out


def parquet_files(source: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the Parquet files of a path, a folder or a list of paths, in order of name."""
    given = [source] if isinstance(source, str | Path) else list(source)
    files: list[Path] = []
    for item in given:
        path = Path(item)
        if path.is_dir():
            files += sorted(p for p in path.rglob("*.parquet") if not p.name.startswith("."))
        else:
            files.append(path)
    if not files:
        raise CourseError(
            f"{given[0] if given else source} holds no Parquet file.",
            "Give a Parquet file of rides, or a folder of such files.",
        )
    return files


def _is_frame(source: Any) -> bool:
    return hasattr(source, "columns") and hasattr(source, "iloc")


def _opened(path: Path, coded: Sequence[str] = ()) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(path)
        text = [n for n in coded if n in names.names and is_text(names.field(n).type)]
        return pq.ParquetFile(path, read_dictionary=text, pre_buffer=False)
    except FileNotFoundError:
        raise CourseError(f"{path} is missing.", "Check the path of the rides.") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise CourseError(
            f"{path.name} is no whole Parquet file ({str(error).splitlines()[0]}).",
            "Write it again; a file that was being written is not complete.",
        ) from None


def _rows(files: list[Path]) -> int:
    total = 0
    for path in files:
        with _opened(path) as file:
            total += file.metadata.num_rows
    return total


def _wanted(there: list[str], label: str) -> list[str]:
    missing = [c for c in NEEDED if c not in there]
    if missing:
        raise CourseError(
            f"{label} has no column {missing[0]}.", f"A ride needs {', '.join(NEEDED)}."
        )
    return [*NEEDED, *(c for c in _OPTIONAL if c in there)]


def _nulls(column: pa.Array) -> np.ndarray:
    if column.null_count == 0:
        return np.zeros(len(column), dtype=bool)
    return column.is_null().to_numpy(zero_copy_only=False)


def _whole(column: pa.Array, label: str, name: str) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_int32(column.type):
        return column
    try:
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if is_text(column.type):
            column = column.cast(pa.float64())
        if pa.types.is_floating(column.type):
            bad = pc.is_nan(column)
            column = pc.if_else(bad, None, pc.round(column, round_mode="half_to_even"))
        return column.cast(pa.int64()).cast(pa.int32())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        raise CourseError(
            f"{label}: the column {name} holds something that is not a number in range.",
            "Give times in seconds since the start of the service day, distances in metres.",
        ) from problem


def _listed(
    column: pa.Array, words: tuple[str, ...], kind: str, label: str, default: str
) -> np.ndarray:
    found = Words()
    codes = found.codes(column)
    table = [words.index(known(w, words, kind, label)) for w in found.texts]
    return np.array([*table, words.index(default)], dtype=np.uint8)[codes]


def checked_source(source: Any) -> Any:
    """Refuse what can be no rides before anything is read."""
    if _is_frame(source) or isinstance(source, str | Path | list | tuple):
        return source
    raise UsageError(
        f"A fare summary was asked for a {type(source).__name__} in place of rides.",
        "Give a rides frame, a Parquet file, or a folder of Parquet files.",
    )
