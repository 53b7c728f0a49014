"""Whatever was done to the cells: every graded cell once, in order, and a line for each."""

from __future__ import annotations

import copy

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.repair import repair, usable_cells
from grading.template import Template, grade_id
from tests.grading_pieces import answered, cell_of, raw_record, shown, source_notebook, template

TEMPLATE = template()
NAMES = TEMPLATE.automatic


def lines(repaired):
    return [f"{name}: {text}" for name, text in repaired.notes]


def order(notebook):
    return [grade_id(c) for c in notebook["cells"] if grade_id(c)]


def check(repaired):
    """The law of every repair."""
    assert order(repaired.notebook) == list(TEMPLATE.cells)
    ids = [c["id"] for c in repaired.notebook["cells"]]
    assert len(set(ids)) == len(ids)
    nbformat.validate(nbformat.from_dict(repaired.notebook))
    for name, original in TEMPLATE.cells.items():
        marks = original["metadata"]["nbgrader"]
        made = cell_of(repaired.notebook, name)
        assert made["metadata"] == original["metadata"]
        if not marks.get("solution"):
            assert made["source"] == original["source"]


def run(notebook):
    repaired = repair(usable_cells(notebook), TEMPLATE)
    check(repaired)
    return repaired


def test_an_untouched_notebook_needs_nothing():
    repaired = run(answered())
    assert repaired.notes == []
    assert repaired.changed == set()
    assert {r.question for r in repaired.records} == set(NAMES)


def test_a_copied_answer_cell():
    notebook = answered()
    twin = copy.deepcopy(cell_of(notebook, "m10_trip"))
    twin["outputs"] = [shown(raw_record("m10_trip", 99, time="2027-01-01T00:00:00+00:00"))]
    notebook["cells"].append(twin)
    repaired = run(notebook)
    assert "m10_trip: The cell m10_trip stands 2 times; the latest answer counts." in lines(
        repaired
    )
    assert sorted(r.value for r in repaired.records if r.question == "m10_trip") == [1, 99]


def test_a_deleted_answer_cell():
    notebook = answered()
    notebook["cells"].remove(cell_of(notebook, "m10_rev"))
    repaired = run(notebook)
    assert lines(repaired) == ["m10_rev: The cell m10_rev was deleted; it was put back empty."]
    assert cell_of(repaired.notebook, "m10_rev")["outputs"] == []


def test_an_edited_answer_cell():
    notebook = answered()
    cell_of(notebook, "m10_rev")["source"] = "answer('m10_rev', 1e9)"
    assert "m10_rev: The locked cell m10_rev was edited; it was restored." in lines(run(notebook))


def test_cells_in_another_order():
    notebook = answered()
    notebook["cells"].reverse()
    repaired = run(notebook)
    assert ": The cells stood in another order; it was put right." in lines(repaired)
    assert {r.question for r in repaired.records} == set(NAMES)


def test_a_split_working_cell_keeps_both_parts():
    notebook = answered()
    cell = cell_of(notebook, "m10_trip_work")
    second = copy.deepcopy(cell)
    cell["source"], second["source"] = "legs = 1", "m10_trip = legs"
    notebook["cells"].insert(notebook["cells"].index(cell) + 1, second)
    repaired = run(notebook)
    assert cell_of(repaired.notebook, "m10_trip_work")["source"] == "legs = 1\n\nm10_trip = legs"
    assert any("was split or copied; its 2 parts were joined" in line for line in lines(repaired))


def test_a_split_written_answer_is_not_called_empty():
    notebook = answered()
    cell = cell_of(notebook, "m10_written")
    second = copy.deepcopy(cell)
    second["source"] = "My text stands in the second half."
    notebook["cells"].append(second)
    repaired = run(notebook)
    assert "m10_written" in repaired.changed
    assert "second half" in cell_of(repaired.notebook, "m10_written")["source"]


@pytest.mark.parametrize("lost", ["nbgrader", "all"])
def test_lost_metadata_is_found_by_id_or_text(lost):
    notebook = answered()
    cell = cell_of(notebook, "m10_cap")
    cell["metadata"] = {}
    if lost == "all":
        cell["id"] = "something-else"
    repaired = run(notebook)
    assert "m10_cap: The cell m10_cap had lost its marks; found by its text." in lines(repaired)


