"""What the night lesson says, worked out by hand or by a second engine."""

from __future__ import annotations

import itertools
import math

import h3
import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from course import City, nightbus
from tests.key_cases import bundled
from tests.module_runs import cells, text_of
from tests.notebook_lint import source

SEOUL_KM2 = 605.2


@pytest.fixture(scope="module")
def seoul():
    return bundled("seoul")


def polygon_km2(edge: float) -> float:
    """Return the area of a hexagon from its six corners (shoelace)."""
    at = [(edge * math.cos(k * math.pi / 3), edge * math.sin(k * math.pi / 3)) for k in range(6)]
    pairs = zip(at, at[1:] + at[:1], strict=True)
    return abs(sum(a * d - b * c for (a, b), (c, d) in pairs)) / 2


def test_the_area_of_a_hexagon_by_its_corners():
    for edge in (0.431, 0.5, 1.0):
        assert nightbus.hex_area_km2(edge) == pytest.approx(polygon_km2(edge), rel=1e-12)


def test_the_size_of_the_cells_of_2013():
    assert round(polygon_km2(0.5), 3) == 0.650
    assert 1252 * polygon_km2(0.431) == pytest.approx(SEOUL_KM2, rel=0.005)
    # "1 km radius" would be five times the city
    assert round(1252 * polygon_km2(1.0) / SEOUL_KM2) == 5
    assert h3.average_hexagon_edge_length(8, unit="km") == pytest.approx(0.53, abs=0.005)


def test_five_calls_are_three_wishes(seoul):
    club, office, home = nightbus.hot_cells(seoul.night_trips, n=3)["cell"]
    calls = pd.DataFrame(
        {
            "event_cell": [club, club, office, home, club],
            "home_cell": [home, home, home, home, office],
            "hour": [1, 1, 2, 2, 14],
        }
    )
    found = nightbus.wish_trips(calls)
    rows = set(found.trips.itertuples(index=False, name=None))
    assert rows == {(club, home, 1, 2.0), (office, home, 2, 1.0)}
    assert found.dropped["records"].tolist() == [0, 1, 1]


def test_buses_by_hand():
    assert nightbus.fleet(round_trip_km=60, speed_kmh=20, layover_min=20, headway_min=40) == 5
    # half the headway, twice the buses: 200 minutes over 20
    assert nightbus.fleet(round_trip_km=60, speed_kmh=20, layover_min=20, headway_min=20) == 10


def metres_to(route, lat: float, lon: float) -> float:
    """Return metres from a point to a way, one stretch after the other, in plain floats."""
    east = math.cos(math.radians(np.mean(route.lat))) * 111_195
    to = [((a - lat) * 111_195, (b - lon) * east) for a, b in route.path]
    best = math.inf
    for (ay, ax), (by, bx) in itertools.pairwise(to):
        dy, dx = by - ay, bx - ax
        size = dx * dx + dy * dy
        t = 0.0 if size == 0 else min(1.0, max(0.0, -(ay * dy + ax * dx) / size))
        best = min(best, math.hypot(ay + t * dy, ax + t * dx))
    return best


@pytest.fixture(scope="module")
def slow_count(seoul):
    """Count served trips the slow way: every row, every stretch of the way."""
    centres = {c: h3.cell_to_latlng(c) for c in set(seoul.night_trips["from_cell"])}
    centres |= {c: h3.cell_to_latlng(c) for c in set(seoul.night_trips["to_cell"])}

    def near(route, buffer_m: float) -> set[str]:
        return {c for c, (a, b) in centres.items() if metres_to(route, a, b) <= buffer_m}

    def count(routes, buffer_m: float = 500) -> float:
        trips, served = seoul.night_trips, np.zeros(len(seoul.night_trips), dtype=bool)
        for route in routes:
            beside = near(route, buffer_m)
            served |= (trips["from_cell"].isin(beside) & trips["to_cell"].isin(beside)).to_numpy()
        return float(trips.loc[served, "trips"].sum())

    return count


def between(slow_count, routes, ours: float) -> bool:
    """Say whether a count lies between those of a metre less and a metre more.

    The course measures in whole metres: a cell at 500.01 m lies on the edge.
    """
    return slow_count(routes, 499) <= ours <= slow_count(routes, 501)


def test_the_score_of_a_route_by_a_slow_count(seoul, slow_count):
    for route in list(nightbus.candidates(seoul, n=12))[::5]:
        served = nightbus.trips_served(route, seoul.night_trips)
        assert between(slow_count, [route], served)
        ours = nightbus.score_per_km(route, seoul.night_trips, buffer_m=500)
        assert ours == pytest.approx(served / (route.length_m / 1000))


