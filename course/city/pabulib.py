"""Reader of Pabulib files (``.pb``): real participatory budgets as projects and ballots.

Vote types: approval (also choose-1 and knapsack, which is an approval ballot with
``max_sum_cost``), cumulative and scoring (points), ordinal (a ranking: a project gets as many
points as projects stand below it on the same ballot, so the last gets 0 and is still named).
Ballots are kept as they were counted: limits in META such as ``max_length`` are reported, not
enforced. What cannot be read stops the reader, all faults in one message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from course.city.age_groups import age_group
from course.city.pabulib_parts import PabulibFile, cell, number
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

APPROVAL = ("approval", "choose-1")
POINTS = ("cumulative", "scoring")
RANKED = ("ordinal",)
KINDS = (*APPROVAL, *POINTS, *RANKED)
_HOME = ("zone_id", "neighborhood", "neighbourhood", "district", "subdistrict")
_PROJECT_COLUMNS = {
    "project_id": ("project_id",), "name": ("name",), "category": ("category", "categories"),
    "cost": ("cost",), "zone_id": _HOME, "lat": ("latitude", "lat"), "lon": ("longitude", "lon"),
    "selected": ("selected",),
}  # fmt: skip
_VOTE_COLUMNS = {
    "voter_id": ("voter_id",), "vote": ("vote",), "points": ("points",), "zone_id": _HOME,
    "age_group": ("age_group", "age"), "sex": ("sex", "gender"),
}  # fmt: skip
_LARGEST = 2**53 / 100  # hundredths must stay whole numbers in a float


@dataclass(frozen=True)
class Election:
    """A participatory budget as it was held.

    Parameters
    ----------
    projects : pandas.DataFrame
        One row per project: project_id, name, category (str), cost (currency units),
        zone_id (str), lat, lon (degrees, NaN = unknown), selected (Int64: 1 if the city
        funded it, NA = not said).
    ballots : pandas.DataFrame
        One row per voter and project named: voter_id, project_id (str), points (float),
        zone_id, age_group, sex (str, empty = not said). An empty ballot is one row with an
        empty project_id and 0 points.
    budget : float
        Currency units.
    meta : dict of str to str
        The part META as it stands.
    notes : tuple of str
        What was odd but could be read, one sentence each.
    """

    projects: pd.DataFrame = field(repr=False)
    ballots: pd.DataFrame = field(repr=False)
    budget: float
    meta: dict[str, str] = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def vote_type(self) -> str:
        """The kind of ballot: approval, choose-1, cumulative, scoring or ordinal."""
        return self.meta["vote_type"]

    @property
    def min_votes(self) -> float:
        """Votes a project needs to be funded at all (META: min_project_score_threshold)."""
        return number(self.meta.get("min_project_score_threshold", "")) or 0.0


def read_pabulib(path: str | Path) -> Election:
    """Read a Pabulib file.

    Parameters
    ----------
    path : str or Path
        A ``.pb`` file, UTF-8, with or without byte order mark.

    Returns
    -------
    Election
        With ballots of no rows where nobody voted.

    Raises
    ------
    CourseError
        The file cannot be read; rows are counted in lines of the file, from 1.
    """
    file = PabulibFile.read(Path(path))
    meta = {row[0]: row[1] for _, row in file.rows["META"] if len(row) > 1}
    kind = meta["vote_type"] = meta.get("vote_type", "").lower()
    if kind not in KINDS:
        raise CourseError(
            f"{file.name}: META says vote_type {kind!r:.40}, which cannot be counted.",
            f"Use one of {', '.join(KINDS)}.",
        )
    budget = number(meta.get("budget", ""))
    if budget is None or not 0 <= budget < _LARGEST:
        file.fault(0, f"META has no budget of 0 or more; it says {meta.get('budget', '')!r:.40}")
    threshold = meta.get("min_project_score_threshold", "")
    if threshold and number(threshold) is None:
        file.fault(0, f"META min_project_score_threshold is {threshold!r:.40}, no number")
    projects = _projects(file)
    ballots, notes = _ballots(file, kind, set(projects["project_id"]))
    _same_counts(file, meta, len(projects), ballots)
    file.stop()
    return Election(
        projects, ballots, float(budget or 0), meta, tuple(notes + _limits(meta, ballots))
    )


def _projects(file: PabulibFile) -> pd.DataFrame:
    """Return the projects; notes what is wrong in the file."""
    import pandas as pd

    columns = file.columns("PROJECTS", _PROJECT_COLUMNS, ("project_id", "cost"))
    table: dict[str, list] = {c: [] for c in columns}
    seen: set[str] = set()
    for line, row in file.rows["PROJECTS"]:
        told = {c: cell(row, at) for c, at in columns.items()}
        cost = number(told["cost"])
        if not told["project_id"]:
            file.fault(line, "has no project_id")
        elif told["project_id"] in seen:
            file.fault(line, f"repeats project {told['project_id']:.40}")
        if cost is None or not 0 <= cost < _LARGEST:
            file.fault(line, f"has no cost of 0 or more; it says {told['cost']!r:.40}")
        seen.add(told["project_id"])
        lat, lon = number(told["lat"]), number(told["lon"])
        if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
            lat = lon = None
        for column in ("project_id", "name", "category", "zone_id"):
            table[column].append(told[column])
        table["cost"].append(cost or 0.0)
        table["lat"].append(lat)
        table["lon"].append(lon)
        # 2 is a project the city funded from other money: not by this vote.
        table["selected"].append({"0": 0, "1": 1, "2": 0}.get(told["selected"]))
    if not seen:
        file.fault(0, "PROJECTS has no rows")
    kinds = dict.fromkeys(("project_id", "name", "category", "zone_id"), "str")
    kinds |= {"cost": "float64", "lat": "float64", "lon": "float64", "selected": "Int64"}
    return pd.DataFrame(table).astype(kinds)


def _ballots(file: PabulibFile, kind: str, known: set[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return the ballots and what was odd; notes what is wrong in the file."""
    import pandas as pd

    needed = ("voter_id", "vote", *(("points",) if kind in POINTS else ()))
    columns = file.columns("VOTES", _VOTE_COLUMNS, needed)
    voters: list[list[str]] = []
    counts: list[int] = []
    names: list[str] = []
    points: list[float] = []
    seen: dict[str, int] = {}
    repeated = 0
    for line, row in file.rows["VOTES"]:
        voter = cell(row, columns["voter_id"])
        if not voter:
            file.fault(line, "has no voter_id")
        elif seen.setdefault(voter, line) != line:
            file.fault(line, f"repeats voter {voter:.40} of row {seen[voter]}")
        vote = [v for v in (c.strip() for c in cell(row, columns["vote"]).split(",")) if v]
        if not known.issuperset(vote):
            stray = next(v for v in vote if v not in known)
            file.fault(line, f"votes for {stray:.40}, which is not among the projects")
        if len(set(vote)) < len(vote):
            if kind not in APPROVAL:
                file.fault(line, "names a project twice")
            repeated += 1
            vote = list(dict.fromkeys(vote))
        given = _points(file, line, kind, vote, cell(row, columns["points"]))
        names.extend(vote or [""])
        points.extend(given or [0.0])
        counts.append(max(len(vote), 1))
        voters.append([voter, *(cell(row, columns[c]) for c in ("zone_id", "age_group", "sex"))])
    once = pd.DataFrame(voters, columns=["voter_id", "zone_id", "age_group", "sex"]).astype("str")
    once["age_group"] = once["age_group"].map({a: age_group(a) for a in set(once["age_group"])})
    table = once.loc[once.index.repeat(counts)].reset_index(drop=True).astype("str")
    table.insert(1, "project_id", pd.Series(names[: len(table)], dtype="str"))
    table.insert(2, "points", pd.Series(points[: len(table)], dtype="float64"))
    return table, [f"{repeated:,} ballots name a project twice; it counts once."] * bool(repeated)


