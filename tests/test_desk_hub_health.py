"""How the hub stands, as the desk shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from course.errors import CourseError
from grading.desk import hub_health, store
from grading.state import GradingState

NOW = datetime(2027, 3, 24, 9, 0, tzinfo=UTC)
FOUND = [
    {"name": "jail", "state": "ok", "said": "bubblewrap works", "remedy": ""},
    {"name": "network", "state": "note", "said": "nftables is missing", "remedy": "Install it."},
    {"name": "disk", "state": "fault", "said": "12 MB free", "remedy": "Make room."},
]


@pytest.fixture
def state(tmp_path):
    return GradingState(tmp_path / "state", tmp_path, tmp_path / "exchange")


def test_before_the_hub_has_looked_the_page_says_when_it_will(state):
    page = hub_health.page(*hub_health.load(state), NOW)
    assert "not looked" in page["heading"] and "a minute" in page["words"]
    assert page["rows"] == [] and not page["stale"]


def test_what_is_wrong_stands_first(state):
    hub_health.save(state, FOUND, NOW)
    page = hub_health.page(*hub_health.load(state), NOW + timedelta(minutes=4))
    assert [row["name"] for row in page["rows"]] == ["disk", "network", "jail"]
    assert page["heading"] == "1 thing is not right" and page["at"] == "2027-03-24 18:00"
    assert not page["stale"]


def test_a_note_is_no_fault_and_an_old_look_is_said_to_be_old(state):
    hub_health.save(state, FOUND[:2], NOW)
    page = hub_health.page(*hub_health.load(state), NOW + timedelta(minutes=16))
    assert page["heading"] == "All is well" and page["stale"]


@pytest.mark.parametrize(
    "kept", [{}, {"at": "soon", "findings": []}, {"at": NOW.isoformat(), "findings": [{}]},
             {"at": NOW.isoformat(), "findings": "all"}],
)  # fmt: skip
def test_what_another_version_left_counts_as_not_looked(state, kept):
    store.write(state, hub_health.TABLE, kept)
    assert hub_health.load(state) == (None, [])


def test_a_damaged_file_is_a_sentence(state):
    hub_health.save(state, FOUND, NOW)
    (store.folder(state) / f"{hub_health.TABLE}.json").write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match="cannot be read"):
        hub_health.load(state)
