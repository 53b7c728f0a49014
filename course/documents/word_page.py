"""A Word file, block by block: real headings, tables whose head repeats, pictures with alt text.

A4, calm margins, the kit's colours. Every run names a font for its script and its language,
a paragraph that begins with a right-to-left letter is one, and no text is ever shortened:
Word has room.
"""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.display import palette
from course.documents import office_file
from course.documents.letters import HANGUL, JOINED, LANGUAGES, LATIN, clean, right_to_left, runs

LIGHT = palette.ROLES["light"]
PAGE_CM, MARGIN_CM = (21.0, 29.7), 2.2
WIDE_CM = PAGE_CM[0] - 2 * MARGIN_CM
SHORT_ROWS, SHORT_SIGNS = 9, 1500  # a table up to here, head and all, is kept on one page
_STYLES = {  # size, bold, colour, space before, space after in points
    "Normal": (11, False, "ink", 0, 6), "Title": (24, True, "ink", 0, 4),
    "Subtitle": (13, False, "ink-2", 0, 14), "Heading 1": (18, True, "ink", 22, 6),
    "Heading 2": (13, True, "ink", 14, 4), "Caption": (9, False, "ink-2", 2, 12),
    "List Number": (11, False, "ink", 0, 3), "Header": (9, True, "badge-ink", 0, 0),
    "Footer": (9, False, "ink-2", 0, 0),
}  # fmt: skip


class WordPage:
    """A Word file in the making.

    Parameters
    ----------
    title, author : str
        Of the file.
    foot : str
        At the foot of every page, before the page number.
    mark : str
        At the head of every page, such as "DRAFT".
    day : date, optional
        Date of the content.
    """

    def __init__(
        self, title: str, *, author: str, foot: str, mark: str = "", day: dt.date | None = None
    ) -> None:
        from docx import Document
        from docx.shared import Cm

        self.title, self.author, self.day = clean(title), clean(author), day
        self._document = Document()
        page = self._document.sections[0]
        page.page_width, page.page_height = (Cm(side) for side in PAGE_CM)
        page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
        _styles(self._document)
        _foot(page, clean(foot))
        if mark:
            _write(page.header.paragraphs[0], clean(mark))

    def heading(self, text: str, level: int = 1) -> None:
        """Add a heading; 0 is the title of the document."""
        style = "Title" if level == 0 else f"Heading {level}"
        _write(self._document.add_paragraph(style=style), clean(text))

    def text(self, text: object, *, style: str = "Normal", open_: str = "") -> None:
        """Add paragraphs, one for each line of the text; ``open_`` stands for an empty one."""
        for line in (clean(text, lines=True) or open_).split("\n"):
            _write(self._document.add_paragraph(style=style), line)

    def label(self, text: str) -> None:
        """Add a small head that stays with the table below it."""
        paragraph = self._document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = True
        _write(paragraph, clean(text))

    def numbered(self, items: Sequence[object]) -> None:
        """Add a short list with numbers that stand in the text."""
        for i, item in enumerate(items, start=1):
            _write(self._document.add_paragraph(style="Normal"), f"{i}. {clean(item)}")

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[object]], shares: Sequence[float] = ()
    ) -> None:
        """Add a table; its head is repeated on each page, and no row breaks over two.

        A short table stays on one page; of a long one no row stands alone.

        Parameters
        ----------
        head : sequence of str
            Words of the columns; empty words give a table without a head.
        rows : sequence of sequence
            Cells.
        shares : sequence of float
            Parts of the width; by the length of the text when absent.
        """
        said = [[clean(cell, lines=True) for cell in row] for row in rows]
        shown = [list(head), *said] if any(head) else said
        shares = shares or _shares(shown)
        tied = _tied(shown)
        grid = self._document.add_table(rows=0, cols=len(head))
        grid.autofit = False
        _table_looks(grid)
        for i, column in enumerate(grid.columns):
            column.width = _cm(shares[i] * WIDE_CM)
        for r, row in enumerate(shown):
            cells = grid.add_row().cells
            is_head = bool(any(head)) and r == 0
            _row_looks(grid.rows[r], head=is_head, long=sum(map(len, row)) > 1200)
            for i, (cell, text) in enumerate(zip(cells, row, strict=True)):
                cell.width = _cm(shares[i] * WIDE_CM)
                first_column = not any(head) and i == 0
                for n, line in enumerate(text.split("\n")):
                    paragraph = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
                    _tight(paragraph)
                    paragraph.paragraph_format.keep_with_next = r in tied
                    _write(paragraph, line, bold=is_head, size=9.5,
                           color="ink-2" if is_head or first_column else "ink")  # fmt: skip
        space = self._document.add_paragraph()
        _tight(space)
        space.paragraph_format.line_spacing = 0.5

    def picture(
        self, png: bytes | Path, *, alt: str, caption: str, most_high_cm: float = 11.5
    ) -> None:
        """Add a picture as wide as the text, with its alt text and a caption."""
        from PIL import Image

        data = png if isinstance(png, bytes) else Path(png).read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            across, down = image.size
        wide = min(WIDE_CM, most_high_cm * across / down)
        paragraph = self._document.add_paragraph(style="Normal")
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(data), width=_cm(wide))
        shape._inline.docPr.set("descr", clean(alt) or "Picture")
        shape._inline.docPr.set("name", f"Picture {shape._inline.docPr.get('id')}")
        _write(self._document.add_paragraph(style="Caption"), clean(caption))

    def write(self, path: str | os.PathLike[str], *, about: str) -> Path:
        """Write the file; equal content gives equal bytes."""
        office_file.describe(
            self._document, title=self.title, author=self.author, about=about, day=self.day
        )
        return office_file.write(self._document, path)


