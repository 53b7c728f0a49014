"""The frame that all labs share: options, drawn lines, layers, states; hostile values."""

from __future__ import annotations

import doctest
import importlib
import itertools
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.display import breaks, palette
from course.display.base_map import BaseMap, Layer, Legend
from course.display.controls import Control, Option, clean_setting, start_setting
from course.display.drawing import MOST_POINTS, Drawing, Place, bounds_around, line_numbers
from course.display.lab_missing import missing
from course.display.lab_page import UI, LabPage
from course.display.lab_picture import Choice, Grid, Picture
from course.display.lab_selection import features, selection
from course.display.live_map import LiveMap
from course.display.map_layer import Look, check_classes
from course.display.network_lines import SCALE
from course.display.svg_layers import Colors, marker_path
from course.display.svg_map import svg
from course.errors import CourseError, UsageError
from tests.display_city import HOSTILE, drawn_city
from tests.lab_demo import DemoLab, demo

BOX = (37.4, 126.8, 37.7, 127.2)


@pytest.fixture(autouse=True)
def _no_street_map(monkeypatch):
    monkeypatch.setenv("COURSE_TILES", "off")


@pytest.fixture()
def page() -> LabPage:
    return demo(drawn_city(), cells=30, routes=4, projects=6)


# --- options -----------------------------------------------------------------------------

RULE = Option("rule", "Rule", [("a", "First"), ("b", "Second")], start="b")


@pytest.mark.parametrize(
    "value",
    ["", "A", "a ", "c", None, 1, True, float("nan"), ["a"], {"a": 1}, b"a", "a" * 9999, HOSTILE],
)
def test_what_is_no_option_is_the_start(value):
    assert RULE.clean(value) == "b"


def test_an_option_is_a_string_with_words():
    assert clean_setting([RULE], {"rule": "a", "x": "b"}) == {"rule": "a"}
    assert start_setting([RULE]) == {"rule": "b"}
    assert RULE.shown("a") == "First"
    assert json.loads(json.dumps(RULE.spec()))["options"] == [["a", "First"], ["b", "Second"]]


@pytest.mark.parametrize(
    "options",
    [
        [("a", "A")], [(str(k), "x") for k in range(7)], [("a", "A"), ("a", "B")],
        [("1", "A"), (1, "B")],
    ],
)  # fmt: skip
def test_an_option_has_two_to_six_values(options):
    with pytest.raises(UsageError, match="2 to 6 different"):
        Option("rule", "Rule", options)


def test_an_option_starts_at_one_of_its_values():
    with pytest.raises(UsageError, match="cannot start at 'c'"):
        Option("rule", "Rule", [("a", "A"), ("b", "B")], start="c")


@pytest.mark.parametrize("value", [10**400, "9" * 400, complex(1), object()])
def test_a_slider_survives_what_no_number_is_made_of(value):
    slider = Control("n", "Routes", "", 0, 9, 1, 3)
    assert slider.clean(value) in (3, 9)


# --- drawn lines -------------------------------------------------------------------------

INK = Drawing("Your route", bounds=BOX, places=[Place("Hall", 37.5, 127.0), Place("Sea", 0, 0)])


@pytest.mark.parametrize(
    "value",
    [
        None, 5, "37.5,127", {"0": [37.5, 127]}, [[]], [[37.5]], [[37.5, 127, 9]],
        [["37.5", "127"]],
        [[True, False]], [[None, 127]], [[float("nan"), 127]], [[37.5, float("inf")]],
        [[-float("inf"), 127]], [[91, 127]], [[37.5, 487.0]], [[127, 37.5]], [[10**400, 127]],
        [{"lat": 37.5, "lon": 127}], [[[37.5], 127]], [[37.39999, 127]], ["ab"],
    ],
)  # fmt: skip
def test_what_is_no_point_in_the_city_is_left_out(value):
    assert INK.clean(value) == []


