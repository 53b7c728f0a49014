"""A deck, slide by slide: titles, fitted text, big figures, tables, pictures, notes.

Everything is placed in points on a page of 960 x 540. Text is measured before it is placed
and never shrunk by the program that opens it; each function returns what it could not place.
"""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.documents import measure, office_file
from course.documents.letters import LANGUAGES, clean, right_to_left, runs
from course.documents.slide_master import (
    EMU,
    FOOT_HIGH,
    FOOT_TOP,
    LIGHT,
    MARGIN,
    NUMBER_BOX,
    TITLE_BOX,
    WIDE,
    new_deck,
)

Box = tuple[float, float, float, float]  # left, top, width, height in points
TOP, BOTTOM = 118.0, 492.0  # of the room between title and foot
COVER_PICTURE: Box = (360.0, 0.0, 600.0, 540.0)
FULL: Box = (MARGIN, TOP, WIDE - 2 * MARGIN, BOTTOM - TOP)


class Deck:
    """A presentation in the making.

    Parameters
    ----------
    title, author : str
        Of the file.
    foot : str
        What stands at the foot of every slide.
    day : date, optional
        Date of the content.
    """

    def __init__(self, title: str, *, author: str, foot: str, day: dt.date | None = None) -> None:
        self.title, self.author, self.day = clean(title), clean(author), day
        self.foot = clean(foot)
        self._deck = new_deck()

    def slide(self, title: str, *, tag: str = "", mark: str = "") -> Slide:
        """Return a new slide.

        Parameters
        ----------
        title : str
            The claim of the slide; at most two lines, shortened where it is longer.
        tag : str
            A few words above the title, such as "Money and risk · 1 min".
        mark : str
            A badge in the upper right corner, such as "DRAFT".
        """
        made = Slide(self._deck.slides.add_slide(self._deck.slide_layouts[0]))
        made._title(title)
        right = WIDE - MARGIN
        if mark:
            right = made.badge(mark, right, 22.0) - 12
        if tag:
            made.text((MARGIN + 54, 19.0, right - MARGIN - 54, 19.0), [tag], sizes=(13,),
                      color="ink-2", name="Part and minutes")  # fmt: skip
        room = WIDE - 2 * MARGIN - 80
        foot = measure.shorten(self.foot, room, 13, 1)
        made.text((MARGIN, FOOT_TOP, room, FOOT_HIGH), [foot], sizes=(13,), color="ink-2",
                  name="Foot")  # fmt: skip
        made._number()
        return made

    def cover(
        self,
        title: str,
        who: Sequence[str],
        when: Sequence[str],
        png: bytes | None,
        *,
        alt: str = "",
        mark: str = "",
    ) -> Slide:
        """Return the first slide: big title on the left, one picture to the edge on the right.

        Parameters
        ----------
        title : str
            Of the document.
        who, when : sequence of str
            People, then programme and day.
        png : bytes, optional
            The city's map, best of 11 x 9.9.
        alt, mark : str
            Alternative text; badge such as "DRAFT".
        """
        made = Slide(self._deck.slides.add_slide(self._deck.slide_layouts[0]))
        wide = COVER_PICTURE[0] - MARGIN - 28 if png else WIDE - 2 * MARGIN
        if png:
            made.picture(COVER_PICTURE, png, alt)
        made._cover_title((MARGIN, 92.0, wide, 216.0), title)
        made.text((MARGIN, 322.0, wide, 92.0), who, sizes=(18, 15, 13), name="Who")
        made.text((MARGIN, 424.0, wide, 66.0), when, sizes=(15, 13), color="ink-2", name="When")
        if mark:
            made.badge(mark, MARGIN + measure.width(mark, 13, bold=True) + 18, 66.0)
        return made

    def write(self, path: str | os.PathLike[str], *, about: str) -> Path:
        """Write the deck; equal content gives equal bytes."""
        office_file.describe(
            self._deck, title=self.title, author=self.author, about=about, day=self.day
        )
        return office_file.write(self._deck, path)


