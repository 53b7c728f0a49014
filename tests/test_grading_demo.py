"""A whole week with simulated trainees, through the real nbgrader and its exchange.

The demo runs once for all tests of this file; tests that change something work on a copy.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import replace

import pytest

from course.paths import ROOT
from grading import paperwork, scored
from grading.cities import HostCities
from grading.demo import exchange, people, week
from grading.demo.stories import WAITS
from grading.direct import score_all
from grading.gradebook import scoring_api
from grading.handin import NOTEBOOK
from grading.state import GradingState
from grading.template import grade_id
from tests.grading_gradebook import forget_scores, rows

MODULE = week.MODULE
pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    with week.throw_away_state(out, ROOT) as state:
        yield week.run(state, out, 15, workers=2, say=lambda line: None)


@pytest.fixture
def copy(demo, tmp_path, monkeypatch):
    """Return the same state in another folder, to change."""
    base = tmp_path / "state" / "grading"
    shutil.copytree(demo.state.base, base)
    shutil.copytree(demo.state.exchange, tmp_path / "exchange")
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COURSE_EXCHANGE", str(tmp_path / "exchange"))
    return GradingState.default().prepare()


def of(demo, kind):
    return next(row for row in demo.rows if row.person.kind == kind)


def scored_notebook(state, student):
    return json.loads((state.folder("autograded", student, MODULE) / NOTEBOOK).read_text("utf-8"))


# ---- the scores ----------------------------------------------------------------------


def test_everybody_gets_what_the_demo_expected(demo):
    assert [(r.person.id, r.points, r.first) for r in demo.rows if not r.agrees] == []
    assert len(demo.rows) == 15
    assert demo.scoring.failed == {}


def test_every_trainee_is_marked_as_simulated(demo):
    assert all(row.person.id.startswith("demo-") for row in demo.rows)


def plain_prices(trips, policy, city):
    """Return the price of each trip under one policy, through the engine's table."""
    from course import fares

    return fares.reprice(trips, policy)["price"].tolist()


def own_answers(desk):
    """Work every answer out again, with loops over rows in place of the key's arrays."""
    from course import fares
    from course.exercises import draw, exercise

    who, city, spec = desk.solver.who, desk.city, desk.solver.spec
    shown = {name: dict(draw(q, city, who).params) for name, q in spec.questions.items()}
    rides = exercise("m10_rides", city, who=who)
    policy = exercise("m10_policy", city, who=who)
    trips = fares.link(rides, city=city)
    old, new = plain_prices(trips, fares.today(city), city), plain_prices(trips, policy, city)
    (first, km1), (second, km2) = shown["m10_trip"]["legs"]
    bases = fares.SEOUL.base["adult"]
    answers = {
        # both on the same rule: the higher base and 100 KRW for each begun 5 km after 10 km
        "m10_trip": max(bases[first], bases[second]) + 100 * math.ceil((km1 + km2 - 10) / 5),
        "m10_link": sum(d == shown["m10_link"]["date"] for d in trips.table["date"]),
        "m10_rev": 100 * (math.fsum(new) / math.fsum(old) - 1),
        "m10_react": 100 * (
            math.fsum(p * ((p / q) ** -0.4 if p > 0 and q > 0 else 1.0)
                      for p, q in zip(new, old, strict=True)) / math.fsum(old) - 1
        ),
    }  # fmt: skip
    poorest = [g == 1 for g in trips.table["income_group"].fillna(0)]
    dearer = sum(n > o and g for n, o, g in zip(new, old, poorest, strict=True))
    answers["m10_losers"] = 100 * dearer / sum(poorest)
    low, high = 0.0, 20 * max(old)
    for _ in range(60):
        middle = (low + high) / 2
        brings = math.fsum(plain_prices(trips, policy.replace(base=middle), city))
        low, high = (middle, high) if brings < math.fsum(old) else (low, middle)
    answers["m10_neutral"] = middle
    cap_trips = fares.link(exercise("m10_cap_rides", city, who=who), city=city)
    settings = exercise("m10_cap_settings", city, who=who)
    cheaper = {}
    for code, setting in settings.items():
        with_cap = plain_prices(cap_trips, setting, city)
        without = plain_prices(cap_trips, setting.replace(cap_at_separate=False), city)
        cheaper[code] = sum(a < b for a, b in zip(with_cap, without, strict=True))
    answers["m10_cap"] = max(cheaper, key=cheaper.get)
    return answers, trips, old, poorest, shown["m10_policy"]["line"]


