"""Notes of the visits: kept at once, never lost, read again, and hostile files."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import visits
from course.errors import UsageError
from course.labs.visit_form import VisitForm, visit
from course.visits import observing as visit_notes
from grading.handin import regular_files


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "modules" / "00_orientation"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COURSE_TRAINEE", "test-trainee")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


def on_disk() -> list[dict]:
    return json.loads(Path(visit_notes.FILE_NAME).read_text("utf-8"))["notes"]


def test_observe_writes_at_once_and_is_read_again(capsys):
    visits.observe("topis", saw="Buses on one wall", would_change="One owner of the map")
    said = capsys.readouterr().out
    assert "Kept in visit_notes.json: what you saw, what you would change" in said
    table = visits.notes()
    assert table[["site_id", "field", "text", "trainee"]].values.tolist() == [
        ["topis", "saw", "Buses on one wall", "test-trainee"],
        ["topis", "would_change", "One owner of the map", "test-trainee"],
    ]
    assert table["title"][0].startswith("TOPIS")


def test_what_stood_there_before_stays_in_the_file():
    for text in ("one", "two", "two", "", "three"):
        visits.observe("shrdc", saw=text)
    assert [n["text"] for n in on_disk()] == ["one", "two", "", "three"]
    assert visits.notes()["text"].tolist() == ["three"]
    for number in range(60):
        visits.observe("shrdc", saw=f"text {number}")
    assert len(on_disk()) == visit_notes.KEPT_PER_FIELD
    assert visits.notes()["text"].tolist() == ["text 59"]


def test_material_for_the_action_plan():
    assert visits.practices() == []
    visits.observe("topis", saw="One room, five sources", will_check="Who owns our GPS data?")
    visits.observe("wego", would_change="Ask before the course ends")
    first, second = visits.practices()
    year = int(visits.notes()["time"][0][:4])
    assert first == {
        "site_id": "topis", "title": visits.site("topis").title,
        "practice": "One room, five sources", "what_must_differ": "",
        "will_check": "Who owns our GPS data?", "source_year": year,
    }  # fmt: skip
    assert second["practice"] == visits.site("wego").title
    assert second["what_must_differ"] == "Ask before the course ends"


def test_notes_of_other_modules_count_too_and_the_newest_wins(monkeypatch):
    visits.observe("topis", saw="from module 00")
    other = Path.cwd().parent / "09_transport_operations"
    other.mkdir()
    monkeypatch.chdir(other)
    assert visits.notes()["text"].tolist() == ["from module 00"]
    visits.observe("magok", saw="from module 09")
    assert visits.notes()["site_id"].tolist() == ["topis", "magok"]
    file = Path.cwd().parent / "00_orientation" / visit_notes.FILE_NAME
    assert visits.notes(paths=[file])["site_id"].tolist() == ["topis"]


def test_the_notes_travel_with_the_hand_in():
    visits.observe("topis", saw="text")
    files, notes = regular_files(Path.cwd())
    assert [p.name for p in files] == [visit_notes.FILE_NAME] and not notes


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: visits.observe("topsi", saw="x"), "Did you mean 'topis'?"),
        (lambda: visits.observe("topis", saw=3), "saw takes a text in quotes"),
        (lambda: visits.observe("topis"), "Nothing to keep yet"),
        (lambda: visits.observe(None, saw="x"), "There is no place"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is_raised(call, said, capsys):
    call()
    assert said in capsys.readouterr().out
    assert not Path(visit_notes.FILE_NAME).exists()


def test_an_unknown_field_is_refused():
    with pytest.raises(UsageError, match="A visit has no field 'smell'"):
        visit_notes.keep("topis", {"smell": "x"})


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"notes": 3}', b"\xff\xfe", b'{"notes": [' * 2000, b"null"],
)
def test_a_broken_file_is_set_aside_and_nothing_is_lost(content: bytes):
    Path(visit_notes.FILE_NAME).write_bytes(content)
    assert visits.notes().empty
    changed, said = visit_notes.keep("topis", {"saw": "new"})
    assert changed == 1 and "broken-1" in said
    assert Path("visit_notes.broken-1.json").read_bytes() == content
    assert visits.notes()["text"].tolist() == ["new"]


def test_strange_lines_of_a_file_are_left_out():
    strange = [
        3, None, {}, {"site": "topis"}, {"site": "topis", "field": "saw", "text": 4, "time": "1"},
        {"site": "atlantis", "field": "saw", "text": "x", "time": "2026"},
        {"site": "topis", "field": "saw", "text": "kept", "time": "2026-06-22T10:00:00"},
    ]  # fmt: skip
    Path(visit_notes.FILE_NAME).write_text(json.dumps({"notes": strange}), "utf-8")
    assert visits.notes()["text"].tolist() == ["kept"]


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.text(max_size=3000), st.sampled_from(sorted(visit_notes.FIELDS)))
def test_any_text_is_kept_as_it_was_up_to_the_limit(text: str, field: str):
    Path(visit_notes.FILE_NAME).unlink(missing_ok=True)
    visit_notes.keep("topis", {field: text})
    kept = visits.notes()["text"].tolist()
    wanted = text.encode("utf-8", "replace").decode("utf-8").strip()[: visit_notes.LONGEST]
    assert kept == ([wanted] if wanted else [])


def test_two_pages_at_once_lose_nothing():
    fields = sorted(visit_notes.FIELDS)

    def write(site: str) -> None:
        for field in fields:
            visit_notes.keep(site, {field: f"{site} {field}"})

    threads = [threading.Thread(target=write, args=(s,)) for s in ("topis", "magok", "wego")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(visits.notes()) == 3 * len(fields)


# ---- the form ------------------------------------------------------------------------


def test_the_form_keeps_what_is_typed_and_shows_it_again():
    form = VisitForm("shrdc")
    assert list(form.boxes) == ["q1", "q2", "saw", "would_change", "will_check"]
    assert form.labels()["q1"] == "Which room set-up helps discussion?"
    for text in ("T", "Ta", "Tables of three"):
        form.boxes["saw"].value = text
    assert [n["text"] for n in on_disk()] == ["Tables of three"]  # one line, not one per letter
    again = VisitForm("shrdc")
    assert again.boxes["saw"].value == "Tables of three"
    again.boxes["saw"].value = "Tables of four"
    assert [n["text"] for n in on_disk()] == ["Tables of three", "Tables of four"]
    assert "Tables of four" in again.still_html()
    assert "visits.observe" in again.still_html()


def test_the_form_says_when_it_cannot_write(monkeypatch):
    form = VisitForm("shrdc")

    def full(*_args, **_options):
        raise OSError("no space")

    monkeypatch.setattr(visit_notes, "keep", full)
    form.boxes["saw"].value = "text"
    assert "copy your text elsewhere" in form._status.value


def test_text_of_a_trainee_is_shown_as_text():
    visits.observe("shrdc", saw="<script>alert(1)</script>")
    assert "<script>alert" not in VisitForm("shrdc").still_html()


def test_an_unknown_stop_is_a_page_that_says_so():
    assert "There is no place 'moon'" in visit("moon").text()


def test_every_place_opens_as_a_form():
    for site_id in visits.sites()["site_id"]:
        page = VisitForm(site_id).still_text()
        assert visits.site(site_id).look_for in page
