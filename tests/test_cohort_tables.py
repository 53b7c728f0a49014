"""Rosters as Excel really writes them: separators, encodings, stray rows, workbooks."""

from __future__ import annotations

import random
import unicodedata
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from course.errors import CourseError, UsageError
from grading.cohort import add, participants
from grading.cohort.adding import merged
from grading.cohort.columns import SYNONYMS, field_of
from grading.cohort.encodings import decoded
from grading.cohort.people import clean_cell, made_id, plain_id, slug
from grading.cohort.workbooks import Formula
from grading.state import is_student_id
from tests.cohort_pieces import HEAD, NAMES, as_csv, state_in, table, workbook

ROWS = [HEAD, *([n, f"p{i}@example.org", "Test City"] for i, n in enumerate(NAMES))]


def loaded(tmp_path, data: bytes, **options):
    path = tmp_path / "roster.csv"
    path.write_bytes(data)
    return add(state_in(tmp_path), path, check_only=True, **options)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
def test_every_separator_in_every_unicode_form(tmp_path, separator, encoding):
    text = as_csv(ROWS, separator=separator)
    data = (b"\xfe\xff" + text.encode("utf-16-be") if encoding == "utf-16-be-bom"
            else text.encode(encoding))  # fmt: skip
    made = loaded(tmp_path, data)
    assert not made.problems and [p.name for p in made.people] == NAMES


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("cp949", ["김테스트", "박시험", "이견본 팀장"]),
        ("cp1256", ["علي آزمون", "مريم نمونه", "حسن تست"]),
        ("cp1252", ["José Prueba", "Niño Dela Prueba", "Ångström Test", "MUÑOZ Prueba"]),
    ],
)
def test_code_pages_are_told_apart_by_their_letters(tmp_path, page, names):
    data = as_csv([HEAD, *([n, "", "City"] for n in names)], separator=";").encode(page)
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    made = loaded(tmp_path, data)
    assert [p.name for p in made.people] == names
    assert any(page in note and "Look at the names" in note for note in made.notes)


def test_a_code_page_that_could_be_two_is_asked_for(tmp_path):
    data = as_csv([["name"], ["Zoë Áé Test"], ["±èÅ×½º"]]).encode("cp1252")
    with pytest.raises(CourseError, match="--encoding"):
        loaded(tmp_path, data)
    assert loaded(tmp_path, data, encoding="cp1252").people[0].name == "Zoë Áé Test"
    with pytest.raises(CourseError, match="not written in utf-8"):
        loaded(tmp_path, data, encoding="utf-8")
    for wrong in ("klingon", "hex", "rot13"):
        with pytest.raises((UsageError, CourseError)):
            loaded(tmp_path, data, encoding=wrong)


def test_titles_blank_lines_trailing_separators_and_quoted_line_breaks(tmp_path):
    text = (
        "sep=;\r\nParticipants of the week;;;;\r\n\r\nName;E-Mail;Delegation;Job title;;\r\n"
        '\r\nAna Test;ana@example.org;Test City;"head of\r\nroads; and rails";;\r\n;;;;;\r\n'
        "Bo Test;;Test City;;;\r\n"
    )
    made = loaded(tmp_path, text.encode("utf-8-sig"))
    assert [(p.name, p.role) for p in made.people] == [
        ("Ana Test", "head of roads; and rails"), ("Bo Test", ""),
    ]  # fmt: skip


def test_line_numbers_are_those_of_the_file(tmp_path):
    text = 'name,email\r\n\r\n"Ana\r\nTest",ana@example.org\r\n\r\n=1+1,\r\nBo Test,bo@\r\n'
    made = loaded(tmp_path, text.encode())
    assert [(p.line, p.field) for p in made.problems] == [(6, "name"), (7, "email")]
    assert participants(state_in(tmp_path)) == []


def test_names_in_every_script_get_one_form():
    assert clean_cell("Jose\u0301") == "José"
    assert clean_cell("\u202bعلی\u200cرضا\u202c\u200f ") == "علی\u200cرضا"
    assert clean_cell("\u200cAna\u200d") == "Ana"
    assert clean_cell(unicodedata.normalize("NFD", "김테스트")) == "김테스트"
    assert clean_cell("Ａｎａ\u3000Ｔｅｓｔ") == "Ana Test"
    assert clean_cell("a\x00b\x1b[31mc") == "ab[31mc"
    assert clean_cell("\ud800x") == "?x"
    assert [clean_cell(v) for v in (None, True, 12.5, 1001.0, float("nan"))] == [
        "", "True", "12.5", "1001", "",
    ]  # fmt: skip


