"""Ways as lines on a map, bars of amounts, and a form field that is a list."""

from __future__ import annotations

import copy

import pytest
import yaml

from course import maps
from course.display import bar_svg
from course.errors import CourseError, UsageError
from course.question_checks import checked_module
from tests.display_city import drawn_city
from tests.key_cases import MODULES

WAYS = {"one": [[0.0, 0.0], [0.0, 0.1]], "two": [[0.1, 0.0], [0.1, 0.1], [0.2, 0.1]]}


def test_ways_are_wider_and_darker_for_more_and_say_their_ends():
    shown = maps.paths(
        drawn_city(), WAYS, values={"one": 5, "two": 50}, title="Ways", unit="trips", measure="m"
    )
    assert shown.reading == "two has the most, 50 trips; one has the least, 5 trips.".replace(
        " trips", "\N{NO-BREAK SPACE}trips"
    )
    html = shown.html()
    assert "<iframe" in html and "<table" in html


def test_ways_without_values_or_without_ways_are_drawn():
    assert "<iframe" in maps.paths(drawn_city(), WAYS, title="Ways").html()
    assert maps.paths(drawn_city(), {}, title="Ways").reading == "There is no way to show."


@pytest.mark.parametrize(
    ("ways", "values", "said"),
    [
        ({"one": [[0, 0]]}, None, "no list of two or more"),
        ({"one": [[0, 0], [float("nan"), 1]]}, None, "no list of two or more"),
        ({"one": "north"}, None, "no list of two or more"),
        (WAYS, {"three": 1}, "which is no way"),
    ],
)
def test_what_is_no_way_is_a_sentence(ways, values, said):
    with pytest.raises(UsageError, match=said):
        maps.paths(drawn_city(), ways, values=values, title="Ways")


def test_bars_of_amounts_have_no_sign_and_one_may_stand_out():
    bars = (bar_svg.Bar("a", 2.0, 3.0), bar_svg.Bar("b", 1.0, strong=True))
    drawn = bar_svg.plain_bars([bar_svg.Group("Group", bars)], unit="%", alt="x", decimals=1)
    assert "+2.0" not in drawn and "2.0\N{NO-BREAK SPACE}%" in drawn
    assert drawn.count('font-weight="600"') == 1 and "--kit-bar-strong" in drawn
    assert "--kit-more" not in drawn


@pytest.mark.parametrize("change", [{"options": []}, {"type": "number"}])
def test_a_list_field_has_options_and_a_number_has_none(change):
    path = MODULES / "06_night_bus" / "module.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    broken = copy.deepcopy(content)
    (net,) = (q for q in broken["questions"] if q["id"] == "m06_net")
    net["fields"]["routes"] |= change
    assert checked_module(content, path).questions["m06_net"].fields[0].type == "multi"
    with pytest.raises(CourseError, match="options and the type of routes do not fit"):
        checked_module(broken, path)
