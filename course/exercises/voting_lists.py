"""Projects, ballots and proposals of one trainee, all synthetic, on the zones of the city.

A long list of 30 projects is drawn for each trainee; 12 of them passed the first check. The
vote did not reach every zone: about a fifth of the zones has no voter, so that "a zone
without a project" and "a zone without voters" are two things to tell apart.
"""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd

from course.city.synthesis import ballots as synthesis
from course.city.synthesis.proposals import synthesise_proposals
from course.city.synthesis.stream import Stream
from course.exercises.memory import Memory
from course.exercises.money_steps import grain, money, rounded

if TYPE_CHECKING:
    from course.city.pack import City
    from course.identity import Who

LONG, SHORT, VOTERS = 30, 12, 1_200
BADGE = "SYNTHETIC: exercise projects and ballots, made by a rule on this city's zones"
_REACHED = Fraction(4, 5)  # of the zones
_FEW_ZONES = 5

_lists = Memory(16)
_months = Memory(16)

Lists = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def _made(city: City, key: str) -> Lists:
    """Return long list, its ballots, short list, its ballots."""
    return _lists.get((city.fingerprint, key), lambda: _make(city, key))


def _make(city: City, key: str) -> Lists:
    seed = ("m02", city.fingerprint, key)
    stream = Stream("m02 lists", city.fingerprint, key)
    projects = synthesis.synthesise_projects(city, seed=seed)
    zones = [str(zone) for zone in city.zones["zone_id"]]
    kept = len(zones) if len(zones) <= _FEW_ZONES else int(len(zones) * _REACHED)
    reached = set(stream.choose(zones, kept))
    # a pack's own projects are not the trainee's: the vote is on the drawn ones
    drawn = SimpleNamespace(id=city.id, zones=city.zones, projects=projects)
    ballots = synthesis.synthesise_ballots(drawn, voters=VOTERS, seed=seed)
    ballots = ballots[ballots["zone_id"].isin(reached)].reset_index(drop=True)
    chosen = set(stream.choose(projects["project_id"].tolist(), SHORT))
    short = projects[projects["project_id"].isin(chosen)].reset_index(drop=True)
    named = ballots[ballots["project_id"].isin(chosen)].reset_index(drop=True)
    for frame in (projects, ballots, short, named):
        frame.attrs["badge"] = BADGE
    return projects, ballots, short, named


def long_list(city: City, who: Who) -> pd.DataFrame:
    """Return the trainee's 30 projects, with the columns of ``city.projects``."""
    return _copy(_made(city, who.key("trainee"))[0])


def long_ballots(city: City, who: Who) -> pd.DataFrame:
    """Return the ballots on the long list, with the columns of ``city.ballots``."""
    return _copy(_made(city, who.key("trainee"))[1])


def short_list(city: City, who: Who) -> pd.DataFrame:
    """Return the trainee's 12 projects: one row per project, ``cost`` in currency units."""
    return _copy(_made(city, who.key("trainee"))[2])


def short_ballots(city: City, who: Who) -> pd.DataFrame:
    """Return the choices among the 12: one row per voter and project.

    A voter whose choices all failed the first check is not in it.
    """
    return _copy(_made(city, who.key("trainee"))[3])


def month(city: City, who: Who) -> pd.DataFrame:
    """Return the trainee's 200 proposals of one month: proposal_id, likes, participants."""
    key = who.key("trainee")
    return _copy(
        _months.get(
            (city.fingerprint, key),
            lambda: synthesise_proposals(city, seed=("m02", city.fingerprint, key)),
        )
    )


def _copy(frame: pd.DataFrame) -> pd.DataFrame:
    copy = frame.copy()
    copy.attrs = dict(frame.attrs)
    return copy


# ---- what the questions show ---------------------------------------------------------


def _share(city: City, key: str, percent: int) -> tuple[float, float]:
    """Return a share of what the 12 projects cost, as a round amount, and the whole."""
    total = float(_made(city, key)[2]["cost"].sum())
    amount = Fraction(total) * percent / 100
    return rounded(amount, grain(float(amount) / 500)), total


def draw_list(city: City, key: str) -> dict[str, Any]:
    """Draw the budget of the trainee's 12 projects: 25 to 45 % of their cost."""
    stream = Stream("m02 budget", city.fingerprint, key)
    budget, total = _share(city, key, stream.integer(25, 46))
    return {"budget": budget, "budget_text": money(budget, city.currency), "total_cost": total}


def draw_design(city: City, key: str) -> dict[str, Any]:
    """Draw the council's line and how many proposals the staff can answer in a month."""
    stream = Stream("m02_rule", city.fingerprint, key)
    line, total = _share(city, key, stream.integer(30, 51))
    return {
        "line": line,
        "line_text": money(line, city.currency),
        "capacity": stream.integer(3, 8),
        "total_cost": total,
    }


def draw_void(city: City, key: str) -> dict[str, Any]:
    """Draw a percent of 30 projects that is no whole number of projects."""
    stream = Stream("m02_void", city.fingerprint, key)
    choices = [pct for pct in range(4, 17) if LONG * pct % 100]
    return {"pct": choices[stream.integer(0, len(choices))], "projects_n": LONG}