def _cm(value: float) -> Any:
    from docx.shared import Cm

    return Cm(value)


def _shares(rows: Sequence[Sequence[str]]) -> list[float]:
    """Return widths by the text: long columns get more, none less than a date needs."""
    columns = list(zip(*rows, strict=True))
    # a column's need: its typical text, but no word of it narrower than the cell
    needs = [
        min(max(sum(map(len, c)) / len(c), max(len(w) for t in c for w in (t.split() or [""])), 7),
            46)
        for c in columns
    ]  # fmt: skip
    return [n / sum(needs) for n in needs]


def _tied(rows: Sequence[Sequence[str]]) -> set[int]:
    """Return the rows that stay with the row below them: all but the last of a short table."""
    last = len(rows) - 1
    if len(rows) <= SHORT_ROWS and sum(len(t) for row in rows for t in row) <= SHORT_SIGNS:
        return set(range(last))
    # the head with two rows, and the last two with each other, where a row is no page of its own
    return {r for r in (0, 1, last - 1) if 0 <= r < last and sum(map(len, rows[r])) <= 600}


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def _styles(document: Any) -> None:
    """Set fonts, languages and sizes in the styles: what is added by hand looks the same."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    defaults = document.styles.element.find(qn("w:docDefaults"))
    for run in defaults.iter(qn("w:rPr")):
        for old in [*run.findall(qn("w:rFonts")), *run.findall(qn("w:lang"))]:
            run.remove(old)
        run.insert(0, _element("w:rFonts", ascii=LATIN, hAnsi=LATIN, eastAsia=HANGUL, cs=JOINED))
        run.append(_element("w:lang", val=LANGUAGES["latin"], eastAsia=LANGUAGES["hangul"],
                            bidi=LANGUAGES["joined"]))  # fmt: skip
    for name, (size, bold, color, before, after) in _STYLES.items():
        style = document.styles[name]
        settings = style.element.get_or_add_rPr()
        for old in list(settings):
            settings.remove(old)
        ppr = style.element.get_or_add_pPr()
        for old in [*ppr.findall(qn("w:pBdr")), *ppr.findall(qn("w:tabs"))]:
            ppr.remove(old)
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        settings.append(_element("w:szCs", val=str(round(size * 2))))
        if bold:
            settings.append(_element("w:bCs"))
        style.font.color.rgb = RGBColor.from_string(LIGHT[color][1:].upper())
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(after)
        style.paragraph_format.line_spacing = 1.2
        if name.startswith("Heading"):
            style.paragraph_format.keep_with_next = True
    _modern(document)


def _modern(document: Any) -> None:
    """Say that the file is of today's Word: else it opens in compatibility mode."""
    from docx.oxml.ns import qn

    settings = document.settings.element
    compat = settings.find(qn("w:compat"))
    if compat is None:
        compat = _element("w:compat")
        settings.append(compat)
    compat.append(
        _element("w:compatSetting", name="compatibilityMode",
                 uri="http://schemas.microsoft.com/office/word", val="15")
    )  # fmt: skip