TOLERANCE = {
    "m10_trip": lambda key: 0.0, "m10_link": lambda key: 0, "m10_rev": lambda key: 0.2,
    "m10_react": lambda key: 0.2, "m10_neutral": lambda key: 0.01 * key,
    "m10_losers": lambda key: 0.5,
}  # fmt: skip
POINTS = {
    "m10_trip": 1, "m10_link": 2, "m10_rev": 2, "m10_react": 1, "m10_neutral": 1,
    "m10_losers": 1, "m10_policy": 2, "m10_cap": 1,
}  # fmt: skip


def design_share(design, city, trips, old, poorest, line, who):
    """Judge a design by the five sentences of the module's file."""
    from course import fares
    from course.exercises import exercise

    policy = exercise("m10_design", city, who=who, design=design)
    new = plain_prices(trips, policy, city)
    reacted = math.fsum(
        p * ((p / q) ** -0.4 if p > 0 and q > 0 else 1.0) for p, q in zip(new, old, strict=True)
    )
    ratio = reacted / math.fsum(old) + design["subsidy"] / 100
    mean = [math.fsum(x for x, g in zip(xs, poorest, strict=True) if g) for xs in (new, old)]
    distance = design["step_price"] > 0
    met = {
        0.30: design["subsidy"] <= line and abs(ratio - 1) <= 0.05,
        0.25: mean[0] <= mean[1] * (1 + 1e-9) and not (distance and design["free_km"] <= 0),
        0.15: max(new) <= 3 * math.fsum(old) / len(old) * (1 + 1e-9),
        0.1500001: not distance or design["tap_out"] in ("tap-out", "zones"),
        0.1500002: fares.today(city).integrated or design["compensation"] != "none",
    }
    return round(sum(share for share, ok in met.items() if ok), 2)


def test_points_equal_those_worked_out_apart_row_by_row(demo):
    points = {
        (student, cell): score
        for student, _, cell, score, *_ in rows(demo.state.base / "gradebook.db")["grade"]
    }
    for desk in demo.desks:
        right, trips, old, poorest, line = own_answers(desk)
        for name, possible in POINTS.items():
            given = desk.given.get(name)
            if given is None:
                share = 0.0
            elif given is WAITS:
                share = None
            elif name == "m10_policy":
                share = design_share(given, desk.city, trips, old, poorest, line, desk.solver.who)
            elif name == "m10_cap":
                share = float(given == right[name])
            else:
                near = isinstance(given, int | float) and (
                    abs(given - right[name]) <= TOLERANCE[name](abs(right[name])) + 1e-9
                )
                share = float(near)
            wanted = None if share is None else pytest.approx(possible * share)
            assert points[desk.person.id, name] == wanted, (desk.person, name, given)


def test_typical_mistakes_get_their_own_hint(demo):
    row = of(demo, "wrong")
    made = demo.scoring.scored[row.person.id]
    hints = {q: made.result(q).sentence for q in made.results}
    assert hints["m10_trip"] == "Not yet. You paid twice: this is a transfer."
    assert hints["m10_link"] == "Not yet. Nothing is linked."
    assert hints["m10_rev"] == "Not yet. Change, not ratio."
    assert hints["m10_react"] == "Not yet. Money, not riders."
    assert "above the line" in hints["m10_policy"]