@pytest.mark.parametrize(
    "change",
    [{"points": 500}, {"grade": False}, {"locked": False}, {"points": "many"}, {"points": None}],
)
def test_changed_marks_do_not_count(change):
    notebook = answered()
    cell_of(notebook, "m10_rev")["metadata"]["nbgrader"] |= change
    assert "m10_rev: The marks of the cell m10_rev were changed; the released ones count." in lines(
        run(notebook)
    )


def test_a_trainees_own_cells_stay_where_they_were_without_their_html():
    notebook = answered()
    at = notebook["cells"].index(cell_of(notebook, "m10_link"))
    mine = {
        "cell_type": "code", "id": "mine", "metadata": {"tags": ["x"]}, "source": "1 + 1",
        "execution_count": 3,
        "outputs": [{"output_type": "execute_result", "execution_count": 3, "metadata": {},
                     "data": {"text/html": "<script>1</script>", "text/plain": "2"}}],
    }  # fmt: skip
    notebook["cells"].insert(at, mine)
    made = next(c for c in run(notebook).notebook["cells"] if c["id"] == "mine")
    assert made["metadata"] == {}
    assert made["outputs"] == [
        {"output_type": "display_data", "data": {"text/plain": "2"}, "metadata": {}}
    ]


def test_a_points_output_of_the_trainees_never_stays():
    notebook = answered()
    cell_of(notebook, "m10_trip")["outputs"].append(
        {"output_type": "execute_result", "data": {"text/plain": "500"}, "metadata": {}}
    )
    made = cell_of(run(notebook).notebook, "m10_trip")
    assert all(o["output_type"] != "execute_result" for o in made["outputs"])


HOSTILE = [
    None, 3, "cell", [], {}, {"cell_type": None}, {"cell_type": "code", "source": 5},
    {"cell_type": "code", "source": ["a", 1, None], "outputs": "x", "metadata": []},
    {"cell_type": "raw", "source": "<b>", "metadata": {"nbgrader": 3}},
    {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["m10_rev"]}}, "outputs": [1, {}]},
    {"cell_type": "markdown", "id": "x y", "attachments": {"a": {"image/png": 4}}},
    {"cell_type": "code", "outputs": [{"output_type": "stream", "text": {"a": 1}}]},
    {"cell_type": "code", "outputs": [{"output_type": "error", "traceback": 5}]},
    {"cell_type": "code", "outputs": [{"output_type": "display_data", "data": [1]}]},
]  # fmt: skip


@pytest.mark.parametrize("odd", HOSTILE, ids=range(len(HOSTILE)))
def test_cells_that_are_no_cells(odd):
    notebook = answered()
    notebook["cells"].insert(3, odd)
    repaired = run(notebook)
    assert {r.question for r in repaired.records} == set(NAMES)


@pytest.mark.parametrize("content", [None, 3, [], {}, {"cells": 3}, {"cells": {}}])
def test_what_is_no_notebook(content):
    assert usable_cells(content) is None


def test_no_cells_at_all_give_the_release():
    repaired = repair([], TEMPLATE)
    check(repaired)
    assert repaired.notes == [] and repaired.records == []


def test_thousands_of_cells_are_cut():
    notebook = answered()
    notebook["cells"] += [{"cell_type": "code", "source": f"x{n}"} for n in range(5000)]
    assert len(run(notebook).notebook["cells"]) < 400


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_shuffle_copy_and_loss_obeys_the_law(data):
    cells = answered()["cells"]
    picked = data.draw(st.lists(st.integers(0, len(cells) - 1), max_size=60))
    shuffled = [copy.deepcopy(cells[n]) for n in picked]
    repaired = repair(usable_cells({"cells": shuffled}), TEMPLATE)
    check(repaired)
    had = {grade_id(c) for c in shuffled} & set(NAMES)
    assert {r.question for r in repaired.records} == had
    if not shuffled:
        return
    gone = {n for n in TEMPLATE.graded if n not in {grade_id(c) for c in shuffled}}
    told = {n for n, text in repaired.notes if "was deleted" in text}
    assert gone <= told


def test_the_template_knows_what_is_automatic():
    made = Template(source_notebook())
    assert made.written == ["m10_written"]
    assert set(made.points) == {*made.automatic, *made.written}
