"""The answer key of module 06: what is special about it; see test_modules_keys.py."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from course import exercises, nightbus
from course.answers import read_value
from course.exercises import m06_night_bus as m06
from course.exercises import night_routes
from course.exercises.night_routes import beside, overlapping, route_set
from course.identity import Who
from course.questions import load_module
from grading.answer_key import m06_design
from grading.answer_key import m06_night_bus as m06_key
from tests.key_cases import BUNDLED, MODULES, bundled, drawn, key

MODULE = "06_night_bus"
NAMES = ("buses", "demand", "centres", "homes", "wait")


def trips_of(city, trainee: str) -> pd.DataFrame:
    return exercises.exercise("m06_night_trips", city, who=Who(trainee))


def judged(city, draw, value) -> dict[str, tuple[bool, str]]:
    rows = key(MODULE).judge_design("m06_net", city, draw, value)
    assert [share for _, share, _ in rows] == list(m06_design.SHARES.values())
    return {name: (met, said) for name, (met, _, said) in zip(NAMES, rows, strict=True)}


# ---- exercise tables -----------------------------------------------------------------


@pytest.mark.parametrize("name", BUNDLED)
def test_night_trips_are_the_trainees_own_and_the_routes_are_everyones(name: str):
    city = bundled(name)
    ana, ben = trips_of(city, "ana"), trips_of(city, "ben")
    assert not ana.equals(ben)
    assert ana.attrs["badge"].startswith("SYNTHETIC")
    routes = [exercises.exercise("m06_routes", city, who=Who(w)) for w in ("ana", "ben")]
    assert routes[0].ids == routes[1].ids == [f"N{k:02d}" for k in range(1, 13)]
    ana.loc[:, "trips"] = 0  # a copy: nobody can spoil the next one
    assert trips_of(city, "ana")["trips"].sum() > 0


class WithoutRecord:
    """A city whose own night trips nobody may look at."""

    def __init__(self, city) -> None:
        self._city = city

    def __getattr__(self, name: str):
        assert name != "night_trips"
        return getattr(self._city, name)


def test_a_record_of_the_city_changes_no_exercise():
    """The host may not have the record: exercises come from what every pack holds."""
    city = bundled("iloilo")
    before, routes = trips_of(city, "carla"), route_set(city).ids
    m06._tables._kept.clear()
    night_routes._kept._kept.clear()
    assert trips_of(WithoutRecord(city), "carla").equals(before)
    assert route_set(WithoutRecord(city)).ids == routes


@pytest.mark.parametrize("name", BUNDLED)
def test_the_tables_show_what_the_questions_ask(name: str):
    city, who = bundled(name), Who("ana")
    asked = drawn("m06_hot", city, "ana").params
    cells = exercises.exercise("m06_cells", city, who=who)
    for row in cells.itertuples():
        assert asked[f"cell_{row.letter}"] == row.cell
        assert asked[f"option_{row.letter}"] == f"{row.cell}, {row.place}"
    assert cells["letter"].tolist() == list("abcdefghij") and cells["cell"].is_unique
    hot = exercises.exercise("m06_beside", city, who=who)
    assert hot["cell"].tolist() == drawn("m06_net", city, "ana").params["hot"]
    routes = route_set(city)
    for row in hot.itertuples():
        at = nightbus.hot_cells(trips_of(city, "ana"), n=5000).set_index("cell").loc[row.cell]
        near = [
            r.route_id
            for r in routes
            if r.metres_to(np.array([at["lat"]]), np.array([at["lon"]]), limit_m=500)[0] <= 500
        ]
        assert row.routes == ", ".join(near) and near


@pytest.mark.parametrize("name", BUNDLED)
def test_two_routes_of_a_question_share_cells_and_differ(name: str):
    city = bundled(name)
    here = beside(city)
    near = here.metres <= here.gain_buffer_m
    pairs = overlapping(city)
    assert len(pairs) >= 8
    for first, second in pairs:
        a, b = (near[here.routes.ids.index(r)] for r in (first, second))
        assert (a & b).any() and (b & ~a).any()


# ---- answers by a second way ---------------------------------------------------------


def cells_near(city, route_id: str, buffer_m: int) -> set[str]:
    here = beside(city)
    return set(here.cells["cell"][here.metres[here.routes.ids.index(route_id)] <= buffer_m])


@pytest.mark.parametrize("name", BUNDLED)
def test_score_and_gain_by_sets_of_cells(name: str):
    city, trips = bundled(name), trips_of(bundled(name), "ana")

    def served(route: str, buffer_m: int) -> pd.Series:
        near = cells_near(city, route, buffer_m)
        return trips["from_cell"].isin(near) & trips["to_cell"].isin(near)

    asked = drawn("m06_score", city, "ana")
    length = route_set(city)[asked.params["route"]].length_km
    some = trips.loc[served(asked.params["route"], 500), "trips"].sum()
    assert key(MODULE).expected("m06_score", city, asked) == pytest.approx(some / length)
    near = cells_near(city, asked.params["route"], 500)
    either = trips["from_cell"].isin(near) | trips["to_cell"].isin(near)
    wrong = key(MODULE).wrong_values("m06_score", city, asked)
    expected = [trips.loc[either, "trips"].sum() / length, some, some / length / 2]
    assert [value for value, _ in wrong] == pytest.approx(expected)

    asked = drawn("m06_gain", city, "ana")
    p = asked.params
    first, second = (served(p[r], p["buffer_m"]) for r in ("first", "second"))
    added = 100 * trips.loc[second & ~first, "trips"].sum() / trips["trips"].sum()
    assert key(MODULE).expected("m06_gain", city, asked) == pytest.approx(added)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_busiest_of_ten_by_a_plain_count(name: str):
    city = bundled(name)
    for trainee in ("ana", "ben", "carla"):
        draw, trips = drawn("m06_hot", city, trainee), trips_of(city, trainee)
        counts: dict[str, float] = {}
        for row in trips[trips["hour"] == draw.params["hour"]].itertuples():
            counts[row.from_cell] = counts.get(row.from_cell, 0) + row.trips
        ten = {c: counts.get(draw.params[f"cell_{c}"], 0) for c in m06.CODES}
        best = key(MODULE).expected("m06_hot", city, draw)
        assert ten[best] == max(ten.values()) > 0
        also = key(MODULE).alternatives("m06_hot", city, draw)
        assert set(also) == {c for c, n in ten.items() if n >= 0.99 * ten[best]}


def test_a_cell_that_several_slips_lead_to_gets_the_hint_of_each(monkeypatch):
    """Ends of the hour and starts of the night both say b: nobody knows which it was."""
    city = bundled("iloilo")
    draw = drawn("m06_hot", city, "ana")
    a, b = draw.params["cell_a"], draw.params["cell_b"]
    hour = draw.params["hour"]
    rows = [(a, b, hour, 5.0), (b, a, (hour + 1) % 5, 9.0)]
    trips = pd.DataFrame(rows, columns=["from_cell", "to_cell", "hour", "trips"])
    monkeypatch.setattr(m06_key, "work", lambda *_: m06_key.Work(city, trips))
    found = dict(m06_key._hot_wrong(city, draw))
    assert found["b"].startswith("Where does the trip start? One hour only.")
    assert m06_key._hot(city, draw) == "a"


def test_buses_of_a_drawn_route_by_hand():
    params = {
        "route": "N01", "length_km": 15.0, "headway_min": 25, "speed_kmh": 20, "layover_min": 20,
    }  # fmt: skip
    draw = exercises.Draw("m06_fleet", params, "x", Who("by hand"))
    city = bundled("seoul")
    assert key(MODULE).expected("m06_fleet", city, draw) == 5  # 90 + 20 minutes over 25: 4.4
    assert key(MODULE).wrong_values("m06_fleet", city, draw) == [
        (4, "Drivers rest. Half a bus does not run."),  # 90 over 25: 3.6, and 4.4 cut
        (3, "It must come back."),  # 45 + 20 over 25: 2.6
    ]
    short = draw.__class__("m06_fleet", params | {"headway_min": 12}, "y", draw.who)
    assert key(MODULE).wrong_values("m06_fleet", city, short) == [
        (8, "Drivers rest."), (6, "It must come back."), (9, "Half a bus does not run."),
    ]  # fmt: skip


def test_the_edge_of_a_cell_by_hand():
    draw = exercises.Draw("m06_hex", {"edge_km": 2.0}, "x", Who("by hand"))
    city = bundled("seoul")
    assert key(MODULE).expected("m06_hex", city, draw) == pytest.approx(6 * math.sqrt(3))
    values = [value for value, _ in key(MODULE).wrong_values("m06_hex", city, draw)]
    assert values == pytest.approx([4 * math.pi, 24 * math.sqrt(3), 4.0])


# ---- the design ----------------------------------------------------------------------


@pytest.fixture(params=BUNDLED)
def case(request):
    city = bundled(request.param)
    draw = drawn("m06_net", city, "ana")
    return city, draw, key(MODULE).solution("m06_net", city, draw)


def test_the_hosts_network_is_right_by_the_functions_of_the_lesson(case):
    city, draw, network = case
    routes, trips = route_set(city), trips_of(city, "ana")
    plan = nightbus.plan_of(routes, trips, routes=network["routes"])
    task = m06_key._task(city, draw)
    budget, judged_homes = task.line
    service = {"headway_min": network["headway_min"], "speed_kmh": 20, "layover_min": 20}
    assert nightbus.plan_fleet(plan, **service) <= budget
    assert plan.served_trips >= 0.85 * greedy_trips(routes, trips, max(len(plan), 3))
    fair = nightbus.coverage_by_income(plan)
    assert judged_homes and task.note == ""
    assert fair.attrs["low_income_pct"] >= fair.attrs["city_pct"] - 1e-9
    assert network["headway_min"] <= 60


def greedy_trips(routes, trips: pd.DataFrame, n: int) -> float:
    """Return what greedy serves with n routes, asked route by route."""
    cover = nightbus.cover(routes, trips)
    chosen: list[int] = []
    for _ in range(n):
        rest = [i for i in range(len(routes)) if i not in chosen]
        chosen.append(max(rest, key=lambda i: cover.served_trips([*chosen, i])))
    return cover.served_trips(chosen)


def test_too_many_buses_are_asked_about(case):
    city, draw, network = case
    costly = {"routes": route_set(city).ids, "headway_min": 5}
    assert judged(city, draw, costly)["buses"] == (
        False, "More buses than the city has. Longer headway or fewer routes?",
    )  # fmt: skip
    assert judged(city, draw, network)["buses"][0]


def test_two_alike_routes_lose_the_point_for_demand(case):
    """Of all sets of as many routes, the one that serves least is not enough."""
    city, draw, _ = case
    task = m06_key._task(city, draw)
    n = 3
    sets = task.sets[task.sets.sum(axis=1) == n]
    least = sets[int(np.argmin(task.trips(sets)))]
    ids = [r for r, on in zip(route_set(city).ids, least, strict=True) if on]
    met, said = judged(city, draw, {"routes": ids, "headway_min": 40})["demand"]
    assert not met and said.startswith("Two routes serve the same cells.")


def test_one_good_route_is_no_network(case):
    """The buses are drawn for three routes or more; the best single one is not enough."""
    city, draw, _ = case
    task = m06_key._task(city, draw)
    alone = task.sets[task.sets.sum(axis=1) == 1]
    best = alone[int(np.argmax(task.trips(alone)))]
    ids = [r for r, on in zip(route_set(city).ids, best, strict=True) if on]
    met, said = judged(city, draw, {"routes": ids, "headway_min": 60})["demand"]
    assert not met and said == "Few routes serve few trips. What would 3 routes serve?"


def test_a_network_away_from_the_busy_cells_is_told(case):
    city, draw, _ = case
    hot = exercises.exercise("m06_beside", city, who=Who("ana"))
    passing = set(", ".join(hot["routes"]).split(", "))
    away = [r for r in route_set(city).ids if r not in passing] or None
    if away is None:
        away = [r for r in route_set(city).ids if r not in hot["routes"].iloc[0].split(", ")]
    if not away:
        pytest.skip("every route passes one of the busy cells here")
    met, said = judged(city, draw, {"routes": away[:1], "headway_min": 40})["centres"]
    assert not met and "busiest cells" in said


def test_a_long_headway_makes_people_wait(case):
    city, draw, network = case
    long = judged(city, draw, network | {"headway_min": 61})
    assert long["wait"] == (False, "Who waits longer than an hour at night?")
    assert judged(city, draw, network | {"headway_min": 60})["wait"][0]


def test_homes_are_compared_with_the_city(case):
    city, draw, _ = case
    task = m06_key._task(city, draw)
    homes = task.met(task.sets)[2]
    if homes.all():
        pytest.skip("every network serves low incomes well enough here")
    ids = [r for r, on in zip(route_set(city).ids, task.sets[int(np.argmin(homes))], strict=True)
           if on]  # fmt: skip
    met, said = judged(city, draw, {"routes": ids, "headway_min": 40})["homes"]
    assert not met and said.endswith("Where do they go home to?")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"routes": ["N77"], "headway_min": 40}, "no route N77"),
        ({"routes": [], "headway_min": 40}, "at least one route"),
        ({"routes": ["N01"], "headway_min": 0}, "not a number of minutes"),
        ({"routes": ["N01"], "headway_min": 1e9}, "not a number of minutes"),
    ],
)
def test_an_impossible_network_earns_nothing_and_says_why(case, value, said: str):
    city, draw, _ = case
    rows = key(MODULE).judge_design("m06_net", city, draw, value)
    assert not any(met for met, _, _ in rows)
    assert all(said in sentence for _, _, sentence in rows)


def test_a_budget_nobody_can_keep_is_eased(case):
    city, draw, _ = case
    task = replace(m06_key._task(city, draw), budget=0)
    budget, _ = task.line
    assert budget > 0
    rows = m06_design.judge_network(task, task.solution)
    assert all(met for met, _, _ in rows)
    assert f"so {budget:g} buses are allowed" in task.note


def test_homes_that_no_network_can_serve_are_eased(monkeypatch: pytest.MonkeyPatch):
    """Where low incomes live away from every line, the condition gives way, not the trainee."""
    city = bundled("iloilo")
    task = m06_key._task(city, drawn("m06_net", city, "ana"))
    far = ~task.cover.near.any(axis=0)
    groups = np.where(far, 1, 5)
    task = replace(task, cover=replace(task.cover, home_groups=groups))
    assert task.line[1] is False
    assert all(met for met, _, _ in m06_design.judge_network(task, task.solution))
    assert task.note.endswith("together with the others, so it counts as met.")


def test_the_line_judged_is_the_line_shown_or_the_feedback_says_so(city_of, monkeypatch):
    """In Bogor no network serves the homes as asked; who is right reads it too."""
    city = city_of("bogor")
    draw = drawn("m06_net", city, "ana")
    task = m06_key._task(city, draw)
    demand, centres, homes = task.met(task.sets)
    paid = task.buses(task.sets, 60) <= task.budget
    assert not (demand & centres & homes & paid).any()
    said = key(MODULE).note("m06_net", city, draw)
    assert said == task.note and "groups 1 and 2" in said
    iloilo = bundled("iloilo")
    assert key(MODULE).note("m06_net", iloilo, drawn("m06_net", iloilo, "ana")) == ""
    question = load_module(MODULES / MODULE).questions["m06_net"]
    homes_shown = next(p for p in question.properties if p.id == "homes").sentence
    assert "it counts as met and the feedback says so" in homes_shown


# ---- reading the answer --------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["N02", "n01"], ["N01", "N02"]),
        ("N03, N01; n03", ["N01", "N03"]),
        (("N12",), ["N12"]),
    ],
)
def test_a_list_of_routes_is_read_in_the_order_of_the_table(given, read):
    question = load_module(MODULES / MODULE).questions["m06_net"]
    value, problem = read_value(question, {"routes": given, "headway_min": "40 min"})
    assert problem == "" and value == {"routes": read, "headway_min": 40}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["N99"], "holds some of 'N01'"), ([], "is a list, such as"), (7, "is a list"),
        ([["N01"]], "holds some of"), ({"N01": 1}, "is a list"), (["N01", None], "holds some of"),
        ("<script>", "holds some of"), (["N01"] * 5000, "cannot read"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_routes_is_a_sentence(given, said: str):
    question = load_module(MODULES / MODULE).questions["m06_net"]
    value, problem = read_value(question, {"routes": given, "headway_min": 40})
    assert value is None and said in problem