def _foot(page: Any, words: str) -> None:
    """Write the foot: words on the left, page number on the right."""
    from docx.enum.text import WD_TAB_ALIGNMENT

    paragraph = page.footer.paragraphs[0]
    paragraph.paragraph_format.tab_stops.add_tab_stop(_cm(WIDE_CM), WD_TAB_ALIGNMENT.RIGHT)
    _write(paragraph, words if len(words) <= 90 else f"{words[:89]}…")
    paragraph.add_run("\tPage ")
    _field(paragraph, "PAGE")
    paragraph.add_run(" of ")
    _field(paragraph, "NUMPAGES")


def _field(paragraph: Any, code: str) -> None:
    from docx.oxml.ns import qn

    parts = (("begin", None), (None, code), ("separate", None), (None, "1"), ("end", None))
    for i, (kind, text) in enumerate(parts):
        run = paragraph.add_run()._r
        if kind:
            run.append(_element("w:fldChar", fldCharType=kind))
            continue
        piece = _element("w:instrText" if i == 1 else "w:t")
        piece.text = f" {text} " if i == 1 else text
        piece.set(qn("xml:space"), "preserve")
        run.append(piece)


def _table_looks(grid: Any) -> None:
    """Draw hairlines between rows only, and leave room around the text."""
    settings = grid._tbl.tblPr
    borders = _element("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = side in ("bottom", "insideH")
        borders.append(
            _element(f"w:{side}", val="single" if line else "nil", sz="4", space="0",
                     color=LIGHT["hairline"][1:].upper())
        )  # fmt: skip
    settings.append(borders)
    settings.append(_element("w:tblLayout", type="fixed"))
    margins = _element("w:tblCellMar")
    for side, width in (("top", 50), ("left", 90), ("bottom", 50), ("right", 90)):
        margins.append(_element(f"w:{side}", w=str(width), type="dxa"))
    settings.append(margins)
    # autofit=False writes a layout of its own; one is enough, and the order is fixed
    layouts = settings.findall("{*}tblLayout")
    for extra in layouts[:-1]:
        settings.remove(extra)


def _row_looks(row: Any, *, head: bool, long: bool) -> None:
    settings = row._tr.get_or_add_trPr()
    if not long:  # a row higher than a page must break, or its end is lost
        settings.append(_element("w:cantSplit"))
    if head:
        settings.append(_element("w:tblHeader"))


def _tight(paragraph: Any) -> None:
    from docx.shared import Pt

    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.space_before = Pt(0)


def _write(
    paragraph: Any, text: str, *, bold: bool | None = None, size: float | None = None,
    color: str = "",
) -> None:  # fmt: skip
    """Write a text: direction of the paragraph, and a font and language for each script."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    if right_to_left(text):
        paragraph._p.get_or_add_pPr().insert_element_before(
            _element("w:bidi"), "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind",
            "w:contextualSpacing", "w:mirrorIndents", "w:jc", "w:rPr",
        )  # fmt: skip
    for piece, kind in runs(text):
        run = paragraph.add_run(piece)
        if bold is not None:
            run.bold = bold
        if size is not None:
            run.font.size = Pt(size)
        if color:
            run.font.color.rgb = RGBColor.from_string(LIGHT[color][1:].upper())
        settings = run._r.get_or_add_rPr()
        if kind == "hangul":
            fonts = _element("w:rFonts", hint="eastAsia", eastAsia=HANGUL)
            settings.insert(0, fonts)
            settings.append(_element("w:lang", eastAsia=LANGUAGES["hangul"]))
        elif kind == "joined":
            if size is not None:
                _after(settings, _element("w:szCs", val=str(round(size * 2))), qn("w:sz"))
            settings.append(_element("w:rtl"))
            settings.append(_element("w:lang", bidi=LANGUAGES["joined"]))


def _after(settings: Any, made: Any, tag: str) -> None:
    """Insert an element where the schema wants it: after its twin."""
    twin = settings.find(tag)
    if twin is None:
        settings.append(made)
    else:
        twin.addnext(made)
