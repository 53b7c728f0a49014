"""Ride data of other people: every row kept by a rule, every row lost with a reason."""

from __future__ import annotations

import argparse
import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import City, fares
from course.city.checks import check, repairs_of
from course.city.export_reading import read_export
from course.city.given_tables import TableFiles
from course.city.importing import add_city
from course.city.pack_adding import add_tables
from course.city.places import zone_of
from course.city.repairs import RepairList
from course.city.rides_in import destinations, moments
from course.city.rides_in.fields import FIELDS
from course.city.rides_in.imported import ImportedRides, RideOptions
from course.city.rides_in.importing import import_rides
from course.city.rides_in.network import Network
from course.city.rides_in.packing import RideReading, parse_values
from course.city.rides_in.reading import blocks
from course.commands import city as city_command
from course.errors import CourseError, UsageError
from tests.city_feeds import SOUND, write_feed

STOPS = pd.DataFrame(
    {
        "stop_id": ["a", "b", "c", "d", "far"],
        "name": ["Alpha", "Beta", "Gamma", "Delta (north)", "Far"],
        "name_local": ["알파", "베타", "감마", "델타", ""],
        "lat": [37.50, 37.51, 37.52, 37.53, 38.20],
        "lon": [127.0, 127.0, 127.0, 127.0, 127.0],
    }
)
ROUTES = pd.DataFrame({"route_id": ["r1", "m1"], "short_name": ["1", "Line 9"],
                       "mode": ["bus", "subway"]})  # fmt: skip
PATTERNS = pd.DataFrame(
    {
        "route_id": ["r1", "m1", "m1"],
        "mode": ["bus", "subway", "subway"],
        "stop_ids": [("a", "b", "c", "d"), ("a", "c"), ("c", "a")],
        "distance_m": [(0, 1500, 3000, 4500), (0, 2500), (0, 2500)],
    }
)


def network() -> Network:
    return Network(STOPS, ROUTES, lambda: PATTERNS, frozenset({"subway"}))


def command(words: list[str]) -> int:
    parser = argparse.ArgumentParser()
    city_command.add_arguments(parser)
    return city_command.run(parser.parse_args(words))


SHARED = network()  # for tests without coordinates, which add no place


def bring(
    tmp_path: Path, text: str, *, city: Network | None = None, **options
) -> tuple[ImportedRides, dict[str, int]]:
    path = tmp_path / "rides.csv"
    path.write_text(text, encoding="utf-8")
    repairs = RepairList()
    return import_rides([path], city or network(), repairs, RideOptions(**options)), {
        r.what: r.count for r in repairs.entries
    }


HEAD = "card_id,board_time,alight_time,route_id,board_stop_id,alight_stop_id\n"


def test_each_fault_is_counted_and_listed(tmp_path: Path):
    got, told = bring(
        tmp_path,
        HEAD + "A,2025-05-14 08:00:00,2025-05-14 08:10:00,r1,a,c\n"
        "A,2025-05-14 08:00:00,2025-05-14 08:10:00,r1,a,c\n"  # twice
        "B,2025-05-14 09:00:00,2025-05-14 08:00:00,r1,a,c\n"  # out before in
        "C,2025-05-14 10:00:00,2025-05-14 19:00:00,r1,a,c\n"  # nine hours
        "D,2025-05-14 11:00:00,2025-05-14 11:20:00,r1,a,zz\n"  # unknown tap-out
        "E,2025-05-14 11:00:00,2025-05-14 11:20:00,r1,zz,a\n"  # unknown tap-in
        "F,2025-05-14 12:00:00,2025-05-14 12:01:00,r1,a,far\n"  # 78 km in a minute
        "G,2025-05-14 13:00:00,2025-05-14 13:30:00,r1,a,c\n"
        "G,2025-05-14 13:10:00,2025-05-14 13:20:00,r1,b,c\n"  # before the tap-out above
        "H,2025-05-14 14:00:00,,r1,a,\n"
        "I,2025-05-14 15:00:00,2025-05-14 15:09:00,r1,a,c\n"
        "I,2025-05-14 15:00:30,2025-05-14 15:09:00,r1,a,c\n"  # a companion
        ",2025-05-14 15:00:30,,r1,a,\n"
        "J,noon,,r1,a,\n",
    )
    assert told["the same tap twice"] == 1
    assert told["tap-out before tap-in"] == told["ride of more than 5 hours"] == 1
    assert told["the stop of the tap-out is not in the city"] == 1
    assert told["the stop of the tap-in is not in the city"] == 1
    assert told["faster than 130 km/h"] == 1
    assert told["tap-out after the card's next tap-in"] == 1
    assert told["a second boarding within 60 s at the same stop and route"] == 1
    assert told["ride without a card"] == told["no time of the tap-in"] == 1
    assert told["ride without tap-out"] == 6  # B, C, D, F, the first of G, H
    frame = got.frame()
    assert len(frame) == 14 - 4 and got.counts["rows"] == 14
    assert frame["card_id"].nunique() == 9  # A B C D F G H and I twice
    assert set(frame["distance_m"].dropna()) == {3000, 1500}  # along the route, not 2,224


