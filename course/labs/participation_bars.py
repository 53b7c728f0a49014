"""The bars of the participation lab: the three rules beside each other, or one project."""

from __future__ import annotations

from collections.abc import Mapping

from course.display.bar_svg import Bar, Group
from course.labs import participation_words as say
from course.labs.participation_model import Result
from course.labs.participation_setting import RULES

_NAME = 16  # signs beside a bar
_NONE = float("nan")


def of_rules(result: Result) -> list[Group]:
    """Return who gets nothing: by rule, then by age under the rule of the setting.

    Of one zone the city stands beside each bar as a tick.
    """
    part = bool(result.zone_id)
    rules = tuple(
        Bar(
            RULES[rule],
            float(result.nothing_pct[rule]),
            float(result.city_nothing_pct[rule]) if part else _NONE,
            strong=rule == result.setting.rule,
        )
        for rule in RULES
    )
    groups = [Group("By rule", rules)]
    if len(result.ages):
        ages = tuple(
            Bar(
                str(r.age_group), float(r.nothing_pct), float(r.city_nothing_pct) if part else _NONE
            )
            for r in result.ages.itertuples()
        )
        groups.append(Group(f"By age, under {say.rule_name(result.setting.rule)}", ages))
    return groups


def of_project(result: Result, names: Mapping[str, str]) -> list[Group]:
    """Return who named the chosen project: by age, and the zones that named it most.

    The share of all voters stands beside each bar as a tick.
    """
    everyone = float(result.named_pct)
    groups = []
    top = say.most_often(result)
    if len(top):
        zones = tuple(
            Bar(short(names[zone], _NAME), float(share), everyone)
            for zone, share in zip(top["zone_id"], top["named_pct"], strict=True)
        )
        groups.append(Group("By zone, where it was named most", zones))
    if len(result.ages):
        ages = tuple(
            Bar(str(row.age_group), float(row.named_pct), everyone)
            for row in result.ages.itertuples()
        )
        groups.append(Group("By age", ages))
    return groups


def short(name: str, most: int) -> str:
    """Return a name of at most so many signs.

    Examples
    --------
    >>> short("Riverside path to the next park", 16)
    'Riverside path…'
    """
    if len(name) <= most:
        return name
    return f"{name[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
