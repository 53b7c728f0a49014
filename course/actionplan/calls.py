"""What a notebook calls on its plan: load, check, preview, show."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.actionplan import figures
from course.actionplan.asked_for import programme_kind, programme_modules
from course.actionplan.faults import Problem, problems
from course.actionplan.feeding import Fed, fill, found_in, workspace_of
from course.actionplan.model import asked_by
from course.actionplan.page import plan_html, words_of
from course.actionplan.reading import Draft
from course.actionplan.rubric import Rubric, find_rubric, rubric_html
from course.actionplan.storing import PlanFile
from course.display.figure import Figure
from course.errors import UsageError

if TYPE_CHECKING:
    from course.city.pack import City

DISPLAY_ID = "action-plan"


class Page(str):
    """HTML that a notebook shows; a plain string elsewhere."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return "A page of the action plan; show it in a notebook."


def load(city: City | None = None, *, folder: Path | None = None) -> Loaded:
    """Return the plan with the fields of earlier modules filled in; nothing is written.

    Parameters
    ----------
    city : City, optional
        The open city.
    folder : Path, optional
        Where ``plan.json`` lies; that of the exercises of module 13 when absent.

    Returns
    -------
    Loaded
        A draft; shown in a notebook it lists what was filled, and from where.
    """
    from course import identity

    file = PlanFile(folder, kind=programme_kind())
    me = identity.who()
    name = "" if me.source == identity.GUEST else me.trainee
    found = found_in(workspace_of(file.path.parent), city, name=name)
    data, used = fill(file.draft.data, found)
    return Loaded(data, file.draft.notes, used)


class Loaded(Draft):
    """A draft that tells what it took over."""

    def __init__(self, data: dict[str, Any], notes: list[Problem], used: list[Fed]) -> None:
        super().__init__(data, notes)
        self.used = used

    def figure(self) -> Figure:
        """Return the list of fields that were filled."""
        import pandas as pd

        rows = [(fed.field, words_of(fed.value)[:80], fed.source) for fed in self.used]
        table = pd.DataFrame(rows, columns=["field", "value", "from"])
        from course.display import tables_html

        count = len(rows)
        said = (
            f"{count} fields of your plan come from earlier work. You can change each of them."
            if count
            else "Nothing of earlier modules is here yet. The form begins empty."
        )
        return Figure(title="What your plan begins with", reading=said,
                      body=tables_html.table(table) if count else "")  # fmt: skip

    def _repr_html_(self) -> str:
        return self.figure().html()

    def __repr__(self) -> str:
        return self.figure().text()


def _plan(plan: Any, folder: Path | None = None) -> Any:
    return plan if plan is not None else PlanFile(folder, kind=programme_kind()).draft


def check(field: str = "", plan: Any = None, *, modules: Iterable[str] | None = None) -> Figure:
    """Show what is still open or not right, of one field or of the whole plan.

    Parameters
    ----------
    field : str
        Such as ``problem``; the whole plan when left out.
    plan : plan, optional
        The one in the file when left out.
    modules : iterable of str, optional
        Modules of the programme; those of this workspace's when left out.

    Raises
    ------
    UsageError
        There is no such field.
    """
    plan = _plan(plan)
    wanted = programme_modules() if modules is None else modules
    found = problems(plan, modules=wanted)
    if field:
        from course.actionplan.faults import kind_of
        from course.actionplan.model import KINDS
        from course.actionplan.sums import data_of

        names = KINDS[kind_of(data_of(plan))].model_fields
        if field.split(".")[0] not in names:
            raise UsageError(f"The plan has no field {field!r}.", f"It has {', '.join(names)}.")
        found = [
            p for p in found if p.field == field or p.field.startswith((f"{field}.", f"{field}["))
        ]
    return figures.gaps_figure(found, what=field or "the plan")


def show(plan: Any = None) -> None:
    """Show the plan as a page; the form keeps it up to date while the kernel runs."""
    from IPython.display import HTML, display

    display(HTML(show_html(plan)), display_id=DISPLAY_ID)


def show_html(plan: Any = None) -> str:
    """Return the plan as a page, with what is still open."""
    plan = _plan(plan)
    return plan_html(plan, problems=problems(plan, modules=programme_modules()))


def preview(rubric: Rubric | None = None, plan: Any = None) -> Page:
    """Show the plan as its markers see it: each criterion, then the fields it reads.

    Parameters
    ----------
    rubric : Rubric, optional
        The course's own when left out.
    plan : plan, optional
        The one in the file when left out.
    """
    from html import escape

    plan = _plan(plan)
    rubric = rubric or find_rubric()
    parts = [rubric_html(rubric)]
    for c in rubric.criteria:
        levels = "; ".join(f"{p:g}: {t}" for p, t in zip(c.points, c.levels, strict=True))
        parts.append(
            f"<details><summary>{escape(c.title)}, up to {c.most:g} points</summary>"
            f"<p>{escape(c.question)} {escape(levels)}</p>"
            f"{plan_html(plan, fields=c.reads)}</details>"
        )
    return Page(f"<div class='kit'>{''.join(parts)}</div>")


def asked(modules: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the fields this programme asks for besides those needed everywhere."""
    return asked_by(programme_modules() if modules is None else modules)


def lab(city: City, *, folder: Path | None = None) -> Any:
    """Open the pilot lab: where the plan begins; see `course.labs.action_plan`."""
    from course.labs.action_plan_lab import action_plan

    return action_plan(city, folder=folder)


def set_pilot(
    zones: list[str], *, months: int = 12, contingency_pct: float = 10.0,
    city: City | None = None, folder: Path | None = None,
) -> str:  # fmt: skip
    """Write the pilot into the plan's file, as the lab does.

    Parameters
    ----------
    zones : list of str
        Zone ids of the city.
    months, contingency_pct : int, float
        Length, and the part of all cost that is kept back.
    city : City, optional
        The open city when left out; its residents are counted.

    Returns
    -------
    str
        One sentence.
    """
    from course.actionplan import pilot, storing

    if city is None:
        from course.city.pack import City as CityClass

        city = CityClass.open()
    found = pilot.pilot_of(pilot.zone_table(city), [str(z) for z in zones])
    if not found.zones:
        raise UsageError("None of these zones is in the city.", "Copy the ids from the map.")
    field = {"zones": list(found.zones), "people": found.people, "months": int(months),
             "contingency_pct": float(contingency_pct)}  # fmt: skip
    done = storing.change_plan({"pilot": field}, folder)
    return done.sentence or f"Written: {len(found.zones)} zones with {found.people:,} people."


def gantt(plan: Any = None, *, city: City | None = None) -> Figure:
    """Show activities, phases and milestones with the public holidays of the city's country."""
    country = (city.properties.get("country") if city is not None else None) or ""
    return figures.gantt_figure(_plan(plan), country=str(country))


def budget(plan: Any = None, *, contingency_pct: float | None = None) -> Figure:
    """Show cost and sources, and what is missing with the contingency."""
    return figures.budget_figure(_plan(plan), contingency_pct=contingency_pct)


def risks(plan: Any = None) -> Figure:
    """Show the risk grid of the plan."""
    return figures.risk_figure(_plan(plan))


def power_interest(plan: Any = None) -> Figure:
    """Show who decides and who lives with it."""
    return figures.power_figure(_plan(plan))
