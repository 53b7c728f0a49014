"""Tables a city brings: zones and rides under other names, in other shapes, with faults."""

from __future__ import annotations

import h3
import pandas as pd
import pytest

from course import City
from course.city.checks import check, repairs_of
from course.city.columns import parse_mappings
from course.city.importing import add_city
from course.errors import CourseError, UsageError
from tests.city_feeds import SOUND, write_feed


@pytest.fixture
def feed(tmp_path):
    return write_feed(tmp_path / "f.zip", SOUND)


def add(feed, tmp_path, **options):
    return add_city("town", [feed], where=tmp_path / "c", **options)


def test_real_hexagons(test_data, tmp_path):
    gtfs = test_data / "gtfs"
    city = add_city("poa", [gtfs / "poa_eptc.zip"], zones=gtfs / "poa_hexgrid.csv", where=tmp_path)
    given = city._read("zones")
    assert len(given) == 1227 and given["population"].sum() == pd.read_csv(
        gtfs / "poa_hexgrid.csv")["population"].sum()  # fmt: skip
    assert given["jobs"].isna().sum() == 5 and "income_group" not in given
    assert given["h3_cell"].map(h3.is_valid_cell).all()
    assert given["area_km2"].iloc[0] == pytest.approx(
        h3.cell_area(given["h3_cell"].iloc[0]), abs=1e-4
    )
    zones = city.zones
    assert zones[["population", "jobs", "income_group"]].notna().all().all()
    assert city.badge("zones").startswith("SYNTHETIC: ") and "income_group" in city.badge("zones")
    with pytest.raises(CourseError, match=r"zones lie \d.* km from the feed's stops"):
        add_city("far", [gtfs / "poa_eptc.zip"], zones=gtfs / "spo_hexgrid.csv", where=tmp_path)
    assert not (tmp_path / "far").exists()


def test_zones_under_other_names(feed, tmp_path):
    table = tmp_path / "z.csv"
    table.write_bytes(
        "DISTRITO;NOMBRE;LATITUD;LONGITUD;POB 2022;JOBS\n"
        "1;Peñón;37,50;127,00;100;5\n2;B;37,51;127,01;-3;x\n2;C;37,5;127;1;1\n;D;37,5;127;1;1\n"
        "4;E;;;1;1\n5;F;37,5;127;12,5;2\n".encode("latin-1")
    )  # fmt: skip
    city = add(feed, tmp_path, zones=table, columns=[
        "zones.zone_id=distrito", "name=NOMBRE", "lat=LATITUD", "lon=LONGITUD",
        "population=POB 2022"])  # fmt: skip
    zones = city._read("zones").set_index("zone_id")
    assert zones.index.tolist() == ["1", "2", "5"]
    assert zones.loc["1", ["name", "lat", "lon", "population", "jobs"]].tolist() == [
        "Peñón", 37.5, 127.0, 100, 5]  # fmt: skip
    assert pd.isna(zones.loc["2", "population"]) and pd.isna(zones.loc["2", "jobs"])
    told = " ".join(repairs_of(city)["what"])
    for words in ("separates columns by ';'", "is not UTF-8", "population is outside",
                  "jobs is no number", "zone id was used before", "zone without id",
                  "zone without usable"):  # fmt: skip
        assert words in told, words
    assert city.properties["columns"]["zones"]["population"] == "POB 2022"
    assert check(city, validator=False).faults == []


def test_zones_as_parquet_without_coordinates(feed, tmp_path):
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(37.51, 127.01, 8), 1))
    path = tmp_path / "z.parquet"
    pd.DataFrame({"hex_id": cells, "Population": range(7)}).to_parquet(path)
    city = add(feed, tmp_path, zones=path)
    zones = city._read("zones")
    assert zones["h3_cell"].tolist() == cells and zones["lat"].between(37.4, 37.6).all()
    assert zones["name"].tolist()[0] == "Cell 1"


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "has no rows"), ("a,b\n", "has no rows"), ("a,b\n1,2\n", "no column with the id"),
     ("id,pop\n1,2\n", "does not say where"),
     ("id,lat,lon\n1,x,y\n", "no zone has an id and a place"),
     ("id,lat,lon\n1,48.1,11.5\n", "km from the feed's stops")],
)  # fmt: skip
def test_zones_of_no_use_are_refused(text, words, feed, tmp_path):
    table = tmp_path / "z.csv"
    table.write_text(text)
    with pytest.raises(CourseError, match=words):
        add(feed, tmp_path, zones=table)
    assert not (tmp_path / "c").exists()
    with pytest.raises(CourseError, match="no file"):
        add(feed, tmp_path, zones=tmp_path / "absent.csv")