def test_ids_are_plain_and_stable():
    assert plain_id("ｋ０１") == plain_id("k۰۱") == "k01"
    assert made_id("김테스트", "", "Seoul") == made_id(
        unicodedata.normalize("NFC", "김테스트"), "", "Seoul"
    )
    assert made_id("김테스트", "", "Seoul") != made_id("김테스트", "", "Busan")
    assert made_id("Ana Test", "guest@example.org", "")[:2] == "p-"
    assert slug("Đặng Test") == "dang-test"


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=10))
def test_a_made_id_is_always_an_id(name, mail, city):
    made = made_id(clean_cell(name), mail, city)
    assert is_student_id(made) and made.isascii() and made == made.casefold()


@pytest.mark.parametrize("field", sorted(SYNONYMS))
def test_headers_of_other_languages(field):
    for word in SYNONYMS[field]:
        assert field_of(f" {word.upper()} ") == field
        assert field_of(unicodedata.normalize("NFD", word)) == field


def test_given_and_family_names_in_two_columns(tmp_path):
    made = loaded(tmp_path, as_csv([["Name", "Surname"], ["Ana", "Test"]]).encode())
    person = made.people[0]
    assert (person.name, person.first_name, person.last_name) == ("Ana Test", "Ana", "Test")
    hangul = merged([], [(2, {"last_name": "김", "first_name": "견본"})])
    assert hangul.people[0].name == "김견본"


def test_other_headers_by_the_hosts_word(tmp_path):
    data = as_csv([["Nama Peserta", "Kota Asal"], ["Ana Test", "Test City"]]).encode()
    with pytest.raises(CourseError, match="columns"):
        loaded(tmp_path, data, columns={"name": "No such"})
    made = loaded(tmp_path, data, columns={"name": "Nama Peserta", "city": "kota asal"})
    assert (made.people[0].name, made.people[0].city) == ("Ana Test", "Test City")
    twice = as_csv([["name", "Full name"], ["Ana", "Ana Test"]]).encode()
    with pytest.raises(CourseError, match="--columns name="):
        loaded(tmp_path, twice)


# ---- workbooks --------------------------------------------------------------------------------


def test_a_workbook_with_numbers_titles_and_stored_values(tmp_path):
    path = workbook(tmp_path, [["Our delegation"], [], ["student_id", "name"], [1001, "Ana Test"],
                               [], [1002.0, "김테스트"]])  # fmt: skip
    made = add(state_in(tmp_path), path, check_only=True)
    assert [(p.student_id, p.name) for p in made.people] == [
        ("1001", "Ana Test"), ("1002", "김테스트"),
    ]  # fmt: skip


def test_a_formula_without_a_stored_value_is_refused_and_never_runs(tmp_path):
    path = workbook(tmp_path, [["name"], ["Ana Test"], ['=HYPERLINK("x","Bo Test")']])
    made = add(state_in(tmp_path), path, check_only=True)
    assert [(p.line, p.field) for p in made.problems] == [(3, "name")]
    assert "no stored value" in made.problems[0].sentence
    assert isinstance(Formula("=1"), str)


def test_hidden_sheets_are_not_read_and_other_sheets_are_told(tmp_path):
    book = Workbook()
    book.active.title = "Old"
    book.active.append(["name"])
    book.active.append(["Old Test"])
    book.active.sheet_state = "hidden"
    for name in ("Now", "Rooms"):
        sheet = book.create_sheet(name)
        sheet.append(["name", "email"])
        sheet.append([f"{name} Test", ""])
    book.save(tmp_path / "x.xlsx")
    made = add(state_in(tmp_path), tmp_path / "x.xlsx", check_only=True)
    assert [p.name for p in made.people] == ["Now Test"]
    assert any("'Now'" in note for note in made.notes)


