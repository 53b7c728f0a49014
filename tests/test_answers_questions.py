"""module.yml is checked as a whole; each broken rule is one sentence with its place."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest
import yaml

from course.errors import CourseError, UsageError
from course.questions import Tolerance, find_module, find_question, load_module
from tests.key_cases import MODULE_DIR, module

MODULES = MODULE_DIR.parent
GOOD = yaml.safe_load((MODULE_DIR / "module.yml").read_text(encoding="utf-8"))


def broken(tmp_path: Path, change) -> str:
    content = copy.deepcopy(GOOD)
    change(content)
    file = tmp_path / "module.yml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        load_module(file)
    assert str(file) in caught.value.what
    assert caught.value.remedy.endswith(".")
    return caught.value.what


def first(content: dict, **changes) -> None:
    content["questions"][0].update(changes)


def design(content: dict) -> dict:
    return next(q for q in content["questions"] if q["type"] == "json")


def test_every_module_file_of_the_course_is_valid():
    folders = sorted(p.parent for p in MODULES.glob("*/module.yml"))
    assert len(folders) >= 14
    assert len({folder.name[:2] for folder in folders}) == len(folders)
    for folder in folders:
        spec = load_module(folder)
        assert spec.id == folder.name
        if spec.form == "lesson":
            assert spec.minutes["lesson"] > 0 and len(spec.objectives) >= 3
        else:
            assert spec.minutes["lesson"] == 0 and len(spec.objectives) == 2
        if spec.status == "planned":
            assert not spec.questions


def test_module_10_is_the_curriculums():
    spec = module()
    assert spec.core_points == 10
    points = {q.id: (q.kind, q.points, q.type, q.varies_by) for q in spec.questions.values()}
    assert points == {
        "m10_trip": ("core", 1, "number", "trainee"),
        "m10_link": ("core", 2, "integer", "trainee"),
        "m10_rev": ("core", 2, "number", "trainee"),
        "m10_react": ("core", 1, "number", "trainee"),
        "m10_neutral": ("core", 1, "number", "trainee"),
        "m10_losers": ("core", 1, "number", "trainee"),
        "m10_policy": ("core", 2, "json", "trainee"),
        "m10_cap": ("extra", 1, "choice", "city"),
    }
    widths = [spec.questions[f"m10_{q}"].tolerance.width(1000) for q in
              ("trip", "link", "rev", "react", "neutral", "losers")]  # fmt: skip
    assert widths == [0, 0, 0.2, 0.2, 10, 0.5]
    assert [w.points for w in spec.written] == [4]
    assert list(spec.written[0].bands) == [4, 3, 2, 1, 0]
    assert dict(spec.minutes) == {"lesson": 45, "exercises": 45}


RULES = {
    "the key 'answer' is unknown": lambda c: first(c, answer=1650),
    "the key 'colour' is unknown": lambda c: c.update(colour="red"),
    "the key 'hints' is missing": lambda c: c["questions"][0].pop("hints"),
    "the key 'title' is missing": lambda c: c.pop("title"),
    "1 general hints": lambda c: first(c, hints=["one"]),
    "hints is not a list": lambda c: first(c, hints="one"),
    "hints is empty": lambda c: first(c, hints=["", "two"]),
    "core points add to 9": lambda c: c["questions"][1].update(points=1),
    "only 4 of 10 core points": lambda c: (
        [q.update(varies_by="none") for q in c["questions"][1:6] if q["points"] == 2]
        + [c["questions"][0].update(varies_by="city"), c["questions"][3].update(varies_by="team")]
    ),
    "a tolerance does not fit": lambda c: design(c).update(tolerance={"absolute": 1}),
    "the tolerance 'about'": lambda c: first(c, tolerance="about"),
    "the tolerance {'absolute': 1, 'relative'": lambda c: first(
        c, tolerance={"absolute": 1, "relative": 0.1}
    ),
    "tolerance is 'wide'": lambda c: first(c, tolerance={"wide": 1}),
    "the tolerance {'absolute': 1, 'least'": lambda c: first(
        c, tolerance={"absolute": 1, "least": 0.1}
    ),
    "tolerance is 0": lambda c: first(c, tolerance={"relative": 0.01, "least": 0}),
    "relative tolerance of 1 is too wide": lambda c: first(c, tolerance={"relative": 1}),
    "tolerance is -1": lambda c: first(c, tolerance={"absolute": -1}),
    "the range 9 to 3 is empty": lambda c: first(c, range=[9, 3]),
    "the range is not two": lambda c: first(c, range=[1]),
    "the plausible range is missing": lambda c: c["questions"][0].pop("range"),
    "unit or item is missing": lambda c: c["questions"][0].pop("item"),
    "type is 'guess'": lambda c: first(c, type="guess"),
    "kind is 'bonus'": lambda c: first(c, kind="bonus"),
    "varies_by is 'mood'": lambda c: first(c, varies_by="mood"),
    "points is 0": lambda c: first(c, points=0),
    "points is True": lambda c: first(c, points=True),
    "the id 'm11_trip' does not fit": lambda c: first(c, id="m11_trip"),
    "two questions have this id": lambda c: c["questions"][1].update(id="m10_trip"),
    "options and the type number": lambda c: first(c, options={"a": "x", "b": "y"}),
    "fields and the type json": lambda c: design(c).pop("fields"),
    "shares of the properties do not add": lambda c: design(c)["properties"].pop(),
    "only a json question has properties": lambda c: first(
        c, properties=[{"id": "x", "share": 1, "sentence": "y"}]
    ),
    "the braces in": lambda c: first(c, prompt="The value {legs[0]} is"),
    "the braces in 'The {x.__class__}'": lambda c: first(c, prompt="The {x.__class__}"),
    "the braces in 'Half a {brace'": lambda c: first(c, prompt="Half a {brace"),
    "the bands are not 4": lambda c: c["written"][0]["bands"].pop(0),
    "the id '10 fares' is not NN_name": lambda c: c.update(id="10 fares"),
    "status is 'soon'": lambda c: c.update(status="soon"),
    "pillar is 'magic'": lambda c: c.update(pillar="magic"),
    "minutes: lesson is -5": lambda c: c["minutes"].update(lesson=-5),
    "objectives is not a list": lambda c: c.update(objectives="all"),
    "version is 0": lambda c: c.update(version=-0),
}


@pytest.mark.parametrize("says", RULES)
def test_a_broken_rule_is_named(says: str, tmp_path: Path):
    assert says in broken(tmp_path, RULES[says])


@pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2", "", "\t", "a: b: c", "!!python/object:os.x"])
def test_what_is_no_module_file_is_a_sentence(text: str, tmp_path: Path):
    (tmp_path / "module.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError):
        load_module(tmp_path)


def test_a_missing_file_is_a_sentence(tmp_path: Path):
    with pytest.raises(CourseError, match="does not exist"):
        load_module(tmp_path / "module.yml")


def test_a_changed_file_is_read_again(tmp_path: Path):
    file = tmp_path / "module.yml"
    content = copy.deepcopy(GOOD)
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert load_module(file).title == "One trip, one price"
    content["title"] = "Another title"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert load_module(file).title == "Another title"


def test_a_question_is_found_from_its_folder_and_from_above(tmp_path: Path, monkeypatch):
    folder = tmp_path / "smartcity" / "10_integrated_fares"
    folder.mkdir(parents=True)
    content = copy.deepcopy(GOOD)
    content["title"] = "The released one"
    (folder / "module.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    for here in (folder, folder.parent):
        monkeypatch.chdir(here)
        assert find_module("m10_trip").title == "The released one"
    monkeypatch.chdir(tmp_path)
    assert find_question("m10_trip").points == 1  # the checkout has it


@pytest.mark.parametrize("given", ["", "m10", "10_trip", "trip", 7, None, "mxx_trip", "m10_" * 999])
def test_an_id_that_is_none_is_a_sentence(given):
    with pytest.raises(UsageError) as caught:
        find_module(given)
    assert len(str(caught.value)) < 9000


def test_a_share_finer_than_the_answer_can_be_given_is_widened():
    neutral = load_module(MODULE_DIR).questions["m10_neutral"]
    # prices are counted in hundredths: 0.28 and 0.29 are the nearest to 0.2869
    assert neutral.tolerance.width(0.2767) == 0.01
    assert neutral.tolerance.width(1_550.0) == pytest.approx(15.5)


def test_tolerance_words_and_widths():
    assert Tolerance("relative", 0.01).width(-200) == 2
    assert Tolerance("relative", 0.01).words("KRW") == "right within 1 %"
    assert Tolerance("absolute", 0.2).words("%") == "right within 0.2 points"
    assert Tolerance("absolute", 5).words("min") == "right within 5 min"
    assert Tolerance().width(5) == 0
