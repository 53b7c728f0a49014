"""What is still missing or wrong in a plan, in plain words with field and remedy."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from course.actionplan.model import KINDS, ActionPlan, CooperationNote, asked_by
from course.actionplan.rules import cross_faults
from course.actionplan.shown_text import can_be_shown
from course.actionplan.words import FIRST_YEAR, LAST_YEAR

NOT_PRINTABLE = ("not_printable", "string_unicode")
# what a draft's file holds besides the fields: it is no part of a hand-in
BESIDE = ("kept", "from_answer")
_REMEDIES = {
    "team": "One member signs: answer yes in that row and no in the others.",
    "team.part": "Name the part of the plan this person wrote and presents.",
    "phases": "Take one need out, so that a first phase is free to start.",
    "phases.needs": "Write the name of another phase, or take it out.",
    "phases.start": "Start it later, or take the need out.",
    "phases.project": "Give one of them another name.",
    "activities": "Raise the budget or lower a cost.",
    "help_wanted": "Add one item that is not money, such as a sample or a visit.",
    "offers": "Write what the other side gives, too.",
}


@dataclass(frozen=True)
class Problem:
    """One thing to mend.

    Attributes
    ----------
    field : str
        Where: ``activities[1].owner`` is the owner of the second activity; "" is the file.
    sentence : str
        What is wrong.
    remedy : str
        What to do.
    """

    field: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        """Return sentence and remedy, as they are shown."""
        return f"{self.sentence} {self.remedy}".strip()


def bare(annotation: Any) -> Any:
    """Return a type without ``| None``."""
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [a for a in get_args(annotation) if a is not type(None)]
        return kept[0] if len(kept) == 1 else annotation
    return annotation


def row_type(annotation: Any) -> Any:
    """Return the type of a list's rows, or None where it is no list."""
    inner = bare(annotation)
    return get_args(inner)[0] if get_origin(inner) is list else None


def is_part(annotation: Any) -> bool:
    """Say whether a type is a box of fields."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _extra(field: FieldInfo) -> Mapping[str, Any]:
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def path_text(where: Sequence[str | int]) -> str:
    """Return a path as text: ``("risks", 0, "p")`` is ``risks[0].p``."""
    text = ""
    for step in where:
        text += f"[{step}]" if isinstance(step, int) else ("." if text else "") + str(step)
    return text


@dataclass(frozen=True)
class _Place:
    """A field, reached by a path: its label, its remedy and what stands there."""

    path: tuple[str | int, ...]
    label: str
    remedy: str
    value: Any
    known: bool = True


def _place(kind: type[BaseModel], where: Sequence[str | int], data: Any) -> _Place:
    """Walk a path through the model and through the data beside it."""
    annotation: Any = kind
    labels: list[str] = []
    row, remedy, value, known = "this row", "", data, True
    field: FieldInfo | None = None
    path: list[str | int] = []
    for step in where:
        if isinstance(step, int):
            inner = row_type(annotation)
            if inner is None:
                break
            what = str(_extra(field).get("row", "row")) if field is not None else "row"
            value = value[step] if isinstance(value, list) and step < len(value) else None
            row = f"{what} {step + 1}"
            labels.append(row)
            annotation = inner
        elif is_part(bare(annotation)):
            field = bare(annotation).model_fields.get(step)
            value = value.get(step) if isinstance(value, dict) else None
            path.append(step)
            if field is None:
                known = False
                labels.append(repr(str(step)[:40]))
                break
            labels.append(str(field.title))
            remedy = str(_extra(field).get("remedy", ""))
            annotation = field.annotation
            continue
        else:
            break
        path.append(step)
    return _Place(tuple(path), ", ".join(labels), remedy.replace("{row}", row), value, known)


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    text = "".join(c if can_be_shown(c) else "?" for c in text[:400])
    return text if len(text) <= 40 else f"{text[:37]}…"


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _sentence(kind: str, context: Mapping[str, Any], place: _Place) -> str:
    """Return one sentence for one of pydantic's errors; its own text is never shown."""
    label, value = place.label or "The plan", place.value
    if kind in ("plan", "cross"):
        return ""
    if kind == "extra_forbidden" or not place.known:
        return f"{label} is no field of the plan."
    if kind == "too_short" or (kind == "missing" and isinstance(value, list)):
        have = len(value) if isinstance(value, list) else 0
        rows = "row is" if have == 1 else "rows are"
        if not have:
            return f"{label}: empty."
        return f"{label}: {have} {rows} given, {context.get('min_length')} are needed."
    if kind == "too_long":
        return f"{label}: at most {context.get('max_length')} rows are possible."
    if kind == "missing" or _is_empty(value):
        return f"{label}: empty."
    if kind == "string_too_short":
        have = len(value.strip()) if isinstance(value, str) else 0
        return f"{label}: {have} signs, at least {context.get('min_length')} are needed."
    if kind == "string_too_long":
        have = len(value.strip()) if isinstance(value, str) else 0
        return f"{label}: {have} signs, at most {context.get('max_length')} are possible."
    if kind in NOT_PRINTABLE:
        return f"{label}: there is a sign that cannot be printed."
    if kind == "date_type":
        return f"{label}: {_shown(value)} is no day of the calendar."
    if kind == "date_far":
        return f"{label}: {_shown(value)} is not between {FIRST_YEAR} and {LAST_YEAR}."
    if kind.startswith("int_from_float"):
        return f"{label}: {_shown(value)} is no whole number."
    if kind.startswith(("float", "int", "finite")):
        return f"{label}: {_shown(value)} is not a number that can be used."
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return f"{label}: {_shown(value)} is outside what is possible."
    if kind == "literal_error":
        return f"{label}: {_shown(value)} is none of the choices."
    if kind.startswith("bool"):
        return f"{label}: {_shown(value)} is neither yes nor no."
    return f"{label}: {_shown(value)} has another form than this field."


