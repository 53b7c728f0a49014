"""A demand model as one file of the cache: arrays only, nothing that could run."""

from __future__ import annotations

import os
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from course.city.synthesis.demand import DemandModel

_TEXTS = ("point_ids", "route_ids", "route_modes")


def write_model(model: DemandModel, path: Path) -> None:
    """Keep a model on disk; a full or read-only disk only costs time, so it is no error."""
    arrays = {
        f.name: np.array(getattr(model, f.name))
        for f in fields(model) if f.name not in _TEXTS and f.name != "city_id"
    }  # fmt: skip
    for name in _TEXTS:
        text = "\n".join(t.replace("\\", "\\\\").replace("\n", "\\n") for t in getattr(model, name))
        arrays[name] = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    arrays["city_id"] = np.frombuffer(model.city_id.encode("utf-8"), dtype=np.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
        os.replace(beside, path)
    except OSError:
        return


def read_model(path: Path) -> DemandModel | None:
    """Return a kept model, None if there is none or it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            values: dict[str, Any] = {name: kept[name] for name in kept.files}
        for name in _TEXTS:
            lines = values[name].tobytes().decode("utf-8").split("\n")
            values[name] = [t.replace("\\n", "\n").replace("\\\\", "\\") for t in lines]
        values["city_id"] = values["city_id"].tobytes().decode("utf-8")
        return DemandModel(**values)
    except Exception:  # any damage has the same remedy: build it again
        return None
