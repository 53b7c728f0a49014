"""The part of a city that travels with a hand-in: one zip of what is scored.

Parquet (zstd) of the scored frames and the pack's description; no rides. A pack built from
lines travels as the timetable that was built, so both have the same fingerprint. Requests,
votes and night trips travel where the pack gives them. The host opens it with
:func:`course.city.export_reading.read_export`, which trusts nothing in it.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from course.city import describing, storage
from course.city.schema import SCORED, SCORED_IF_GIVEN, TABLES
from course.errors import CourseError

if TYPE_CHECKING:
    from course.city.pack import City

MAX_EXPORT_BYTES = 20_000_000
_AT_HOME = ("columns", "dates")  # how a person's files were read is nobody else's business
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same city gives the same bytes


def export(city: City, path: str | os.PathLike[str]) -> Path:
    """Write the scored frames of a city as one zip.

    Parameters
    ----------
    city : City
        An open pack.
    path : path
        The zip to write; replaced in one step.

    Returns
    -------
    Path
        The zip.

    Raises
    ------
    CourseError
        It would be larger than 20 MB.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from course.city import sources

    target = Path(path)
    resources, parts = [], {}
    for name in (*SCORED, *SCORED_IF_GIVEN):
        if name in ("zones", *SCORED_IF_GIVEN) and not city.given(name):
            continue  # the host synthesises the same ones
        frame = city._read("zones") if name == "zones" else city.frame(name)
        if frame.empty and name in SCORED:
            continue  # a given table without rows is still given: it is not to be synthesised
        frame = frame[[c.name for c in TABLES[name].columns if c.name in frame.columns]]
        told = sources.given_origin(city, name)
        resources.append(describing.resource_of(
            name, frame, f"{name}.parquet", origin=told["origin"], method=told["method"],
            year=told["year"], licence=told["licence"],
        ))  # fmt: skip
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd", compression_level=15)
        parts[f"{name}.parquet"] = sink.getvalue()
    properties = {key: value for key, value in city.properties.items() if key not in _AT_HOME}
    package = describing.package_of(properties, resources, fingerprint=city.fingerprint)
    parts[storage.DATAPACKAGE] = json.dumps(package, ensure_ascii=False, indent=1).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts):
            info = zipfile.ZipInfo(name, _EPOCH)
            packs_well = name.endswith("json")
            info.compress_type = zipfile.ZIP_DEFLATED if packs_well else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            archive.writestr(info, parts[name])
    size = packed.tell()
    if size > MAX_EXPORT_BYTES:
        largest = max(parts, key=lambda name: len(parts[name]))
        raise CourseError(
            f"The export of {city.id} would be {size / 1e6:.1f} MB; at most "
            f"{MAX_EXPORT_BYTES / 1e6:.0f} MB can be handed in ({largest} is the largest part).",
            "Cut that table to fewer months or places and import it again."
            if largest.removesuffix(".parquet") in SCORED_IF_GIVEN
            else "Cut the feed to one city or fewer services and import it again.",
        )
    storage.replace_bytes(target, packed.getvalue())
    return target