def test_other_units_get_the_unit_hint(demo):
    made = demo.scoring.scored[of(demo, "units").person.id]
    for name in ("m10_rev", "m10_react", "m10_neutral"):
        assert made.result(name).hint == "unit"


@pytest.mark.parametrize("kind", ["number copier", "file copier"])
def test_copied_numbers_get_the_neighbour_hint_and_the_report_names_the_source(demo, kind):
    row = of(demo, kind)
    made = demo.scoring.scored[row.person.id]
    copied = [q for q in made.results if made.results[q]["status"] == "mismatch"]
    assert len(copied) >= 4
    assert all("Which one is yours?" in made.result(q).sentence for q in copied)
    assert any("the right one for demo-01" in line for line in row.lines)
    assert made.look


def test_forged_records_are_named(demo):
    lines = " ".join(of(demo, "forger").lines)
    for part in (
        "made under the name 'somebody-else'",
        "with the fingerprint of 'iloilo'",
        "names another variant",
        "deadbeefdeadbeef",
        "holds an answer to m10_trip",
    ):
        assert part in lines


def test_repairs_are_named(demo):
    assert "stands 2 times" in " ".join(of(demo, "duplicated").lines)
    assert "another order" in " ".join(of(demo, "duplicated").lines)
    assert "exercises-Copy1.ipynb" in " ".join(of(demo, "renamed").lines)
    assert "was deleted" in " ".join(of(demo, "unreadable").lines)
    assert "was edited" in " ".join(of(demo, "unreadable").lines)
    assert "No exercises notebook" in " ".join(of(demo, "no notebook").lines)


# ---- pending -------------------------------------------------------------------------


def test_a_city_of_ones_own_waits_then_counts(demo):
    row = of(demo, "own city")
    assert set(row.first.values()) == {0.0}
    assert row.points == row.expected.points
    cities = HostCities(demo.state.cities).table()
    (own,) = [c for c in cities if c["status"] == "approved"]
    assert own["approved_by"] == "demo"


def test_a_waiting_answer_is_open_in_the_gradebook_and_not_failed(demo):
    student = of(demo, "forger").person.id
    table = {r[2]: r for r in rows(demo.state.base / "gradebook.db")["grade"] if r[0] == student}
    auto_score, needs = table["m10_react"][3], table["m10_react"][6]
    assert auto_score is None and needs == 1
    from nbgrader.api import Gradebook

    with Gradebook(demo.state.db_url, "smartcity") as book:
        grade = book.find_grade("m10_react", "exercises", MODULE, student)
        assert not grade.failed_tests
        assert grade.score == 0.0
        missing = book.find_grade("m10_neutral", "exercises", MODULE, student)
        assert missing.failed_tests and not missing.needs_manual_grade


def test_every_graded_cell_says_its_points_on_purpose(demo):
    """A graded cell without output would count as full marks in nbgrader."""
    for row in demo.rows:
        notebook = scored_notebook(demo.state, row.person.id)
        for cell in notebook["cells"]:
            if grade_id(cell) in POINTS:
                sentence, points = cell["outputs"]
                assert sentence["output_type"] == "display_data"
                assert points["output_type"] == "execute_result"
                assert float(points["data"]["text/plain"]) == row.points[grade_id(cell)]


# ---- the two roads -------------------------------------------------------------------


def test_nbgraders_own_autograde_writes_the_same_rows(demo, copy):
    fast = rows(copy.base / "gradebook.db")
    forget_scores(copy.base / "gradebook.db")
    for folder in ("autograded", "scored", "keys"):
        shutil.rmtree(copy.base / folder)
    copy.prepare()
    api = scoring_api(copy)
    for row in demo.rows:
        result = api.autograde(MODULE, row.person.id)
        assert result["success"], result.get("error")
    slow = rows(copy.base / "gradebook.db")
    for table, wanted in slow.items():
        assert fast[table] == wanted, table
    for row in demo.rows:
        ours, theirs = (scored_notebook(s, row.person.id) for s in (demo.state, copy))
        for a, b in zip(ours["cells"], theirs["cells"], strict=True):
            if grade_id(a) in POINTS:
                assert joined(a["outputs"][0]) == joined(b["outputs"][0])


