"""Requests, votes and night trips under other names, with faults, added to packs of any age."""

from __future__ import annotations

import argparse
import json

import h3
import numpy as np
import pandas as pd
import pytest

from course import City, service_requests
from course.city.checks import check, repairs_of
from course.city.columns import parse_dates, parse_mappings
from course.city.given_tables import TableFiles
from course.city.importing import add_city
from course.city.pack_adding import add_tables
from course.commands import city as command
from course.errors import CourseError, UsageError
from tests.city_feeds import SOUND, write_feed

BALTIMORE_STOPS = (
    "stop_id,stop_name,stop_lat,stop_lon\ns1,One,39.29,-76.61\ns2,Two,39.30,-76.62\n"
    "s3,Three,39.31,-76.60\ns4,Four,39.33,-76.65\n"
)
HEAD = "id,created,closed,type,source,zone,lat,lon\n"
ONE = HEAD + "1,2025-01-01,,road,,,,\n"


def run(*words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(list(map(str, words))))


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    base = tmp_path_factory.mktemp("town")
    return add_city("town", [write_feed(base / "f.zip", SOUND)], where=base, fare_flat=1250)


def add(town, tmp_path, **files):
    return add_tables("own", TableFiles(**files), start=town.path, where=tmp_path / "c")


def counted(city):
    told = repairs_of(city)
    return dict(zip(told["what"], told["count"], strict=True))


# --- requests -----------------------------------------------------------------------------


@pytest.mark.slow
def test_real_requests(test_data, tmp_path):
    """Baltimore's own export: every row is accounted for, no address comes along."""
    source = test_data / "complaints" / "baltimore_311_sample.csv"
    zone = SOUND["agency.txt"].replace("Asia/Seoul", "America/New_York")
    feed = write_feed(
        tmp_path / "f.zip", SOUND | {"stops.txt": BALTIMORE_STOPS, "agency.txt": zone}
    )
    mapping = {
        "request_id": "SRRecordID", "created_at": "CreatedDate", "closed_at": "CloseDate",
        "category": "SRType", "channel": "MethodReceived", "zone_id": "Neighborhood",
        "lat": "Latitude", "lon": "Longitude", "status": "SRStatus",
    }  # fmt: skip
    city = add_city(
        "baltimore", [feed], where=tmp_path, requests=source,
        columns=[f"requests.{ours}={theirs}" for ours, theirs in mapping.items()],
        dates=["requests=%m/%d/%Y %I:%M:%S %p"],
    )  # fmt: skip
    raw = pd.read_csv(source, dtype=str)
    requests = city.requests
    assert len(requests) == len(raw) == 10_000
    assert city.column_maps == {"requests": mapping}
    assert city.properties["dates"] == {"requests": "%m/%d/%Y %I:%M:%S %p"}
    done = counted(city)
    assert done["coordinates are rounded to whole degrees"] == 892
    assert done["case without coordinates"] == 590
    assert requests["lat"].isna().sum() == 892 + 590
    assert requests["lat"].dropna().between(39.1, 39.7).all()
    assert requests["closed_at"].isna().sum() == raw["CloseDate"].isna().sum() == 208
    created = pd.to_datetime(raw["CreatedDate"], format="%m/%d/%Y %I:%M:%S %p").sort_values()
    assert (pd.to_datetime(requests["created_at"]).to_numpy() == created.to_numpy()).all()
    everything = (city.path / "datapackage.json").read_text() + requests.to_csv()
    assert not any(a in everything for a in raw["Address"].dropna().sample(60, random_state=1))
    assert not requests["request_id"].isin(raw["ServiceRequestNum"]).any()
    # found without a mapping too, and read in the same way: their names are usual ones
    plain = add_city("plain", [feed], where=tmp_path, requests=source)
    assert plain.properties["dates"] == {"requests": "month first"}
    pd.testing.assert_frame_equal(plain.requests.drop(columns="zone_id"),
                                  requests.drop(columns="zone_id"))  # fmt: skip
    cleaned = service_requests.clean(plain.requests, plain.zones)
    assert cleaned.dropped.empty and set(cleaned.table["zone_by"]) == {"place", "unknown"}
    assert 0 < service_requests.median_hours(cleaned) < 24 * 30
    assert check(city, validator=False).faults == []
    with pytest.raises(CourseError, match="'Address' may say who or where"):
        add_city("bad", [feed], where=tmp_path, requests=source,
                 columns=["requests.text=Address"])  # fmt: skip
    with pytest.raises(CourseError, match="looks like words or addresses"):
        add_city("bad", [feed], where=tmp_path, requests=source,
                 columns=["requests.category=GeoLocation"])  # fmt: skip
    with pytest.raises(CourseError, match=r"most places lie \d"):
        add_city("bad", [write_feed(tmp_path / "s.zip", SOUND)], where=tmp_path, requests=source)
    assert not (tmp_path / "bad").exists()


