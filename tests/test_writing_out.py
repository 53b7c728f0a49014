"""An --out by mistake costs nobody a notebook; running twice replaces only what is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from course import workspace
from course.commands import dispatch
from course.errors import CourseError


@pytest.fixture()
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "work"))
    return workspace.prepare(tmp_path / "work", city="iloilo", trainee="test trainee").folder


def code(capsys: pytest.CaptureFixture[str], name: str, *argv: object) -> tuple[int, str]:
    command = dispatch.find("course", name)
    words = [str(word) for word in argv]
    code = dispatch.guarded(lambda: dispatch.run(command, words), package="course")
    told = capsys.readouterr().err
    assert "report" not in told and "Errno" not in told
    return code, told


WEEK = ("agenda", "wego_week", "--start", "2027-04-05")
ASKED = [("statement", ("--out",)), ("programme", (*WEEK, "--ics")),
         ("programme", (*WEEK, "--html"))]  # fmt: skip


@pytest.mark.parametrize(("name", "argv"), ASKED)
def test_a_notebook_is_never_written_over(place, capsys, name, argv) -> None:
    notebook = place / "modules" / "00_orientation" / "exercises.ipynb"
    before = notebook.read_bytes()
    assert code(capsys, name, *argv, notebook)[0] == 2
    ending = ".ics" if "--ics" in argv else ".html"
    mine = place / f"mine{ending}"
    mine.write_bytes(b"my own words")
    assert code(capsys, name, *argv, mine)[0] == 1
    assert notebook.read_bytes() == before and mine.read_bytes() == b"my own words"


@pytest.mark.parametrize(("name", "argv"), ASKED)
def test_twice_is_safe_and_what_cannot_be_written_is_said(place, capsys, name, argv) -> None:
    ending = ".ics" if "--ics" in argv else ".html"
    out = place / "new folder" / f"paper{ending}"
    assert code(capsys, name, *argv, out)[0] == 0 == code(capsys, name, *argv, out)[0]
    assert not list(out.parent.glob(".*"))
    (place / f"folder{ending}").mkdir()
    (place / "file").write_text("")
    for bad in (place / f"folder{ending}", place / "file" / f"x{ending}"):
        exit_code, told = code(capsys, name, *argv, bad)
        assert exit_code == 1 and bad.name in told


def test_the_story_of_a_delegation_survives_a_second_deck(place, tmp_path, capsys) -> None:
    from pptx import Presentation

    out = tmp_path / "ours.pptx"
    assert code(capsys, "deck", "--out", out)[0] == 0 == code(capsys, "deck", "--out", out)[0]
    slides = Presentation(str(out))
    slides.slides[5].shapes.title.text = "Our own story"
    slides.save(str(out))
    ours = out.read_bytes()
    exit_code, told = code(capsys, "deck", "--out", out)
    assert exit_code == 1 and "--replace" in told and out.read_bytes() == ours
    assert code(capsys, "deck", "--out", out, "--replace")[0] == 0 and out.read_bytes() != ours


def test_a_statement_counts_one_module_as_one(place, capsys) -> None:
    from course.labs import records

    records.append("fares", {"base": 1}, folder=place / "modules" / "10_integrated_fares")
    dispatch.run(dispatch.find("course", "statement"), [])
    assert "1 module is on your page" in capsys.readouterr().out


def test_a_team_is_given_once_and_kept(place, monkeypatch) -> None:
    from course import identity

    monkeypatch.delenv("COURSE_TEAM", raising=False)
    assert identity.who(place).team is None
    workspace.prepare(place, team="  تیم\u200e \n مشهد ")
    assert identity.who(place).team == "تیم مشهد"
    workspace.prepare(place, city="seoul")
    assert identity.who(place).team == "تیم مشهد"
    workspace.prepare(place, team="")
    assert identity.who(place).team is None


def test_the_lab_command_takes_a_team(tmp_path, monkeypatch, capsys) -> None:
    from course import lab_server

    monkeypatch.delenv("COURSE_TEAM", raising=False)
    monkeypatch.setattr(lab_server, "serve", lambda *_, **__: 0)
    lab = dispatch.find("course", "lab")
    where = ["--workspace", str(tmp_path / "w"), "--city", "iloilo", "--name", "test"]
    assert dispatch.run(lab, [*where, "--team", "Test team 1"]) == 0
    assert "Your team:   Test team 1\n" in capsys.readouterr().out
    assert dispatch.run(lab, where) == 0
    assert "Your team:   Test team 1\n" in capsys.readouterr().out
    monkeypatch.setenv("COURSE_TEAM", "from the hub")
    assert dispatch.run(lab, where) == 0
    assert "from the hub (set by COURSE_TEAM)" in capsys.readouterr().out
    monkeypatch.delenv("COURSE_TEAM")
    with pytest.raises(CourseError, match="team is empty"):
        dispatch.run(lab, [*where, "--team", "\u200e\n"])
