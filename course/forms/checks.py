"""Rules of a ``module.yml`` whose form is a test or a survey.

A test has twenty questions with four texts to choose from, each worth one point, counted
by the areas of its blueprint. A survey has scales from 1 to 5 and open questions without
points. Neither has hints, and neither holds an answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from course.questions import ModuleSpec, Option, Question

if TYPE_CHECKING:
    from course.question_checks import _Place

FORM_KEYS = {
    "id", "title", "form", "pillar", "status", "minutes", "decision", "objectives", "version",
    "blueprint", "questions",
}  # fmt: skip
AREAS = ("policy", "data", "transport", "plan")
BLUEPRINT = {"policy": 5, "data": 6, "transport": 6, "plan": 3}
LETTERS = "abcd"
SCALE = (1, 2, 3, 4, 5)
# a text much longer than the others is a sign of the right one
LONGEST_TO_SHORTEST = 2.2
SHORT = 24  # letters; numbers and names may differ as they like
_TEST_KEYS = {"id", "title", "area", "about", "prompt", "options"}
_SURVEY_KEYS = {"id", "title", "prompt", "scale", "best"}


def form_questions(data: dict[str, Any], place: _Place) -> dict[str, Question]:
    """Return the questions of a test or survey, or raise the first rule one breaks."""
    make = _test_item if data["form"] == "test" else _survey_item
    found: dict[str, Question] = {}
    for number, entry in enumerate(data.get("questions") or (), start=1):
        here = place(f"question {number}")
        entry = here.mapping(entry, *_KEYS[data["form"]])
        name = str(entry["id"])
        if not re.fullmatch(rf"m{str(data['id'])[:2]}_[a-z0-9_]+", name):
            raise here.fail(f"the id {name!r} does not fit.", f"Begin it with m{data['id'][:2]}_.")
        here = place(name)
        if name in found:
            raise here.fail("two questions have this id.", "Give one another name.")
        common = {
            "id": name,
            "module": data["id"],
            "number": number,
            "title": here.text("title", entry["title"]),
            "kind": data["form"],
            "prompt": here.text("prompt", entry["prompt"]),
            "hints": (),
            "version": int(data.get("version") or 1),
        }
        found[name] = make(entry, common, here)
    return found


_KEYS = {
    "test": (_TEST_KEYS, _TEST_KEYS),
    "survey": (_SURVEY_KEYS, {"id", "title", "prompt"}),
}


def _test_item(entry: dict[str, Any], common: dict[str, Any], place: _Place) -> Question:
    texts = place.texts("options", entry["options"])
    if len(texts) != len(LETTERS):
        raise place.fail(f"{len(texts)} options are given.", f"Write {len(LETTERS)}.")
    if len({text.casefold() for text in texts}) != len(texts):
        raise place.fail("two options are the same.", "Write four different ones.")
    lengths = sorted(len(text) for text in texts)
    if lengths[-1] > SHORT and lengths[-1] > LONGEST_TO_SHORTEST * lengths[0]:
        raise place.fail(
            "the options differ much in length.", "Make them alike: the longest stands out."
        )
    if any("{" in text or "}" in text for text in (common["prompt"], *texts)):
        raise place.fail("braces have no meaning here.", "Nothing is drawn but the order.")
    if not re.fullmatch(r"\d\d", str(entry["about"])):
        raise place.fail(f"about is {entry['about']!r}.", 'Write a module\'s number: "02".')
    return Question(
        **common,
        points=1.0,
        type="choice",
        varies_by="trainee",
        item="answer",
        options=tuple(Option(letter, f"{{option_{letter}}}") for letter in LETTERS),
        choices=texts,
        area=place.one_of("area", entry["area"], AREAS),
        about=str(entry["about"]),
    )


def _survey_item(entry: dict[str, Any], common: dict[str, Any], place: _Place) -> Question:
    if "scale" not in entry:
        if "best" in entry:
            raise place.fail("best is given without a scale.", "Leave `best` out.")
        return Question(**common, points=0.0, type="text", varies_by="none")
    words = place.texts("scale", entry["scale"])
    if len(words) != len(SCALE):
        raise place.fail(f"the scale has {len(words)} steps.", f"Write {len(SCALE)}.")
    best = entry.get("best", SCALE[-1])
    if best not in SCALE or isinstance(best, bool):
        raise place.fail(f"best is {best!r}.", "Write the number of a step: 1 to 5.")
    return Question(
        **common,
        points=0.0,
        type="choice",
        varies_by="none",
        item="step",
        options=tuple(Option(str(n), text) for n, text in zip(SCALE, words, strict=True)),
        best=int(best),
    )


def check_form(module: ModuleSpec, place: _Place) -> None:
    """Raise where a test or survey as a whole is not what its form asks for."""
    if not module.has_content:
        return
    questions = module.questions.values()
    if module.form == "survey":
        if module.blueprint:
            raise place.fail("a survey has no blueprint.", "Leave `blueprint` out.")
        if not any(q.type == "choice" for q in questions):
            raise place.fail("the survey has no scale.", "Add a question with `scale:`.")
        return
    if dict(module.blueprint) != BLUEPRINT:
        raise place.fail(
            f"the blueprint is {dict(module.blueprint)}.",
            "Every test of the course has the same: "
            + ", ".join(f"{area} {n}" for area, n in BLUEPRINT.items()) + ".",
        )  # fmt: skip
    for area, wanted in BLUEPRINT.items():
        count = sum(q.area == area for q in questions)
        if count != wanted:
            raise place.fail(
                f"{count} questions are about {area}, the blueprint says {wanted}.",
                "Add or remove some.",
            )
    stems = [q.prompt.casefold() for q in questions]
    if len(set(stems)) != len(stems):
        raise place.fail("two questions have the same text.", "Write another one.")
