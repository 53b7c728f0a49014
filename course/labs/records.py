"""A lab leaves a record beside the notebook: which lab, which settings, when.

Only what a person changed is written, once per rest of the hand. A file that cannot be
read is kept under another name, and a folder that cannot be written stops nothing.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = "lab_records.json"
MOST = 500  # the newest are kept


def read(folder: Path | None = None) -> list[dict[str, Any]]:
    """Return the records of a folder, oldest first; none when there is no readable file."""
    try:
        found = json.loads(((folder or Path.cwd()) / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []


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
        Where the notebook is; the current folder when absent.

    Returns
    -------
    bool
        Whether it was written. The same setting as the last record is not written again.
    """
    place = (folder or Path.cwd()) / FILE
    records = read(place.parent)
    entry = {"lab": lab_id, "city": city, "setting": dict(setting), "chosen": chosen}
    if records and all(records[-1].get(k) == v for k, v in entry.items()):
        return False
    entry["time"] = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        if place.exists() and not records and place.stat().st_size > 2:
            os.replace(place, place.with_suffix(".unreadable.json"))
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".lab_records")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump([*records, entry][-MOST:], out, ensure_ascii=False, indent=1)
        os.replace(name, place)
    except OSError:
        return False
    return True
