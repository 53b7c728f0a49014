"""A fare summary as one file: arrays and a description, nothing that could run."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import CourseError
from course.transport.fare_grid import Grid
from course.transport.fare_policy import FarePolicy
from course.transport.journey_kinds import Cells, Kinds

if TYPE_CHECKING:
    from course.transport.fare_summary import FareSummary

_ARRAYS = {"start": np.int64, "code": np.uint64, "who": np.uint8, "old": np.int64}
_CELLS = {"begin": np.int64, "kind": np.int32, "count": np.int64}


def save_summary(summary: FareSummary, path: str | Path) -> Path:
    """Write a summary beside its place and put it there in one step.

    Parameters
    ----------
    summary : FareSummary
        What to write.
    path : path
        A file name; ``.npz`` is added where it has no ending.

    Returns
    -------
    Path
        The file. The same summary gives the same bytes.
    """
    from course.city.storage import replace_bytes

    path = Path(path)
    path = path if path.suffix else path.with_suffix(".npz")
    fine = summary.fine
    about = {
        "rides": summary.rides,
        "today": summary.today.to_dict(),
        "grid": summary.grid.to_dict(),
        "zone_ids": list(summary.zone_ids),
        "source": summary.source,
        "cells": list(fine.cells),
    }
    arrays: dict[str, np.ndarray] = {
        "about": np.frombuffer(json.dumps(about, sort_keys=True).encode("utf-8"), dtype=np.uint8)
    }
    arrays |= {name: getattr(fine, name) for name in _ARRAYS}
    for group, cells in fine.cells.items():
        arrays |= {f"{group}.{name}": getattr(cells, name) for name in _CELLS}
    sink = io.BytesIO()
    np.savez_compressed(sink, **arrays)
    replace_bytes(path, sink.getvalue())
    return path


def load_summary(path: str | Path) -> FareSummary:
    """Read a summary written by `save_summary`.

    Raises
    ------
    CourseError
        If the file is missing, damaged, or of other rules than these.
    """
    from course.transport.fare_summary import RULES, FareSummary

    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as kept:
            about: dict[str, Any] = json.loads(kept["about"].tobytes().decode("utf-8"))
            if about["source"].get("rules") != RULES:
                raise CourseError(
                    f"{path.name} is a fare summary of other rules than this course has.",
                    "Make it again from the rides.",
                )
            cells = {
                group: Cells(**{n: kept[f"{group}.{n}"].astype(t) for n, t in _CELLS.items()})
                for group in about["cells"]
            }
            fine = Kinds(**{n: kept[n].astype(t) for n, t in _ARRAYS.items()}, cells=cells)
        _check(fine)
        return FareSummary(
            today=FarePolicy.from_dict(about["today"]),
            grid=Grid.from_dict(about["grid"]),
            zone_ids=tuple(about["zone_ids"]),
            rides=int(about["rides"]),
            fine=fine,
            source=about["source"],
        )
    except FileNotFoundError:
        raise CourseError(f"{path} is missing.", "Check the path of the summary.") from None
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise CourseError(
            f"{path.name} is no whole fare summary ({type(error).__name__}).",
            "Make it again from the rides.",
        ) from None


def _check(kinds: Kinds) -> None:
    """Refuse arrays that do not fit together: compiled loops would read beside them."""
    n = len(kinds.who)
    sound = (
        len(kinds.start) == n + 1
        and kinds.start[0] == 0
        and bool((np.diff(kinds.start) > 0).all())
        and kinds.start[-1] == len(kinds.code)
        and len(kinds.old) == n
        and (n == 0 or int(kinds.who.max()) < 28)
        and bool((((kinds.code >> np.uint64(6)) & np.uint64(15)) < 14).all())
    )
    for cells in kinds.cells.values():
        sound = (
            sound
            and len(cells.begin) > 1
            and cells.begin[0] == 0
            and bool((np.diff(cells.begin) >= 0).all())
            and cells.begin[-1] == len(cells.kind) == len(cells.count)
            and bool(((cells.kind >= 0) & (cells.kind < n)).all())
            and bool((cells.count > 0).all())
        )
    if not sound:
        raise ValueError("the arrays do not fit together")
