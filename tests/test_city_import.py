"""Every real feed: imported with the rows it has, or refused with a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from course import City
from course.city import importing, installing
from course.city.checks import check, repairs_of
from course.city.importing import add_city
from course.errors import CourseError, UsageError
from tests.city_feeds import SOUND, write_feed

# stops served, routes used, trips, stop_times, frequencies: counted in the files with awk,
# less what the repairs below leave out
SOUND_FEEDS = {
    "bogor": (346, 24, 3456, 172_080, 0),
    "busan_metro": (114, 4, 3833, 109_140, 0),
    "cairns": (416, 22, 1339, 37_790, 0),
    "caltrain": (64, 4, 188, 2697, 0),
    "fujieda": (364, 6, 153, 3390, 0),
    "israel_route2126_hebrew": (18, 1, 4, 72, 0),
    "kk_mardin": (765, 86, 19_169, 498_955, 0),
    "manila_pnr": (27, 1, 38, 680, 0),
    "manila_sakay": (4857, 1717, 1864, 79_414, 1864),
    "poa_eptc": (3986, 115, 2374, 130_019, 0),
    "poa_trensurb": (24, 2, 1248, 14_855, 0),
    "saopaulo": (3039, 72, 92, 3639, 1182),
}
EXPECTED_REPAIR = {
    "bogor": "time falls back at midnight",
    "caltrain": "is no GTFS file",
    "kk_mardin": "departure before arrival",
    "poa_eptc": "call without a time of its own",
    "poa_trensurb": "column name ' agency_name'",
    "manila_pnr": "pair of stations",
}


@pytest.mark.parametrize("name", SOUND_FEEDS)
def test_a_real_feed_is_imported_whole(name, test_data, tmp_path):
    city = add_city(name, [test_data / "gtfs" / f"{name}.zip"], where=tmp_path)
    frames = ("stops", "routes", "trips", "stop_times", "frequencies")
    assert tuple(len(city.frame(f)) for f in frames) == SOUND_FEEDS[name]
    report = check(city, validator=False)
    assert report.faults == []
    assert city.id == name and (city.path / "README.md").is_file()
    if name in EXPECTED_REPAIR:
        assert repairs_of(city)["what"].str.contains(EXPECTED_REPAIR[name], regex=False).any()
    patterns = city.patterns
    assert patterns["trips_per_day"].sum() > 0
    lengths = [np.diff(metres).min(initial=0) for metres in patterns["distance_m"]]
    assert min(lengths) >= 0


@pytest.mark.slow
@pytest.mark.parametrize("name", SOUND_FEEDS)
def test_the_feed_written_from_a_pack_pleases_a_validator(name, test_data, tmp_path):
    from course.city.checks import validate

    city = add_city(name, [test_data / "gtfs" / f"{name}.zip"], where=tmp_path)
    assert validate(city)["counts"]["errors"] == 0


def test_a_feed_with_byte_order_marks_is_repaired(test_data, tmp_path):
    city = add_city("bom", [test_data / "gtfs-repairable" / "tidy_bom.zip"], where=tmp_path)
    repairs = repairs_of(city)
    assert (repairs["what"] == "begins with a byte-order mark").sum() == 10
    assert len(city.stops) == 9 and len(city.frequencies) == 11


def test_latin_letters_are_read_and_said(test_data, tmp_path):
    city = add_city("nord", [test_data / "gtfs-broken" / "region_nord_latin1.zip"], where=tmp_path)
    assert len(city.stop_times) == 26_890 and len(city.stops) == 3693
    assert city.stops["name"].str.contains("ø").any()
    assert not city.stops["name"].str.contains("\ufffd").any()
    first = repairs_of(city).iloc[0]
    assert (first["file"], first["row"]) == ("stops.txt", 2)
    assert "UTF-8" in first["what"] and "Windows-1252" in first["done"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("kk_sivas", "has no trips.txt and no stop_times.txt"),
     ("kk_yozgat_empty", "has no stops.txt"),
     ("tidy_invalid", "has no stop_times.txt")],
)  # fmt: skip
def test_a_broken_feed_is_refused_and_leaves_nothing(name, words, test_data, tmp_path):
    with pytest.raises(CourseError, match=words) as caught:
        add_city(name, [test_data / "gtfs-broken" / f"{name}.zip"], where=tmp_path)
    assert f"{name}.zip" in caught.value.what and caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_fares_is_no_feed(test_data, tmp_path):
    with pytest.raises(CourseError, match="no GTFS file"):
        add_city("fares", [test_data / "fares" / "poa_r5r_fares.zip"], where=tmp_path)


def test_names_of_many_scripts(test_data, tmp_path):
    for feed, letters in (("fujieda", "駅"), ("israel_route2126_hebrew", "ת"), ("kk_mardin", "ı")):
        city = add_city(feed, [test_data / "gtfs" / f"{feed}.zip"], where=tmp_path)
        assert city.stops["name"].str.contains(letters).any(), feed


def test_what_a_feed_says_of_its_city(test_data, tmp_path):
    gtfs = test_data / "gtfs"
    busan = add_city("Busan Metro", [gtfs / "busan_metro.zip"], where=tmp_path)
    assert (busan.id, busan.title, busan.country, busan.currency, busan.timezone) == (
        "busan-metro", "Busan Metro", "KR", "KRW", "Asia/Seoul")  # fmt: skip
    assert busan.fare_policy is None
    israel = add_city("il", [gtfs / "israel_route2126_hebrew.zip"], where=tmp_path)
    assert israel.weekend_days == ["friday", "saturday"] and israel.languages == ["he"]
    poa = add_city("poa", [gtfs / "poa_eptc.zip"], where=tmp_path)
    assert poa.fare_policy["base"] == {"*": {"*": 4.7}} and poa.currency == "BRL"
    bogor = add_city("bogor", [gtfs / "bogor.zip"], where=tmp_path)
    assert bogor.fare_policy["base"] == {"*": {"*": 3500}}
    assert bogor.fare_policy["unverified"] == ["base"]
    for name in ("manila_pnr", "caltrain"):  # fares by station and by zone: not a flat fare
        assert add_city(name, [gtfs / f"{name}.zip"], where=tmp_path).fare_policy is None


def test_options_win_over_the_feed(test_data, tmp_path):
    city = add_city(
        "poa", [test_data / "gtfs" / "poa_trensurb.zip"], where=tmp_path, title="Porto Alegre",
        currency="EUR", timezone="Europe/Lisbon", country="pt", fare_flat=2500,
    )  # fmt: skip
    assert (city.title, city.currency, city.timezone, city.country) == (
        "Porto Alegre", "EUR", "Europe/Lisbon", "PT")  # fmt: skip
    assert city.fare_policy["base"] == {"*": {"*": 2500}}
    for wrong in ({"currency": "XQZ"}, {"timezone": "Mars/Base"}, {"fare_flat": float("nan")}):
        with pytest.raises(UsageError):
            add_city("poa", [test_data / "gtfs" / "poa_trensurb.zip"], where=tmp_path, **wrong)


def test_two_operators_make_one_city(test_data, tmp_path):
    feeds = [test_data / "gtfs" / f"{n}.zip" for n in ("poa_eptc", "poa_trensurb")]
    city = add_city("poa", feeds, where=tmp_path)
    assert len(city.trips) == 2374 + 1248 and len(city.stop_times) == 130_019 + 14_855
    assert set(city.routes["mode"]) == {"bus", "rail"} or {"bus", "subway"} <= set(
        city.routes["mode"]
    )
    again = add_city("twice", [feeds[1], feeds[1]], where=tmp_path)
    assert len(again.trips) == 2 * 1248
    assert again.trips["trip_id"].str.startswith("2:").sum() == 1248


def test_fares_of_a_feed_make_a_fare_policy(test_data, tmp_path):
    from course.transport.fare_policy import FarePolicy

    for name in ("poa_eptc", "bogor"):
        city = add_city(name, [test_data / "gtfs" / f"{name}.zip"], where=tmp_path)
        assert FarePolicy.from_dict(city.fare_policy).currency == city.currency


def test_service_days_of_real_calendars(test_data, tmp_path):
    gtfs = test_data / "gtfs"
    busan = add_city("busan", [gtfs / "busan_metro.zip"], where=tmp_path)  # 2006 to 2038
    assert [busan.service_ids(day) for day in ("weekday", "saturday", "sunday")] == [
        ["WD"], ["SAT"], ["SUN"]]  # fmt: skip
    fujieda = add_city("fujieda", [gtfs / "fujieda.zip"], where=tmp_path)  # calendar_dates only
    assert fujieda.service_ids("weekday") and len(fujieda.calendar) == 0
    cairns = add_city("cairns", [gtfs / "cairns.zip"], where=tmp_path)
    date, services = cairns.service_day("sunday")
    assert date and services


def test_blank_times_lie_between_the_timepoints(test_data, tmp_path):
    city = add_city("poa", [test_data / "gtfs" / "poa_eptc.zip"], where=tmp_path)
    calls = city.stop_times
    same = (calls["trip_id"] == calls["trip_id"].shift()).to_numpy()
    step = calls["arrival_min"].to_numpy()[1:] - calls["departure_min"].to_numpy()[:-1]
    assert (step[same[1:]] >= 0).all()
    # one trip of the file: only its first and last of 3 or more calls have times
    trip = calls[calls["trip_id"] == calls["trip_id"].iloc[0]]
    assert trip["arrival_min"].is_monotonic_increasing


def test_a_killed_import_leaves_the_old_pack(tmp_path, monkeypatch):
    feed = write_feed(tmp_path / "f.zip", SOUND)
    where = tmp_path / "cities"
    old = add_city("town", [feed], where=where, title="Old")

    def killed(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importing.storage, "write_datapackage", killed)
    with pytest.raises(KeyboardInterrupt):
        add_city("town", [feed], where=where, title="New")
    monkeypatch.undo()
    assert City.open(old.path).title == "Old"
    assert [p.name for p in where.iterdir()] == ["town"]
    assert add_city("town", [feed], where=where, title="New").title == "New"


def test_an_import_killed_between_its_two_moves_is_settled(tmp_path, monkeypatch):
    feed = write_feed(tmp_path / "f.zip", SOUND)
    where = tmp_path / "cities"
    pack = add_city("town", [feed], where=where).path
    pack.rename(where / ".town.old")  # what a kill at the worst moment leaves
    monkeypatch.setenv("COURSE_CITIES", str(where))
    assert City.open("town").id == "town"
    installing.settle(pack)
    assert pack.is_dir() and City.open(pack).id == "town"


def test_names_of_packs():
    from course.city.naming import city_id

    assert city_id("São Paulo") == "sao-paulo"
    assert city_id("A  B") == "a-b"
    assert city_id("CON") == "city-con"
    for wrong in ("../x", "a/b", "a\\b", "..", "부산", "  ", ""):
        with pytest.raises(UsageError):
            city_id(wrong)


def test_a_bundled_name_is_not_taken(tmp_path):
    feed = write_feed(tmp_path / "f.zip", SOUND)
    with pytest.raises(UsageError, match="comes with the course"):
        add_city("Seoul", [feed], where=tmp_path)


def test_import_goes_to_the_state_folder_outside_a_workspace(tmp_path, monkeypatch):
    feed = write_feed(tmp_path / "f.zip", SOUND)
    monkeypatch.delenv("COURSE_WORKSPACE")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    assert add_city("town", [feed]).path == (tmp_path / "state" / "cities" / "town").resolve()
    assert City.open("town").bundled is False