def test_good_points_stay_among_bad_ones():
    given = [[37.5, 127.0], [0, 0], [37.5, 127.0], (37.6, 127.1), "x", [37.5, 127]]
    assert INK.clean(given) == [[37.5, 127.0], [37.6, 127.1], [37.5, 127.0]]
    assert INK.clean([[np.float64(37.5), np.int64(127)]]) == [[37.5, 127.0]]


def test_a_line_has_at_most_forty_points():
    many = [[37.41 + 0.0001 * k, 127.0] for k in range(10_000)]
    assert INK.clean(many) == INK.clean(many[:MOST_POINTS])
    assert len(INK.clean(many)) == MOST_POINTS
    assert len(replace(INK, most=3).clean(many)) == 3


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(_JSON | st.lists(st.tuples(st.floats(37.3, 37.8), st.floats(126.7, 127.3)), max_size=60))
def test_cleaned_points_are_inside_once_and_stay_as_they_are(value):
    found = INK.clean(value)
    assert len(found) <= MOST_POINTS
    assert all(37.4 <= lat <= 37.7 and 126.8 <= lon <= 127.2 for lat, lon in found)
    assert all(a != b for a, b in itertools.pairwise(found))
    assert INK.clean(found) == found
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    back = np.array(line_numbers(found)).reshape(-1, 2).cumsum(axis=0) / SCALE
    assert np.allclose(back, np.array(found).reshape(-1, 2), atol=1e-9)


def test_a_drawing_says_how_much_is_drawn_and_names_only_places_inside():
    assert [INK.shown(v) for v in ([], [[37.5, 127]], [[37.5, 127], [37.6, 127]])] == [
        "nothing drawn", "1 point", "2 points",
    ]  # fmt: skip
    assert INK.spec()["places"] == [["Hall", 37.5, 127.0]]
    assert clean_setting([INK], {"drawn": [[37.5, 127.0]]}) == {"drawn": [[37.5, 127.0]]}
    assert start_setting([INK]) == {"drawn": []}


@pytest.mark.parametrize(
    "bounds", [(37.7, 126.8, 37.4, 127.2), (37.4, 126.8, float("nan"), 127.2), (1, 1, 1, 1)]
)
def test_bounds_that_hold_nothing_are_refused(bounds):
    with pytest.raises(UsageError, match="south, west, north, east"):
        Drawing("x", bounds=bounds)


def test_bounds_need_a_place():
    with pytest.raises(UsageError, match="No place"):
        bounds_around([math.nan], [127.0])
    assert bounds_around([37.5, math.nan], [127.0, 1.0])[0] < 37.5


@pytest.mark.parametrize(
    ("line", "words"),
    [([[37.5, math.nan]], "pairs"), ([[37.5]], "pairs"), ([[37.5, 127.0]] * 6000, "6000 points")],
)
def test_a_lab_that_gives_a_wrong_line_is_told(line, words):
    with pytest.raises(UsageError, match=words):
        line_numbers(line)


# --- layers and looks --------------------------------------------------------------------


def layer(**more) -> Layer:
    square = [[[3750000, 12700000, 0, 100, 100, 0]]]
    colors = {"light": ["#111111", "#dddddd"], "dark": ["#eeeeee", "#222222"]}
    first = np.array([0, 1, breaks.MISSING, breaks.HIDDEN])
    return Layer(**{"id": "cells", "kind": "areas", "shapes": [square] * 4, "classes": first,
                    "colors": colors} | more)  # fmt: skip


@pytest.mark.parametrize("classes", [[0, 1, 2, 0], [0, 1, -1, 0], [253, 0, 0, 0], [300, 0, 0, 0]])
def test_a_class_without_a_colour_is_refused(classes):
    with pytest.raises(UsageError, match="has no class"):
        check_classes(layer(), classes)


def test_looks_are_one_per_colour_and_known():
    with pytest.raises(UsageError, match="1 looks for 2 colours"):
        layer(looks=[Look()])
    with pytest.raises(UsageError, match="no hatch 'zigzag'"):
        Look(hatch="zigzag")
    with pytest.raises(UsageError, match="no marker 'star'"):
        Look(marker="star")
    json.dumps(layer(looks=[Look(), Look(hatch="dots")]).spec())


