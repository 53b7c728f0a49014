"""Every module: right answers, typical wrong ones, and what hints and neighbours may tell.

What a module shares with the others is asked here, once; its own `tests/module_work`
file says what a careful trainee types.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import course
from course import catalogue
from course.city.importing import read_export
from course.city.pack import City
from course.questions import Question
from grading import hints
from tests import module_work
from tests.cities_by_turns import BUNDLED, FEEDS, by_turns
from tests.key_cases import (
    LESSONS,
    MODULES,
    SURVEYS,
    TESTS,
    WITH_CONTENT,
    bundled,
    drawn,
    is_right,
    key,
    module,
)
from tests.module_runs import ROOT, calls, cells, imported, solve, text_of
from tests.notebook_lint import source

TRAINEES = tuple(f"trainee{n}" for n in range(6))
LARGE = 100  # a number of a worked example that is no larger may be met by chance
RARELY = 0.15  # of all pairs of neighbours
# in italics though no terms: origins of a table, the word itself, words on a button
NO_TERMS = {"real", "facts", "synthetic", "italics", "copy setting"}

each_page = pytest.mark.parametrize("module_id", WITH_CONTENT)
each_scored = pytest.mark.parametrize("module_id", (*LESSONS, *TESTS))
# hints, designs and lessons: a test or survey has none, tests/test_forms_*.py says what it has
each_module = pytest.mark.parametrize("module_id", LESSONS)
each_bundled = pytest.mark.parametrize("name", BUNDLED)
each_feed = pytest.mark.parametrize("name", FEEDS)


def numeric(module_id: str) -> list[Question]:
    """Return the questions that ask for one number."""
    return [q for q in module(module_id).questions.values() if q.type in ("number", "integer")]


def expected(question: Question, city: City, trainee: str) -> Any:
    return key(question.id).expected(question.id, city, drawn(question.id, city, trainee))


# ---- the work file -------------------------------------------------------------------


def test_every_module_that_stands_has_a_form_that_is_tested():
    assert sorted((*LESSONS, *TESTS, *SURVEYS)) == sorted(WITH_CONTENT)


@each_page
def test_a_module_that_stands_says_what_a_careful_trainee_types(module_id: str):
    try:
        work = module_work.of(module_id)
    except ModuleNotFoundError:
        pytest.fail(
            f"The module {module_id} stands, but tests/module_work/m{module_id}.py is missing. "
            "Write it: tests/module_work/__init__.py says what it holds."
        )
    typed = work.WORK(bundled("seoul"), "ana")
    assert set(typed) == set(module(module_id).questions)
    assert bool(work.LESSON_CALLS) == (module_id in LESSONS)


def test_every_work_file_belongs_to_a_module():
    files = {p.stem[1:] for p in Path(module_work.__path__[0]).glob("m[0-9]*.py")}
    assert files <= {m.id for m in catalogue.modules(MODULES)}


@each_page
def test_a_trainee_calls_only_what_the_pages_show(module_id: str):
    pages = text_of(module_id, "exercises.ipynb")
    if module_id in LESSONS:
        pages += text_of(module_id, "lesson.ipynb")
    known = imported(module_id)
    for question, code in module_work.of(module_id).WORK(bundled("seoul"), "ana").items():
        for call in calls(code, known):
            assert re.search(rf"\b{re.escape(call)}\(", pages), f"{question} needs {call}"


# ---- right answers -------------------------------------------------------------------


@each_scored
@each_bundled
@pytest.mark.parametrize("trainee", TRAINEES[:2])
def test_the_calls_of_the_pages_give_full_marks(module_id: str, name: str, trainee: str):
    full_marks(module_id, bundled(name), trainee)


@pytest.mark.slow
@each_module
@each_feed
def test_full_marks_on_an_imported_city(module_id: str, name: str, city_of: Callable[[str], City]):
    full_marks(module_id, city_of(name), "ana")


def full_marks(module_id: str, city: City, trainee: str) -> None:
    for question, value in solve(module_id, city, trainee).items():
        assert is_right(question, value, city, trainee), (question, value)


@each_scored
@each_bundled
def test_every_expected_value_can_be_kept_as_json(module_id: str, name: str):
    for question in module(module_id).questions.values():
        for trainee in TRAINEES[:3]:
            json.dumps(expected(question, bundled(name), trainee), allow_nan=False)


@each_module
@each_bundled
def test_every_trainee_has_a_design_with_full_marks(module_id: str, name: str):
    city = bundled(name)
    for question in module(module_id).questions.values():
        if question.type != "json":
            continue
        for trainee in TRAINEES[:4]:
            design = module_work.design(question.id, city, trainee)
            assert is_right(question.id, design, city, trainee), (trainee, design)


@each_module
def test_the_shares_of_a_design_are_those_of_the_module_file(module_id: str):
    city = bundled("seoul")
    for question in module(module_id).questions.values():
        if question.type == "json":
            draw = drawn(question.id, city, "ana")
            design = module_work.design(question.id, city, "ana")
            judged = key(question.id).judge_design(question.id, city, draw, design)
            assert [share for _, share, _ in judged] == [p.share for p in question.properties]


HOST = """
import json, sys
from course.city.pack import City
from tests.key_cases import drawn, key, module
city = City.open(sys.argv[2])
print(json.dumps({
    q: [city.fingerprint, drawn(q, city, "ana").variant,
        key(q).expected(q, city, drawn(q, city, "ana"))]
    for q in module(sys.argv[1]).questions
}, allow_nan=False))
"""


@pytest.mark.slow
@each_scored
@each_feed
def test_a_host_that_never_saw_the_city_expects_the_same(
    module_id: str, name: str, city_of: Callable[[str], City], tmp_path: Path
):
    """The city travels as a zip; another process, which remembers nothing, draws again."""
    city = city_of(name)
    folder = read_export(city.export(tmp_path / "city.zip"), tmp_path / "host")
    done = subprocess.run(
        [sys.executable, "-c", HOST, module_id, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    here = {
        q: [city.fingerprint, drawn(q, city, "ana").variant, expected(question, city, "ana")]
        for q, question in module(module_id).questions.items()
    }
    assert json.loads(done.stdout) == json.loads(json.dumps(here))


# ---- typical wrong answers -----------------------------------------------------------


@each_module
@each_bundled
def test_each_typical_wrong_value_gets_its_own_hint(module_id: str, name: str):
    every_hint_shows(module_id, bundled(name))


@pytest.mark.slow
@each_module
@each_feed
def test_typical_wrong_values_on_an_imported_city(
    module_id: str, name: str, city_of: Callable[[str], City]
):
    every_hint_shows(module_id, city_of(name))


def every_hint_shows(module_id: str, city: City) -> None:
    """Score each typical wrong value; every hint of the module shows for somebody.

    On a network of one mode more draws leave two wrong ways too near to each other: then
    more trainees are asked.
    """
    seen: set[tuple[str, str]] = set()
    wanted: set[tuple[str, str]] = set()
    for number in range(24):
        for question in numeric(module_id):
            shown, offered = hints_of(question, city, f"trainee{number}")
            seen |= {(question.id, hint) for hint in shown}
            wanted |= {(question.id, hint) for hint in offered}
        if number >= len(TRAINEES) - 1 and seen == wanted:
            return
    assert seen == wanted, f"never shown: {wanted - seen}"


def hints_of(question: Question, city: City, trainee: str) -> tuple[set[str], set[str]]:
    """Return the hints that show for their own wrong value, and all that are offered."""
    draw = drawn(question.id, city, trainee)
    right = expected(question, city, trainee)
    wrong = key(question.id).wrong_values(question.id, city, draw)
    shown = set()
    for value, hint in wrong:
        found = hints.specific(question, value, right, wrong)
        if not hints.told_apart(question, value, right):
            # switched off: too near to the right answer to say that it is a mistake; another
            # slip that is far enough may still be near enough to this one
            assert found is None or found.sentence != hint
            continue
        # of two wrong ways to one number the more telling stands first in the key
        same = [other for v, other in wrong if hints.matches(question, value, v)]
        assert found is not None and found.sentence in same
        shown |= {hint} if found.sentence == hint else set()
    return shown, {hint for _, hint in wrong}


@each_module
@each_bundled
def test_a_typical_wrong_choice_gets_a_hint(module_id: str, name: str):
    """What is wrong for one trainee may be right for the next: not every hint must show."""
    for question in module(module_id).questions.values():
        if question.type == "choice":
            for trainee in TRAINEES:
                hints_of(question, bundled(name), trainee)


@each_module
def test_every_question_with_a_number_or_a_choice_knows_a_typical_mistake(module_id: str):
    city = bundled("seoul")
    for question in module(module_id).questions.values():
        if question.type in ("number", "integer", "choice"):
            draw = drawn(question.id, city, "ana")
            assert key(question.id).wrong_values(question.id, city, draw), question.id


@each_module
@each_bundled
def test_no_hint_contains_the_key(module_id: str, name: str):
    city = bundled(name)
    for question in numeric(module_id):
        texts = list(question.hints)
        met = 0
        for trainee in TRAINEES:
            draw = drawn(question.id, city, trainee)
            right = expected(question, city, trainee)
            told = [hint for _, hint in key(question.id).wrong_values(question.id, city, draw)]
            said = " ".join(texts + told)
            found = re.findall(r"\d[\d,]*(?:\.\d+)?", said)
            near = [
                number
                for number in (float(n.replace(",", "")) for n in found)
                if hints.matches(question, number, abs(right))
            ]
            assert not [n for n in near if n > LARGE], (question.id, right, near)
            assert f"{right:.2f}" not in said
            met += bool(near)
        # a small number may meet one of the worked example by chance, not as a rule
        assert met <= len(TRAINEES) / 2, (question.id, "the worked example is the answer")


# ---- neighbours ----------------------------------------------------------------------


@each_module
@each_bundled
def test_neighbours_rarely_share_a_value(module_id: str, name: str):
    """Half of the core points are in numbers that a neighbour cannot lend."""
    city = bundled(name)
    spec = module(module_id)
    core = [q for q in spec.questions.values() if q.kind == "core"]
    own = [q for q in core if q.varies_by == "trainee"]
    assert 2 * sum(q.points for q in own) >= spec.core_points
    cannot_be_lent = sum(q.points for q in own if shared(q, city) <= RARELY)
    assert 2 * cannot_be_lent >= spec.core_points, {q.id: shared(q, city) for q in own}


def shared(question: Question, city: City) -> float:
    """Return the share of pairs of trainees in which one's right answer is the other's."""
    draws = [drawn(question.id, city, trainee) for trainee in TRAINEES]
    if question.type == "json":
        # many designs are right: what must differ is what is asked
        asked = [json.dumps(d.params, sort_keys=True) for d in draws]
        pairs = [a == b for a, b in itertools.combinations(asked, 2)]
    else:
        values = [key(question.id).expected(question.id, city, d) for d in draws]
        pairs = [hints.matches(question, a, b) for a, b in itertools.combinations(values, 2)]
    return sum(pairs) / len(pairs)


# ---- the lesson ----------------------------------------------------------------------


@each_module
def test_what_the_lesson_prints_is_right(module_id: str):
    page = text_of(module_id, "lesson.ipynb")
    names = {name: getattr(course, name) for name in imported(module_id, "lesson.ipynb")}
    names["city"] = bundled("seoul")
    for code, value, printed in module_work.of(module_id).LESSON_CALLS:
        assert eval(code, dict(names)) == pytest.approx(value, rel=1e-9), code
        if printed:
            whole = rf"(?<![\d,]){re.escape(printed)}(?!\d|[.,]\d)"
            assert re.search(whole, page), f"{printed} does not stand in the lesson"


@each_module
def test_words_in_italics_are_in_the_glossary(module_id: str):
    """The lesson promises it; keys of the keyboard stand in the first cell only."""
    terms = {term.casefold() for term in course.glossary.terms()["term"]}
    for cell in cells(module_id, "lesson.ipynb")[1:]:
        if cell["cell_type"] != "markdown":
            continue
        text = re.sub(r"`[^`]*`", " ", source(cell))
        for word in re.findall(r"(?<![*\w])\*([^*\n]+)\*(?!\*)", text):
            word = word.casefold()
            known = word in terms or word.removesuffix("s") in terms or word in NO_TERMS
            assert known, f"{cell['id']}: {word!r} is not in the glossary"


def test_another_city_takes_its_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COURSE_ALL_CITIES", raising=False)
    met = set()
    for day in range(1, 4):
        monkeypatch.setenv("COURSE_TURN", f"2026-11-{day:02d}")
        first, other = by_turns("a test", ("x", "y", "z"))
        assert first == "seoul"
        met.add(other)
    assert met == {"x", "y", "z"}
    monkeypatch.setenv("COURSE_ALL_CITIES", "1")
    assert by_turns("a test", ("x", "y")) == ["seoul", "x", "y"]
