"""The ways between visits, a day of them, and their maps."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest

from course import labs, visits
from course.errors import CourseError, UsageError
from course.labs import visits_map
from course.visits.routes import (
    Stop,
    _stays,
    minutes_of,
    place_of,
    programme_day,
    seoul,
    short_title,
)


@pytest.fixture(autouse=True)
def _no_street_map(monkeypatch):
    monkeypatch.setenv("COURSE_TILES", "off")


def test_a_way_between_two_visits_adds_up():
    way = visits.route("city_hall", "big_data_campus", depart="09:10")
    assert way.depart_min == 550
    parts = way.wait_min + way.ride_min + sum(x.minutes for x in way.legs if x.kind == "walk")
    assert parts == pytest.approx(way.minutes)
    assert way.legs[-1].end == "Big Data Campus" and way.legs[0].start == "Seoul City Hall"
    assert way.in_words().startswith("Leave Seoul City Hall at 09:10")


def test_the_pack_is_the_courses_own_whatever_city_is_open(monkeypatch):
    monkeypatch.setenv("COURSE_CITY", "iloilo")
    assert seoul().id == "seoul" and seoul().bundled
    assert visits.route("city_hall", "magok", depart=540).rides >= 1


@pytest.mark.parametrize(
    "time", ["9", "24:60", "48:00", "nine", "", None, True, ["09:00"], "-1:00"]
)
def test_what_is_no_time(time):
    with pytest.raises(UsageError, match="is no time of day"):
        minutes_of(time)


def test_places_known_and_unknown():
    assert place_of("dasan_120").lat == pytest.approx(37.57605)  # at its station
    with pytest.raises(CourseError, match="No position of"):
        place_of("night_stop")
    with pytest.raises(UsageError, match="There is no place"):
        place_of("nowhere")
    with pytest.raises(UsageError, match="is no day"):
        visits.route("city_hall", "magok", depart="09:00", day="someday")


def test_a_date_is_taken_as_its_kind_of_day():
    sunday = datetime.date(2031, 6, 22)  # years after the calendar of the pack
    by_date = visits.route("city_hall", "magok", depart="09:00", day=sunday)
    assert by_date == visits.route("city_hall", "magok", depart="09:00", day="sunday")
    assert by_date == visits.route("city_hall", "magok", depart="09:00", day="2031-06-22")


def test_a_day_of_visits():
    places = ["shrdc", "topis", "wego", "shrdc"]
    day = visits.day_route(places, depart="09:00", stay_min=60)
    assert [s.site_id for s in day.stops] == places and len(day.ways) == 3
    for before, way, stop in zip(day.stops, day.ways, day.stops[1:], strict=False):
        assert way.depart_min == before.end_min and stop.start_min == way.arrive_min
    assert [s.end_min - s.start_min for s in day.stops[1:]] == [60, 60, 60]
    table = day.table()
    assert table["leg"].max() == 3 and table["walk_m"].sum() == day.walk_m
    assert visits.day_route([]).ways == () and visits.day_route(["shrdc"]).ways == ()
    with pytest.raises(UsageError, match="takes a list"):
        visits.day_route("shrdc")


@pytest.mark.parametrize("name", ["wego_week", "mashhad_tailor_made", "iloilo_susa"])
def test_every_day_of_a_programme_has_its_ways(name: str):
    from course.programme import Programme

    programme = Programme.open(name)
    ways = 0
    for day in programme.days:
        found = programme_day(programme, day.id)
        ways += len(found.ways)
        visited = {s.site for s in day.sessions if s.site}
        known = {s for s in visited if s != "night_stop"}
        if found.stops and not day.online:
            assert known <= {s.site_id for s in found.stops}
        for way, here, there in zip(found.ways, found.stops, found.stops[1:], strict=False):
            assert here.site_id != there.site_id
            assert way.depart_min == here.end_min
            if way.arrive_min > there.start_min + 0.5:
                assert any(there.title in sentence for sentence in found.late)
        assert len(found.late) <= len(found.ways)
    assert ways > 0
    with pytest.raises(UsageError, match="has no day 'd99'"):
        programme_day(programme, "d99")


def session(kind: str, start: int | None, minutes: int, site: str | None = None):
    return SimpleNamespace(kind=kind, start_min=start, minutes=minutes, site=site)


def test_where_a_session_without_a_place_is_held():
    day = [
        session("lesson", 540, 60), session("break", 600, 15), session("travel", 615, 45),
        session("visit", 660, 60, "topis"), session("reflection", 720, 20),
        session("travel", 740, 40), session("lesson", 780, 60), session("visit", None, 30, "wego"),
        session("visit", 840, 60, "night_stop"), session("travel", 900, 30),
    ]  # fmt: skip
    assert _stays(day, "shrdc") == [
        ("shrdc", 540, 600), ("shrdc", 600, 615), ("topis", 660, 720), ("topis", 720, 740),
        ("shrdc", 780, 840), ("shrdc", 930, 930),
    ]  # fmt: skip
    assert _stays([session("travel", 540, 60)], "shrdc") == []


def test_titles_are_short_on_the_way():
    assert short_title("TOPIS, traffic operations (City Hall, basement 3)") == (
        "TOPIS, traffic operations"
    )


# ---- maps ----------------------------------------------------------------------------


def test_the_map_has_every_place_with_a_position_once():
    points = visits_map._points(visits.sites(), {s: 1 for s in visits.sites()["site_id"]})
    shown = [row.site_id for p in points for row in p["sites"]]
    assert len(shown) == len(set(shown))
    assert set(visits.sites()["site_id"]) - set(shown) == {"night_stop"}
    by_site = {row.site_id: p["kind"] for p in points for row in p["sites"]}
    assert by_site["mangwon_market"] == visits_map.SEEN
    assert by_site["shrdc"] == visits_map.UNSURE and by_site["dasan_120"] == visits_map.STATION


def test_the_map_says_what_is_unverified_and_lists_every_place():
    figure = labs.visit_map()
    assert "have to be confirmed with the host" in figure.reading
    assert len(figure.table) == len(visits.sites())
    text = figure.html()
    assert "not confirmed" in text and figure.alt
    for title in visits.sites()["title"]:
        assert title.split("'")[0] in text


def test_the_day_is_drawn_with_its_legs_as_a_table():
    figure = labs.day_route(["shrdc", "topis", "shrdc"])
    assert figure.synthetic.startswith("SYNTHETIC: timetable built")
    assert list(figure.table.columns) == [
        "leg", "line", "from", "to", "depart", "arrive", "wait_min", "walk_m",
    ]  # fmt: skip
    assert "3 places" in figure.reading
    own = visits.day_route(["shrdc", "topis"])
    assert labs.day_route(own).title == "Your own day"


def test_a_day_without_ways_says_so():
    figure = labs.day_route(["shrdc"])
    assert "There is no way between visits on this day." in figure.reading
    with pytest.raises(UsageError, match="needs places, or a programme and a day"):
        labs.day_route()


def test_a_programmes_day_is_drawn():
    figure = labs.day_route(programme="wego_week", day="d2")
    assert "d2" in figure.title and len(figure.table) > 0


def test_a_day_that_cannot_be_kept_is_told():
    late = visits_map.DayRoute(
        "A day", (Stop("a", "A", 0, 540), Stop("b", "B", 541, 600)), (), ("B begins at 09:01.",)
    )
    assert late.in_words() == "There is no way between visits on this day."


def test_the_last_place_of_a_day_has_no_end() -> None:
    from course import labs

    said = labs.day_route(programme="wego_week", day="d3").reading
    assert "17:30 to 17:30" not in said and "from 17:30." in said
