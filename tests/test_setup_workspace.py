"""A learner's folder is laid out once, brought up to date, and never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course import paths, workspace
from course.errors import CourseError

FILES = {
    "modules/10_fares/module.yml": b"id: 10_fares\n",
    "modules/10_fares/lesson.ipynb": b'{"cells": [1]}',
    "modules/10_fares/exercises.ipynb": b'{"cells": [2]}',
}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of source modules that a test may change; no home page is drawn."""
    folder = tmp_path / "source"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    monkeypatch.setattr(
        workspace, "learner_files", lambda **_: [(name, folder / name) for name in FILES]
    )
    monkeypatch.setattr(workspace, "write_home", lambda folder, *, city: None)
    return folder


LESSON = "modules/10_fares/lesson.ipynb"
NEWER = "modules/10_fares/lesson.new.ipynb"


def test_the_first_time_everything_is_delivered(source: Path, tmp_path: Path) -> None:
    made = workspace.prepare(tmp_path / "ws", city="seoul", trainee="ana")
    assert made.written == tuple(FILES)
    assert made.beside == ()
    assert (made.city, made.trainee) == ("seoul", "ana")
    for name, content in FILES.items():
        assert (made.folder / name).read_bytes() == content
    profile = json.loads((made.folder / "profile.json").read_text(encoding="utf-8"))
    assert profile == {"course_workspace": True, "trainee": "ana", "team": None, "city": "seoul"}
    assert paths.is_workspace(made.folder)


def test_the_second_time_nothing_is_written(source: Path, tmp_path: Path) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    again = workspace.prepare(folder)
    assert again.written == again.beside == ()
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_an_unchanged_file_is_replaced_by_the_new_version(source: Path, tmp_path: Path) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    (source / LESSON).write_bytes(b"new")
    made = workspace.prepare(folder)
    assert made.written == (LESSON,)
    assert (folder / LESSON).read_bytes() == b"new"
    assert not (folder / NEWER).exists()


def test_a_changed_file_stays_and_the_new_version_lies_beside_it(
    source: Path, tmp_path: Path
) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    (folder / LESSON).write_bytes(b"my work")
    assert workspace.prepare(folder).beside == ()  # no new version, nothing to lay beside
    (source / LESSON).write_bytes(b"second")
    made = workspace.prepare(folder)
    assert made.beside == ((LESSON, NEWER),)
    assert (folder / LESSON).read_bytes() == b"my work"
    assert (folder / NEWER).read_bytes() == b"second"
    assert workspace.prepare(folder).beside == ()  # said once


def test_the_file_beside_is_replaced_only_while_untouched(source: Path, tmp_path: Path) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    (folder / LESSON).write_bytes(b"my work")
    (source / LESSON).write_bytes(b"second")
    workspace.prepare(folder)
    (source / LESSON).write_bytes(b"third")
    assert workspace.prepare(folder).beside == ((LESSON, NEWER),)
    assert (folder / NEWER).read_bytes() == b"third"
    (folder / NEWER).write_bytes(b"my work, too")
    (source / LESSON).write_bytes(b"fourth")
    ((_, other),) = workspace.prepare(folder).beside
    assert other == "modules/10_fares/lesson.new2.ipynb"
    assert (folder / NEWER).read_bytes() == b"my work, too"
    assert (folder / other).read_bytes() == b"fourth"
    assert (folder / LESSON).read_bytes() == b"my work"


def test_a_learner_who_took_the_new_version_gets_the_next_one(source: Path, tmp_path: Path) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    (folder / LESSON).write_bytes(b"my work")
    (source / LESSON).write_bytes(b"second")
    workspace.prepare(folder)
    (folder / NEWER).replace(folder / LESSON)
    workspace.prepare(folder)
    (source / LESSON).write_bytes(b"third")
    assert workspace.prepare(folder).written == (LESSON,)
    assert (folder / LESSON).read_bytes() == b"third"


