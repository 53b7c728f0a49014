"""``python -m course programme``: what is printed, what is written, how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream

from course import workspace
from course.commands import dispatch
from course.programme import Programme
from tests.programme_files import small, write

START = ("--start", "2027-04-05")


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Return a call of the command that gives exit code, output and complaint."""
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "work"))
    for name in ("COURSE_PROGRAMMES", "COURSE_PROGRAMME", "COURSE_PROGRAMME_START"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: object) -> tuple[int, str, str]:
        command = dispatch.find("course", "programme")

        def work() -> int:
            try:
                return dispatch.run(command, [str(word) for word in words])
            except SystemExit as left:
                return int(left.code or 0)

        code = dispatch.guarded(work, package="course")
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return call


def test_list(run, tmp_path, monkeypatch) -> None:
    code, out, _ = run("list")
    assert code == 0 and [line.split()[0] for line in out.splitlines()] == Programme.names()
    write(tmp_path / "own", "id: [", "broken")
    monkeypatch.setenv("COURSE_PROGRAMMES", str(tmp_path / "own"))
    code, out, _ = run("list", "--json")
    rows = {row["id"]: row for row in json.loads(out)}
    assert code == 0 and "not readable" in rows["broken"]["problem"]
    assert rows["wego_week"]["seats"] == 15 and rows["iloilo_susa"]["kind"] == "statement"


def test_show(run) -> None:
    code, out, _ = run("show", "wego_week", *START)
    assert code == 0 and "14:50   90 min  Visit: TOPIS" in out and "d2  2027-04-06" in out
    assert "See, measure, act  (in preparation)" in out
    assert "To be confirmed:" in out
    code, out, _ = run("show", "mashhad_tailor_made", "--json")
    shown = json.loads(out)
    assert len(shown["sessions"]) == 75 and shown["delegations"][0]["seats"] == 13
    assert shown["rule"]["plan"] == "action_plan" and shown["start"] is None


def test_check(run, tmp_path) -> None:
    assert run("check", "wego_week", *START)[:2] == (
        0,
        "wego_week: everything fits together.\n"
        "11 delegations are examples: write your own cities over them.\n",
    )
    content = small()
    content["days"][1]["total"] = 1
    content["days"][1]["sessions"][4]["site"] = "x"
    path = write(tmp_path, content)
    code, out, _ = run("check", path)
    assert code == 1 and len(out.splitlines()) == 2
    code, out, _ = run("check", path, "--json")
    assert code == 1 and len(json.loads(out)["problems"]) == 2
    assert run("check", write(tmp_path, "id: ["))[0] == 1
    assert run("check", "nothing_of_that_name")[0] == 2
    assert run("check", "wego_week", "--start", "tomorrow")[0] == 2
    code, out, _ = run("check", "iloilo_susa", "--start", "2026-10-08")
    assert code == 1 and "day d2, session d2-1: SUSA" in out and "Hangul Day" in out


def test_agenda_writes_calendar_and_page(run, tmp_path) -> None:
    ics, html = tmp_path / "new" / "week.ics", tmp_path / "week.html"
    code, out, _ = run("agenda", "wego_week", *START, "--ics", ics, "--html", html)
    assert code == 0 and f"Written: {ics}" in out and "74 sessions, 47 h 15 min" in out
    calendar = IcsCalendarStream.calendar_from_ics(ics.read_text(encoding="utf-8"))
    assert len(calendar.events) == 66
    assert html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix) == ["week.html"]  # no halves
    code, out, _ = run("agenda", "wego_week", *START, "--ics", ics, "--json")
    assert json.loads(out)["written"] == [str(ics)]


def test_agenda_of_what_does_not_fit_is_refused_and_nothing_written(run, tmp_path) -> None:
    ics = tmp_path / "x.ics"
    code, _, err = run("agenda", "wego_week", "--start", "2027-05-03", "--ics", ics)
    assert code == 1 and "holiday" in err and "course programme check" in err
    assert not ics.exists()
    assert run("agenda", "wego_week", "--ics", ics)[0] == 2  # no dates
    assert run("agenda", "wego_week", *START, "--ics", tmp_path)[0] == 1  # a folder
    assert run("agenda", "self_paced", "--html", tmp_path / "own.html")[0] == 0  # needs no dates


def test_agenda_without_a_name_is_that_of_the_workspace(run, tmp_path) -> None:
    workspace.prepare(tmp_path / "work", programme="iloilo_susa")
    code, out, _ = run("agenda", "--json")
    assert code == 0 and json.loads(out)["id"] == "iloilo_susa"
    assert "Iloilo City and SUSA" in run("agenda")[1]


def test_new(run, tmp_path, monkeypatch) -> None:
    title = 'Busan "2027" 부산 \\ مشهد'
    code, out, _ = run("new", "busan_2027", "--from", "wego_week", "--title", title)
    assert code == 0 and "busan_2027.yml" in out
    made = Programme.open("busan_2027")
    week = Programme.open("wego_week")
    assert (made.id, made.title, made.days) == ("busan_2027", title, week.days)
    assert "# The WeGO week" in made.path.read_text(encoding="utf-8")  # comments come along
    assert made.check() == []
    assert run("new", "busan_2027")[0] == 2  # taken
    assert run("new", "busan_2027", "--replace", "--from", "iloilo_susa")[0] == 0
    assert Programme.open("busan_2027").plan == "cooperation_note"
    for wrong in ("wego_week", "Busan 2027", "../x", "sites", "con", "x" * 80):
        assert run("new", wrong)[0] == 2, wrong
    assert run("new", "other", "--from", "nothing")[0] == 2
    monkeypatch.setenv("COURSE_PROGRAMMES", str(tmp_path / "ours"))
    assert run("new", "daegu", "--json")[0] == 0
    assert (tmp_path / "ours" / "daegu.yml").is_file()


def test_two_programmes_have_two_calendars(run) -> None:
    run("new", "spring", "--from", "wego_week")
    run("new", "autumn", "--from", "wego_week")
    from course.programmes.clock import iso_date

    day = iso_date("2027-04-05")
    uids = [
        {e.uid for e in IcsCalendarStream.calendar_from_ics(p.ics().decode()).events}
        for p in (Programme.open(name).dated(day) for name in ("spring", "autumn"))
    ]
    assert not uids[0] & uids[1]


def test_lab_remembers_the_programme(run, tmp_path, monkeypatch, capsys) -> None:
    from course import lab_server

    monkeypatch.setattr(lab_server, "serve", lambda *_args, **_options: 0)
    command = dispatch.find("course", "lab")
    own: Path = tmp_path / "work"
    words = ["--workspace", str(own), "--name", "minji", "--city", "seoul"]
    assert dispatch.run(command, [*words, "--programme", "wego_week", *START]) == 0
    assert "Programme:   WeGO smart city week, 2027-04-05 to 2027-04-09" in capsys.readouterr().out
    assert dispatch.run(command, [*words, "--start", "2027-05-03"]) == 0
    assert "course programme check wego_week --start 2027-05-03" in capsys.readouterr().out
    assert dispatch.guarded(
        lambda: dispatch.run(command, [*words, "--programme", "nothing"]), package="course"
    ) == 2  # fmt: skip
    profile = json.loads((own / "profile.json").read_text(encoding="utf-8"))
    assert (profile["programme"], profile["programme_start"]) == ("wego_week", "2027-05-03")