def test_service_day_and_midnight(tmp_path: Path):
    got, told = bring(
        tmp_path,
        "card_id,date,board_time,alight_time,route_id,board_stop_id,alight_stop_id\n"
        "A,2025-05-14,23:50:00,00:10:00,r1,a,c\n"  # the clock passes midnight
        "A,2025-05-15,00:30:00,00:40:00,r1,a,c\n"  # calendar 15, service day 14
        "A,2025-05-15,05:00:00,05:10:00,r1,a,c\n",
    )
    frame = got.frame()
    assert frame["date"].tolist() == ["2025-05-14", "2025-05-14", "2025-05-15"]
    assert frame["board_time"].tolist() == [85_800, 88_200, 18_000]
    assert frame["alight_time"].tolist() == [87_000, 88_800, 18_600]
    assert told["tap-out after midnight"] == 1
    other, _ = bring(
        tmp_path,
        "card_id,board_time,board_stop_id\nA,2025-05-15 00:30:00,a\n",
        day_start="00:00",
    )
    assert other.frame()["date"].tolist() == ["2025-05-15"]


def test_stops_by_name_and_by_place(tmp_path: Path):
    got, told = bring(
        tmp_path,
        "card_id,board_time,route,board_stop_name,alight_stop_name\n"
        "A,2025-05-14 08:00:00,Line 9,알파,gamma\n"
        "B,2025-05-14 08:00:00,9호선,delta,ALPHA\n"
        "C,2025-05-14 08:00:00,1,Nowhere,Alpha\n",
        mapping={"route_id": "route"},
    )
    frame = got.frame().set_index("board_stop_id")
    assert frame.loc["a", ["alight_stop_id", "mode", "route_id"]].tolist() == ["c", "subway", "m1"]
    assert frame.loc["a", "distance_m"] == 2500  # the shortest way on the rails
    assert told["the stop of the tap-in is not in the city"] == 1
    placed, told = bring(
        tmp_path,
        "card_id,board_time,lat,lon\nA,2025-05-14 08:00:00,37.5001,127.0002\n"
        "B,2025-05-14 08:00:00,37.5251,127.02\nC,2025-05-14 08:00:00,0,0\n"
        "D,2025-05-14 08:00:00,-34.6,-58.4\nE,2025-05-14 08:00:00,,\n",
    )
    assert set(placed.frame()["board_stop_id"]) == {"a", "tap@37.525,127.020"}
    assert told["the stop of the tap-in is not in the city"] == 2
    assert told["the stop of the tap-in is not given"] == 1
    assert told["tap places that are no stop of the feed"] == 1


def test_tap_rows_become_rides(tmp_path: Path):
    got, told = bring(
        tmp_path,
        "card_id,board_time,mode,board_stop_id,tap\n"
        "A,2025-05-14 08:00:00,metro,a,CHECK IN\nA,2025-05-14 08:20:00,metro,c,CHECK OUT\n"
        "A,2025-05-14 09:00:00,colectivo,b,\nB,2025-05-14 09:00:00,metro,c,out\n",
    )
    frame = got.frame()
    assert frame["mode"].tolist() == ["subway", "bus"]
    assert frame["alight_stop_id"].tolist()[0] == "c" and frame["alight_time"][0] == 30_000
    assert told["tap-out without a tap-in"] == 1