def test_a_still_map_shows_patterns_widths_and_markers_and_not_what_is_hidden():
    base = BaseMap(drawn_city(), title="Still")
    looks = [Look(), Look(hatch="stripes")]
    base.add(layer(looks=looks, names=[HOSTILE, "b", "c", "hidden"], picks=True))
    ways = [[[3750000, 12700000, 3000, 3000]], [[3750000, 12700000, 0, 3000]]]
    colors = {t: ["#52606d", "#1a386f"] for t in ("light", "dark")}
    base.add(
        layer(id="routes", kind="lines", shapes=ways, classes=np.array([0, 1]), colors=colors,
              looks=[Look(weight=1.5, dash="dashes"), Look(weight=5, front=True)])
    )  # fmt: skip
    base.add(
        layer(id="spots", kind="points", shapes=[[3750000, 12700000]] * 2, radii=[9, 4],
              classes=np.array([0, 1]), colors=colors,
              looks=[Look(marker="square", hollow=True), Look(marker="diamond")])
    )  # fmt: skip
    base.legend("cells", "Cells", [(1, "served"), (breaks.MISSING, "no data", "")])
    base.legend("routes", "Routes", [(1, "chosen")])
    html = svg(base, alt="A map", selected=("routes", 1))
    assert html.count("<pattern") == 1
    for part in ('stroke-width="1.5"', 'stroke-width="5"', "stroke-dasharray", "var(--kit-paper"):
        assert part in html, part
    assert "<title>hidden" not in html
    assert "<img" not in html
    assert html.count('<p class="kit-keys') == 2
    # the chosen line stands after the other one, and its outline after all
    assert html.index('stroke-width="1.5"') < html.index('stroke-width="5"')
    picture = html[: html.index("</svg>")]
    assert picture.rindex('stroke-width="2.5"') < picture.index("--kit-accent")
    other = svg(BaseMap(drawn_city(), title="Other"), alt="x")
    scopes = {re.search(r"kit-c[0-9a-f]{8}", h)[0] for h in (html, other)}
    assert len(scopes) == 2


def test_thousands_of_cells_stay_a_light_still_map():
    base = BaseMap(drawn_city(), title="Many")
    shapes = [[[[3740000 + 9 * k, 12690000 + 7 * k, 100, 200, 200, -100]]] for k in range(3000)]
    base.add(layer(shapes=shapes, classes=np.arange(3000) % 2))
    assert len(svg(base, alt="x")) < 250_000


@pytest.mark.parametrize("marker", ["circle", "square", "diamond", "triangle"])
def test_markers_are_closed_paths(marker):
    path = marker_path(marker, 10, 10, 5)
    assert path.startswith("M")
    assert path.endswith("Z")
    assert "nan" not in path


def test_a_sign_on_a_colour_reads_in_both_themes():
    made = layer(looks=[Look(hatch="dots"), Look(hatch="cross")])
    style = Colors([made]).style
    for theme in ("light", "dark"):
        for color in made.colors[theme]:
            assert palette.contrast(palette.text_on(color), color) > 4.5
            assert color in style


def test_the_legend_of_a_layer_is_set_again_in_its_place():
    base = BaseMap(drawn_city(), title="x")
    for name, title in (("a", "A"), ("b", "B"), ("a", "A2")):
        base.legend(name, title, [(0, "row")])
    assert [given["title"] for given in base._drawing.spec["legends"]] == ["A2", "B"]


def test_what_can_be_picked_lies_where_the_reader_looks():
    base = BaseMap(drawn_city(), title="x")
    base.add(layer())
    south_west = base.bounds[0]
    far = layer(id="far", kind="points", shapes=[[3700000, 12600000]], classes=np.array([0]))
    base.add(far)
    assert base.bounds[0] == south_west
    base.add(replace(far, id="picked", picks=True))
    assert base.bounds[0] == [37.0, 126.0]


# --- choices -----------------------------------------------------------------------------


