"""The command from end to end: the roster and the plans of a host, a year, the pages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from course.commands import dispatch
from course.paths import ROOT
from grading.state import GradingState

CLOSING = date(2026, 3, 27)
ROSTER = (
    "student_id,name,email,city,team,programme\n"
    "ana,Test Ana,ana@city.example,Iloilo,iloilo,wego_week\n"
    "ben,Test Ben,ben@city.example,Iloilo,iloilo,wego_week\n"
    "cho,Test 조,cho@city.example,Seoul,,wego_week\n"
    "dee,Test Dee,dee@city.example,Nowhere,,wego_week\n"
    "eve,Test Eve,eve@city.example,Seoul,,other\n"
)


def run(*words: str) -> tuple[int, str]:
    """Run the command in this process; return its exit code."""
    return dispatch.run(dispatch.find("grading", "followup"), [*words])


@pytest.fixture
def told(capsys):
    """Return a function that runs a subcommand with --json and returns what it printed."""

    def tell(*words: str, code: int = 0) -> dict:
        capsys.readouterr()
        assert run(*words, "--json") == code
        return json.loads(capsys.readouterr().out)

    return tell


@pytest.fixture
def state(tmp_path) -> GradingState:
    """Return a host's state with a roster and three hand-ins, one of them not a plan."""
    from course.actionplan.sample_plan import sample_data

    made = GradingState.default()
    made.base.mkdir(parents=True, exist_ok=True)
    (made.base / "roster.csv").write_text(ROSTER, encoding="utf-8")
    plan = sample_data(date=CLOSING)
    for student, change, when in (
        ("ana", {"city": "Iloilo"}, "2026-03-26 10:00:00"),
        ("ben", {"city": "Iloilo", "title": "The later plan of the team"}, "2026-03-26 12:00:00"),
        ("cho", {"city": "Seoul"}, "2026-03-26 10:00:00"),
    ):
        folder = made.folder("submitted", student, "13_action_plan")
        folder.mkdir(parents=True)
        (folder / "plan.json").write_text(json.dumps(plan | change, ensure_ascii=False))
        (folder / "timestamp.txt").write_text(when)
    return made


def report(folder: Path, student: str, day: int, **more) -> str:
    path = folder / f"{student}-{day}.json"
    given = {"student": student, "day": day, "status": "3", "obstacle": "money", "consent": True,
             "lesson": "Ask first.", "programme": "wego_week"}  # fmt: skip
    if day != 365:
        given.pop("lesson")
    path.write_text(json.dumps(given | more), encoding="utf-8")
    return str(path)


def test_a_year_by_the_command(state, told, tmp_path, capsys):
    start = ("start", "--programme", "wego_week", "--closing", "2026-03-27", "--on", "2026-03-27")
    done = told(*start)
    assert (done["people"], done["plans"]) == (4, 2)
    assert done["without_plan"] == ["dee"] and done["refused"] == [] and done["unplaced"] == []
    again = told(*start)
    assert (again["new_people"], again["new_plans"], again["new_versions"]) == (0, 0, 0)
    steps = told("due", "--on", "2026-05-10")["steps"]
    assert {s["title"] for s in steps} >= {"The later plan of the team"} and len(steps) == 8
    assert {s["state"] for s in steps if s["day"] == 30} == {"overdue"}

    mail = told("remind", "--out", str(tmp_path / "mail"), "--on", "2026-05-10")["written"]
    assert len(mail) == 2 and len(list((tmp_path / "mail").glob("*.eml"))) == 3
    assert told("remind", "--out", str(tmp_path / "m"), "--on", "2026-05-10")["written"] == []
    forms = told("template", "--out", str(tmp_path / "x"), "--on", "2026-05-10")["files"]
    assert len(forms) == 3

    bad = tmp_path / "bad.json"
    bad.write_text("{")
    files = [str(bad), report(tmp_path, "ana", 30), report(tmp_path, "cho", 30, status="9")]
    done = told("add", *files, str(tmp_path / "missing.json"), "--on", "2026-05-11", code=1)
    outcomes = [f["outcome"] for f in done["files"]]
    assert outcomes == ["refused", "new", "refused", "refused"]
    assert all(f["remedy"] for f in done["files"] if f["outcome"] == "refused")
    for day in (90, 180, 365):
        on = (CLOSING + timedelta(days=day + 5)).isoformat()
        told("add", report(tmp_path, "ben", day), "--on", on)

    table = {i["indicator"]: i for i in told("indicators", "--on", "2027-04-30")["indicators"]}
    assert (table["reply_rate"]["part"], table["reply_rate"]["of"]) == (4, 8)
    assert table["at_3_on_day_365"]["value"] == 100.0

    page, book = tmp_path / "page.html", tmp_path / "out.xlsx"
    told("dashboard", "--out", str(page), "--on", "2027-04-30")
    assert "Ask first." in page.read_text(encoding="utf-8")
    told("export", str(book), "--on", "2027-04-30")
    assert book.stat().st_size > 10_000

    capsys.readouterr()
    assert run("due", "--on", "2027-04-30") == 0
    said = capsys.readouterr().out
    assert "Seoul" in said and "overdue" in said
    assert run("add", report(tmp_path, "ana", 30), "--on", "2027-04-30") == 0
    assert "was there already" in capsys.readouterr().out


