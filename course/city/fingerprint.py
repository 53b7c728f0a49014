"""Sixteen hex digits that say whether two packs would be scored alike.

Convention. The hash covers the frames that are scored, as the pack gives or builds them:
columns the schema declares, rows sorted by all of them, numbers as whole millionths, text
as UTF-8 with its length. The order of rows, of files, the format and the platform do not
count; the names of people's files neither. Zones are hashed as given, because synthetic
columns follow from them, together with the version of the synthesis. Frames that are
synthesised as a whole where a pack lacks them count where it gives them, and add nothing
where it does not.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from course.city.schema import SCORED, SCORED_IF_GIVEN, TABLES

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

# Times and coordinates are compared to the millionth: finer digits are noise of formats.
_SCALE = 1_000_000
# What steers the synthesis of zones and rides, beside the frames.
_PROPERTIES = (
    "id", "centre", "currency", "weekend_days", "gated_modes", "population", "area_km2",
    "radius_km", "synthesis", "fare_policy",
)  # fmt: skip


def fingerprint(city: City) -> str:
    """Return the fingerprint of a city.

    Parameters
    ----------
    city : City
        An open pack.

    Returns
    -------
    str
        16 hex digits.
    """
    from course.city import synthesis

    digest = hashlib.sha256()
    digest.update(f"synthesis {getattr(synthesis, 'VERSION', 1)}\n".encode())
    properties = {name: city.properties.get(name) for name in _PROPERTIES}
    if "vote_budget" in city.properties:  # a pack without a vote keeps its fingerprint
        properties["vote_budget"] = city.properties["vote_budget"]
    digest.update(json.dumps(properties, sort_keys=True, ensure_ascii=True).encode())
    for name in SCORED:
        if name == "zones":
            frame = city._read("zones") if city.given("zones") else None
        else:
            frame = city._cached(name)
        digest.update(f"\n{name}\n".encode())
        if frame is not None and len(frame):
            digest.update(frame_digest(frame, name))
    for name in SCORED_IF_GIVEN:
        if city.given(name):
            digest.update(f"\n{name}\n".encode())
            digest.update(frame_digest(city._cached(name), name))
    return digest.hexdigest()[:16]


def frame_digest(frame: pd.DataFrame, name: str) -> bytes:
    """Return the hash of one frame's declared content, whatever its order of rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of the frame.
    name : str
        Name in :data:`course.city.schema.TABLES`; other columns do not count.

    Returns
    -------
    bytes
        32 bytes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns: dict[str, pa.Array] = {}
    for column in TABLES[name].columns:
        if column.name not in frame.columns:
            continue
        values = frame[column.name]
        if column.dtype == "str":
            text = pa.array(values.astype("str").fillna(""), type=pa.string())
            if (pc.max(pc.binary_length(text)).as_py() or 0) > 0:  # an empty column is no column
                columns[column.name] = text
        else:
            numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
            if np.isnan(numbers).all():
                continue
            absent = np.isnan(numbers)
            whole = np.floor(np.where(absent, 0.0, numbers) * _SCALE + 0.5).astype(np.int64)
            columns[column.name] = pa.array(whole, mask=absent)
    if not columns or not len(frame):
        return hashlib.sha256().digest()
    table = pa.table(columns)
    table = table.sort_by([(key, "ascending") for key in table.column_names])
    digest = hashlib.sha256()
    for key in table.column_names:
        digest.update(f"\x1e{key}\x1f".encode())
        values = table.column(key).combine_chunks()
        if pa.types.is_string(values.type):
            lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
            digest.update(lengths.astype("<i8").tobytes())
            digest.update("".join(values.to_pylist()).encode("utf-8"))
        else:
            filled = pc.fill_null(values, np.iinfo(np.int64).min)
            digest.update(filled.to_numpy(zero_copy_only=False).astype("<i8").tobytes())
    return digest.digest()