class Slide:
    """One slide; made by :meth:`Deck.slide`."""

    def __init__(self, slide: Any) -> None:
        self._slide = slide

    def _title(self, title: str) -> None:
        shape = self._slide.shapes.title
        fitted = measure.fit([clean(title) or "Untitled"], TITLE_BOX[2], TITLE_BOX[3], sizes=(24,),
                             bold=True)  # fmt: skip
        _write(shape.text_frame, fitted.paragraphs, 24, bold=True)

    def _cover_title(self, box: Box, title: str) -> None:
        from pptx.enum.text import MSO_ANCHOR

        shape = self._slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = (round(v * EMU) for v in box)
        fitted = measure.fit(
            [clean(title) or "Untitled"], box[2], box[3], sizes=(36, 24), bold=True
        )
        _write(shape.text_frame, fitted.paragraphs, fitted.size, bold=True)
        shape.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM

    def text(
        self,
        box: Box,
        paragraphs: Sequence[str],
        *,
        sizes: Sequence[float] = (18, 15, 13),
        color: str = "ink",
        bold: bool = False,
        gap: float = 0.4,
        more: str = "…",
        go_on: bool = False,
        name: str = "",
        centred: bool = False,
    ) -> measure.Fitted:
        """Place paragraphs in a box, at the largest size at which they fit.

        Returns
        -------
        Fitted
            With ``left``: the paragraphs for a further slide (only with ``go_on``).
        """
        said = [c for c in (clean(p) for p in paragraphs) if c]
        if not said:
            return measure.Fitted(sizes[0], ())
        fitted = measure.fit(said, box[2], box[3], sizes=sizes, bold=bold, gap=gap,
                             more=more, go_on=go_on)  # fmt: skip
        shape = self._slide.shapes.add_textbox(*(round(v * EMU) for v in box))
        if name:
            shape.name = name
        _plain_frame(shape.text_frame)
        _write(shape.text_frame, fitted.paragraphs, fitted.size, bold=bold, color=color, gap=gap,
               centred=centred)  # fmt: skip
        return fitted

    def figure(self, box: Box, value: str, unit: str, note: str) -> None:
        """Place one number, big, with its unit and a note on year and source."""
        left, top, wide, high = box
        big = next((s for s in (36, 24, 18) if measure.width(value, s, bold=True) <= wide), 15)
        self.text((left, top, wide, big * measure.LINE), [value], sizes=(big,), bold=True,
                  name="Figure")  # fmt: skip
        at = top + big * measure.LINE
        self.text((left, at, wide, 15 * measure.LINE), [unit], sizes=(15, 13), name="Unit")
        at += 15 * measure.LINE + 2
        self.text((left, at, wide, top + high - at), [note], sizes=(13,), color="ink-2",
                  name="Year and source")  # fmt: skip

    def badge(self, words: str, right: float, top: float) -> float:
        """Place a badge that ends at ``right``; return where it begins."""
        from pptx.enum.shapes import MSO_SHAPE

        words = clean(words)
        wide = min(measure.width(words, 13, bold=True) + 18, right - MARGIN)
        shape = self._slide.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, *(round(v * EMU) for v in (right - wide, top, wide, 21.0))
        )
        shape.name = "Badge"
        _fill(shape, "badge")
        _plain_frame(shape.text_frame)
        shape.text_frame.margin_top = round(2 * EMU)
        _write(shape.text_frame, [words], 13, bold=True, color="badge-ink", centred=True)
        return right - wide

    def bar(self, box: Box, color: str, *, name: str) -> None:
        """Place a plain bar, such as one task in a plan of time."""
        from pptx.enum.shapes import MSO_SHAPE

        shape = self._slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *(round(v * EMU) for v in box))
        shape.name = clean(name)[:120]
        _fill(shape, color)

    def picture(self, box: Box, png: bytes | Path, alt: str) -> Box:
        """Place a picture into a box without changing its shape; return where it stands."""
        from PIL import Image

        data = png if isinstance(png, bytes) else Path(png).read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            across, down = image.size
        left, top, wide, high = box
        scale = min(wide / across, high / down)
        size = across * scale, down * scale
        spot = (left + (wide - size[0]) / 2, top + (high - size[1]) / 2, *size)
        shape = self._slide.shapes.add_picture(io.BytesIO(data), *(round(v * EMU) for v in spot))
        shape.name = "Picture"
        shape._element._nvXxPr.cNvPr.set("descr", clean(alt) or "Picture")
        return spot

    def notes(self, *lines: str) -> None:
        """Set the speaker's notes."""
        said = [clean(line) for line in lines if line]
        self._slide.notes_slide.notes_text_frame.text = "\n".join(said)

    def _number(self) -> None:
        """Add the slide number: python-pptx leaves it out of a new slide."""
        from pptx.oxml import parse_xml
        from pptx.oxml.ns import nsdecls

        tree = self._slide.shapes._spTree
        ids = [int(e.get("id")) for e in tree.iter() if e.tag.endswith("}cNvPr")]
        left, top, wide, high = (round(v * EMU) for v in NUMBER_BOX)
        tree.append(
            parse_xml(
                f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="{max(ids) + 1}" name="Number"/>'
                '<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr><p:ph type="sldNum" '
                'sz="quarter" idx="12"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm>'
                f'<a:off x="{left}" y="{top}"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm></p:spPr>'
                "<p:txBody><a:bodyPr/><a:lstStyle/><a:p>"
                '<a:pPr algn="r"/><a:fld id="{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}" '
                'type="slidenum"><a:rPr lang="en-GB" sz="1300"/><a:t>‹#›</a:t></a:fld></a:p>'
                "</p:txBody></p:sp>"
            )
        )