def joined(output):
    text = output["data"]["text/plain"]
    return "".join(text)


def test_nbgrader_called_by_hand_works_on_the_same_state(demo, copy):
    from nbgrader.api import Gradebook

    student = of(demo, "own city").person.id
    environment = {
        "JUPYTER_CONFIG_PATH": str(ROOT / "grading"),
        "COURSE_STATE": str(copy.base.parent),
        "COURSE_EXCHANGE": str(copy.exchange),
        "PATH": "/usr/bin:/bin",
        "HOME": str(copy.base.parent),
    }
    folder = copy.folder("autograded", student, MODULE)
    shutil.rmtree(folder)
    for command in (
        ["autograde", MODULE, "--student", student, "--notebook", "exercises"],
        ["generate_feedback", MODULE, "--student", student, "--notebook", "exercises", "--force"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command],
            env=environment, cwd=copy.base.parent, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
    assert (folder / NOTEBOOK).is_file()
    page = copy.folder("feedback", student, MODULE) / "exercises.html"
    assert "11 of" not in page.read_text("utf-8")
    assert "1 of 1 points. Right." in page.read_text("utf-8")
    with Gradebook(copy.db_url, "smartcity") as book:
        assert book.find_submission(MODULE, student).score == 11.0


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def formgrader(state):
    """Run a Jupyter server with nbgrader's formgrader on a state; yields a caller."""
    port = free_port()
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_PATH": str(ROOT / "grading"),
        "COURSE_STATE": str(state.base.parent),
        "COURSE_EXCHANGE": str(state.exchange),
    }
    command = [
        sys.executable, "-m", "jupyter", "server", "--allow-root", "--no-browser",
        f"--port={port}", f"--ServerApp.root_dir={ROOT}", "--IdentityProvider.token=t",
    ]  # fmt: skip

    def call(path, *, post=False):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            headers={"Authorization": "token t"},
            data=b"" if post else None,
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read().decode("utf-8")

    log = state.base.parent / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, env=environment, cwd=state.base.parent, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            for _ in range(240):
                try:
                    call("/api/status")
                    break
                except OSError:
                    assert server.poll() is None, log.read_text("utf-8")[-2000:]
                    time.sleep(0.5)
            yield call
        finally:
            server.terminate()
            server.wait(timeout=60)


def test_the_formgrader_shows_and_scores_the_same_state(demo, copy):
    from nbgrader.api import Gradebook

    waits, wrong = of(demo, "forger").person.id, of(demo, "wrong").person.id
    before = rows(copy.base / "gradebook.db")
    with Gradebook(copy.db_url, "smartcity") as book:
        page = book.find_submission_notebook("exercises", MODULE, waits).id
    with formgrader(copy) as call:
        listed = json.loads(call(f"/formgrader/api/submissions/{MODULE}"))
        scores = {s["student"]: s["score"] for s in listed}
        assert scores == {r.person.id: pytest.approx(sum(r.points.values())) for r in demo.rows}
        assert "Waiting, no points yet." in call(f"/formgrader/submissions/{page}/")
        pressed = call(f"/formgrader/api/submission/{MODULE}/{wrong}/autograde", post=True)
        assert json.loads(pressed)["success"]
    assert rows(copy.base / "gradebook.db") == before


# ---- running again -------------------------------------------------------------------


def test_running_twice_changes_nothing_and_skips(copy):
    before = rows(copy.base / "gradebook.db")
    outcome = score_all(copy, MODULE)
    assert outcome.now == []
    assert len(outcome.skipped) == 15
    assert rows(copy.base / "gradebook.db") == before


