"""The programmes that come with the course, and one's own: minute for minute."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from course import workspace
from course.completion import CompletionRule
from course.errors import CourseError, UsageError
from course.programme import Programme, stored
from course.programmes.parts import OUTSIDE
from tests.programme_files import small, write

# Written down by hand from the four programmes' plan: day -> minutes.
TOTALS = {
    "wego_week": {"before": 285, "d1": 510, "d2": 510, "d3": 510, "d4": 510, "d5": 510},
    "mashhad_tailor_made": {"d1": 240, "d2": 450, "d3": 450, "d4": 450, "d5": 450, "d6": 450,
                            "d7": 300, "d8": 240},
    "iloilo_susa": {"d1": 480, "d2": 480, "d3": 480},
    "self_paced": {"w1": 140, "w2": 165, "w3": 165, "w4": 155, "w5": 165, "w6": 165, "w7": 205},
}  # fmt: skip
START = {
    "wego_week": date(2027, 4, 5),
    "mashhad_tailor_made": date(2019, 6, 9),
    "iloilo_susa": date(2024, 5, 9),
    "self_paced": date(2027, 1, 4),
}
NAMES = sorted(TOTALS)


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Look at the programmes of the course and of this test alone."""
    for name in ("COURSE_PROGRAMMES", "COURSE_PROGRAMME", "COURSE_PROGRAMME_START"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "work"))


def test_these_programmes_come_with_the_course() -> None:
    assert Programme.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_minutes_of_every_day_are_those_of_the_plan(name: str) -> None:
    programme = Programme.open(name)
    assert {day.id: day.sum_min for day in programme.days} == TOTALS[name]
    assert {day.id: day.total_min for day in programme.days} == TOTALS[name]


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_together_with_and_without_dates(name: str) -> None:
    programme = Programme.open(name)
    assert programme.check() == []
    dated = programme.dated(START[name])
    assert dated.check() == []
    assert (dated.start, dated.days[-1].until) == (START[name], dated.end)
    # made again from the plain days: dates of an earlier start leave nothing behind
    assert dated.dated(date(2026, 10, 7)).dated(START[name]) == dated


@pytest.mark.parametrize("name", NAMES)
def test_the_clock_runs_from_session_to_session(name: str) -> None:
    for day in Programme.open(name).days:
        clock = day.start_min
        for session in day.sessions:
            assert session.start_min == clock
            clock = None if clock is None else clock + session.minutes
            assert session.end_min == clock
        assert (clock is None) == day.online
        if clock is not None:
            assert clock - day.start_min == day.total_min


def test_who_comes() -> None:
    week = Programme.open("wego_week")
    assert (len(week.delegations), week.seats) == (11, 15)
    assert all(d.example and d.pack is None for d in week.delegations)  # no list is published
    (mashhad,) = Programme.open("mashhad_tailor_made").delegations
    assert (mashhad.seats, mashhad.pack) == (13, "mashhad")
    (iloilo,) = Programme.open("iloilo_susa").delegations
    assert (iloilo.city, iloilo.pack) == ("Iloilo City", "iloilo")
    assert Programme.open("self_paced").delegations == ()


def test_what_is_asked_for() -> None:
    week = Programme.open("wego_week")
    assert (week.kind, week.plan, week.rule_version) == ("certificate", "action_plan", "2026-1")
    assert week.rule == CompletionRule()
    susa = Programme.open("iloilo_susa")
    assert (susa.kind, susa.plan) == ("statement", "cooperation_note")
    assert susa.rule.core_points_pct is None and susa.rule.attendance_pct == 80
    own = Programme.open("self_paced")
    assert own.rule.presence == "lessons" and own.rule.recording
    assert own.on_site_minutes == 0


def test_minutes_on_site_leave_out_breaks_lunch_and_travel() -> None:
    week = Programme.open("wego_week")
    rows = [s for day in week.days if not day.online for s in day.sessions]
    assert week.on_site_minutes == sum(s.minutes for s in rows if s.kind not in OUTSIDE)
    assert week.on_site_minutes + sum(s.minutes for s in rows if s.kind in OUTSIDE) == 5 * 510
    assert week.online_minutes == 285
    assert Programme.open("self_paced").online_minutes == 1160


def test_modules_and_tests_are_apart() -> None:
    week = Programme.open("wego_week")
    assert len(week.module_ids) == 14
    assert week.test_ids == ("90_pre_test", "91_post_test", "92_survey")
    assert set(week.ready_module_ids) < set(week.module_ids)
    assert "01_smart_city_policy" not in week.ready_module_ids  # in preparation
    mashhad = Programme.open("mashhad_tailor_made")
    assert set(mashhad.afterwards) == {"03_master_plan", "07_cyber_security"}
    assert not set(mashhad.afterwards) & set(mashhad.module_ids)


def test_the_agenda_is_a_table_with_one_row_per_session() -> None:
    week = Programme.open("wego_week").dated(START["wego_week"])
    agenda = week.agenda()
    assert list(agenda["session_id"]) == [s.id for s in week.sessions]
    assert agenda["minutes"].sum() == sum(TOTALS["wego_week"].values())
    row = agenda.set_index("session_id").loc["d2-10"]
    assert (row["start"], row["end"], row["date"]) == ("14:50", "16:20", "2027-04-06")
    states = agenda[agenda["module"] == "01_smart_city_policy"]["state"]
    assert set(states) == {"in preparation"}
    assert agenda[agenda["kind"] == "visit"]["state"].unique().tolist() == [""]


