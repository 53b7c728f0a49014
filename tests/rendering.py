"""Is a document fit to be shown: nothing outside its place, no letter without a glyph.

The shared check of Word files, slides and PDF. A document is drawn by LibreOffice with the
fonts of installed packages (:mod:`tests.rendering_office`); then its words and their boxes
are compared with the page, and for slides with the shape that holds them. Each function
returns sentences; an empty list is a good page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.rendering_office import pictures_of, to_pdf, to_pdfs, tool
from tests.rendering_pdf import Page, Run, Word, not_embedded, pages_of, undrawn

__all__ = ["Page", "Run", "Word", "drawn_text", "missing_glyphs", "overflowing", "pages_of",
           "pictures_of", "to_pdf", "to_pdfs", "tool"]  # fmt: skip

PACKAGED = ("NotoSans", "NanumGothic", "IPAexGothic", "DejaVuSans")
_SLACK = 1.5  # points; rounding of one format into the other
# Fonts draw a joined letter as a bare body and its dots; the body stands for all its letters.
_BODIES = (
    "بپتثنیيئىۀ",
    "جچحخ",
    "دذ",
    "رزژ",
    "سش",
    "صض",
    "طظ",
    "عغ",
    "فق",
    "کگك",
    "اأإآٱ",
    "وؤ",
    "هة",
)
_SKELETON = str.maketrans({c: body[0] for body in _BODIES for c in body})
Box = tuple[float, float, float, float]


def overflowing(file: Path, *, pdf: Path | None = None) -> list[str]:
    """Say what stands outside its place or over other words.

    Parameters
    ----------
    file : Path
        A PDF, a Word file or slides.
    pdf : Path, optional
        The same document as PDF, when it was converted before.

    Returns
    -------
    list of str
        One sentence per fault, naming page and words.
    """
    file = Path(file)
    if pdf is None:
        pdf = file if file.suffix == ".pdf" else to_pdf(file, file.parent / "rendered")
    pages = pages_of(pdf)
    found = [fault for page in pages for fault in _page_faults(page)]
    if file.suffix == ".pptx":
        found += _slide_faults(file, pages)
    elif file.suffix == ".docx":
        found += _lost_words(file, pages)
    return found


def missing_glyphs(
    pdf: Path,
    expected_texts: Iterable[str] = (),
    *,
    fonts: Sequence[str] = PACKAGED,
    but: str = "",
) -> list[str]:
    """Say which letters of a PDF are not drawn, and which texts are not there.

    Parameters
    ----------
    pdf : Path
        A PDF.
    expected_texts : iterable of str
        Texts that must stand in it, in any script.
    fonts : sequence of str
        How names of allowed fonts begin; another font was taken from the machine.
    but : str
        Letters that may be missing, such as emoji a trainee typed.

    Returns
    -------
    list of str
        One sentence per fault.
    """
    pdf = Path(pdf)
    found = [
        f"page {page}: {letter!r} has no glyph in {font}"
        for page, letter, font in undrawn(pdf)
        if not letter or any(c not in but for c in letter)
    ]
    found += [f"{name} is named and not embedded" for name in not_embedded(pdf)]
    pages = pages_of(pdf)
    strange = {f for p in pages for f in p.fonts if f and not f.startswith(tuple(fonts))}
    found += [f"{name} is no font of an installed package" for name in sorted(strange)]
    for page in pages:
        if "\ufffd" in page.text:
            found.append(f"page {page.number}: a replacement character")
    drawn = drawn_text(pdf)
    found += [f"not drawn: {t!r}" for t in expected_texts if not _stands_in(t, drawn)]
    return found


def drawn_text(pdf: Path) -> str:
    """Return all text of a PDF in the order drawn, without spaces and compatibility forms."""
    return "".join(_squash(run.text) for page in pages_of(pdf) for run in page.runs)


def _squash(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    # pictures among the letters are drawn by the reader's machine, if at all
    kept = (c for c in plain if not c.isspace() and ord(c) < 0x1F000)
    return "".join(c for c in kept if unicodedata.category(c) != "Cf")


@lru_cache(maxsize=4)
def _bare(drawn: str) -> frozenset[str]:
    return frozenset(drawn.translate(_SKELETON))


def _right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


def _stands_in(text: str, drawn: str) -> bool:
    """Say whether a text was drawn; of a joined script, whether all its letters were."""
    wanted = _squash(text)
    if not _right_to_left(text):
        return wanted in drawn
    bare = _bare(drawn)
    return all(c in bare for c in wanted.translate(_SKELETON) if unicodedata.category(c)[0] == "L")


def _page_faults(page: Page) -> Iterator[str]:
    left, bottom, right, top = page.crop
    for run in page.runs:
        if not (left - _SLACK <= run.x <= right and bottom <= run.y <= top):
            yield f"page {page.number}: {run.text.strip()[:40]!r} is drawn outside the page"
    for word in page.words:
        if word.x1 > right - left + _SLACK or word.x0 < -_SLACK:
            yield f"page {page.number}: {word.text!r} runs over the edge of the page"
    for a, b in combinations(sorted(page.words, key=lambda w: w.y0), 2):
        if b.y0 >= a.y1:
            continue
        if _overlap(_core(a), _core(b)):
            yield f"page {page.number}: {a.text!r} and {b.text!r} lie over each other"
    if not page.words and not page.images:
        yield f"page {page.number}: is empty"


def _core(word: Word) -> Box:
    """Return the middle of a word's box: ascent and descent of two lines may touch."""
    high = word.y1 - word.y0
    wide = word.x1 - word.x0
    return (word.x0 + 0.12 * wide, word.y0 + 0.34 * high,
            word.x1 - 0.12 * wide, word.y1 - 0.34 * high)  # fmt: skip


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _slide_faults(file: Path, pages: Sequence[Page]) -> Iterator[str]:
    from pptx import Presentation

    deck = Presentation(str(file))
    if len(deck.slides) != len(pages):
        yield f"{len(deck.slides)} slides became {len(pages)} pages"
        return
    for number, (slide, page) in enumerate(zip(deck.slides, pages, strict=True), start=1):
        regions = list(_regions(slide.shapes, number))
        for name, box, text, fits in regions:
            if fits:
                yield f"slide {number}: {name} relies on autofit, which only one program does"
            if box[2] > page.width + 1 or box[3] > page.height + 1 or min(box[:2]) < -1:
                yield f"slide {number}: {name} reaches over the slide"
            drawn = "".join(_squash(r.text) for r in page.runs)
            for token in text.split():
                if not _stands_in(token, drawn):
                    yield f"slide {number}: {token[:40]!r} of {name} is not drawn"
        strays: list[str] = []
        for word in page.words:
            own = [box for _, box, text, _ in regions if _squash(word.text) in _squash(text)]
            spots = own or [box for _, box, _, _ in regions]
            if spots and not any(_inside(word, box) for box in spots):
                strays.append(word.text)
        if strays:
            yield f"slide {number}: outside its box: {' '.join(strays)[:80]!r}"


