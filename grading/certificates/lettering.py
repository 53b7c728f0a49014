"""Letters for the page: fonts out of installed packages, and whether they have each letter.

The machine's own fonts are never used: a certificate looks the same on every host, and a
name with a letter that no font has is refused with a sentence instead of drawn as a box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from course.display import fonts
from course.errors import CourseError

# Package and file of each font, in the order in which a letter is looked for.
_LATIN = ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf")
_LAST = ("matplotlib", "mpl-data/fonts/ttf/DejaVuSans.ttf")
_SCRIPTS = ("arabic", "hangul", "japanese")
JOINERS = "\u200c\u200d"  # they shape Persian and other letters and have no picture


def _file(package: str, name: str) -> Path | None:
    import importlib.util

    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    file = Path(next(iter(found.submodule_search_locations))) / name
    return file if file.is_file() else None


@lru_cache(maxsize=1)
def files() -> tuple[Path, ...]:
    """Return the font files, first choice first.

    Raises
    ------
    CourseError
        The package with the Latin letters is not installed.
    """
    found = [_file(*_LATIN), *(fonts.path(script) for script in _SCRIPTS), _file(*_LAST)]
    if found[0] is None:
        raise CourseError(
            "The font package fontpkg-noto-sans is not installed.",
            "Install the host's requirements: pip install -r requirements-host.lock.",
        )
    return tuple(path for path in found if path is not None)


@lru_cache(maxsize=1)
def _covered() -> tuple[tuple[str, frozenset[int]], ...]:
    """Return family name and letters of each font."""
    from fontTools.ttLib import TTFont

    found = []
    for path in files():
        with TTFont(path, lazy=True) as font:
            family = font["name"].getBestFamilyName()
            found.append((str(family), frozenset(font.getBestCmap())))
    return tuple(found)


def families() -> tuple[str, ...]:
    """Return the names of the fonts, first choice first."""
    return tuple(name for name, _ in _covered())


@lru_cache(maxsize=1)
def book() -> Any:
    """Return the fonts as the typesetter takes them: these files and no others."""
    import typst

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=sorted({str(path.parent) for path in files()}),
    )


def clusters(text: str) -> list[str]:
    """Return a text in pieces that one font must draw as a whole: a letter and its marks.

    >>> clusters("aé") == ["a", "é"]
    True
    """
    found: list[str] = []
    for sign in text:
        if found and (unicodedata.combining(sign) or unicodedata.category(sign) == "Mn"):
            found[-1] += sign
        else:
            found.append(sign)
    return found


def missing(text: str) -> list[str]:
    """Return the pieces of a text that no installed font can draw, each once.

    Signs that are no letters at all (control signs, marks that turn the direction of a
    text, private letters) are among them: on a certificate they could only mislead.
    """
    found: list[str] = []
    for piece in clusters(unicodedata.normalize("NFC", text)):
        if piece in JOINERS:
            continue
        points = {ord(sign) for sign in piece if sign not in JOINERS}
        strange = any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
                      for sign in piece if sign not in JOINERS)  # fmt: skip
        if (strange or not any(points <= letters for _, letters in _covered())) and (
            piece not in found
        ):
            found.append(piece)
    return found


def require(texts: Iterable[tuple[str, str]], whose: str) -> None:
    """Refuse texts that cannot be drawn.

    Parameters
    ----------
    texts : iterable of (field, text)
        What the page shows.
    whose : str
        The student id, for the sentence.

    Raises
    ------
    CourseError
        Names the first field with such letters, and the letters by their Unicode names.
    """
    for field, text in texts:
        lost = missing(text)
        if not lost:
            continue
        names = ", ".join(
            f"{_shown(piece)}U+{ord(piece[-1]):04X} "
            f"{unicodedata.name(piece[-1], 'without a name').lower()}"
            for piece in lost[:3]
        )
        raise CourseError(
            f"Certificate for {whose!r}: {field} has letters that no installed font draws: "
            f"{names}.",
            "Write it in letters of another script, or without these signs.",
        )


def _shown(piece: str) -> str:
    return f"{piece} " if piece.isprintable() else ""


def direction(text: str) -> str:
    """Return ``rtl`` where the first letter with a direction runs to the left, else ``ltr``.

    >>> direction("12 علی"), direction("Ali علی"), direction("")
    ('rtl', 'ltr', 'ltr')
    """
    for sign in text:
        kind = unicodedata.bidirectional(sign)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def language(text: str) -> str:
    """Return the language code to read a text aloud by, told from its letters.

    >>> language("홍길동"), language("علی"), language("Ana")
    ('ko', 'fa', 'en')
    """
    found = fonts.scripts_of([text])
    if "hangul" in found:
        return "ko"
    if "arabic" in found:
        return "fa" if set(text) & set("پچژگکی") else "ar"
    return "he" if "hebrew" in found else "ja" if "japanese" in found else "en"