def test_a_run_that_was_killed_is_finished_by_running_again(copy):
    before = rows(copy.base / "gradebook.db")
    done = scored.load(copy, MODULE)
    lost = sorted(done)[5:]
    scored.save(copy, MODULE, {s: done[s] for s in sorted(done)[:5]})
    for student in lost[:3]:
        shutil.rmtree(copy.folder("autograded", student, MODULE))
    outcome = score_all(copy, MODULE)
    assert outcome.now == lost
    assert rows(copy.base / "gradebook.db") == before


def test_scoring_again_keeps_what_a_person_gave(copy):
    from nbgrader.api import Gradebook

    with Gradebook(copy.db_url, "smartcity") as book:
        written = book.find_grade("m10_written", "exercises", MODULE, "demo-02")
        written.manual_score, written.extra_credit = 3.0, 0.5
        written.needs_manual_grade = False
        automatic = book.find_grade("m10_trip", "exercises", MODULE, "demo-02")
        automatic.manual_score, automatic.needs_manual_grade = 0.5, False
        comment = book.find_comment("m10_written", "exercises", MODULE, "demo-02")
        comment.manual_comment = "Name a number."
        book.db.commit()
    before = rows(copy.base / "gradebook.db")
    assert len(score_all(copy, MODULE, again=True).now) == 15
    assert rows(copy.base / "gradebook.db") == before


def test_a_changed_hand_in_is_scored_and_its_manual_grade_reviewed(copy):
    from nbgrader.api import Gradebook

    with Gradebook(copy.db_url, "smartcity") as book:
        grade = book.find_grade("m10_written", "exercises", MODULE, "demo-02")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        book.db.commit()
    path = copy.folder("submitted", "demo-02", MODULE) / NOTEBOOK
    path.write_text(path.read_text("utf-8").replace("edge of town", "far end"), "utf-8")
    assert score_all(copy, MODULE).now == ["demo-02"]
    with Gradebook(copy.db_url, "smartcity") as book:
        grade = book.find_grade("m10_written", "exercises", MODULE, "demo-02")
        assert (grade.manual_score, grade.needs_manual_grade) == (3.0, True)


def test_one_student_and_a_stranger(copy):
    from course.errors import UsageError

    assert score_all(copy, MODULE, again=True, students=["demo-03"]).now == ["demo-03"]
    with pytest.raises(UsageError, match="has no hand-in"):
        score_all(copy, MODULE, students=["nobody"])


def test_late_hand_ins_are_treated_as_nbgrader_does(copy):
    """Set a due date in the past; nbgrader's default rule takes nothing off."""
    import datetime

    from nbgrader.api import Gradebook

    with Gradebook(copy.db_url, "smartcity") as book:
        book.find_assignment(MODULE).duedate = datetime.datetime(2020, 1, 1)
        book.db.commit()
    before = rows(copy.base / "gradebook.db")
    score_all(copy, MODULE, again=True)
    assert rows(copy.base / "gradebook.db") == before


# ---- what goes out -------------------------------------------------------------------


def pages(demo):
    return [row.feedback for row in demo.rows]


def test_everybody_fetches_their_own_feedback(demo):
    for row in demo.rows:
        assert row.feedback is not None, row.person
        text = row.feedback.read_text("utf-8")
        total = sum(row.points.values())
        assert re.search(rf"\(Score: {total:.1f}\d* / 15.0\)|Score: {total}", text), row.person


def test_feedback_runs_no_script_and_asks_no_network(demo):
    for page in pages(demo):
        text = page.read_text("utf-8")
        assert "<script" not in text.lower()
        assert not re.search(r"<[^<>]+\son\w+\s*=", text)
        assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text)
        assert "javascript:alert" not in re.sub(r"\] \(javascript:alert\(1\)\)", "", text)


def test_feedback_says_of_a_written_answer_that_nobody_read_it_yet(demo):
    assert "has not read this yet" in of(demo, "honest").feedback.read_text("utf-8")