def test_a_plan_that_cannot_be_read_is_named_and_the_others_stay(state, told):
    (state.folder("submitted", "cho", "13_action_plan") / "plan.json").write_text('{"kind": "x"}')
    done = told("start", "--programme", "wego_week", "--closing", "2026-03-27", code=1)
    assert done["plans"] == 1 and len(done["refused"]) == 1
    assert done["refused"][0].startswith("cho: ")


def test_the_plan_that_is_followed_is_the_one_that_was_marked(state, told):
    """The team's last hand-in counts for both, however the clocks of their laptops go."""
    from grading.plans import marks as plan_marks

    late = state.folder("submitted", "ben", "13_action_plan") / "plan.json"
    os.utime(late, (1, 1))
    told("start", "--programme", "wego_week", "--closing", "2026-03-27", "--on", "2026-03-27")
    titles = {s["title"] for s in told("due", "--on", "2026-04-01")["steps"]}
    marked = {plan_marks.result(state, student).title for student in ("ana", "ben")}
    assert marked == {"The later plan of the team"} and marked < titles


def test_a_slip_in_the_closing_day_asks_nobody_twice(state, told, capsys):
    start = ("start", "--programme", "wego_week", "--on", "2026-03-27", "--closing")
    told(*start, "2026-03-27")
    capsys.readouterr()
    code = dispatch.guarded(lambda: run(*start, "2026-03-28"), package="grading")
    said = capsys.readouterr().err
    assert code == 2 and "from 2026-03-27" in said and "cho, iloilo" in said
    assert len({s["closing"] for s in told("due", "--on", "2026-04-01")["steps"]}) == 1
    # somebody who comes again with another plan is followed in both
    for student in ("ana", "ben", "cho"):
        file = state.folder("submitted", student, "13_action_plan") / "plan.json"
        plan = json.loads(file.read_text()) | {"title": "A plan of the second run"}
        file.write_text(json.dumps(plan))
    again = told(*start[:3], "--on", "2027-03-26", "--closing", "2027-03-26")
    assert again["new_plans"] == 2


def test_who_is_asked_for_json_gets_no_server(state, capsys):
    from course.errors import UsageError

    with pytest.raises(UsageError, match="no JSON"):
        run("dashboard", "--json")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["start", "--programme", "none", "--closing", "2026-03-27"], 2, "none"),
        (["start", "--programme", "wego_week", "--closing", "1405-01-07"], 2, "Jalali"),
        (["due", "--on", "tomorrow"], 2, "not a date"), (["due", "--db", "mysql://x"], 1, "mysql"),
        (["add"], 2, "FILE"), ([], 2, "WHAT"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line(words, code, said):
    done = subprocess.run(
        [sys.executable, "-m", "grading", "followup", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == code and said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(re.findall(r"^grading", done.stderr, re.MULTILINE)) <= 1


def test_doctests_of_the_follow_up():
    import doctest
    import importlib

    names = [
        *Path(ROOT, "grading/followup").glob("*.py"),
        *Path(ROOT, "course/followup").glob("*.py"),
    ]
    ran = 0
    for path in names:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        result = doctest.testmod(importlib.import_module(name))
        assert result.failed == 0, name
        ran += result.attempted
    assert ran > 12


@pytest.mark.parametrize("words", [["due"], ["indicators"], ["template", "--out", "x"],
                                   ["remind", "--out", "x"]])  # fmt: skip
def test_before_the_start_every_list_says_how_to_begin(words, capsys):
    assert run(*words) == 0
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "No plan was registered. Begin with: python3 -m grading followup start."
    ]


def test_the_list_of_what_is_open_says_whom_to_ask(state, told, capsys):
    told("start", "--programme", "wego_week", "--closing", "2026-03-27", "--on", "2026-03-27")
    assert run("due", "--on", "2026-05-10") == 0
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if line != line.rstrip()]
    whom = lines[lines.index("Whom to ask:") + 1 :]
    assert [line.split()[-2:] for line in whom[1:]] == [
        [f"{name}@city.example", name] for name in ("ana", "ben", "cho")
    ]


def test_a_name_cannot_steer_the_terminal():
    from grading.followup.command_lines import _line

    assert _line("Test\x1b[2J\nName\u202e 조") == "Test [2J Name 조"


def test_an_excel_file_has_the_name_of_one(state, tmp_path):
    from course.errors import UsageError

    with pytest.raises(UsageError, match="no name of an Excel file"):
        run("export", str(tmp_path / "out.csv"))
    assert not (tmp_path / "out.csv").exists()


def test_a_correction_that_turns_a_report_round_is_told(state, told, tmp_path, capsys):
    told("start", "--programme", "wego_week", "--closing", "2026-03-27", "--on", "2026-03-27")
    told("add", report(tmp_path, "ana", 30, consent=False), "--on", "2026-05-10")
    capsys.readouterr()
    turned = report(tmp_path, "ben", 30, status="X", obstacle_text="No money.")
    assert run("add", turned, "--on", "2026-05-11") == 0
    said = capsys.readouterr().out
    assert "correction" in said and "Status was 3 running, is X dropped." in said
    assert "Sharing was no, is yes." in said and "another member's" in said