def _remedy(kind: str, place: _Place) -> str:
    if kind == "extra_forbidden" or not place.known:
        return "Take it out, or write it into a field of the form."
    if kind in NOT_PRINTABLE:
        return "Delete the text and type it again."
    if kind in ("date_type", "date_far") and not _is_empty(place.value):
        return "Write it as year, month, day: 2026-11-30."
    return place.remedy


def _of_error(error: Mapping[str, Any], kind: type[BaseModel], data: Any) -> Problem | None:
    place = _place(kind, error["loc"], data)
    what, context = str(error["type"]), error.get("ctx") or {}
    if what == "cross":
        return None  # cross_faults gives all of them
    sentence = str(error["msg"]) if what == "plan" else _sentence(what, context, place)
    return Problem(path_text(place.path), sentence, _remedy(what, place))


_PLAN_REMEDIES = (
    (re.compile("shares add up"), "Change the shares of the sources until they add up to 100."),
    (re.compile("not covered"), "Add a source that pays it, or change what a source pays for."),
    (re.compile("equals its baseline"), "Promise another value than today's."),
    (re.compile("stop rule"), "At which number do you stop? Write it."),
    (re.compile("smallest group"), "Raise k to 5 or more."),
    (re.compile("before it starts"), "Change one of the two days."),
    (re.compile("no answer"), "Write what you do about it."),
)


def _with_remedy(found: Problem) -> Problem:
    for pattern, remedy in _PLAN_REMEDIES:
        if pattern.search(found.sentence):
            return Problem(found.field, found.sentence, remedy)
    return found


def _valid_parts(kind: type[BaseModel], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a plan that are valid alone."""
    parts = {}
    for name, field in kind.model_fields.items():
        if data.get(name) is None:
            continue
        try:
            # too few rows is told anyway; the other limits keep the rules on what a plan can hold
            limits = [m for m in field.metadata if not isinstance(m, annotated_types.MinLen)]
            kept = Annotated[field.annotation, *limits] if limits else field.annotation
            parts[name] = TypeAdapter(kept).validate_python(data[name])
        except (ValidationError, RecursionError, OverflowError):
            continue
    return parts


def _as_data(plan: Any) -> Any:
    if isinstance(plan, BaseModel):
        return plan.model_dump(mode="json")
    return getattr(plan, "data", plan)


def kind_of(data: Any) -> str:
    """Return the kind that plan data names, ``action_plan`` where it names none."""
    kind = data.get("kind") if isinstance(data, dict) else None
    return kind if isinstance(kind, str) and kind in KINDS else "action_plan"


def problems(
    plan: ActionPlan | CooperationNote | Mapping[str, Any] | Any, *, modules: Iterable[str] = ()
) -> list[Problem]:
    """Return what is missing or wrong in a plan, in the order of the form.

    Parameters
    ----------
    plan : ActionPlan, CooperationNote, draft or dict
        As complete as it is; anything else is one problem, never an exception.
    modules : iterable of str
        Modules of the programme; their fields are needed.

    Returns
    -------
    list of Problem
        Empty when the plan can be handed in.
    """
    data = _as_data(plan)
    if isinstance(data, dict):
        data = {key: value for key, value in data.items() if key not in BESIDE}
    if not isinstance(data, dict):
        return [Problem("", "The plan is not a set of fields.", "Fill in the form of module 13.")]
    kind = KINDS[kind_of(data)]
    found: list[Problem | None] = []
    try:
        kind.model_validate(data)
    except ValidationError as error:
        found += [_of_error(e, kind, data) for e in error.errors(include_url=False)]
    except (RecursionError, OverflowError):
        found.append(Problem("", "The plan is nested too deeply.", "Fill in the form again."))
    for field, sentence in cross_faults(_valid_parts(kind, data)):
        remedy = _REMEDIES.get(re.sub(r"\[\d+\]", "", field), "")
        steps = [int(s) if s.isdigit() else s for s in re.findall(r"\w+", field)]
        found.append(Problem(field, sentence, remedy or _place(kind, steps, data).remedy))
    if kind is ActionPlan:
        for name in asked_by(modules):
            if data.get(name) is None:
                place = _place(kind, [name], data)
                found.append(Problem(name, f"{place.label}: empty.", place.remedy))
    order = {name: at for at, name in enumerate(_order(kind))}
    clean = dict.fromkeys(_with_remedy(p) for p in found if p is not None)
    return sorted(clean, key=lambda p: order.get(re.split(r"[.\[]", p.field)[0], -1))


def _order(kind: type[BaseModel]) -> list[str]:
    from course.actionplan.outline import sections

    return [field for section in sections(kind) for field in section.fields]