def test_every_row_has_a_reason(town, tmp_path):
    source = tmp_path / "r.csv"
    source.write_text(
        "id,created,closed,type,source,zone,lat,lon,status,words\n"
        "1,2025-01-02 08:00,2025-01-03,road,call,z1,37.512345,127.012345,,Call 010-1234-5678 now\n"
        "2,,2025-01-03,road,call,z1,37.51,127.01,,\n"
        "3,yesterday,2025-01-03,road,call,z1,37.51,127.01,,\n"
        "4,1970-01-01,2025-01-03,road,call,z1,37.51,127.01,,\n"
        "5,2025-01-02,soon,road,call,z1,37.51,127.01,,\n"
        "6,2025-01-02,1900-01-01,road,call,z1,37.51,,,a@b.example is my mail\n"
        "7,2025-01-02,,road,call,z1,0,0,Closed (Duplicate),\n"
        "8,2025-01-04,2025-01-03,,call,z1,0,0,Closed,\n"
        "8,2025-01-05,,noise,,,95,127,open," + "x" * 600 + "\n"
        ",2025-01-06,,noise,,,60.5,127,open,\n"
    )
    city = add(town, tmp_path, requests=source, columns=["requests.text=words"])
    requests = city.requests
    assert requests["request_id"].tolist() == ["R00001", "R00002", "R00003", "R00003", "R00004"]
    assert requests["closed_at"].isna().tolist() == [True, False, False, True, True]
    assert requests["category"].tolist() == ["road", "road", "unknown", "noise", "noise"]
    assert requests["lat"].isna().tolist() == [True, False, True, True, True]
    assert requests["lat"][1] == 37.5123  # ten metres are enough
    assert requests["text"][1] == "Call … now" and requests["text"][0] == "… is my mail"
    assert requests["text"].str.len().max() == 500
    done = counted(city)
    for what in ("case without a creation time", "creation time is no time",
                 "created before 1990 or after 2100", "closing time is no time",
                 "closed before 1990 or after 2100", "closed, but nobody knows when",
                 "closed before it was created", "case without a category",
                 "one of latitude and longitude is missing", "coordinates are 0, 0",
                 "coordinates are no place on earth", "case far from every stop",
                 "more than 500 letters of words"):  # fmt: skip
        assert done[what] == 1, what
    assert done["words with a number or a mail address"] == 2
    dropped = repairs_of(city).query("done == 'dropped'")["count"].sum()
    assert dropped + len(requests) == 10
    cleaned = service_requests.clean(requests, city.zones)
    assert sorted(cleaned.dropped["reason"]) == ["closed before it was created",
                                                 "id was used before"]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "words"), [
    ("", {}, "has no rows"), (HEAD, {}, "has no rows"), ("a,b\n1,2\n", {}, "column for created_at"),
    (HEAD + "1,x,y,road,,,,\n", {}, "is read as no time"),
    (HEAD + "1,03/04/2025,,road,,,,\n", {}, "day first or month first"),
    (HEAD + "1,2025-01-01,soon,road,,,,\n", {}, "none of 1 cases"),
    (HEAD + "1,2025-01-01,,road,,,48.1,11.5\n", {}, "km from the city's stops"),
    (ONE, {"columns": ["requests.category=kind"]}, "no column 'kind'"),
    (ONE, {"dates": ["requests=%d/%m/%Y"]}, "with the format"),
    (ONE, {"columns": ["rides.date=x"]}, "no table of it"),
    (HEAD + "".join(f"{k},2025-01-01,,{k} Main St,,,,\n" for k in range(600)), {}, "looks like"),
    ("id,created,closed,type,caller_phone\n1,2025-01-01,,road,5\n",
     {"columns": ["requests.channel=caller_phone"]}, "may say who or where"),
])  # fmt: skip
def test_requests_of_no_use_are_refused(text, options, words, town, tmp_path):
    source = tmp_path / "r.csv"
    source.write_text(text)
    with pytest.raises(CourseError, match=words) as caught:
        add(town, tmp_path, requests=source, **options)
    assert caught.value.remedy and not (tmp_path / "c" / "own").exists()