def _points(file: PabulibFile, line: int, kind: str, vote: list[str], told: str) -> list[float]:
    """Return the points of one ballot, as many as projects named."""
    if kind in APPROVAL:
        return [1.0] * len(vote)
    if kind in RANKED:
        return [float(len(vote) - place - 1) for place in range(len(vote))]
    given = [number(word) for word in (c.strip() for c in told.split(",")) if word]
    if len(given) != len(vote):
        file.fault(line, f"names {len(vote)} projects and gives {len(given)} points")
    elif any(p is None or p < 0 for p in given):
        file.fault(line, f"has no points of 0 or more; it says {told!r:.40}")
    return [p or 0.0 for p in given]


def _same_counts(
    file: PabulibFile, meta: dict[str, str], projects: int, ballots: pd.DataFrame
) -> None:
    """Compare the rows with what META says: a file that was cut short must not count."""
    found = {"num_projects": projects, "num_votes": ballots["voter_id"].nunique()}
    for key, rows in found.items():
        told = number(meta.get(key, ""))
        if told is not None and told != rows and not file.faulty:
            file.fault(0, f"META says {key} {told:,.10g}, the file has {rows:,}")


def _limits(meta: dict[str, str], ballots: pd.DataFrame) -> list[str]:
    """Tell of ballots outside the limits of META; they count all the same."""
    named = (ballots["project_id"] != "").groupby(ballots["voter_id"]).sum()
    notes = []
    for key in ("min_length", "max_length"):
        limit = number(meta.get(key, ""))
        if limit is not None:
            wrong = named < limit if key == "min_length" else named > limit
            if wrong.any():
                notes.append(f"{wrong.sum():,} ballots do not keep {key} {limit:g}; they count.")
    return notes
