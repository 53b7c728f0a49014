"""The voting rules written down word for word, in fractions: slow, for tests only."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

Choices = dict[str, dict[str, Fraction]]  # voter -> project -> points


def choices_of(ballots: pd.DataFrame) -> Choices:
    """Return what each voter named, with points."""
    out: Choices = {}
    for voter, project, points in zip(
        ballots["voter_id"], ballots["project_id"], ballots["points"], strict=True
    ):
        mine = out.setdefault(voter, {})
        if project:
            mine[project] = Fraction(str(points))
    return out


def costs_of(projects: pd.DataFrame) -> dict[str, Fraction]:
    return {
        p: Fraction(str(c)) for p, c in zip(projects["project_id"], projects["cost"], strict=True)
    }


def greedy(cost: dict[str, Fraction], choices: Choices, budget: Fraction) -> list[str]:
    """Look for the best project that fits, again and again."""
    points = {p: sum((c.get(p, Fraction(0)) for c in choices.values()), Fraction(0)) for p in cost}
    named = {p for c in choices.values() for p in c}
    funded: list[str] = []
    while True:
        left = budget - sum(cost[p] for p in funded)
        fits = [p for p in named if p not in funded and cost[p] <= left]
        if not fits:
            return funded
        funded.append(min(fits, key=lambda p: (-points[p], cost[p], p)))


def equal_shares(
    cost: dict[str, Fraction],
    choices: Choices,
    share: Fraction,
    worth: dict[str, dict[str, Fraction]],
) -> list[str]:
    """``worth``: voter -> project -> satisfaction (above 0) of who named it."""
    held = dict.fromkeys(choices, share)
    funded = sorted((p for p in cost if cost[p] == 0 and any(worth[v].get(p) for v in choices)),
                    key=lambda p: p)  # fmt: skip
    while True:
        best: list[tuple[Fraction, Fraction, str]] = []
        for project, price in cost.items():
            group = {v: worth[v][project] for v in choices if worth[v].get(project)}
            if project in funded or not group or sum(held[v] for v in group) < price:
                continue
            best.append((_rate(price, group, held), price, project))
        if not best:
            return funded
        rate, _, project = min(best)
        for voter in choices:
            if worth[voter].get(project):
                held[voter] -= min(held[voter], rate * worth[voter][project])
        funded.append(project)


def _rate(price: Fraction, group: dict[str, Fraction], held: dict[str, Fraction]) -> Fraction:
    """Return the smallest rate at which the group pays the price together."""
    # It lies where somebody's money just ends, or between two such places.
    ends = sorted({held[v] / w for v, w in group.items()})
    before = Fraction(0)
    for end in [*ends, None]:
        payers = [v for v, w in group.items() if held[v] / w > before]
        if not payers:
            return before
        fixed = sum((held[v] for v, w in group.items() if held[v] / w <= before), Fraction(0))
        rate = (price - fixed) / sum(group[v] for v in payers)
        if end is None or rate <= end:
            return rate
        before = end
    raise AssertionError


def phragmen(cost: dict[str, Fraction], choices: Choices, budget: Fraction) -> list[str]:
    """Let the clock run from purchase to purchase; money of each voter, not loads."""
    held = dict.fromkeys(choices, Fraction(0))
    funded: list[str] = []
    while True:
        waits = []
        for project, price in cost.items():
            group = [v for v in choices if project in choices[v]]
            if project not in funded and group and price <= budget:
                short = price - sum(held[v] for v in group)
                waits.append((short / len(group), price, project))
        if not waits:
            return funded
        wait = min(waits)[0]
        left = budget - sum(cost[p] for p in funded)
        if any(cost[p] > left for w, _, p in waits if w == wait):
            return funded
        _, _, project = min(waits)
        for voter in choices:
            held[voter] += wait
        for voter in choices:
            if project in choices[voter]:
                held[voter] = Fraction(0)
        funded.append(project)
