"""Collect from an exchange in which anybody may have written anything."""

from __future__ import annotations

import os
import shutil

import pytest

from course.paths import ROOT
from grading import collecting, intake
from grading.collect import collect
from grading.release import release
from grading.state import COURSE_ID, GradingState, is_student_id
from tests.grading_pieces import MODULE, answered, write

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]
STAMP = "2026-11-02 10:00:00.000000 UTC"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    base = tmp_path_factory.mktemp("released")
    state = GradingState(base / "grading", ROOT, base / "exchange").prepare()
    release(state, "10")
    return base


@pytest.fixture
def state(released, tmp_path):
    shutil.copytree(released, tmp_path / "state")
    base = tmp_path / "state"
    return GradingState(base / "grading", ROOT, base / "exchange").prepare()


def hand_in(state, student, *, stamp=STAMP, name=None, notebook=None):
    inbound = state.exchange / COURSE_ID / "inbound"
    folder = inbound / (name or f"{student}+{MODULE}+{stamp}+abc")
    write(folder, notebook or answered())
    (folder / "timestamp.txt").write_text(stamp)
    return folder


def test_the_latest_hand_in_of_each_student_is_collected(state):
    hand_in(state, "ana", stamp="2026-11-02 10:00:00.000000 UTC")
    later = hand_in(state, "ana", stamp="2026-11-03 10:00:00.000000 UTC")
    (later / "note.txt").write_text("later")
    hand_in(state, "bo+smith")
    got = collect(state, "10")
    assert got.students == ["ana"], "a plus sign separates; such names are left out"
    assert (state.folder("submitted", "ana", MODULE) / "note.txt").exists()
    assert any("bo+smith" in line for line in got.left_out) or got.left_out == []


def test_collecting_twice_changes_nothing_and_a_newer_one_replaces(state):
    hand_in(state, "ana")
    collect(state, "10")
    folder = state.folder("submitted", "ana", MODULE)
    (folder / "mark").write_text("here")
    collect(state, "10")
    assert (folder / "mark").exists()
    hand_in(state, "ana", stamp="2026-11-04 10:00:00.000000 UTC")
    collect(state, "10")
    assert not (folder / "mark").exists()


@pytest.mark.parametrize("name", ["..", ".", ".hidden", "a b", "a'b", "a\nb", "x" * 200])
def test_names_that_lead_elsewhere_are_left_out(state, name):
    if len(name) < 150:
        hand_in(state, "", name=f"{name}+{MODULE}+{STAMP}+abc")
    hand_in(state, "ana")
    got = collect(state, "10")
    assert got.students == ["ana"]
    assert not is_student_id(name)
    assert sorted(p.name for p in state.step("submitted").iterdir()) == ["ana"]
    assert not (state.base / MODULE).exists()


def test_a_folder_with_a_strange_time_does_not_stop_the_others(state):
    hand_in(state, "", name=f"eve+{MODULE}+not a time+abc")
    hand_in(state, "", name=f"eve+{MODULE}")
    (state.exchange / COURSE_ID / "inbound" / f"file+{MODULE}+{STAMP}+x").write_text("no folder")
    hand_in(state, "zoe")
    assert collect(state, "10").students == ["zoe"]


def test_a_folder_taken_away_while_it_is_looked_at_stops_nobody(state, monkeypatch):
    gone = hand_in(state, "gone")
    hand_in(state, "ana")
    hand_in(state, "zoe")

    def away(name):
        if name == "gone":
            shutil.rmtree(gone, ignore_errors=True)
        return is_student_id(name)

    monkeypatch.setattr(collecting, "is_student_id", away)
    assert collect(state, "10").students == ["ana", "zoe"]
    assert not gone.exists()


def test_links_in_the_exchange_are_not_followed(state):
    folder = hand_in(state, "eve")
    (folder / "exercises.ipynb").unlink()
    (folder / "exercises.ipynb").symlink_to(state.base / "gradebook.db")
    (folder / "answers.json").symlink_to("/etc/passwd")
    (folder / "deep").symlink_to(state.base, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    inbound = state.exchange / COURSE_ID / "inbound"
    (inbound / f"mal+{MODULE}+{STAMP}+x").symlink_to(state.base, target_is_directory=True)
    hand_in(state, "ana")
    got = collect(state, "10")
    assert got.students == ["ana", "eve"]
    brought = sorted(p.name for p in state.folder("submitted", "eve", MODULE).rglob("*"))
    assert brought == ["exercises.ipynb", "timestamp.txt"]
    data = (state.folder("submitted", "eve", MODULE) / "exercises.ipynb").read_bytes()
    assert not data.startswith(b"SQLite")
    told = " ".join(text for _, text in intake.load(state, MODULE, "eve").notes)
    for name in ("exercises.ipynb", "answers.json", "deep", "pipe"):
        assert name in told


def test_nbgraders_own_collect_follows_the_link(state):
    """The attack works where the defence is off."""
    from grading.gradebook import open_api

    folder = hand_in(state, "eve")
    (folder / "answers.json").symlink_to(state.base / "gradebook.db")
    api = open_api(state)
    del api.config["ExchangeFactory"]
    from nbgrader.exchange import ExchangeFactory

    api.exchange = ExchangeFactory(config=api.config)
    assert api.collect(MODULE)["success"]
    stolen = state.folder("submitted", "eve", MODULE) / "answers.json"
    assert stolen.read_bytes().startswith(b"SQLite")


def test_a_hand_in_that_is_too_large_is_cut_and_stops_nobody(state):
    folder = hand_in(state, "big")
    with (folder / "exercises.ipynb").open("wb") as file:
        file.truncate(200_000_000)
    with (folder / "film.mp4").open("wb") as file:
        file.truncate(400_000_000)
    hand_in(state, "zoe")
    got = collect(state, "10")
    assert got.students == ["big", "zoe"]
    told = [text for _, text in intake.load(state, MODULE, "big").notes]
    assert "'exercises.ipynb' has 200 MB, more than 60 MB; it was not collected." in told
    assert "'film.mp4' has 400 MB, more than 25 MB; it was not collected." in told


def test_thousands_of_files_and_deep_folders_are_cut(state):
    folder = hand_in(state, "eve")
    for n in range(700):
        (folder / f"f{n}").touch()
    deep = folder.joinpath(*["d"] * 60)
    deep.mkdir(parents=True)
    (deep / "bottom").touch()
    collect(state, "10")
    brought = list(state.folder("submitted", "eve", MODULE).rglob("*"))
    assert len(brought) < 520
    assert not any(p.name == "bottom" for p in brought)


def test_the_time_comes_from_the_exchange_and_not_from_the_trainees_file(state):
    folder = hand_in(state, "eve")
    (folder / "timestamp.txt").write_text("1999-01-01 00:00:00 UTC")
    collect(state, "10")
    text = (state.folder("submitted", "eve", MODULE) / "timestamp.txt").read_text()
    assert text == STAMP


def test_a_module_that_was_not_released_cannot_be_collected(tmp_path):
    from course.errors import CourseError

    state = GradingState(tmp_path / "grading", ROOT, tmp_path / "exchange").prepare()
    with pytest.raises(CourseError, match=r"was not released from here.*Release it first") as told:
        collect(state, "10")
    assert "contact your instructor" not in str(told.value)
