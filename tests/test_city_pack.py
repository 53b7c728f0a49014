"""A pack: how it is found, what its frames hold, what a wrong one says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import City
from course.city.fingerprint import frame_digest
from course.city.importing import add_city
from course.city.pack import default_city, find_city
from course.city.patterns import patterns
from course.city.schema import TABLES
from course.city.timetable import frames_from_lines
from course.errors import CourseError
from tests.city_feeds import SOUND, write_feed

STATIONS = "stop_id,name,name_local,lat,lon,daily\na,Aa,가,37.50,127.00,5\n" \
    "b,Bb,나,37.51,127.01,\nc,\"C, c\",다,37.52,127.03,7\n"  # fmt: skip
LINES = "line_id,mode,name,name_local,color,sequence,stop_id\n" + "".join(
    f"1,subway,Line 1,1호선,#0052A4,{i},{s}\n" for i, s in enumerate("abc", start=1)
)
HEADWAYS = "line_id,day,start_min,end_min,headway_min,speed_kmh\n1,weekday,330,420,6,36\n" \
    "1,weekday,420,540,3,36\n1,sunday,330,1440,8,36\n"  # fmt: skip
PACKAGE = {
    "name": "mini",
    "city": {"id": "mini", "title": "Mini", "country": "KR", "centre": {"lat": 37.5, "lon": 127.0},
             "timezone": "Asia/Seoul", "currency": "KRW", "languages": ["ko"]},
    "resources": [
        {"name": n, "path": f"{n}.csv", "format": "csv", "origin": "facts", "year": 2024,
         "licenses": [{"name": "CC0-1.0"}], "sources": [{"title": "a test"}]}
        for n in ("stations", "lines", "headways")
    ],
}  # fmt: skip


@pytest.fixture
def mini(tmp_path):
    """A folder with a pack built from one line of three stations."""
    folder = tmp_path / "packs" / "mini"
    folder.mkdir(parents=True)
    for name, text in (("stations", STATIONS), ("lines", LINES), ("headways", HEADWAYS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "datapackage.json").write_text(json.dumps(PACKAGE), encoding="utf-8")
    return folder


def test_a_pack_is_found_in_order(mini, tmp_path, monkeypatch):
    assert City.open(mini).id == City.open(str(mini)).id == "mini"
    monkeypatch.setenv("COURSE_CITIES", str(mini.parent))
    assert City.open("mini").path == mini.resolve()
    monkeypatch.setenv("COURSE_CITY", "mini")
    assert City.open().id == "mini"
    with pytest.raises(CourseError, match=r"no city pack 'nowhere'.*mini"):
        City.open("nowhere")
    for name in ("../packs/mini", "", ".", "mini\x00"):
        with pytest.raises(CourseError):
            find_city(name)


def test_the_default_city(tmp_path, monkeypatch):
    assert default_city() == "seoul"
    workspace = tmp_path / "w"
    workspace.mkdir()
    monkeypatch.setenv("COURSE_WORKSPACE", str(workspace))
    (workspace / "profile.json").write_text('{"course_workspace": true, "city": "iloilo"}')
    assert default_city() == "iloilo"
    (workspace / "profile.json").write_text("[]")
    assert default_city() == "seoul"


def test_opening_a_city_loads_no_heavy_package():
    code = "import sys; from course import City; " \
        "print({'scipy', 'matplotlib', 'sklearn', 'duckdb'} & set(sys.modules))"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_timetable_from_lines_by_hand(mini):
    city = City.open(mini)
    calls = city.stop_times[city.stop_times["trip_id"] == "1-0-weekday-36"]
    # a to b: 1,112 m north, 882 m east = 1,419 m; 36 km/h is 10 m/s: 142 s
    assert calls["distance_m"].tolist() == [0, 1419, 3504]
    assert calls["arrival_min"].tolist() == pytest.approx([330, 330 + 142 / 60, 330 + 350 / 60])
    told = ["route_id", "mode", "route_type", "color", "name_local"]
    assert city.routes[told].iloc[0].tolist() == [
        "1", "subway", 1, "#0052a4", "1호선"]  # fmt: skip
    # 5:30-7:00 each 6 min = 15, 7:00-9:00 each 3 min = 40, both ways
    assert city.patterns["trips_per_day"].tolist() == [55, 55]
    assert city.patterns["stop_ids"].tolist() == [("a", "b", "c"), ("c", "b", "a")]
    assert city.service_ids() == ["weekday"] and city.service_ids("sunday") == ["sunday"]
    assert city.service_ids("saturday") == []
    assert city.stops["daily"].tolist()[0] == "5"
    assert city.bundled is False and city.built_from_lines


def test_sources_and_badges(mini):
    city = City.open(mini)
    assert city.is_synthetic("stops") is False and city.badge("stops", "routes") == ""
    assert city.is_synthetic("stop_times") and city.is_synthetic("stops", "patterns")
    assert city.badge("stop_times").startswith("SYNTHETIC: timetable built")
    assert city.is_synthetic("zones") and city.badge("zones").startswith("SYNTHETIC: ")
    said = city.sources.set_index("frame")
    assert said.loc["stops", ["rows", "origin", "method", "year", "licence"]].tolist() == [
        3, "facts", "a test", 2024, "CC0-1.0"]  # fmt: skip
    assert said.loc["weblog", "origin"] == "missing"
    assert set(said["origin"]) <= {"real", "facts", "synthetic", "missing"}


def test_every_access_is_a_copy(mini):
    city = City.open(mini)
    stops = city.stops
    stops["lat"] = 0.0
    stops.loc[0, "name"] = "spoilt"
    assert city.stops["lat"].tolist()[0] == 37.5 and city.stops["name"].tolist()[0] == "Aa"


def test_a_missing_frame_is_said(mini):
    with pytest.raises(CourseError, match="no table sensors"):
        City.open(mini).sensors  # noqa: B018
    with pytest.raises(AttributeError):
        City.open(mini).nonsense  # noqa: B018
    assert City.open(mini).frequencies.shape[0] > 0 and City.open(mini).shapes.empty


WRONG = [
    ("stations.csv", "37.51,127.01", "x,127.01", "row 3, column lat: 'x' is no number"),
    ("stations.csv", "37.51", "97.51", "row 3, column lat: 97.51 is above 90"),
    ("stations.csv", "37.51", "", "row 3, column lat: the cell is empty"),
    ("stations.csv", "stop_id,name", "id,name", "stations.csv has no column stop_id"),
    ("stations.csv", "b,Bb", "a,Bb", "stations lists a twice"),
    ("lines.csv", "subway", "maglev", "column mode: 'maglev' is none of"),
    ("lines.csv", "1,subway,Line 1,1호선,#0052A4,2,b", "1,subway,Line 1,1호선,#0052A4,2,zz",
     "lines, row 3: line 1 calls at zz"),
    ("lines.csv", ",2,b", ",2.5,b", "2.5 is no whole number"),
    ("headways.csv", "1,weekday,420", "1,weekday,400", "row 3: the period begins before"),
    ("headways.csv", "3,36", "0,36", "row 3: a period, headway or speed"),
    ("headways.csv", "1,sunday", "7,sunday", "row 4: there is no line 7"),
    ("headways.csv", "1,sunday", "1,holiday", "'holiday' is none of"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "words"), WRONG)
def test_a_wrong_cell_is_named(mini, file, old, new, words):
    path = mini / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        City.open(mini).stop_times  # noqa: B018
    assert words in str(caught.value) and caught.value.remedy


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "cannot be read as JSON"), ("[]", "no 'city' property"), ('{"city": {}}', "city's id"),
     ('{"city": {"id": "a", "title": "A"}}', "no resources"),
     ('{"city": {"id": "a", "title": "A"}, "resources": [{"name": "x", "path": "../../etc"}]}',
      "leaves the pack"),
     ('{"city": {"id": "a", "title": "A"}, "resources": [{"name": "x", "path": "/etc/passwd"}]}',
      "leaves the pack"),
     ('{"city": {"id": "a", "title": "A"}, "resources": [{"name": "x"}, {"name": "x"}]}', "twice")],
)  # fmt: skip
def test_a_wrong_description_is_refused(mini, text, words):
    (mini / "datapackage.json").write_text(text)
    with pytest.raises(CourseError, match=words):
        City.open(mini)


def test_circular_one_way_and_two_lists_of_stops():
    stations = pd.DataFrame({"stop_id": list("abc"), "name": list("ABC")})
    stations = stations.assign(lat=[37.5, 37.5, 37.51], lon=[127.0, 127.01, 127.0])
    rows = [("loop", "bus", "L", i, s, pd.NA, 0) for i, s in enumerate("abca")]
    rows += [("pair", "bus", "P", i, s, 0, pd.NA) for i, s in enumerate("ab")]
    rows += [("pair", "bus", "P", i, s, 1, pd.NA) for i, s in enumerate("bca")]
    lines = pd.DataFrame(rows, columns=["line_id", "mode", "name", "sequence", "stop_id",
                                        "direction_id", "two_way"])  # fmt: skip
    lines = lines.astype({"direction_id": "Int64", "two_way": "Int64"})
    headways = pd.DataFrame({"line_id": ["loop", "pair"], "day": "weekday", "start_min": 360.0,
                             "end_min": 420.0, "headway_min": 10.0, "speed_kmh": 20.0})  # fmt: skip
    frames = frames_from_lines(stations, lines, headways)
    found = patterns(frames["routes"], frames["trips"], frames["stop_times"],
                     frames["frequencies"], services=["weekday"])  # fmt: skip
    assert found["stop_ids"].tolist() == [tuple("abca"), tuple("ab"), tuple("bca")]
    assert found["trips_per_day"].tolist() == [6, 6, 6]


def test_no_lines_give_empty_frames():
    none = {n: pd.DataFrame({c.name: pd.Series(dtype=c.dtype) for c in TABLES[n].columns})
            for n in ("stations", "lines", "headways")}  # fmt: skip
    frames = frames_from_lines(none["stations"], none["lines"], none["headways"])
    assert all(frame.empty for frame in frames.values())
    found = patterns(
        *(frames[n] for n in ("routes", "trips", "stop_times", "frequencies")), services=[]
    )
    assert found.empty and "stop_ids" in found


def test_the_weekend_of_another_country():
    stations = pd.DataFrame({"stop_id": ["a", "b"], "name": "x", "lat": [36.2, 36.3], "lon": 59.5})
    lines = pd.DataFrame({"line_id": "1", "mode": "subway", "name": "1", "sequence": [1, 2],
                          "stop_id": ["a", "b"]})  # fmt: skip
    headways = pd.DataFrame({"line_id": "1", "day": ["weekday", "saturday", "sunday"],
                             "start_min": 360.0, "end_min": 420.0, "headway_min": 10.0,
                             "speed_kmh": 20.0})  # fmt: skip
    calendar = frames_from_lines(stations, lines, headways, weekend_days=["thursday", "friday"])[
        "calendar"
    ]
    days = calendar.set_index("service_id")
    assert days.loc["saturday", "thursday"] == 1 and days.loc["sunday", "friday"] == 1
    assert days.loc["weekday", ["saturday", "sunday", "monday"]].tolist() == [1, 1, 1]
    friday = frames_from_lines(stations, lines, headways, weekend_days=["friday"])["calendar"]
    assert friday["service_id"].tolist() == ["weekday", "sunday"]
    assert friday["friday"].tolist() == [0, 1]


@st.composite
def timetables(draw):
    """Random trips over five stops and two routes."""
    stop_times, trips = [], []
    for number in range(draw(st.integers(1, 12))):
        route, service = draw(st.sampled_from(["r1", "r2"])), draw(st.sampled_from("xy"))
        trips.append((f"t{number}", route, service, draw(st.integers(0, 1))))
        stops = draw(st.lists(st.sampled_from("abcde"), min_size=2, max_size=5))
        stop_times += [(f"t{number}", k, s, 10 * k) for k, s in enumerate(stops)]
    return (
        pd.DataFrame(trips, columns=["trip_id", "route_id", "service_id", "direction_id"]),
        pd.DataFrame(stop_times, columns=["trip_id", "stop_sequence", "stop_id", "distance_m"]),
    )


@settings(deadline=None, max_examples=60)
@given(timetables())
def test_patterns_conserve_trips(case):
    trips, stop_times = case
    stop_times = stop_times.sort_values(["trip_id", "stop_sequence"], ignore_index=True)
    routes = pd.DataFrame({"route_id": ["r1", "r2"], "mode": ["bus", "subway"]})
    none = pd.DataFrame({"trip_id": [], "start_min": [], "end_min": [], "headway_min": []})
    found = patterns(routes, trips, stop_times, none, services=["x"])
    assert found["trips_per_day"].sum() == (trips["service_id"] == "x").sum()
    by_hand = {
        (
            t.route_id,
            t.direction_id,
            tuple(stop_times.loc[stop_times["trip_id"] == t.trip_id, "stop_id"]),
        )
        for t in trips.itertuples()
    }
    rows = set(zip(found["route_id"], found["direction_id"], found["stop_ids"], strict=True))
    assert rows == by_hand and found["pattern_id"].is_unique


def test_trip_statistics_against_a_plain_loop(test_data, tmp_path):
    from course.city.trip_stats import trip_stats

    city = add_city("cairns", [test_data / "gtfs" / "cairns.zip"], where=tmp_path)
    stats = trip_stats(city).set_index("trip_id")
    calls = city.stop_times
    for trip_id, part in list(calls.groupby("trip_id"))[::97]:
        part = part.sort_values("stop_sequence")
        row = stats.loc[trip_id]
        assert row["num_stops"] == len(part)
        assert row["start_stop_id"] == part["stop_id"].iloc[0]
        assert row["end_min"] == part["arrival_min"].iloc[-1]
        assert row["duration_min"] == part["arrival_min"].iloc[-1] - part["departure_min"].iloc[0]
    assert stats["speed_kmh"].median() == pytest.approx(27, abs=8)  # a bus in a small city


# --- fingerprint -------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.text(max_size=4), st.floats(-90, 90), st.floats(-180, 180))),
    st.randoms(),
)
def test_the_order_of_rows_does_not_count(rows, random):
    frame = pd.DataFrame(rows, columns=["stop_id", "lat", "lon"]).astype({"stop_id": "str"})
    mixed = frame.sample(frac=1, random_state=random.randrange(2**31))
    assert frame_digest(frame, "stops") == frame_digest(mixed, "stops")


def test_what_counts_in_a_fingerprint(mini):
    first = City.open(mini).fingerprint
    assert len(first) == 16 and int(first, 16) >= 0
    lines = mini / "lines.csv"
    head, *rows = lines.read_text(encoding="utf-8").splitlines()
    lines.write_text("\r\n".join(["\ufeff" + head, *rows[::-1]]), encoding="utf-8")
    assert City.open(mini).fingerprint == first
    (mini / "README.md").write_text("words")
    moved = mini.with_name("elsewhere")
    shutil.copytree(mini, moved)
    assert City.open(moved).fingerprint == first
    headways = moved / "headways.csv"
    headways.write_text(headways.read_text().replace("420,540,3", "420,540,4"))
    assert City.open(moved).fingerprint != first
    package = json.loads((mini / "datapackage.json").read_text())
    package["city"]["fare_policy"] = {"name": "flat", "base": {"*": {"*": 1}}}
    (mini / "datapackage.json").write_text(json.dumps(package))
    assert City.open(mini).fingerprint != first


def test_texts_that_look_alike_when_joined_differ():
    def digest(a: str, b: str) -> bytes:
        frame = pd.DataFrame({"stop_id": [a, b], "name": "x", "lat": 1.0, "lon": 2.0})
        return frame_digest(frame, "stops")

    assert digest("ab", "c") != digest("a", "bc")


def test_minus_zero_is_zero():
    zero = pd.DataFrame({"stop_id": ["a"], "name": "x", "lat": [0.0], "lon": [2.0]})
    assert frame_digest(zero, "stops") == frame_digest(zero.assign(lat=-0.0), "stops")


def test_the_same_fingerprint_gives_the_same_order_of_rows(tmp_path):
    feed = write_feed(tmp_path / "a.zip", SOUND)
    turned = {}
    for name, text in SOUND.items():
        head, *rows = text.strip().split("\n")
        turned[name] = "\n".join([head, *rows[::-1]]) + "\n"
    a = add_city("town", [feed], where=tmp_path / "a")
    b = add_city("town", [write_feed(tmp_path / "b.zip", turned)], where=tmp_path / "b")
    assert a.fingerprint == b.fingerprint
    for name in ("stops", "routes", "trips", "stop_times", "calendar"):
        pd.testing.assert_frame_equal(a.frame(name), b.frame(name))
    assert np.array_equal(a.patterns["pattern_id"], b.patterns["pattern_id"])
