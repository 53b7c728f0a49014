"""A plan as documents read it: any plan, strict or half-written, in one shape.

A draft is exported too. It is marked DRAFT, and what is missing is listed, in the words of
:func:`course.actionplan.problems`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.actionplan.faults import Problem, problems
from course.actionplan.outline import Section, sections
from course.actionplan.reading import draft_from
from course.actionplan.sums import data_of
from course.actionplan.timeline import day_of
from course.display.numbers import number
from course.documents.letters import clean, inside
from course.errors import CourseError

if TYPE_CHECKING:
    from course.city.pack import City

NOT_YET = "not written yet"
OPEN = "–"
_PICTURES = (".png", ".jpg", ".jpeg")
MOST_PICTURES = 12


@dataclass(frozen=True)
class PlanView:
    """A plan ready to be laid out.

    Parameters
    ----------
    data : dict
        JSON values in the shape of the model; see :class:`course.actionplan.reading.Draft`.
    gaps : list of Problem
        What is missing or wrong; empty for a plan that can be handed in.
    city : City, optional
        Its maps are drawn.
    pictures : tuple of Path
        The team's own.
    """

    data: dict[str, Any]
    gaps: list[Problem]
    city: City | None = None
    pictures: tuple[Path, ...] = field(default_factory=tuple)

    @property
    def kind(self) -> str:
        """Return ``action_plan`` or ``cooperation_note``."""
        return str(self.data["kind"])

    @property
    def draft(self) -> bool:
        """Say whether something is missing."""
        return bool(self.gaps)

    @property
    def mark(self) -> str:
        """Return the badge of every page."""
        return "DRAFT" if self.draft else ""

    @property
    def title(self) -> str:
        """Return the title, or what stands in for it."""
        what = "Cooperation note" if self.kind == "cooperation_note" else "Action plan"
        return self.say("title") or f"{what} without a title"

    @property
    def where(self) -> str:
        """Return the name of the city."""
        return inside(self.say("city") or (self.city.title if self.city is not None else ""))

    @property
    def foot(self) -> str:
        """Return what stands at the foot of every page."""
        return " · ".join(t for t in (self.where, inside(self.title)) if t)

    @property
    def team(self) -> list[str]:
        """Return the names of the team."""
        return [name for name in (clean(m.get("name")) for m in self.rows("team")) if name]

    @property
    def day(self) -> dt.date | None:
        """Return the date of the plan."""
        return day_of(self.data.get("date"))

    @property
    def zones(self) -> list[str]:
        """Return the pilot zones."""
        pilot = self.data.get("pilot")
        return [str(z) for z in (pilot or {}).get("zones") or ()]

    @property
    def zone_names(self) -> list[str]:
        """Return the names of the pilot zones; the id of one the city does not have."""
        if self.city is None:
            return self.zones
        frame = self.city.zones
        names = dict(zip(frame["zone_id"].astype(str), frame["name"].astype(str), strict=True))
        return [names.get(z, z) for z in self.zones]

    def get(self, path: str) -> Any:
        """Return a value by its path, such as ``problem.text``; None where it is missing."""
        value: Any = self.data
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def say(self, path: str) -> str:
        """Return a value as clean text, empty where it is missing."""
        value = self.get(path)
        return "" if words_of(value) == OPEN else clean(words_of(value))

    def amount(self, path: str) -> float | None:
        """Return a number, None where it is missing or no number."""
        value = self.get(path)
        return (
            None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
        )

    def money(self, value: float | None) -> str:
        """Return an amount with the currency of the plan."""
        if value is None:
            return NOT_YET
        currency = self.say("finance.currency") or (self.city.currency if self.city else "")
        return f"{number(value)} {currency}".strip()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a list."""
        found = self.get(name)
        return [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []

    def cells(self, name: str, columns: Sequence[str]) -> list[list[str]]:
        """Return rows as clean text, one cell per column."""
        return [
            ["" if words_of(r.get(c)) == OPEN else clean(words_of(r.get(c))) for c in columns]
            for r in self.rows(name)
        ]

    def outline(self) -> tuple[Section, ...]:
        """Return the sections of the document, in order."""
        return sections(self.kind)

    def section(self, name: str) -> int:
        """Return the number of the section that holds a field, from 1."""
        return next(
            (i for i, s in enumerate(self.outline(), start=1) if name in s.fields),
            len(self.outline()),
        )

    def more(self, name: str) -> str:
        """Return what a shortened text on a slide ends with."""
        what = "note" if self.kind == "cooperation_note" else "plan"
        return f"… see the {what}, section {self.section(name)}"


def view(plan: Any, *, city: City | None, pictures: Sequence[str | Path] = ()) -> PlanView:
    """Return a plan as documents read it.

    Parameters
    ----------
    plan : ActionPlan, CooperationNote, Draft or dict
        As complete as it is.
    city : City, optional
        Its maps are drawn.
    pictures : sequence of path
        PNG or JPEG files, twelve at most.

    Raises
    ------
    CourseError
        A picture is missing or cannot be read.
    """
    data = data_of(plan)
    return PlanView(draft_from(data).data, problems(data), city, tuple(map(_readable, pictures)))


def _readable(given: str | Path) -> Path:
    from PIL import Image

    path = Path(given)
    if not path.is_file():
        raise CourseError(
            f"The picture {path.name} is not there.", "Save it again, or leave it out."
        )
    if path.suffix.lower() not in _PICTURES:
        raise CourseError(f"{path.name} is no picture a document takes.", "Save it as PNG or JPEG.")
    try:
        with Image.open(path) as image:
            image.verify()
    except Exception:
        raise CourseError(
            f"The picture {path.name} cannot be read.", "Save it again as PNG."
        ) from None
    return path


def words_of(value: Any) -> str:
    """Return one value of a plan as text: all of it, small whole numbers as digits only."""
    if value is None or value == "" or value == [] or value == {}:
        return OPEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        # a year keeps its digits together
        return (
            str(int(value)) if float(value).is_integer() and 0 <= value < 10_000 else number(value)
        )
    if isinstance(value, list):
        return ", ".join(words_of(v) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k} {words_of(v)}" for k, v in value.items())
    return str(value)


def alt_text(path: Path) -> str:
    """Return the alternative text of a picture: its own, else the name of its file."""
    from course.documents.pictures import alt_of

    return clean(alt_of(path)) or clean(path.stem.replace("_", " ").replace("-", " "))


def city_map(
    seen: PlanView, *, width_px: int, height_px: int, text_pt: float, legend: bool = True
) -> bytes | None:
    """Return the map of the city with the pilot zones; None where there is no city."""
    from course.documents.pictures import network_png

    if seen.city is None:
        return None
    try:
        return network_png(
            seen.city, width_px=width_px, height_px=height_px, highlight_zones=seen.zones,
            legend=legend and bool(seen.zones), names=True, text_pt=text_pt,
        )  # fmt: skip
    except CourseError:
        return None
