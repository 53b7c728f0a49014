"""The three bundled packs: built from their sources, complete about what they lack."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from course import City
from course.city.metres import metres_between
from course.city.schema import MODES, TABLES

ROOT = Path(__file__).resolve().parents[1]
DATASETS = ROOT / "datasets"
PACKS = ("seoul", "mashhad", "iloilo")
TABLE_FILES = sorted(DATASETS.glob("*/*.csv"))
BUILT = {
    "seoul": ("stations", "lines", "station_boardings", "missing"),
    "mashhad": ("stations", "lines", "missing"),
    "iloilo": ("stations", "lines", "zones", "missing"),
}


def read(pack: str, name: str) -> pd.DataFrame:
    return pd.read_csv(DATASETS / pack / f"{name}.csv", dtype=str, keep_default_na=False)


def package(pack: str) -> dict:
    return json.loads((DATASETS / pack / "datapackage.json").read_text(encoding="utf-8"))


def steps(pack: str) -> pd.DataFrame:
    """One row per pair of neighbours on a line: line_id, from, to, metres."""
    lines = read(pack, "lines").astype({"sequence": int})
    place = read(pack, "stations").set_index("stop_id")[["lat", "lon"]].astype(float)
    rows = []
    for (line_id, _), line in lines.groupby(["line_id", "direction_id"]):
        stops = line.sort_values("sequence")["stop_id"].tolist()
        for a, b in pairwise(stops):
            metres = float(metres_between(*place.loc[a], *place.loc[b]))
            rows.append((line_id, a, b, metres))
    return pd.DataFrame(rows, columns=["line_id", "a", "b", "metres"])


def order(pack: str, line_id: str, direction: str = "") -> list[str]:
    lines = read(pack, "lines").astype({"sequence": int})
    own = lines[(lines["line_id"] == line_id) & (lines["direction_id"] == direction)]
    return own.sort_values("sequence")["stop_id"].tolist()


# --- form -----------------------------------------------------------------------------


@pytest.mark.parametrize("pack", PACKS)
def test_the_description_is_a_data_package(pack: str) -> None:
    described = package(pack)
    assert described["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert described["name"] == pack and described["licenses"] and described["title"]
    city = described["city"]
    for key in ("id", "title", "country", "centre", "timezone", "currency", "languages",
                "weekend_days", "fare_policy", "area_km2", "population"):  # fmt: skip
        assert city[key], key
    files = {path.name for path in (DATASETS / pack).iterdir()}
    assert files == {r["path"] for r in described["resources"]} | {"datapackage.json", "README.md"}
    for resource in described["resources"]:
        name = resource["name"]
        assert re.fullmatch(r"[a-z_]+", name) and resource["path"] == f"{name}.csv"
        unsourced = resource["method"].startswith("no source")
        assert resource["origin"] in (("synthetic",) if unsourced else ("real", "facts"))
        assert resource["method"]
        assert isinstance(resource["year"], int)
        assert resource["licenses"] and all(x.get("name") for x in resource["licenses"])
        assert resource["sources"] and all(x.get("title") for x in resource["sources"])
        fields = resource["schema"]["fields"]
        with (DATASETS / pack / resource["path"]).open(encoding="utf-8", newline="") as stream:
            assert [f["name"] for f in fields] == next(csv.reader(stream)), name
        for field in fields:
            assert field["type"] in ("string", "integer", "number") and field["description"]


@pytest.mark.parametrize("pack", PACKS)
def test_the_columns_fit_what_the_course_reads(pack: str) -> None:
    for resource in package(pack)["resources"]:
        table = TABLES.get(resource["name"])
        if table:
            names = {f["name"] for f in resource["schema"]["fields"]}
            assert set(table.required) <= names
    assert set(read(pack, "lines")["mode"]) <= set(MODES)


@pytest.mark.parametrize("path", TABLE_FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_tables_are_small_clean_utf8(path: Path) -> None:
    raw = path.read_bytes()
    assert len(raw) <= 1_000_000 and b"\r" not in raw and raw.endswith(b"\n")
    assert not raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8")
    assert text == unicodedata.normalize("NFC", text) and "\ufffd" not in text
    rows = list(csv.reader(text.splitlines()))
    assert len(rows) > 1 and {len(row) for row in rows} == {len(rows[0])}
    assert len({tuple(row) for row in rows}) == len(rows)
    for row in rows[1:]:
        for name, value in zip(rows[0], row, strict=True):
            assert value == value.strip()
            if name.endswith("_id"):
                assert value.isascii()


def test_other_files_hold_no_pack() -> None:
    for path in DATASETS.iterdir():
        if path.is_dir() and path.name != "__pycache__":
            assert path.name in PACKS
    by_hand = pd.read_csv(DATASETS / "missing_by_hand.csv", keep_default_na=False)
    assert set(by_hand["city"]) == set(PACKS)


def test_all_packs_together_are_small() -> None:
    assert sum(p.stat().st_size for p in DATASETS.rglob("*") if p.is_file()) <= 10_000_000


def test_local_names_are_in_their_script() -> None:
    for name in read("seoul", "stations")["name_local"]:
        assert re.fullmatch(r"[가-힣0-9.]+", name), name
    assert set(read("seoul", "zones")["name_local"].str[-1]) == {"구"}
    for name in read("mashhad", "stations")["name_local"]:
        # Persian letters, not their Arabic twins (ك and ي).
        assert re.fullmatch(r"[آ-ی()\s]+", name) and not set("كي") & set(name), name


# --- marks, sources, what is missing --------------------------------------------------


FIGURES = [p for p in TABLE_FILES if p.stem in ("headways", "fares", "zone_sources")]


@pytest.mark.parametrize("path", FIGURES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_figure_has_a_source_and_unseen_ones_say_so(path: Path) -> None:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert set(table["mark"]) <= {"S", "S-", "C", "G"}
    assert (table["source"] != "").all()
    unseen = table[table["mark"] == "G"]
    said = unseen["source"] + unseen.get("note", "")
    assert said.str.contains("unverified|no source seen").all()
    if path.stem == "headways":
        assert (unseen["year"] == "").all() and (table[table["mark"] != "G"]["year"] != "").all()
    if path.stem == "fares":
        assert (unseen["amount"] == "").all()
        assert (table.loc[table["mark"] != "G", "amount"] != "").all()
    weak = table[table["mark"] == "S-"]
    assert weak["source"].str.contains("reported").all()


@pytest.mark.parametrize("pack", PACKS)
def test_facts_and_parameters_of_a_city_are_marked(pack: str) -> None:
    city = package(pack)["city"]
    for fact in city["facts"]:
        assert fact["mark"] in ("S", "S-", "C") and fact["source"]
    for parameter in city["parameters"]:
        assert parameter["note"]
        assert parameter["mark"] != "G" or "unverified" in parameter["note"], parameter
    named = {fact["name"]: fact["value"] for fact in city["facts"]}
    for key in ("population", "area_km2"):
        assert city[key] == named[key]


@pytest.mark.parametrize("pack", PACKS)
def test_what_is_missing_says_why_and_who(pack: str) -> None:
    missing = read(pack, "missing")
    for column in ("what", "frame", "reason", "who_could_supply"):
        assert (missing[column] != "").all()


@pytest.mark.parametrize("pack", PACKS)
def test_the_readme_names_sources_licence_and_counts(pack: str) -> None:
    text = (DATASETS / pack / "README.md").read_text(encoding="utf-8")
    for resource in package(pack)["resources"]:
        rows = len(read(pack, resource["name"]))
        assert f"| {resource['path']} | {rows} |" in text, resource["name"]
    assert "synthetic" in text and "## Limits" in text and "unverified" in text
    overview = (DATASETS / "README.md").read_text(encoding="utf-8")
    assert f"[{pack}]({pack}/README.md)" in overview


def test_mashhad_is_under_odbl_throughout() -> None:
    described = package("mashhad")
    lists = [described["licenses"], *(r["licenses"] for r in described["resources"])]
    assert {item["name"] for items in lists for item in items} == {"ODbL-1.0"}


# --- built from the sources -----------------------------------------------------------


@pytest.mark.parametrize("pack", PACKS)
def test_the_builder_makes_the_same_bytes(pack: str, test_data: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", DATASETS / f"build_{pack}.py", "--source", test_data / pack,
         "--out", tmp_path],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {p.stem for p in tmp_path.iterdir()} == set(BUILT[pack])
    for name in BUILT[pack]:
        made = (tmp_path / f"{name}.csv").read_bytes()
        assert made == (DATASETS / pack / f"{name}.csv").read_bytes(), name


@pytest.mark.parametrize("pack", PACKS)
def test_a_builder_without_its_source_says_so(pack: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", DATASETS / f"build_{pack}.py", "--source", tmp_path / "none"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "is no folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_seoul_places_only_stations_with_a_licensed_coordinate(test_data: Path) -> None:
    source = pd.read_csv(test_data / "seoul" / "seoul_stations.csv", dtype=str)
    unlicensed = source["source"].str.contains("no licence|live-bmw")
    assert unlicensed.sum() == 12
    stations = read("seoul", "stations")
    licensed = set(zip(source.lat[~unlicensed], source.lon[~unlicensed], strict=True))
    placed = set(zip(stations["lat"], stations["lon"], strict=True))
    assert placed == licensed and len(stations) == 245
    assert not placed & set(zip(source.lat[unlicensed], source.lon[unlicensed], strict=True))
    missing = read("seoul", "missing")
    waiting = missing[(missing["what"] == "station") & missing["reason"].str.contains("code")]
    assert sorted(waiting["name_local"]) == sorted(source["name_ko"][unlicensed])


def test_seoul_has_every_licensed_stop_of_every_line(test_data: Path) -> None:
    source = pd.read_csv(test_data / "seoul" / "seoul_stations.csv", dtype=str)
    source = source[~source["source"].str.contains("live-bmw")]
    lines = read("seoul", "lines").merge(read("seoul", "stations")[["stop_id", "lat", "lon"]])
    mine = set(zip(lines["name"].str[:6], lines["lat"], lines["lon"], strict=True))
    assert mine == set(zip(source["line"], source["lat"], source["lon"], strict=True))


def test_seoul_boardings_are_the_mean_of_may_2025(test_data: Path) -> None:
    cards = pd.read_csv(
        test_data / "seoul" / "CARD_SUBWAY_MONTH_202505.csv", index_col=False, encoding="utf-8-sig"
    )
    assert cards["승차총승객수"].sum() == 221_651_547
    means = cards.groupby(["노선명", "역명"])["승차총승객수"].agg(["sum", "size"])
    mine = read("seoul", "station_boardings")
    for row in mine.itertuples():
        total, days = means.loc[(row.card_line, row.card_station)]
        assert abs(int(row.boardings_per_day) - total / days) <= 0.5 and int(row.days) == days
    assert len(mine) == 276 and not mine.duplicated(["card_line", "card_station"]).any()
    assert mine.set_index("stop_id").loc["gangnam", "boardings_per_day"] == "74345"
    # Lines 1-9 of the card file: every station is either here or listed as missing.
    numbered = cards[cards["노선명"].str[0].str.isdigit()]
    stations = numbered.groupby(["노선명", "역명"]).ngroups
    missing = read("seoul", "missing")
    waiting = missing[missing["what"].isin(["station", "line stop"])]
    assert len(mine) + len(waiting) == stations
    others = missing[(missing["what"] == "line") & (missing["boardings_per_day"] != "")]
    assert set(others["name_local"]) == set(cards["노선명"]) - set(numbered["노선명"])


def test_mashhad_has_the_stations_of_its_source(test_data: Path) -> None:
    raw = json.loads((test_data / "mashhad" / "mashhad_metro_stations.json").read_text("utf-8"))
    stations = read("mashhad", "stations")
    points = {(round(float(s["latitude"]), 6), round(float(s["longitude"]), 6))
              for s in raw.values()}  # fmt: skip
    mine = set(zip(stations["lat"].astype(float), stations["lon"].astype(float), strict=True))
    # 38 entries, two of them (Velayat, Fajr) with one point.
    assert len(raw) == 38 and mine == points and len(mine) == 37
    assert set(stations["name_local"]) == {s["translations"]["fa"] for s in raw.values()} - {"فجر"}
    assert "فجر" in set(read("mashhad", "missing")["name_local"])
    per_line = read("mashhad", "lines").groupby("line_id").size().to_dict()
    assert per_line == {"L1": 24, "L2": 12, "L3": 3}


def test_iloilo_stops_lie_on_the_routes_of_the_source(test_data: Path) -> None:
    raw = json.loads((test_data / "iloilo" / "iloilo_jeepney_routes.json").read_text("utf-8"))
    ways = {r["route_number"]: pd.DataFrame(r["coordinates"]) for r in raw["routes"]}
    lines = read("iloilo", "lines").merge(read("iloilo", "stations"), on="stop_id")
    assert {int(line[1:]) for line in set(lines["line_id"])} == set(ways) and len(ways) == 16
    for line_id, stops in lines.groupby("line_id"):
        way = ways[int(line_id[1:])]
        for stop in stops.itertuples():
            near = metres_between(float(stop.lat), float(stop.lon), way["lat"], way["lng"]).min()
            assert near < 250, (line_id, stop.stop_id)  # the source has a point every 40 m or so
    barangays = json.loads(
        (test_data / "iloilo" / "iloilo_barangays_2019.geojson").read_text("utf-8")
    )["features"]
    zones = read("iloilo", "zones")
    assert list(zones["zone_id"]) == sorted(b["properties"]["ADM4_PCODE"] for b in barangays)
    assert len(zones) == 180


def test_iloilo_stops_are_shared_and_apart() -> None:
    stations = read("iloilo", "stations")
    routes = stations["routes"].str.split().str.len()
    assert (routes > 1).sum() >= 100
    lat, lon = stations["lat"].astype(float), stations["lon"].astype(float)
    apart = metres_between(lat.to_numpy()[:, None], lon.to_numpy()[:, None], lat, lon)
    assert sorted(apart[apart > 0])[0] > 55
    assert stations[["lat", "lon"]].map(lambda x: len(x.partition(".")[2]) == 4).all(axis=None)


def test_iloilo_points_lie_in_their_barangay(test_data: Path) -> None:
    from matplotlib.path import Path as Outline

    zones = read("iloilo", "zones").set_index("zone_id")
    features = json.loads(
        (test_data / "iloilo" / "iloilo_barangays_2019.geojson").read_text("utf-8")
    )["features"]
    for feature in features:
        zone = zones.loc[feature["properties"]["ADM4_PCODE"]]
        ring = Outline([point[:2] for point in feature["geometry"]["coordinates"][0]])
        assert ring.contains_point((float(zone["lon"]), float(zone["lat"])))
    assert zones["area_km2"].astype(float).sum() == pytest.approx(72.97, abs=0.01)


# --- order of the stations ------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "low", "high"),
    [("seoul", 300, 4_000), ("mashhad", 400, 4_000), ("iloilo", 90, 700)],
)
def test_neighbours_are_near_each_other(pack: str, low: int, high: int) -> None:
    between = steps(pack)
    wrong = between[(between["metres"] < low) | (between["metres"] > high)]
    assert wrong.empty, wrong.to_string()


@pytest.mark.parametrize(
    ("pack", "line_ids", "km"),
    # Length as published (facts of the course); the crow's way is up to 12 % shorter.
    [("seoul", ("L2", "L2-seongsu", "L2-sinjeong"), 60.2), ("seoul", ("L7",), 57.1),
     ("seoul", ("L8",), 17.7), ("seoul", ("L5", "L5-macheon"), 52.3), ("mashhad", ("L1",), 24.0),
     ("mashhad", ("L2",), 14.5)],
)  # fmt: skip
def test_lines_are_about_as_long_as_published(pack: str, line_ids: tuple, km: float) -> None:
    between = steps(pack)
    length = between.loc[between["line_id"].isin(line_ids), "metres"].sum() / 1000
    assert 0.88 * km <= length <= 1.02 * km


def test_no_order_zigzags() -> None:
    """Swapping any two neighbours must not make a subway line shorter by much."""
    for pack in ("seoul", "mashhad"):
        place = read(pack, "stations").set_index("stop_id")[["lat", "lon"]].astype(float)
        for line_id in set(read(pack, "lines")["line_id"]):
            if line_id == "L6":  # a real loop
                continue
            stops = order(pack, line_id)
            for a, b, c, d in zip(stops, stops[1:], stops[2:], stops[3:], strict=False):

                def way(*four: str, place: pd.DataFrame = place) -> float:
                    return sum(float(metres_between(*place.loc[p], *place.loc[q]))
                               for p, q in pairwise(four))  # fmt: skip

                assert way(a, b, c, d) <= way(a, c, b, d) * 1.02, (line_id, a, b, c, d)


def test_seoul_line_2_is_a_ring_with_two_branches() -> None:
    ring = order("seoul", "L2")
    assert ring[0] == ring[-1] == "city-hall" and len(set(ring)) == len(ring) - 1 == 43
    assert order("seoul", "L2-seongsu") == [
        "seongsu",
        "yongdap",
        "sindap",
        "yongdu",
        "sinseol-dong",
    ]
    assert order("seoul", "L2-sinjeong") == [
        "sindorim",
        "dorimcheon",
        "yangcheon-gu-office",
        "sinjeongnegeori",
        "kkachisan",
    ]


def test_seoul_line_6_runs_its_loop_one_way() -> None:
    forth, back = order("seoul", "L6", "0"), order("seoul", "L6", "1")
    loop = ["eungam", "yeokchon", "bulgwang", "dokbawi", "yeonsinnae", "gusan", "eungam"]
    assert forth[-7:] == loop and forth[0] == "sinnae"
    assert back[:2] == ["eungam", "saejeol"] and back[-1] == "sinnae" and len(set(back)) == 34


def test_seoul_line_5_has_its_branch_and_its_gap() -> None:
    main, branch = order("seoul", "L5"), order("seoul", "L5-macheon")
    assert main[0] == "banghwa" and main[-1] == "sangil-dong"
    assert branch[0] == "gangdong" and branch[-1] == "macheon" and len(branch) == 8
    at = main.index("omokgyo")
    assert main[at + 1] == "yeongdeungpo-gu-office"  # Yangpyeong between is missing
    gaps = read("seoul", "missing").query("what == 'gap'")
    assert len(gaps) == 4 and "Yangpyeong" in set(gaps["name"])


def test_mashhad_line_3_does_not_run_past_a_station_and_back() -> None:
    assert order("mashhad", "L3") == ["imam-reza-terminal", "bab-al-javad", "shohada"]
    assert order("mashhad", "L2")[:3] == ["tabarsi", "velayat", "nabovvat"]
    assert order("mashhad", "L1")[0] == "vakilabad" and order("mashhad", "L1")[-1] == "airport"


def test_iloilo_routes_are_loops_but_one() -> None:
    lines = read("iloilo", "lines").astype({"sequence": int, "distance_m": int})
    for line_id, line in lines.groupby("line_id"):
        stops = line.sort_values("sequence")
        way = stops["distance_m"].tolist()
        assert way[0] == 0 and all(b - a >= 100 for a, b in pairwise(way))
        loop = stops["stop_id"].iloc[0] == stops["stop_id"].iloc[-1]
        assert set(stops["two_way"]) == ({"0"} if loop else {"1"})
        assert loop == (line_id != "R11")


# --- as the course opens them ---------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "stops", "zones", "people"),
    [
        ("seoul", 245, 25, 9_597_372),
        ("mashhad", 37, None, 3_001_184),
        ("iloilo", 243, 180, 457_626),
    ],
)
def test_a_pack_opens(pack: str, stops: int, zones: int | None, people: int) -> None:
    city = City.open(pack)
    assert len(city.stops) == stops
    assert zones is None or len(city.zones) == zones
    assert int(city.zones["population"].sum()) == people
    assert bool(zones) != ("all" in city.sources.set_index("frame").synthetic_columns["zones"])
    lat, lon = city.centre
    away = metres_between(lat, lon, city.stops["lat"], city.stops["lon"])
    assert away.min() < 2_000 and away.max() < 40_000
    assert not city.table("missing").empty and not city.table("fares").empty


def test_fare_policies_are_the_tariffs_of_the_course() -> None:
    from course.transport import fares
    from course.transport.fare_policy import FarePolicy

    tariffs = {"seoul": fares.SEOUL, "mashhad": fares.MASHHAD, "iloilo": fares.ILOILO}
    for pack, tariff in tariffs.items():
        assert FarePolicy.from_dict(package(pack)["city"]["fare_policy"]) == tariff, pack


def test_fare_history_holds_the_amounts_of_today() -> None:
    seoul = read("seoul", "fares")  # in the order of time
    policy = package("seoul")["city"]["fare_policy"]
    for user_class, modes in policy["base"].items():
        for mode, amount in modes.items():
            own = seoul[(seoul["mode"] == mode) & (seoul["user_class"] == user_class)]
            assert float(own["amount"].iloc[-1]) == amount, (user_class, mode)
    years = read("mashhad", "fares").query("local_year != '' and mode == 'subway and bus'")
    assert dict(zip(years["local_year"], years["amount"], strict=True)) == {
        "1402": "12000", "1403": "15000", "1404": "20000"}  # fmt: skip
    iloilo = read("iloilo", "fares")
    force = iloilo[iloilo["status"] == "last seen in force"]
    assert dict(zip(force["mode"], force["amount"], strict=True)) == {
        "jeepney": "13", "modern_jeepney": "15"}  # fmt: skip
    assert iloilo["status"].str.contains("suspended").sum() == 2


def test_bus_shares_of_seoul_are_the_shares_of_buses() -> None:
    buses = {"trunk": 2703, "branch": 4451, "red": 769, "circular": 44, "village": 1651}
    shares = package("seoul")["city"]["synthesis"]["bus_shares"]
    assert shares.keys() == buses.keys() and sum(shares.values()) == pytest.approx(100)
    for mode, share in shares.items():
        assert share == pytest.approx(100 * buses[mode] / sum(buses.values()), abs=0.011)


@pytest.mark.parametrize("pack", PACKS)
def test_the_timetable_is_a_valid_gtfs_feed(pack: str, tmp_path: Path) -> None:
    import gtfs_guru

    feed = write_gtfs(City.open(pack), tmp_path / f"{pack}.zip")
    found = gtfs_guru.validate(str(feed), date="2025-05-14")
    assert found.is_valid and not found.errors(), [(e.code, e.message) for e in found.errors()]


def write_gtfs(city: City, path: Path) -> Path:
    """Write the frames of a city as GTFS text, for a second reader to judge."""

    def clock(minutes: pd.Series) -> pd.Series:
        seconds = (minutes * 60).round().astype(int)
        return seconds.map(lambda s: f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}")

    colour = city.routes["color"].str.removeprefix("#")
    calendar = city.calendar
    for column in ("start_date", "end_date"):
        calendar[column] = calendar[column].str.replace("-", "")
    times, periods = city.stop_times, city.frequencies
    tables = {
        "agency": pd.DataFrame([{"agency_id": "1", "agency_name": city.title,
                                 "agency_url": "https://example.org",
                                 "agency_timezone": city.timezone}]),
        "stops": city.stops[["stop_id", "name", "lat", "lon"]].rename(
            columns={"name": "stop_name", "lat": "stop_lat", "lon": "stop_lon"}),
        "routes": city.routes.assign(agency_id="1", route_color=colour)[
            ["route_id", "agency_id", "short_name", "route_type", "route_color"]
        ].rename(columns={"short_name": "route_short_name"}),
        "trips": city.trips[["route_id", "service_id", "trip_id", "direction_id"]],
        "stop_times": times.assign(arrival_time=clock(times["arrival_min"]),
                                   departure_time=clock(times["departure_min"]))[
            ["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"]],
        "frequencies": periods.assign(
            start_time=clock(periods["start_min"]), end_time=clock(periods["end_min"]),
            headway_secs=(periods["headway_min"] * 60).round().astype(int))[
            ["trip_id", "start_time", "end_time", "headway_secs"]],
        "calendar": calendar,
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, table in tables.items():
            archive.writestr(f"{name}.txt", table.to_csv(index=False))
    return path