def test_requests_as_parquet_with_a_time_zone(town, tmp_path):
    moments = pd.to_datetime(["2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z"])
    frame = pd.DataFrame({"Created": moments, "Closed": [moments[1], pd.NaT], "Type": ["a", "b"]})
    frame.to_parquet(tmp_path / "r.parquet")
    city = add(town, tmp_path, requests=tmp_path / "r.parquet")
    assert city.requests["created_at"].tolist() == ["2025-01-01T09:00:00", "2025-01-01T10:00:00"]
    assert city.requests["closed_at"].isna().tolist() == [False, True]


# --- votes --------------------------------------------------------------------------------


@pytest.mark.slow
def test_real_votes(town, test_data, tmp_path):
    from course.city.pabulib import read_pabulib

    for path in sorted((test_data / "pb").glob("[!P]*.pb")):
        told = read_pabulib(path)
        city = add_tables("own", TableFiles(votes=[path]), start=town.path,
                          where=tmp_path / path.stem[:4])  # fmt: skip
        assert len(city.projects) == len(told.projects) and city.ballots["points"].sum() == (
            told.ballots["points"].sum())  # fmt: skip
        assert city.ballots["voter_id"].nunique() == told.ballots["voter_id"].nunique()
        assert city.properties["vote_budget"] == told.budget
        assert check(city, validator=False).faults == []
        back = city.export(tmp_path / "x.zip")
        assert back.stat().st_size < 20_000_000
    with pytest.raises(CourseError, match="most places lie"):
        add_tables("own", TableFiles(votes=[test_data / "pb" / "Poland_Warszawa_2026.pb"]),
                   start=town.path, where=tmp_path / "far")  # fmt: skip


def votes_of(tmp_path, projects, ballots):
    (tmp_path / "p.csv").write_text(projects)
    (tmp_path / "b.csv").write_text(ballots)
    return [tmp_path / "b.csv", tmp_path / "p.csv"]


def test_votes_as_two_tables(town, tmp_path):
    files = votes_of(
        tmp_path,
        "codigo;titulo;costo;lat;lon\np1;Park;1,000;37.5;127.0\np2;Path;2500.5;;\n"
        "p2;Again;1;;\np3;Pool;free;;\n;None;5;;\np4;Minus;-1;;\n",
        "votante,proyecto,puntos,edad\nkim,p1,2,34\nkim,p1,2,34\nlee,p9,1,20\n,p1,1,20\n"
        "lee,p2,x,20\nlee,p2,3,7\n",
    )
    city = add(town, tmp_path, votes=files, columns=[
        "projects.project_id=codigo", "projects.name=titulo", "projects.cost=costo",
        "ballots.voter_id=votante", "ballots.project_id=proyecto", "ballots.points=puntos",
        "ballots.age_group=edad"])  # fmt: skip
    assert city.projects[["project_id", "cost"]].values.tolist() == [["p1", 1000], ["p2", 2500.5]]
    assert city.ballots[["voter_id", "project_id", "points", "age_group"]].values.tolist() == [
        ["V00001", "p1", 2, "30-39"], ["V00002", "p2", 3, "0-19"]]  # fmt: skip
    done = counted(city)
    for what in ("project id was used before", "project without id", "ballot without a voter",
                 "project is not in the list", "points are no number of zero or more",
                 "voter chose the project twice"):  # fmt: skip
        assert done[what] == 1, what
    assert done["cost is no amount of zero or more"] == 2
    assert city.column_maps["ballots"]["voter_id"] == "votante"
    assert "vote_budget" not in city.properties
    assert "kim" not in city.ballots.to_csv()


