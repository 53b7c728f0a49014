from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import City, nightbus
from course.bigdata.night_network import network_of
from course.display.breaks import HIDDEN
from course.display.controls import start_setting
from course.display.figure import Figure
from course.display.lab_page import LabPage
from course.errors import CourseError
from course.labs import night_map as drawing
from course.labs import night_words as say
from course.labs import records
from course.labs.night_lab import TITLE, NightLab, night_bus
from course.labs.night_model import DRAWN
from course.labs.night_setting import NightSetting, code_of
from tests.key_cases import bundled

_LABS: dict[str, NightLab] = {}


def lab_of(name: str) -> NightLab:
    if name not in _LABS:
        _LABS[name] = NightLab(bundled(name))
    return _LABS[name]


@pytest.fixture(params=["seoul", "mashhad", "iloilo"])
def lab(request) -> NightLab:
    return lab_of(request.param)


@pytest.fixture()
def seoul() -> NightLab:
    return lab_of("seoul")


def start(lab: NightLab) -> dict:
    return start_setting(lab.controls)


def two_points(lab: NightLab) -> list[list[float]]:
    """Return two places of the network far from each other."""
    network = network_of(lab.city)
    away = network.metres_from(np.array([0]))[0]
    ends = (0, int(np.argmax(away)))
    return [[round(float(network.lat[i]), 5), round(float(network.lon[i]), 5)] for i in ends]


# ---- one setting ---------------------------------------------------------------------


def test_the_first_picture_already_tells_a_story(lab):
    picture = lab.picture(start(lab), None)
    assert lab.city.title in picture.sentence
    assert picture.chart_title.startswith("The first route adds")
    assert picture.chart.startswith("<svg") and picture.chart.count("<svg") == 2
    assert len(picture.grid.cells) == 9
    assert (picture.layers["routes"] != HIDDEN).sum() == 9
    count = len(lab._edges) + 1
    cells = picture.layers["cells"]
    assert (cells >= count).any() and (cells < count).any()  # some striped, some not
    assert "nan" not in json.dumps(picture.spec()).lower()
    assert lab.words.badge.startswith("SYNTHETIC")
    assert any("unverified" in line for line in lab.words.limits)


def test_the_numbers_are_those_of_the_functions(lab):
    city = lab.city
    where = NightSetting(routes=5, headway_min=30, speed_kmh=25, buffer_m=700, low_income_weight=2)
    result = lab.model.result(where)
    routes, trips = nightbus.candidates(city, n=60), city.night_trips
    plan = nightbus.add_routes(routes, trips, n=5, buffer_m=700, low_income_weight=2)
    plain = nightbus.add_routes(routes, trips, n=5, buffer_m=700)
    assert result.plan.route_ids == plan.route_ids
    assert result.plan.served_pct == plan.served_pct
    assert sum(result.buses) == nightbus.plan_fleet(plan, headway_min=30, speed_kmh=25)
    costs = nightbus.night_costs(city)
    assert result.cost == nightbus.cost_per_ride(plan, costs, headway_min=30, speed_kmh=25)
    fair = nightbus.coverage_by_income(plan, before=plain)
    pd.testing.assert_frame_equal(result.fair, fair)


def test_what_is_reached_and_served_cell_by_cell(lab):
    result = lab.model.result(NightSetting(routes=4))
    trips, here = lab.city.night_trips, result.plan.cover
    served = nightbus.served(list(result.plan.routes), trips)
    touched: dict[str, float] = {}
    for row, ok in zip(trips.itertuples(), served, strict=True):
        for cell in {row.from_cell, row.to_cell}:
            touched[cell] = touched.get(cell, 0) + row.trips * ok
    ours = dict(zip(lab.model.cells, result.served_of_cell.tolist(), strict=True))
    assert ours == pytest.approx(touched)
    assert not result.served_of_cell[~result.reached].any()
    near = (here.metres[list(result.plan.chosen)] <= 500).any(axis=0)
    assert (result.reached == near).all()


