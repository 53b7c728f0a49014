"""Requests, votes and night trips that only some packs give: made, given, scored, exported."""

from __future__ import annotations

import json

import h3
import pandas as pd
import pytest

from course import City
from course.city import derived
from course.city.checks import check
from course.city.export_reading import check_export, read_export
from course.city.given_tables import TableFiles
from course.city.importing import add_city
from course.city.pack_adding import add_tables
from course.city.schema import SCORED_IF_GIVEN, TABLES
from course.errors import CourseError
from tests.city_feeds import SOUND, write_feed
from tests.test_city_export import parts_of, with_column, with_package

# If one changes on purpose, every hand-in of that city has to be scored again.
FINGERPRINTS = {
    "seoul": "04d6ad7057a4a2c0", "mashhad": "c5e40e8c5f6e3596", "iloilo": "9fe8b9ff053ca5a0",
}  # fmt: skip
# Seoul before any pack could give such a table, and before its night places were stated.
SEOUL_BEFORE = "aaf46d95e72c4bd6"
CELLS = sorted(h3.grid_disk(h3.latlng_to_cell(37.51, 127.01, 8), 1))[:3]


def tables_of(folder):
    (folder / "requests.csv").write_text(
        "id,created,closed,type,source,zone,lat,lon\n"
        "7,2025-01-02 08:00,2025-01-03 09:00,road,call,z1,37.51,127.01\n"
        "8,2025-01-02 07:00,,noise,app,zz,,\n"
    )
    (folder / "projects.csv").write_text('id,name,cost\np1,Park,"1,000"\np2,Path,500\n')
    (folder / "ballots.csv").write_text("voter,vote,age\nx@y.kr,p1,34\nx@y.kr,p2,34\nkim,p2,70\n")
    (folder / "night.csv").write_text(
        "origin,destination,hour,calls\n"
        f"{CELLS[0]},{CELLS[1]},0,12\n{CELLS[1]},{CELLS[2]},2,7\n{CELLS[0]},{CELLS[1]},0,3\n"
    )
    return TableFiles(
        requests=folder / "requests.csv", night_trips=folder / "night.csv",
        votes=[folder / "ballots.csv", folder / "projects.csv"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    base = tmp_path_factory.mktemp("plain")
    return add_city("town", [write_feed(base / "f.zip", SOUND)], where=base / "c", fare_flat=1250)


@pytest.fixture(scope="module")
def full(plain, tmp_path_factory):
    base = tmp_path_factory.mktemp("full")
    files = tables_of(base)
    return add_tables("full", files, start=plain.path, where=base / "c")


@pytest.fixture(scope="module")
def exported(full, tmp_path_factory):
    return full.export(tmp_path_factory.mktemp("out") / "full.zip")


@pytest.mark.parametrize("name", FINGERPRINTS)
def test_bundled_cities_keep_their_fingerprint(name, tmp_path):
    city = City.open(name)
    assert city.fingerprint == FINGERPRINTS[name]
    for frame in SCORED_IF_GIVEN:
        assert not city.given(frame)
    names = set(parts_of(city.export(tmp_path / "x.zip")))
    assert not names & {f"{frame}.parquet" for frame in SCORED_IF_GIVEN}


def test_absent_tables_add_nothing_to_a_fingerprint(monkeypatch):
    from course.city import fingerprint

    seoul = City.open("seoul")
    told = {k: v for k, v in (seoul.properties.get("synthesis") or {}).items()
            if not k.startswith("night_")}  # fmt: skip
    seoul.properties = {k: v for k, v in seoul.properties.items() if k != "synthesis"}
    seoul.properties |= {"synthesis": told} if told else {}
    assert seoul.fingerprint == SEOUL_BEFORE
    monkeypatch.setattr(fingerprint, "SCORED_IF_GIVEN", ())
    for name, expected in FINGERPRINTS.items():
        assert City.open(name).fingerprint == expected


def test_a_city_without_them_gets_synthetic_ones(plain, monkeypatch):
    city = City(plain.path)
    listed = city.sources.set_index("frame")
    for name in SCORED_IF_GIVEN:
        assert listed.loc[name, "origin"] == "synthetic" and listed.loc[name, "method"]
        assert pd.isna(listed.loc[name, "rows"])  # not made only to be counted
        assert city.badge(name) == f"SYNTHETIC: {listed.loc[name, 'method']}"
        assert name not in city._frames
        frame = city.frame(name)
        assert set(TABLES[name].required) <= set(frame.columns) and len(frame)
        for column in TABLES[name].columns:
            if column.name in frame:
                assert frame[column.name].dtype == column.dtype
    assert city.sources.set_index("frame").loc["requests", "rows"] == 6_000
    assert city.fingerprint == plain.fingerprint  # what was made does not count
    city.frame("requests").drop(columns="category")
    assert "category" in city.requests  # a copy each time
    assert set(derived.SYNTHESISED) == set(SCORED_IF_GIVEN)


def test_given_ones_win_and_count(plain, full, tmp_path):
    assert not full.is_synthetic("requests", "projects", "ballots", "night_trips")
    assert full.requests["request_id"].tolist() == ["R00001", "R00002"]
    assert full.projects["cost"].tolist() == [1000.0, 500.0]
    assert full.ballots["points"].tolist() == [1.0, 1.0, 1.0]
    assert full.night_trips["trips"].tolist() == [15.0, 7.0]
    assert full.fingerprint != plain.fingerprint
    assert check(full, validator=False).faults == []
    listed = full.sources.set_index("frame")
    assert listed.loc["requests", "origin"] == "real" and listed.loc["requests", "rows"] == 2
    assert listed.loc["requests", "year"] == 2025
    # the same in another order of rows is the same pack
    (tmp_path / "n.csv").write_text(
        "origin,destination,hour,calls\n"
        f"{CELLS[1]},{CELLS[2]},2,7\n{CELLS[0]},{CELLS[1]},0,15\n")  # fmt: skip
    again = add_tables("full", TableFiles(night_trips=tmp_path / "n.csv"), start=full.path,
                       where=tmp_path)  # fmt: skip
    assert again.fingerprint == full.fingerprint


def test_they_travel_and_come_back_equal(full, exported, tmp_path):
    back = City.open(read_export(exported, tmp_path / "back"))
    assert back.fingerprint == full.fingerprint
    for name in SCORED_IF_GIVEN:
        pd.testing.assert_frame_equal(back.frame(name), full.frame(name))
        assert back.sources.set_index("frame").loc[name, "origin"] == "real"
    assert back.column_maps == {}  # how a person's file was read stays at home
    assert check(back, validator=False).faults == []
    package = json.loads(parts_of(exported)["datapackage.json"])
    assert not {"columns", "dates"} & set(package["city"])


HOSTILE = [
    (lambda p: with_column(p, "requests", "created_at", "2025-02-30T00:00:00"), "created_at '2025"),
    (lambda p: with_column(p, "requests", "created_at", ""), "created_at ''"),
    (lambda p: with_column(p, "requests", "created_at", "<script>"), "created_at '<script>'"),
    (lambda p: with_column(p, "requests", "closed_at", "never"), "closed_at 'never'"),
    (lambda p: with_column(p, "requests", "lat", 91.0), "column lat"),
    (lambda p: with_column(p, "requests", "lat", float("nan")), "one of lat and lon"),
    (lambda p: with_column(p, "requests", "category", "x" * 501), "a text of 501 letters"),
    (lambda p: with_column(p, "requests", "address", "1 Main St"), "columns no export has"),
    (lambda p: with_column(p, "projects", "cost", -1.0), "is below 0"),
    (lambda p: with_column(p, "projects", "cost", 1e15), "is above"),
    (lambda p: with_column(p, "projects", "cost", float("inf")), "is above"),
    (lambda p: with_column(p, "projects", "project_id", "p1"), "occurs more than once"),
    (lambda p: with_column(p, "ballots", "project_id", "p9"), "is not in projects"),
    (lambda p: with_column(p, "ballots", "voter_id", ""), "no voter_id"),
    (lambda p: with_column(p, "ballots", "project_id", "p2"), "occurs more than once"),
    (lambda p: with_column(p, "ballots", "points", float("nan")), "the cell is empty"),
    (lambda p: with_column(p, "night_trips", "from_cell", "8830e1d8b9ffff"), "is no H3 cell"),
    (lambda p: with_column(p, "night_trips", "to_cell", "../../etc"), "is no H3 cell"),
    (lambda p: with_column(p, "night_trips", "to_cell",
                           h3.cell_to_parent(CELLS[0], 7)), "different sizes"),
    (lambda p: with_column(p, "night_trips", "hour", 48), "is above 47"),
    (lambda p: with_column(p, "night_trips", "trips", "many"), "is no number"),
    (lambda p: {n: c for n, c in p.items() if n != "projects.parquet"}, "not the projects"),
    (lambda p: p | {"requests.parquet": b"PAR1"}, "no sound Parquet"),
    (lambda p: p | {"weblog.parquet": b""}, "which no export has"),
    (lambda p: with_package(p, vote_budget="all"), "city.vote_budget is not"),
    (lambda p: with_package(p, vote_budget=-1), "city.vote_budget is not"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "words"), HOSTILE)
def test_a_spoilt_export_is_refused(spoil, words, exported, tmp_path):
    path = write_feed(tmp_path / "bad.zip", spoil(parts_of(exported)))
    (tmp_path / "into").mkdir()
    with pytest.raises(CourseError) as caught:
        check_export(path, tmp_path / "into")
    assert words in str(caught.value) and caught.value.remedy


def test_an_empty_given_table_is_given(full, tmp_path):
    """A table with a header and no rows is not replaced by a synthetic one, here or there."""
    folder = tmp_path / "hollow"
    folder.mkdir()
    for part in full.path.iterdir():
        (folder / part.name).write_bytes(part.read_bytes())
    full.requests.head(0).to_parquet(folder / "requests.parquet")
    city = City.open(folder)
    assert city.requests.empty and not city.is_synthetic("requests")
    back = City.open(read_export(city.export(tmp_path / "x.zip"), tmp_path / "back"))
    assert back.requests.empty and back.fingerprint == city.fingerprint != full.fingerprint


def test_too_large_a_table_says_which(full, tmp_path, monkeypatch):
    from course.city import exporting

    monkeypatch.setattr(exporting, "MAX_EXPORT_BYTES", 500)
    with pytest.raises(CourseError, match="largest part") as caught:
        full.export(tmp_path / "x.zip")
    largest = str(caught.value).split("(")[1].split(".parquet")[0]
    wanted = "Cut that table" if largest in SCORED_IF_GIVEN else "Cut the feed"
    assert wanted in caught.value.remedy