def test_destinations_are_inferred_and_the_method_is_scored(tmp_path: Path):
    got, _ = bring(
        tmp_path,
        "card_id,board_time,route_id,board_stop_id\n"
        "A,2025-05-14 08:00:00,r1,a\nA,2025-05-14 18:00:00,m1,c\nB,2025-05-14 08:00:00,r1,b\n",
    )
    frame = got.frame()
    assert got.inferred_pct == pytest.approx(200 / 3)
    assert sorted(frame["alight_stop_id"].dropna()) == ["a", "c"]
    assert frame["alight_inferred"].tolist().count(1) == 2
    # 3,000 m along the route at 15 km/h are twelve minutes
    bus = frame[(frame["mode"] == "bus") & frame["alight_time"].notna()].iloc[0]
    assert bus["alight_time"] - bus["board_time"] == 720
    scored, told = bring(
        tmp_path,
        HEAD + "A,2025-05-14 08:00:00,2025-05-14 08:10:00,r1,a,c\n"
        "A,2025-05-14 18:00:00,2025-05-14 18:10:00,m1,c,a\n"
        "B,2025-05-14 08:00:00,2025-05-14 08:10:00,r1,a,b\n"
        "B,2025-05-14 18:00:00,2025-05-14 18:10:00,m1,c,a\n",
    )
    assert scored.score == destinations.Score(4, 4, 3, 3)  # B went to b, and tapped next at c
    assert scored.inferred_pct == 0 and any("trip chaining tried" in what for what in told)
    assert scored.frame()["alight_stop_id"].notna().all()


@pytest.mark.parametrize(
    ("text", "seconds", "wrong"),
    [
        ("083000", 30_600, False),
        ("8:30", 30_600, False),
        ("25:30:00", 91_800, False),
        ("11:05 PM", 83_100, False),
        ("12:00 am", 0, False),
        ("8:61", -1, True),
        ("noon", -1, True),
        ("", -1, False),
    ],
)
def test_clocks(text: str, seconds: int, wrong: bool):
    import pyarrow as pa

    read = moments.parse(pa.array([text]))
    moments.settle(read)
    assert (read.seconds[0], read.wrong[0]) == (seconds, wrong)


def test_dates_that_can_be_read_both_ways_need_a_format(tmp_path: Path):
    text = "card_id,date,hour,board_stop_id\nA,11/09/2019,8,a\n"
    with pytest.raises(CourseError, match="day first or month first"):
        bring(tmp_path, text)
    stated, told = bring(tmp_path, text, format="%d/%m/%Y")
    assert stated.frame()["date"].tolist() == ["2019-09-11"]
    assert "times are known to the hour only" in told
    shown, _ = bring(tmp_path, text + "A,11/25/2019,8,a\n")
    assert set(shown.frame()["date"]) == {"2019-11-09", "2019-11-25"}
    with pytest.raises(UsageError, match="is no date"):
        bring(tmp_path, text, day="14 May")
    with pytest.raises(UsageError, match="no start of a day"):
        bring(tmp_path, text, day_start="noon", format="%d/%m/%Y")


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("03/05/2025 08:01:05", "%d/%m/%Y"),  # the order is enough, a clock follows anyway
        ("03/05/2025 08:01:05", "%d/%m/%Y %H:%M"),
        ("05-03-2025 08:01:05", "%m-%d-%Y"),
        ("3/5/25 8:01:05", "%d/%m/%y"),
        ("25/5/3 8:01:05 AM", "%y/%m/%d"),
        ("03 May 2025 08:01:05", "%d %b %Y %H:%M:%S"),
        ("03052025 080105", "%d%m%Y %H%M%S"),
        ("2025-05-03T08:01:05", "%d/%m/%Y"),  # the year first has one reading
        ("03/05/2025 06:01:05+07", "%d/%m/%Y"),
        ("03.05.2025 08:01:05", ""),
        ("2025-05-03 08:01:05+09", ""),
        ("۲۰۲۵/۰۵/۰۳ ۰۸:۰۱:۰۵", ""),
        ("20250503080105", ""),
    ],
)
def test_one_time_in_many_ways(written: str, stated: str, tmp_path: Path):
    got, _ = bring(
        tmp_path, f"card_id,board_time,board_stop_id\nA,{written},a\n", format=stated,
        zone="Asia/Seoul",
    )  # fmt: skip
    assert got.frame()[["date", "board_time"]].values.tolist() == [["2025-05-03", 28_865]]


def test_one_slip_of_the_keyboard_proves_no_order(tmp_path: Path):
    rows = "".join(f"c{i},03/05/2025 08:00,a\n" for i in range(300))
    head = "card_id,board_time,board_stop_id\n"
    with pytest.raises(CourseError, match="1 of 301 rows tell"):
        bring(tmp_path, head + rows + "x,05/13/2025 08:00,a\n")
    # what one column proves holds for the others
    got, _ = bring(
        tmp_path,
        "card_id,board_time,alight_time,board_stop_id,alight_stop_id\n"
        "A,13/05/2025 23:50,,a,\nB,03/05/2025 08:00,03/05/2025 08:10,a,c\n",
    )
    assert got.frame()["alight_time"].dropna().tolist() == [29_400]