@pytest.mark.parametrize(("projects", "ballots", "words"), [
    ("id,cost\np1,5\n", "id,cost\np1,5\n", "not exactly one has a column of voters"),
    ("id,cost\np1,x\n", "voter,vote\na,p1\n", "no project has an id and a cost"),
    ("id,cost\np1,5\n", "voter,vote\na,p2\n", "no ballot can be used"),
    ("id,name\np1,5\n", "voter,vote\na,p2\n", "no column for cost"),
    ("id,cost\np1,5\n", "voter,points\na,2\n", "no column for project_id"),
])  # fmt: skip
def test_votes_of_no_use_are_refused(projects, ballots, words, town, tmp_path):
    with pytest.raises(CourseError, match=words):
        add(town, tmp_path, votes=votes_of(tmp_path, projects, ballots))


def test_votes_are_one_file_or_two(town, tmp_path):
    pb = tmp_path / "x.pb"
    pb.write_text("nothing")
    for files in ([tmp_path / "a.csv"], [pb, pb], [pb, tmp_path / "b.csv"], [pb] * 3):
        with pytest.raises(UsageError, match=r"one \.pb file, or two tables"):
            add(town, tmp_path, votes=files)
    with pytest.raises(CourseError):
        add(town, tmp_path, votes=[pb])


# --- night trips --------------------------------------------------------------------------


def test_night_trips(town, tmp_path):
    a, b, c = sorted(h3.grid_disk(h3.latlng_to_cell(37.51, 127.01, 8), 1))[:3]
    far, large = h3.latlng_to_cell(48.1, 11.5, 8), h3.cell_to_parent(a, 7)
    rows = [(a.upper(), b, 0, 12), (a, b, 0, 3), (b, c, 4, 2.5), (a, "zz", 0, 1),
            (a, large, 0, 1), (a, b, 1.5, 1), (a, b, 48, 1), (a, b, 1, -1), (a, b, 1, "x"),
            (a, far, 1, 9)]  # fmt: skip
    source = tmp_path / "n.csv"
    pd.DataFrame(rows, columns=["from", "to", "hour", "calls"]).to_csv(source, index=False)
    city = add(town, tmp_path, night_trips=source)
    assert city.night_trips.values.tolist() == [[a, b, 0, 15.0], [b, c, 4, 2.5]]
    done = counted(city)
    assert done["to_cell is no H3 cell"] == 1 and done["cell far from every stop"] == 1
    assert done["to_cell is of another size than most (resolution 8)"] == 1
    assert done["hour is no whole number from 0 to 47"] == 2
    assert done["trips is no number of zero or more"] == 2
    assert done["pair and hour were there before"] == 1
    dropped = repairs_of(city).query("done == 'dropped'")["count"].sum()
    assert dropped == 7 and check(city, validator=False).faults == []
    source.write_text(f"from,to,hour,calls\n{far},{far},1,5\n")
    with pytest.raises(CourseError, match="most cells lie"):
        add_tables("two", TableFiles(night_trips=source), start=town.path, where=tmp_path)
    source.write_text("from,to,hour,calls\nx,y,1,5\n")
    with pytest.raises(CourseError, match="none of 1 rows"):
        add_tables("two", TableFiles(night_trips=source), start=town.path, where=tmp_path)


# --- adding to a pack there is ------------------------------------------------------------


