"""How wide a text is and how many lines it takes, measured before a page is made.

No office program is asked to shrink text: each does it in its own way, and most only once
somebody clicks into the box. Widths are those of Noto Sans and Noto Sans Arabic from
installed packages, which are wider than the fonts the documents name, so that what fits
here fits there. Sizes and widths are in points.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from course.documents.letters import script

LINE = 1.3  # height of a line in parts of the letters' size; set exactly in the document
_BOLD = 1.1
_SAFE = 1.02
_EAST_ASIAN, _EMOJI, _UNKNOWN = 1.0, 1.4, 0.75  # parts of the size
_PACKAGES = {"latin": "fontpkg_noto_sans", "joined": "fontpkg_noto_sans_arabic"}


@lru_cache(maxsize=4)
def _advances(kind: str) -> dict[int, float]:
    """Return the width of each letter of an installed font, in parts of its size."""
    from fontTools.ttLib import TTFont

    spec = find_spec(_PACKAGES[kind])
    folders = list(spec.submodule_search_locations or []) if spec else []
    files = sorted(Path(folders[0], "files").glob("*.ttf")) if folders else []
    upright = [f for f in files if "Italic" not in f.name]
    if not upright:
        return {}
    font = TTFont(upright[0], lazy=True)
    em, widths = font["head"].unitsPerEm, font["hmtx"].metrics
    return {code: widths[name][0] / em for code, name in font.getBestCmap().items()}


@lru_cache(maxsize=20_000)
def _advance(sign: str) -> float:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    kind = script(sign)
    if kind == "hangul":
        return _EAST_ASIAN
    found = _advances("joined" if kind == "joined" else "latin").get(ord(sign))
    if found is not None:
        return found
    return _EMOJI if ord(sign) > 0x1F000 else _UNKNOWN


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of one line of text in points.

    Examples
    --------
    >>> width("Iloilo", 18) < width("Iloilo", 24) < width("Iloilo", 24, bold=True)
    True
    """
    return sum(map(_advance, text)) * size * _SAFE * (_BOLD if bold else 1.0)


def lines(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """Return a text broken into lines of at most ``room`` points.

    Parameters
    ----------
    text : str
        Line ends in it are kept; a word wider than the room is cut.
    room, size : float
        Width of the box and size of the letters.
    bold : bool
        Bold letters are wider.
    """
    found: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        for word in _words(paragraph, room, size, bold):
            long = width(word.rstrip(" "), size, bold=bold)
            if line and used + long > room:
                found.append(line.rstrip(" "))
                line, used = "", 0.0
            line += word
            used += width(word, size, bold=bold)
        found.append(line.rstrip(" "))
    return found


def _words(paragraph: str, room: float, size: float, bold: bool) -> Iterator[str]:
    """Yield words with the blank after them; those wider than a line in pieces."""
    for word in paragraph.replace("\t", " ").split(" "):
        if width(word, size, bold=bold) <= room:
            yield f"{word} "
            continue
        piece, used = "", 0.0
        for sign in word:
            step = width(sign, size, bold=bold)
            if piece and used + step > room:
                yield piece
                piece, used = "", 0.0
            piece, used = piece + sign, used + step
        yield f"{piece} "


def height(
    paragraphs: Sequence[str], room: float, size: float, *, bold: bool = False, gap: float = 0.4
) -> float:
    """Return the height of paragraphs in points; ``gap`` is the space between two, in lines."""
    count = sum(len(lines(p, room, size, bold=bold)) for p in paragraphs)
    return (count + gap * max(len(paragraphs) - 1, 0)) * size * LINE


@dataclass(frozen=True)
class Fitted:
    """Text that fits its box.

    Parameters
    ----------
    size : float
        Size of the letters in points.
    paragraphs : tuple of str
        What stands in the box.
    left : tuple of str
        Whole paragraphs that found no room; for a further page.
    cut : bool
        Whether a paragraph was shortened.
    """

    size: float
    paragraphs: tuple[str, ...]
    left: tuple[str, ...] = ()
    cut: bool = False


def fit(
    paragraphs: Sequence[str],
    room: float,
    high: float,
    *,
    sizes: Sequence[float] = (18, 15, 13),
    bold: bool = False,
    gap: float = 0.4,
    more: str = "…",
    go_on: bool = False,
) -> Fitted:
    """Return paragraphs at the largest size at which all fit, shortened when none does.

    Parameters
    ----------
    paragraphs : sequence of str
        Clean text.
    room, high : float
        The box in points.
    sizes : sequence of float
        Sizes to try, largest first.
    bold, gap
        As in :func:`height`.
    more : str
        What a shortened text ends with, such as "… see the plan, section 2".
    go_on : bool
        Give back whole paragraphs that found no room in place of shortening, as long as
        one fits.
    """
    for size in sizes:
        if height(paragraphs, room, size, bold=bold, gap=gap) <= high:
            return Fitted(size, tuple(paragraphs))
    size = sizes[-1]
    most = int(high / (size * LINE))  # lines that fit, gaps aside
    kept: list[str] = []
    for i, paragraph in enumerate(paragraphs):
        if height([*kept, paragraph], room, size, bold=bold, gap=gap) <= high:
            kept.append(paragraph)
            continue
        if go_on and kept:
            return Fitted(size, tuple(kept), tuple(paragraphs[i:]))
        break
    # make room for the end of the text: shorten the paragraph that did not fit, or the last
    while True:
        rest = paragraphs[len(kept)] if len(kept) < len(paragraphs) else ""
        used = height(kept, room, size, bold=bold, gap=gap) if kept else 0.0
        free = int((high - used) / (size * LINE) - (gap if kept else 0) + 1e-9)
        if free >= 1 or not kept:
            kept.append(shorten(rest, room, size, max(min(free, most), 1), bold=bold, more=more))
            return Fitted(size, tuple(kept), cut=True)
        kept.pop()


def shorten(
    text: str, room: float, size: float, most: int, *, bold: bool = False, more: str = "…"
) -> str:
    """Return a text of at most so many lines, ending with ``more`` where it was cut."""
    broken = lines(text, room, size, bold=bold)
    if len(broken) <= most:
        return text
    if len(lines(more, room, size, bold=bold)) > most:
        more = "…"  # a narrow box has no room to say where the rest stands
    sep = "" if more.startswith("…") else " "
    kept = text[: sum(len(row) + 1 for row in broken[:most])]
    while kept and len(lines(f"{kept}{sep}{more}", room, size, bold=bold)) > most:
        kept = kept[: kept.rfind(" ")] if " " in kept[-40:] else kept[:-1]
    return f"{kept.rstrip(' ,.;:')}{sep}{more}"


def missing_fonts() -> list[str]:
    """Return the packages that widths are taken from and that are not there."""
    return [package for kind, package in _PACKAGES.items() if not _advances(kind)]


def text_of(value: Any) -> str:
    """Return a value of a plan as text: yes and no, no decimals that say nothing."""
    from course.display.numbers import number

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    return str(value)