def test_offsets_are_turned_to_the_city(tmp_path: Path):
    text = "card_id,board_time,board_stop_id\nA,2025-05-13T23:30:00Z,a\n"
    got, _ = bring(tmp_path, text, zone="Asia/Seoul")
    assert got.frame()[["date", "board_time"]].values.tolist() == [["2025-05-14", 30_600]]


TAPS = "card_id,board_time,route_id,board_stop_id\n" + "".join(
    f"c{i % 7},2025-05-14 {8 + i % 9:02d}:{i % 60:02d}:00,r1,{'abcd'[i % 4]}\n" for i in range(200)
)


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zip", "zst", "parquet", "utf16", "semicolon"])
def test_packed_files_read_like_the_plain_one(kind: str, tmp_path: Path):
    plain, _ = bring(tmp_path, TAPS)
    path, raw = tmp_path / f"t.csv.{kind}", TAPS.encode()
    if kind in ("gz", "bz2", "xz"):
        path.write_bytes({"gz": gzip, "bz2": bz2, "xz": lzma}[kind].compress(raw))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("t.csv", raw)
    elif kind == "zst":
        import pyarrow as pa

        with pa.CompressedOutputStream(str(path), "zstd") as stream:
            stream.write(raw)
    elif kind == "parquet":
        path = tmp_path / "t.parquet"
        pd.read_csv(tmp_path / "rides.csv", dtype=str).to_parquet(path)
    else:
        path = tmp_path / "t.csv"
        path.write_bytes(TAPS.encode("utf-16") if kind == "utf16" else
                         TAPS.replace(",", ";").encode())  # fmt: skip
    got = import_rides([path], network(), RepairList())
    columns = ["board_time", "board_stop_id", "alight_stop_id", "distance_m"]
    assert sorted(map(str, got.frame()[columns].values.tolist())) == sorted(
        map(str, plain.frame()[columns].values.tolist())
    )


def test_small_blocks_read_like_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole, _ = bring(tmp_path, TAPS)
    monkeypatch.setattr("course.city.rides_in.reading.BLOCK_BYTES", 97)
    parts, _ = bring(tmp_path, TAPS)
    assert len(list(blocks(tmp_path / "rides.csv", RepairList()))) > 20
    assert sorted(map(str, parts.frame().drop(columns="card_id").values.tolist())) == sorted(
        map(str, whole.frame().drop(columns="card_id").values.tolist())
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv.gz", b"no gzip", "cannot be unpacked"),
        ("a.zip", b"PK no zip", "cannot be unpacked"),
        ("a.parquet", b"PAR1", "is no Parquet file"),
        ("a.csv", b"", "has no rows"),
        ("a.csv", b"x,y\n1,2\n", "no column for card_id"),
        ("a.csv", b"card_id,board_time\n1,08:00\n", "where a ride begins"),
        ("a.csv", b"card_id,board_stop_id\n1,a\n", "no column for board_time"),
        ("a.csv", b"card_id,board_time,board_stop_id\n1,2025-05-14 08:00,zz\n", "has a card and"),
        ("a.csv", b"card_id,board_time,board_stop_id\n1,08:00,a\n", "states no date"),
        ("a.csv", b"card_id,board_time,board_stop_id\n1,14/05/25 8:00,a\n", "such as '14/05/25 8"),
        ("a.csv", b"card_id,date,hour,board_stop_id\n1,1404-02-24,8,a\n", "no date can be read"),
        ("a.csv", b"card_id,board_time,board_stop_id\n1,noon,a\n", "no time of a tap-in .*'noon'"),
        ("a.csv", b"card_id,board_time,lat\n1,2025-05-14 08:00,37.5\n", "where a ride begins"),
        ("a.xlsx", b"PK\x03\x04 xl", "begins as an Excel workbook"),
        ("a.csv", b"\x1f\x8b", "begins as gzip"),
        ("a.csv", b"\xff\xfea", "says it is UTF-16"),
        ("a.csv.gz", gzip.compress(b"card_id," * 999, mtime=0)[:20], "cannot be unpacked"),
        ("a.csv.gz", gzip.compress(b"card_id,", mtime=0)[:12] + b"\xff" * 99, "cannot be unpacked"),
    ],
)
def test_files_of_no_use_are_refused(name: str, content: bytes, words: str, tmp_path: Path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CourseError, match=words):
        import_rides([tmp_path / name], network(), RepairList())


