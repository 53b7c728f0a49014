"""A city of one's own: answered, exported, scored by a host that never saw it.

The whole chain of module 10 on the bundled cities and on two real feeds: right answers
get full marks, each typical mistake its own hint.
"""

from __future__ import annotations

import shutil

import pytest

from course.errors import UsageError
from course.identity import Who
from course.paths import ROOT
from course.questions import load_module
from grading.cities import HostCities
from grading.demo import stories, working
from grading.demo.people import Person
from grading.demo.solutions import solver_of
from grading.direct import score_all
from grading.paperwork import automatic_points
from grading.release import release
from grading.state import GradingState
from tests.grading_pieces import MODULE

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]
BUNDLED = ("seoul", "mashhad", "iloilo")
FEEDS = ("busan_metro", "bogor")
# mistakes of Solver.typical_wrong; where one cannot be told from the key there is no hint
HINTS = {
    "m10_trip": "You paid twice: this is a transfer.",
    "m10_link": "Nothing is linked.",
    "m10_rev": "Change, not ratio.",
    "m10_react": "Money, not riders.",
    "m10_neutral": "Steps bring money.",
    "m10_losers": "Group 1.",
    "m10_policy": "above the line",
}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    base = tmp_path_factory.mktemp("released")
    state = GradingState(base / "grading", ROOT, base / "exchange").prepare()
    release(state, MODULE)
    return state


@pytest.fixture
def state(released, tmp_path, monkeypatch):
    base = tmp_path / "state"
    shutil.copytree(released.base, base / "grading")
    monkeypatch.setenv("COURSE_STATE", str(base))
    return GradingState(base / "grading", ROOT, base / "exchange").prepare()


def hand_in(state, student, city, home, *, wrong=False):
    """Let a trainee answer everything and put the folder where a collection leaves it."""
    spec = load_module(ROOT / "modules" / MODULE)
    folder = state.folder("submitted", student, MODULE)
    shutil.copytree(state.folder("release", ".", MODULE), folder)
    solver = solver_of(spec.id)(spec, city, Who(student))
    desk = stories.Desk(Person(student, "honest", city.id), folder, home, city, solver)
    answers = solver.typical_wrong() if wrong else solver.right()
    with working.as_trainee(folder, trainee=student, city=str(city.path), workspace=home):
        stories._do(desk, answers)
        from course.answers import hand_in as pack

        with working._shell() as captured, captured():
            pack()
    return desk


def check(state, outcome, right, wrong):
    points = automatic_points(state, MODULE)
    assert sum(points[right.person.id].values()) == 11.0, outcome.scored[right.person.id].results
    results = outcome.scored[wrong.person.id]
    told = 0
    for name, hint in HINTS.items():
        made = results.result(name)
        if name != "m10_policy":
            given, expected = wrong.given[name], wrong.solver.right()[name]
            width = wrong.solver.spec.questions[name].tolerance.width(abs(expected))
            if abs(given - expected) <= 3 * width + 1e-6:
                continue  # too near to the right answer to tell a mistake
        assert made.points < made.max_points
        assert hint in made.sentence, (name, made.sentence)
        told += 1
    assert told >= 5


@pytest.mark.parametrize("name", BUNDLED)
def test_the_chain_on_a_bundled_city(state, tmp_path, name):
    from course.city.pack import City

    city = City.open(name)
    right = hand_in(state, "ana", city, tmp_path / "ana")
    wrong = hand_in(state, "bo", city, tmp_path / "bo", wrong=True)
    assert not list(right.folder.glob("*.zip")), "a bundled city need not travel"
    check(state, score_all(state, MODULE), right, wrong)


@pytest.mark.parametrize("name", FEEDS)
def test_the_chain_on_an_imported_city(state, tmp_path, test_data, name):
    from course.city.importing import add_city

    home = tmp_path / "home"
    city = add_city(name, [test_data / "gtfs" / f"{name}.zip"], where=home / "cities")
    right = hand_in(state, "ana", city, home)
    wrong = hand_in(state, "bo", city, home, wrong=True)
    assert len(list(right.folder.glob("*.zip"))) == 1

    first = score_all(state, MODULE)
    for student in ("ana", "bo"):
        assert {r["status"] for r in first.scored[student].results.values()} == {"pending"}
    cities = HostCities(state.cities)
    (waiting,) = [c for c in cities.table() if c["status"] == "waiting"]
    assert waiting["fingerprint"] == city.fingerprint
    assert score_all(state, MODULE).now == [], "nothing changed, nothing is scored"

    cities.approve(city.fingerprint[:6], by="test")
    again = score_all(state, MODULE)
    assert again.now == ["ana", "bo"]
    check(state, again, right, wrong)


def test_a_zip_that_is_no_city_is_refused_and_the_batch_goes_on(state, tmp_path):
    from course.city.pack import City

    own = City.open(stories.own_city(tmp_path, "ana"))
    desk = hand_in(state, "ana", own, tmp_path)
    (zipped,) = desk.folder.glob("*.zip")
    zipped.write_bytes(b"PK\x03\x04 not a zip at all")
    (desk.folder / "bomb.zip").write_bytes(b"\x00" * 1000)
    for number in range(6):
        (desk.folder / f"z{number}.zip").write_bytes(b"x")
    hand_in(state, "bo", City.open("seoul"), tmp_path / "bo")
    outcome = score_all(state, MODULE)
    lines = [text for _, text in outcome.scored["ana"].notes]
    assert any("bomb.zip was refused as a city" in line for line in lines)
    assert any("More than 3 zip files" in line for line in lines)
    assert {r["status"] for r in outcome.scored["ana"].results.values()} == {"pending"}
    assert sum(r["points"] for r in outcome.scored["bo"].results.values()) == 11.0
    assert not [c for c in HostCities(state.cities).table() if c["status"] == "waiting"]


def test_a_changed_city_is_another_city(state, tmp_path):
    """Answers for the city before the change wait, although the pack now is approved."""
    from course.city.pack import City

    own = City.open(stories.own_city(tmp_path, "ana"))
    hand_in(state, "ana", own, tmp_path)
    score_all(state, MODULE)
    HostCities(state.cities).approve(own.fingerprint)
    book = state.folder("submitted", "ana", MODULE)
    for path in (book / "answers.json", book / "exercises.ipynb"):
        text = path.read_text("utf-8")
        path.write_text(text.replace(own.fingerprint, own.fingerprint[::-1]), "utf-8")
    outcome = score_all(state, MODULE)
    assert {r["status"] for r in outcome.scored["ana"].results.values()} == {"pending"}


def test_approving_what_is_not_there(state):
    cities = HostCities(state.cities)
    for start in ("", "abc", "../..", "f" * 99):
        with pytest.raises(UsageError):
            cities.approve(start)
