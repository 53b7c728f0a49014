"""What the participation lab says: titles and its one sentence, out of the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from course.display.numbers import number, with_unit
from course.labs.participation_model import FEW_VOTERS, Result
from course.labs.participation_setting import RULES

HARDLY = 0.5  # percentage points
AGES_DIFFER = 10.0  # from here on ages are the story of a project, not zones

_BIG = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"))


def money(amount: float, unit: str) -> str:
    r"""Return an amount of a budget in at most four digits, with words for large ones.

    Examples
    --------
    >>> money(1_234_000_000, "KRW"), money(36_500, "PHP"), money(0, "KRW")
    ('1.23\xa0bn KRW', '36,500\xa0PHP', '0\xa0KRW')
    """
    for size, word in _BIG:
        if abs(amount) >= size:
            return with_unit(amount / size, f"{word} {unit}".strip())
    return with_unit(amount, unit, decimals=0)


def percent(share: float, *, decimals: int = 0) -> str:
    """Return a share as people read it, without a unit that parts from it."""
    return with_unit(share, "%", decimals=decimals)


def rule_name(rule: str) -> str:
    """Return a rule inside a sentence: the name of a person keeps its capital."""
    name = RULES[rule]
    return name if rule == "phragmen" else name[0].lower() + name[1:]


def join(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> join(["a", "b", "c"]), join(["a"])
    ('a, b and c', 'a')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def at(name: str) -> str:
    """Return where a zone is, in a sentence.

    Examples
    --------
    >>> at("Jongno-gu"), at("near Shohada (2)")
    ('in Jongno-gu', 'near Shohada (2)')
    """
    return name if name.startswith("near ") else f"in {name}"


def chart_title(nothing: Mapping[str, float]) -> str:
    """Return what the bars of the rules say.

    Examples
    --------
    >>> chart_title({"greedy": 31.0, "equal_shares": 22.0, "phragmen": 24.0})
    'Equal shares leaves fewest voters with nothing'
    >>> chart_title({"greedy": 20.1, "equal_shares": 20.3, "phragmen": 20.2})
    'The three rules leave as many voters with nothing'
    >>> chart_title({"greedy": 0.0, "equal_shares": 0.0, "phragmen": 0.0})
    'No rule leaves a voter with nothing'
    """
    known = {rule: share for rule, share in nothing.items() if share == share}
    if not known:
        return "There are no voters here"
    least, most = min(known.values()), max(known.values())
    if not most:
        return "No rule leaves a voter with nothing"
    if most - least < HARDLY:
        return "The three rules leave as many voters with nothing"
    best = [rule for rule, share in known.items() if share - least < HARDLY]
    if len(best) > 1:
        names = join([RULES[best[0]], *(rule_name(r) for r in best[1:])])
        return f"{names} leave fewest voters with nothing"
    return f"{RULES[best[0]]} leaves fewest voters with nothing"


def named_title(result: Result, names: Mapping[str, str]) -> str:
    """Return what the bars of a chosen project say: who named it most and least."""
    ages = result.ages[result.ages["named_pct"].notna()]
    if not result.voters:
        return "Nobody named this project"
    if len(ages) > 1 and ages["named_pct"].max() - ages["named_pct"].min() >= AGES_DIFFER:
        top, low = (ages.loc[ages["named_pct"].agg(f), "age_group"] for f in ("idxmax", "idxmin"))
        return f"Named most by voters aged {top}, least by those aged {low}"
    top_zones = most_often(result)
    if len(top_zones):
        share = percent(top_zones["named_pct"].iloc[0])
        return f"Named most {at(names[top_zones['zone_id'].iloc[0]])}, by {share} of its voters"
    return "Who named this project"


def most_often(result: Result, *, rows: int = 5) -> pd.DataFrame:
    """Return the zones whose voters named the chosen project most often, the first first.

    Zones with few voters are left out: two of three is chance.
    """
    known = result.zones[(result.zones["voters"] >= FEW_VOTERS) & (result.zones["named_pct"] > 0)]
    return known.sort_values("named_pct", ascending=False, kind="stable").head(rows)


def not_shown(funded: int, projects: int, rows: int) -> str:
    """Return what the table of projects leaves out: those no rule funds, those it has no room for.

    Examples
    --------
    >>> not_shown(17, 30, 17), not_shown(30, 30, 24)
    ('No rule funds the other 13 projects.', 'Every project is funded; 24 of 30 are shown.')
    """
    text = "Every project is funded"
    if funded < projects:
        other = projects - funded
        text = f"No rule funds the other {number(other)} project{'s' if other > 1 else ''}"
    return f"{text}; {number(rows)} of {number(funded)} are shown." if rows < funded else f"{text}."


def _others(result: Result) -> str:
    """Return what the two other rules would leave, as half a sentence."""
    mine = result.setting.rule
    said = [
        f"{rule_name(rule)} {'would leave ' if first else ''}{percent(result.nothing_pct[rule])}"
        for first, rule in zip((True, False), (r for r in RULES if r != mine), strict=True)
    ]
    return " and ".join(said)


def _zones_empty(result: Result) -> str:
    if not result.voting_zones:
        return "No voter has a zone, so the map stays empty"
    if not result.empty_zones:
        return "Every zone with voters has a project"
    if result.empty_zones == result.voting_zones:
        return "No zone with voters has a project of its own"
    return (
        f"{number(result.empty_zones)} of {number(result.voting_zones)} zones with voters "
        "have no project"
    )


def sentence(result: Result, *, names: Mapping[str, str], city: str, unit: str) -> str:
    """Return the reading of the lab at one setting.

    Parameters
    ----------
    result : Result
        From the model.
    names : mapping
        Zone id to name.
    city, unit : str
        Name of the city; its currency.
    """
    if result.project_id:
        return _of_project(result, names, unit)
    rule = rule_name(result.setting.rule)
    if result.zone_id:
        place = names[result.zone_id]
        if not result.voters:
            return f"Nobody {at(place)} voted."
        few = " (few)" if result.voters < FEW_VOTERS else ""
        row = result.zones.set_index("zone_id").loc[result.zone_id]
        stands = int(row["funded"])
        here = (
            "no funded project stands there"
            if not stands
            else f"{number(stands)} funded project{'s stand' if stands > 1 else ' stands'} there"
        )
        start = at(place)
        share = percent(result.nothing_pct[result.setting.rule])
        return (
            f"{start[0].upper()}{start[1:]} {share} of {number(result.voters)} voters{few} "
            f"get nothing under {rule}, and {here}; "
            f"{_others(result)}."
        )
    if not len(result.outcome.funded):
        return f"This budget buys no project in {city}: everybody gets nothing."
    return (
        f"Under {rule} {percent(result.nothing_pct[result.setting.rule])} of "
        f"{number(result.voters)} voters in {city} get nothing; {_others(result)}. "
        f"{_zones_empty(result)}."
    )


def _of_project(result: Result, names: Mapping[str, str], unit: str) -> str:
    table = result.outcome.table.set_index("project_id")
    row = table.loc[result.project_id]
    where = names.get(row["zone_id"], "")
    # a list without any zone does not say where its projects are
    somewhere = (table["zone_id"] != "").any()
    place = f" {at(where)}" if where else " for the whole city" if somewhere else ""
    name = row["name"] or result.project_id
    start = f"{name}{place} costs {money(row['cost'], unit)}"
    if result.voters:
        start += f"; {number(result.voters)} voters named it{_mostly(result, names)}"
    else:
        start += "; nobody named it"
    yes = [r for r, out in result.outcomes.items() if result.project_id in set(
        out.funded["project_id"])]  # fmt: skip
    no = [r for r in RULES if r not in yes]
    if not no:
        return f"{start}. All three rules fund it."
    if not yes:
        return f"{start}. No rule funds it at this budget."
    verb = "fund" if len(yes) > 1 else "funds"
    does = "do" if len(no) > 1 else "does"
    first = join([RULES[yes[0]], *(rule_name(r) for r in yes[1:])])
    return f"{start}. {first} {verb} it, {join([rule_name(r) for r in no])} {does} not."


def _mostly(result: Result, names: Mapping[str, str]) -> str:
    top = most_often(result, rows=1)
    if top.empty:
        return ""
    zone, share = top["zone_id"].iloc[0], top["named_pct"].iloc[0]
    return f", most often {at(names[zone])} ({percent(share)} of its voters)"