def test_every_setting_answers_within_the_laws(lab):
    few, many = (lab.model.result(NightSetting(routes=n)).plan for n in (3, 8))
    assert many.served_trips >= few.served_trips
    near, far = (lab.model.result(NightSetting(buffer_m=b)).plan for b in (300, 900))
    assert far.served_trips >= near.served_trips


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    routes=st.integers(1, 14),
    headway=st.integers(20, 60),
    speed=st.integers(15, 30),
    buffer_m=st.sampled_from([300, 450, 500, 800, 1000]),
    weight=st.sampled_from([1.0, 1.5, 3.0]),
)
def test_laws_of_the_lab(routes, headway, speed, buffer_m, weight):
    lab = lab_of("iloilo")
    where = NightSetting(routes, headway, speed, buffer_m, weight)
    result = lab.model.result(where)
    steps = result.steps
    assert steps["added_trips"].sum() == pytest.approx(result.plan.served_trips)
    assert (steps["added_trips"] <= steps["own_trips"] + 1e-9).all()
    assert len(result.buses) == len(result.plan) <= routes
    slower = lab.model.result(NightSetting(routes, headway, 15, buffer_m, weight))
    assert sum(slower.buses) >= sum(result.buses)
    often = lab.model.result(NightSetting(routes, 20, speed, buffer_m, weight))
    assert sum(often.buses) >= sum(result.buses)
    assert often.plan.served_trips == result.plan.served_trips
    picture = lab.picture(
        {"routes": routes, "headway_min": headway, "speed_kmh": speed, "buffer_m": buffer_m,
         "low_income_weight": weight, "drawn": []}, None,
    )  # fmt: skip
    assert len(picture.grid.cells) == len(result.plan)
    json.dumps(picture.spec(), allow_nan=False)


# ---- selections ----------------------------------------------------------------------


def test_a_route_that_runs_says_what_only_it_serves(lab):
    picture = lab.picture(start(lab), None)
    route = picture.grid.ids[0]
    chosen = lab.picture(start(lab), route)
    assert route in chosen.sentence and "Without it" in chosen.sentence
    assert 'font-weight="600"' in chosen.chart and 'font-weight="600"' not in picture.chart
    assert (chosen.layers["routes"] == picture.layers["routes"]).all()


def test_a_candidate_that_does_not_run_says_what_it_would_add(lab):
    picture = lab.picture(start(lab), None)
    spare = next(r.route_id for r in lab.model.routes if r.route_id not in picture.grid.ids)
    chosen = lab.picture(start(lab), spare)
    assert "does not run" in chosen.sentence
    at = [r.route_id for r in lab.model.routes].index(spare)
    assert picture.layers["routes"][at] == HIDDEN
    assert chosen.layers["routes"][at] == drawing.SPARE
    assert len(chosen.legends["routes"].rows) == 2


def test_a_cell_says_who_serves_it(lab):
    result = lab.model.result(NightSetting())
    best = int(np.argmax(result.served_of_cell))
    cell = lab.model.cells[best]
    chosen = lab.picture(start(lab), cell)
    assert cell in chosen.sentence and cell in chosen.chart_title
    assert "This cell" in chosen.grid.heads
    by_route = [row[4] for row in chosen.grid.keys]
    assert max(by_route) <= result.served_of_cell[best] <= sum(by_route) + 1e-6
    empty = int(np.argmin(result.served_of_cell))
    assert "none of them is served" in lab.picture(start(lab), lab.model.cells[empty]).sentence


def test_an_unknown_selection_is_no_selection(seoul):
    plain, odd = seoul.picture(start(seoul), None), seoul.picture(start(seoul), "nowhere")
    assert odd.sentence == plain.sentence


def test_what_runs_at_night_already_is_said(lab, city_of):
    limits = " ".join(lab.words.limits)
    assert "has none between 01 and 04 h, or leaves them out" in limits  # no bundled pack has
    bogor = city_of("bogor")
    today = nightbus.night_service_today(bogor)
    assert len(today) > 1
    said = say.running_today(today)
    assert f"the timetable has {len(today)} routes" in said and "starts from nothing" in said


# ---- a route of one's own ------------------------------------------------------------


def test_a_drawn_route_gains_what_the_functions_say(lab):
    points = two_points(lab)
    where = start(lab) | {"drawn": points}
    result = lab.model.result(NightSetting.from_mapping(where))
    route = nightbus.draw_route(lab.city, points)
    plan = nightbus.add_routes(nightbus.candidates(lab.city, n=60), lab.city.night_trips, n=9)
    gain = nightbus.gain(plan, route)
    assert result.added == gain
    assert result.own.length_m == route.length_m
    assert result.plan.served_trips == pytest.approx(plan.served_trips + gain.added_trips)
    assert result.before.served_trips == plan.served_trips
    picture = lab.picture(where, None)
    assert picture.grid.cells[-1][0] == "Your route"
    assert picture.grid.ids[-1] == ""  # it is no candidate: nothing to pick
    assert [list(p) for p in picture.drawn] == route.path
    assert picture.sentence.startswith("Your route from")
    assert any(n.label == "Your route adds" for n in picture.numbers)


