"""Feeds with one thing wrong: repaired and listed with row and count, or refused."""

from __future__ import annotations

import struct
import zipfile

import pytest

from course.city import archive
from course.city.checks import repairs_of
from course.city.feed import read_feed
from course.city.feed_frames import frames_of
from course.city.importing import add_city
from course.city.reading import read_table
from course.city.repairs import RepairList
from course.errors import CourseError
from tests.city_feeds import SOUND, changed, edited, write_feed


def cleaned(tmp_path, files):
    feed = read_feed(write_feed(tmp_path / "feed.zip", files))
    return frames_of(feed), feed.repairs.frame()


def entry(repairs, words):
    found = repairs[repairs["what"].str.contains(words, regex=False)]
    assert len(found) == 1, repairs.to_string()
    return found.iloc[0]


def test_the_sound_feed_needs_no_repair(tmp_path):
    frames, repairs = cleaned(tmp_path, SOUND)
    assert repairs.empty
    assert [len(frames[f]) for f in ("stops", "routes", "trips", "stop_times")] == [4, 2, 4, 11]
    assert frames["stop_times"]["arrival_min"].max() == 1450.0  # 24:10
    assert frames["routes"]["mode"].tolist() == ["subway", "bus"]


REPAIRED = [
    # file, old text, new text, words of the repair, row, count
    ("stops", "s4,Four,37.53,127.03", "s4,Four,0,0", "coordinates are 0, 0", 5, 1),
    ("stops", "s4,Four,37.53,127.03", "s4,Four,127.03,37.53", "are swapped", 5, 1),
    ("stops", "s4,Four,37.53,127.03", "s4,Four,x,127.03", "stop_lat is no number", 5, 1),
    ("stops", "s4,Four,37.53,127.03", "s4,Four,,", "no usable coordinates", 5, 1),
    ("stops", "s4,Four,37.53,127.03", "s4,Four,inf,nan", "no usable coordinates", 5, 1),
    ("stops", "s4,Four,37.53,127.03", 's4,Four,"37,53","127,03"', "stop_lat is written", 5, 1),
    ("stops", "s4,Four,37.53,127.03", "s4,Four,48.1,11.5", "km from the middle", 5, 1),
    ("stops", "s4,Four,", "s4,,", "stop_name is empty", 5, 1),
    ("stops", "s4,Four", "s4,Four,37.5,127\ns4,Again", "stop_id was used before", 6, 1),
    ("stops", "s1,One", ",None,37.5,127.0\ns1,One", "stop_id is empty", 2, 1),
    ("routes", "r2,2,,3", "r2,,,3", "neither a short nor a long name", 3, 1),
    ("routes", "r2,2,,3", "r2,2,,bus", "route_type is no GTFS type", 3, 1),
    ("routes", "r2,2,,3", "r2,2,,-1", "route_type is no GTFS type", 3, 1),
    ("trips", "r2,wd,t4,0", "r9,wd,t4,0", "trip of route 'r9'", 5, 1),
    ("trips", "r2,wd,t4,0", "r2,xx,t4,0", "trip of service 'xx'", 5, 1),
    ("trips", "r2,wd,t4,0", "r2,wd,t4,north", "direction_id is neither", 5, 1),
    ("trips", "r2,wd,t4,0", "r2,wd,t4,0\nr2,wd,t4,1", "trip_id was used before", 6, 1),
    ("trips", "r2,wd,t4,0", "r2,wd,t4,0\nr2,wd,t5,1", "trip without usable calls", 6, 1),
    ("stop_times", "t4,23:50:00", "t9,23:50:00", "call of trip 't9'", 11, 1),
    ("stop_times", "23:50:00,s2,1", "23:50:00,s9,1", "call of stop 's9'", 11, 1),
    ("stop_times", "24:10:00,24:10:00", "00:10:00,00:10:00", "falls back at midnight", 12, 1),
    ("stop_times", "09:10:00,09:11:00", "07:10:00,07:11:00", "time goes backwards", 6, 1),
    ("stop_times", "09:10:00,09:11:00", "09:11:00,09:10:00", "departure before arrival", 6, 1),
    ("stop_times", "09:10:00,09:11:00", "nine,09:xx", "time is not HH:MM:SS", 6, 1),
    ("stop_times", "09:10:00,09:11:00", "-1:10:00,-1:11:00", "time is not HH:MM:SS", 6, 1),
    ("stop_times", "09:10:00,09:11:00", ",", "call without a time of its own", 6, 1),
    ("stop_times", "t2,09:00:00,09:00:00", "t2,,", "without a time at its first", 5, 3),
    ("stop_times", "s2,2\nt2,09:20", "s2,x\nt2,09:20", "stop_sequence is no whole", 6, 1),
    ("stop_times", "s2,2\nt2,09:20", "s2,1\nt2,09:20", "stop_sequence were used before", 6, 1),
    ("stop_times", "t4,24:10:00,24:10:00,s4,2\n", "", "trip with a single call", 11, 1),
    ("calendar", "20250101,20251231\nwe", "20250101,20251231\nzz,1,1,1,1,1,1,1,20251301,1\nwe",
     "a date is not YYYYMMDD", 3, 1),
    ("calendar", "20251231\nwe", "20251231\nzz,1,1,1,1,1,1,1,20250105,20250101\nwe",
     "ends before it starts", 3, 1),
    ("calendar", "wd,1,1", "wd,1,7", "tuesday is neither 0 nor 1", 2, 1),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "words", "row", "count"), REPAIRED)