def _inside(word: Word, box: Box) -> bool:
    slack = (word.y1 - word.y0) * 0.22  # the box of a word has room for accents
    return (word.x0 >= box[0] - _SLACK and word.x1 <= box[2] + _SLACK
            and word.y0 >= box[1] - slack and word.y1 <= box[3] + slack)  # fmt: skip


def _regions(shapes: Any, number: int) -> Iterator[tuple[str, Box, str, bool]]:
    """Return name, box in points, text and whether autofit is asked for, of shapes with text."""
    from pptx.enum.text import MSO_AUTO_SIZE
    from pptx.util import Emu

    for shape in shapes:
        sides = (shape.left, shape.top, shape.left + shape.width, shape.top + shape.height)
        box = tuple(Emu(side).pt for side in sides)
        if shape.has_text_frame and shape.text_frame.text.strip():
            auto = shape.text_frame.auto_size
            fits = auto in (MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE, MSO_AUTO_SIZE.SHAPE_TO_FIT_TEXT)
            # a number of the page stands in the file as a sign
            yield shape.name, box, shape.text_frame.text.replace("‹#›", str(number)), fits
        elif getattr(shape, "has_table", False) and shape.has_table:
            cells = [c.text_frame.text for row in shape.table.rows for c in row.cells]
            yield shape.name, box, "\n".join(cells), False


def _lost_words(file: Path, pages: Sequence[Page]) -> Iterator[str]:
    """Say which words of a Word file's body were not drawn (clipped in a row of fixed height)."""
    from docx import Document
    from docx.oxml.ns import qn

    drawn = "".join(_squash(r.text) for p in pages for r in p.runs)
    body = Document(str(file)).element.body
    for paragraph in body.iter(qn("w:p")):
        text = "".join(t.text or "" for t in paragraph.iter(qn("w:t")))
        for token in text.split():
            # a word longer than a line is cut by lines and pages
            pieces = [token[i : i + 24] for i in range(0, len(token), 24)]
            lost = sum(not _stands_in(piece, drawn) for piece in pieces)
            if lost > (len(pages) if len(pieces) > 3 else 0):
                yield f"{token[:40]!r} of {text[:40]!r} is not drawn"
                break
