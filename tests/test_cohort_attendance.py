"""The attendance log: appended to only, corrections as new rows, sheets in and out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from course.errors import CourseError, UsageError
from grading.cohort import add_sheet, attendance, mark, write_sheet
from grading.cohort.attendance import FILE, log, log_path
from grading.cohort.people import Participant
from grading.cohort.sheets import _read_cell
from grading.cohort.store import save
from tests.cohort_pieces import programme, session, state_in, table, workbook

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
WEEK = programme()
PEOPLE = [Participant("ana", "Ana Test", city="A"), Participant("bo", "김테스트", city="B"),
          Participant("cy", "Cy Test", programme="other")]  # fmt: skip


@pytest.fixture
def state(tmp_path):
    made = state_in(tmp_path)
    save(made, PEOPLE)
    return made


def rows(state):
    return {(r.student_id, r.session_id): (r.present, r.minutes)
            for r in attendance(state).itertuples()}  # fmt: skip


def test_marks_corrections_and_late_arrivals(state):
    mark(state, WEEK, "d1-1", ["ana"], absent=["bo"], by="host", now=NOON)
    mark(state, WEEK, "d1-3", ["ana"], late={"bo": 15}, by="host", now=NOON)
    assert rows(state) == {
        ("ana", "d1-1"): (True, 60), ("bo", "d1-1"): (False, 0),
        ("ana", "d1-3"): (True, 90), ("bo", "d1-3"): (True, 75),
    }  # fmt: skip
    before = log_path(state).read_bytes()
    assert mark(state, WEEK, "d1-1", ["ana"], absent=["bo"]) == []
    assert log_path(state).read_bytes() == before
    mark(state, WEEK, "d1-1", ["bo"], by="second host", now=NOON)
    after = log_path(state).read_bytes()
    assert after.startswith(before) and rows(state)["bo", "d1-1"] == (True, 60)
    last = log(state)[-1]
    assert (last.by, last.time) == ("second host", "2026-11-02T12:00:00+00:00")


@pytest.mark.parametrize(
    ("where", "given", "word"),
    [
        ("d9-1", {"present": ["ana"]}, "no session"),
        ("d1-2", {"present": ["ana"]}, "not counted"),
        ("d1-1", {"present": ["nobody"]}, "does not take part"),
        ("d1-1", {"present": ["cy"]}, "does not take part"),
        ("d1-1", {"late": {"ana": 61}}, "61 minutes late"),
        ("d1-1", {"late": {"ana": -1}}, "-1 minutes late"),
        ("d1-1", {"present": ["ana"], "absent": ["ana"]}, "named twice"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(state, where, given, word):
    with pytest.raises(UsageError, match=word):
        mark(state, WEEK, where, **{"present": [], **given, "absent": given.get("absent", ["bo"])})
    assert log(state) == []


def test_a_torn_line_was_never_said_and_a_damaged_one_is_told(state):
    mark(state, WEEK, "d1-1", ["ana", "bo"], now=NOON)
    whole = log_path(state).read_bytes()
    log_path(state).write_bytes(whole[:-20])
    assert set(rows(state)) == {("ana", "d1-1")}
    mark(state, WEEK, "d1-1", ["ana", "bo"], now=NOON)
    assert log_path(state).read_bytes() == whole
    for bad in (b"{}\n", b"[]\n", b"x\n", json.dumps({"student_id": 1}).encode() + b"\n"):
        log_path(state).write_bytes(whole + bad + whole)
        with pytest.raises(CourseError, match=f"{FILE}, line 3"):
            attendance(state)


# ---- sheets -----------------------------------------------------------------------------------


def test_a_sheet_goes_out_and_comes_back(state, tmp_path):
    mark(state, WEEK, "d1-1", ["ana"], now=NOON)
    path = tmp_path / "d1.xlsx"
    assert write_sheet(state, WEEK, "d1", path) == 2
    book = load_workbook(path)
    head = [c.value for c in book.active[4]]
    assert head[:3] == ["student_id", "name", "city"]
    assert [h.split()[0] for h in head[3:]] == ["d1-1", "d1-3"]  # lunch is not on it
    assert [c.value for c in book.active[5]] == ["ana", "Ana Test", "A", "x", None]
    assert book.active["B6"].value == "김테스트"
    book.active["D6"], book.active["E5"], book.active["E6"] = 0, "x", "late 20"
    book.save(path)
    made = add_sheet(state, WEEK, path, by="host", now=NOON)
    assert (len(made.written), made.unchanged, made.problems) == (3, 1, [])
    assert rows(state) == {
        ("ana", "d1-1"): (True, 60), ("bo", "d1-1"): (False, 0),
        ("ana", "d1-3"): (True, 90), ("bo", "d1-3"): (True, 70),
    }  # fmt: skip
    mark(state, WEEK, "d1-1", ["bo"], now=NOON)  # a correction after the sheet
    again = add_sheet(state, WEEK, path)
    assert (again.written, again.unchanged) == ([], 3) and "corrected" in again.notes[0]
    assert rows(state)["bo", "d1-1"] == (True, 60)
    write_sheet(state, WEEK, "d1", path)
    assert [c.value for c in load_workbook(path).active[6]][3:] == ["x", "late 20"]


def test_a_sheet_with_faults_is_not_read_in_half(state, tmp_path):
    path = table(tmp_path, [["ID", "Name", "d1-1 Talk (60 min)", "d1-3", "d1-2 Lunch"],
                            ["ana", "", "x", "perhaps", ""], ["nobody", "", "x", "x", ""],
                            ["bo", "", "late 99", "", "x"], ["", "", "x", "", ""],
                            ["", "", "", "", ""]])  # fmt: skip
    made = add_sheet(state, WEEK, path)
    assert [p.line for p in made.problems] == [2, 3, 4, 4, 5] and not made.written
    said = " ".join(map(str, made.problems))
    for words in ("'perhaps' is no mark", "'nobody' does not take part", "99 minutes late",
                  "not counted for attendance"):  # fmt: skip
        assert words in said
    assert log(state) == []


@pytest.mark.parametrize("sign", ["O", "o", "○", "✓", "V"])
def test_a_sheet_where_x_may_mean_absent_is_not_guessed(state, tmp_path, sign):
    path = table(tmp_path, [["student_id", "d1-1"], ["ana", sign], ["bo", "X"]])
    made = add_sheet(state, WEEK, path)
    (problem,) = made.problems
    assert problem.line == 2 and "which of them is absent" in problem.sentence
    assert log(state) == []
    alone = table(tmp_path, [["student_id", "d1-1"], ["ana", sign], ["bo", "0"]], name="b.csv")
    add_sheet(state, WEEK, alone)
    assert rows(state) == {("ana", "d1-1"): (True, 60), ("bo", "d1-1"): (False, 0)}


def test_where_a_sheet_can_be_written(state, tmp_path):
    deep = tmp_path / "new folder" / "d1.xlsx"
    assert write_sheet(state, WEEK, "d1", deep) == 2 and deep.is_file()
    for wrong in (tmp_path / "d1.csv", tmp_path / "d1", tmp_path):
        with pytest.raises(UsageError):
            write_sheet(state, WEEK, "d1", wrong)
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="cannot be made"):
        write_sheet(state, WEEK, "d1", tmp_path / "file" / "d1.xlsx")
    assert sorted(p.name for p in tmp_path.iterdir() if "d1" in p.name) == []


def test_a_long_table_of_another_tool(state, tmp_path):
    path = table(tmp_path, [["student_id", "session_id", "present", "late"],
                            ["ana", "D1-1", "yes", ""], ["bo", "d1-1", "x", "10"],
                            ["bo", "d1-3", "no", "0"]])  # fmt: skip
    assert len(add_sheet(state, WEEK, path).written) == 3
    assert rows(state)["bo", "d1-1"] == (True, 50) and rows(state)["bo", "d1-3"] == (False, 0)
    bad = table(tmp_path, [["student_id", "session_id", "present"], ["ana", "d7-7", "x"]])
    assert "no session 'd7-7'" in add_sheet(state, WEEK, bad).problems[0].sentence


def test_a_day_without_sessions_and_a_file_that_is_no_sheet(state, tmp_path):
    with pytest.raises(CourseError, match="d1, d2"):
        write_sheet(state, WEEK, "d7", tmp_path / "x.xlsx")
    with pytest.raises(CourseError, match="header"):
        add_sheet(state, WEEK, table(tmp_path, [["a", "b"], ["1", "2"]]))
    formulas = workbook(tmp_path, [["student_id", "d1-1"], ["ana", "=1"]])
    assert add_sheet(state, WEEK, formulas).problems


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["ana", "bo", "cy", "", "=1", "ｂｏ"]) | st.text(max_size=6),
                  st.sampled_from(["x", "0", "late 5", "", "=x"]) | st.text(max_size=8)),
        max_size=6,
    )
)  # fmt: skip
def test_any_sheet_is_read_whole_or_refused_by_line(state, tmp_path, cells):
    log_path(state).unlink(missing_ok=True)
    path = table(tmp_path, [["student_id", "d1-1"], *map(list, cells)], name="fuzz.csv")
    try:
        made = add_sheet(state, WEEK, path)
    except CourseError as error:
        assert error.remedy
        return
    assert not (made.problems and log(state))
    assert all(m.student_id in ("ana", "bo") and 0 <= m.minutes <= 60 for m in log(state))


@given(st.text(max_size=12) | st.integers(0, 2000).map("late {}".format))
def test_a_cell_is_a_mark_nothing_or_refused(text):
    read = _read_cell(text)
    assert (read == ()) == (not text.strip())
    if read:
        present, late = read
        assert 0 <= late <= 999 and (present or late == 0)
        assert late == 0 or str(int(late)) in text


def test_a_session_that_was_shortened_counts_its_own_minutes(state):
    from grading.completion import Records

    mark(state, WEEK, "d1-3", late={"bo": 15}, absent=["ana"], now=NOON)
    shorter = programme(session("d1-1", 60), session("d1-3", 30))
    known = Records(state, shorter).evidence("bo")
    assert (known.attended_minutes, known.missed_minutes, known.on_site_minutes) == (15, 15, 90)
    assert Records(state, shorter).evidence("ana").missed_minutes == 30