def test_one_point_is_no_route_yet(lab):
    where = start(lab) | {"drawn": two_points(lab)[:1]}
    assert lab.picture(where, None).sentence == lab.picture(start(lab), None).sentence


def test_a_point_far_from_every_line_is_one_sentence(seoul):
    page = LabPage(seoul)
    before = page.picture
    picture = page.set_setting(start(seoul) | {"drawn": [[37.55, 126.99], [37.42, 127.17]]})
    if not picture.problem:
        pytest.skip("a line runs there")
    assert "km from the nearest stop" in picture.problem
    assert page.picture is before


def test_words_for_a_route_that_adds_nothing_or_next_to_nothing(lab):
    base = lab.model.plan(NightSetting())
    again = base.routes[0]
    points = [[again.lat[0], again.lon[0]], [again.lat[-1], again.lon[-1]]]
    result = lab.model.result(NightSetting(drawn=tuple(map(tuple, points))))
    text = say.sentence(result, city=lab.city.title)
    assert text.startswith("Your route from")
    if result.added.added_points < 0.05:
        assert "adds nothing" in text or "next to nothing" in text or "serves no" in text


def test_a_reason_is_given_only_where_it_is_one(lab):
    """A route adds less than it serves alone because others serve the rest, or no word."""
    points = two_points(lab)
    result = lab.model.result(NightSetting(drawn=tuple(map(tuple, points))))
    for shared, said in ((0.0, "served by no other route"), (10.0, "; 10 % of its own"),
                         (60.0, "not the 4.0 it serves alone, because 60 %")):  # fmt: skip
        added = replace(result.added, own_trips=100.0, own_pct=4.0, added_trips=40.0,
                        added_points=4.0 - 4.0 * shared / 100, shared_pct=shared)  # fmt: skip
        text = say.sentence(replace(result, added=added), city=lab.city.title)
        text = text.replace("\N{NO-BREAK SPACE}", " ")
        assert said in text and ("because" in text) == (shared > 25)


def test_other_routes_serve_the_rest_only_where_they_do(lab):
    alone = lab.picture(start(lab) | {"routes": 1}, None).grid.ids[0]
    text = lab.picture(start(lab) | {"routes": 1}, alone).sentence
    assert text.endswith("points less: no other serves its trips.")


def test_the_marks_of_income_say_what_was_before(lab):
    drawn = {"drawn": two_points(lab)}
    both = lab.picture(start(lab) | drawn | {"low_income_weight": 3}, None).chart
    assert "all trips count once, without your route" in both
    only = lab.picture(start(lab) | drawn, None).chart
    assert "without your route" in only and "all trips count once" not in only


# ---- the line of code ----------------------------------------------------------------


@pytest.mark.parametrize("drawn", [False, True])
def test_the_line_of_code_is_the_network(lab, drawn: bool):
    where = start(lab) | {"routes": 4, "headway_min": 30, "speed_kmh": 22, "buffer_m": 650,
                          "low_income_weight": 1.5}  # fmt: skip
    if drawn:
        where["drawn"] = two_points(lab)
    result = lab.model.result(NightSetting.from_mapping(where))
    code = code_of(NightSetting.from_mapping(where))
    assert "\n" not in code
    table = eval(code, {"nightbus": nightbus, "city": lab.city})
    assert table["buses"].sum() == sum(result.buses)
    ids = [DRAWN if i == "DRAWN" else i for i in table["route_id"]]
    assert ids == result.plan.route_ids


@pytest.mark.parametrize("point", [[37.50105, 126.97839], [-6.59712, 106.79804], [0.00001, -0.5]])
def test_a_drawn_point_is_copied_to_the_metre(point):
    """Three digits of a longitude, as six figures leave, are another stop."""
    code = code_of(NightSetting(drawn=(tuple(point), (37.6, 127.0))))
    points = code.split("draw_route(city, ")[1].split("))")[0]
    assert json.loads(points)[0] == point