def test_choices_follow_the_features_of_their_layer():
    layers = [layer(picks=True), layer(id="plain"), layer(id="more", picks=True)]
    choices = [
        *(Choice(f"m{k}", "x", "more") for k in range(4)),
        *(Choice(f"c{k}", "x") for k in range(4)),
        Choice("none", "not on the map", "nowhere"),
    ]
    found = features(layers, choices)
    assert found["c2"] == ("cells", 2)
    assert found["m0"] == ("more", 0)
    assert "none" not in found
    assert selection(layers, choices, Picture(), "m3") == ("more", 3)
    assert selection(layers, choices, Picture(selected=1), "m3") == ("cells", 1)
    assert selection(layers, choices, Picture(selected=1, selected_layer="plain"), None) == (
        "plain", 1,
    )  # fmt: skip
    assert selection(layers, choices, Picture(), None) is None
    with pytest.raises(UsageError, match="4 features, but 3 choices"):
        features(layers, choices[1:])


# --- the page ----------------------------------------------------------------------------


def test_one_message_carries_all_layers(page):
    sent = []
    page.observe(lambda change: sent.append(change["name"]), names=["styles", "frame", "chosen"])
    drawn = [[37.47, 126.98], [37.485, 127.0]]
    asked = {"rule": "equal", "budget": 60, "routes": 2, "drawn": drawn, "fail": ""}
    page.asked = {"seq": 3, "setting": asked, "chosen": "p2", "user": True}
    assert set(sent) == {"styles", "frame", "chosen"}
    sizes = dict(page.spec["layers"])
    assert sizes == {"cells": 30, "routes": 4, "projects": 6}
    assert len(page.styles) == sum(sizes.values())
    assert page.styles[30:34] == bytes([1, 1, 0, 0])
    assert page.setting["drawn"] == drawn
    assert (page.frame["selected_layer"], page.frame["selected"]) == ("projects", 2)
    assert len(page.frame["drawn"]) == 6
    assert page.frame["legends"][0]["title"] == "Cells (equal)"
    json.dumps(page.frame, allow_nan=False)


@pytest.mark.parametrize(
    "asked",
    [
        {"setting": {"rule": ["equal"], "drawn": "x", "routes": "1e999"}},
        {"setting": {"rule": {"equal": 1}, "drawn": {"length": 40}}},
        {"setting": {"drawn": [[1e308, 1e308]] * 50, "budget": None}},
        {"setting": [["rule", "equal"]], "chosen": "p999"},
        {"setting": {"__proto__": {"rule": "equal"}}, "chosen": {"id": "p1"}, "seq": 1e400},
        {"setting": {"rule": "equal; import os", "fail": "bad\u0000"}, "seq": True},
    ],
)
def test_nonsense_from_the_page_is_the_first_setting(page, asked):
    first = page.setting
    page.asked = asked | {"mark": 1, "user": True, "settled": True}
    assert page.setting == first
    assert page.chosen == ""
    assert type(page.frame["seq"]) is int
    json.dumps(page.frame, allow_nan=False)


def test_a_hand_at_rest_computes_nothing_again(page, monkeypatch):
    page.asked = {"seq": 4, "setting": page.setting | {"routes": 2}, "user": True}
    monkeypatch.setattr(page._lab, "picture", lambda *_: pytest.fail("computed again"))
    page.asked = {"seq": 5, "setting": page.setting, "user": True, "settled": True}
    assert page.frame["seq"] == 5
    assert page.frame["problem"] == ""


