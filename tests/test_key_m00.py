"""What is special about the answers of module 00: variants, guards, and cities of any shape."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pandas as pd
import pytest

from course.city.importing import read_export
from course.city.pack import City
from course.exercises import m00_orientation as m00
from course.visits.routes import place_of
from tests.cities_by_turns import BUNDLED
from tests.key_cases import bundled, drawn, is_right, key

MANY = tuple(f"trainee{n}" for n in range(25))
each_bundled = pytest.mark.parametrize("name", BUNDLED)


def right(question: str, city: City, trainee: str):
    return key(question).expected(question, city, drawn(question, city, trainee))


# ---- the numbers, by plain arithmetic ------------------------------------------------


@each_bundled
def test_density_by_hand(name: str):
    city = bundled(name)
    people = sum(city.zones["population"].tolist())
    land = sum(city.zones["area_km2"].tolist())
    assert right("m00_density", city, "ana") == pytest.approx(people / land, rel=1e-12)


def test_seouls_density_is_the_published_one_within_the_tolerance():
    assert is_right("m00_density", 9_597_372 / 605.2, bundled("seoul"), "ana")
    assert not is_right("m00_density", 9_597_372 / 25, bundled("seoul"), "ana")


@each_bundled
def test_the_share_above_the_line_by_hand(name: str):
    city = bundled(name)
    for trainee in MANY[:5]:
        line = drawn("m00_above", city, trainee).params["line"]
        rows = [
            (p, p / a)
            for p, a in zip(city.zones["population"], city.zones["area_km2"], strict=True)
        ]
        above = sum(p for p, d in rows if d > line)
        wanted = 100 * above / sum(p for p, _ in rows)
        assert right("m00_above", city, trainee) == pytest.approx(wanted)


@each_bundled
def test_the_line_lies_between_the_named_quantiles_and_tells_shares_apart(name: str):
    city = bundled(name)
    density = (city.zones["population"] / city.zones["area_km2"]).sort_values()
    low, high = density.quantile(0.30), density.quantile(0.70)
    for trainee in MANY:
        line = drawn("m00_above", city, trainee).params["line"]
        assert low * 0.995 <= line <= high * 1.005
        assert 0 < right("m00_above", city, trainee) < 100


# ---- the most crowded zone -----------------------------------------------------------


def eight(city: City, trainee: str) -> pd.DataFrame:
    from course.exercises import exercise
    from course.identity import Who

    return exercise("m00_zones", city, who=Who(trainee)).set_index("letter")


@pytest.mark.parametrize("name", ["seoul", "iloilo"])
def test_the_densest_is_neither_the_largest_nor_the_smallest(name: str):
    city = bundled(name)
    for trainee in MANY:
        draw = drawn("m00_densest", city, trainee)
        assert draw.params["variant"] == "density"
        table = eight(city, trainee)
        density = (table["population"] / table["area_km2"]).sort_values(ascending=False)
        assert right("m00_densest", city, trainee) == density.index[0]
        assert density.iloc[0] >= 1.01 * density.iloc[1]
        assert density.index[0] not in (table["population"].idxmax(), table["area_km2"].idxmin())
        hints = dict(key("m00_densest").wrong_values("m00_densest", city, draw))
        assert "Most people is not most crowded." in hints[table["population"].idxmax()]


def test_zones_of_one_size_ask_for_jobs_instead():
    city = bundled("mashhad")
    for trainee in MANY:
        draw = drawn("m00_densest", city, trainee)
        assert draw.params["variant"] == "jobs"
        assert "most jobs for each resident" in draw.params["asked"]
        table = eight(city, trainee)
        assert right("m00_densest", city, trainee) == (table["jobs"] / table["population"]).idxmax()


def small(zones: pd.DataFrame) -> SimpleNamespace:
    return SimpleNamespace(fingerprint="f", zones=zones, title="Small", currency="XXX")


def zones_of(*rows: tuple[int, float]) -> pd.DataFrame:
    return pd.DataFrame([
        {"zone_id": f"z{i}", "name": f"Zone {i}", "population": p, "area_km2": a, "jobs": 5 * i}
        for i, (p, a) in enumerate(rows)
    ])  # fmt: skip


def test_a_city_with_few_zones_has_fewer_letters():
    drawn_ = m00._draw_zones(small(zones_of((100, 1.0), (500, 9.0), (300, 2.0))), "k")
    assert sorted(k for k in drawn_ if k.startswith("zone_")) == ["zone_a", "zone_b", "zone_c"]
    assert drawn_["option_h"] == "no zone" and drawn_["variant"] == "density"


def test_zones_without_people_or_land_are_not_asked_for():
    drawn_ = m00._draw_zones(small(zones_of((0, 1.0), (500, 9.0), (300, 0.0), (10, 1.0))), "k")
    assert {v for k, v in drawn_.items() if k.startswith("zone_")} == {"z1", "z3"}


def test_a_city_of_one_zone_draws_a_line():
    assert m00._draw_line(small(zones_of((100, 1.0))), "k")["line"] == 100


# ---- frames --------------------------------------------------------------------------


@each_bundled
def test_two_to_six_frames_are_synthetic_and_the_number_differs(name: str):
    city = bundled(name)
    counts = {right("m00_synth", city, trainee) for trainee in MANY}
    assert counts <= set(range(2, 7)) and len(counts) >= 3
    origins = city.sources.set_index("frame")["origin"]
    for trainee in MANY[:5]:
        frames = drawn("m00_synth", city, trainee).params["frames"]
        assert len(set(frames)) == 8 and "rides" not in frames
        assert right("m00_synth", city, trainee) == (origins[frames] == "synthetic").sum()


def test_a_city_without_synthetic_frames_counts_rows():
    sources = pd.DataFrame(
        [(f, 10 + i, "real") for i, f in enumerate(
            ["stops", "routes", "trips", "stop_times", "calendar", "zones", "requests",
             "projects", "ballots"])],
        columns=["frame", "rows", "origin"],
    )  # fmt: skip
    city = SimpleNamespace(
        fingerprint="f", sources=sources, frame=lambda name: pd.DataFrame({"x": range(3)})
    )
    found = m00._draw_frames(city, "k")
    assert found["variant"] == "rows" and len(found["frames"]) == 8 and found["unit"] == "rows"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["busan_metro", "bogor"])
def test_a_host_sees_the_same_frames_as_the_trainee(
    name: str, city_of: Callable[[str], City], tmp_path
):
    """Lines, headways and rides stay at home; what is drawn must not depend on them."""
    city = city_of(name)
    host = City(read_export(city.export(tmp_path / "city.zip"), tmp_path / "host"))
    for trainee in MANY[:5]:
        here, there = (drawn("m00_synth", c, trainee).params for c in (city, host))
        assert here == there
        assert right("m00_synth", city, trainee) == right("m00_synth", host, trainee)


# ---- the way between two visits ------------------------------------------------------


def test_the_way_is_far_enough_and_by_day():
    city = bundled("seoul")
    seen = set()
    for trainee in MANY:
        asked = drawn("m00_route", city, trainee).params
        a, b = place_of(asked["start"]), place_of(asked["end"])
        assert ((a.lat - b.lat) * 111.2) ** 2 + ((a.lon - b.lon) * 88) ** 2 > 3.9**2
        assert "09:00" <= asked["depart"] < "16:00"
        assert 15 < right("m00_route", city, trainee) < 150
        seen.add((asked["start"], asked["end"], asked["depart"]))
    assert len(seen) > 20


def test_the_way_is_seouls_in_every_city():
    """A trainee of Iloilo is sent through Seoul: the visits are there."""
    asked = drawn("m00_route", bundled("iloilo"), "ana")
    value = key("m00_route").expected("m00_route", bundled("iloilo"), asked)
    assert value == key("m00_route").expected("m00_route", bundled("seoul"), asked)


def test_minutes_in_the_train_and_from_station_to_station_have_hints():
    city = bundled("seoul")
    draw = drawn("m00_route", city, "ana")
    wrong = key("m00_route").wrong_values("m00_route", city, draw)
    assert [hint for _, hint in wrong][:2] == [
        "You wait, change and walk too.", "From door to door, not from station to station.",
    ]  # fmt: skip
    assert all(value < right("m00_route", city, "ana") for value, _ in wrong[:2])
