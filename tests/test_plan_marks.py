"""Marking by two, the log, presentation day and peer review."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.actionplan.rubric import load_rubric
from course.actionplan.sample_plan import sample_data
from course.commands import dispatch
from course.errors import CourseError, UsageError
from grading import cohort
from grading.demo.solutions import m13_action_plan as plans
from grading.plans import day as plan_day
from grading.plans import log as plan_log
from grading.plans import marks as plan_marks
from grading.plans import peer as plan_peer
from grading.plans.files import MODULE
from grading.plans.groups import find_group, groups
from grading.plans.marks import Mark, agree
from grading.state import GradingState
from tests.key_cases import MODULES, bundled
from tests.module_runs import ROOT

RUBRIC = load_rubric(MODULES / MODULE)
HEAD = "plan,who,problem,start,losers,useful,one_sentence\n"
ROSTER = (
    "student_id,name,email,city,team\nt-01,Test One,,Seoul,\n"
    "t-02,Test Two,,Iloilo City,iloilo\nt-03,Test Three,,Iloilo City,iloilo\n"
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state made once: a gradebook takes long to make and a moment to copy."""
    where = tmp_path_factory.mktemp("begun")
    made = GradingState(base=where / "grading", root=ROOT, exchange=where / "exchange")
    made.prepare()
    roster = where / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    cohort.add(made, roster)
    give(made, "t-02", sample_data(bundled("iloilo")))
    return made.base


@pytest.fixture()
def state(begun: Path, tmp_path: Path) -> GradingState:
    """Return a course with three participants; two of them are a team with a plan."""
    shutil.copytree(begun, tmp_path / "grading")
    return GradingState(base=tmp_path / "grading", root=ROOT, exchange=tmp_path / "exchange")


def alone(state: GradingState) -> str:
    """Return the id of the delegation that is one person."""
    return find_group(state, "t-01").id


def give(state: GradingState, student: str, data: Any) -> None:
    folder = state.folder("submitted", student, MODULE)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.json").write_text(json.dumps(data), encoding="utf-8")


def levels(name: str, *steps: int) -> Mark:
    return Mark(name, {c.id: c.points[s - 1] for c, s in zip(RUBRIC.criteria, steps, strict=True)})


# ---- agreement -----------------------------------------------------------------------


def test_the_rubric_is_the_one_of_the_curriculum():
    assert [c.points for c in RUBRIC.criteria] == [
        (5, 10, 15, 20), (5, 10, 15, 20), (5, 10, 15, 20), (4, 8, 11, 15), (4, 8, 11, 15),
        (3, 5, 8, 10),
    ]  # fmt: skip
    assert (RUBRIC.total, RUBRIC.passes, RUBRIC.third_marker_over) == (100, 50, 10)


def test_two_who_are_near_agree_on_the_mean():
    a, b = levels("a", 3, 3, 3, 3, 3, 3), levels("b", 4, 3, 3, 3, 3, 4)
    found = agree(RUBRIC, [a, b])
    # 75 and 75 + 5 + 2
    assert found.points == 78.5 and found.by_criterion["m13_relevance"] == 17.5
    assert "7 points apart" in found.sentence


def test_exactly_ten_apart_is_near_enough_and_more_is_not():
    a = levels("a", 3, 3, 3, 3, 3, 3)
    assert agree(RUBRIC, [a, levels("b", 4, 4, 3, 3, 3, 3)]).points == 80
    apart = agree(RUBRIC, [a, levels("b", 4, 4, 3, 3, 3, 4)])
    assert apart.points is None and "12 points apart; a third" in apart.sentence


def test_with_a_third_the_two_nearest_count():
    low, high = levels("a", 2, 2, 2, 2, 2, 2), levels("b", 4, 4, 4, 4, 4, 4)
    third = levels("c", 4, 4, 4, 4, 4, 3)
    found = agree(RUBRIC, [low, high, third])
    assert found.points == 99 and "b and c" in found.sentence
    assert agree(RUBRIC, [low]).points is None
    assert agree(RUBRIC, [low], alone=True).points == 51


def test_half_a_mark_is_no_mark():
    half = Mark("b", {"m13_relevance": 20.0})
    found = agree(RUBRIC, [levels("a", 3, 3, 3, 3, 3, 3), half])
    assert found.points is None and found.markers == ("a",)


