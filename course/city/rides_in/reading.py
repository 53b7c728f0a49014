"""Ride files in blocks of text columns: Parquet, CSV, and CSV packed by any usual packer.

A block is at most some hundred thousand rows, so that a file of any size is read in
bounded memory. Rows are numbered as in the file: CSV counts its header as row 1, Parquet
begins with row 1.
"""

from __future__ import annotations

import bz2
import codecs
import contextlib
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
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
# Nor is a row, or one cell in quotes, longer than these.
LONGEST_ROW_BYTES = 128_000_000
LONGEST_CELL_BYTES = 1_000_000
# The longer marks first: UTF-32 begins as UTF-16 does.
_WIDE = (
    ((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"), "utf-32", "UTF-32"),
    ((b"\xff\xfe", b"\xfe\xff"), "utf-16", "UTF-16"),
)
_NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or a zip"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "Parquet"), (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"%PDF", "PDF"),
)  # fmt: skip
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
        yield from _parquet(path, repairs)
        return
    found = RepairList()
    try:
        with _opened(path) as stream:
            yield from _csv(path.name, stream, found)
    except (OSError, EOFError, zipfile.BadZipFile, lzma.LZMAError, zlib.error) as error:
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


def _parquet(path: Path, repairs: RepairList) -> Iterator[Block]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 1
    try:
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(batch_size=BLOCK_ROWS):
            text = {
                name: _as_text(values)
                for name, values in zip(batch.schema.names, batch.columns, strict=True)
            }
            other = [name for name, values in text.items() if values is None]
            if other and row == 1:
                repairs.note(path.name, f"columns without text, numbers or times: "
                             f"{', '.join(other[:12])}", "ignored")  # fmt: skip
            known = {name: values for name, values in text.items() if values is not None}
            yield Block(path.name, pa.table(known), row)
            row += batch.num_rows
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise CourseError(
            f"{path.name} is no Parquet file ({str(error).splitlines()[0]}).",
            "Write it again, or give CSV.",
        ) from None


def _as_text(values: pa.Array) -> pa.Array | None:
    """Return a column as trimmed text without nulls; None for what is no plain value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_floating(values.type):
        # numbers of routes and stops become fractions where one of them is missing
        values = pc.if_else(pc.is_finite(values), values, None).cast(pa.float64())
        whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**53))
        if pc.all(whole).as_py() is not False:
            values = values.cast(pa.int64())
    try:
        text = pc.fill_null(values.cast(pa.string()), "")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return pc.utf8_trim_whitespace(text)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    kind = path.suffix.lower()
    if kind == ".zip":
        with zipfile.ZipFile(path) as packed:
            inside = [i for i in packed.infolist() if not i.is_dir()
                      and not i.filename.startswith("__MACOSX")]  # fmt: skip
            if len(inside) != 1:
                raise CourseError(
                    f"{path.name} holds {len(inside)} files.",
                    "Unpack it, and name its tables after --rides.",
                )
            if inside[0].flag_bits & 1:
                raise CourseError(f"{path.name} is locked with a password.", "Unpack it first.")
            try:
                stream = packed.open(inside[0])
            except NotImplementedError as error:  # a way of packing this Python does not know
                raise zipfile.BadZipFile(str(error)) from None
            with stream:
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
    header, rest, row, total, decode = b"", b"", 2, 0, None
    while True:
        piece = stream.read(BLOCK_BYTES)
        last = not piece
        if not total:
            _refuse_packed(name, piece)
            decode = _decoder(name, piece, repairs)
        total += len(piece)
        if total > MAX_PLAIN_BYTES:
            raise CourseError(f"{name} is larger than 40 GB.", "Cut it to fewer days.")
        content = rest + (decode(piece, last) if decode else piece)
        if not header:
            content = content.lstrip(b"\r\n")
        if not last:
            end = _row_end(content)
            if not end and len(content) > LONGEST_ROW_BYTES:
                raise CourseError(
                    f"{name} has a row of more than {LONGEST_ROW_BYTES // 1_000_000} MB.",
                    "Is this a table? Check the file, and that its rows end with line ends.",
                )
            content, rest = content[:end], content[end:]
        if content:
            if header:
                content = header + content
            else:
                header = content[: content.find(b"\n") + 1] or content
            raw = read_table(name, content, repairs, lower=False)
            if len(raw):
                yield Block(name, raw.table, row)
                row += len(raw)
        if last:
            return


def _row_end(content: bytes) -> int:
    """Return where the last whole row ends: not at a line end within quotes."""
    end = at = content.rfind(b"\n") + 1
    inside = content.count(b'"', 0, end) % 2
    # a quote that is never closed is no reason to read on and on
    while inside and at and end - at < LONGEST_CELL_BYTES:
        before = content.rfind(b"\n", 0, at - 1) + 1
        inside ^= content.count(b'"', before, at) % 2
        at = before
    return end if inside else at


def _refuse_packed(name: str, start: bytes) -> None:
    for mark, what in _NO_TEXT:
        if start.startswith(mark):
            raise CourseError(
                f"{name} is no CSV text: it begins as {what} does.",
                "Save or unpack the table as CSV and give that, or correct the end of its name.",
            )


def _decoder(name: str, start: bytes, repairs: RepairList) -> Callable[[bytes, bool], bytes] | None:
    """Return what turns pieces of UTF-16 or UTF-32 into UTF-8; None for other text."""
    found = next(((c, title) for marks, c, title in _WIDE if start.startswith(marks)), None)
    if found is None:
        return None
    codec, title = found
    repairs.note(name, f"is {title} text, not UTF-8", "repaired: converted")
    decoder = codecs.getincrementaldecoder(codec)()

    def decode(piece: bytes, last: bool) -> bytes:
        try:
            return decoder.decode(piece, last).encode("utf-8")
        except UnicodeError:
            raise CourseError(
                f"{name} says it is {title} text but is not.", "Save it as UTF-8."
            ) from None

    return decode
