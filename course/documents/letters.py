"""Text as a document may hold it: clean signs, direction, and the font of each script.

People type anything. What no XML file may hold is taken out, and so are the signs that turn
the reading order around unseen (a name must not be able to reverse the line after it). What
remains is written as plain text: ``=HYPERLINK(...)`` and ``<script>`` stay words.

Documents are opened on other machines: fonts are named that every office program has or
replaces by one of the same widths, and one for each script.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

LATIN = "Arial"  # with Persian and Arabic letters too
HANGUL = "Malgun Gothic"
JOINED = "Arial"
LANGUAGES = {"latin": "en-GB", "hangul": "ko-KR", "joined": "fa-IR"}

# embeddings, overrides and isolates; ZWNJ and ZWJ stay, Persian is spelt with them
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C])
_SPACES = re.compile(r"[^\S\n]+")


def clean(text: object, *, lines: bool = False) -> str:
    r"""Return text that any document may hold.

    Parameters
    ----------
    text : object
        Anything; None gives an empty text.
    lines : bool
        Keep line ends; else they become spaces.

    Examples
    --------
    >>> clean(" Jaro \x00\u202e to\n Molo ")
    'Jaro to Molo'
    """
    if text is None:
        return ""
    plain = unicodedata.normalize("NFC", str(text).replace("\r\n", "\n").replace("\r", "\n"))
    plain = plain.replace("\u2028", "\n").replace("\u2029", "\n").translate(_TURNS)
    kept = "".join(c for c in plain if _may_stand(c))
    if not lines:
        return " ".join(kept.split())
    rows = (_SPACES.sub(" ", row).strip() for row in kept.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip()


def _may_stand(sign: str) -> bool:
    """Say whether XML 1.0 and a printed page may hold a sign."""
    if sign in "\n\t":
        return True
    code = ord(sign)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return False
    return unicodedata.category(sign) not in ("Cc", "Cs") and not 0xE0000 <= code <= 0xE007F


def right_to_left(text: str) -> bool:
    """Say whether a paragraph reads from the right: by its first letter that has a direction.

    Examples
    --------
    >>> right_to_left("2026 برنامه"), right_to_left("Plan برنامه")
    (True, False)
    """
    for sign in text:
        kind = unicodedata.bidirectional(sign)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False


def inside(text: str) -> str:
    """Return a text that keeps to itself in a line of ours that reads from the left.

    A name in Persian letters would draw the numbers after it to its other side; a mark
    without width before and after it ends that.
    """
    return f"\u200e{text}\u200e" if any(map(_from_right, text)) else text


def _from_right(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in ("R", "AL")


def script(sign: str) -> str:
    """Return ``latin``, ``hangul`` (all of East Asia) or ``joined``; empty for neutral signs."""
    if unicodedata.bidirectional(sign) in ("R", "AL", "AN"):
        return "joined"
    code = ord(sign)
    if 0x1100 <= code <= 0x11FF or 0x2E80 <= code <= 0xD7FF or 0xF900 <= code <= 0xFAFF:
        return "hangul"
    if 0xFF00 <= code <= 0xFFEF or 0x20000 <= code <= 0x3FFFF:
        return "hangul"
    if unicodedata.category(sign)[0] in "LN":
        return "latin"
    return "joined" if code in (0x200C, 0x200D) else ""


def runs(text: str) -> list[tuple[str, str]]:
    """Return a text as pieces of one script each.

    Parameters
    ----------
    text : str
        A paragraph; neutral signs go with the piece before them.

    Returns
    -------
    list of (str, str)
        Piece and its script; joined again they are the text.

    Examples
    --------
    >>> runs("Gangnam 강남, 2 km")
    [('Gangnam ', 'latin'), ('강남, ', 'hangul'), ('2 km', 'latin')]
    """
    last, kinds = "", []
    for sign in text:
        last = script(sign) or last
        kinds.append(last)
    first = next((k for k in kinds if k), "latin")
    pieces = itertools.groupby(zip(text, kinds, strict=True), key=lambda pair: pair[1] or first)
    return [("".join(sign for sign, _ in pair), kind) for kind, pair in pieces]
