"""The places of the visits: complete, marked, and open or closed by rule."""

from __future__ import annotations

from datetime import date

import pytest

from course import visits
from course.catalogue import modules
from course.errors import UsageError

SEASON = "outdoor_library_seoul_plaza"


def test_every_place_has_what_a_map_and_a_form_need() -> None:
    frame = visits.sites()
    assert frame["site_id"].is_unique and len(frame) >= 16
    words = ["title", "certainty", "hours", "look_for", "q1", "q2", "source"]
    assert (frame[words].map(str.strip) != "").all(axis=None)
    assert frame["certainty"].isin(visits.CERTAINTY).all()
    placed = frame.dropna(subset=["lat"])
    assert placed["lat"].between(37.4, 37.7).all() and placed["lon"].between(126.7, 127.2).all()
    # no position is made up: what has none has a station, or says that there is none
    nowhere = frame[frame["lat"].isna()]
    assert set(nowhere["site_id"]) == {"dasan_120", "night_stop"}
    assert nowhere["place_note"].str.len().gt(0).all()


def test_a_place_lies_near_its_station() -> None:
    frame = visits.sites().dropna(subset=["lat", "station_lat"])
    north = (frame["lat"] - frame["station_lat"]).abs() * 111
    east = (frame["lon"] - frame["station_lon"]).abs() * 88
    assert (north**2 + east**2).max() < 1.3**2  # kilometres


def test_unverified_places_and_hours_say_so() -> None:
    for place in visits.all_sites().values():
        if place.place_mark == "G":
            assert "not confirmed" in place.place_note or "No position" in place.place_note
        for rule in place.opening:
            assert (rule.mark == "S") == ("unverified" not in visits_words(rule))


def visits_words(rule: visits.Opening) -> str:
    from course.programmes.places import in_words

    return in_words(rule)


def test_every_modules_stop_has_its_two_questions() -> None:
    asked = {q.module for place in visits.all_sites().values() for q in place.questions if q.module}
    lessons = {module.id for module in modules() if module.form == "lesson"}
    assert asked == lessons
    assert visits.site("magok").asks("03_master_plan").q2 == "Who pays to run it?"
    assert visits.site("magok").asks("04_financing").q2 == "Who pays repair after year 5?"
    assert visits.site("magok").asks(None) == visits.site("magok").questions[0]


@pytest.mark.parametrize(
    ("name", "day", "begin", "end", "why"),
    [
        ("topis", date(2027, 4, 6), 540, 600, ""),
        ("topis", date(2027, 4, 6), 1050, 1081, "is open 09:00 to 18:00"),
        ("topis", date(2027, 4, 10), None, None, "closed on Saturday"),
        ("topis", date(2026, 10, 9), 600, 660, "a holiday"),
        ("magok", date(2027, 4, 5), None, None, "closed on Monday"),
        ("magok", date(2027, 4, 6), 300, 320, ""),  # its hours are not known
        ("sangam_dmc", date(2027, 12, 25), 0, 60, ""),  # open ground
        (SEASON, date(2024, 4, 18), None, None, ""),
        (SEASON, date(2024, 4, 17), None, None, "out of season"),
        (SEASON, date(2024, 11, 10), None, None, ""),
        (SEASON, date(2024, 11, 14), None, None, "out of season"),
        (SEASON, date(2024, 5, 8), None, None, "closed on Wednesday"),
        (SEASON, date(2024, 5, 9), None, None, ""),  # a Thursday of 2024
        (SEASON, date(2025, 5, 8), None, None, "closed on Thursday"),
        (SEASON, date(2025, 5, 3), None, None, "out of season"),  # a Saturday before the start
        (SEASON, date(2031, 5, 9), None, None, ""),  # later years: the pattern of 2025
        ("outdoor_library_cheonggyecheon", date(2024, 7, 5), None, None, "out of season"),
        ("outdoor_library_cheonggyecheon", date(2024, 9, 6), None, None, ""),
    ],
)
def test_open_or_closed(name: str, day: date, begin: int, end: int, why: str) -> None:
    told = visits.site(name).closed(day, begin, end)
    assert (why in told) if why else told == ""


def test_an_unknown_place_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'topis'"):
        visits.site("topiz")
    for wrong in (None, 3, ""):
        with pytest.raises(UsageError):
            visits.site(wrong)


def test_it_is_a_public_name() -> None:
    import course

    assert course.visits is visits
    assert course.programme.Programme.open("wego_week").id == "wego_week"
