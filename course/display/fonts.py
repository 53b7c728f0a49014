"""Letters that the reader's system may lack, out of installed font packages.

Pages use the reader's own system font. Where a page shows Hangul, Japanese, Arabic or
Persian, or Hebrew, it carries the few letters it needs as a small subset, first in the
list of fonts and for these letters only, so that no reader sees boxes. Charts get the same
fonts through matplotlib.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import logging
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

FAMILY = "Kit Script"
MOST_LETTERS = 700  # above this a subset is heavier than it is worth; the system font serves

# Script -> (package, file inside it, ranges of letters, range words for CSS)
_SCRIPTS: dict[str, tuple[str, str, tuple[tuple[int, int], ...]]] = {
    "hangul": (
        "koreanize_matplotlib",
        "fonts/NanumGothic.ttf",
        ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7A3)),
    ),
    "japanese": (
        "matplotlib_fontja",
        "fonts/ipaexg.ttf",
        ((0x3000, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF)),
    ),
    "arabic": (
        "fontpkg_noto_sans_arabic",
        "files/NotoSansArabic[wdth,wght].ttf",
        ((0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)),
    ),
    "hebrew": (
        "matplotlib",
        "mpl-data/fonts/ttf/DejaVuSans.ttf",
        ((0x0590, 0x05FF), (0xFB1D, 0xFB4F)),
    ),
}


def path(script: str) -> Path | None:
    """Return the font file for a script, None when its package is not installed."""
    package, name, _ = _SCRIPTS[script]
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    file = Path(next(iter(found.submodule_search_locations))) / name
    return file if file.is_file() else None


def face_ranges() -> dict[str, str]:
    """Return script -> its letters as CSS writes a ``unicode-range``, for whole font files."""
    return {
        script: ", ".join(f"U+{low:04X}-{high:04X}" for low, high in ranges)
        for script, (_, _, ranges) in _SCRIPTS.items()
    }


def scripts_of(texts: Iterable[str]) -> dict[str, set[int]]:
    """Return the letters of each special script that occur in some texts.

    Examples
    --------
    >>> sorted(scripts_of(["Gangnam 강남"]))
    ['hangul']
    """
    found: dict[str, set[int]] = {}
    letters = {ord(c) for c in set().union(*texts) if ord(c) > 0x058F}
    for script, (_, _, ranges) in _SCRIPTS.items():
        hits = {c for c in letters if any(low <= c <= high for low, high in ranges)}
        if hits:
            found[script] = hits
    return found


@lru_cache(maxsize=64)
def _subset(script: str, letters: frozenset[int]) -> str | None:
    """Return a web font with these letters as base64, None when it cannot be made."""
    file = path(script)
    if file is None:
        return None
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    font = TTFont(file, lazy=True)
    wanted = subset.Options(layout_features=["*"], notdef_outline=True, name_IDs=[1, 2])
    worker = subset.Subsetter(wanted)
    # joined scripts need space and the joiners beside their letters
    worker.populate(unicodes=letters | {0x20, 0x200C, 0x200D})
    worker.subset(font)
    if "fvar" in font:
        font = instancer.instantiateVariableFont(font, {"wght": 400, "wdth": 100})
    font.flavor = "woff"
    out = io.BytesIO()
    font.save(out)
    return base64.b64encode(out.getvalue()).decode()


def face_css(texts: Iterable[str]) -> str:
    """Return ``@font-face`` rules for the special letters in some texts.

    Parameters
    ----------
    texts : iterable of str
        Everything the page shows.

    Returns
    -------
    str
        Rules for the family ``Kit Script``; empty when the texts need none, or when they
        hold more different letters than a page should carry.
    """
    rules = []
    for script, letters in scripts_of(texts).items():
        if len(letters) > MOST_LETTERS:
            continue
        data = _subset(script, frozenset(letters))
        if data:
            # the exact letters: a page holds many figures, and a wider range would let one
            # figure's subset hide the letters of another
            spread = ",".join(f"U+{letter:X}" for letter in sorted(letters))
            rules.append(
                f'@font-face{{font-family:"{FAMILY}";unicode-range:{spread};'
                f"src:url(data:font/woff;base64,{data}) format('woff')}}"
            )
    return "".join(rules)


@lru_cache(maxsize=1)
def chart_families() -> tuple[str, ...]:
    """Make the packages' fonts known to matplotlib and return the list to draw with."""
    from matplotlib import font_manager

    families = ["DejaVu Sans"]
    for script in ("hangul", "japanese", "arabic"):
        file = path(script)
        if file is None:
            continue
        font_manager.fontManager.addfont(str(file))
        families.append(font_manager.FontProperties(fname=str(file)).get_name())
    return tuple(families)
