"""Read the export of a city that came from a stranger.

The file is opened in a process of its own with limits on memory, time and output, so that
one that crashes or floods a reader takes nothing else with it. What comes back is a pack
the course wrote itself: every value passed the declared types, ranges and references, and
nothing of the file's own bytes is kept.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import paths
from course.calling import call
from course.city import describing, storage
from course.city.archive import Archive, open_archive
from course.city.calendar import WEEKDAYS
from course.city.column_types import typed
from course.city.exporting import MAX_EXPORT_BYTES
from course.city.installing import install
from course.city.integrity import faults
from course.city.schema import SCORED, SCORED_IF_GIVEN, TABLES
from course.errors import CourseError

if TYPE_CHECKING:
    import pyarrow as pa

MAX_UNPACKED_BYTES = 100_000_000
MAX_TABLE_BYTES = 2_000_000_000  # what the tables say they take in memory
MAX_ROWS = 20_000_000
MAX_TEXT = 500
MAX_DESCRIPTION_BYTES = 1_000_000
_ALLOWED = (*SCORED, *SCORED_IF_GIVEN)
_NEEDED = ("stops", "routes", "trips", "stop_times")
_MEMORY_BYTES = 8_000_000_000
_SECONDS = 120
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,48}")
_REMEDY = f"Make a new export with '{call('course city export')}' and hand that in."
_ORIGINS = ("real", "facts", "synthetic")


def read_export(path: str | os.PathLike[str], into: str | os.PathLike[str]) -> Path:
    """Check an export and write it as a pack.

    Parameters
    ----------
    path : path
        The zip.
    into : path
        Folder of the new pack; an old one is replaced, in one step.

    Returns
    -------
    Path
        ``into``, to be opened with ``City.open``.

    Raises
    ------
    CourseError
        Anything is wrong with the file; ``into`` is as it was.
    """
    source = Path(path).resolve()
    return install(lambda folder: _in_own_process(source, folder), Path(into).resolve())


def _in_own_process(source: Path, folder: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COURSE_")}
    environment["PYTHONPATH"] = str(paths.ROOT)
    # -P: a file called json.py in the working folder must not be imported.
    command = [sys.executable, "-P", "-m", "course.city.export_reading", str(source), str(folder)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=3 * _SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise CourseError(f"{source.name} takes too long to read.", _REMEDY) from None
    try:
        said = json.loads(done.stdout.decode("utf-8").strip().splitlines()[-1])
    except (ValueError, IndexError):
        what = f"{source.name} broke its reader (code {done.returncode})."
        raise CourseError(what, _REMEDY) from None
    if not said.get("done"):
        raise CourseError(str(said.get("what")), str(said.get("remedy")))


def check_export(source: Path, folder: Path) -> None:
    """Read an export in this process and write the pack; see :func:`read_export`."""
    expected = frozenset({storage.DATAPACKAGE, *(f"{name}.parquet" for name in _ALLOWED)})
    if source.is_file() and source.stat().st_size > MAX_EXPORT_BYTES:
        raise CourseError(
            f"{source.name} has {source.stat().st_size / 1e6:.1f} MB; "
            f"at most {MAX_EXPORT_BYTES / 1e6:.0f} MB are read.", _REMEDY,
        )  # fmt: skip
    archive = open_archive(
        source, expected=expected, max_total_bytes=MAX_UNPACKED_BYTES, max_members=100
    )
    strange = sorted(set(archive.members) - expected) + list(archive.ignored)
    if strange:
        raise CourseError(f"{source.name} holds {strange[0]!r}, which no export has.", _REMEDY)
    missing = [n for n in (storage.DATAPACKAGE, *(f"{t}.parquet" for t in _NEEDED))
               if n not in archive.members]  # fmt: skip
    if missing:
        raise CourseError(f"{source.name} holds no {missing[0]}.", _REMEDY)
    properties, told = _description(archive)
    frames = {}
    for name in _ALLOWED:
        if f"{name}.parquet" in archive.members:
            frames[name] = typed(_table(archive, name), name, label=f"{name}.parquet")
    wrong = faults(frames)
    if wrong:
        raise CourseError(f"{source.name}: {wrong[0]}", _REMEDY)
    resources = []
    for name, frame in frames.items():
        storage.write_table(folder / f"{name}.parquet", frame)
        path = f"{name}.parquet"
        resources.append(describing.resource_of(name, frame, path, **told.get(name, {})))
    storage.write_datapackage(folder, describing.package_of(properties, resources))


def _table(archive: Archive, name: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    label = f"{archive.label}: {name}.parquet"
    try:
        file = pq.ParquetFile(io.BytesIO(archive.read(f"{name}.parquet")))
        metadata, schema = file.metadata, file.schema_arrow
        size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        if metadata.num_rows > MAX_ROWS or size > MAX_TABLE_BYTES:
            raise CourseError(f"{label} has {metadata.num_rows:,} rows, {size:,} bytes.", _REMEDY)
        known = {c.name for c in TABLES[name].columns}
        strange = [column for column in schema.names if column not in known]
        if strange or len(set(schema.names)) != len(schema.names):
            raise CourseError(f"{label} has columns no export has ({strange[:3]}).", _REMEDY)
        for field in schema:
            kind = field.type
            if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)
                    or pa.types.is_string(kind) or pa.types.is_large_string(kind)):  # fmt: skip
                raise CourseError(f"{label}, column {field.name}: type {kind}.", _REMEDY)
        table = file.read(use_threads=False)
    except CourseError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise CourseError(f"{label} is no sound Parquet file ({reason}).", _REMEDY) from None
    import pyarrow.compute as pc

    for column in table.column_names:
        values = table.column(column)
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            continue
        longest = pc.max(pc.utf8_length(values)).as_py() or 0
        if longest > MAX_TEXT:
            raise CourseError(f"{label}, column {column}: a text of {longest:,} letters.", _REMEDY)
    return table


def _description(archive: Archive) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """City properties and what is said of each frame, rebuilt from known keys only."""
    label = f"{archive.label}: {storage.DATAPACKAGE}"
    content = archive.read(storage.DATAPACKAGE)
    if len(content) > MAX_DESCRIPTION_BYTES:
        raise CourseError(f"{label} has {len(content):,} bytes.", _REMEDY)
    try:
        package = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise CourseError(f"{label} is no JSON.", _REMEDY) from None
    city = package.get("city") if isinstance(package, dict) else None
    if not isinstance(city, dict):
        raise CourseError(f"{label} has no city.", _REMEDY)
    out: dict[str, Any] = {}
    for key, sound in _PROPERTIES.items():
        if key in city:
            if not sound(city[key]):
                raise CourseError(f"{label}: city.{key} is not as an export has it.", _REMEDY)
            out[key] = city[key]
    for key in ("id", "title", "centre", "currency"):
        if key not in out:
            raise CourseError(f"{label}: city.{key} is missing.", _REMEDY)
    told = {}
    for resource in package.get("resources") or []:
        if isinstance(resource, dict) and resource.get("name") in _ALLOWED:
            told[resource["name"]] = _told(resource)
    return out, told


def _told(resource: dict[str, Any]) -> dict[str, Any]:
    licences = resource.get("licenses")
    first = licences[0] if isinstance(licences, list) and licences else {}
    year = resource.get("year")
    return {
        "origin": resource["origin"] if resource.get("origin") in _ORIGINS else "real",
        "method": str(resource.get("method") or "")[:MAX_TEXT],
        "year": year if isinstance(year, int) and 1900 <= year <= 2200 else None,
        "licence": str(first.get("name") or "")[:80] if isinstance(first, dict) else "",
    }


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 60 and all(map(_is_text, value))


def _is_place(value: Any) -> bool:
    return (
        isinstance(value, dict) and set(value) == {"lat", "lon"}
        and all(map(_is_number, value.values()))
        and abs(value["lat"]) <= 90 and abs(value["lon"]) <= 180
    )  # fmt: skip


def _is_plain(value: Any) -> bool:
    """JSON of modest size and depth; what it means is checked by who uses it."""
    return isinstance(value, (dict, list)) and len(json.dumps(value)) <= 100_000


_PROPERTIES = {
    "id": lambda v: isinstance(v, str) and bool(_ID.fullmatch(v)),
    "title": lambda v: _is_text(v) and bool(v.strip()),
    "country": _is_text, "centre": _is_place, "timezone": _is_text,
    "currency": lambda v: isinstance(v, str) and bool(re.fullmatch(r"[A-Z]{3}", v)),
    "currency_symbol": _is_text, "currency_minor": _is_number, "languages": _is_words,
    "weekend_days": lambda v: _is_words(v) and set(v) <= set(WEEKDAYS),
    "fare_policy": lambda v: v is None or _is_plain(v), "gated_modes": _is_words,
    "area_km2": _is_number, "population": _is_number, "radius_km": _is_number,
    "timetable_year": _is_number, "synthesis": _is_plain, "missing": _is_plain,
    "parameters": _is_plain, "vote_budget": lambda v: _is_number(v) and v >= 0,
}  # fmt: skip


def _limit() -> None:
    """Cap memory, time and written bytes of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the cap on sizes must do
        return
    for kind, most in (("RLIMIT_AS", _MEMORY_BYTES), ("RLIMIT_CPU", _SECONDS),
                       ("RLIMIT_FSIZE", MAX_TABLE_BYTES), ("RLIMIT_CORE", 0)):  # fmt: skip
        if hasattr(resource, kind):
            _, hard = resource.getrlimit(getattr(resource, kind))
            cap = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(getattr(resource, kind), (cap, hard))


def _main(arguments: list[str]) -> int:
    _limit()
    try:
        check_export(Path(arguments[0]), Path(arguments[1]))
        said: dict[str, Any] = {"done": True}
    except CourseError as error:
        said = {"done": False, "what": error.what, "remedy": error.remedy}
    except MemoryError:
        said = {"done": False, "what": f"{Path(arguments[0]).name} needs too much memory.",
                "remedy": _REMEDY}  # fmt: skip
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
