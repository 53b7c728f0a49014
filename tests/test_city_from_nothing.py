"""A city with no feed and no table: laid out by a rule, and honest about it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.checks import check
from course.city.from_nothing import STOP_EVERY_M, Bare, add_bare_city, lay_out
from course.city.metres import metres_between
from course.commands.dispatch import find, run
from course.errors import CourseError, UsageError

BARE = Bare(-28.5, -110.2, 900_000, 210.0, currency="USD", fictional=True)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return add_bare_city("Sandara", BARE, title="Sandara", where=tmp_path_factory.mktemp("packs"))


def test_six_radials_and_a_ring(city):
    lines = city.routes
    assert len(lines) == 7
    ring = next(p for p in city.patterns.itertuples() if p.route_id == "L7")
    assert ring.stop_ids[0] == ring.stop_ids[-1]
    for line in lines["route_id"]:
        stops = next(p.stop_ids for p in city.patterns.itertuples() if p.route_id == line)
        assert (stops[0] == "C00" or stops[-1] == "C00") == (line != "L7")


def test_the_land_sets_the_reach(city):
    """A circle of 210 km2 has a radius of 8.18 km: 27 stops of 300 m."""
    assert sum(city.stops["stop_id"].str.startswith("L1-")) == 27
    far = city.stops[city.stops["stop_id"] == "L1-27"].iloc[0]
    km = metres_between(-28.5, -110.2, far["lat"], far["lon"]) / 1_000
    assert 8.0 < km < 8.3


def test_everything_says_synthetic(city):
    sources = city.sources
    present = sources[sources["origin"] != "missing"]
    assert set(present["origin"]) == {"synthetic"}
    assert "no such line runs" in present["method"].iloc[0]
    assert "FICTIONAL" in present["method"].iloc[0]
    assert "does not exist" in (city.path / "README.md").read_text("utf-8")


def test_the_pack_is_sound(city):
    report = check(city, validator=True)
    assert report.faults == []
    assert report.validator["errors"] == 0 if "errors" in report.validator else True
    assert int(city.zones["population"].sum()) == 900_000


def test_the_same_name_gives_the_same_bytes(tmp_path, city):
    again = add_bare_city("Sandara", BARE, title="Sandara", where=tmp_path)
    assert again.fingerprint == city.fingerprint
    other = add_bare_city("Sandarb", BARE, title="Sandara", where=tmp_path)
    assert other.fingerprint != city.fingerprint


@settings(max_examples=40)
@given(
    lat=st.floats(-75, 75), lon=st.floats(-180, 180),
    area=st.floats(4, 5_000), people=st.integers(1_000, 60_000_000),
)  # fmt: skip
def test_any_place_on_earth(lat, lon, area, people):
    stations, lines, headways = lay_out("x", Bare(lat, lon, people, area))
    assert stations["stop_id"].is_unique
    assert set(lines["stop_id"]) == set(stations["stop_id"])
    assert stations["lat"].between(-90, 90).all()
    assert stations["lon"].between(-180, 180).all()
    place = stations.set_index("stop_id")
    for _, line in lines.groupby("line_id"):
        at = place.loc[line.sort_values("sequence")["stop_id"], ["lat", "lon"]].to_numpy()
        steps = metres_between(at[:-1, 0], at[:-1, 1], at[1:, 0], at[1:, 1])
        near_date_line = abs(abs(lon) - 180) < 2  # metres_between measures the long way there
        assert near_date_line or steps.max() < 3 * STOP_EVERY_M
    assert set(headways["line_id"]) == set(lines["line_id"])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"lat": 91}, "centre"),
        ({"lat": float("nan")}, "centre"),
        ({"population": 3}, "people"),
        ({"area_km2": float("inf")}, "land"),
        ({"timezone": "Mars/North"}, "time zone"),
        ({"currency": "???"}, "currency"),
    ],
)
def test_what_cannot_be_a_city_is_refused(change, word):
    given = {"lat": 1.0, "lon": 2.0, "population": 5_000, "area_km2": 20.0, **change}
    with pytest.raises(UsageError, match=word):
        Bare(**given)


def test_the_command(tmp_path, capsys):
    base = ["add", "nowhere", "--where", str(tmp_path)]
    full = [*base, "--centre=-10,60.5", "--population", "200000", "--area", "60"]
    command = find("course", "city")
    assert run(command, full) == 0
    assert "is in" in capsys.readouterr().out
    with pytest.raises(UsageError, match="already"):
        run(command, full)
    assert run(command, [*full, "--replace"]) == 0
    for wrong in (
        [*base, "--centre", "1,2"],
        [*base, "--population", "5000", "--area", "50"],
        ["add", "x", "--where", str(tmp_path), "--centre", "here", "--population", "5000",
         "--area", "50"],
        ["add", "seoul", "--where", str(tmp_path), "--centre", "1,2", "--population", "5000",
         "--area", "50"],
    ):  # fmt: skip
        with pytest.raises(CourseError):
            run(command, wrong)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["nowhere"]


def test_what_was_given_is_shown_as_given_and_not_as_made(tmp_path):
    """The land the lines reach is less than the land of the city: the deck says the city's."""
    from course.documents import city_facts

    made = add_bare_city("Given", Bare(10.7, 122.5, 450_000, 120.0), where=tmp_path)
    found = {f.unit: f for f in city_facts.figures(made)}
    assert (found["people"].amount, found["km² of land"].amount) == (450_000, 120.0)
    assert found["people per km²"].amount == 3_750
    assert not any(found[u].synthetic for u in ("people", "km² of land", "people per km²"))
    assert "as given" in found["people"].note and city_facts.network(made).synthetic


def test_a_city_on_both_sides_of_the_date_line_is_refused(tmp_path):
    for lon in (-179.99, 180.0, 179.96):
        with pytest.raises(UsageError, match="180 degrees"):
            add_bare_city("Torn", Bare(-14.5, lon, 450_000, 120.0), where=tmp_path)
    assert list(tmp_path.iterdir()) == []
    suva = add_bare_city("Suva", Bare(-18.14, 178.44, 94_000, 26.0), where=tmp_path)
    assert suva.stops["lon"].max() - suva.stops["lon"].min() < 0.2


def test_south_of_the_equator_and_thousands_as_people_write_them(tmp_path, capsys):
    base = ["add", "--where", str(tmp_path), "--area", "60", "--centre", "-10.5,-60.5"]
    for number, people in enumerate(("200000", "200,000", "200 000", "۲۰۰۰۰۰")):
        assert run(find("course", "city"), [*base, f"c{number}", "--population", people]) == 0
    capsys.readouterr()
    for people in ("200,00", "2e5", "", "-5", "many", "200,000 000"):
        with pytest.raises(SystemExit):
            run(find("course", "city"), [*base, "bad", "--population", people])
        assert "write it as 450000" in capsys.readouterr().err or people == "-5"
    with pytest.raises(SystemExit):  # an option is still one
        run(find("course", "city"), ["add", "bad", "--centre", "--area", "60"])
