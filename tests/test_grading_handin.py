"""Files of a hand-in: renamed, broken, huge, linked; each with its line, none stops a batch."""

from __future__ import annotations

import json
import os
import sys

import nbformat
import pytest

from grading.handin import content_hash, read_cells, read_hand_in
from grading.intake import AS_HANDED_IN, Intake, load, settle
from grading.state import GradingState
from tests.grading_pieces import answered, cell_of, raw_record, template, write

TEMPLATE = template()
NAMES = set(TEMPLATE.automatic)


def read(folder, intake=None):
    return read_hand_in(folder, TEMPLATE, intake)


def sentences(hand_in):
    return [text for _, text in hand_in.notes]


def test_as_it_should_be(tmp_path):
    hand_in = read(write(tmp_path, answered()))
    assert (hand_in.notes, hand_in.problem, hand_in.used) == ([], "", "exercises.ipynb")
    assert set(hand_in.answers.by_question) == NAMES


@pytest.mark.parametrize(
    "name",
    ["exercises-Copy1.ipynb", "exercises (1).ipynb", "Exercises.ipynb", "EXERCISES.IPYNB",
     "my work/exercises.ipynb", "연습.ipynb"],
)  # fmt: skip
def test_another_name_is_found_by_its_cells(tmp_path, name):
    path = tmp_path / name
    write(path.parent, answered(), path.name)
    hand_in = read(tmp_path)
    assert set(hand_in.answers.by_question) == NAMES
    assert hand_in.problem == ""
    assert any("found by its cells and scored" in s for s in sentences(hand_in))


def test_the_right_name_wins_but_a_copy_with_later_answers_counts(tmp_path):
    write(tmp_path, answered({"m10_trip": 1}))
    later = answered({"m10_trip": 2, "m10_link": 3}, time="2027-01-01T00:00:00+00:00")
    cell_of(later, "m10_written")["source"] = "My answer."
    write(tmp_path, later, "exercises-Copy1.ipynb")
    hand_in = read(tmp_path)
    assert hand_in.used == "exercises.ipynb"
    assert hand_in.answers.latest("m10_trip").value == 2
    assert hand_in.answers.latest("m10_link").value == 3
    assert cell_of(hand_in.repaired.notebook, "m10_written")["source"] == "My answer."
    assert any("second notebook 'exercises-Copy1.ipynb' holds answers" in s
               for s in sentences(hand_in))  # fmt: skip
    nbformat.validate(nbformat.from_dict(hand_in.repaired.notebook))


def test_notebooks_of_other_modules_do_not_disturb(tmp_path):
    write(tmp_path, answered())
    other = {"cells": [{"cell_type": "code", "source": "1", "metadata": {}}], "nbformat": 4}
    write(tmp_path, other, "a.ipynb")
    assert read(tmp_path).notes == []


def test_nothing_handed_in(tmp_path):
    hand_in = read(tmp_path)
    assert sentences(hand_in) == ["No exercises notebook was handed in."]
    assert hand_in.problem.startswith("no exercises notebook")


def test_answers_json_alone_counts(tmp_path):
    (tmp_path / "answers.json").write_text(json.dumps({"answers": [raw_record("m10_trip", 5)]}))
    hand_in = read(tmp_path)
    assert hand_in.answers.latest("m10_trip").value == 5


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "the file is empty"),
        (b"{", "no readable notebook"),
        (b"<html>", "no readable notebook"),
        (b"[]", "holds no cells"),
        (b'{"nbformat": 4, "cells": 5}', "holds no cells"),
        (b'{"nbformat": 9, "cells": []}', "notebook format 9 is not known"),
        (b'{"nbformat": 3, "worksheets": 5}', "could not be converted"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\x00\x01\x02" * 50, "no readable notebook"),
    ],
)
def test_unreadable_files_get_one_line(tmp_path, content, line):
    (tmp_path / "exercises.ipynb").write_bytes(content)
    hand_in = read(tmp_path)
    matching = [s for s in sentences(hand_in) if line in s]
    assert len(matching) == len(hand_in.notes) == 1
    assert matching[0].startswith("exercises.ipynb: ")
    assert hand_in.problem
    assert hand_in.answers.by_question == {}


def test_an_unreadable_notebook_with_answers_json_is_scored_from_it(tmp_path):
    (tmp_path / "exercises.ipynb").write_bytes(b"{")
    (tmp_path / "answers.json").write_text(json.dumps([raw_record("m10_trip", 5)]))
    assert read(tmp_path).answers.latest("m10_trip").value == 5


def test_an_older_notebook_format_is_converted(tmp_path):
    old = nbformat.convert(nbformat.from_dict(answered()), 3)
    (tmp_path / "exercises.ipynb").write_text(nbformat.writes(old, version=3), encoding="utf-8")
    cells, sentence = read_cells(tmp_path / "exercises.ipynb")
    assert "notebook format 3 and was converted" in sentence
    assert len(cells) == len(answered()["cells"])
    hand_in = read(tmp_path)
    assert hand_in.problem == ""
    assert hand_in.used == "exercises.ipynb"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_other_unicode_encodings_are_read(tmp_path, encoding):
    (tmp_path / "exercises.ipynb").write_bytes(json.dumps(answered()).encode(encoding))
    assert set(read(tmp_path).answers.by_question) == NAMES


def test_letters_that_are_not_utf8_are_replaced_with_a_line(tmp_path):
    notebook = answered()
    cell_of(notebook, "m10_written")["source"] = "Tarif élevé"
    text = json.dumps(notebook, ensure_ascii=False)
    (tmp_path / "exercises.ipynb").write_bytes(text.encode("latin-1", "replace"))
    hand_in = read(tmp_path)
    assert set(hand_in.answers.by_question) == NAMES
    assert any("not UTF-8" in s for s in sentences(hand_in))


