"""One function under sliders: its value, its still form, and what it refuses."""

from __future__ import annotations

import pytest

from course import labs
from course.errors import UsageError


def double(km):
    return 2 * km


def dial(**changes):
    settings = {"name": "km", "low": 0, "high": 10, "step": 1, "start": 5, "unit": "km"} | changes
    return labs.explore(double, labs.Knob(**settings), result="Double (km)")


def test_the_first_value_is_the_function_s():
    assert dial().value == 10
    assert dial().still_text() == "Double (km): 10"


def test_moving_the_slider_moves_the_result():
    widget = dial()
    widget.children[0].value = 7
    assert widget.value == 14
    assert ">14<" in widget.children[-1].value


def test_the_still_form_holds_the_start_and_both_ends():
    page = dial(start=3).still_html()
    for text in ("0", "6", "20"):
        assert f"<td><bdi>{text}</bdi></td>" in page


def test_two_knobs_move_one_at_a_time():
    widget = labs.explore(
        lambda a, b: 10 * a + b,
        labs.Knob("a", 0, 4, 1, 1),
        labs.Knob("b", 0, 4, 1, 2),
        result="Sum",
    )
    rows = widget._rows()
    assert ({"a": 1, "b": 2}, "12") in rows
    assert all(setting["a"] == 1 or setting["b"] == 2 for setting, _ in rows)
    assert len(rows) == len({tuple(setting.values()) for setting, _ in rows})


def test_text_of_a_result_cannot_become_markup():
    widget = labs.explore(lambda km: "<b>x</b>", labs.Knob("km", 0, 1, 1, 0), result="<i>r</i>")
    assert "<b>x" not in widget.children[-1].value + widget.still_html()
    assert "<i>r" not in widget.children[-1].value + widget.still_html()


def test_a_knob_without_an_argument_is_refused():
    with pytest.raises(UsageError, match="no argument 'hours'"):
        dial(name="hours")


def test_no_knob_is_refused():
    with pytest.raises(UsageError, match="one to three knobs"):
        labs.explore(double, result="Double")
