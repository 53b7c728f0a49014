"""Tables on slides: rows as high as their text, hairlines only, a head that is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from course.documents import measure
from course.documents.letters import clean
from course.documents.slide_master import EMU, LIGHT
from course.documents.slides import Box, Slide, _write

_PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # Office's own "no style, no grid"
_REST = 22.0
_PAD_X, _PAD_Y = 8.0, 4.0


@dataclass(frozen=True)
class Column:
    """A column: its head, its share of the width, whether numbers stand in it.

    Parameters
    ----------
    head : str
        Words of the head.
    share : float
        Part of the width; all shares together are 1.
    number : bool
        Align right.
    """

    head: str
    share: float
    number: bool = False


def table(
    slide: Slide,
    box: Box,
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
    *,
    sizes: Sequence[float] = (15, 13),
    most_lines: int = 3,
    more: str = "…",
    rest: str = "",
    alt: str = "",
) -> int:
    """Place a table and return how many of its rows found room.

    Parameters
    ----------
    slide : Slide
        Where it goes.
    box : tuple
        Left, top, width, height in points; the table takes no more.
    columns, rows
        Head and cells.
    sizes : sequence of float
        Sizes to try, largest first.
    most_lines : int
        Longer cells are shortened.
    more : str
        How a shortened cell ends.
    rest : str
        How the line "3 more" ends that stands below a table which lost rows; none for "".
    alt : str
        What the table shows.

    Returns
    -------
    int
        Rows placed, from the first on; 0 for no rows and for a box too low for one.
    """
    said = [[clean(cell) for cell in row] for row in rows]
    if not said:
        return 0
    for size in sizes:
        heights = [_height(columns, row, box[2], size, most_lines) for row in said]
        head = _height(columns, [c.head for c in columns], box[2], size, 2, bold=True)
        if head + sum(heights) <= box[3]:
            break
    whole = head + sum(heights) <= box[3]
    room = box[3] if whole or not rest else box[3] - _REST
    fitting, used = 0, head
    for high in heights:
        if used + high > room:
            break
        used, fitting = used + high, fitting + 1
    if rest and fitting < len(said):
        told = f"{len(said) - fitting} {'more ' if fitting else ''}{rest}"
        slide.text((box[0], box[1] + box[3] - 19, box[2], 19), [told], sizes=(13,), color="ink-2",
                   name="More")  # fmt: skip
    if fitting:
        _place(slide, (*box[:3], used), columns, said[:fitting], [head, *heights], size,
               most_lines, more, alt)  # fmt: skip
    return fitting


def _room(column: Column, wide: float) -> float:
    return column.share * wide - 2 * _PAD_X


def _height(
    columns: Sequence[Column], row: Sequence[str], wide: float, size: float, most: int,
    *, bold: bool = False,
) -> float:  # fmt: skip
    deepest = max(
        min(len(measure.lines(cell, _room(c, wide), size, bold=bold)), most)
        for c, cell in zip(columns, row, strict=True)
    )
    return deepest * size * measure.LINE + 2 * _PAD_Y


def _place(
    slide: Slide, box: Box, columns: Sequence[Column], rows: Sequence[Sequence[str]],
    heights: Sequence[float], size: float, most: int, more: str, alt: str,
) -> None:  # fmt: skip
    frame = slide._slide.shapes.add_table(
        len(rows) + 1, len(columns), *(round(v * EMU) for v in box)
    )
    frame.name = "Table"
    frame._element.nvGraphicFramePr.cNvPr.set("descr", clean(alt) or columns[0].head)
    grid = frame.table
    grid._tbl.tblPr.find("{*}tableStyleId").text = _PLAIN
    grid.horz_banding = False
    for i, column in enumerate(columns):
        grid.columns[i].width = round(column.share * box[2] * EMU)
    cells = [[c.head for c in columns], *rows]
    for r, (row, high) in enumerate(zip(cells, heights, strict=False)):
        grid.rows[r].height = round(high * EMU)
        for c, text in enumerate(row):
            short = measure.shorten(
                text, _room(columns[c], box[2]), size, 2 if r == 0 else most, bold=r == 0, more=more
            )
            _cell(grid.cell(r, c), short, size, head=r == 0, number=columns[c].number,
                  last=r == len(cells) - 1)  # fmt: skip


def _cell(cell: Any, text: str, size: float, *, head: bool, number: bool, last: bool) -> None:
    from pptx.enum.text import PP_ALIGN

    cell.margin_left = cell.margin_right = round(_PAD_X * EMU)
    cell.margin_top = cell.margin_bottom = round(_PAD_Y * EMU)
    _write(cell.text_frame, [text], size, bold=head, color="ink-2" if head else "ink")
    if number:
        cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    settings = cell._tc.get_or_add_tcPr()
    for side in ("lnL", "lnR", "lnT"):
        settings.append(_line(side, None))
    settings.append(_line("lnB", "ink-2" if head else "hairline" if not last else None))


def _line(side: str, role: str | None) -> Any:
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    if role is None:
        return parse_xml(f'<a:{side} {nsdecls("a")} w="0"><a:noFill/></a:{side}>')
    return parse_xml(
        f'<a:{side} {nsdecls("a")} w="9525"><a:solidFill><a:srgbClr '
        f'val="{LIGHT[role][1:].upper()}"/></a:solidFill></a:{side}>'
    )
