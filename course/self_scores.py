"""What a trainee's own computer scored: a small file beside the notebook.

``python3 -m grading self`` writes it. It counts where there is no host: on the home page
of somebody who learns alone, and in the unsigned statement. No certificate reads it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from course import identity, whole_files
from course.untrusted_json import read_json, short_text

FILE = "self_score.json"
MAX_BYTES = 10_000


@dataclass(frozen=True)
class OwnScore:
    """Points of one module by the trainee's own computer.

    Attributes
    ----------
    module, trainee, city, time : str
        Of which module, by whom, on which city, when (ISO time).
    core, extra, points, of : float
        Points of core questions, of extra ones, of all, and what could be had.
    """

    module: str
    trainee: str
    core: float
    extra: float
    points: float
    of: float
    city: str = ""
    time: str = ""


def write(folder: Path, score: OwnScore) -> Path:
    """Write a score beside the notebook; the one before is replaced."""
    text = json.dumps(asdict(score), ensure_ascii=False, indent=1)
    return whole_files.write(folder / FILE, text)


def read(folder: Path, *, trainee: str = "") -> OwnScore | None:
    """Return the score of a module's folder, None where none can be read.

    Parameters
    ----------
    folder : Path
        The module's folder in the workspace.
    trainee : str
        A score of somebody else does not count.
    """
    raw: Any = read_json(folder / FILE, most=MAX_BYTES)
    if not isinstance(raw, dict):
        return None
    numbers = {n: raw.get(n) for n in ("core", "extra", "points", "of")}
    if not all(_is_amount(v) for v in numbers.values()):
        return None
    words = {n: short_text(raw.get(n)) for n in ("module", "trainee", "city", "time")}
    if trainee and identity.clean_name(words["trainee"]) != identity.clean_name(trainee):
        return None
    return OwnScore(**words, **numbers)


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6
