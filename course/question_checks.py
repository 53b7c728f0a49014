"""Rules a ``module.yml`` must keep, each complaint with the file and the question."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course.errors import CourseError
from course.forms.checks import FORM_KEYS, check_form, form_questions
from course.questions import (
    CORE_POINTS,
    FORMS,
    KINDS,
    STATUSES,
    TYPES,
    VARIES,
    FormField,
    ModuleSpec,
    Option,
    Property,
    Question,
    Tolerance,
    Written,
)

PILLARS = ("policy", "bigdata", "transport", "capstone")
BANDS = (4, 3, 2, 1, 0)
_MODULE_KEYS = {
    "id", "title", "pillar", "status", "minutes", "decision", "objectives",
    "version", "data", "labs", "questions", "written", "form", "rubric",
}  # fmt: skip
_QUESTION_KEYS = {
    "id", "title", "kind", "points", "type", "unit", "tolerance", "range", "varies_by",
    "item", "prompt", "hints", "options", "fields", "properties",
}  # fmt: skip
_WRITTEN_KEYS = {"id", "title", "points", "prompt", "bands"}
_FIELD_KEYS = {"type", "meaning", "unit", "range", "options"}
_FIELD_TYPES = ("number", "integer", "bool", "choice", "multi")


class _Place:
    """Where in the file a rule is checked; raises with that name."""

    def __init__(self, path: Path, what: str = "") -> None:
        self.path, self.what = path, what

    def __call__(self, what: str) -> _Place:
        return _Place(self.path, what)

    def fail(self, sentence: str, remedy: str) -> CourseError:
        where = f"{self.path}, {self.what}" if self.what else str(self.path)
        return CourseError(f"{where}: {sentence}", remedy)

    def mapping(self, value: Any, allowed: set[str], needed: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fail("a list of keys and values is expected here.", "Write `key: value`.")
        if unknown := sorted(str(k) for k in set(value) - allowed):
            raise self.fail(
                f"the key {unknown[0]!r} is unknown.", f"Known keys: {', '.join(sorted(allowed))}."
            )
        if missing := sorted(needed - set(value)):
            raise self.fail(f"the key {missing[0]!r} is missing.", f"Add `{missing[0]}:`.")
        return value

    def one_of(self, key: str, value: Any, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            raise self.fail(f"{key} is {value!r}.", f"Use one of {', '.join(allowed)}.")
        return value

    def text(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.fail(f"{key} is empty or not text.", f"Write a sentence after `{key}:`.")
        return " ".join(value.split()) if "\n\n" not in value else value.strip()

    def positive(self, key: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
            raise self.fail(f"{key} is {value!r}.", "Write a number above 0.")
        return float(value)

    def texts(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            raise self.fail(f"{key} is not a list.", f"Write `- ` lines under `{key}:`.")
        return tuple(self.text(key, item) for item in value)


def checked_module(content: Any, path: Path) -> ModuleSpec:
    """Return the module of a parsed file, or raise the first rule it breaks."""
    place = _Place(path)
    needed = {"id", "title", "pillar", "status", "minutes", "objectives"}
    lesson = FORMS[0]
    form = content.get("form", lesson) if isinstance(content, dict) else lesson
    if form != lesson:
        place.one_of("form", form, FORMS)
    data = place.mapping(content, _MODULE_KEYS if form == lesson else FORM_KEYS, needed)
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", str(data["id"])):
        raise place.fail(f"the id {data['id']!r} is not NN_name.", "Use the folder's name.")
    status = place.one_of("status", data["status"], STATUSES)
    parts = {"lesson", "exercises"} if form == lesson else {"exercises"}
    minutes = place("minutes").mapping(data["minutes"], parts, parts)
    module = ModuleSpec(
        id=data["id"],
        title=place.text("title", data["title"]),
        pillar=place.one_of("pillar", data["pillar"], PILLARS),
        status=status,
        minutes={"lesson": 0}
        | {k: int(place("minutes").positive(k, v)) for k, v in minutes.items()},
        version=int(place.positive("version", data.get("version", 1))),
        decision=" ".join(str(data.get("decision", "")).split()),
        objectives=place.texts("objectives", data["objectives"]),
        data=tuple(str(item) for item in data.get("data") or ()),
        labs=_labs(data.get("labs"), place("labs")),
        questions=_questions(data, place) if form == lesson else form_questions(data, place),
        written=_written(data, place),
        path=path,
        form=form,
        blueprint=dict(data.get("blueprint") or {}),
        rubric=_rubric(data, place),
    )
    if form != lesson:
        check_form(module, place)
    elif module.has_content:
        _check_points(module, place)
    return module


def _labs(value: Any, place: _Place) -> tuple[str, ...]:
    """Return the core labs: ids such as ``fares``, each once."""
    found = place.texts("labs", value) if value else ()
    for name in found:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or found.count(name) > 1:
            raise place.fail(f"{name!r} cannot stand here.", "Write each lab's id once.")
    return tuple(found)


def _questions(data: dict[str, Any], place: _Place) -> dict[str, Question]:
    found: dict[str, Question] = {}
    version = int(data.get("version") or 1)
    for number, entry in enumerate(data.get("questions") or (), start=1):
        question = _question(entry, number, data["id"], version, place(f"question {number}"))
        if question.id in found:
            raise place(question.id).fail("two questions have this id.", "Give one another name.")
        found[question.id] = question
    return found


def _question(entry: Any, number: int, module_id: str, version: int, place: _Place) -> Question:
    needed = {"id", "title", "kind", "points", "type", "varies_by", "prompt", "hints"}
    entry = place.mapping(entry, _QUESTION_KEYS, needed)
    prefix = f"m{module_id[:2]}_"
    if not re.fullmatch(prefix + r"[a-z0-9_]+", str(entry["id"])):
        raise place.fail(f"the id {entry['id']!r} does not fit.", f"Begin it with {prefix!r}.")
    place = place(entry["id"])
    kind = place.one_of("type", entry["type"], TYPES)
    hints = place.texts("hints", entry["hints"])
    if len(hints) != 2:
        raise place.fail(
            f"{len(hints)} general hints are given.",
            "Write two: the quantity in words, then a worked example with other numbers.",
        )
    question = Question(
        id=entry["id"],
        module=module_id,
        number=number,
        title=place.text("title", entry["title"]),
        kind=place.one_of("kind", entry["kind"], KINDS),
        points=place.positive("points", entry["points"]),
        type=kind,
        prompt=place.text("prompt", entry["prompt"]),
        hints=(hints[0], hints[1]),
        varies_by=place.one_of("varies_by", entry["varies_by"], VARIES),
        version=version,
        item=str(entry.get("item", "")),
        unit=str(entry.get("unit", "")),
        tolerance=_tolerance(entry.get("tolerance", "exact"), kind, place),
        range=_range(entry.get("range"), place),
        options=_options(entry.get("options"), kind, place),
        fields=_fields(entry.get("fields"), kind, place),
        properties=_properties(entry.get("properties"), kind, place),
    )
    if kind in ("number", "integer") and "range" not in entry:
        raise place.fail("the plausible range is missing.", "Add `range: [lowest, highest]`.")
    if kind in ("number", "integer") and not (question.unit and question.item):
        raise place.fail("unit or item is missing.", "Hints need both, such as `unit: KRW`.")
    for text in (question.prompt, question.unit, *(o.label for o in question.options)):
        _check_braces(text, place)
    return question


def _check_braces(text: str, place: _Place) -> None:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        names = [""]
    # attribute or item access in a template could reach further than the draw
    if not all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names):
        raise place.fail(
            f"the braces in {text[:40]!r} name nothing.", "Write {name} of a drawn value."
        )


def _tolerance(value: Any, kind: str, place: _Place) -> Tolerance:
    if value == "exact":
        return Tolerance()
    if kind not in ("number", "integer"):
        raise place.fail(f"a tolerance does not fit the type {kind}.", "Leave `tolerance` out.")
    given = dict(value) if isinstance(value, dict) else {}
    least = 0.0
    if "relative" in given and "least" in given:
        least = place.positive("tolerance", given.pop("least"))
    if len(given) != 1:
        raise place.fail(
            f"the tolerance {value!r} is not understood.",
            "Write `exact`, `{absolute: 0.5}` or `{relative: 0.01}`; a share may have a `least`.",
        )
    ((name, amount),) = given.items()
    place.one_of("tolerance", name, ("absolute", "relative"))
    amount = place.positive("tolerance", amount)
    if name == "relative" and amount >= 0.5:
        raise place.fail(f"a relative tolerance of {amount:g} is too wide.", "0.01 means 1 %.")
    return Tolerance(name, amount, least)


def _range(value: Any, place: _Place) -> tuple[Any, Any]:
    if value is None:
        return (None, None)
    if not isinstance(value, list) or len(value) != 2:
        raise place.fail("the range is not two values.", "Write `range: [lowest, highest]`.")
    for bound in value:
        if isinstance(bound, bool) or not isinstance(bound, (int, float, str, type(None))):
            raise place.fail(f"the bound {bound!r} is no number.", "Write a number or a name.")
    low, high = value
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and not low < high:
        raise place.fail(f"the range {low} to {high} is empty.", "Put the lowest value first.")
    return (low, high)


def _options(value: Any, kind: str, place: _Place) -> tuple[Option, ...]:
    wanted = kind in ("choice", "multi")
    if wanted != bool(value):
        raise place.fail(f"options and the type {kind} do not fit.", "Only choices have options.")
    if not wanted:
        return ()
    if not isinstance(value, dict) or len(value) < 2:
        raise place.fail("options are not `key: words`.", "Write two options or more.")
    return tuple(Option(str(k), place.text("options", v)) for k, v in value.items())


def _fields(value: Any, kind: str, place: _Place) -> tuple[FormField, ...]:
    if (kind == "json") != bool(value):
        raise place.fail(f"fields and the type {kind} do not fit.", "Only json has fields.")
    fields = []
    for name, entry in (value or {}).items():
        entry = place.mapping(entry, _FIELD_KEYS, {"type", "meaning"})
        if (entry["type"] in ("choice", "multi")) != bool(entry.get("options")):
            raise place.fail(
                f"options and the type of {name} do not fit.", "Choice and multi have options."
            )
        fields.append(
            FormField(
                name=str(name),
                type=place.one_of(f"type of {name}", entry["type"], _FIELD_TYPES),
                meaning=place.text(f"meaning of {name}", entry["meaning"]),
                unit=str(entry.get("unit", "")),
                range=_range(entry.get("range"), place),
                options=tuple(entry.get("options") or ()),
            )
        )
    return tuple(fields)


def _properties(value: Any, kind: str, place: _Place) -> tuple[Property, ...]:
    if value and kind != "json":
        raise place.fail("only a json question has properties.", "Leave `properties` out.")
    properties = []
    for entry in value or ():
        entry = place.mapping(entry, {"id", "share", "sentence"}, {"id", "share", "sentence"})
        share = place.positive("share", entry["share"])
        properties.append(Property(str(entry["id"]), share, place.text("s", entry["sentence"])))
    if kind == "json" and abs(sum(p.share for p in properties) - 1) > 1e-9:
        raise place.fail("the shares of the properties do not add to 1.", "Change the shares.")
    return tuple(properties)


def _written(data: dict[str, Any], place: _Place) -> tuple[Written, ...]:
    found = []
    for entry in data.get("written") or ():
        entry = place("written").mapping(entry, _WRITTEN_KEYS, {"id", "points", "prompt", "bands"})
        here = place(str(entry["id"]))
        bands: Mapping[Any, Any] = entry["bands"]
        if not isinstance(bands, dict) or set(bands) != set(BANDS):
            raise here.fail("the bands are not 4, 3, 2, 1, 0.", "Write one line for each band.")
        found.append(
            Written(
                id=str(entry["id"]),
                points=here.positive("points", entry["points"]),
                prompt=here.text("prompt", entry["prompt"]),
                bands={band: here.text(f"band {band}", bands[band]) for band in BANDS},
                title=str(entry.get("title", "")),
            )
        )
    return tuple(found)


def _rubric(data: dict[str, Any], place: _Place) -> Any:
    """Read the rubric a module is marked by; the file lies beside ``module.yml``."""
    name = data.get("rubric")
    if name is None:
        return None
    from course.actionplan.rubric import load_rubric

    if name != "rubric.yml":
        raise place.fail(f"the rubric is {name!r}.", "Write `rubric: rubric.yml`.")
    file = place.path.parent / name
    # a trainee's folder may hold module.yml alone; the release compares cells and rubric
    return load_rubric(file) if file.is_file() else None


def _check_points(module: ModuleSpec, place: _Place) -> None:
    core = [q for q in module.questions.values() if q.kind == "core"]
    total = sum(q.points for q in core)
    if abs(total - CORE_POINTS) > 1e-9:
        raise place.fail(f"the core points add to {total:g}.", f"They must add to {CORE_POINTS:g}.")
    own = sum(q.points for q in core if q.varies_by == "trainee")
    if own * 2 < total:
        raise place.fail(
            f"only {own:g} of {total:g} core points vary by trainee.",
            "At least half must, so that neighbours cannot copy a number.",
        )