@pytest.fixture
def requests_csv(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("no,opened_on,ended_on,kind\n1,02/01/2025,,road\n2,03/01/2025,,road\n")
    return path


MAPPING = ["requests.created_at=opened_on", "requests.closed_at=ended_on", "requests.category=kind"]


def test_a_table_is_added_and_the_rest_stays(tmp_path, requests_csv, capsys):
    where = tmp_path / "cities"
    feed = write_feed(tmp_path / "f.zip", SOUND)
    zones = tmp_path / "zones.csv"
    zones.write_text("id,lat,lon,pop\nz1,37.5,127.0,100\nz2,37.52,127.02,50\n")
    assert run("add", "town", feed, "--zones", zones, "--where", where, "--licence", "CC0") == 0
    before = City(where / "town")
    told = set(repairs_of(before)["what"])
    kept = {name: before.frame(name) for name in ("stops", "stop_times", "zones", "calendar")}
    capsys.readouterr()

    said = ["--requests", requests_csv, "--columns", *MAPPING, "--dates", "requests=%d/%m/%Y"]
    assert run("add", "town", "--where", where, *said, "--json") == 0
    assert json.loads(capsys.readouterr().out)["gone"] == []
    after = City(where / "town")
    assert after.requests["created_at"].tolist() == ["2025-01-02T00:00:00", "2025-01-03T00:00:00"]
    for name, frame in kept.items():
        pd.testing.assert_frame_equal(frame, after.frame(name))
    assert after.sources.set_index("frame").loc["stops", "licence"] == "CC0"
    assert set(after.column_maps) == {"zones", "requests"}
    assert told < set(repairs_of(after)["what"])

    assert run("show", where / "town") == 0
    shown = capsys.readouterr().out
    assert "requests: created_at=opened_on, closed_at=ended_on, category=kind" in shown
    assert "requests: %d/%m/%Y" in shown and "zones: zone_id=id" in shown

    with pytest.raises(UsageError, match="has requests already"):
        run("add", "town", "--where", where, *said)
    # next month's table has the same columns: nothing to say twice
    requests_csv.write_text("no,opened_on,ended_on,kind\n1,05/02/2025,06/02/2025,noise\n")
    assert run("add", "town", "--where", where, "--requests", requests_csv, "--replace") == 0
    assert "read as before: created_at=opened_on" in capsys.readouterr().out
    newest = City(where / "town")
    assert newest.requests["closed_at"].tolist() == ["2025-02-06T00:00:00"]
    assert newest.given("zones") and repairs_of(newest)["what"].is_unique

    # a new feed in its place leaves the tables behind, and says so
    assert run("add", "town", feed, "--where", where, "--replace") == 0
    assert "The old pack had zones and requests; you did not give them again" in (
        capsys.readouterr().out)  # fmt: skip
    assert not City(where / "town").given("requests")


def test_a_refused_table_leaves_the_pack(town, tmp_path):
    own = add_tables("own", TableFiles(), start=town.path, where=tmp_path)
    before = {p.name: p.read_bytes() for p in own.path.iterdir()}
    (tmp_path / "r.csv").write_text("nonsense\n1\n")
    with pytest.raises(CourseError):
        add_tables("own", TableFiles(requests=tmp_path / "r.csv"), where=tmp_path)
    assert {p.name: p.read_bytes() for p in own.path.iterdir()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["own", "r.csv"]


@pytest.mark.parametrize("name", ["seoul", "mashhad", "iloilo"])
def test_a_copy_of_a_bundled_city_takes_tables(name, tmp_path):
    base = City.open(name)
    lat, lon = base.centre
    (tmp_path / "r.csv").write_text(
        HEAD + f"1,2025-01-01,2025-01-02,road,call,,{lat + 0.01},{lon}\n"
    )
    city = add_tables(f"{name}-own", TableFiles(requests=tmp_path / "r.csv"), start=name,
                      where=tmp_path, title="Ours")  # fmt: skip
    assert (city.id, city.title, len(city.requests)) == (f"{name}-own", "Ours", 1)
    assert not city.bundled and city.fingerprint != base.fingerprint
    for frame in ("stops", "routes", "stop_times"):
        pd.testing.assert_frame_equal(city.frame(frame), base.frame(frame))
    assert check(city, validator=False).faults == []
    with pytest.raises(UsageError, match="comes with the course"):
        add_tables(name, TableFiles(requests=tmp_path / "r.csv"), where=tmp_path)


def test_wrong_ways_to_add(town, tmp_path, requests_csv):
    feed = write_feed(tmp_path / "f.zip", SOUND)
    for words, call in (
        ("no pack of your own named none", ["none", "--requests", requests_csv]),
        ("no city pack", ["x", "--from", tmp_path / "void"]),
        ("is for a new pack", ["own", "--requests", requests_csv, "--currency", "KRW"]),
        ("from feeds or from a pack", ["x", feed, "--from", town.path]),
        ("no table of it", ["x", feed, "--columns", "requests.category=x"]),
        ("no table of it", ["x", feed, "--dates", "requests=%d"]),
        ("no format of times", ["x", feed, "--dates", "zones=%d"]),
    ):
        with pytest.raises(CourseError, match=words):
            run("add", *call, "--where", tmp_path / "c")
    add_tables("own", TableFiles(), start=town.path, where=tmp_path / "c")
    with pytest.raises(UsageError, match="nothing to add"):
        run("add", "own", "--where", tmp_path / "c")
    with pytest.raises(UsageError, match="already"):
        run("add", "own", "--from", town.path, "--where", tmp_path / "c")
    with pytest.raises(UsageError, match="already") as caught:
        run("add", "own", feed, "--where", tmp_path / "c")
    assert "name no feed" in caught.value.remedy
    # feeds may still come after the options
    assert run("add", "late", "--title", "Late", feed, "--where", tmp_path / "c") == 0


# --- mappings -----------------------------------------------------------------------------


def test_mappings_name_their_table():
    told = parse_mappings(["requests.created_at=Opened", "population=pob", "ballots.points=p"])
    assert told == {"zones": {"population": "pob"}, "rides": {},
                    "requests": {"created_at": "Opened"}, "ballots": {"points": "p"}}  # fmt: skip
    for pair, words in (
        ("created_at=Opened", "Write requests.created_at=THEIR_NAME"),
        ("cost=x", "Write projects.cost"), ("status=x", "requests.status"),
        ("voter_id=x", "ballots.voter_id"), ("requests.nothing=x", "requests.created_at"),
        ("weblog.ip=x", "columns are"),
    ):  # fmt: skip
        with pytest.raises(UsageError) as caught:
            parse_mappings([pair])
        assert words in caught.value.remedy
    assert parse_mappings(["lat=y"]) == {"zones": {"lat": "y"}, "rides": {}}


def test_formats_of_times():
    assert parse_dates([]) == {} and parse_dates(["requests=%d=%m"]) == {"requests": "%d=%m"}
    for wrong in ("requests", "requests=", "=x", "zones=%d"):
        with pytest.raises(UsageError):
            parse_dates([wrong])
    with pytest.raises(UsageError):
        parse_dates(["requests=%d", "requests=%m"])


@pytest.mark.slow
def test_a_hundred_thousand_rows(town, tmp_path):
    size = 100_000
    draw = np.random.default_rng(1)
    begun = pd.Timestamp("2025-01-01") + pd.to_timedelta(draw.integers(0, 3e7, size), unit="s")
    frame = pd.DataFrame({
        "id": np.arange(size), "created": begun.strftime("%d/%m/%Y %H:%M"),
        "closed": (begun + pd.Timedelta(hours=5)).strftime("%d/%m/%Y %H:%M"), "type": "road",
        "lat": 37.5 + draw.random(size) / 20, "lon": 127 + draw.random(size) / 20,
    })  # fmt: skip
    frame.to_csv(tmp_path / "r.csv", index=False)
    city = add(town, tmp_path, requests=tmp_path / "r.csv")
    assert len(city.requests) == size and city.properties["dates"]["requests"] == "day first"
    assert city.export(tmp_path / "x.zip").stat().st_size < 5_000_000
