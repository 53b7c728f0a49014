"""The roster: adding twice, changes that are told, people who look alike, the gradebook."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from course.commands import dispatch
from course.errors import CourseError, UsageError
from course.paths import ROOT
from grading import cohort
from grading.cohort.adding import merged
from grading.cohort.people import Participant
from grading.cohort.store import read_roster, roster_path, save
from tests.cohort_pieces import HEAD, NAMES, as_csv, state_in, table

WEEK = [HEAD, *([n, f"p{i}@example.org", "Test City"] for i, n in enumerate(NAMES))]


def rows(*values: dict[str, str]):
    return list(enumerate(values, start=2))


def of(existing: list[Participant], *values: dict[str, str], **options):
    return merged(existing, rows(*values), **options)


def problems(made) -> list[str]:
    return [str(p) for p in made.problems]


# ---- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"student_id": "../up"}, "cannot be a student id"),
        ({"student_id": "a/b"}, "cannot be a student id"),
        ({"student_id": "a+b"}, "cannot be a student id"),
        ({"student_id": "ana."}, "cannot be a student id"),
        ({"student_id": "x" * 101}, "cannot be a student id"),
        ({"student_id": "1.2E+15"}, "shortened this number"),
        ({"student_id": "guest"}, "meaning of its own"),
        ({"student_id": "ＣＯＮ"}, "meaning of its own"),
        ({"student_id": "Admin"}, "meaning of its own"),
        ({"name": "=SUM(A1)"}, "looks like a formula"),
        ({"name": "+82 10"}, "looks like a formula"),
        ({"name": "＝1+1"}, "looks like a formula"),
        ({"name": "@import"}, "looks like a formula"),
        ({"name": "#REF!"}, "error of Excel"),
        ({"name": "12345"}, "no letter"),
        ({"name": "Mu\ufffdoz Test"}, "were lost"),
        ({"name": "????? ???"}, "were lost"),
        ({"name": "x" * 201}, "201 letters"),
        ({"name": "Ana Test", "email": "ana at example"}, "no e-mail"),
        ({"name": "Ana Test", "email": "a@b.org, c@d.org"}, "no e-mail"),
        ({"name": "Ana Test", "programme": "no_such"}, "no programme"),
        ({"city": "Test City"}, "names nobody"),
    ],
)
def test_a_row_at_fault_is_named_with_its_line_and_a_remedy(row, word):
    made = of([], {"name": "Good Test"}, row, programmes=["wego_week"])
    assert made.people == [] and not made.added
    (only,) = made.problems
    assert only.line == 3 and word in only.sentence and only.remedy


def test_all_problems_of_a_file_are_listed_at_once():
    made = of([], {"name": "=1"}, {"name": "Fine Test"}, {"email": "x"}, {"student_id": "a b"})
    assert [p.line for p in made.problems] == [2, 4, 5]


def test_ids_that_look_alike_are_refused():
    known = [Participant("José"), Participant("bo")]
    assert "capital letters" in problems(of(known, {"student_id": "BO"}))[0]
    assert of(known, {"student_id": "Jose\u0301"}).unchanged == ["José"]  # one letter, one form
    twice = problems(of([], {"student_id": "Ana"}, {"student_id": "ana"}))
    assert "line 3" in twice[0] and "line 2" in twice[0]
    assert "same person" in problems(of([], {"student_id": "ana"}, {"student_id": "ana"}))[0]


def test_one_e_mail_belongs_to_one_person():
    known = [Participant("ana", "Ana Test", email="a@example.org")]
    made = of(known, {"student_id": "bo", "email": "A@example.org"})
    assert "also the e-mail of 'ana'" in problems(made)[0]
    both = of([], {"name": "A Test", "email": "x@example.org"},
              {"name": "B Test", "email": "X@example.org"})  # fmt: skip
    assert problems(both)
    swap = [*known, Participant("bo", "Bo Test", email="b@example.org")]
    made = of(swap, {"student_id": "ana", "email": "b@example.org"},
              {"student_id": "bo", "email": "a@example.org"})  # fmt: skip
    assert [p.email for p in made.people] == ["b@example.org", "a@example.org"]


def test_two_people_of_one_name():
    twice = of([], {"name": "Ana Test", "city": "A"}, {"name": "ana  test", "city": "A"})
    assert len(problems(twice)) == 1 and "stands in line 2" in problems(twice)[0]
    half = of([], {"name": "Ana Test", "email": "a@example.org"}, {"name": "Ana Test"})
    assert "also stands in line 2" in problems(half)[0]  # a second reading could not tell them
    apart = of([], {"name": "Ana Test", "city": "A"}, {"name": "Ana Test", "city": "B"})
    first, second = (p.student_id for p in apart.people)
    assert first != second and first.startswith("ana-test-") and "same name" in apart.notes[0]
    again = of(apart.people, {"name": "Ana Test", "city": "B"}, {"name": "Ana Test", "city": "A"})
    assert again.unchanged == [second, first]
    unclear = of(apart.people, {"name": "Ana Test"})
    assert "may be" in problems(unclear)[0]
    another = of([Participant("ana", "Ana Test", email="a@example.org")],
                 {"name": "Ana Test", "email": "new@example.org"})  # fmt: skip
    assert "student_id" in another.problems[0].remedy


# ---- what a row changes -----------------------------------------------------------------------


def test_a_changed_row_updates_and_says_what_changed():
    known = [Participant("ana", "Ana Test", email="a@example.org", city="Test City",
                         team="test-city", role="officer")]  # fmt: skip
    made = of(known, {"student_id": "ana", "role": "head of roads", "email": ""})
    assert {(c.field, c.old, c.new) for c in made.changes} == {
        ("role", "officer", "head of roads"), ("email", "a@example.org", ""),
    }  # fmt: skip
    assert made.people[0].city == "Test City"  # a column that is not there leaves its field
    moved = of(known, {"student_id": "ana", "city": "Other City"})
    assert moved.people[0].team == "other-city"
    named = of([Participant("ana", city="Test City", team="fares")],
               {"student_id": "ana", "city": "Other City"})  # fmt: skip
    assert named.people[0].team == "fares"


def test_a_delegation_is_a_team_unless_the_roster_names_one():
    made = of([], {"name": "A Test", "city": "Test City"}, {"name": "B Test", "city": "TEST CITY"},
              {"name": "C Test", "city": "Test City", "team": "Fares"},
              {"name": "D Test", "city": "Other City", "team": "fares"},
              {"name": "E Test", "city": "서울"})  # fmt: skip
    assert [p.team for p in made.people] == ["test-city", "test-city", "Fares", "Fares", "서울"]
    assert any("'Fares' has people of Other City and Test City" in n for n in made.notes)


def test_a_delegation_of_the_programme_gives_its_id():
    from course.programme import Programme

    one = Programme.open("iloilo_susa").delegations[0]
    for city in (one.city.upper(), one.pack):
        made = of([], {"name": "A Test", "city": city}, programme="iloilo_susa",
                  team_of=cohort.roster.team_finder())  # fmt: skip
        assert made.people[0].team == one.id


def test_the_programme_of_the_command_fills_what_rows_leave_open():
    made = of([], {"name": "A Test", "programme": ""}, {"name": "B Test", "programme": "two"},
              programme="one", programmes=["one", "two"])  # fmt: skip
    assert [p.programme for p in made.people] == ["one", "two"]


# ---- in the state -----------------------------------------------------------------------------


def test_bad_rows_keep_good_rows_out(tmp_path):
    state = state_in(tmp_path)
    made = cohort.add(state, table(tmp_path, [*WEEK, ["=1", "", ""]]))
    assert made.problems and not roster_path(state).exists()
    assert not (state.base / "gradebook.db").exists()


@pytest.mark.nbgrader
@pytest.mark.slow
def test_add_remove_and_come_back_with_the_gradebook(tmp_path):
    from nbgrader.api import Gradebook

    state = state_in(tmp_path)
    file = table(tmp_path, WEEK)
    assert len(cohort.add(state, file).added) == 4
    before = roster_path(state).read_bytes()
    assert before.startswith(b"\xef\xbb\xbf")  # Excel then shows every script
    assert cohort.add(state, file).unchanged and roster_path(state).read_bytes() == before

    def students():
        with Gradebook(state.db_url, "smartcity") as book:
            return {s.id: (s.first_name, s.last_name, s.email) for s in book.students}

    assert students()["p2"] == (None, NAMES[2], "p2@example.org")
    assert set(students()) == {p.student_id for p in cohort.participants(state)}
    # a gradebook that lost somebody is mended by the same command
    with Gradebook(state.db_url, "smartcity") as book:
        book.remove_student("p2")
    cohort.add(state, file)
    assert "p2" in students()

    gone = cohort.remove(state, ["p1"], now=datetime(2026, 11, 2, tzinfo=UTC))
    assert gone == ["p1"] and cohort.remove(state, ["p1"]) == []
    assert "p1" not in [p.student_id for p in cohort.participants(state)]
    assert cohort.participant(state, "p1").left.startswith("2026-11-02")
    assert "p1" in students() and cohort.teams(state)["p1"] == "test-city"
    with pytest.raises(UsageError):
        cohort.remove(state, ["p2", "nobody"])
    assert "p2" in [p.student_id for p in cohort.participants(state)]
    assert cohort.add(state, file).back == ["p1"]

    out = tmp_path / "list.csv"
    assert cohort.export(state, out) == 4
    again = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert [r["name"] for r in again] == NAMES and "left" not in again[0]
    assert cohort.add(state, out).unchanged  # what is exported can be loaded


def test_a_roster_edited_by_hand_is_read_and_its_faults_are_named(tmp_path):
    state = state_in(tmp_path)
    path = roster_path(state)
    path.write_text("student_id,first_name,last_name\nana,Ana,Test\n", encoding="utf-8")
    assert cohort.names(state) == {"ana": {"first_name": "Ana", "last_name": "Test"}}
    assert cohort.participants(state)[0].name == "Ana Test"
    for text, word in [("student_id\n../x\n", "row 2"), ("student_id\na\na\n", "twice")]:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(CourseError, match=word):
            cohort.participants(state)
    path.write_bytes("student_id,name\nana,Niño\n".encode("cp1252"))
    with pytest.raises(CourseError, match="UTF-8"):
        cohort.participants(state)
    path.unlink()
    assert cohort.participants(state) == [] and cohort.teams(state) == {}


def test_saving_is_whole_or_not_at_all(tmp_path, monkeypatch):
    state = state_in(tmp_path)
    save(state, [Participant("ana", "Ana Test")])

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="No space"):
        save(state, [Participant("bo")])
    assert [p.student_id for p in read_roster(roster_path(state))] == ["ana"]
    assert not list(state.base.glob(".roster.csv*"))


# ---- by command -------------------------------------------------------------------------------


@pytest.mark.nbgrader
@pytest.mark.slow
def test_the_command_says_what_happened(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    command = dispatch.find("grading", "cohort")

    def run(*words: str) -> tuple[int, str]:
        try:
            code = dispatch.guarded(lambda: dispatch.run(command, list(words)), package="grading")
        except SystemExit as done:  # how argparse ends
            code = done.code
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out

    bad = table(tmp_path, [*WEEK, ["=1", "", ""], ["Ok Test", "x", ""]], name="bad.csv")
    code, out = run("add", str(bad))
    assert code == 1 and "Nothing was loaded" in out
    assert "line 6, name" in out and "line 7, email" in out
    latin = tmp_path / "latin.csv"
    latin.write_bytes(as_csv([["Nama", "E-Mail"], ["Zoë Áé Test", ""]]).encode("cp1252"))
    code, out = run("add", str(latin), "--columns", "name=Nama", "--encoding", "cp1252", "--json",
                    "--programme", "wego_week")  # fmt: skip
    assert code == 0 and json.loads(out)["loaded"] and json.loads(out)["added"] == ["zoe-ae-test"]
    assert json.loads(run("list", "--json")[1])["people"][0]["name"] == "Zoë Áé Test"
    assert run("attendance", "mark", "d2-1", "--present", "all", "--late", "zoe-ae-test=10")[0] == 0
    assert "zoe-ae-test  present" in run("attendance", "show", "d2")[1]
    code, out = run("standing", "--json", "--out", str(tmp_path / "standing.xlsx"))
    (person,) = json.loads(out)["people"]
    assert code == 0 and not person["complete"] and (tmp_path / "standing.xlsx").is_file()
    assert {r["id"]: r["met"] for r in person["requirements"]}["attendance"] is None
    for words, wanted in [
        (["add", str(tmp_path / "no.csv")], 1),
        (["add", str(latin), "--columns", "name=Nama", "--encoding", "cp1252", "--programme",
          "no_such"], 2),
        (["remove", "nobody"], 2),
        (["add", str(latin), "--columns", "name"], 2),
        (["attendance", "mark", "d2-1", "--late", "zoe-ae-test"], 2),
        (["attendance", "mark", "d2-99", "--present", "all"], 2),
        (["standing", "--programme", "no_such"], 2),
        (["standing", "--student", "nobody"], 2),
        (["standing", "--out", str(tmp_path / "standing.csv")], 2),
        (["export", str(tmp_path)], 2),
        (["export", str(tmp_path / "new folder" / "people.csv")], 0),
        ([], 2),
    ]:  # fmt: skip
        assert run(*words)[0] == wanted, words


def test_the_command_starts_as_a_process(tmp_path):
    env = os.environ | {"COURSE_STATE": str(tmp_path / "state")}
    done = subprocess.run([sys.executable, "-m", "grading", "cohort", "list"], cwd=ROOT, env=env,
                          capture_output=True, text=True)  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "Nobody is on the list yet.\n")