@pytest.mark.parametrize(
    ("flags", "method", "names", "words"),
    [(1, 0, ["a.csv"], "locked with a password"), (0, 99, ["a.csv"], "cannot be unpacked"),
     (0, 0, ["a.csv", "b.csv"], "holds 2 files"), (0, 0, ["a.zip"], "begins as an Excel")],
)  # fmt: skip
def test_zips_of_no_use_are_refused(flags, method, names, words, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        for name in names:
            packed.writestr(name, b"PK\x03\x04" if name == "a.zip" else TAPS)
    raw = bytearray((tmp_path / "t.zip").read_bytes())
    listed = raw.find(b"PK\x01\x02")
    raw[listed + 8], raw[listed + 10] = flags, method
    (tmp_path / "t.zip").write_bytes(raw)
    with pytest.raises(CourseError, match=words):
        import_rides([tmp_path / "t.zip"], network(), RepairList())


def test_a_file_without_line_ends_is_not_read_whole(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("course.city.rides_in.reading.LONGEST_ROW_BYTES", 1000)
    monkeypatch.setattr("course.city.rides_in.reading.BLOCK_BYTES", 500)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"0" * 5000))
    with pytest.raises(CourseError, match="has a row of more than"):
        import_rides([tmp_path / "a.csv.gz"], network(), RepairList())


@pytest.mark.parametrize("size", [40, 61, 97, 500])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_blocks_end_where_rows_end(size: int, codec: str, tmp_path: Path, monkeypatch):
    """Line ends within quotes, blank lines before the header, letters of several bytes."""
    text = "\n\r\n" * (codec == "utf-8") + "card_id,board_time,board_stop_name,vehicle_id\n"
    text += "".join(f'{i},2025-05-14 08:{i:02d},알파,"bus\n{i} ""x"""\n' for i in range(50))
    (tmp_path / "a.csv").write_bytes(text.encode(codec))
    monkeypatch.setattr("course.city.rides_in.reading.BLOCK_BYTES", size)
    repairs = RepairList()
    got = import_rides([tmp_path / "a.csv"], network(), repairs)
    assert got.counts["rows"] == got.counts["rides"] == got.counts["cards"] == 50
    assert {r.what: r.count for r in repairs.entries}["a cell goes over several lines"] == 50
    # a quote that nobody closes does not swallow the file
    (tmp_path / "b.csv").write_text('h\n6" pipe\n' + "x\n" * 9)
    monkeypatch.setattr("course.city.rides_in.reading.LONGEST_CELL_BYTES", 8)
    assert sum(b.table.num_rows for b in blocks(tmp_path / "b.csv", RepairList())) == 10