STEPS = st.lists(st.integers(1, 4), min_size=6, max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(STEPS, min_size=2, max_size=5))
def test_the_agreed_points_lie_between_two_marks_that_are_nearest(given_steps: list[list[int]]):
    marks = [levels(str(n), *steps) for n, steps in enumerate(given_steps)]
    found = agree(RUBRIC, marks)
    totals = [m.total(RUBRIC) for m in marks]
    nearest = min(abs(a - b) for a, b in itertools.combinations(totals, 2))
    if len(marks) == 2 and nearest > 10:
        assert found.points is None
        return
    assert min(totals) <= found.points <= max(totals)
    assert any(
        abs(abs(a - b) - nearest) < 1e-9 and abs((a + b) / 2 - found.points) < 1e-6
        for a, b in itertools.combinations(totals, 2)
    )
    assert abs(sum(found.by_criterion.values()) - found.points) < 1e-6
    # the names of the markers and who came first change nothing but a tie
    swapped = agree(RUBRIC, marks[::-1])
    if len({round(abs(a - b), 6) for a, b in itertools.combinations(totals, 2)}) == 10:
        assert swapped.points == found.points


# ---- the log -------------------------------------------------------------------------


def test_a_team_has_one_plan_and_one_mark(state: GradingState):
    assert [g.members for g in groups(state)] == [("t-02", "t-03"), ("t-01",)]
    group = find_group(state, "t-03")
    for marker in ("A", "B"):
        plan_marks.mark(state, group, marker, plans.points(RUBRIC, 4))
    for student in ("t-02", "t-03"):
        result = plan_marks.result(state, student)
        assert (result.points, result.valid, result.markers) == (100, True, 2)
        assert result.title.startswith("One ticket")
    assert plan_marks.result(state, "t-01").points == 0


def test_the_last_mark_of_a_marker_counts_and_the_log_keeps_both(state: GradingState):
    group = find_group(state, "iloilo")
    plan_marks.mark(state, group, "A", plans.points(RUBRIC, 2))
    plan_marks.mark(state, group, "A", {"Relevance": 20}, {"relevance": "#1"})
    (mark,) = plan_marks.marks_of(state, group)
    assert mark.points["m13_relevance"] == 20 and mark.points["m13_evidence"] == 10
    assert mark.comments["m13_relevance"] == RUBRIC.criteria[0].comments[0]
    assert len(plan_log.read(state, plan_log.MARKS)) == 7


def test_a_torn_line_of_a_killed_run_harms_no_other(state: GradingState):
    group = find_group(state, "iloilo")
    plan_marks.mark(state, group, "A", {"relevance": 15})
    path = state.base / "plans" / plan_log.MARKS
    with path.open("ab") as file:
        file.write(b'{"kind": "mark", "group": "team:iloilo", "marker": "A", "poi')
    plan_marks.mark(state, group, "A", {"evidence": 10})
    (mark,) = plan_marks.marks_of(state, group)
    assert mark.points == {"m13_relevance": 15, "m13_evidence": 10}


@pytest.mark.parametrize(
    ("points", "words"),
    [({"relevance": 21}, "from 0 to 20"), ({"relevance": -1}, "from 0"), ({"x": 1}, "no criterion"),
     ({"relevance": "nan"}, "from 0"), ({"relevance": True}, "from 0"),
     ({"relevance": "ten"}, "0")],
)  # fmt: skip
def test_points_that_are_not_possible_are_refused_whole(points: dict, words: str, state):
    with pytest.raises(CourseError, match=words):
        plan_marks.mark(state, find_group(state, "iloilo"), "A", {"evidence": 5} | points)
    assert plan_log.read(state, plan_log.MARKS) == []


def test_nobody_marks_their_own_plan(state: GradingState):
    with pytest.raises(UsageError, match="own plan"):
        plan_marks.mark(state, find_group(state, "iloilo"), "t-03", {"relevance": 20})


def test_a_bank_has_so_many_comments(state: GradingState):
    with pytest.raises(CourseError, match="#1 to #5"):
        plan_marks.mark(state, find_group(state, "iloilo"), "A", {}, {"relevance": "#9"})


def test_parts_of_a_team_are_told_by_name(state: GradingState):
    data = sample_data(bundled("iloilo"))
    data["team"][0]["name"], data["team"][1]["name"] = "Test Two", "test  THREE"
    give(state, "t-02", data)
    assert plan_marks.result(state, "t-02").part is True
    assert plan_marks.result(state, "t-03").part is True
    data["team"][1]["part"] = ""
    give(state, "t-02", data)
    assert plan_marks.result(state, "t-03").part is False
    data["team"][1]["name"] = "Somebody Else"
    give(state, "t-02", data)
    assert plan_marks.result(state, "t-03").part is None


