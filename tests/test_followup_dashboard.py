"""The dashboard: only what may be shown, no text that runs, no other server, one offline page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.followup import board_live, board_map, board_parts, dashboard, open_store, standing
from grading.followup.adding import add
from tests.followup_year import CLOSING, STORIES, register, report_of, student, walk

HOSTILE = (
    "<script>steal()</script><img src=x onerror=steal()>`${steal()}`</iframe>"
    "\"'><svg onload=steal()>{{7*7}}{%raw%}"
)


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Return the frames of the invented year at its end."""
    folder = tmp_path_factory.mktemp("year")
    with open_store(folder / "f.db") as store:
        on = walk(store, folder)
        return store.frames(on)


class _Page(HTMLParser):
    """Collect what could run or load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.addresses += [v or "" for n, v in attrs if n in ("src", "href", "action", "data")]


def hostile_frames(tmp_path: Path, **more):
    story = replace(STORIES[2], city=f"City {HOSTILE}", title=f"Plan {HOSTILE}", lesson=HOSTILE)
    with open_store(tmp_path / "h.db") as store:
        register(store, (story,))
        said = report_of(story, 365) | {
            "change": HOSTILE, "help_wanted": HOSTILE, "obstacle_text": HOSTILE,
            "kpi_source": HOSTILE, "proofs": [
                "javascript:steal()", "https://good.example/a?b=\"><script>", HOSTILE[:300],
                "https://good.example/plain", "data:text/html,<script>steal()</script>",
            ],
        } | more  # fmt: skip
        path = tmp_path / "r.json"
        path.write_text(json.dumps(said))
        add(store, path, on=CLOSING + timedelta(days=377))
        return store.frames(CLOSING + timedelta(days=400))


def test_a_hostile_report_is_text(tmp_path):
    frames = hostile_frames(tmp_path)
    page = _Page(dashboard.page(frames))
    assert "script" not in page.tags and "img" not in page.tags and "svg" not in page.tags
    assert page.handlers == [] and page.tags.count("iframe") == 1
    links = [a for a in page.addresses if a]
    assert links == ["https://good.example/plain"]
    # the map is a page of its own, in a frame that shares nothing with this one
    inner = board_map.page(standing.standing(frames), title="t")
    assert "steal()" in inner  # it is shown
    own = _Page(inner)
    assert own.handlers == [] and "img" not in own.tags and "svg" not in own.tags
    for script in re.findall(r"<script>(.*?)</script>", inner, re.DOTALL)[-1:]:
        for spot in re.finditer("steal", script):
            near = script[max(0, spot.start() - 60) : spot.start()]
            assert "`${" not in near and "<" not in near


def test_without_the_escape_the_same_text_would_run(tmp_path, monkeypatch):
    """The attack works where its defence is off."""
    frames = hostile_frames(tmp_path)
    monkeypatch.setattr(board_parts, "escape", lambda text, quote=True: str(text))
    page = _Page(dashboard.page(frames))
    assert "img" in page.tags and "onerror" in page.handlers


def test_only_what_was_agreed_to_is_shown(year):
    silent = [s for s in STORIES if not s.consent]
    page = dashboard.page(year)
    assert "The road belongs to the port" not in page and silent
    for story in STORIES:
        assert (story.lesson != "" and story.lesson in page) is (bool(story.lesson))
        assert story.title in page
    assert page.count("Its words are not shared with other cities.") >= len(silent)


def test_consent_taken_back_takes_all_words_back(tmp_path):
    story = STORIES[2]
    with open_store(tmp_path / "f.db") as store:
        on = walk(store, tmp_path, stories=(story,))
        assert story.lesson in dashboard.page(store.frames(on))
        path = tmp_path / "again.json"
        path.write_text(json.dumps(report_of(story, 365) | {"consent": False}))
        add(store, path, on=on)
        page = dashboard.page(store.frames(on))
        assert story.lesson not in page and "city counts" not in page
        assert story.title in page and "corrected later" in page


def test_the_standing_by_hand(year):
    table = standing.standing(year).set_index("city")
    assert table["status"].to_dict() == {
        "Seoul": "4", "Mashhad": "3", "Iloilo": "3", "Norvale": "4", "Testovia": "1",
        "Porto Exemplo": "X", "Sampleton": "3", "Kisiwa": "2", "Beyazova": "1",
        "Ciudad Muestra": "4", "Gangvik": "3",
    }  # fmt: skip
    assert table.loc["Norvale", "progress_pct"] == 100.0
    assert table.loc["Testovia", "progress_pct"] is None
    pillars = standing.by_pillar(standing.standing(year)).set_index("pillar")
    # Mashhad, Iloilo (citizens and fares), Norvale, Kisiwa, Ciudad Muestra (citizens)
    assert pillars.loc["Policy and participation", ["plans", "2", "3", "4"]].tolist() == [
        5,
        1,
        2,
        2,
    ]
    assert pillars.loc["Transport", ["plans", "1", "3", "X"]].tolist() == [5, 1, 3, 1]
    late = standing.open_steps(year)
    assert late[["city", "day"]].to_numpy().tolist()[0] == ["Beyazova", 90]
    assert set(late["state"]) == {"unknown"} and len(late) == 6


def test_the_page_asks_no_server_and_says_what_is_simulated(year):
    page = dashboard.page(year)
    assert "SIMULATED" in page and "default-src 'none'" in page
    outside = re.findall(r"(?:src|href)=[\"']?(https?://[^\"'> ]+)", page)
    proofs = {f"https://{student(s)}.example/day-{d}" for s in STORIES for d in (30, 90, 180, 365)}
    assert set(outside) <= proofs
    assert 'rel="noopener noreferrer nofollow"' in page


def test_few_plans_say_that_they_are_few(tmp_path):
    with open_store(tmp_path / "f.db") as store:
        on = walk(store, tmp_path, stories=STORIES[:2])
        assert "Few: 2 only" in dashboard.page(store.frames(on))


def test_cities_without_coordinates_are_listed_and_not_placed(year):
    plans = year.plans.assign(lat=None, lon=None)
    page = dashboard.page(replace(year, plans=plans))
    assert "Not on the map, no coordinates known: Beyazova, Ciudad Muestra" in page
    assert "dot s-" not in board_map.page(standing.standing(replace(year, plans=plans)), title="t")


def test_a_new_store_says_how_to_begin(tmp_path):
    with open_store(tmp_path / "f.db") as store:
        assert "followup start" in dashboard.page(store.frames())
        register(store, STORIES[:1])
        page = dashboard.page(store.frames(CLOSING))
        assert "No report was due yet." in page and "Nothing is overdue." in page


def test_one_programme_can_be_chosen(year, tmp_path, monkeypatch):
    assert len(dashboard.only(year, "wego_week").reports) == len(year.reports)
    nothing = dashboard.only(year, "other")
    assert nothing.plans.empty and nothing.reports.empty and nothing.evidence.empty
    with open_store(tmp_path / "f.db") as store:
        register(store, STORIES[:1])
        from grading.followup.starting import Person, start
        from tests.followup_year import COHORT, handed_in

        start(store, replace(COHORT, programme="mine"), [Person("z", "Z", "", "Zed")],
              {"z": handed_in(STORIES[1])}, on=CLOSING)  # fmt: skip
    monkeypatch.setenv("COURSE_FOLLOWUP_DB", str(tmp_path / "f.db"))
    monkeypatch.setenv("COURSE_FOLLOWUP_ON", "2026-05-01")
    assert dashboard.programmes() == ["mine", "wego_week"]
    menu, page = board_live._menu(dashboard.programmes()).children
    assert "2 plans" in page.value
    menu.value = "mine"
    assert "1 plans" in page.value and "As of 2026-05-01" in page.value


def test_the_notebook_is_saved_clean():
    book = json.loads(dashboard.NOTEBOOK.read_text(encoding="utf-8"))
    for cell in book["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None and cell["id"]


@given(
    places=st.lists(
        st.tuples(st.floats(-89, 89), st.floats(-180, 180), st.text(max_size=20)), max_size=12
    )
)
def test_any_places_have_a_view_and_a_side(places):
    box, zoom = board_map._view([(lat, lon) for lat, lon, _ in places])
    assert 1 <= zoom <= 6 and box[0][0] <= box[1][0]
    middle = [0.0, 0.0]
    sides = board_map.label_sides(places, zoom, middle)
    assert len(sides) == len(places) and set(sides) <= {"right", "left", "above", "below"}


@given(text=st.text(max_size=60))
def test_any_text_is_inert(text):
    made = board_map.inert(text)
    assert not re.search(r"[<>\"'`${}\\]", made)


def test_the_dots_of_orientation_come_from_the_time_zone_table():
    found = board_map.places()
    assert len(found) > 250
    assert any(abs(lat - 37.55) < 0.1 and abs(lon - 126.97) < 0.1 for lat, lon in found)
    assert all(-90 <= lat <= 90 and -180 <= lon <= 180 for lat, lon in found)


def test_every_rule_of_the_style_can_match_the_page():
    """A rule that names the page inside the page matches nothing."""
    css = dashboard.NOTEBOOK.with_name("dashboard.css").read_text(encoding="utf-8")
    selectors = [s for rule in css.split("}") for s in rule.rpartition("{")[0].split(",")]
    assert len(selectors) > 40
    assert not [s for s in selectors if s.count(".kit.fu") > 1]
