"""The conditions on a designed participation rule, and a search that shows they can be met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from course.errors import CourseError
from course.exercises.rule_designs import RULES, Trial, Vote, try_design
from course.policy import participation

SHARES = {"budget": 0.20, "served": 0.30, "replies": 0.20, "offline": 0.15, "days": 0.15}
NEAR_BEST = 0.90  # of the voters the best rule reaches with the whole line
LEAST_OFFLINE_PCT = 10.0
MOST_DAYS = 30
_ALL_CHOICES = 10  # the form asks for 1 to 10; no exercise ballot holds more
_DUST = 1e-9
Judged = list[tuple[bool, float, str]]


def judge_rule(
    vote: Vote, proposals: pd.DataFrame, asked: Mapping[str, Any], value: Mapping[str, Any]
) -> Judged:
    """Judge one design of question m02_rule.

    Parameters
    ----------
    vote : Vote
        The trainee's 12 projects and the choices among them.
    proposals : DataFrame
        The trainee's proposals of a month.
    asked : mapping
        ``line`` (currency units) and ``capacity`` (answers a month), as shown.
    value : mapping
        The fields of the design.

    Returns
    -------
    list of (bool, float, str)
        Met, share of the points, sentence for the trainee; always five.
    """
    try:
        trial = try_design(vote, proposals, value)
    except CourseError as error:  # the rule refuses the design, and says why
        return [(False, share, str(error)) for share in SHARES.values()]
    capacity = asked["capacity"]
    if _thresholds(proposals, capacity) is None:
        # no thresholds give so few answers: the line is eased to the fewest there can be
        capacity = _fewest(proposals)
    best = max(_best(vote, asked["line"]).values())
    days, offline = (
        float(value.get("reply_days", MOST_DAYS + 1)),
        float(value.get("offline_share_pct", 0)),
    )
    return [
        (
            float(value["budget"]) <= asked["line"] * (1 + _DUST),
            SHARES["budget"],
            "Your budget is above the line shown.",
        ),
        (
            trial.reached_pct >= NEAR_BEST * best * (1 - _DUST),
            SHARES["served"],
            "Look at empty zones. Another rule, or more of the line, reaches more voters.",
        ),
        (1 <= trial.answers <= capacity, SHARES["replies"], _replies(trial, capacity)),
        (offline >= LEAST_OFFLINE_PCT - _DUST, SHARES["offline"], "Who has no phone?"),
        (days <= MOST_DAYS, SHARES["days"], "Who would wait so long for an answer?"),
    ]


def _replies(trial: Trial, capacity: int) -> str:
    if trial.answers > capacity:
        return "Your staff cannot answer this many."
    return "Nobody reaches your thresholds. Is that a promise?"


def _best(vote: Vote, line: float) -> dict[str, float]:
    """Return the percent of voters each rule reaches with the whole line and all choices."""
    return {rule: vote.reached(rule, line, None)[1] for rule in RULES}


def _answers(proposals: pd.DataFrame, forum_at: int, answer_at: int) -> int:
    return participation.funnel(
        proposals["likes"], proposals["participants"], forum_at=forum_at, answer_at=answer_at
    ).answers


def _tried(proposals: pd.DataFrame) -> list[int]:
    """Return thresholds of participants worth trying, the highest first; forums at one like."""
    return sorted({int(n) for n in proposals["participants"] if n >= 1}, reverse=True)


def _thresholds(proposals: pd.DataFrame, capacity: int) -> tuple[int, int] | None:
    for answer_at in _tried(proposals):
        if 1 <= _answers(proposals, 1, answer_at) <= capacity:
            return 1, answer_at
    return None


def _fewest(proposals: pd.DataFrame) -> int:
    return next((a for n in _tried(proposals) if (a := _answers(proposals, 1, n)) >= 1), 1)


def solution_exists(
    vote: Vote, proposals: pd.DataFrame, asked: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Search for a design with every condition met.

    Returns
    -------
    dict or None
        The best rule with the whole line and all choices, and the highest thresholds that
        still give somebody an answer; None where no thresholds do.
    """
    best = _best(vote, asked["line"])
    capacity = asked["capacity"]
    found = _thresholds(proposals, capacity) or _thresholds(proposals, _fewest(proposals))
    if found is None:
        return None
    return {
        "rule": max(best, key=lambda rule: best[rule]),
        "budget": asked["line"],
        "choices": _ALL_CHOICES,
        "forum_at": found[0],
        "answer_at": found[1],
        "reply_days": MOST_DAYS,
        "offline_share_pct": LEAST_OFFLINE_PCT,
    }
