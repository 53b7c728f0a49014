"""Letters for a page that is printed: Noto Sans, Hangul, Persian, out of installed packages."""

from __future__ import annotations

import base64
import importlib.util
import io
import logging
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from course.display import fonts

FAMILY = "Kit Text"
# "Kit Script" is the family of `course.display.fonts`, for the letters Noto Sans lacks.
STACK = f'"{FAMILY}", "{fonts.FAMILY}", system-ui, sans-serif'
_WEIGHTS = (400, 600)
_ALWAYS = "0123456789/ "  # the page numbers, which stand in no text


def faces(texts: Iterable[str]) -> str:
    """Return ``@font-face`` rules for all letters of some texts.

    Parameters
    ----------
    texts : iterable of str
        Everything the page shows.

    Returns
    -------
    str
        Rules for two families, `STACK` names both. A letter that no installed font has is
        left to the reader's system.
    """
    texts = list(texts)
    letters = frozenset(ord(c) for text in (*texts, _ALWAYS) for c in text if c.isprintable())
    rules = []
    for weight in _WEIGHTS:
        data = _subset(letters, weight)
        if data:
            rules.append(
                f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};'
                f"src:url(data:font/woff;base64,{data}) format('woff')}}"
            )
    return "".join(rules) + fonts.face_css(texts)


def noto_sans() -> Path | None:
    """Return the file of the variable font Noto Sans, None when it is not installed."""
    found = importlib.util.find_spec("fontpkg_noto_sans")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations))) / "files"
    upright = [p for p in sorted(folder.glob("NotoSans*.ttf")) if "Italic" not in p.name]
    return upright[0] if upright else None


@lru_cache(maxsize=16)
def _subset(letters: frozenset[int], weight: int) -> str | None:
    file = noto_sans()
    if file is None:
        return None
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    font = TTFont(file, lazy=True)
    wanted = subset.Options(layout_features=["*"], notdef_outline=True, name_IDs=[1, 2, 4, 6])
    worker = subset.Subsetter(wanted)
    worker.populate(unicodes=letters | {0x20})
    worker.subset(font)
    if "fvar" in font:
        axes = {axis.axisTag for axis in font["fvar"].axes}
        place = {"wght": weight, "wdth": 100}
        font = instancer.instantiateVariableFont(
            font, {k: v for k, v in place.items() if k in axes}
        )
    font.flavor = "woff"
    out = io.BytesIO()
    font.save(out)
    return base64.b64encode(out.getvalue()).decode()
