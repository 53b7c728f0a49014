"""What a PDF page holds: words with boxes, runs with fonts, and glyphs that are missing.

A letter without a glyph is drawn as the font's ``.notdef`` (a box, or nothing), yet the PDF
still says which letter was meant. So the glyph itself is looked at: the outline used for a
letter must not be that of ``.notdef`` and must not be empty.
"""

from __future__ import annotations

import io
import logging
import subprocess
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.rendering_office import tool


@dataclass(frozen=True)
class Word:
    """A word and its box in points from the upper left corner of the page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Run:
    """Text as it was drawn: font, size and start in points from the lower left corner."""

    text: str
    font: str
    size: float
    x: float
    y: float


@dataclass(frozen=True)
class Page:
    """One page: size in points, text, words with boxes, runs in the order drawn."""

    number: int
    width: float
    height: float
    text: str
    words: tuple[Word, ...]
    runs: tuple[Run, ...]
    crop: tuple[float, float, float, float]  # left, bottom, right, top
    images: int

    @property
    def fonts(self) -> tuple[str, ...]:
        """Return the fonts of the page, without the letters that mark a subset."""
        return tuple(sorted({r.font for r in self.runs}))


def pages_of(pdf: Path) -> list[Page]:
    """Return the pages of a PDF."""
    return list(_pages(Path(pdf), Path(pdf).stat().st_mtime_ns))


@lru_cache(maxsize=64)
def _pages(pdf: Path, _changed: int) -> tuple[Page, ...]:
    from pypdf import PdfReader

    words = _words(pdf)
    found = []
    for i, page in enumerate(PdfReader(pdf).pages):
        runs: list[Run] = []

        def seen(text: str, cm: Any, tm: Any, font: Any, size: float, runs: Any = runs) -> None:
            if text.strip():
                x, y = _spot(cm, tm)
                runs.append(Run(text, plain_name(font), float(size or 0), x, y))

        text = page.extract_text(visitor_text=seen)
        box, crop = page.mediabox, page.cropbox
        images = sum(
            1 for o in (page.get("/Resources") or {}).get("/XObject", {}).values()
            if o.get_object().get("/Subtype") == "/Image"
        )  # fmt: skip
        found.append(
            Page(i + 1, float(box.width), float(box.height), text, words[i], tuple(runs),
                 tuple(float(v) for v in crop), images)
        )  # fmt: skip
    return tuple(found)


def plain_name(font: Any) -> str:
    """Return a font's name without the subset's letters."""
    name = str((font or {}).get("/BaseFont", "")).lstrip("/")
    return name.split("+", 1)[-1]


def _spot(cm: Any, tm: Any) -> tuple[float, float]:
    x, y = tm[4], tm[5]
    return cm[0] * x + cm[2] * y + cm[4], cm[1] * x + cm[3] * y + cm[5]


def _words(pdf: Path) -> list[tuple[Word, ...]]:
    done = subprocess.run(
        [tool("pdftotext"), "-bbox", str(pdf), "-"], capture_output=True, check=True
    )
    # a PDF may hold control characters that no XML may
    text = "".join(c for c in done.stdout.decode("utf-8", "replace") if c >= " " or c == "\n")
    root = ElementTree.fromstring(text)
    tag = "{http://www.w3.org/1999/xhtml}"
    return [
        tuple(
            Word(w.text or "", *(float(w.get(k, 0)) for k in ("xMin", "yMin", "xMax", "yMax")))
            for w in page.iter(f"{tag}word")
        )
        for page in root.iter(f"{tag}page")
    ]


def undrawn(pdf: Path) -> list[tuple[int, str, str]]:
    """Return page, letter and font of every letter that is drawn without a glyph."""
    from pypdf import PdfReader

    found: dict[tuple[int, str, str], None] = {}
    for number, page in enumerate(PdfReader(pdf).pages, start=1):
        fonts = {n: f.get_object() for n, f in _fonts(page).items()}
        bad = {n: _bad_codes(f) for n, f in fonts.items()}
        for name, code in _codes(page, fonts):
            letter = bad.get(name, {}).get(code)
            if letter is not None:
                found[number, letter, plain_name(fonts[name])] = None
    return list(found)


def not_embedded(pdf: Path) -> list[str]:
    """Return the fonts that a PDF names and does not hold."""
    from pypdf import PdfReader

    names = set()
    for page in PdfReader(pdf).pages:
        for font in _fonts(page).values():
            if font.get_object().get("/Subtype") != "/Type3" and _program(font) is None:
                names.add(plain_name(font.get_object()))
    return sorted(names)


def _fonts(page: Any) -> dict[str, Any]:
    resources = page.get("/Resources")
    fonts = resources.get_object().get("/Font", {}) if resources else {}
    return dict(fonts.get_object() if hasattr(fonts, "get_object") else fonts)


def _program(font: Any) -> tuple[str, bytes] | None:
    font = font.get_object()
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    told = inner.get("/FontDescriptor")
    for key in ("/FontFile2", "/FontFile3"):
        if told and key in told.get_object():
            stream = told.get_object()[key].get_object()
            return str(stream.get("/Subtype", key)), stream.get_data()
    return None


def _codes(page: Any, fonts: dict[str, Any]) -> list[tuple[str, int]]:
    """Return font and code of every glyph that a page's own content draws."""
    from pypdf.generic import ContentStream

    content = page.get_contents()
    if content is None:
        return []
    current, found = "", []
    for operands, operator in ContentStream(content, page.pdf).operations:
        if operator == b"Tf":
            current = str(operands[0])
        strings = operands[0] if operator == b"TJ" else operands[-1:]
        if operator in (b"Tj", b"TJ", b"'", b'"') and current in fonts:
            wide = "/DescendantFonts" in fonts[current]
            for item in strings:
                raw = _raw(item)
                step = 2 if wide else 1
                found += [
                    (current, int.from_bytes(raw[i : i + step], "big"))
                    for i in range(0, len(raw), step)
                ]
    return found


