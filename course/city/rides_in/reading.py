"""Ride files in blocks of text columns: Parquet, CSV, and CSV packed by any usual packer.

A block is at most some hundred thousand rows, so that a file of any size is read in
bounded memory. Rows are numbered as in the file: CSV counts its header as row 1, Parquet
begins with row 1.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from course.city.reading import read_table
from course.city.repairs import Repair, RepairList
from course.errors import CourseError

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 32_000_000
BLOCK_ROWS = 400_000
# A packed file that grows beyond this is no day of rides.
MAX_PLAIN_BYTES = 40_000_000_000
_PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class Block:
    """Some rows of a file, as text.

    Parameters
    ----------
    file : str
        Name of the file.
    table : pyarrow.Table
        Text columns, trimmed, without nulls.
    first_row : int
        Row number in the file of the block's first row.
    """

    file: str
    table: pa.Table
    first_row: int


def blocks(path: Path, repairs: RepairList) -> Iterator[Block]:
    """Read a ride file block by block.

    Parameters
    ----------
    path : Path
        ``*.parquet``, or CSV (any separator and encoding), plain or ``.gz``, ``.bz2``,
        ``.xz``, ``.zst`` or ``.zip`` with one file inside.
    repairs : RepairList
        Gets what reading mended, each kind once per file.

    Yields
    ------
    Block
        Nothing for a file without rows.

    Raises
    ------
    CourseError
        No such file, not what its name says, or too large.
    """
    path = Path(path)
    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Check the path.")
    if path.suffix.lower() in _PARQUET:
        yield from _parquet(path)
        return
    found = RepairList()
    try:
        with _opened(path) as stream:
            yield from _csv(path.name, stream, found)
    except (OSError, EOFError, zipfile.BadZipFile, lzma.LZMAError) as error:
        raise CourseError(
            f"{path.name} cannot be unpacked ({str(error).splitlines()[0]}).",
            "Pack it again, or give the plain CSV.",
        ) from None
    finally:
        repairs.entries += _merged(found)


def _merged(found: RepairList) -> list[Repair]:
    """Return each kind of repair once: a large file says it in every block."""
    kinds: dict[tuple[str, str, str], Repair] = {}
    for one in found.entries:
        key = (one.file, one.what.split("; the first")[0], one.done)
        seen = kinds.get(key)
        if seen is None:
            kinds[key] = one
        elif one.row and one.row != 1:
            kinds[key] = Repair(one.file, seen.row, seen.count + one.count, seen.what, seen.done)
    return list(kinds.values())


def _parquet(path: Path) -> Iterator[Block]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    row = 1
    try:
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(batch_size=BLOCK_ROWS):
            columns = {}
            for name, values in zip(batch.schema.names, batch.columns, strict=True):
                if pa.types.is_dictionary(values.type):
                    values = values.dictionary_decode()
                if pa.types.is_nested(values.type) or pa.types.is_binary(values.type):
                    continue
                text = pc.fill_null(values.cast(pa.string()), "")
                columns[name] = pc.utf8_trim_whitespace(text)
            yield Block(path.name, pa.table(columns), row)
            row += batch.num_rows
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise CourseError(
            f"{path.name} is no Parquet file ({str(error).splitlines()[0]}).",
            "Write it again, or give CSV.",
        ) from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    kind = path.suffix.lower()
    if kind == ".zip":
        with zipfile.ZipFile(path) as packed:
            inside = [i for i in packed.infolist() if not i.is_dir()
                      and not i.filename.startswith("__MACOSX")]  # fmt: skip
            if len(inside) != 1:
                raise CourseError(f"{path.name} holds {len(inside)} files.", "Pack one table.")
            with packed.open(inside[0]) as stream:
                yield stream
        return
    if kind == ".zst":
        import pyarrow as pa

        with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
            yield stream
        return
    opener = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}.get(kind, open)
    with opener(path, "rb") as stream:
        yield stream


def _csv(name: str, stream: IO[bytes], repairs: RepairList) -> Iterator[Block]:
    header, rest, row, total = b"", b"", 2, 0
    while True:
        piece = stream.read(BLOCK_BYTES)
        total += len(piece)
        if total > MAX_PLAIN_BYTES:
            raise CourseError(f"{name} is larger than 40 GB.", "Cut it to fewer days.")
        content = rest + piece
        if not content:
            return
        if piece:
            # UTF-16 and UTF-32 end lines with more than one byte; such files come whole
            end = len(content) if _wide(header or content) else content.rfind(b"\n") + 1
            if _wide(header or content):
                rest = content
                continue
            content, rest = content[:end], content[end:]
            if not content:
                continue
        else:
            rest = b""
        if not header and not _wide(content):
            header = content[: content.find(b"\n") + 1] or content
        elif header:
            content = header + content
        raw = read_table(name, content, repairs, lower=False)
        if len(raw):
            yield Block(name, raw.table, row)
            row += len(raw)
        if not piece:
            return


def _wide(content: bytes) -> bool:
    return content[:2] in (b"\xff\xfe", b"\xfe\xff")