def test_a_deleted_file_comes_back(source: Path, tmp_path: Path) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    (folder / LESSON).unlink()
    assert workspace.prepare(folder).written == (LESSON,)


@pytest.mark.parametrize("damage", ["", "null", "[]", '{"files": []}', '{"files": {"a": 1}}', "\0"])
def test_a_damaged_manifest_counts_every_file_as_the_learners(
    source: Path, tmp_path: Path, damage: str
) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    (folder / workspace.MANIFEST).write_text(damage)
    (folder / LESSON).write_bytes(b"my work")
    (source / LESSON).write_bytes(b"second")
    made = workspace.prepare(folder)
    assert made.beside == ((LESSON, NEWER),)
    assert (folder / LESSON).read_bytes() == b"my work"


def test_answers_and_own_files_are_left_alone(source: Path, tmp_path: Path) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    own = [folder / "modules/10_fares/answers.json", folder / "notes.md"]
    for path in own:
        path.write_bytes(b"mine")
    (source / LESSON).write_bytes(b"second")
    workspace.prepare(folder)
    assert [path.read_bytes() for path in own] == [b"mine", b"mine"]


def test_a_folder_with_files_of_ones_own_keeps_them(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    (folder / LESSON).parent.mkdir(parents=True)
    (folder / LESSON).write_bytes(b"mine before the course came")
    assert workspace.prepare(folder).beside == ((LESSON, NEWER),)
    assert (folder / LESSON).read_bytes() == b"mine before the course came"


def test_no_half_written_file_is_left(source: Path, tmp_path: Path, monkeypatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspace.os, "replace", fails)
    with pytest.raises(OSError, match="No space"):
        workspace.prepare(tmp_path / "ws")
    assert not [path for path in (tmp_path / "ws").rglob("*") if path.is_file()]


def test_the_city_is_kept_until_another_is_asked_for(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    assert workspace.prepare(folder, city="iloilo").city == "iloilo"
    assert workspace.prepare(folder).city == "iloilo"
    assert workspace.prepare(folder, city="seoul").city == "seoul"


def test_an_unknown_city_is_refused_before_anything_is_written(
    source: Path, tmp_path: Path
) -> None:
    with pytest.raises(CourseError, match="atlantis"):
        workspace.prepare(tmp_path / "ws", city="atlantis")
    assert not (tmp_path / "ws").exists()


def test_a_city_that_was_removed_does_not_stop_the_course(source: Path, tmp_path: Path) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    profile = json.loads((folder / "profile.json").read_text())
    (folder / "profile.json").write_text(json.dumps(profile | {"city": "gone"}))
    assert workspace.prepare(folder).city == "seoul"


def test_a_city_given_as_a_folder_is_kept_as_a_path(source: Path, tmp_path: Path) -> None:
    import shutil

    pack = tmp_path / "elsewhere" / "mine"
    shutil.copytree(paths.bundled_cities_dir() / "iloilo", pack)
    assert workspace.prepare(tmp_path / "ws", city=str(pack)).city == str(pack.resolve())


def test_the_trainee_is_kept(source: Path, tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "ws"
    monkeypatch.setenv("COURSE_TRAINEE", "minji")
    assert workspace.prepare(folder).trainee == "minji"
    monkeypatch.delenv("COURSE_TRAINEE")
    assert workspace.prepare(folder).trainee == "minji"
    assert workspace.prepare(tmp_path / "other").trainee == "guest"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"course_workspace": false}', "\xff"])
def test_a_damaged_profile_is_named_and_nothing_is_lost(
    source: Path, tmp_path: Path, text: str
) -> None:
    folder = workspace.prepare(tmp_path / "ws").folder
    (folder / "profile.json").write_text(text, encoding="latin-1")
    (folder / LESSON).write_bytes(b"my work")
    with pytest.raises(CourseError, match=r"profile\.json"):
        workspace.prepare(folder)
    assert (folder / LESSON).read_bytes() == b"my work"


def test_the_course_itself_is_no_workspace(source: Path) -> None:
    for folder in (paths.ROOT, paths.ROOT / "modules", paths.ROOT.parent):
        with pytest.raises(CourseError, match="--workspace"):
            workspace.prepare(folder)


def test_a_file_or_a_strange_home_page_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CourseError, match="is a file"):
        workspace.prepare(tmp_path / "file")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "home.md").write_text("my own page")
    with pytest.raises(CourseError, match=r"home\.md"):
        workspace.prepare(tmp_path / "mine")
    assert (tmp_path / "mine" / "home.md").read_text() == "my own page"


