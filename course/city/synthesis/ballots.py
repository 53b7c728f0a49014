"""A synthetic participatory budget: 30 projects of usual kinds, 2,000 voters and their choices.

Projects. Kinds and names are of this course. A cost is a number of today's fares, so that it
fits won, rials or pesos (the middle of the pack's base fares; 100 currency units where it has
none), times the square root of the residents in millions, to two figures. A project stands in
a zone drawn by residents; two serve the whole city and have no zone.

Voters. Homes by residents of the zones. Age groups by an assumed population (``AGE_PERCENT``),
of which the oldest vote half as often as the others and the youngest three quarters: a channel
that needs a phone leaves people out. One to five choices of one point. A project is chosen
more often the nearer it is to home, the larger it is, where its kind suits the age group, and
by a popularity of its own. Every number comes from ``Stream`` and whole-number arithmetic.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.age_groups import AGE_GROUPS
from course.city.places import Plane, crow_m
from course.city.synthesis import VERSION
from course.city.synthesis.request_draws import degrees, points
from course.city.synthesis.stream import Stream
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

METHOD = (
    "made by a rule, nobody voted: 30 projects of usual kinds, 2,000 voters who like near and "
    "large projects; residents by age assumed"
)
VOTERS, MOST_VOTERS = 2_000, 200_000
AGE_PERCENT = dict(zip(AGE_GROUPS, (18, 15, 17, 17, 15, 18), strict=True))  # an assumption
TEACHING_FARE = 100  # currency units, where a pack has no fare
_TURNOUT = (75, 100, 100, 100, 100, 50)  # of each age group, beside the others
_CHOICES = (10, 20, 30, 20, 20)  # per 100 voters: one choice to five
_SUITED = 3  # times as likely where the kind suits the age group

# Name, category, cost in thousand fares of a city of one million, age groups it suits (by
# position, first and last), whether it serves the whole city.
_KINDS = (
    ("Park benches with backs", "parks", 8, 5, 5, False),
    ("LED street lights on dark lanes", "safety", 30, 0, 5, False),
    ("Safe crossing at the primary school", "safety", 15, 0, 2, False),
    ("Shade trees along the main street", "parks", 22, 0, 5, False),
    ("Playground for all children", "children", 35, 1, 2, False),
    ("Reading room in the market", "culture", 26, 0, 1, False),
    ("Covered bus stops", "transport", 18, 4, 5, False),
    ("Low-floor ramps at the station", "access", 28, 5, 5, False),
    ("Cycle parking at the station", "transport", 9, 0, 2, False),
    ("Community kitchen", "community", 24, 4, 5, False),
    ("Rain gardens against flooding", "environment", 40, 2, 4, False),
    ("Public drinking fountains", "environment", 7, 0, 5, False),
    ("Footpath repair around the clinic", "access", 20, 5, 5, False),
    ("Evening sports ground", "sport", 45, 0, 1, False),
    ("Repair cafe with tools to lend", "community", 12, 1, 3, False),
    ("Waste sorting points", "environment", 14, 2, 4, False),
    ("Study room open until midnight", "culture", 16, 0, 1, False),
    ("Health walk with rest places", "sport", 19, 5, 5, False),
    ("Women's safe way home lights", "safety", 25, 0, 2, False),
    ("Small library for the neighbourhood", "culture", 60, 1, 2, False),
    ("Urban garden on the empty lot", "parks", 17, 4, 5, False),
    ("Slow zone around the school", "transport", 32, 1, 3, False),
    ("Day centre for older people", "community", 75, 5, 5, False),
    ("Clean public toilets", "access", 27, 4, 5, False),
    ("Open-air stage", "culture", 38, 0, 2, False),
    ("Air quality sensors at schools", "environment", 11, 1, 3, False),
    ("Youth centre with workshops", "children", 90, 0, 0, False),
    ("Riverside path to the next park", "parks", 110, 0, 5, False),
    ("Free Wi-Fi in all public squares", "digital", 55, 0, 2, True),
    ("Phone helpers for older people", "digital", 33, 5, 5, True),
)
PROJECTS = len(_KINDS)


def synthesise_projects(city: Any, *, seed: tuple[object, ...] = ()) -> pd.DataFrame:
    """Make the projects of a participatory budget.

    Parameters
    ----------
    city : course.City
        Needs ``id, zones, properties, fare_policy``.
    seed : tuple, optional
        What else the draws depend on, such as the trainee; same parts, same bytes.

    Returns
    -------
    pandas.DataFrame
        30 rows, one per project: project_id ("P01" ...), name, category (str), cost
        (float64, whole currency units), zone_id (str, empty = the whole city), lat, lon
        (WGS 84; NaN = the whole city). ``attrs["method"]`` says how.
    """
    import pandas as pd

    stream = Stream(city.id, "projects", VERSION, *seed)
    zones = city.zones.reset_index(drop=True)
    zone = stream.pick(_residents(zones), PROJECTS)
    x, y, plane = points(stream, zones, zone)
    lat, lon = degrees(plane, x, y)
    spread = stream.integers(80, 126, PROJECTS)  # percent of the usual cost of a kind
    wide = np.array([kind[5] for kind in _KINDS])
    place = zones["zone_id"].to_numpy(dtype=object)[zone]
    usual = [kind[2] for kind in _KINDS]
    size = _thousand_fares(city, zones)
    frame = pd.DataFrame({
        "project_id": [f"P{n:02d}" for n in range(1, PROJECTS + 1)],
        "name": [kind[0] for kind in _KINDS],
        "category": [kind[1] for kind in _KINDS],
        "cost": [_round(k * s * size // 10_000) for k, s in zip(usual, spread.tolist(),
                                                                strict=True)],
        "zone_id": np.where(wide, "", place),
        "lat": np.where(wide, np.nan, lat),
        "lon": np.where(wide, np.nan, lon),
    }).astype({"project_id": "str", "name": "str", "category": "str", "zone_id": "str",
               "cost": "float64"})  # fmt: skip
    frame.attrs["method"] = METHOD
    return frame


def synthesise_ballots(
    city: Any, *, voters: int = VOTERS, seed: tuple[object, ...] = ()
) -> pd.DataFrame:
    """Make the ballots of a participatory budget.

    Parameters
    ----------
    city : course.City
        Needs ``id, zones, projects``; the projects may be real.
    voters : int
        Voters, 0 to 200,000.
    seed : tuple, optional
        What else the draws depend on, such as the trainee.

    Returns
    -------
    pandas.DataFrame
        One row per voter and project chosen, by voter and project: voter_id ("V0001" ...),
        project_id (str), points (1.0), zone_id (home), age_group (str). One to five rows per
        voter; empty for a city without projects. ``attrs["method"]`` says how.

    Raises
    ------
    UsageError
        ``voters`` cannot be used.
    """
    import pandas as pd

    if isinstance(voters, bool) or int(voters) != voters or not 0 <= voters <= MOST_VOTERS:
        raise UsageError(
            f"voters is {voters!r}, not a whole number from 0 to {MOST_VOTERS:,}.",
            "Ask for fewer voters, for example voters=2000.",
        )
    stream = Stream(city.id, "ballots", VERSION, *seed)
    zones, projects = city.zones.reset_index(drop=True), city.projects.reset_index(drop=True)
    home = stream.pick(_residents(zones), voters)
    weights = np.array(list(AGE_PERCENT.values()), dtype=np.int64) * _TURNOUT
    age = stream.pick(weights, voters)
    wanted = 1 + stream.pick(np.array(_CHOICES, dtype=np.int64), voters)
    appeal = _appeal(stream, zones, projects)
    voter, project = _chosen(stream, appeal[home] * _suits(projects)[age], wanted)
    width = max(4, len(str(voters)))
    frame = pd.DataFrame(
        {
            "voter_id": [f"V{n + 1:0{width}d}" for n in voter.tolist()],
            "project_id": projects["project_id"].to_numpy(dtype=object)[project],
            "points": np.ones(len(voter)),
            "zone_id": zones["zone_id"].to_numpy(dtype=object)[home[voter]],
            "age_group": np.array(AGE_GROUPS, dtype=object)[age[voter]],
        }
    ).astype(dict.fromkeys(("voter_id", "project_id", "zone_id", "age_group"), "str"))
    frame.attrs["method"] = METHOD
    return frame


def _residents(zones: pd.DataFrame) -> np.ndarray:
    people = zones["population"].to_numpy(dtype=np.float64, na_value=0).astype(np.int64)
    return people if people.sum() > 0 else np.ones(len(zones), dtype=np.int64)


def _thousand_fares(city: Any, zones: pd.DataFrame) -> int:
    """Return a thousand fares times the root of the residents in millions, in hundredths."""
    people = int(city.properties.get("population") or 0) or int(_residents(zones).sum())
    base = (city.fare_policy or {}).get("base") or {}
    adult = base.get("adult") or base.get("*") or {}
    fares = sorted(round(float(fare) * 100) for fare in adult.values() if fare > 0)
    fare = fares[(len(fares) - 1) // 2] if fares else TEACHING_FARE * 100
    return max(1, fare * isqrt(max(people, 1)))  # 1,000 x root of people / 1,000


def _round(amount: int) -> int:
    """Return an amount to two figures, at least 1."""
    step = 10 ** max(0, len(str(amount)) - 2)
    return max(1, (amount + step // 2) // step * step)


def _appeal(stream: Stream, zones: pd.DataFrame, projects: pd.DataFrame) -> np.ndarray:
    """Return how likely a voter of each zone (row) is to choose each project (column)."""
    popular = stream.integers(10, 41, len(projects))
    cost = np.floor(projects["cost"].to_numpy(dtype=np.float64) * 100).astype(np.int64)
    usual = max(1, int(np.sort(cost)[len(cost) // 2])) if len(cost) else 1
    large = np.array([isqrt(min(c * 10_000 // usual, 10**8)) for c in cost.tolist()] or [0])
    plane = Plane.around(zones["lat"], zones["lon"])
    at_x, at_y = plane.metres(zones["lat"], zones["lon"])
    placed = (projects["lat"].notna() & projects["lon"].notna()).to_numpy()
    # What has no place is as near to everybody as the middle distance in the city.
    distance = np.zeros((len(zones), len(projects)), dtype=np.int64)
    if placed.any():
        known = projects[placed]
        to_x, to_y = plane.metres(known["lat"], known["lon"])
        distance[:, placed] = crow_m(at_x[:, None], at_y[:, None], to_x, to_y)
    middle = int(np.sort(distance[:, placed], axis=None)[distance[:, placed].size // 2]) if (
        placed.any()) else 0  # fmt: skip
    distance[:, ~placed] = middle
    half = max(middle // 2, 1)  # at this distance half as likely as next door
    near = 1_000 * half * half // (half * half + distance * distance)
    return np.maximum(near * (popular * large // 10), 1)


def _suits(projects: pd.DataFrame) -> np.ndarray:
    """Return how much each kind of project suits each age group (row), 1 or more."""
    suits = np.ones((len(AGE_GROUPS), len(projects)), dtype=np.int64)
    ages = {kind[0]: kind[3:5] for kind in _KINDS}
    names = projects["name"] if "name" in projects else [""] * len(projects)
    for column, name in enumerate(names):
        if name in ages:
            first, last = ages[name]
            suits[first : last + 1, column] = _SUITED
    return suits


def _chosen(
    stream: Stream, weights: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw different projects for each voter (row), as many as wanted; by voter, project."""
    voters, projects = weights.shape
    weights = weights.copy()
    taken = np.zeros(weights.shape, dtype=bool)
    for pick in range(min(len(_CHOICES), projects)):
        upto = np.cumsum(weights, axis=1)
        lot = stream.integers(0, 1 << 52, voters) % upto[:, -1]
        column = (upto <= lot[:, None]).sum(axis=1)
        rows = np.flatnonzero(wanted > pick)
        taken[rows, column[rows]] = True
        weights[np.arange(voters), column] = 0
    return np.nonzero(taken)
