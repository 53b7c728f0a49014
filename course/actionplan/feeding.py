"""What a plan takes over from earlier modules: answers, visit notes, the city's own data.

Only empty fields are filled. Each one is marked with where it came from, and stays the
writer's to change.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import answer_book
from course.actionplan.merging import is_empty
from course.actionplan.model import ActionPlan
from course.actionplan.reading import FROM_ANSWER
from course.actionplan.rubric import MODULE

if TYPE_CHECKING:
    from course.city.pack import City

ROWS_OF_DATA = 4
NOTES_FILE = "visit_notes.json"
MOST_NOTES = 2_000_000


@dataclass(frozen=True)
class Fed:
    """One field that was filled.

    Attributes
    ----------
    field : str
        Such as ``fare_policy.policy``.
    value : object
        JSON value.
    source : str
        ``m10_policy``, ``visit notes``, ``city pack`` or ``profile``.
    """

    field: str
    value: Any
    source: str


def answers_of(workspace: Path) -> dict[str, Any]:
    """Return the last answer of each question in a workspace: question -> value."""
    found: dict[str, Any] = {}
    for path in sorted(workspace.glob(f"modules/*/{answer_book.FILE_NAME}")):
        for name, record in answer_book.latest(path).items():
            found[name] = record.get("value")
    return found


def notes_of(workspace: Path) -> list[dict[str, str]]:
    """Return the visit notes of a workspace, the newest of each place and field."""
    latest: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted(workspace.glob(f"modules/*/{NOTES_FILE}")):
        try:
            if path.stat().st_size > MOST_NOTES:
                continue
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        rows = content.get("notes") if isinstance(content, dict) else content
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and all(isinstance(row.get(k), str)
                                             for k in ("site", "field", "text")):  # fmt: skip
                latest[row["site"], row["field"]] = row
    return list(latest.values())


def found_in(
    workspace: Path, city: City | None, *, name: str = "", today: dt.date | None = None
) -> list[Fed]:
    """Return everything that could fill a plan.

    Parameters
    ----------
    workspace : Path
        Its ``modules`` hold answers and notes.
    city : City, optional
        Gives name, currency and the origin of its tables.
    name : str
        The trainee, as the profile names them.
    today : date, optional
        The date of a plan that begins.

    Returns
    -------
    list of Fed
        At most one per field; empty for an empty workspace without a city.
    """
    answers = answers_of(workspace)
    sources = (
        _from_city(city, name, today or dt.date.today()),
        _from_citizens(answers),
        _from_night(answers, city),
        _from_fares(answers),
        _from_visits(notes_of(workspace)),
    )
    return [fed for source in sources for fed in source]


def _from_city(city: City | None, name: str, today: dt.date) -> Iterator[Fed]:
    if city is not None:
        yield Fed("city", city.title, "city pack")
        yield Fed("finance.currency", city.currency, "city pack")
        rows = city.sources
        weak = rows[rows["origin"] != "real"].head(ROWS_OF_DATA)
        if len(weak):
            yield Fed("data_readiness", [
                {"frame": str(frame), "origin": str(origin), "owner": None, "fix_by": None}
                for frame, origin in zip(weak["frame"], weak["origin"], strict=True)
            ], "city pack")  # fmt: skip
    yield Fed("date", today.isoformat(), "today")
    if name:
        yield Fed("team", [{"name": name, "post": None, "unit": None, "part": "", "signs": True}],
                  "profile")  # fmt: skip


def _from_citizens(answers: dict[str, Any]) -> Iterator[Fed]:
    rule = answers.get("m02_rule")
    if not isinstance(rule, dict):
        return
    if isinstance(rule.get("rule"), str):
        yield Fed("citizens.rule", f"votes become a list by {rule['rule']}".replace("_", " "),
                  "m02_rule")  # fmt: skip
    for field in ("reply_days", "offline_share_pct"):
        if _is_number(rule.get(field)):
            yield Fed(f"citizens.{field}", rule[field], "m02_rule")


def _from_night(answers: dict[str, Any], city: City | None) -> Iterator[Fed]:
    network = answers.get("m06_net")
    routes = network.get("routes") if isinstance(network, dict) else None
    if not isinstance(routes, list) or not routes or not all(isinstance(r, str) for r in routes):
        return
    yield Fed("pilot_service.routes", routes, "m06_net")
    if city is None or not _is_number(network.get("headway_min")):
        return
    try:
        # what the exercise page itself computes from the same answer
        from course import nightbus
        from course.exercises import exercise

        plan = nightbus.plan_of(
            exercise("m06_routes", city), exercise("m06_night_trips", city), routes=routes
        )
        fleet = nightbus.plan_fleet(plan, headway_min=float(network["headway_min"]))
    except Exception:  # an answer that does not fit this city fills no number
        return
    yield Fed("pilot_service.fleet", int(fleet), "m06_net")
    yield Fed("pilot_service.coverage_pct", round(float(plan.served_pct), 1), "m06_net")


def _from_fares(answers: dict[str, Any]) -> Iterator[Fed]:
    design = answers.get("m10_policy")
    if isinstance(design, dict) and design:
        kept = {str(k): v for k, v in design.items() if isinstance(v, (str, bool, int, float))}
        if kept:
            yield Fed("fare_policy.policy", kept, "m10_policy")


def _from_visits(notes: list[dict[str, str]]) -> Iterator[Fed]:
    by_place: dict[str, dict[str, str]] = {}
    for row in notes:
        if row["text"].strip():
            by_place.setdefault(row["site"], {})[row["field"]] = row["text"].strip()
    full = [p for p in by_place.items() if "would_change" in p[1]] or list(by_place.items())
    for site, fields in full[:1]:
        seen = fields.get("saw") or fields.get("q1") or ""
        yield Fed("seoul_practice.practice", f"{_title(site)}: {seen}".rstrip(": ")[:200],
                  "visit notes")  # fmt: skip
        if change := fields.get("would_change"):
            yield Fed("seoul_practice.what_must_differ", change[:600], "visit notes")
        years = [
            r["time"][:4] for r in notes if r["site"] == site and r.get("time", "")[:4].isdigit()
        ]
        if years:
            yield Fed("seoul_practice.source_year", int(max(years)), "visit notes")


def _title(site: str) -> str:
    try:
        from course import visits

        return str(visits.site(site).title)
    except Exception:  # notes outlive the list of places
        return site.replace("_", " ")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def fill(data: dict[str, Any], found: list[Fed]) -> tuple[dict[str, Any], list[Fed]]:
    """Return a plan with its empty fields filled, and what was filled.

    Parameters
    ----------
    data : dict
        A draft; it is not changed.
    found : list of Fed
        From `found_in`.

    Returns
    -------
    tuple
        The new draft, marked under ``from_answer``; the fields that were empty before.
    """
    made, used = copy.deepcopy(data), []
    known = ActionPlan.model_fields if data.get("kind") != "cooperation_note" else data
    for fed in found:
        top, _, inner = fed.field.partition(".")
        if top not in known:
            continue
        if not inner:
            if is_empty(made.get(top)):
                made[top] = copy.deepcopy(fed.value)
                used.append(fed)
            continue
        box = made.get(top)
        if box is None:
            box = made[top] = {}
        if isinstance(box, dict) and is_empty(box.get(inner)):
            box[inner] = copy.deepcopy(fed.value)
            used.append(fed)
    marks = dict(made.get(FROM_ANSWER) or {})
    marks |= {fed.field: fed.source for fed in used if fed.source not in ("today", "profile")}
    made[FROM_ANSWER] = marks
    return made, used


def workspace_of(folder: Path) -> Path:
    """Return the workspace a plan's folder belongs to."""
    if folder.name == MODULE and folder.parent.name == "modules":
        return folder.parent.parent
    from course.paths import workspace_dir

    return workspace_dir()