def test_feedback_of_a_wrong_answer_holds_the_hint_and_no_right_answer(demo):
    row = of(demo, "wrong")
    text = row.feedback.read_text("utf-8")
    assert "You paid twice: this is a transfer." in text
    desk = next(d for d in demo.desks if d.person == row.person)
    right = desk.solver.right()
    for name in ("m10_rev", "m10_react", "m10_neutral", "m10_losers"):
        # 156.29 is what was typed where 56.29 is right: digits before make another number
        shown = re.escape(f"{abs(right[name]):.4f}"[:6])
        assert not re.search(rf"(?<![\d.]){shown}", text), name


def test_released_files_hold_nothing_but_the_lesson_the_exercises_and_the_questions(demo):
    from grading.state import COURSE_ID

    outbound = demo.state.exchange / COURSE_ID / "outbound" / MODULE
    assert sorted(p.name for p in outbound.rglob("*")) == [
        "exercises.ipynb", "lesson.ipynb", "module.yml",
    ]  # fmt: skip


def test_the_export_has_nbgraders_columns_and_a_pair_per_question(demo):
    with demo.export.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 15
    assert tuple(table[0])[: len(paperwork.COLUMNS)] == paperwork.COLUMNS
    by_student = {row["student_id"]: row for row in table}
    for row in demo.rows:
        exported = by_student[row.person.id]
        for name, points in row.points.items():
            if row.statuses[name] == "pending":
                assert (exported[name], exported[f"{name}_status"]) == ("", "pending")
            else:
                assert float(exported[name]) == points
                assert exported[f"{name}_status"] == row.statuses[name]
        assert exported["m10_written_status"] in ("open", "marked")
        assert float(exported["score"]) == pytest.approx(sum(row.points.values()))


def test_the_export_is_safe_in_a_spreadsheet(copy, tmp_path):
    from nbgrader.api import Gradebook

    nasty = '=HYPERLINK("http://x","y")'
    with Gradebook(copy.db_url, "smartcity") as book:
        for student, first in (("demo-01", nasty), ("demo-02", "+1"), ("demo-03", 'a,"b\nc')):
            book.update_or_create_student(student, first_name=first, last_name="@SUM(1)")
    path = paperwork.export(copy, tmp_path / "points.csv")
    with path.open(encoding="utf-8", newline="") as file:
        table = {r["student_id"]: r for r in csv.DictReader(file)}
    assert table["demo-01"]["first_name"] == "'" + nasty
    assert table["demo-02"]["first_name"] == "'+1"
    assert table["demo-03"]["first_name"] == 'a,"b\nc'
    for row in table.values():
        assert not any(str(v).startswith(("=", "+", "@", "\t")) for v in row.values())


def test_a_second_round_of_the_exchange_brings_new_answers(demo, copy):
    """The trainee who left two questions open answers them and hands in again."""
    from grading.collect import collect
    from grading.demo import stories, working

    desk = next(d for d in demo.desks if d.person.kind == "missing")
    home = copy.base.parent.parent / "home"
    shutil.copytree(desk.workspace, home)
    again = replace_desk(desk, home)
    with working.as_trainee(
        again.folder, trainee=desk.person.id, city=str(desk.city.path), workspace=home
    ):
        stories._do(again, desk.solver.right())
    exchange.submit(copy, home, desk.person.id, MODULE)
    collect(copy, MODULE)
    outcome = score_all(copy, MODULE)
    assert outcome.now == [desk.person.id]
    assert sum(paperwork.automatic_points(copy, MODULE)[desk.person.id].values()) == 11.0


def replace_desk(desk, home):
    return replace(desk, folder=home / MODULE, workspace=home, given={})


def test_sixteen_and_more_come_round_again():
    made = people.people(31)
    assert made[15].kind == "honest"
    assert made[30].kind == "honest"
    assert len({p.id for p in made}) == 31
