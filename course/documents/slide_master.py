"""The one layout of all decks: 16:9, white paper, one accent line, the kit's colours.

Built from python-pptx's own empty deck, so that no template file is needed. Theme fonts
and colours are the kit's: what a delegation adds by hand looks the same.
"""

from __future__ import annotations

import re
from typing import Any

from course.display import palette
from course.documents.letters import HANGUL, JOINED, LATIN

WIDE, HIGH = 960.0, 540.0  # points: 13.33 x 7.5 inches
MARGIN = 48.0
TITLE_BOX = (MARGIN, 40.0, WIDE - 2 * MARGIN, 66.0)
FOOT_TOP, FOOT_HIGH = 504.0, 20.0
NUMBER_BOX = (WIDE - MARGIN - 60.0, FOOT_TOP, 60.0, FOOT_HIGH)
LIGHT = palette.ROLES["light"]
EMU = 12700  # per point
_ACCENTS = ("bar-strong", "accent", "bar", "network", "ink-2", "hairline")


def new_deck() -> Any:
    """Return an empty presentation with the kit's one layout, "Title Only"."""
    from pptx import Presentation

    deck = Presentation()
    deck.slide_width, deck.slide_height = _emu(WIDE), _emu(HIGH)
    layouts = deck.slide_layouts
    for layout in list(layouts):
        if layout.name != "Title Only":
            layouts.remove(layout)
    _theme(deck.slide_master)
    for holder in (deck.slide_master, layouts[0]):
        _place(holder)
    _accent_line(layouts[0])
    return deck


def _emu(points: float) -> int:
    return round(points * EMU)


def _theme(master: Any) -> None:
    """Give the theme the kit's colours and one font for each script."""
    from pptx.opc.constants import RELATIONSHIP_TYPE as RT

    part = master.part.part_related_by(RT.THEME)
    text = part.blob.decode("utf-8")
    colors = {"dk1": "ink", "lt1": "paper", "dk2": "ink-2", "lt2": "canvas", "hlink": "accent",
              "folHlink": "ink-2"}  # fmt: skip
    colors |= {f"accent{i}": c for i, c in enumerate(_ACCENTS, 1)}
    for name, role in colors.items():
        text = re.sub(
            rf"<a:{name}>.*?</a:{name}>",
            f'<a:{name}><a:srgbClr val="{LIGHT[role][1:].upper()}"/></a:{name}>',
            text, flags=re.S,
        )  # fmt: skip
    fonts = f'<a:latin typeface="{LATIN}"/><a:ea typeface="{HANGUL}"/><a:cs typeface="{JOINED}"/>'
    for name in ("majorFont", "minorFont"):
        text = re.sub(rf"<a:{name}>.*?</a:{name}>", f"<a:{name}>{fonts}</a:{name}>", text,
                      flags=re.S)  # fmt: skip
    part._blob = text.encode("utf-8")


def _place(holder: Any) -> None:
    """Put title and number where they stand on every slide; take the rest away."""
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND

    for shape in list(holder.placeholders):
        kind = shape.placeholder_format.type
        box = {KIND.TITLE: TITLE_BOX, KIND.SLIDE_NUMBER: NUMBER_BOX}.get(kind)
        if box is None and kind != KIND.BODY:
            shape._element.getparent().remove(shape._element)
            continue
        box = box or (MARGIN, 120.0, WIDE - 2 * MARGIN, 370.0)
        shape.left, shape.top, shape.width, shape.height = map(_emu, box)
        body = shape.text_frame
        body.margin_left = body.margin_right = body.margin_top = body.margin_bottom = 0
        for child in list(body._txBody.bodyPr):
            body._txBody.bodyPr.remove(child)
        body._txBody.bodyPr.set("anchor", "t")
    _text_styles(holder)


def _text_styles(master: Any) -> None:
    """Set the size, weight and colour of titles and numbers in the master."""
    from pptx.oxml.ns import qn

    for style in master._element.iter(qn("p:titleStyle")):
        for level in style:
            level.set("algn", "l")
            for run in level.iter(qn("a:defRPr")):
                run.set("sz", "2400")
                run.set("b", "1")
    for shape in master.placeholders:
        if shape.placeholder_format.type is not None and "NUMBER" in str(
            shape.placeholder_format.type
        ):
            for run in shape._element.iter(qn("a:defRPr")):
                run.set("sz", "1300")
            for level in shape._element.iter(qn("a:lvl1pPr")):
                level.set("algn", "r")


def _accent_line(layout: Any) -> None:
    """Draw the one accent line of the look, above the title."""
    from pptx.dml.color import RGBColor
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    color = str(RGBColor.from_string(LIGHT["accent"][1:].upper()))
    left, top, wide, high = map(_emu, (MARGIN, 27.0, 42.0, 3.0))
    layout.shapes._spTree.append(
        parse_xml(
            f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="90" name="Accent line"/><p:cNvSpPr/>'
            f'<p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/>'
            f'<a:ext cx="{wide}" cy="{high}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
            f'</a:prstGeom><a:solidFill><a:srgbClr val="{color}"/></a:solidFill><a:ln><a:noFill/>'
            "</a:ln></p:spPr></p:sp>"
        )
    )
