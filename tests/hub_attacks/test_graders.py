"""Hostile hand-ins against the people who mark them: their machine, their points, their time."""

from __future__ import annotations

import json
import shutil

import pytest

from grading import handin
from tests.hub_attacks.handing import PLACE, STAMP, collected, name_for
from tests.hub_attacks.hostile import formgrader, submission, uncleaned
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


def test_a_notebook_nested_without_end_stops_nobody(street, nested):
    street.as_host("collect", "10")
    street.as_host("score", "10", "--workers", "1")
    assert submission(street, "ben")[1] > 0


def test_who_does_not_expect_it_collects_nothing_more(street, nested, of_ben, monkeypatch):
    """What is off is the one clause that reads on after such a notebook."""
    shutil.rmtree(street.state.folder("submitted", "calm", MODULE), ignore_errors=True)
    monkeypatch.setattr(handin, "RecursionError", KeyError, raising=False)
    with pytest.raises(RecursionError):
        collected(street)
