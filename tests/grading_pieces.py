"""Small stand-ins for tests of scoring and repair: questions, a key, hand-ins."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.identity import Who
from course.paths import ROOT
from course.questions import Property, Question, Tolerance
from grading.records import MEDIA_TYPE, Record
from grading.scoring import CityFound, Judge
from grading.template import Template

MODULE = "10_integrated_fares"


@dataclass(frozen=True)
class FakeCity:
    id: str = "tiny"
    title: str = "Tiny Town"
    fingerprint: str = "aaaaaaaaaaaaaaaa"


@dataclass(frozen=True)
class FakeDraw:
    params: dict[str, Any]
    variant: str
    who: Who


TINY = FakeCity()
BIG = FakeCity("big", "Big City", "bbbbbbbbbbbbbbbb")


def question(name: str = "m99_a", **changes: Any) -> Question:
    fields = {
        "id": name, "module": "99_tiny", "number": 1, "title": name, "kind": "core",
        "points": 2.0, "type": "number", "prompt": "?", "hints": ("", ""),
        "varies_by": "trainee", "item": "route", "unit": "{cur}",
        "tolerance": Tolerance("absolute", 0.2),
        "properties": (Property("x", 0.75, "Too dear."), Property("y", 0.25, "Too far.")),
    }  # fmt: skip
    return Question(**{**fields, **changes})


class FakeKey:
    """Expected 16.5 in Tiny for ana, 30 for bo; 99 in Big."""

    def __init__(self, wrong: Any = ((40.0, "You paid twice."), (16.9, "Too near to tell."))):
        self.wrong = list(wrong)

    def expected(self, qid: str, city: Any, draw: Any) -> Any:
        if city == BIG:
            return 99.0
        return {"ana": 16.5, "bo": 30.0}.get(draw.who.trainee, 7.0)

    def wrong_values(self, qid: str, city: Any, draw: Any) -> list[tuple[Any, str]]:
        return self.wrong

    def judge_design(self, qid: str, city: Any, draw: Any, value: Any) -> Any:
        return [(bool(value["cheap"]), 0.75, "Too dear."), (bool(value["near"]), 0.25, "Too far.")]


def draw(question: Question, city: Any, who: Who) -> FakeDraw:
    return FakeDraw({"cur": "KRW"}, f"{question.id}-{city.id}-{who.trainee}", who)


def judge(trainee: str = "ana", **changes: Any) -> Judge:
    from course.answers import read_value

    def find(record: Record) -> CityFound:
        if record.fingerprint == TINY.fingerprint:
            return CityFound(TINY)
        return CityFound(sentence="Kept.", note="City unknown.")

    fields = {
        "who": Who(trainee), "key": FakeKey(), "draw": draw, "find_city": find,
        "read_value": read_value, "bundled": lambda: [TINY, BIG],
    }  # fmt: skip
    return Judge(**{**fields, **changes})


def record(value: Any, name: str = "m99_a", **changes: Any) -> Record:
    fields = {
        "question": name, "value": value, "city": "tiny", "fingerprint": TINY.fingerprint,
        "trainee": "ana", "variant": f"{name}-tiny-ana", "time": 1.0, "n": 1,
    }  # fmt: skip
    return Record(**{**fields, **changes})


# ---- notebooks -----------------------------------------------------------------------


def source_notebook() -> dict[str, Any]:
    """Return the exercises of module 10 with joined sources."""
    path = ROOT / "modules" / MODULE / "exercises.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return notebook


def template() -> Template:
    return Template(source_notebook())


def raw_record(name: str, value: Any, **changes: Any) -> dict[str, Any]:
    return {
        "schema": 1, "module": MODULE, "question": name, "value": value, "unit": "",
        "city": "tiny", "fingerprint": TINY.fingerprint, "trainee": "ana", "team": None,
        "variant": "v", "course": "0", "time": "2026-11-02T10:00:00.000+00:00", "n": 1, **changes,
    }  # fmt: skip


def cell_of(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
            return cell
    raise KeyError(name)


def answered(values: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a handed-in notebook with an answer record in each automatic cell."""
    notebook = source_notebook()
    wanted = values if values is not None else dict.fromkeys(template().automatic, 1)
    for name, value in wanted.items():
        cell_of(notebook, name)["outputs"] = [shown(raw_record(name, value, **changes))]
    return notebook


def shown(raw: Any) -> dict[str, Any]:
    data = {MEDIA_TYPE: raw, "text/plain": "Noted."}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def write(folder: Path, notebook: Any, name: str = "exercises.ipynb") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = notebook if isinstance(notebook, str) else json.dumps(notebook)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def copied(cell: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(cell)