def _raw(item: Any) -> bytes:
    from pypdf.generic import ByteStringObject, TextStringObject

    if isinstance(item, ByteStringObject):
        return bytes(item)
    return item.original_bytes if isinstance(item, TextStringObject) else b""


def _bad_codes(font: Any) -> dict[int, str]:
    """Return code -> letter for codes whose glyph is ``.notdef`` or empty ink."""
    given = _program(font)
    if given is None:
        return {}
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # subsets have odd dates
    wide = "/DescendantFonts" in font
    outlines = _outlines(*given, wide=wide)
    letters = _letters(font)
    bad: dict[int, str] = {}
    for code in set(letters) | ({0} if wide else set()):
        drawn = outlines.get(code)
        letter = letters.get(code, "")
        inked = any(unicodedata.category(c)[0] not in "ZC" for c in letter)
        # U+FFFD etc. stand for "no letter known": dots of joined scripts are drawn so
        lost = wide and code == 0
        lost |= inked and drawn is not None and drawn in (outlines.get(None), "")
        if lost:
            bad[code] = letter or "(no letter)"
    return bad


def _letters(font: Any) -> dict[int, str]:
    """Return code -> text by the font's own table of letters."""
    from pypdf._cmap import get_encoding

    if "/ToUnicode" not in font:
        return {}
    try:
        _, table = get_encoding(font)
    except Exception:
        return {}
    return {
        (ord(k) if len(k) == 1 else int.from_bytes(k.encode("utf-16-be"), "big")): v
        for k, v in table.items()
        if isinstance(k, str) and k
    }


def _outlines(kind: str, data: bytes, *, wide: bool = False) -> dict[int | None, str]:
    """Return code -> outline of a subset font; ``None`` is its ``.notdef``."""
    from fontTools.pens.recordingPen import RecordingPen
    from fontTools.ttLib import TTFont

    if kind not in ("/FontFile2", "/OpenType"):
        from fontTools.cffLib import CFFFontSet

        fonts = CFFFontSet()
        fonts.decompile(io.BytesIO(data), None)
        top = fonts[0]
        glyphs, order = top.CharStrings, top.charset
        by_code: dict[int, str] = dict(enumerate(order))
    else:
        font = TTFont(io.BytesIO(data), lazy=True)
        glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
        by_code = dict(enumerate(order))
        if "cmap" in font and not wide:  # a wide font is asked by the glyph's own number
            for table in font["cmap"].tables:
                by_code |= {k & 0xFF: v for k, v in table.cmap.items()}
    outlines: dict[int | None, str] = {}
    for code, name in [(None, order[0]), *by_code.items()]:
        pen = RecordingPen()
        try:
            glyphs[name].draw(pen)
        except Exception:
            continue
        outlines[code] = str(pen.value) if pen.value else ""
    return outlines