def test_the_sliders_follow_the_curriculum(lab):
    found = {c.key: c for c in lab.controls}
    assert list(found) == [
        "routes", "headway_min", "speed_kmh", "buffer_m", "low_income_weight", "drawn",
    ]  # fmt: skip
    ranges = {k: (c.low, c.high, c.start) for k, c in found.items() if k != "drawn"}
    assert ranges == {
        "routes": (1, 14, 9),
        "headway_min": (20, 60, 40),
        "speed_kmh": (15, 30, 20),
        "buffer_m": (300, 1000, 500),
        "low_income_weight": (1, 3, 1),
    }
    assert found["drawn"].places and found["drawn"].most <= 40


# ---- words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("added", "title"),
    [
        ([50.0, 20.0], "The first route adds 5.0 points, the second 2.0"),
        ([50.0], "One route serves 5.0 % of the night trips"),
        ([], "No route serves a trip at this setting"),
        ([50.0, 0.3], "The first route adds 5.0 points, the second 0.03"),
    ],
)
def test_the_chart_says_what_it_shows(added, title):
    steps = pd.DataFrame({"added_trips": added, "own_trips": added}, dtype=float)
    assert say.chart_title(steps, 1000.0) == title


def test_names_in_the_table_are_short(lab):
    for route in lab.model.routes:
        name = say.short_name(route)
        assert name.startswith(route.route_id) and len(name) <= 36
        assert route.stops[0][:6] in name


# ---- the page ------------------------------------------------------------------------


@pytest.fixture()
def page(seoul, tmp_path, monkeypatch) -> LabPage:
    monkeypatch.chdir(tmp_path)

    def keep(setting, chosen):
        records.append("night_bus", setting, city="seoul", chosen=chosen)

    return LabPage(seoul, record=keep)


def test_one_question_changes_everything_at_once(page, seoul):
    before = dict(page.frame), page.styles
    asked = {"seq": 7, "setting": page.setting | {"routes": 13}, "user": True, "settled": True}
    page.asked = asked
    for key in ("numbers", "chart", "grid", "sentence", "code", "chart_title", "layer_tips"):
        assert page.frame[key] != before[0][key], key
    assert page.styles != before[1]
    assert len(page.styles) == len(seoul.choices)
    json.dumps(page.frame, allow_nan=False)
    (entry,) = records.read()
    assert entry["lab"] == "night_bus" and entry["setting"]["routes"] == 13


@pytest.mark.parametrize(
    "drawn",
    ["x", {"a": 1}, [["37", "127"]], [[float("nan"), 1]], [[1e300, 1e300]], [[1, 2, 3]],
     [None, [37.5, 127.0]], [[True, False]] * 9, [[37.5, 127.0]] * 500],
)  # fmt: skip
def test_nonsense_for_a_route_draws_none(page, drawn):
    page.asked = {"seq": 1, "setting": page.setting | {"drawn": drawn}, "mark": str(drawn)[:20]}
    assert not page.frame["problem"]
    assert len(page.setting["drawn"]) <= 1


def test_the_still_page_holds_everything_and_no_script(page):
    html = page.still_html()
    words = (TITLE, "Headway", "40\xa0min", "Night trips served", "SYNTHETIC: ", "Sources")
    parts = ("What the data do not show", "nightbus.add_routes", "<svg", "<table", "runs")
    for text in (*words, *parts):
        assert text in html
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org", "")
    assert page.still_text().splitlines()[1].startswith("Night trips served ")


def test_the_map_has_one_shape_per_choice(lab):
    base = lab.draw_map(lab.picture(start(lab), None))
    cells, routes = base.layers
    assert [len(cells.shapes), len(routes.shapes)] == [
        len(lab.model.cells), len(lab.model.routes),
    ]  # fmt: skip
    assert all(look.hatch == "stripes" for look in cells.looks[len(cells.looks) // 2 :])
    assert len(lab.choices) == len(cells.shapes) + len(routes.shapes)
    assert len({c.id for c in lab.choices}) == len(lab.choices)


def test_a_city_without_a_network_says_so(monkeypatch):
    def fail(*args, **options):
        raise CourseError("The network of x joins no two places.", "Add stops and lines.")

    monkeypatch.setattr("course.labs.night_lab.NightModel", fail)
    shown = night_bus(City.open("iloilo"))
    assert isinstance(shown, Figure)
    assert "joins no two places" in shown.html() and TITLE in shown.html()


def test_settings_are_remembered_but_few(lab):
    for n, b in itertools.product(range(1, 15), (300, 500, 700)):
        lab.model.plan(NightSetting(routes=n, buffer_m=b))
    assert len(lab.model._plans) <= 24
