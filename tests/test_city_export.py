"""What travels with a hand-in: whole and equal from us, nothing at all from a stranger."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from course import City
from course.city import exporting
from course.city.checks import check
from course.city.export_reading import check_export, read_export
from course.city.gtfs_writing import write_gtfs
from course.city.importing import add_city
from course.errors import CourseError
from tests.city_feeds import SOUND, write_feed

BUNDLED = ("seoul", "mashhad", "iloilo")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    base = tmp_path_factory.mktemp("town")
    zones = base / "zones.csv"
    zones.write_text("id,lat,lon,pop\nz1,37.5,127.0,100\nz2,37.52,127.02,\n")
    feed = write_feed(base / "f.zip", SOUND)
    return add_city("town", [feed], where=base / "c", zones=zones, fare_flat=1250)


@pytest.fixture(scope="module")
def exported(town, tmp_path_factory):
    return town.export(tmp_path_factory.mktemp("out") / "town.zip")


def frames_equal(a, b):
    for name in (
        "stops",
        "routes",
        "trips",
        "stop_times",
        "frequencies",
        "calendar",
        "zones",
        "patterns",
    ):
        left, right = (x.patterns if name == "patterns" else x.frame(name) for x in (a, b))
        common = [c for c in left.columns if c in right.columns]
        pd.testing.assert_frame_equal(left[common], right[common], check_dtype=False)


def test_an_export_comes_back_equal(town, exported, tmp_path):
    back = City.open(read_export(exported, tmp_path / "back"))
    assert back.fingerprint == town.fingerprint
    assert back.fare_policy == town.fare_policy and back.currency == "KRW"
    assert back.badge("zones") == town.badge("zones")
    frames_equal(town, back)
    assert check(back, validator=False).faults == []


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_city_comes_back_equal(name, tmp_path):
    city = City.open(name)
    path = city.export(tmp_path / "x.zip")
    back = City.open(read_export(path, tmp_path / "back"))
    assert back.fingerprint == city.fingerprint
    frames_equal(city, back)
    assert path.stat().st_size < 1_000_000
    assert back.badge("stop_times") == city.badge("stop_times") != ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["busan_metro", "bogor", "kk_mardin", "saopaulo"])
def test_a_real_city_comes_back_equal(name, test_data, tmp_path):
    city = add_city(name, [test_data / "gtfs" / f"{name}.zip"], where=tmp_path)
    back = City.open(read_export(city.export(tmp_path / "x.zip"), tmp_path / "back"))
    assert back.fingerprint == city.fingerprint
    frames_equal(city, back)


def test_the_same_city_gives_the_same_bytes(town, exported, tmp_path):
    assert town.export(tmp_path / "again.zip").read_bytes() == exported.read_bytes()
    one, two = (write_gtfs(town, tmp_path / f"{n}.zip").read_bytes() for n in "ab")
    assert one == two


def test_the_feed_of_a_bundled_city_is_valid_and_reads_back(tmp_path):
    import gtfs_guru

    for name in BUNDLED:
        city = City.open(name)
        path = write_gtfs(city, tmp_path / f"{name}.zip")
        assert gtfs_guru.validate(str(path)).error_count == 0, name
        back = add_city(f"{name}-gtfs", [path], where=tmp_path)
        assert len(back.stop_times) == len(city.stop_times)
        left = city.patterns.groupby("route_id")["trips_per_day"].sum()
        right = back.patterns.groupby("route_id")["trips_per_day"].sum()
        pd.testing.assert_series_equal(left, right)
        assert np.allclose(city.stop_times["arrival_min"], back.stop_times["arrival_min"])


def test_a_city_too_large_to_hand_in(town, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "MAX_EXPORT_BYTES", 500)
    with pytest.raises(CourseError, match=r"would be .* MB.*stop_times|would be"):
        town.export(tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


# --- what a stranger may send -------------------------------------------------------------


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def parquet(frame):
    sink = io.BytesIO()
    pq.write_table(frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame), sink)
    return sink.getvalue()


def with_package(parts, **city):
    package = json.loads(parts["datapackage.json"])
    package["city"] |= city
    return parts | {"datapackage.json": json.dumps(package).encode()}


def with_column(parts, name, column, value):
    frame = pq.read_table(io.BytesIO(parts[f"{name}.parquet"])).to_pandas()
    frame[column] = value
    return parts | {f"{name}.parquet": parquet(frame)}


def spoilt(content):
    return content[:40] + b"\xff" * 60 + content[100:]


def without(parts, name):
    return {n: c for n, c in parts.items() if n != name}


HOSTILE = [
    (lambda p: without(p, "stops.parquet"), "holds no stops.parquet"),
    (lambda p: without(p, "datapackage.json"), "holds no datapackage.json"),
    (lambda p: p | {"run.py": b"print(1)"}, "holds 'run.py'"),
    (lambda p: p | {"rides.parquet": b""}, "holds 'rides.parquet'"),
    (lambda p: p | {"../../evil": b""}, "leaves the zip"),
    (lambda p: p | {"stops.parquet": b"not parquet"}, "no sound Parquet"),
    (lambda p: p | {"stops.parquet": p["stops.parquet"][:-9]}, "no sound Parquet"),
    (lambda p: p | {"stops.parquet": spoilt(p["stops.parquet"])}, "no sound Parquet"),
    (lambda p: p | {"datapackage.json": b"{"}, "is no JSON"),
    (lambda p: p | {"datapackage.json": b"[" * 100_000}, "is no JSON"),
    (lambda p: p | {"datapackage.json": b'{"city": {"id": NaN}}'}, "is no JSON"),
    (lambda p: p | {"datapackage.json": b" " * 2_000_000}, "2,000,000 bytes"),
    (lambda p: with_package(p, id="../../x"), "city.id is not"),
    (lambda p: with_package(p, id=7), "city.id is not"),
    (lambda p: with_package(p, title="x" * 5000), "city.title is not"),
    (lambda p: with_package(p, centre={"lat": 1e9, "lon": 0}), "city.centre is not"),
    (lambda p: with_package(p, currency="<script>"), "city.currency is not"),
    (lambda p: with_package(p, weekend_days=["funday"]), "city.weekend_days is not"),
    (lambda p: with_package(p, synthesis={"x": "y" * 200_000}), "city.synthesis is not"),
    (lambda p: with_column(p, "stops", "lat", 1e9), "column lat"),
    (lambda p: with_column(p, "stops", "lat", "north"), "is no number"),
    (lambda p: with_column(p, "stops", "name", "x" * 3000), "a text of 3,000 letters"),
    (lambda p: with_column(p, "stops", "stop_id", "s1"), "occurs more than once"),
    (lambda p: with_column(p, "stops", "evil", 1), "columns no export has"),
    (lambda p: with_column(p, "stop_times", "stop_id", "nowhere"), "is not in stops"),
    (lambda p: with_column(p, "stop_times", "arrival_min", -5.0), "is below 0"),
    (lambda p: with_column(p, "stop_times", "departure_min", 0.0), "time goes backwards"),
    (lambda p: with_column(p, "routes", "mode", "rocket"), "is none of"),
    (lambda p: with_column(p, "trips", "route_id", "r9"), "is not in routes"),
    (lambda p: with_column(p, "calendar", "start_date", "2025-99-99"), "is not YYYY-MM-DD"),
    (lambda p: with_column(p, "zones", "population", 0.5), "no whole number"),
    (lambda p: p | {"stops.parquet": parquet(pa.table({"stop_id": [["a"]], "lat": [1.0]}))},
     "column stop_id: type list"),
    (lambda p: p | {"stops.parquet": parquet(pa.table({"stop_id": pa.array([b"a"])}))},
     "type binary"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "words"), HOSTILE)
def test_a_spoilt_export_is_refused(spoil, words, exported, tmp_path):
    path = write_feed(tmp_path / "bad.zip", spoil(parts_of(exported)))
    (tmp_path / "into").mkdir()
    with pytest.raises(CourseError) as caught:
        check_export(path, tmp_path / "into")
    assert words in str(caught.value) and caught.value.remedy


def test_a_refused_export_leaves_the_old_pack(exported, tmp_path):
    into = tmp_path / "cities" / "town"
    read_export(exported, into)
    bad = write_feed(tmp_path / "bad.zip", without(parts_of(exported), "stops.parquet"))
    with pytest.raises(CourseError, match="holds no stops"):
        read_export(bad, into)
    assert City.open(into).id == "town"
    assert [p.name for p in into.parent.iterdir()] == ["town"]


def test_not_an_export(tmp_path, monkeypatch):
    path = tmp_path / "x.zip"
    path.write_bytes(b"hello")
    with pytest.raises(CourseError, match="not a zip"):
        read_export(path, tmp_path / "into")
    assert not (tmp_path / "into").exists()
    path.write_bytes(b"0" * 20_000_001)
    with pytest.raises(CourseError, match=r"20.0 MB; at most 20 MB"):
        read_export(path, tmp_path / "into")


def test_a_table_that_unpacks_to_gigabytes(exported, tmp_path):
    """Thirty million equal rows are a few kilobytes of Parquet; they are counted first."""
    column = pa.array(["s1"] * 1000, type=pa.string())
    chunks = pa.chunked_array([column] * 30_000)
    sink = io.BytesIO()
    pq.write_table(pa.table({"stop_id": chunks}), sink, compression="zstd")
    path = write_feed(
        tmp_path / "bomb.zip", parts_of(exported) | {"stops.parquet": sink.getvalue()}
    )
    assert path.stat().st_size < 1_000_000
    with pytest.raises(CourseError, match="30,000,000 rows"):
        read_export(path, tmp_path / "into")


def test_pandas_metadata_of_a_stranger_is_not_read(exported, tmp_path):
    parts = parts_of(exported)
    table = pq.read_table(io.BytesIO(parts["stops.parquet"]))
    lie = table.replace_schema_metadata({b"pandas": b'{"index_columns": ["stop_id"], "columns": 7'})
    path = write_feed(tmp_path / "x.zip", parts | {"stops.parquet": parquet(lie)})
    back = City.open(read_export(path, tmp_path / "into"))
    assert back.stops["stop_id"].tolist() == ["s1", "s2", "s3", "s4"]


def test_a_reader_that_dies_is_a_sentence(exported, tmp_path, monkeypatch):
    from course.city import export_reading

    monkeypatch.setattr(export_reading.sys, "executable", "/bin/false")
    with pytest.raises(CourseError, match="broke its reader"):
        read_export(exported, tmp_path / "into")


def test_the_working_folder_is_not_imported_from(exported, tmp_path, monkeypatch):
    trap = tmp_path / "here"
    trap.mkdir()
    (trap / "json.py").write_text("raise SystemExit('trap')")
    monkeypatch.chdir(trap)
    assert City.open(read_export(exported, tmp_path / "into")).id == "town"