def test_a_link_out_of_the_folder_is_not_followed(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "outside"
    target.mkdir()
    folder = tmp_path / "ws"
    folder.mkdir()
    (folder / "modules").symlink_to(target)
    with pytest.raises(CourseError, match="link"):
        workspace.prepare(folder)
    assert not list(target.iterdir())


def test_a_clone_with_the_workspaces_name_gets_another_workspace(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("COURSE_WORKSPACE", raising=False)
    monkeypatch.setattr(paths.Path, "home", classmethod(lambda _cls: tmp_path))
    monkeypatch.chdir(tmp_path)
    assert paths.workspace_dir() == tmp_path / "smart-city-course"
    monkeypatch.setattr(paths, "ROOT", tmp_path / "smart-city-course")
    assert paths.workspace_dir() == tmp_path / "smart-city-course-work"


def test_learners_get_no_instructor_file_and_no_planned_module() -> None:
    names = [name for name, _ in workspace.learner_files()]
    assert "modules/10_integrated_fares/exercises.ipynb" in names
    assert {name.rpartition("/")[2] for name in names} <= set(workspace.LEARNER_FILES)
    assert not [name for name in names if "01_smart_city_policy" in name]


def lab(monkeypatch, folder: Path, *words: str, typed: str | None = None) -> str | None:
    """Run ``lab`` without its server; return the question that was asked, if any."""
    import argparse
    import sys

    from course import lab_server
    from course.commands import lab as command

    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return typed or ""

    monkeypatch.setattr(lab_server, "serve", lambda ready, **_: 0)
    monkeypatch.setattr("builtins.input", answer)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: typed is not None, raising=False)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["--workspace", str(folder), *words])) == 0
    assert len(asked) <= 1
    return asked[0] if asked else None


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COURSE_TRAINEE", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)


def test_a_name_is_given_once_and_kept(source, tmp_path, monkeypatch, nameless, capsys) -> None:
    folder = tmp_path / "ws"
    assert lab(monkeypatch, folder) is None  # no terminal: no question
    assert "You work as guest. Your own numbers come with: " in capsys.readouterr().out
    lab(monkeypatch, folder, "--name", " Min  ji ")
    assert "Your name:   Min ji\n" in capsys.readouterr().out
    assert lab(monkeypatch, folder, typed="other") is None  # known: not asked again
    assert "Min ji" in capsys.readouterr().out
    monkeypatch.setenv("JUPYTERHUB_USER", "hub-7")
    lab(monkeypatch, folder)
    assert "hub-7 (set by JUPYTERHUB_USER)" in capsys.readouterr().out


def test_a_person_at_a_terminal_is_asked(source, tmp_path, monkeypatch, nameless, capsys) -> None:
    folder = tmp_path / "ws"
    asked = lab(monkeypatch, folder, typed="")
    assert asked == "Your name or course id (Enter to skip): "
    assert "You work as guest." in capsys.readouterr().out
    assert lab(monkeypatch, folder, typed="ana") == asked
    assert "Your name:   ana" in capsys.readouterr().out
    with pytest.raises(CourseError, match="name is empty"):
        lab(monkeypatch, folder, "--name", " ")


def test_two_starts_in_the_same_second_get_two_ports() -> None:
    from course.lab_server import hold_port

    with hold_port(18870) as one, hold_port(18870) as other:
        assert one.getsockname()[0] == "127.0.0.1"
        assert one.getsockname()[1] != other.getsockname()[1]