def test_titles_of_lessons_are_those_of_the_modules() -> None:
    agenda = Programme.open("wego_week").agenda().set_index("session_id")
    assert agenda.loc["d1-4", "title"] == "Votes, replies and fairness"
    assert agenda.loc["d1-5", "title"] == "Votes, replies and fairness: exercises"


def test_closed_places_are_changed_for_open_ones() -> None:
    programme = Programme.open("iloilo_susa")
    library = "outdoor_library_seoul_plaza"

    def place(start: date, name: str) -> tuple[str | None, str]:
        session = next(s for s in programme.dated(start).sessions if s.id == name)
        return session.site, session.kind

    assert place(date(2024, 5, 9), "d1-5") == (library, "visit")  # a Thursday of the 2024 season
    assert place(date(2025, 5, 8), "d1-5") == ("city_hall", "visit")  # 2025: Friday to Sunday
    assert place(date(2024, 5, 10), "d1-5") == (library, "visit")
    assert place(date(2024, 12, 6), "d1-5") == ("city_hall", "visit")  # out of season
    # an optional visit becomes free time, which counts for no attendance
    saturday = programme.dated(date(2024, 5, 9))
    free = saturday.sessions[-1]
    assert (free.kind, free.attended, free.minutes) == ("break", False, 30)
    assert "closed on Saturday 11 May 2024" in free.note
    assert saturday.on_site_minutes == programme.on_site_minutes - 30
    assert saturday.check() == []


def test_one_in_use_comes_from_host_workspace_or_default(tmp_path, monkeypatch) -> None:
    assert Programme.open().id == "self_paced"
    folder = tmp_path / "work"
    workspace.prepare(folder, programme="wego_week", start=START["wego_week"])
    assert stored() == ("wego_week", START["wego_week"])
    assert (Programme.open().id, Programme.open().start) == ("wego_week", START["wego_week"])
    monkeypatch.setenv("COURSE_PROGRAMME", "iloilo_susa")
    assert (Programme.open().id, Programme.open().start) == ("iloilo_susa", None)
    monkeypatch.setenv("COURSE_PROGRAMME_START", "2026-10-07")
    assert Programme.open().start == date(2026, 10, 7)
    monkeypatch.setenv("COURSE_PROGRAMME_START", "tomorrow")
    with pytest.raises(UsageError, match="COURSE_PROGRAMME_START"):
        Programme.open()


def test_the_profile_remembers_and_forgets_a_start_with_its_programme(tmp_path) -> None:
    folder = tmp_path / "work"
    workspace.prepare(folder)
    profile = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    assert "programme" not in profile
    workspace.prepare(folder, programme="wego_week", start=START["wego_week"])
    workspace.prepare(folder)
    assert stored(folder) == ("wego_week", START["wego_week"])
    workspace.prepare(folder, programme="wego_week")
    assert stored(folder) == ("wego_week", START["wego_week"])
    workspace.prepare(folder, programme="iloilo_susa")
    assert stored(folder) == ("iloilo_susa", None)
    workspace.prepare(folder, start=date(2026, 10, 7))
    assert stored(folder) == ("iloilo_susa", date(2026, 10, 7))
    before = (folder / "profile.json").read_bytes()
    with pytest.raises(CourseError, match="no programme 'nope'"):
        workspace.prepare(folder, programme="nope")
    assert (folder / "profile.json").read_bytes() == before


@pytest.mark.parametrize("profile", ["{", "[]", '{"programme": 3}', '{"programme": null}'])
def test_a_damaged_profile_names_no_programme(tmp_path, profile: str) -> None:
    (tmp_path / "profile.json").write_text(profile, encoding="utf-8")
    assert stored(tmp_path) == ("", None)


def test_an_own_folder_goes_before_the_course(tmp_path, monkeypatch) -> None:
    content = small() | {"id": "wego_week", "title": "Ours"}
    write(tmp_path / "own", content, "wego_week")
    write(tmp_path / "own", small())
    write(tmp_path / "own", "not a programme's name", "Not Good")
    monkeypatch.setenv("COURSE_PROGRAMMES", str(tmp_path / "own"))
    assert Programme.open("wego_week").title == "Ours"
    assert Programme.names() == sorted([*NAMES, "small"])
    assert Programme.open("small").check() == []


def test_own_places_go_over_those_of_the_course(tmp_path, monkeypatch) -> None:
    place = {"id": "harbour", "title": "Test harbour", "look_for": "Cranes.", "source": "own",
             "questions": [{"q1": "One?", "q2": "Two?"}],
             "opening": [{"days": "mon", "from": "08:00", "to": "12:00"}]}  # fmt: skip
    write(tmp_path / "own", [place], "sites")
    content = small()
    content["days"][1]["sessions"][4]["site"] = "harbour"
    write(tmp_path / "own", content)
    monkeypatch.setenv("COURSE_PROGRAMMES", str(tmp_path / "own"))
    programme = Programme.open("small")
    assert programme.sessions[6].title == "Visit: Test harbour"
    (complaint,) = programme.check()
    assert "day d1, session d1-5: Test harbour is open 08:00 to 12:00" in complaint
    assert "sites" not in Programme.names()


@pytest.mark.parametrize("start", [date(1999, 12, 31), date(2200, 1, 1), "2027-04-05", None])
def test_a_start_is_a_date_of_our_time(start: object) -> None:
    with pytest.raises(UsageError, match="no day to begin on"):
        Programme.open("wego_week").dated(start)


def test_other_delegations_can_stand_in(tmp_path) -> None:
    week = Programme.open("wego_week").dated(START["wego_week"])
    one = week.delegations[0]
    assert week.with_delegations([one]).seats == one.seats
    assert week.with_delegations([one]).start == week.start
