"""The home page: one thing to do, the modules, the city; hostile names do no harm."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from course import answer_book, catalogue, home, thumbnail
from course.catalogue import Progress
from course.home import CityCard
from course.questions import STATUSES, ModuleSpec

MODULES = {module.id: module for module in catalogue.modules()}
FARES = MODULES["10_integrated_fares"]
PLANNED = MODULES["01_smart_city_policy"]
FILES = ("modules/10/lesson.ipynb", "modules/10/exercises.ipynb")
CARD = CityCard(
    "Seoul",
    (("stops", "facts", "Seoul Metro, 2021"), ("routes", "real", "a feed"),
     ("trips", "synthetic", "from headways"), ("stop_times", "synthetic", "from headways")),
)  # fmt: skip


def page(done: Progress, files: tuple[str, ...] = FILES, card: CityCard = CARD) -> str:
    return home.page([(FARES, done, files), (PLANNED, Progress(0, 0), ())], card)


def words(text: str) -> str:
    """Return the text a reader sees."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_a_newcomer_is_sent_to_the_lesson() -> None:
    text = page(Progress(0, 8))
    assert words(text).count("Open the lesson") == 1
    assert f'href="{FILES[0]}"' in text
    assert "about 45 minutes" in words(text)


def test_who_has_begun_goes_on_with_the_exercises() -> None:
    text = page(Progress(3, 8))
    assert "Go on with the exercises" in words(text)
    assert "3 of 8 answered" in words(text)
    assert "Open the lesson" not in text


def test_who_has_answered_everything_is_not_sent_back() -> None:
    text = page(Progress(8, 8))
    assert "Every question of the open modules has an answer" in words(text)


def test_planned_modules_are_listed_without_a_link() -> None:
    text = page(Progress(0, 8))
    after = text[text.index("In preparation") :]
    assert PLANNED.title in words(after)
    assert "<a " not in after[: after.index("Your city")]


def test_no_open_module_at_all() -> None:
    text = home.page([(PLANNED, Progress(0, 0), ())], CARD)
    assert "No module is in your folder yet" in words(text)
    assert "Modules" not in words(text)


def test_data_quality_counts_and_groups_the_tables() -> None:
    text = words(page(Progress(0, 8)))
    assert "2 of 4 tables come from a source ; the others are synthetic and say so" in text
    assert "trips, stop times synthetic: from headways" in text


def test_a_city_that_cannot_be_read_says_so() -> None:
    text = words(page(Progress(0, 8), card=CityCard("x", problem="No pack x. Add one.")))
    assert "No pack x. Add one." in text
    assert "come from a source" not in text


def test_html_blocks_hold_no_blank_line_and_no_dollar() -> None:
    text = page(Progress(3, 8), card=CityCard("Cost $5 $6", CARD.frames))
    _, _, block = text.partition("<div")
    assert "\n\n" not in block.strip()
    assert "$" not in text


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\n\n# b",
     "$x$ `y` *z* [l](m)", "서울 مشهد", ""],
)  # fmt: skip
def test_a_hostile_name_stays_text(name: str) -> None:
    text = page(Progress(0, 8), card=CityCard(name, ((name, "real", name),), problem=""))
    assert "<script" not in text and "<img src=x" not in text
    assert "onerror=alert" not in re.sub(r"&[^;]+;", "", text) or "<img src=x" not in text
    assert len(re.findall(r"^# ", text, re.M)) == 1
    assert "](" not in text


def test_progress_counts_answered_questions_once(tmp_path: Path) -> None:
    ids = list(FARES.questions)
    path = tmp_path / answer_book.FILE_NAME
    assert catalogue.progress(FARES, tmp_path) == Progress(0, len(ids))
    for question in (ids[0], ids[0], ids[1]):
        answer_book.append(path, {"question": question, "value": 3})
    answer_book.append(path, {"question": ids[2], "value": None})
    answer_book.append(path, {"question": "m99_other", "value": 3})
    assert catalogue.progress(FARES, tmp_path) == Progress(2, len(ids))
    path.write_text("{broken")
    assert catalogue.progress(FARES, tmp_path) == Progress(0, len(ids))


def test_progress_counts_the_answers_on_the_opened_city(tmp_path: Path) -> None:
    ids = list(FARES.questions)
    path = tmp_path / answer_book.FILE_NAME
    for question, value, city, mark in (
        (ids[0], 1, "seoul", "aa"),
        (ids[0], 2, "iloilo", "bb"),  # the newest answer is on another city
        (ids[1], 3, "iloilo", "bb"),
        (ids[2], 4, "seoul", "old"),  # the pack has changed since
    ):
        answer_book.append(
            path, {"question": question, "value": value, "city": city, "fingerprint": mark}
        )
    answer_book.append(path, {"question": ids[3], "value": 5, "city": "seoul"})

    def answered(city: str, mark: str) -> int:
        return catalogue.progress(FARES, tmp_path, city=city, fingerprint=mark).answered

    assert answered("seoul", "aa") == 2
    assert answered("iloilo", "bb") == 2
    assert answered("", "") == 0


