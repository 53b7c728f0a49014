"""A lab leaves a record beside the notebook: which lab, which settings, when, by whom.

Only what a person changed is written, once per rest of the hand. A file that cannot be
read is kept under another name, and a folder that cannot be written stops nothing. The
file travels with the hand-in, where the host reads it with the same care.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course import answer_book, identity
from course.untrusted_json import read_json, short_text

FILE = "lab_records.json"
MOST = 500  # the newest are kept, and one of each lab
MAX_BYTES = 2_000_000


def read(folder: Path | None = None) -> list[dict[str, Any]]:
    """Return the records of a folder, oldest first; none when there is no readable file."""
    found = read_json((folder or answer_book.folder()) / FILE, most=MAX_BYTES)
    return [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []


def used(folder: Path, *, trainee: str = "") -> frozenset[str]:
    """Return the labs of a folder that a trainee used.

    Parameters
    ----------
    folder : Path
        A module's folder, or the hand-in of it: whatever a person put there is safe to read.
    trainee : str
        Whose; a record that names somebody else does not count. A record that names
        nobody, or a guest, was made before the name was known.

    Returns
    -------
    frozenset of str
        Ids such as ``fares``; empty where nothing was recorded.
    """
    own = {"", identity.GUEST, identity.clean_name(trainee)}
    found = set()
    for record in read(folder)[-10 * MOST :]:
        name = identity.clean_name(record.get("trainee"))
        if (lab := short_text(record.get("lab"), 60)) and (not trainee or name in own):
            found.add(lab)
    return frozenset(found)


def append(
    lab_id: str,
    setting: Mapping[str, float],
    *,
    city: str = "",
    chosen: str | None = None,
    folder: Path | None = None,
) -> bool:
    """Add one record.

    Parameters
    ----------
    lab_id : str
        Which lab, such as "fares".
    setting : mapping
        Value by control.
    city : str
        Id of the city.
    chosen : str, optional
        Id of the selection.
    folder : Path, optional
        Where the notebook is; the running notebook's folder when absent.

    Returns
    -------
    bool
        Whether it was written. The same setting as the last record is not written again.
    """
    place = (folder or answer_book.folder()) / FILE
    records = read(place.parent)
    who = identity.who().trainee
    entry = {"lab": lab_id, "city": city, "setting": dict(setting), "chosen": chosen,
             "trainee": who}  # fmt: skip
    if records and all(records[-1].get(k) == v for k, v in entry.items()):
        return False
    entry["time"] = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        if place.exists() and not records and place.stat().st_size > 2:
            answer_book.set_aside(place)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".lab_records")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(_kept([*records, entry]), out, ensure_ascii=False, indent=1)
        os.replace(name, place)
    except OSError:
        return False
    return True


def _kept(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the newest records, and the last one of each lab that would fall out."""
    newest = records[-MOST:]
    have = {r.get("lab") for r in newest if isinstance(r.get("lab"), str)}
    saved: dict[str, dict[str, Any]] = {}
    for record in records[:-MOST]:
        lab = record.get("lab")
        if isinstance(lab, str) and lab not in have:
            saved[lab] = record
    return [*saved.values(), *newest]
