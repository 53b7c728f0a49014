"""What the three builders share: clean text, ids, distances and CSV files.

The builders need only the standard library, so that anybody can rebuild a pack from the
named source files. Files are UTF-8 with line feeds; text is in Unicode form NFC.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

METRES_PER_DEGREE = 111_195.080
HERE = Path(__file__).resolve().parent


def clean(text: str) -> str:
    """Return text in Unicode form NFC with single spaces and a straight apostrophe."""
    text = unicodedata.normalize("NFC", text).replace("`", "'")
    return re.sub(r"\s+", " ", text).strip()


def slug(text: str) -> str:
    """Return an ASCII id made from a name: lower case, words joined by hyphens.

    Examples
    --------
    >>> slug("Jongno 3-ga"), slug("Seoul Nat'l Univ.")
    ('jongno-3-ga', 'seoul-natl-univ')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def metres(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the distance between two (lat, lon) points in metres, crow's way."""
    north = (b[0] - a[0]) * METRES_PER_DEGREE
    east = (b[1] - a[1]) * METRES_PER_DEGREE * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(north, east)


def write_table(path: Path, columns: str, rows: Iterable[Sequence[object]]) -> int:
    """Write a CSV table and return its number of rows; None becomes an empty field.

    The names of the columns are one text, separated by spaces.
    """
    header = columns.split()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"{path.name}: a row has {len(row)} fields, not {len(header)}: {row}")
        writer.writerow(["" if value is None else value for value in row])
        count += 1
    path.write_bytes(text.getvalue().encode("utf-8"))
    return count


def missing_by_hand(city: str) -> list[tuple[str, ...]]:
    """Return what a city lacks that no source file can tell, without the city's name."""
    with (HERE / "missing_by_hand.csv").open(encoding="utf-8", newline="") as stream:
        return [tuple(row[1:]) for row in csv.reader(stream) if row[0] == city]


def source_folder(description: str) -> tuple[Path, Path]:
    """Read the command line: where the source files are and where the tables go."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--source", type=Path, required=True, help="folder of the source files")
    parser.add_argument("--out", type=Path, help="folder to write (default: the pack itself)")
    given = parser.parse_args()
    if not given.source.is_dir():
        parser.error(f"{given.source} is no folder. Give the folder that holds the source files.")
    return given.source, given.out
