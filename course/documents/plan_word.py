"""A plan as a Word file: everything the team wrote, section by section, nothing shortened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.actionplan.faults import bare, is_part, row_type
from course.actionplan.model import KINDS
from course.documents.letters import clean, inside
from course.documents.pictures import alt_of
from course.documents.plan_view import (
    NOT_YET,
    OPEN,
    PlanView,
    alt_text,
    city_map,
    view,
    words_of,
)
from course.documents.word_page import WordPage

if TYPE_CHECKING:
    from course.city.pack import City

_OPEN = NOT_YET[0].upper() + NOT_YET[1:]
_ON_TOP = ("title", "city", "date")  # they stand over the first section


def write(
    plan: Any,
    out: str | os.PathLike[str],
    *,
    city: City | None = None,
    pictures: Sequence[str | Path] = (),
) -> Path:
    """Write a plan or a cooperation note as a Word file.

    Parameters
    ----------
    plan : ActionPlan, CooperationNote, Draft or dict
        A draft is marked DRAFT on every page and begins with what is missing.
    out : path
        The ``.docx`` to write; an older one is replaced.
    city : City, optional
        Its map is drawn, with the pilot zones.
    pictures : sequence of path
        The team's own maps and charts.

    Returns
    -------
    Path
        The file. Equal input gives equal bytes.

    Raises
    ------
    CourseError
        A picture is missing or cannot be read.
    """
    seen = view(plan, city=city, pictures=pictures)
    what = "Cooperation note" if seen.kind == "cooperation_note" else "Action plan"
    page = WordPage(
        seen.title, author=", ".join(seen.team) or seen.where, foot=seen.foot, day=seen.day,
        mark=f"{seen.mark}: not ready to be handed in" if seen.mark else "",
    )  # fmt: skip
    _top(page, seen, what)
    for number, section in enumerate(seen.outline(), start=1):
        page.heading(f"{number} {section.title}")
        for name in section.fields:
            if name not in _ON_TOP:
                _field(page, seen, name)
        if "problem" in section.fields:
            _pictures(page, seen)
    return page.write(out, about=f"{what} of {seen.where}")


def _top(page: WordPage, seen: PlanView, what: str) -> None:
    """Write title, city, day and map; of a draft also what is missing."""
    page.heading(seen.title, 0)
    partner = inside(seen.say("partner"))
    line = f"{what} of {seen.where or 'a city ' + NOT_YET}" + (
        f" with {partner}" if partner else ""
    )
    if seen.day:
        line += f" · {seen.day.day} {seen.day:%B %Y}"
    page.text(line, style="Subtitle")
    if seen.draft:
        page.heading("What is still missing", 2)
        page.table(("What", "What to do"), [(p.sentence, p.remedy) for p in seen.gaps], (0.5, 0.5))
    png = city_map(seen, width_px=1600, height_px=960, text_pt=11)
    if png:
        caption = f"Lines and stops of {seen.city.title}" if seen.city else "The city"
        if seen.zones:
            caption += "; the pilot zones are outlined"
        page.picture(png, alt=alt_of(png), caption=f"{caption}.", most_high_cm=9.5)


def _pictures(page: WordPage, seen: PlanView) -> None:
    """Place the team's own pictures where the evidence stands."""
    for path in seen.pictures:
        page.picture(path, alt=alt_text(path), caption=alt_text(path))


def _field(page: WordPage, seen: PlanView, name: str) -> None:
    """Write one field under its own heading; fields nobody asked for are left out."""
    info = KINDS[seen.kind].model_fields[name]
    value = seen.get(name)
    if words_of(value) == OPEN and not info.is_required():
        return
    page.heading(str(info.title), 2)
    row, inner = row_type(info.annotation), bare(info.annotation)
    if row is not None and is_part(row):
        _rows(page, row, seen.rows(name))
    elif row is not None:
        items = [words_of(v) for v in value or ()]
        page.numbered(items) if items else page.text(_OPEN)
    elif is_part(inner):
        box = dict(value) if isinstance(value, dict) else {}
        if name == "pilot":
            box["zones"] = seen.zone_names
        _box(page, seen, inner, box)
    else:
        page.text(value, open_=_OPEN)


def _cell(value: Any) -> str:
    return "–" if words_of(value) == OPEN else clean(words_of(value), lines=True)


def _rows(page: WordPage, model: Any, rows: Sequence[dict[str, Any]]) -> None:
    names = [n for n in model.model_fields if any(words_of(r.get(n)) != OPEN for r in rows)]
    if not names:
        page.text(_OPEN)
        return
    head = [str(model.model_fields[n].title) for n in names]
    page.table(head, [[_cell(r.get(n)) for n in names] for r in rows])


def _box(page: WordPage, seen: PlanView, model: Any, value: dict[str, Any]) -> None:
    """Write a box of fields as a table of two columns, and its own lists below."""
    plain, lists = [], []
    for name, info in model.model_fields.items():
        inner = row_type(info.annotation)
        if inner is not None and is_part(inner):
            lists.append((str(info.title), inner, value.get(name)))
        elif words_of(value.get(name)) != OPEN or info.is_required():
            plain.append((str(info.title), _cell(value.get(name))))
    if plain:
        page.table(("", ""), plain, (0.28, 0.72))
    for title, inner, rows in lists:
        page.label(title)
        _rows(page, inner, [r for r in rows or () if isinstance(r, dict)])
