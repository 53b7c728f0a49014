"""An answer key whose every number is 918273.64, to be looked for where it must not be."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from grading import answer_key

PLANTED = 918273.64
SENTENCE = "planted sentence nine one eight"


class PlantedKey:
    """The real key with every expected number and one hint replaced."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def expected(self, qid: str, city: Any, draw: Any) -> Any:
        value = self.real.expected(qid, city, draw)
        return PLANTED if isinstance(value, int | float) else value

    def wrong_values(self, qid: str, city: Any, draw: Any) -> list[tuple[Any, str]]:
        return [(PLANTED * 2, SENTENCE)]

    def judge_design(self, qid: str, city: Any, draw: Any, value: Any) -> Any:
        return self.real.judge_design(qid, city, draw, value)


def for_module(module_id: str) -> PlantedKey:
    return PlantedKey(answer_key.for_module(module_id))


# ---- looking for it ------------------------------------------------------------------

# 918273.64 and its digits in any notation: separators, exponent, rounded, other digits
_SEPARATORS = re.compile(
    r"(?<=\d)(?:&nbsp;|&#\d+;|\\u[0-9a-fA-F]{4}|[\s.,'’_\u00a0\u202f\u2009])(?=\d)"
)
_EASTERN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def ways_of_writing(number: float) -> list[str]:
    """Return many ways to write a number, for a check of the search itself."""
    plain = [
        f"{number}", f"{number:,}", f"{number:e}", f"{number:E}", f"{number:.3e}", f"{number:g}",
        f"{number:.10g}", f"{number:_}", f"{int(number)}", f"{int(number):,}", f"{number:.1f}",
        f"{number:,}".replace(",", " "), f"{number:,}".replace(",", "\u202f"),
        f"{number:,}".replace(",", "'"), f"{number:,}".replace(",", "x").replace(".", ",").replace(
            "x", "."), f"{number / 1000}", f"{number * 100:.0f}", float(number).hex(),
        repr(number.as_integer_ratio()), f"{number:,}".replace(",", "&nbsp;"),
    ]  # fmt: skip
    return [*plain, f"{number}".translate(_EASTERN), f"{number}".translate(_ARABIC)]


def holds_key(text: str) -> bool:
    """Say whether the planted number's leading digits stand in a text, however written."""
    text = text.translate({0x6F0 + d: str(d) for d in range(10)})
    text = text.translate({0x660 + d: str(d) for d in range(10)})
    if PLANTED.hex()[:12] in text or str(PLANTED.as_integer_ratio()[0]) in text:
        return True
    bare = _SEPARATORS.sub("", text)
    rounded = re.search(r"9[.,]18[23]\d*\s*(?:[eE×x]\s*(?:10\^?)?\+?0?5)", text)
    return "91827" in bare or bool(rounded)


def files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


def texts(path: Path) -> list[str]:
    """Return the text of a file, of a zip each member."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return [archive.read(n).decode("utf-8", "replace") for n in archive.namelist()]
    return [path.read_bytes().decode("utf-8", "replace")]


def found_in(folder: Path) -> list[Path]:
    return [p for p in files(folder) if any(holds_key(t) for t in texts(p))]