def test_an_untouched_form_is_no_plan(state: GradingState, tmp_path: Path):
    from course.actionplan import feeding
    from course.actionplan.reading import empty_draft

    data, _ = feeding.fill(
        empty_draft().data, feeding.found_in(tmp_path, bundled("seoul"), name="Test One")
    )
    give(state, "t-01", data)
    assert not plan_marks.result(state, "t-01").handed_in
    data["problem"]["text"] = "Waiting is long."
    give(state, "t-01", data)
    assert plan_marks.result(state, "t-01").handed_in


@pytest.mark.parametrize("level", plans.LEVELS)
def test_the_sample_plans_of_the_handbook_are_of_their_level(level: int, state: GradingState):
    give(state, "t-01", plans.plan(bundled("seoul"), level=level))
    result = plan_marks.result(state, "t-01")
    assert result.handed_in and result.valid == (level >= 3)
    assert "invented example" in result.title
    assert sum(plans.points(RUBRIC, level).values()) == {1: 26, 2: 51, 3: 75, 4: 100}[level]


# ---- the day -------------------------------------------------------------------------


def test_an_order_that_is_drawn_can_be_drawn_again(state: GradingState):
    everyone = groups(state)
    turns = plan_day.order(state, everyone, RUBRIC, draw="22 November", start="09:00",
                           break_after=1, break_min=15)  # fmt: skip
    again = plan_day.order(state, everyone[::-1], RUBRIC, draw="22 November", start="09:00",
                           break_after=1, break_min=15)  # fmt: skip
    assert turns == again
    assert [(t.begins, t.questions, t.ends) for t in turns] == [
        ("09:00", "09:10", "09:15"), ("09:30", "09:40", "09:45"),
    ]  # fmt: skip
    orders = {
        tuple(t.who for t in plan_day.order(state, everyone, RUBRIC, draw=str(n)))
        for n in range(20)
    }
    assert len(orders) == 2
    by_name = [t.group for t in plan_day.order(state, everyone, RUBRIC)]
    assert by_name == ["team:iloilo", alone(state)]
    assert {t.who for t in turns} == {"Iloilo City", "Seoul"}
    with pytest.raises(UsageError):
        plan_day.order(state, everyone, RUBRIC, start="9 o'clock")


def test_two_groups_of_one_city_are_told_apart_and_a_person_has_a_name(state: GradingState):
    from grading.plans.groups import Group

    more = state.base.parent / "more.csv"
    more.write_text(
        "student_id,name,city,team\nt-04,علی تست,Iloilo City,fares\nt-05,김시험,,\n", "utf-8"
    )
    assert not cohort.add(state, more).problems
    said = plan_day.shown_names(state, [*groups(state), Group("guest-1", ("guest-1",))])
    assert said == {
        "team:iloilo": "Iloilo City (iloilo)", "team:fares": "Iloilo City (fares)",
        alone(state): "Seoul", "t-05": "김시험", "guest-1": "guest-1",
    }  # fmt: skip


def test_the_timer_page_asks_no_server_and_runs_no_title():
    turn = plan_day.Turn(1, "g", "g", "</script><script>alert(1)</script>")
    page = plan_day.timer_page([turn], RUBRIC)
    assert page.count("</script>") == 1 and "http" not in page
    assert "WARN=8,TALK=10,END=15" in page


def test_who_presented_can_be_taken_back(state: GradingState):
    group = find_group(state, "iloilo")
    assert not plan_marks.result(state, "t-02").presented
    plan_day.note_presented(state, [group], by="host")
    assert plan_marks.result(state, "t-02").presented and plan_marks.result(state, "t-03").presented
    plan_day.note_presented(state, [group], by="host", presented=False)
    assert not plan_marks.result(state, "t-02").presented
    assert len(plan_log.read(state, plan_log.PRESENTED)) == 2


# ---- peers ---------------------------------------------------------------------------


def form(turns: list[plan_day.Turn], *answers: str) -> str:
    """Return a form as a person fills it in: the same answers for every plan."""
    lines = plan_peer.form_csv(turns).splitlines()
    said = ",".join(answers)
    rows = [f"{line.split(',')[0]},x,{said}" for line in lines[2:]]
    return "\n".join([*lines[:2], *rows])