def test_one_fault_is_repaired_and_listed(file, old, new, words, row, count, tmp_path):
    frames, repairs = cleaned(tmp_path, edited(file, old, new))
    found = entry(repairs, words)
    assert (found["file"], found["row"], found["count"]) == (f"{file}.txt", row, count)
    from course.city.integrity import faults

    assert faults(frames) == []
    assert len(frames["trips"]) >= 2


def test_swapped_coordinates_go_back_where_they_belong(tmp_path):
    frames, _ = cleaned(tmp_path, edited("stops", "s4,Four,37.53,127.03", "s4,Four,127.03,37.53"))
    stop = frames["stops"].set_index("stop_id").loc["s4"]
    assert (stop["lat"], stop["lon"]) == (37.53, 127.03)


def test_one_wrong_time_is_filled_from_its_neighbours(tmp_path):
    files = edited("stop_times", "09:10:00,09:11:00", "19:10:00,19:11:00")
    frames, repairs = cleaned(tmp_path, files)
    assert entry(repairs, "time goes backwards")["count"] == 1
    calls = frames["stop_times"]
    assert calls[(calls["trip_id"] == "t2")]["arrival_min"].tolist() == pytest.approx(
        [540, 550, 560], abs=0.1)  # fmt: skip


WRITTEN = [
    # how the same feed may be written, and the words of the repair (None: none)
    (lambda f: {n: t.replace("\n", "\r\n") for n, t in f.items()}, None),
    (lambda f: {n: t.replace("\n", "\r") for n, t in f.items()}, None),
    (lambda f: {n: "\ufeff" + t for n, t in f.items()}, "byte-order mark"),
    (lambda f: {n: t.encode("utf-16") for n, t in f.items()}, "UTF-16"),
    (lambda f: {n: t.replace(",", ";") for n, t in f.items()}, "separates columns"),
    (lambda f: {n: t.replace(",", "\t") for n, t in f.items()}, "separates columns"),
    (lambda f: {n: t.replace("\n", " \n").replace(",", " , ") for n, t in f.items()},
     "column name"),
    (lambda f: {n: '"' + t.rstrip("\n").replace(",", '","').replace("\n", '"\n"') + '"'
                for n, t in f.items()}, None),
    (lambda f: {n: t.rstrip("\n") for n, t in f.items()}, None),
    (lambda f: {n: t.replace("\n", "\n\n") for n, t in f.items()}, None),
    (lambda f: {n.upper(): t.split("\n")[0].upper() + t[t.index("\n"):] for n, t in f.items()},
     "column name"),
    (lambda f: {n: t.replace("One", "O\x00ne") for n, t in f.items()}, "NUL"),
    (lambda f: {n: t.replace("One", "Öne").encode("latin-1") for n, t in f.items()}, "not UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("write", "words"), WRITTEN)
def test_other_ways_to_write_the_same_feed(write, words, tmp_path):
    frames, repairs = cleaned(tmp_path, write(SOUND))
    assert [len(frames[f]) for f in ("stops", "routes", "trips", "stop_times")] == [4, 2, 4, 11]
    assert frames["stops"]["name"].tolist()[0] in ("One", "Öne")
    if words is None:
        assert repairs.empty, repairs.to_string()
    else:
        assert repairs["what"].str.contains(words, regex=False).any(), repairs.to_string()


def test_ragged_rows(tmp_path):
    text = SOUND["routes.txt"].replace("r1,1,Line one,1", "r1,1,Line one,1,extra").replace(
        "r2,2,,3", "r2,2")  # fmt: skip
    frames, repairs = cleaned(tmp_path, changed(routes=text))
    assert entry(repairs, "more cells")["row"] == 2
    assert entry(repairs, "fewer cells")["row"] == 3
    assert frames["routes"]["route_type"].tolist() == [1, 3]


def test_a_quoted_name_with_commas_and_line_breaks(tmp_path):
    frames, _ = cleaned(tmp_path, edited("stops", "s1,One", 's1,"One, ""the\nfirst"""'))
    assert frames["stops"]["name"][0] == 'One, "the\nfirst"'


def test_dangling_periods_shapes_and_junk_files(tmp_path):
    files = SOUND | {
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs\n"
        "t1,06:00:00,10:00:00,600\nt1,09:00:00,11:00:00,600\nzz,06:00:00,10:00:00,600\n"
        "t2,06:00:00,05:00:00,600\nt3,06:00:00,07:00:00,-5\n",
        "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nq,1,1,1\n",
        "notes.md": "hello", "translations.txt": "a,b\n", "feed_info.txt": "",
    }  # fmt: skip
    frames, repairs = cleaned(tmp_path, files)
    assert len(frames["frequencies"]) == 1 and frames["shapes"].empty
    assert entry(repairs, "trip 'zz'")["row"] == 4
    assert entry(repairs, "period begins before")["row"] == 3
    assert entry(repairs, "start, end or headway")["count"] == 2
    assert entry(repairs, "is no GTFS file")["file"] == "notes.md"
    assert entry(repairs, "is not used")["file"] == "translations.txt"


REFUSED = [
    (changed(stops=None), "no stops.txt"),
    (changed(calendar=None), "neither calendar.txt nor calendar_dates.txt"),
    (changed(stops=""), "stops.txt is empty"),
    (changed(stops="stop_id,stop_lat,stop_lon\n"), "stops.txt has a header and no rows"),
    (changed(trips="route_id,service_id\nr1,wd\n"), "trips.txt, row 1 has no column trip_id"),
    (changed(calendar="service_id,monday\n"), "no day of service is left"),
    (changed(calendar=SOUND["calendar.txt"].replace("wd,", "zz,").replace("we,", "yy,")),
     "4 of 4 rows of trips.txt"),
    (changed(stops="stop_id,stop_lat,stop_lon\ns1,0,0\ns2,,\ns3,x,y\ns4,37.5,127\n"),
     "rows of stops.txt cannot be used"),
    (changed(stop_times=SOUND["stop_times.txt"].replace("t1", "x").replace("t2", "y")
             .replace("t3", "z")), "rows of stop_times.txt cannot be used"),
    ({"readme.txt": "hello"}, "holds no GTFS file"),
    ({"inner.zip": "PK"}, "holds other zips"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "words"), REFUSED)
def test_a_feed_beyond_repair_is_refused(files, words, tmp_path):
    feed = write_feed(tmp_path / "feed.zip", files)
    where = tmp_path / "cities"
    with pytest.raises(CourseError, match=words) as caught:
        add_city("town", [feed], where=where)
    assert "feed.zip" in caught.value.what and caught.value.remedy
    assert not where.exists() or list(where.iterdir()) == []


def test_a_feed_in_a_folder_beside_junk(tmp_path):
    path = write_feed(tmp_path / "feed.zip", SOUND, folder="google_transit/")
    with zipfile.ZipFile(path, "a") as zipped:
        zipped.writestr("__MACOSX/google_transit/._stops.txt", b"\x00\x05")
        zipped.writestr("google_transit/.DS_Store", b"junk")
        zipped.writestr("other/stops.txt", "stop_id\n")
    city = add_city("town", [path], where=tmp_path / "c")
    repairs = repairs_of(city)
    assert len(city.stops) == 4
    assert repairs["what"].str.contains("lies in the folder 'google_transit'").any()
    assert entry(repairs, "lies outside the feed's folder")["count"] == 3


def test_not_a_zip(tmp_path):
    for content in (b"", b"hello", b"PK\x03\x04 broken", b"<html>404</html>"):
        path = tmp_path / "feed.zip"
        path.write_bytes(content)
        with pytest.raises(CourseError, match="not a zip"):
            read_feed(path)
    with pytest.raises(CourseError, match="no file"):
        read_feed(tmp_path / "absent.zip")


def test_a_cut_zip(tmp_path):
    path = write_feed(tmp_path / "feed.zip", SOUND)
    content = bytearray(path.read_bytes())
    place = content.find(b"stops.txt") + len("stops.txt") + 4
    content[place : place + 20] = b"\xff" * 20
    path.write_bytes(bytes(content))
    with pytest.raises(CourseError, match="cannot be unpacked"):
        read_feed(path)
    path.write_bytes(bytes(content[:200]))
    with pytest.raises(CourseError, match="not a zip"):
        read_feed(path)


@pytest.mark.parametrize(
    "name",
    ["../stops.txt", "/etc/stops.txt", "a/../../stops.txt", "C:\\stops.txt", "..\\stops.txt"],
)
def test_names_that_leave_the_zip(name, tmp_path):
    path = write_feed(tmp_path / "feed.zip", SOUND)
    with zipfile.ZipFile(path, "a") as zipped:
        zipped.writestr(name, "stop_id\n")
    with pytest.raises(CourseError, match="leaves the zip"):
        add_city("town", [path], where=tmp_path / "c")


def test_a_link_inside_the_zip(tmp_path):
    path = write_feed(tmp_path / "feed.zip", SOUND)
    info = zipfile.ZipInfo("shapes.txt")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as zipped:
        zipped.writestr(info, "/etc/passwd")
    with pytest.raises(CourseError, match="leaves the zip"):
        read_feed(path)


def test_an_encrypted_zip(tmp_path):
    path = write_feed(tmp_path / "feed.zip", SOUND)
    content = bytearray(path.read_bytes())
    entry_place = content.find(b"PK\x01\x02")
    flags = struct.unpack_from("<H", content, entry_place + 8)[0]
    struct.pack_into("<H", content, entry_place + 8, flags | 1)
    path.write_bytes(bytes(content))
    with pytest.raises(CourseError, match="encrypted"):
        read_feed(path)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    path = write_feed(tmp_path / "feed.zip", SOUND | {"shapes.txt": "0" * 60_000_000})

    def never(*args: object) -> bytes:
        raise AssertionError("a bomb was unpacked")

    monkeypatch.setattr(archive.Archive, "read", never)
    with pytest.raises(CourseError, match="would unpack to 60 MB"):
        read_feed(path)


def test_too_many_files_and_a_file_twice(tmp_path):
    with pytest.raises(CourseError, match="holds 2,500 files"):
        read_feed(write_feed(tmp_path / "many.zip", {f"{i}.txt": "" for i in range(2500)}))
    path = write_feed(tmp_path / "feed.zip", SOUND)
    with zipfile.ZipFile(path, "a") as zipped:
        zipped.writestr("STOPS.TXT", "stop_id\n")
    with pytest.raises(CourseError, match=r"(?i)stops.txt twice"):
        read_feed(path)


@pytest.mark.parametrize(
    ("text", "codec", "title"),
    [
        ("역명,노선\n서울역,1호선\n", "cp949", "Korean"),
        ("name,x\nPeñón,1\nCafé Müller,2\n", "latin-1", "Windows-1252"),
        ("nom\néé\nÉÈ – Châtelet\n", "cp1252", "Windows-1252"),
    ],
)
def test_tables_saved_in_the_letters_of_an_office(text, codec, title):
    repairs = RepairList()
    raw = read_table("t.csv", text.encode(codec), repairs, lower=False)
    rows = [",".join(row.values()) for row in raw.table.to_pylist()]
    assert rows == text.splitlines()[1:]
    assert any(title in repair.done for repair in repairs.entries)