def test_the_page_shows_the_name_and_a_hostile_one_does_no_harm() -> None:
    rows = [(FARES, Progress(0, 8), FILES)]
    assert "You work as minji ." in words(home.page(rows, CARD, trainee="minji"))
    assert "You work as guest." in words(home.page(rows, CARD))
    assert "<script" not in home.page(rows, CARD, trainee="<script>alert(1)</script>$x$")


def test_the_catalogue_holds_all_modules_in_order() -> None:
    modules = catalogue.modules()
    assert [module.id for module in modules] == sorted(module.id for module in modules)
    assert len(modules) >= 14
    assert all(isinstance(module, ModuleSpec) for module in modules)
    assert {module.status for module in modules} <= set(STATUSES)


def test_a_city_has_a_card_and_a_picture(city_name: str) -> None:
    card, picture = home.look_at_city(city_name)
    assert card.problem == ""
    assert 0 < card.sourced <= len(card.frames)
    root = ElementTree.fromstring(picture)
    assert root.tag.endswith("svg")
    assert f"of {card.title}" in picture
    assert len(picture.encode()) < 100_000
    assert len(re.findall("<path", picture)) > 1  # lines and the scale bar


def test_a_city_that_does_not_exist_has_a_card_all_the_same() -> None:
    card, picture = home.look_at_city("atlantis")
    assert "atlantis" in card.problem
    ElementTree.fromstring(picture)


def test_a_pack_broken_in_an_unforeseen_way_does_not_stop_the_page(monkeypatch) -> None:
    from course.city.pack import City

    def broken(_self: City, _name: str) -> pd.DataFrame:
        raise KeyError("route_id")

    monkeypatch.setattr(City, "_cached", broken)
    card, _ = home.look_at_city("seoul")
    assert "city check seoul" in card.problem


def network(points: dict[str, tuple[float, float]], lines: dict[str, list[str]]):
    stops = pd.DataFrame([(s, *at) for s, at in points.items()], columns=["stop_id", "lat", "lon"])
    patterns = pd.DataFrame(
        [(line, tuple(ids), 10.0) for line, ids in lines.items()],
        columns=["route_id", "stop_ids", "trips_per_day"],
    )
    routes = pd.DataFrame([(line, "#ff0000") for line in lines], columns=["route_id", "color"])
    return stops, patterns, routes


def test_north_is_up_and_east_is_right() -> None:
    points = {"south": (37.0, 127.0), "north": (37.2, 127.0), "east": (37.1, 127.3)}
    picture = thumbnail.city_picture(*network(points, {"1": list(points)}), title="x")
    (path,) = re.findall(r'd="(M[^"]*)" stroke="#ff0000"', picture)
    (x0, y0), (x1, y1), (x2, _) = (
        tuple(map(float, pair.split())) for pair in re.split("[ML]", path)[1:]
    )
    assert y1 < y0 and x1 == x0 and x2 > x0


def test_a_piece_of_track_is_drawn_once_per_colour() -> None:
    points = {"a": (37.0, 127.0), "b": (37.1, 127.1), "c": (37.2, 127.1)}
    lines = {"1": ["a", "b", "c"], "2": ["c", "b", "a"], "3": ["a", "b"]}
    picture = thumbnail.city_picture(*network(points, lines), title="x")
    assert picture.count("L") == 2


@pytest.mark.parametrize(
    "points", [{}, {"a": (37.0, 127.0)}, {"a": (37.0, 127.0), "b": (37.0, 127.0)},
               {"a": (float("nan"), 127.0)}, {"a": (-90.0, 180.0), "b": (90.0, -180.0)}],
)  # fmt: skip
def test_small_and_strange_networks_have_a_picture(points) -> None:
    picture = thumbnail.city_picture(*network(points, {"1": list(points)}), title="a & <b>")
    ElementTree.fromstring(picture)


def test_the_list_of_what_a_city_lacks_is_no_table_with_a_source() -> None:
    card, _ = home.look_at_city("mashhad")
    assert [name for name, origin, _ in card.frames if origin == "facts"] == [
        "stops", "routes", "fares",
    ]  # fmt: skip
    assert "--centre" in home.city_card.block(card), "a city without a feed is told the way too"
