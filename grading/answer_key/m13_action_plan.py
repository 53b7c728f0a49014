"""Answers of the module "From week to work", as functions of the city and the draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.city.pack import City
from course.exercises import Draw
from course.exercises import m13_action_plan as m13
from grading.answer_key.base import AnswerKey, Judged, WrongValues

DAYS = ("d30", "d90", "d180", "d365")
_SIGNED = ("memo signed", "contract signed")
_NEEDS_SIGNATURE = ("machines bought", "machines open")
_SIGN_OF_LIFE = (*_SIGNED, "report sent")
_RESULTS = ("machines open", "count published")


# ---- m13_smart -----------------------------------------------------------------------


def _smart(city: City, draw: Draw) -> str:
    return "b"


def _smart_wrong(city: City, draw: Draw) -> WrongValues:
    return [
        ("a", "No number."),
        ("c", "Can you reach it?"),
        ("d", "An output: what changes for people?"),
        ("e", "By when?"),
    ]


# ---- m13_gap -------------------------------------------------------------------------


def _costs(draw: Draw) -> tuple[float, float, float]:
    """Return capex, running cost a year and the sum of the sources."""
    p = draw.params
    return float(p["capex"]), float(p["opex"]), float(sum(p["sources"]))


def _kept_back() -> float:
    return 1.0 + m13.CONTINGENCY_PCT / 100.0


def _gap(city: City, draw: Draw) -> float:
    capex, opex, sources = _costs(draw)
    return (capex + m13.YEARS * opex) * _kept_back() - sources


def _gap_wrong(city: City, draw: Draw) -> WrongValues:
    capex, opex, sources = _costs(draw)
    return [
        (capex + m13.YEARS * opex - sources, "Keep money back for what nobody expects."),
        ((capex + opex) * _kept_back() - sources, "It runs for all the years."),
        (capex * _kept_back() + m13.YEARS * opex - sources, "Contingency is on all costs."),
        (sources - (capex + m13.YEARS * opex) * _kept_back(), "Missing money is positive."),
    ]


# ---- m13_risk ------------------------------------------------------------------------


def _scores(draw: Draw) -> dict[str, tuple[int, int]]:
    return {code: tuple(draw.params[f"score_{code}"]) for code in m13.CODES}


def _risk(city: City, draw: Draw) -> str:
    scores = _scores(draw)
    return max(scores, key=lambda code: scores[code][0] * scores[code][1])


def _risk_wrong(city: City, draw: Draw) -> WrongValues:
    scores = _scores(draw)
    found: dict[str, str] = {}
    for code, hint in (
        (max(scores, key=lambda c: scores[c][0]), "Times harm."),
        (max(scores, key=lambda c: scores[c][1]), "Times chance."),
        (m13.CODES[0], "Not the order of the list."),
    ):
        found.setdefault(code, hint)
    return list(found.items())


# ---- m13_reach -----------------------------------------------------------------------


def _pilot(city: City, draw: Draw) -> Any:
    zones = city.zones
    return zones[zones["zone_id"].astype(str).isin(draw.params["zones"])]


def _reach(city: City, draw: Draw) -> int:
    return round(float(_pilot(city, draw)["population"].sum()))


def _reach_wrong(city: City, draw: Draw) -> WrongValues:
    pilot = _pilot(city, draw)
    area = float(pilot["area_km2"].sum())
    people = float(pilot["population"].sum())
    return [
        (len(pilot), "People, not zones."),
        (round(float(city.zones["population"].sum())), "The pilot only."),
        (round(people / area) if area > 0 else None, "Not people per km²."),
    ]


# ---- m13_days ------------------------------------------------------------------------


def _placed(value: Any) -> dict[str, int]:
    """Return milestone -> place in time (0 to 3); later ones of the same name are left out."""
    found: dict[str, int] = {}
    for at, day in enumerate(DAYS):
        name = value.get(day) if isinstance(value, Mapping) else None
        if isinstance(name, str):
            found.setdefault(" ".join(name.split()).casefold(), at)
    return found


def _judge_days(city: City, draw: Draw, value: Any) -> Judged:
    at = _placed(value)
    signed = min((at[n] for n in _SIGNED if n in at), default=None)
    costly = [at[n] for n in _NEEDS_SIGNATURE if n in at]
    trained, opened = at.get("staff trained"), at.get("machines open")
    first = [n for n, place in at.items() if place == 0]
    last = [n for n, place in at.items() if place == len(DAYS) - 1]
    return [
        (len(at) == len(DAYS), 0.25, "Four different milestones are needed."),
        (signed is not None and all(signed < c for c in costly), 0.25, "Who signed?"),
        (
            trained is not None
            and trained < len(DAYS) - 1
            and (opened is None or trained < opened),
            0.25,
            "Who runs it?",
        ),
        (
            bool(first) and first[0] in _SIGN_OF_LIFE and bool(last) and last[0] in _RESULTS,
            0.25,
            "Day 30 needs a sign of life, and day 365 a result.",
        ),
    ]


def _days_example(city: City, draw: Draw) -> dict[str, str]:
    return dict(
        zip(DAYS, ("memo signed", "machines bought", "staff trained", "machines open"), strict=True)
    )


KEY = AnswerKey(
    expected={"m13_smart": _smart, "m13_gap": _gap, "m13_risk": _risk, "m13_reach": _reach},
    wrong={
        "m13_smart": _smart_wrong,
        "m13_gap": _gap_wrong,
        "m13_risk": _risk_wrong,
        "m13_reach": _reach_wrong,
    },
    designs={"m13_days": _judge_days},
    examples={"m13_days": _days_example},
)
