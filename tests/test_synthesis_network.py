"""Distances behind gates, worked by hand, and laws on random networks."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.metres import metres_between
from course.city.synthesis.network import along_route, station_distances
from tests.small_city import small_city

# A cross: line A runs west-east, line B north-south, they meet at c and x (same name, 60 m
# apart). Line R is a ring of four stations that nothing else touches.
PLACES = {
    "a": (37.50, 126.96), "b": (37.50, 126.98), "c": (37.50, 127.00), "d": (37.50, 127.03),
    "n": (37.53, 127.0005), "x": (37.5003, 127.0005), "s": (37.46, 127.0005),
    "r1": (37.60, 127.10), "r2": (37.61, 127.10), "r3": (37.61, 127.12), "r4": (37.60, 127.12),
}  # fmt: skip
LINES = {
    "A": ("subway", ["a", "b", "c", "d"]),
    "B": ("subway", ["n", "x", "s"]),
    "R": ("subway", ["r1", "r2", "r3", "r4", "r1"]),
}


def _way(*stops: str) -> int:
    return sum(
        int(metres_between(*PLACES[p], *PLACES[q]) + 0.5) for p, q in itertools.pairwise(stops)
    )


def _table(city) -> pd.DataFrame:
    return station_distances(city).set_index(["from_stop_id", "to_stop_id"]).sort_index()


def test_hand_worked_distances():
    city = small_city(LINES, PLACES, names={"c": "Cross", "x": "Cross"})
    table = _table(city)
    assert table.loc[("a", "d"), "distance_m"] == _way("a", "b", "c", "d")
    # Changing lines adds nothing: tracks a-b-c and x-s.
    assert table.loc[("a", "s"), "distance_m"] == _way("a", "b", "c") + _way("x", "s")
    assert table.loc[("a", "s"), "route_id"] == "A"
    assert table.loc[("s", "a"), "route_id"] == "B"
    # To the crossing itself the way ends where its line ends.
    assert table.loc[("a", "c"), "distance_m"] == _way("a", "b", "c")
    assert ("a", "x") not in table.index
    # A ring goes the shorter way round.
    assert table.loc[("r1", "r4"), "distance_m"] == _way("r1", "r4")
    assert table.loc[("r1", "r3"), "distance_m"] == min(
        _way("r1", "r2", "r3"), _way("r1", "r4", "r3"))  # fmt: skip
    # Nothing joins the ring to the cross.
    assert ("a", "r1") not in table.index


def test_near_stations_of_different_lines_join_without_a_name():
    table = _table(small_city(LINES, PLACES))
    assert ("a", "s") in table.index
    apart = {**PLACES, "x": (37.5003, 127.0045)}  # 400 m away
    assert ("a", "s") not in _table(small_city(LINES, apart)).index
    named = small_city(LINES, apart, names={"c": "Cross", "x": " cross "})
    assert ("a", "s") in _table(named).index


def test_parent_station_joins():
    apart = {**PLACES, "x": (37.5003, 127.0045)}
    city = small_city(LINES, apart)
    city.stops["parent_station"] = city.stops["stop_id"].map({"c": "P", "x": "P"})
    assert ("a", "s") in _table(city).index


def test_same_name_far_away_is_another_station():
    city = small_city(LINES, PLACES, names={"a": "Yangpyeong", "r1": "Yangpyeong"})
    assert ("b", "r2") not in _table(city).index


def test_one_direction_and_no_gates():
    table = _table(small_city(LINES, PLACES, both_ways=False))
    assert table.loc[("d", "a"), "distance_m"] == table.loc[("a", "d"), "distance_m"]
    buses = {k: ("bus", v) for k, (_, v) in LINES.items()}
    assert station_distances(small_city(buses, PLACES)).empty
    rail = {k: ("rail", v) for k, (_, v) in LINES.items()}
    assert not station_distances(small_city(rail, PLACES, gated_modes=["rail"])).empty


def test_unusable_distances_fall_back_to_crows_way():
    crow = np.array([100, 200])
    assert along_route((0, 150, 400), crow).tolist() == [0, 150, 400]
    assert along_route((10, 150, 140), crow).tolist() == [0, 140, 140]
    assert along_route((0, float("nan"), 400), crow).tolist() == [0, 100, 300]
    assert along_route((0, 150), crow).tolist() == [0, 100, 300]
    assert along_route(None, crow).tolist() == [0, 100, 300]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(3, 7))
def test_laws_on_random_networks(seed, lines, stops):
    draw = np.random.default_rng(seed)
    places = {f"s{i}": (37.4 + 0.2 * draw.random(), 126.9 + 0.2 * draw.random()) for i in range(9)}
    order = {
        f"L{k}": ("subway", [f"s{i}" for i in draw.choice(9, size=stops, replace=False)])
        for k in range(lines)
    }
    city = small_city(order, places)
    table = _table(city)["distance_m"]
    for (a, b), metres in table.items():
        assert metres > 0
        back = table.get((b, a))
        assert back is None or back == metres
        # Tracks are never shorter than the crow flies, but for stations joined by walking.
        assert metres >= metres_between(*places[a], *places[b]) * 0.999 - 1_100
    ids = sorted({a for a, _ in table.index})
    for a in ids[:4]:
        for b in ids[:4]:
            for c in ids[:4]:
                if len({a, b, c}) == 3 and {(a, b), (b, c), (a, c)} <= set(table.index):
                    assert table[a, c] <= table[a, b] + table[b, c]