def _fill(shape: Any, role: str) -> None:
    from pptx.dml.color import RGBColor

    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor.from_string(LIGHT[role][1:].upper())
    shape.line.fill.background()
    looks = shape._element.find("{*}style")
    if looks is not None:  # shadow and border of the theme
        shape._element.remove(looks)


def _plain_frame(frame: Any) -> None:
    """Take the margins off and turn autofit off: what is placed was measured."""
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE

    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.vertical_anchor = MSO_ANCHOR.TOP


def _write(
    frame: Any,
    paragraphs: Sequence[str],
    size: float,
    *,
    bold: bool = False,
    color: str = "ink",
    gap: float = 0.4,
    centred: bool = False,
) -> None:
    """Write paragraphs into a text frame: direction, exact line height, a font per script."""
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    for i, text in enumerate(paragraphs or [""]):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.line_spacing = Pt(size * measure.LINE)
        paragraph.space_before = Pt(0 if i == 0 else size * measure.LINE * gap)
        paragraph.space_after = Pt(0)
        rtl = right_to_left(text)
        paragraph.alignment = (
            PP_ALIGN.CENTER if centred else PP_ALIGN.RIGHT if rtl else PP_ALIGN.LEFT
        )
        settings = paragraph._p.get_or_add_pPr()
        if rtl:
            settings.set("rtl", "1")
        for piece, kind in runs(text):
            _run(paragraph, piece, kind, size, bold, color)
        if not text:  # an empty cell is as high as its end mark
            paragraph._p.get_or_add_endParaRPr().set("sz", str(round(size * 100)))


def _run(paragraph: Any, text: str, kind: str, size: float, bold: bool, color: str) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    run = paragraph.add_run()
    run.text = text
    run.font.size = Pt(size)
    run.font.bold = bold
    run.font.color.rgb = RGBColor.from_string(LIGHT[color][1:].upper())
    settings = run._r.get_or_add_rPr()
    settings.set("lang", LANGUAGES.get(kind, LANGUAGES["latin"]))
    # the fonts of the theme, one for each script
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    for tag, face in (("latin", "+mn-lt"), ("ea", "+mn-ea"), ("cs", "+mn-cs")):
        settings.append(parse_xml(f'<a:{tag} {nsdecls("a")} typeface="{face}"/>'))