def test_rides_under_other_names(feed, tmp_path):
    table = tmp_path / "r.csv"
    table.write_text(
        "tarjeta,fecha_hora,salida,paradero,destino,ruta,tipo\n"
        "A,2025-05-14 08:00:10,2025-05-14 08:20:00,s1,s3,r1,Adult\n"
        "A,2025-05-14 23:55:00,2025-05-15 00:10:00,s2,s4,r2,SENIOR\n"
        "B,2025-05-15 09:00:00,,s2,,r1,\n"
        "B,2025-05-15 10:00:00,2025-05-15 10:10:00,s2,zz,r1,\n"
        "C,noon,,s2,,r1,\nC,2025-05-15 09:00:00,,zz,,r1,\n,2025-05-15 09:00:00,,s2,,r1,\n"
        "D,09:00:00,,s1,,r1,\n"
    )
    city = add(feed, tmp_path, rides=table, columns=[
        "card_id=tarjeta", "board_time=fecha_hora", "alight_time=salida",
        "board_stop_id=paradero", "alight_stop_id=destino", "route_id=ruta",
        "user_class=tipo"])  # fmt: skip
    rides = city.rides
    assert len(rides) == 4 and rides["card_id"].nunique() == 2
    assert not rides["card_id"].isin(["A", "B"]).any()  # card numbers do not travel
    first = rides.iloc[0]
    assert (first["board_time"], first["alight_time"], first["mode"], first["user_class"],
            first["date"]) == (28_810, 30_000, "subway", "adult", "2025-05-14")  # fmt: skip
    assert rides["alight_time"].tolist()[1] == 86_400 + 600
    assert rides["alight_stop_id"].isna().tolist() == [False, False, True, True]
    assert rides["distance_m"].isna().tolist() == [False, False, True, True]
    assert str(rides["board_time"].dtype) == "int32" and str(rides["alight_time"].dtype) == "Int32"
    counts = repairs_of(city).set_index("what")["count"]
    assert counts["no time of the tap-in"] == 1 and counts["no date"] == 1
    assert counts["the stop of the tap-in is not in the city"] == counts["ride without a card"] == 1
    assert sorted(p.name for p in (city.path / "rides").iterdir()) == [
        "2025-05-14.parquet", "2025-05-15.parquet"]  # fmt: skip
    assert city.is_synthetic("rides") is False and check(city, validator=False).faults == []


def test_rides_of_no_use_are_refused(feed, tmp_path):
    table = tmp_path / "r.csv"
    table.write_text("card,time,stop_id,date\nA,08:00,zz,2025-05-14\n")
    with pytest.raises(CourseError, match="none of 1 rows has a card and a stop"):
        add(feed, tmp_path, rides=table)
    table.write_text("card,stop_id,date\nA,s1,2025-05-14\n")
    with pytest.raises(CourseError, match="no column for board_time"):
        add(feed, tmp_path, rides=table)


def test_rides_are_made_once_and_labelled(feed, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    city = add(feed, tmp_path)
    monkeypatch.setitem(city.properties, "synthesis", {"boardings": 500})
    first = city.rides
    assert city.is_synthetic("rides") and len(first) > 0
    kept = list((tmp_path / "cache" / "synthetic").iterdir())
    assert len(kept) == 1
    again = City.open(city.path)
    again.properties["synthesis"] = {"boardings": 500}
    pd.testing.assert_frame_equal(again.rides, first)
    kept[0].write_bytes(b"spoilt")
    third = City.open(city.path)
    third.properties["synthesis"] = {"boardings": 500}
    pd.testing.assert_frame_equal(third.rides, first)


def test_mappings():
    assert parse_mappings([]) == {"zones": {}, "rides": {}}
    assert parse_mappings(["income_group=q"]) == {
        "zones": {"income_group": "q"}, "rides": {"income_group": "q"}}  # fmt: skip
    assert parse_mappings(["rides.date=a=b"])["rides"] == {"date": "a=b"}
    for wrong in ("population", "=x", "population=", "nonsense=x", "stops.lat=x", "zones.date=x"):
        with pytest.raises(UsageError):
            parse_mappings([wrong])
    with pytest.raises(UsageError, match="twice"):
        parse_mappings(["date=a", "rides.date=b"])


def test_a_mapped_column_that_is_not_there(feed, tmp_path):
    table = tmp_path / "z.csv"
    table.write_text("id,lat,lon\n1,37.5,127\n")
    with pytest.raises(CourseError, match=r"no column 'POB'.*id, lat, lon"):
        add(feed, tmp_path, zones=table, columns=["population=POB"])