def test_what_each_route_adds_by_a_slow_count(seoul, slow_count):
    plan = nightbus.add_routes(nightbus.candidates(seoul, n=12), seoul.night_trips, n=3)
    for n in (1, 2, 3):
        assert between(slow_count, plan.routes[:n], plan.steps["served_trips"].iloc[n - 1])
    assert plan.steps["added_trips"].is_monotonic_decreasing


@pytest.mark.parametrize("name", ["seoul", "iloilo"])
def test_the_bound_is_the_best_of_all_sets(name: str):
    """Twelve routes have 220 sets of three: none serves more than the bound says."""
    city = bundled(name)
    cover = nightbus.cover(nightbus.candidates(city, n=12), city.night_trips)
    best = max(cover.served_trips(list(s)) for s in itertools.combinations(range(12), 3))
    exact = nightbus.plan_exact(cover, n=3, time_limit_s=20)
    assert exact.served_trips == pytest.approx(best)
    assert exact.bound == pytest.approx(best)
    assert exact.gap_pct == pytest.approx(0, abs=1e-9)


def test_two_witnesses_by_a_second_engine(seoul):
    witness = nightbus.taxi_witness(seoul)
    again = spearmanr(witness.table["calls"], witness.table["taxis"]).statistic
    assert witness.agreement == pytest.approx(again, abs=1e-9)


def test_the_groups_add_up_to_the_city(seoul):
    cover = nightbus.cover(nightbus.candidates(seoul, n=60), seoul.night_trips)
    plan = nightbus.add_routes(cover, n=9)
    fair = nightbus.coverage_by_income(plan)
    assert fair["trips"].sum() == seoul.night_trips["trips"].sum()
    assert fair["served_trips"].sum() == plan.served_trips
    low = fair[fair["income_group"] <= 2]
    share = 100 * low["served_trips"].sum() / low["trips"].sum()
    assert fair.attrs["low_income_pct"] == pytest.approx(share)


def test_the_cost_of_a_ride_by_hand(seoul):
    plan = nightbus.add_routes(nightbus.candidates(seoul, n=12), seoul.night_trips, n=2)
    costs = nightbus.Costs("KRW", per_bus_hour=30_000, per_km=1_500, ride_pct=40)
    hours, departures = 5, math.ceil(5 * 60 / 40)
    buses = sum(math.ceil((2 * r.length_km / 20 * 60 + 20) / 40) for r in plan.routes)
    km = sum(2 * r.length_km * departures for r in plan.routes)
    money = buses * hours * 30_000 + km * 1_500
    rides = plan.served_trips * 0.4
    assert nightbus.plan_fleet(plan, headway_min=40) == buses
    assert nightbus.cost_per_ride(plan, costs, headway_min=40) == pytest.approx(money / rides)


class OwnRecord:
    """A city with night trips of its own."""

    def __init__(self, city, night_trips: pd.DataFrame) -> None:
        self._city, self.night_trips = city, night_trips

    def __getattr__(self, name: str):
        return getattr(self._city, name)


@pytest.mark.parametrize("kind", ["late hours", "one row", "no trips"])
def test_the_first_steps_run_on_any_record(kind: str, monkeypatch):
    """A city's own record may know no trip at 02 h, or hardly any."""
    trips = bundled("iloilo").night_trips
    own = {"late hours": trips.assign(hour=trips["hour"] + 20), "one row": trips.head(1),
           "no trips": trips.assign(trips=0.0)}[kind]  # fmt: skip
    monkeypatch.setattr(City, "open", lambda: OwnRecord(bundled("iloilo"), own))
    page: dict = {}
    for cell in cells("06_night_bus", "lesson.ipynb"):
        if "nightbus.candidates" in source(cell):
            break
        if cell["cell_type"] == "code":
            exec(source(cell), page)
    assert page["found"].trips["trips"].sum() == 3
    assert "no trip starts in this hour" in {page["busiest"](hour) for hour in range(5)}


def test_facts_of_seoul_stand_with_year_and_source_and_the_unseen_is_marked():
    page = text_of("06_night_bus", "lesson.ipynb")
    for words in ("Edaily 2013", "Dong-A", "ZDNet Korea", "Money Today 2013", "unverified"):
        assert words in page
    assert "139" not in page  # the fleet of 2023 was seen in no source
    assert nightbus.SEOUL_START["buses_2023"].mark == "G"
    assert round(100 * 1214 / 6079) == 20  # the share of N26, as the table of step 8 shows it
    shown = nightbus.beside_seoul(
        nightbus.plan_of(nightbus.candidates(bundled("seoul"), n=12),
                         bundled("seoul").night_trips, routes=["N01"])
    )  # fmt: skip
    busiest = shown.set_index("measure").loc["share of the busiest route", "seoul"]
    assert round(busiest) == 20
