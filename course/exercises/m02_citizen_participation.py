"""Draws and pieces of the module "Votes, replies and fairness".

What is drawn, and the only conditions used (none of them computes an answer): a budget is
a set share of what the trainee's 12 projects cost; a percent of choices is no whole number
of projects; the votes in three channels keep set distances between their shares; the
staff's capacity is a few proposals of a month. A design that meets every line always
exists, because the line is the budget the better rule is measured at (the host searches for
one all the same).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from course.exercises import voting_lists
from course.exercises.channel_tables import channel_table, draw_channels
from course.exercises.rule_designs import Vote, try_design

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City
    from course.identity import Who


def _draw_weights(city: City, key: str) -> dict[str, Any]:
    return draw_channels(city.fingerprint, key)


DRAWS: dict[str, Callable[[City, str], dict[str, Any]]] = {
    "m02_greedy": voting_lists.draw_list,
    "m02_happy": voting_lists.draw_list,
    "m02_empty": voting_lists.draw_list,
    "m02_weights": _draw_weights,
    "m02_rule": voting_lists.draw_design,
    "m02_void": voting_lists.draw_void,
}


def lesson_month(city: City, who: Who) -> pd.DataFrame:
    """Return the 200 proposals of the lesson, the same for everyone in a city."""
    from course.city.synthesis.proposals import synthesise_proposals

    return synthesise_proposals(city)


def trial(city: City, who: Who, *, design: Mapping[str, Any]) -> pd.Series:
    """Return what a trainee's design does on the trainee's own tables.

    Returns
    -------
    pandas.Series
        spent (currency units), reached_pct, forums, answers.
    """
    import pandas as pd

    vote = Vote(voting_lists.short_list(city, who), voting_lists.short_ballots(city, who))
    tried = try_design(vote, voting_lists.month(city, who), design)
    return pd.Series(asdict(tried), name="your design")


PIECES = {
    "m02_projects": voting_lists.short_list,
    "m02_ballots": voting_lists.short_ballots,
    "m02_all_projects": voting_lists.long_list,
    "m02_all_ballots": voting_lists.long_ballots,
    "m02_channels": lambda city, who: channel_table(_draw_weights(city, who.key("trainee"))),
    "m02_proposals": voting_lists.month,
    "m02_month": lesson_month,
    "m02_trial": trial,
}