def test_reviews_come_back_as_means_without_names(state: GradingState, tmp_path: Path):
    turns = plan_day.order(state, groups(state), RUBRIC)
    files = []
    forms = {"zoe": ("5", "4", "3", "2", "Good start"), "adam": ("3", "4", "", "4", "Add a date")}
    for name, answers in forms.items():
        file = tmp_path / f"{name}.csv"
        text = form(turns, *answers)
        # Excel in many countries: semicolons and a byte order mark
        file.write_text("\ufeff" + text.replace(",", ";") if name == "zoe" else text, "utf-8")
        files.append(file)
    known = [g.id for g in groups(state)]
    done = plan_peer.collect(state, files[:1], known)
    assert (done.added, done.problems) == (2, [])
    assert plan_peer.summary(state)[0]["problem"] is None  # one alone is no secret
    done = plan_peer.collect(state, files, known)
    assert (done.added, done.known) == (2, 1)  # the first form was read before
    row = next(r for r in plan_peer.summary(state) if r["group"] == "team:iloilo")
    assert (row["problem"], row["start"], row["losers"], row["useful"]) == (4, 4, None, 3)
    assert row["said"] == ["Add a date", "Good start"]
    log = (state.base / "plans" / plan_log.PEERS).read_text("utf-8")
    assert "zoe" not in log and "adam" not in log


@pytest.mark.parametrize(
    ("text", "words"),
    [("a,b\n1,2\n", "no peer review form"), ("", "no peer review form"),
     (HEAD + "nobody,x,1,1,1,1,\n", "no plan is called"),
     (HEAD + "team:iloilo,x,9,1,1,1,\n", "from 1 to 5")],
)  # fmt: skip
def test_a_form_that_is_wrong_is_told_and_stops_no_other(text: str, words: str, state, tmp_path):
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text(text, encoding="utf-8")
    good.write_text(form(plan_day.order(state, groups(state), RUBRIC), *"1234", "x"), "utf-8")
    done = plan_peer.collect(
        state, [bad, tmp_path / "gone.csv", good], [g.id for g in groups(state)]
    )
    assert any(words in p for p in done.problems) and any("gone.csv" in p for p in done.problems)
    assert done.added >= 2


# ---- the command ---------------------------------------------------------------------


@pytest.fixture()
def call(state: GradingState, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Return the command as a person calls it, in this process: (code, said, faults)."""
    monkeypatch.setenv("COURSE_STATE", str(state.base.parent))
    monkeypatch.delenv("COURSE_EXCHANGE", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        command = dispatch.find("grading", "plan")
        code = dispatch.guarded(lambda: dispatch.run(command, list(arguments)), package="grading")
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_the_command_goes_through_a_whole_day(call: Any, state: GradingState, tmp_path: Path):
    code, out, err = call("list", "--json")
    assert code == 0, err
    rows = {r["group"]: r for r in json.loads(out)["plans"]}
    assert rows["team:iloilo"]["valid"] and not rows[alone(state)]["handed_in"]
    assert call("check", "t-01")[0] == 1 and call("check", "iloilo")[0] == 0
    assert call("check", "nobody")[0] == 2
    page = tmp_path / "plan.html"
    assert call("show", "iloilo", "--out", str(page))[0] == 0
    assert "How your plan is marked" in page.read_text("utf-8")
    full = [f"{c.id.partition('_')[2]}={c.most:g}" for c in RUBRIC.criteria]
    for marker in ("First", "Second"):
        code, out, err = call("mark", "iloilo", "--marker", marker, "--points", *full,
                              "--comment", "financing=#1")  # fmt: skip
        assert code == 0, err
    assert "100 points" in call("result", "--look")[1]
    code, out, err = call("mark", "iloilo", "--marker", "A", "--points", "relevance=99")
    assert code == 1 and "from 0 to 20" in err and "Traceback" not in err
    for name in ("order.html", "timer.html"):
        target = tmp_path / name
        assert call(name[:5], "--draw", "x", "--start", "09:00", "--out", str(target))[0] == 0
        assert "Iloilo City" in target.read_text("utf-8")
    assert "[iloilo]" in call("order")[1]  # the name that the other commands take
    for name in ("peer.csv", "peer.docx"):
        assert call("peer", "form", "--out", str(tmp_path / name))[0] == 0
    assert call("peer", "form", "--out", str(tmp_path / "peer.txt"))[0] == 2
    assert call("presented", "t-03", "--by", "host")[0] == 0
    assert "Presented." in call("list")[1]
    assert call("comments", "equity")[1].count("#") == 5