def test_nan_in_json_and_lone_surrogates_pass_through(tmp_path):
    notebook = answered({"m10_rev": float("nan")})
    cell_of(notebook, "m10_written")["source"] = "half \ud800 a letter"
    write(tmp_path, notebook)
    hand_in = read(tmp_path)
    json.dumps(hand_in.repaired.notebook, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert hand_in.answers.latest("m10_rev").value != hand_in.answers.latest("m10_rev").value


def test_twenty_megabytes_of_output_are_read_and_shortened(tmp_path):
    notebook = answered()
    cell_of(notebook, "m10_trip_work")["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "x" * 20_000_000}
    ]
    write(tmp_path, notebook)
    hand_in = read(tmp_path)
    assert set(hand_in.answers.by_question) == NAMES
    assert len(json.dumps(hand_in.repaired.notebook)) < 200_000


def test_two_hundred_megabytes_are_not_opened(tmp_path):
    with (tmp_path / "exercises.ipynb").open("wb") as file:
        file.truncate(200_000_000)  # sparse: costs no disk
    with (tmp_path / "answers.json").open("wb") as file:
        file.truncate(30_000_000)
    hand_in = read(tmp_path)
    assert "exercises.ipynb: 200 MB is more than 60 MB; it was not opened." in sentences(hand_in)
    assert "answers.json is larger than 10 MB; not read." in sentences(hand_in)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_named_and_never_followed(tmp_path):
    secret = write(tmp_path / "host", answered(dict.fromkeys(NAMES, "secret")))
    folder = tmp_path / "handed in"
    folder.mkdir()
    (folder / "exercises.ipynb").symlink_to(secret / "exercises.ipynb")
    (folder / "answers.json").symlink_to("/etc/passwd")
    (folder / "more").symlink_to(secret, target_is_directory=True)
    os.mkfifo(folder / "city.zip")
    hand_in = read(folder)
    assert hand_in.answers.by_question == {}
    assert hand_in.zips == []
    told = sentences(hand_in)
    assert "'exercises.ipynb' is a link; it was not followed." in told
    assert "'answers.json' is a link; it was not followed." in told
    assert "'more' is a link to a folder; it was not followed." in told
    assert "'city.zip' is no ordinary file; it was left alone." in told
    assert "No exercises notebook was handed in." in told


def test_the_hash_changes_with_what_counts(tmp_path):
    write(tmp_path, answered())
    first = content_hash(tmp_path)
    assert content_hash(tmp_path) == first
    write(tmp_path, answered({"m10_trip": 2}))
    assert content_hash(tmp_path) != first


# ---- made fit for nbgrader's own commands --------------------------------------------


@pytest.fixture
def state(tmp_path):
    base = tmp_path / "state"
    return GradingState(base=base, root=tmp_path, exchange=base / "exchange")


@pytest.mark.parametrize("case", ["missing", "broken", "renamed", "empty", "latin", "deep"])
def test_settling_puts_a_readable_notebook_in_place_and_forgets_nothing(state, case):
    folder = state.folder("submitted", "ana", "10_integrated_fares")
    folder.mkdir(parents=True)
    if case == "broken":
        (folder / "exercises.ipynb").write_bytes(b"{")
    elif case == "empty":
        (folder / "exercises.ipynb").write_bytes(b"")
    elif case == "renamed":
        write(folder, answered(), "exercises-Copy1.ipynb")
    elif case == "latin":
        text = json.dumps(answered(), ensure_ascii=False) + " "
        data = text.replace("Write here", "\u00e9crire").encode("latin-1", "replace")
        (folder / "exercises.ipynb").write_bytes(data)
    elif case == "deep":
        notebook = answered()
        notebook["metadata"]["deep"] = json.loads("[" * 400 + "]" * 400)
        write(folder, notebook)
    before = read(folder)
    settle(state, "10_integrated_fares", "ana", before)
    nbformat.read(folder / "exercises.ipynb", as_version=4)
    noted = load(state, "10_integrated_fares", "ana")
    after = read(folder, noted)
    assert after.notes == before.notes
    assert after.answers.by_question == before.answers.by_question
    assert after.problem == before.problem
    assert not settle(state, "10_integrated_fares", "ana", after), "twice changes nothing more"


def test_settling_removes_links_and_remembers_them(state):
    folder = state.folder("submitted", "ana", "10_integrated_fares")
    write(folder, answered())
    (folder / "answers.json").symlink_to("/etc/passwd")
    (folder / "timestamp.txt").write_text("yesterday or so; $(date)")
    before = read(folder)
    settle(state, "10_integrated_fares", "ana", before)
    assert not (folder / "answers.json").exists()
    assert not (folder / "timestamp.txt").exists()
    after = read(folder, load(state, "10_integrated_fares", "ana"))
    assert "'answers.json' is a link; it was not followed." in sentences(after)
    assert "The time of the hand-in could not be read." in sentences(after)


def test_a_good_hand_in_is_left_alone(state):
    folder = state.folder("submitted", "ana", "10_integrated_fares")
    write(folder, answered())
    assert not settle(state, "10_integrated_fares", "ana", read(folder))
    assert [p.name for p in folder.iterdir()] == ["exercises.ipynb"]
    assert load(state, "10_integrated_fares", "ana") == Intake()


def test_the_original_stays_beside_the_placed_one(state):
    folder = state.folder("submitted", "ana", "10_integrated_fares")
    folder.mkdir(parents=True)
    (folder / "exercises.ipynb").write_bytes(b"{ broken")
    settle(state, "10_integrated_fares", "ana", read(folder))
    assert (folder / f"exercises.ipynb{AS_HANDED_IN}").read_bytes() == b"{ broken"
