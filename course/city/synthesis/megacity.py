"""A synthetic day of up to 20 million rides, written block by block.

A block is a quarter of a million rides of its own cards, drawn from a stream of its own, so
blocks can be made in any order, one at a time, in little memory. Four blocks are one
Parquet file with one row group each. A file is written beside its place and then put there;
a run that was stopped goes on with the first file that is missing and ends with the same
bytes of content.

Everything is labelled: the folder's ``_day.json``, the metadata of each file and the names
of the files say that the rides are synthetic.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.city.places import content_key
from course.city.synthesis import VERSION
from course.city.synthesis.megacity_report import Sums, report
from course.city.synthesis.megacity_stations import fitted_to_stations
from course.city.synthesis.model import demand_model
from course.city.synthesis.rides import METHOD, draw_rides
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from course.city.synthesis.demand import DemandModel

MOST_RIDES = 20_000_000
BLOCK_RIDES = 250_000
_FILE_BLOCKS = 4
_KEY = b"course"
DAY = "_day.json"  # readers of Parquet folders pass over such names


@dataclass(frozen=True)
class Day:
    """A synthetic day on disk.

    Parameters
    ----------
    folder : Path
        Where it is.
    files : tuple of Path
        Parquet files of rides, each card in one of them only.
    rides : int
        Rows in all.
    report : DataFrame
        measure, target, got, source: how near the rides come to published figures.
    """

    folder: Path
    files: tuple[Path, ...]
    rides: int
    report: pd.DataFrame


def write_day(
    city: Any,
    folder: str | Path,
    *,
    rides: int,
    date: str = "2025-05-14",
    seed: tuple[object, ...] = (),
    progress: Callable[[int], Any] | None = None,
) -> Day:
    """Make a day of rides for a city and write it as Parquet files.

    Parameters
    ----------
    city : course.City
        The city; its ``station_boardings`` are fitted where the pack has them.
    folder : path
        Where to write. A day that was begun there is finished.
    rides : int
        Boardings wanted, 1 to 20 million; exactly so many are made.
    date : str
        Service day, YYYY-MM-DD; a weekend day has no peaks.
    seed : tuple, optional
        What else the draws depend on.
    progress : callable, optional
        Called with the number of rides that came to stand on disk.

    Returns
    -------
    Day
        Columns of the files as ``synthesise_rides``; cards are called S and ten digits.

    Raises
    ------
    CourseError
        If the folder holds another day, or something that is none.
    """
    rides = _checked(rides, date)
    folder = Path(folder)
    spec = _spec(city, rides, date, seed)
    _own_folder(folder, spec)
    step = progress or (lambda _: None)
    model: DemandModel | None = None
    sums, files = [], []
    blocks = -(-rides // BLOCK_RIDES)
    for number, first in enumerate(range(0, blocks, _FILE_BLOCKS), start=1):
        path = folder / f"synthetic-rides-{number:03d}.parquet"
        files.append(path)
        mine = range(first, min(first + _FILE_BLOCKS, blocks))
        done = _finished(path, spec, number)
        if done is None:
            model = model or fitted_to_stations(city, demand_model(city))
            done = _write_file(path, spec, number, model, city, mine, rides, date, seed)
        sums.append(done)
        step(done.rides)
    total = Sums.added(sums)
    table = report(city, total)
    told = {
        "origin": "synthetic",
        "method": METHOD,
        "city": str(city.id),
        "fingerprint": str(city.fingerprint),
        "date": date,
        "rides": total.rides,
        "content": hashlib.sha256("".join(s.content for s in sums).encode()).hexdigest(),
        "files": [p.name for p in files],
        "spec": spec,
        "report": json.loads(table.to_json(orient="records", double_precision=6)),
    }
    _put(folder / DAY, (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
    return Day(folder, tuple(files), total.rides, table)


def _checked(rides: int, date: str) -> int:
    if isinstance(rides, bool) or int(rides) != rides or not 1 <= rides <= MOST_RIDES:
        raise UsageError(
            f"A day of {rides!r} rides cannot be made.", f"Ask for 1 to {MOST_RIDES:,} rides."
        )
    try:
        datetime.date.fromisoformat(date)
    except (ValueError, TypeError):
        raise UsageError(f"The date is {date!r}.", "Write it as 2025-05-14.") from None
    return int(rides)


def _spec(city: Any, rides: int, date: str, seed: tuple[object, ...]) -> str:
    """Return 16 hex digits of all that the rides depend on."""
    parts = (content_key(city), VERSION, rides, date, BLOCK_RIDES, *map(str, seed))
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8")).hexdigest()[:16]


def _own_folder(folder: Path, spec: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".*.part"):
        leftover.unlink(missing_ok=True)
    for path in sorted(folder.iterdir()):
        mine = path.name == DAY or path.name.startswith("synthetic-rides-")
        if not mine and not path.name.startswith("."):
            raise CourseError(
                f"{folder} holds {path.name}, which is no part of a synthetic day.",
                "Choose an empty folder.",
            )
        if mine and path.suffix == ".parquet" and _told(path).get("spec") != spec:
            raise CourseError(
                f"{folder} holds another day: {path.name} was made of other inputs.",
                "Choose an empty folder, or remove that day first.",
            )


def _told(path: Path) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path).metadata or {}
        return json.loads(metadata.get(_KEY, b"{}"))
    except (pa.ArrowInvalid, OSError, ValueError):
        return {}


def _finished(path: Path, spec: str, number: int) -> Sums | None:
    told = _told(path) if path.exists() else {}
    if told.get("spec") != spec or told.get("number") != number:
        return None
    return Sums.from_dict(told["sums"])


def _write_file(
    path: Path, spec: str, number: int, model: DemandModel, city: Any, blocks: range,
    rides: int, date: str, seed: tuple[object, ...],
) -> Sums:  # fmt: skip
    import pyarrow as pa
    import pyarrow.parquet as pq

    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    os.close(handle)
    try:
        writer = None
        sums = []
        for block in blocks:
            size = min(BLOCK_RIDES, rides - block * BLOCK_RIDES)
            frame = _block(model, block, size, date, seed)
            sums.append(Sums.of(city, frame))
            table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
            if writer is None:
                writer = pq.ParquetWriter(
                    beside, table.schema, compression="zstd", compression_level=3,
                    use_dictionary=[c for c in table.column_names if c != "card_id"],
                )  # fmt: skip
            writer.write_table(table, row_group_size=BLOCK_RIDES)
        total = Sums.added(sums)
        told = {"origin": "synthetic", "method": METHOD, "city": str(city.id), "spec": spec,
                "number": number, "sums": total.to_dict()}  # fmt: skip
        writer.add_key_value_metadata({_KEY: json.dumps(told)})
        writer.close()
        os.replace(beside, path)
    finally:
        Path(beside).unlink(missing_ok=True)
    return total


def _block(
    model: DemandModel, block: int, size: int, date: str, seed: tuple[object, ...]
) -> pd.DataFrame:
    import pandas as pd

    frame = draw_rides(model, boardings=size, dates=[date], seed=("day", *seed, block))
    codes, cards = pd.factorize(frame["card_id"])
    names = [f"S{block:04d}{n:06d}" for n in range(1, len(cards) + 1)]
    return frame.assign(card_id=pd.array(names, dtype="str").take(codes))


def _put(path: Path, content: bytes) -> None:
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(beside, path)
