"""Answers of the module "Template title", as functions of the city and the draw."""

from __future__ import annotations

import pandas as pd

from course.city.pack import City
from course.exercises import Draw
from course.exercises import m99_template as own
from grading.answer_key.base import AnswerKey, WrongValues

# ---- m99_reach -----------------------------------------------------------------------


def _reach(city: City, draw: Draw) -> float:
    table = own.reach(city, draw.who)
    return 100.0 * float(table["reached"].sum()) / float(table["people"].sum())


def _reach_wrong(city: City, draw: Draw) -> WrongValues:
    table = own.reach(city, draw.who)
    lived_in = table[table["people"] > 0]
    return [
        (100.0 * float((lived_in["reached"] / lived_in["people"]).mean()), "Sum people first."),
        (100.0 - _reach(city, draw), "These are not reached."),
    ]


# ---- m99_begin -----------------------------------------------------------------------


def _first(city: City, draw: Draw) -> pd.DataFrame:
    """Return the drawn number of districts with the most people who are not reached."""
    table = own.reach(city, draw.who)
    return table.nlargest(draw.params["districts"], "not_reached")


def _begin(city: City, draw: Draw) -> int:
    return int(_first(city, draw)["not_reached"].sum())


def _begin_wrong(city: City, draw: Draw) -> WrongValues:
    table = own.reach(city, draw.who)
    lived_in = table[table["people"] > 0]
    rate = lived_in["reached"] / lived_in["people"]
    lowest = lived_in.loc[rate.nsmallest(draw.params["districts"]).index]
    return [
        (int(lowest["not_reached"].sum()), "People, not percent."),
        (int(_first(city, draw)["people"].sum()), "Some of them are reached."),
        (int(table["not_reached"].sum()), "Only the districts you begin with."),
    ]


KEY = AnswerKey(
    expected={"m99_reach": _reach, "m99_begin": _begin},
    wrong={"m99_reach": _reach_wrong, "m99_begin": _begin_wrong},
)
