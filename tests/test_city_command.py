"""``python -m course city``: what a person and a script see."""

from __future__ import annotations

import argparse
import json

import pytest

from course.commands import city as command
from course.errors import CourseError, UsageError
from tests.city_feeds import SOUND, edited, write_feed


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(list(map(str, words))))


@pytest.fixture
def feed(tmp_path):
    return write_feed(
        tmp_path / "f.zip", edited("stops", "s4,Four,37.53,127.03", "s4,Four,127.03,37.53")
    )


def test_add_list_show_check_export(feed, tmp_path, monkeypatch, capsys):
    where = tmp_path / "cities"
    monkeypatch.setenv("COURSE_CITIES", str(where))
    assert run("add", "My Town", feed, "--where", where, "--title", "내 도시") == 0
    said = capsys.readouterr().out
    assert said.endswith("course lab --city my-town\n")
    assert "내 도시 is in" in said and "latitude and longitude are swapped" in said

    assert run("list", "--json") == 0
    listed = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"my-town", "seoul", "mashhad", "iloilo"} <= set(listed)
    assert listed["seoul"]["bundled"] and not listed["my-town"]["bundled"]

    assert run("show", "my-town", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["rows"]["stop_times"] == 11 and shown["modes"] == {"bus": 1, "subway": 1}
    assert shown["service"]["departures that day"] == 3
    assert run("show", "my-town") == 0
    assert "fingerprint" in capsys.readouterr().out

    assert run("check", "my-town") == 0
    text = capsys.readouterr().out
    assert "No faults." in text and "stops.txt, row 5: latitude and longitude" in text
    assert "gtfs-guru" in text and "0 errors" in text
    assert run("check", "my-town", "--json", "--no-validator") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["sound"] and report["validator"] == {} and report["repairs"][0]["row"] == 5

    out = tmp_path / "x.zip"
    assert run("export", "my-town", "--out", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == out.stat().st_size
    assert run("export", "my-town", "--gtfs", tmp_path / "g.zip") == 0
    assert run("add", "again", tmp_path / "g.zip", "--where", where) == 0


def test_a_pack_of_the_same_name_is_replaced_only_on_request(feed, tmp_path, capsys):
    where = tmp_path / "cities"
    assert run("add", "town", feed, "--where", where, "--title", "Old") == 0
    before = (where / "town" / "datapackage.json").read_bytes()
    with pytest.raises(UsageError, match="this name already") as raised:
        run("add", "Town", feed, "--where", where, "--title", "New")
    assert "--replace" in raised.value.remedy
    assert (where / "town" / "datapackage.json").read_bytes() == before
    capsys.readouterr()
    assert run("add", "town", feed, "--where", where, "--title", "New", "--replace") == 0
    said = capsys.readouterr().out
    assert "New is in" in said
    # it is not among the folders that are searched: only the path opens it
    assert said.endswith(f"lab --city {where / 'town'}\n")


def test_a_pack_built_from_lines_names_no_date(capsys):
    assert run("show", "seoul", "--json") == 0
    assert set(json.loads(capsys.readouterr().out)["service"]) == {"departures on a weekday"}
    assert run("show", "seoul") == 0
    assert "2025-01-01" not in capsys.readouterr().out


def test_a_spoilt_pack_fails_its_check(feed, tmp_path, monkeypatch, capsys):
    where = tmp_path / "cities"
    monkeypatch.setenv("COURSE_CITIES", str(where))
    run("add", "town", feed, "--where", where)
    (where / "town" / "trips.parquet").unlink()
    capsys.readouterr()
    assert run("check", "town") == 1
    text = capsys.readouterr().out
    assert "town/trips.parquet is missing" in text and "fingerprint none" in text
    (where / "town" / "datapackage.json").write_text("{")
    assert run("list") == 0
    assert "cannot be read as JSON" in capsys.readouterr().out


def test_wrong_calls(feed, tmp_path):
    with pytest.raises(CourseError, match="no city pack"):
        run("show", "nowhere")
    with pytest.raises(UsageError, match="is a path"):
        run("add", "../x", feed, "--where", tmp_path)
    with pytest.raises(UsageError, match="column mapping"):
        run("add", "x", feed, "--columns", "population", "--where", tmp_path)
    with pytest.raises(UsageError, match="no pack of your own named x"):
        run("add", "x", "--where", tmp_path)
    assert not (tmp_path / "x").exists()


def test_sound_feed_says_what_it_guessed(tmp_path, capsys):
    feed = write_feed(tmp_path / "f.zip", SOUND)
    assert run("add", "town", feed, "--where", tmp_path / "c", "--json") == 0
    repairs = json.loads(capsys.readouterr().out)["repairs"]
    assert [r["done"].split(":")[0] for r in repairs] == ["noted", "noted"]
    assert "KRW, guessed from the time zone Asia/Seoul" in repairs[0]["what"]