def hostile_files(tmp_path):
    good = workbook(tmp_path, [["name"], ["Ana Test"]]).read_bytes()
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("xl/workbook.xml", b"0" * 150_000_000)
    return {
        "cut": good[: len(good) // 2],
        "bomb": bomb.read_bytes(),
        "old excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "empty": b"",
        "zeros": b"\0" * 1000,
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
        "no header": b"1;2;3\n4;5;6\n",
        "one long cell": b"name\n" + b'"' + b"x" * 2_000_000,
        "cut utf-16": b"\xff\xfen",
    }


def test_files_that_are_no_table_are_refused_in_one_sentence(tmp_path):
    state = state_in(tmp_path)
    for name, data in hostile_files(tmp_path).items():
        path = tmp_path / "given"
        path.write_bytes(data)
        with pytest.raises(CourseError) as error:
            add(state, path)
        assert error.value.remedy, name
    with pytest.raises(CourseError):
        add(state, tmp_path / "nowhere.csv")
    with pytest.raises(CourseError):
        add(state, tmp_path)
    assert participants(state) == []


def test_a_table_of_too_many_people_is_refused(tmp_path):
    path = table(tmp_path, [["name"], *([f"Person {n} Test"] for n in range(5001))])
    with pytest.raises(CourseError, match="5,000"):
        add(state_in(tmp_path), path)


@pytest.mark.slow
def test_damaged_workbooks_never_end_in_a_traceback(tmp_path):
    good = bytearray(workbook(tmp_path, ROWS).read_bytes())
    state = state_in(tmp_path)
    rng = random.Random(3)
    path = tmp_path / "damaged.xlsx"
    for _ in range(150):
        data = bytearray(good)
        for _ in range(rng.randint(1, 30)):
            data[rng.randrange(4, len(data))] = rng.randrange(256)
        path.write_bytes(data)
        try:
            add(state, path, check_only=True)
        except CourseError as error:
            assert error.remedy
    assert participants(state) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.binary(max_size=400) | st.text(max_size=200).map(lambda t: ("name;email\n" + t)
       .encode("utf-8", "replace")))  # fmt: skip
def test_whatever_bytes_come_the_answer_is_people_problems_or_one_sentence(tmp_path, data):
    path = tmp_path / "fuzz.csv"
    path.write_bytes(data)
    state = state_in(tmp_path)
    try:
        made = add(state, path, check_only=True)
    except CourseError as error:
        assert error.what
        return
    assert made.problems or all(is_student_id(p.student_id) for p in made.people)
    assert participants(state) == []


cells = st.none() | st.floats() | st.integers() | st.booleans() | st.text(max_size=40)
wild = st.dictionaries(st.sampled_from(sorted(SYNONYMS)), cells)
likely = st.fixed_dictionaries(
    {},
    optional={
        "student_id": st.sampled_from(["", "ana", "bo", "BO", "k01", "guest"]),
        "name": st.sampled_from(["", *NAMES, "Bo Test", "ana test"]),
        "email": st.sampled_from(["", "a@example.org", "A@example.org", "b@example.org"]),
        "city": st.sampled_from(["", "Test City", "Other City"]),
        "team": st.sampled_from(["", "red", "Red", "blue"]),
    },
)


@settings(max_examples=400)
@given(st.lists(likely, max_size=4) | st.lists(wild, max_size=4))
def test_rows_are_taken_whole_or_refused_by_line(rows):
    """What comes in has an id, comes in once, and a second time changes nothing."""
    numbered = list(enumerate(rows, start=2))
    made = merged([], numbered)
    if made.problems:
        assert made.people == [] and not made.added
        assert {p.line for p in made.problems} <= {n for n, _ in numbered}
        return
    ids = [p.student_id for p in made.people]
    assert len({i.casefold() for i in ids}) == len(ids) == len(rows)
    mails = [p.email.casefold() for p in made.people if p.email]
    assert len(set(mails)) == len(mails)
    texts = [v for p in made.people for v in p.row().values()]
    assert all(not v.startswith(("=", "+", "-", "@")) for v in texts)
    again = merged(made.people, numbered)
    assert again.people == made.people and not again.changes and not again.problems


def test_decoding_says_nothing_of_plain_unicode():
    assert decoded(b"name\nAna", "x.csv") == ("name\nAna", [])


def test_what_is_written_for_excel_holds_no_formula(tmp_path):
    from grading.cohort.store import no_formula

    assert [no_formula(v) for v in ("=1", "+1", "-1", "@x", "\tx", "a=1")] == [
        "'=1", "'+1", "'-1", "'@x", "'\tx", "a=1",
    ]  # fmt: skip
    assert load_workbook(workbook(tmp_path, ROWS)).active.max_row == len(ROWS)
