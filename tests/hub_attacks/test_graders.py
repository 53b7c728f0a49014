"""Hostile hand-ins against the people who mark them: their machine, their points, their time."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from grading import cleaning, handin, intake, marking, preprocessor
from tests.hub_attacks.handing import PLACE, STAMP, by_hand, collected, name_for
from tests.hub_attacks.hostile import PAGE, formgrader, submission, uncleaned
from tests.hub_attacks.town import MODULE, TEACHER, inbound, room


def test_nothing_of_a_hand_in_runs_on_the_hosts_machine(street, marked):
    assert not marked.marker.exists()
    assert street.as_host("score", "10", "--workers", "1").returncode == 0


def test_nbgraders_own_autograde_would_run_it(marked, tmp_path):
    """nbgrader executes a hand-in with these very calls; ours reads it instead."""
    import nbformat
    from nbgrader.preprocessors import Execute

    marker = tmp_path / "marker"
    notebook = nbformat.v4.new_notebook()
    source = json.loads(marked.text)["cells"][-1]["source"]
    source = source.replace(str(marked.marker), str(marker))
    notebook.cells.append(nbformat.v4.new_code_cell(source))
    Execute(timeout=120).preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    assert marker.read_text() == "the host ran this"


@pytest.mark.parametrize("cleaned", [True, False])
def test_no_script_hides_in_a_cell_of_the_lesson_that_says_it_is_graded(monkeypatch, cleaned):
    """The formgrader's own button reads the lesson too, and nbgrader shows it as it came."""
    import nbformat

    marks = {"nbgrader": {"grade_id": "lesson_1", "grade": True, "points": 5}}
    script = nbformat.v4.new_output("display_data", {"text/html": PAGE})
    lesson = nbformat.v4.new_notebook()
    lesson.cells = [
        nbformat.v4.new_code_cell("1", metadata=marks, outputs=[script]),
        nbformat.v4.new_markdown_cell(PAGE, metadata=marks),
    ]
    if not cleaned:
        monkeypatch.setattr(cleaning, "ordinary_cell", lambda cell, cell_id: cell)
    made = json.dumps(preprocessor._only_safe(lesson))
    assert ("<script" not in made and "grade_id" not in made) == cleaned


def test_what_a_cell_is_worth_is_not_the_trainees_to_say(street, marked):
    _, most = submission(street, "ana")
    _, of_ben = submission(street, "ben")
    assert most == of_ben < 100


def test_nbgrader_believes_what_the_cell_says(marked):
    """What it takes for the most points of a cell when nobody put the lesson's own back."""
    import nbformat
    from nbgrader.utils import determine_grade, is_grade

    cells = nbformat.reads(marked.text, as_version=4).cells
    assert sum(determine_grade(c)[1] for c in cells if is_grade(c)) >= 1000


def test_a_flood_of_output_reaches_no_grader(street, marked):
    page = street.sign_in(TEACHER).get(formgrader(street))
    assert "My text." in page.text
    assert len(page.text) < 1_000_000


def test_uncleaned_the_flood_reaches_the_grader(street, marked):
    with uncleaned(street, marked):
        page = street.sign_in(TEACHER).get(formgrader(street))
    assert "My text." in page.text
    assert len(page.text) > 6_000_000


@pytest.fixture
def nested(street, of_ben, marked):
    """A hand-in that no reader of JSON gets to the end of."""
    name = name_for("calm")
    code = (
        f"import os; os.umask(0o22); os.chdir({PLACE!r}); os.mkdir({name!r}); os.chdir({name!r})\n"
        f"open('timestamp.txt','w').write({STAMP!r})\n"
        "open('exercises.ipynb','w').write('[' * 200000)\n"
        "open('answers.json','w').write('{\"a\":' * 100000)"
    )
    assert room(street, "calm", ["python", "-c", code]).stderr == ""
    yield
    shutil.rmtree(inbound(street) / name)


BYTE = r"\xff"  # as a shell writes it; no letter of UTF-8 has it


@pytest.fixture
def folders(street, of_ben, marked):
    """A hand-in with folders where the notebook belongs, and where it would be put aside."""
    line = (
        "rm exercises.ipynb; for d in '' .as-handed-in; "
        "do mkdir exercises.ipynb$d; touch exercises.ipynb$d/x; done"
    )
    assert by_hand(street, "loud", name_for("loud"), line) == ""
    yield
    shutil.rmtree(inbound(street) / name_for("loud"))


@pytest.fixture
def named(street, of_ben, marked):
    """A notebook whose name cannot be written as text, and of which the report has to speak."""
    cell = {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "m10_trip"}}}
    book = json.dumps({"nbformat": 4, "cells": [cell | {"source": "LETTER"}]})
    line = f"printf '{book.replace('LETTER', BYTE)}' > $'x{BYTE}.ipynb'"
    assert by_hand(street, "more", name_for("more"), line) == ""
    yield
    shutil.rmtree(inbound(street) / name_for("more"))


def test_no_hand_in_stops_the_others(street, nested, folders, named):
    street.as_host("collect", "10")
    said = json.loads(street.as_host("score", "10", "--workers", "1", "--json").stdout)
    assert submission(street, "ben")[1] > 0
    assert (street.state.folder("submitted", "loud", MODULE) / "exercises.ipynb").is_file()
    assert "x?.ipynb: it is not UTF-8" in json.dumps(said, ensure_ascii=False)


def test_who_expects_a_file_collects_nothing_more(street, folders, monkeypatch):
    """What is off is the look at what lies there, and the clause that goes on with the others."""
    shutil.rmtree(street.state.folder("submitted", "loud", MODULE), ignore_errors=True)

    def as_a_file(folder):
        there = folder / intake.NOTEBOOK
        os.replace(there, f"{there}{intake.AS_HANDED_IN}")

    monkeypatch.setattr(intake, "_set_aside", as_a_file)
    with pytest.MonkeyPatch.context() as both:
        both.setattr(intake, "Exception", KeyError, raising=False)
        with pytest.raises(OSError, match="not empty"):
            collected(street)
    assert any("loud" in line and "in order" in line for line in collected(street).left_out)


def test_a_name_as_it_came_cannot_be_written_down(street, named, monkeypatch):
    collected(street)
    for clean in (True, False):
        if not clean:
            monkeypatch.setattr(marking, "plain_line", str)
        marked = marking.Marker(street.state, MODULE).mark("more")
        text = json.dumps(marked.notes, ensure_ascii=False)
        assert (text.encode("utf-8", "replace").decode() == text) == clean


def test_who_does_not_expect_it_collects_nothing_more(street, nested, of_ben, monkeypatch):
    """What is off are the clauses that read on after such a notebook, and after any."""
    shutil.rmtree(street.state.folder("submitted", "calm", MODULE), ignore_errors=True)
    monkeypatch.setattr(handin, "RecursionError", KeyError, raising=False)
    monkeypatch.setattr(intake, "Exception", KeyError, raising=False)
    with pytest.raises(RecursionError):
        collected(street)