def test_a_problem_keeps_the_picture_before_it(page):
    page.set_setting({"rule": "equal", "routes": 1})
    before = dict(page.frame), page.styles
    shown = page.set_setting({"rule": "equal", "routes": 3, "fail": "bad"}, seq=9)
    assert shown.problem == "No rule can share this out. Choose another rule."
    assert page.frame["problem"] == shown.problem
    assert page.frame["seq"] == 9
    assert page.frame["sentence"] == before[0]["sentence"]
    assert page.styles == before[1]
    assert page.picture.problem == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"layers": {"roads": [0]}}, "no layer 'roads'"),
        ({"layers": {"cells": [0, 1]}}, "2 classes were given for the 30"),
        ({"layers": {"routes": [0, 0, 0, 7]}}, "has no class 7"),
        ({"legends": {"roads": Legend("x", [])}}, "no layer 'roads'"),
        ({"drawn": [[math.nan, 1]]}, "pairs of lat and lon"),
    ],
)
def test_a_lab_that_gives_a_wrong_picture_is_told_and_the_old_one_stays(
    page, monkeypatch, given, words
):
    old = page.styles
    monkeypatch.setattr(page._lab, "picture", lambda *_: Picture(**given))
    assert words in page.set_setting({}).problem
    assert page.styles == old


def test_a_layer_left_out_looks_as_first_drawn(page, monkeypatch):
    first = page.styles
    page.set_setting({"routes": 1, "budget": 100})
    assert page.styles != first
    monkeypatch.setattr(page._lab, "picture", lambda *_: Picture(sentence="Nothing."))
    page.set_setting({})
    assert page.styles == first


def test_empty_is_said_in_place_of_chart_and_table(page):
    page.set_setting({"fail": "empty"})
    assert page.frame["chart"] == ""
    assert page.frame["grid"]["cells"] == []
    assert page.styles[30:34] == bytes([breaks.HIDDEN] * 4)
    html = page.still_html()
    assert "No cell has a trip at this hour." in html
    assert "<table" not in html


def test_the_still_page_says_options_and_lines_in_words(page):
    page.set_setting({"rule": "turns", "drawn": [[37.47, 126.98], [37.485, 127.0]]}, chosen="r1")
    html = page.still_html()
    for text in ("Voting rule", "Takes turns", "Your route", "2 points", "served by a route",
                 "<pattern", "Cells (turns)", "url(#kit-c"):  # fmt: skip
        assert text in html, text
    assert "<script" not in html
    # two widths of the drawn line, two of the selected route
    assert html.count('stroke-width="5"') == 2


def test_a_page_without_choices_or_drawing_opens():
    class Bare(DemoLab):
        def __init__(self, city):
            super().__init__(city, cells=4, routes=0, projects=0)
            self.controls = [c for c in self.controls if c.key != "drawn"]
            self.words = replace(self.words, ui={"reset": "Start again"})

        def picture(self, setting, chosen):
            return super().picture({**setting, "drawn": []}, chosen)

    bare = LabPage(Bare(drawn_city()))
    assert bare.spec["choices"] == []
    assert bare.spec["ui"]["reset"] == "Start again"
    assert set(bare.spec["ui"]) == set(UI)
    assert "drawn" not in bare.setting


def test_hostile_names_stay_text_in_the_map_and_on_the_page():
    city = drawn_city()
    page = demo(city, cells=9, routes=3, projects=3)
    assert "<img src=x" not in page.page
    assert page.page.count("</script>") == page.page.count("<script>")
    page.set_setting({}, chosen="p0")
    assert "<img src=x" not in page.still_html()
    assert page.spec["controls"][3]["places"][0][0] == HOSTILE


def test_a_live_map_keeps_to_its_colours():
    base = BaseMap(drawn_city(), title="Live")
    base.add(layer())
    with pytest.raises(UsageError, match="has no class 9"):
        LiveMap(base, title="Live").update({"cells": [9, 0, 0, 0]})


def test_rows_of_a_table_may_stand_for_choices():
    grid = Grid("x", ["a"], [["1"]], [[1]], ids=["p1"])
    assert Picture(grid=grid).spec()["grid"]["ids"] == ["p1"]


def test_a_lab_without_its_data_says_what_to_do():
    html = missing("Choose projects", CourseError("No ballots <b>.", "Add a table.")).html()
    assert "No ballots &lt;b&gt;. Add a table." in html


@pytest.mark.parametrize(
    "name", ["controls", "drawing", "map_layer", "lab_missing", "lab_picture", "lab_page"]
)
def test_examples_run(name):
    found = doctest.testmod(importlib.import_module(f"course.display.{name}"))
    assert found.failed == 0