def test_parquet_of_other_tools(tmp_path: Path):
    """Numbers with holes, categories, bytes, times with a zone, nested columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    times = pd.to_datetime(["2025-05-13 23:30", "2025-05-14 01:00", None, "2025-05-14 03:00"])
    table = pa.table({
        "card_id": pa.array([7.0, 7.0, 7.0, float("nan")]),
        "board_time": pa.array(times.tz_localize("UTC")),
        "route": pa.array([9.0, float("nan"), 1.0, 1.0]).dictionary_encode(),
        "board_stop_id": pa.array([b"a", b"c", b"a", b"a"], pa.binary()),
        "shape": pa.array([[1], [2], [3], [4]]),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "t.parquet")
    repairs = RepairList()
    got = import_rides([tmp_path / "t.parquet"], network(), repairs, RideOptions(zone="Asia/Seoul"))
    told = {r.what: r.count for r in repairs.entries}
    frame = got.frame()
    assert frame["board_time"].tolist() == [30_600, 36_000]
    assert frame["route_id"].tolist()[0] == "m1"
    assert told["ride without a card"] == told["no time of the tap-in"] == 1
    assert told["columns without text, numbers or times: shape"] == 1


def test_numbers_that_are_none_are_counted(tmp_path: Path):
    got, told = bring(
        tmp_path,
        "card_id,board_time,board_stop_id,alight_stop_id,distance_m,weight,order,income_group\n"
        "A,2025-05-14 08:00,a,c,-5,-1,first,6\nB,2025-05-14 08:00,a,c,inf,nan,1e20,rich\n"
        'C,2025-05-14 08:00,a,c,"2.600,5",1e400,-3,0\nD,2025-05-14 08:00,a,c,"2600,5","1,5",0,۵\n'
        "E,2025-05-14 08:00,a,c,,,,\n",
    )
    for column, high in (("distance_m", "2,000,000"), ("weight", "1,000,000,000"),
                         ("order", "1,000")):  # fmt: skip
        assert told[f"{column} is no number from 0 to {high}"] == 3
    assert told["income_group is no number from 1 to 5"] == 3
    frame = got.frame()
    assert sorted(frame["weight"]) == [1, 1, 1, 1, 1.5] and set(frame["journey_no"]) == {1}
    assert sorted(frame["distance_m"]) == [2224, 2224, 2224, 2224, 2601]
    assert frame["income_group"].dropna().tolist() == [5]


def test_every_row_is_told_of(tmp_path: Path):
    got, told = bring(
        tmp_path,
        "card_id,board_time,board_stop_id,tap\n"
        "A,2025-05-14 08:00:00,a,in\nA,2025-05-14 08:20:00,c,out\nB,2025-05-14 08:20:00,c,out\n"
        "C,2025-02-30 08:00:00,a,in\nC,99:99,a,in\nC,0000-00-00 00:00:00,a,in\n",
    )
    assert (
        "rows read: 6; rides: 1; tap-outs joined: 1; dropped: 4; cards: 1; service days: 1" in told
    )
    assert told["a date that does not exist"] == 1 and told["no time of the tap-in"] == 2
    # the stops give no one mode here, and the tap-out is joined all the same
    assert got.frame()["alight_stop_id"].tolist() == ["c"]
    _, told = bring(tmp_path, "id,board_time,board_stop_id\n" + "".join(
        f"{i},2025-05-14 08:00:{i % 60:02d},a\n" for i in range(100)))  # fmt: skip
    assert told["no card has two rides"] == 1


def test_files_given_together(tmp_path: Path):
    text = "card_id,date,hour,board_stop_id,route_id\nA,2025-05-14,8,a,r1\nA,2025-05-14,8,b,r1\n"
    for name, content in (("a.csv", text), ("b.csv", text), ("c.csv", ""),
                          ("d.csv", text.replace("route_id", "linea"))):  # fmt: skip
        (tmp_path / name).write_text(content)
    repairs = RepairList()
    got = import_rides([tmp_path / n for n in ("a.csv", "c.csv", "b.csv")], network(), repairs)
    told = {r.what: r.count for r in repairs.entries}
    assert len(got.frame()) == 2 and told["the same tap twice"] == 2  # known to the hour only
    assert told["has no rows"] == 1
    with pytest.raises(CourseError, match="for route_id"):
        import_rides([tmp_path / "a.csv", tmp_path / "d.csv"], network(), RepairList())


def test_the_stated_day_is_for_rides_without_one(tmp_path: Path):
    text = "card_id,board_time,board_stop_id\nA,2025-05-14 08:00,a\n"
    got, told = bring(tmp_path, text + "B,2025-02-30 08:00,a\nC,08:00,a\n", day="2024-01-02")
    assert sorted(got.frame()["date"]) == ["2024-01-02", "2025-05-14"]
    assert told["a date that does not exist"] == 1
    _, told = bring(tmp_path, text, day="2024-01-02")
    assert told["every ride states its date"] == 1


def test_card_numbers_do_not_travel_and_differ_each_time(tmp_path: Path):
    first, _ = bring(tmp_path, TAPS)
    frame = first.frame()
    assert set(frame["card_id"]) == {f"c{n}" for n in range(1, 8)}
    orders = set()
    for _ in range(6):
        again, _ = bring(tmp_path, TAPS)
        orders.add(tuple(again.frame()["board_time"]))
    assert len(orders) > 1  # numbered by a hash whose key is thrown away


# One tap: card, service day, minute of the day from 04:00, stop, route.
TAP = st.tuples(
    st.integers(0, 3), st.integers(0, 2), st.integers(240, 1679), st.sampled_from("abcd"),
    st.sampled_from(["r1", "m1"]),
)  # fmt: skip


def _written(taps) -> str:
    rows = ["card_id,board_time,route_id,board_stop_id"]
    for card, day, minute, stop, route in taps:
        stamp = pd.Timestamp("2025-05-14") + pd.Timedelta(days=day, minutes=minute)
        rows.append(f"card{card},{stamp},{route},{stop}")
    return "\n".join(rows) + "\n"


def _content(frame: pd.DataFrame) -> list[str]:
    kept = frame.drop(columns="card_id").sort_values(
        ["date", "board_time", "board_stop_id", "route_id"], ignore_index=True
    )
    return sorted(map(str, kept.values.tolist()))


@settings(max_examples=30, deadline=None)
@given(st.lists(TAP, min_size=1, max_size=30))
def test_several_days_in_one_run_give_what_each_day_alone_gives(tmp_path_factory, taps):
    folder = tmp_path_factory.mktemp("days")
    together, _ = bring(folder, _written(taps), city=SHARED)
    alone, trips, boarded = [], 0, 0
    for day in sorted({tap[1] for tap in taps}):
        part, _ = bring(folder, _written([t for t in taps if t[1] == day]), city=SHARED)
        alone.append(part.frame())
        trips += len(fares.link(part.frame()))
        boarded += len(fares.link(part.frame(), window_from="board", window_min=120))
    assert _content(together.frame()) == _content(pd.concat(alone))
    assert len(fares.link(together.frame())) == trips
    assert len(fares.link(together.frame(), window_from="board", window_min=120)) == boarded


@given(st.lists(TAP, min_size=1, max_size=25), st.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(tmp_path_factory, taps, random):
    folder = tmp_path_factory.mktemp("order")
    one, _ = bring(folder, _written(sorted(set(taps))), city=SHARED)
    mixed = sorted(set(taps))
    random.shuffle(mixed)
    two, _ = bring(folder, _written(mixed), city=SHARED)
    assert one.counts == two.counts
    assert one.inferred_pct == pytest.approx(two.inferred_pct)
    assert _content(one.frame()) == _content(two.frame())


# ---- real files ----------------------------------------------------------------------


def test_seoul_trips_by_name(test_data: Path):
    city = City.open("seoul")
    net = Network(city.stops, city.routes, lambda: city.patterns, frozenset({"subway"}))
    repairs = RepairList()
    got = import_rides(
        [test_data / "taps" / "seoul_subway_sample.csv"],
        net,
        repairs,
        RideOptions(day="2021-01-05"),
    )
    assert got.counts["rows"] == 5000
    dropped = sum(r.count for r in repairs.entries if r.done == "dropped")
    assert got.counts["rides"] + dropped == 5000 and got.counts["rides"] > 4800
    frame = got.frame()
    assert set(frame["mode"]) == {"subway"} and frame["weight"].sum() >= len(frame)
    assert frame["distance_m"].median() > 5000


@pytest.mark.parametrize(
    ("name", "options", "rides", "out"),
    [
        ("amba_sube_test.csv", {"format": "%d/%m/%Y"}, 26, 2),
        ("amba_sube_subset.csv", {}, 26, 0),
    ],
)
def test_taps_in_the_style_of_sube(name: str, options, rides: int, out: int, test_data: Path):
    net = Network(STOPS.iloc[:0], ROUTES.iloc[:0], lambda: PATTERNS.iloc[:0], frozenset({"subway"}))
    repairs = RepairList()
    path = test_data / "taps" / name
    got = import_rides([path], net, repairs, RideOptions(**options))
    frame = got.frame()
    assert len(frame) == rides and set(frame["mode"]) == {"bus", "rail", "subway"}
    assert set(frame["date"]) == {"2019-09-11"}
    known = frame["alight_stop_id"].notna() & (frame["alight_inferred"] == 0)
    assert known.sum() == out
    assert frame.loc[known, "mode"].eq("rail").all()  # tap-outs are kept, not thrown away
    # the operator's counter says which rides are one journey
    trips = fares.link(frame, journeys="operator", gated_modes=["subway"])
    raw = pd.read_csv(path)
    order = raw["etapa_red_sube" if "etapa_red_sube" in raw else "orden_trx"]
    assert len(trips) < len(frame) and trips.table["n_legs"].max() >= 2
    assert (
        len(trips) >= order.groupby(raw["id_tarjeta"]).apply(lambda o: (o == o.min()).any()).sum()
    )
    with pytest.raises(CourseError, match="no journeys of the operator"):
        fares.link(frame.drop(columns="journey_no"), journeys="operator")


BUENOS_AIRES = {
    **SOUND,
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\ns1,Constitución,-34.628,-58.381\n"
    "s2,Temperley,-34.778,-58.396\ns3,Palermo,-34.588,-58.452\ns4,Retiro,-34.591,-58.374\n",
}


def test_sube_taps_become_a_pack_by_a_saved_mapping(test_data: Path, tmp_path: Path):
    feed = write_feed(tmp_path / "feed.zip", BUENOS_AIRES)
    taps = test_data / "taps"
    city = add_city(
        "amba", [feed], rides=taps / "amba_sube_test.csv", where=tmp_path / "c",
        columns=["rides.card_id=id_tarjeta", "rides.order=etapa_red_sube",
                 "rides.tap=tipo_trx_tren", "rides.user_class=id_tarifa"],
        dates=["rides=%d/%m/%Y"], ride_reading=RideReading(values=["user_class.1=adult"]),
    )  # fmt: skip
    assert city.column_maps["rides"]["order"] == "etapa_red_sube"
    assert city.properties["rides_read"] == {"values": {"user_class": {"1": "adult"}}}
    rides, told = city.rides, repairs_of(city)
    dropped = told.loc[told["done"].str.startswith("dropped"), "count"].sum()
    ins = pd.read_csv(taps / "amba_sube_test.csv")["tipo_trx_tren"].ne("CHECK OUT").sum()
    assert len(rides) == ins and dropped == 29 - ins - 2  # two tap-outs found their tap-in
    places = city.table("tap_places")
    assert places["stop_id"].isin(city.stops["stop_id"]).all() and len(places) > 10
    assert {"s1", "s2"} & set(rides["board_stop_id"])  # within 300 m of a stop of the feed
    assert zone_of(city, rides["board_stop_id"]).notna().all()
    assert check(city, validator=False).faults == []
    priced = fares.reprice(fares.link(rides, city=city), fares.today(city))
    assert len(priced) and priced["price"].notna().all()  # every journey has a price
    # what travels to the host is the same city
    back = City.open(read_export(city.export(tmp_path / "x.zip"), tmp_path / "back"))
    assert back.fingerprint == city.fingerprint

    again = add_tables(
        "amba", TableFiles(rides=taps / "amba_sube_test.csv"), replace=True, where=tmp_path / "c"
    )
    assert again.column_maps["rides"] == city.column_maps["rides"]
    assert len(again.rides) == len(rides) and again.properties["rides_read"]
    assert len(again.table("tap_places")) == len(places)
    other = add_tables(
        "amba", TableFiles(rides=taps / "amba_sube_subset.csv"), replace=True, where=tmp_path / "c"
    )
    assert len(other.rides) == 26 and other.column_maps["rides"]["order"] == "orden_trx"
    assert set(other.rides["date"]) == {"2019-09-11"}


def test_a_table_of_another_shape_needs_one_line(tmp_path: Path, capsys):
    feed = write_feed(tmp_path / "feed.zip", SOUND)
    table = tmp_path / "validaciones.csv.gz"
    table.write_bytes(
        gzip.compress(
            "Nro Tarjeta;Cuando;Parada;Parada Destino;Importe\n"
            "0012;14/05/2025 07:58:11;s1;s3;900\n0012;14/05/2025 18:02:40;s3;s1;900\n"
            "0013;14/05/2025 08:01:05;s2;;900\n".encode("latin-1")
        )
    )
    code = command([
        "add", "town", str(feed), "--where", str(tmp_path), "--rides", str(table),
        "--columns", "card_id=Nro Tarjeta", "rides.board_time=Cuando", "board_stop_id=Parada",
        "alight_stop_id=Parada Destino",
    ])  # fmt: skip
    said = capsys.readouterr().out
    assert code == 0 and "ride without tap-out" in said and "Importe" in said
    rides = City.open(tmp_path / "town").rides
    assert len(rides) == 3 and rides["distance_m"].notna().sum() == 2
    with pytest.raises(UsageError, match="no rides to read"):
        command(["add", "town", str(feed), "--replace", "--ride-day", "2025-05-14"])


@pytest.mark.parametrize(
    ("pair", "words"),
    [("COL=bus", "no word to read"), ("mode.COL", "no word"), ("mode.COL=cart", "no mode of the"),
     ("tap.X=side", "no tap of the"), ("route_id.1=2", "no word to read"),
     ("mode.col=bus mode.COL=rail", "read in two ways")],
)  # fmt: skip
def test_words_that_cannot_be_read(pair: str, words: str):
    with pytest.raises(UsageError, match=words):
        parse_values(pair.split())


def test_the_help_lists_what_can_be_mapped(capsys):
    with pytest.raises(SystemExit):
        command(["add", "--help"])
    said = capsys.readouterr().out
    assert all(f"\n  {column} " in said for column in FIELDS)


def test_routes_by_number_and_many_of_them(tmp_path: Path):
    """A column of a million different words is no route, and must not take a day to say so."""
    got, _ = bring(
        tmp_path,
        "card_id,board_time,board_stop_id,route_id\n"
        "A,2025-05-14 08:00,a,1.0\nB,2025-05-14 08:00,a,9\nC,2025-05-14 08:00,a,L9\n"
        + "".join(f"k{i % 900},2025-05-14 {8 + i // 900:02d}:00,{'ac'[i // 900]},z{i % 900}\n"
                  for i in range(1800)),
    )  # fmt: skip
    frame = got.frame()
    assert (frame["route_id"] == "r1").sum() == 1 and (frame["route_id"] == "m1").sum() == 2
    assert frame["alight_inferred"].sum() == 1800  # each line has the places of its own taps
    assert set(frame.loc[frame["alight_inferred"] == 1, "distance_m"]) == {2224}
