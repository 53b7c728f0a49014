"""Votes that a city has -> the frames ``projects`` and ``ballots``.

Either one Pabulib file (``.pb``), or two tables, one of projects and one with a row per
voter and chosen project. Voters are numbered anew, and ages become groups: the course needs
to know that two rows are one person, never which.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city.age_groups import age_group
from course.city.columns import USUAL_NAMES, read_mapped, read_other_table
from course.city.membership import is_among
from course.city.points import checked_places, usable_places
from course.city.repairs import RepairList
from course.city.schema import LARGEST, TABLES
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

_NEEDED = {"projects": ("project_id", "cost"), "ballots": ("voter_id", "project_id")}


def import_votes(
    paths: Sequence[Path],
    mappings: dict[str, dict[str, str]],
    stops: pd.DataFrame,
    repairs: RepairList,
) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, str]], float | None]:
    """Read and clean projects and ballots.

    Parameters
    ----------
    paths : sequence of Path
        One ``.pb`` file, or two CSV or Parquet tables in any order.
    mappings : dict
        ``{"projects": {ours: theirs}, "ballots": {...}}``, for tables only.
    stops : pandas.DataFrame
        The city's: projects must lie near them.
    repairs : RepairList
        Gets what was dropped or mended.

    Returns
    -------
    tuple of (dict, dict, float or None)
        Frames by name, the mappings used, and the budget where the file states it.

    Raises
    ------
    UsageError
        Not one ``.pb`` file and not two tables.
    CourseError
        A file or column is missing, or no project or ballot is left.
    """
    paths = [Path(path) for path in paths]
    if len(paths) == 1 and paths[0].suffix.lower() == ".pb":
        frames, budget = _from_pabulib(paths[0], stops, repairs)
        used: dict[str, dict[str, str]] = {}
    elif len(paths) == 2 and not any(path.suffix.lower() == ".pb" for path in paths):
        first_is_ballots = _has_voters(paths[0], mappings.get("ballots", {}))
        if first_is_ballots == _has_voters(paths[1], mappings.get("ballots", {})):
            raise CourseError(
                f"Of {paths[0].name} and {paths[1].name}, not exactly one has a column of voters.",
                "Map it: --columns ballots.voter_id=THEIR_NAME.",
            )
        path, other = reversed(paths) if first_is_ballots else paths
        projects, used_projects = _projects(path, mappings, stops, repairs)
        ballots, used_ballots = _ballots(other, mappings, projects, repairs)
        frames = {"projects": projects, "ballots": ballots}
        used, budget = {"projects": used_projects, "ballots": used_ballots}, None
    else:
        raise UsageError(
            "Votes are one .pb file, or two tables: one of projects, one of ballots.",
            "Write --votes FILE.pb, or --votes PROJECTS.csv BALLOTS.csv.",
        )
    ballots = frames["ballots"]
    import pandas as pd

    code = pd.factorize(ballots["voter_id"])[0] + 1
    width = max(5, len(str(code.max(initial=0))))
    number = pd.Series(code).astype("str").str.zfill(width)
    frames["ballots"] = ballots.assign(voter_id="V" + number)
    return {name: _declared(name, frame) for name, frame in frames.items()}, used, budget


def _from_pabulib(
    path: Path, stops: pd.DataFrame, repairs: RepairList
) -> tuple[dict[str, pd.DataFrame], float]:
    from course.city.pabulib import read_pabulib

    election = read_pabulib(path)
    for note in election.notes:
        repairs.note(path.name, note.rstrip("."), "noted")
    projects, ballots = election.projects, election.ballots
    if not len(projects) or not len(ballots):
        raise CourseError(f"{path.name} has no project or no ballot.", "Give a held vote.")
    repairs.note(path.name, "ids of the voters", "replaced, so that nobody can be looked up")
    here = RepairList()  # the reader counts lines of the file, not projects
    lat, lon = checked_places(
        projects["lat"].to_numpy(float), projects["lon"].to_numpy(float), stops, path.name,
        np.arange(len(projects)) + 1, np.zeros(len(projects), dtype=bool), here,
        what="project", decimals=6,
    )  # fmt: skip
    for entry in here.entries:
        repairs.note(entry.file, entry.what, entry.done, count=entry.count)
    frames = {"projects": projects.assign(lat=lat, lon=lon), "ballots": ballots}
    return frames, float(election.budget)


def _has_voters(path: Path, mapping: dict[str, str]) -> bool:
    names = {c.strip().lower() for c in read_other_table(path, RepairList()).column_names}
    wanted = mapping.get("voter_id", "").lower()
    return wanted in names if wanted else bool(names & set(USUAL_NAMES["ballots"]["voter_id"]))


def _read(
    path: Path, name: str, mappings: dict[str, dict[str, str]], repairs: RepairList
) -> tuple[pd.DataFrame, dict[str, str], object]:
    import pandas as pd
    import pyarrow as pa

    table, used = read_mapped(path, name, mappings.get(name, {}), repairs)
    for column in _NEEDED[name]:
        if column not in used:
            raise CourseError(
                f"{path.name} has no column for {column}.",
                f"Map it: --columns {name}.{column}=THEIR_NAME.",
            )
    frame = pd.DataFrame({
        c: table.column(c).cast(pa.string()).to_pandas().astype("str").fillna("").str.strip()
        for c in used
    })  # fmt: skip
    return frame, used, table


def _projects(
    path: Path, mappings: dict[str, dict[str, str]], stops: pd.DataFrame, repairs: RepairList
) -> tuple[pd.DataFrame, dict[str, str]]:
    frame, used, table = _read(path, "projects", mappings, repairs)
    label, rows = path.name, np.arange(len(frame)) + 2
    lost = np.zeros(len(frame), dtype=bool)
    cost = _amounts(frame["cost"])
    empty = (frame["project_id"] == "").to_numpy()
    with np.errstate(invalid="ignore"):
        for wrong, what in (
            (empty, "project without id"),
            (frame["project_id"].duplicated().to_numpy() & ~empty, "project id was used before"),
            (~((cost >= 0) & (cost <= LARGEST)), "cost is no amount of zero or more"),
        ):
            repairs.rows(label, wrong & ~lost, rows, what, "dropped")
            lost |= wrong
    if lost.all():
        raise CourseError(f"{label}: no project has an id and a cost.", "Check the columns.")
    if "name" not in frame:
        frame["name"] = frame["project_id"]
    frame["cost"] = cost
    frame["lat"], frame["lon"] = usable_places(table, used, stops, label, rows, lost, repairs,
                                               what="project", decimals=6)  # fmt: skip
    return frame[~lost].reset_index(drop=True), used


def _ballots(
    path: Path,
    mappings: dict[str, dict[str, str]],
    projects: pd.DataFrame,
    repairs: RepairList,
) -> tuple[pd.DataFrame, dict[str, str]]:
    frame, used, _ = _read(path, "ballots", mappings, repairs)
    label, rows = path.name, np.arange(len(frame)) + 2
    lost = np.zeros(len(frame), dtype=bool)
    points = _amounts(frame["points"]) if "points" in used else np.ones(len(frame))
    if "points" not in used:
        repairs.note(label, "no points", "noted: every choice counts 1 point")
    with np.errstate(invalid="ignore"):
        for wrong, what in (
            ((frame["voter_id"] == "").to_numpy(), "ballot without a voter"),
            (~is_among(frame["project_id"], projects["project_id"]), "project is not in the list"),
            (~((points >= 0) & (points <= LARGEST)), "points are no number of zero or more"),
        ):
            repairs.rows(label, wrong & ~lost, rows, what, "dropped")
            lost |= wrong
    again = np.zeros(len(frame), dtype=bool)
    again[~lost] = frame[~lost].duplicated(["voter_id", "project_id"]).to_numpy()
    repairs.rows(label, again, rows, "voter chose the project twice", "dropped: the later row")
    lost |= again
    if lost.all():
        raise CourseError(f"{label}: no ballot can be used.", "Check the columns and projects.")
    frame["points"] = points
    if "age_group" in used:
        frame["age_group"] = frame["age_group"].map(
            {a: age_group(a) for a in set(frame["age_group"])}
        )
    repairs.note(label, "ids of the voters", "replaced, so that nobody can be looked up")
    return frame[~lost].reset_index(drop=True), used


def _amounts(text: pd.Series) -> np.ndarray:
    """Return amounts, with commas or blanks between thousands if need be; NaN for others."""
    import pandas as pd

    grouped = text.str.fullmatch(r"\d{1,3}(?:[, \u00a0]\d{3})+(?:\.\d+)?").to_numpy(dtype=bool)
    plain = text.where(~grouped, text.str.replace(r"[, \u00a0]", "", regex=True))
    numbers = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _declared(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the declared columns, letters cut to what travels, in their types."""
    types = {c.name: c.dtype for c in TABLES[name].columns if c.name in frame.columns}
    out = frame[list(types)].astype(types)
    for column, dtype in types.items():
        if dtype == "str":
            out[column] = out[column].fillna("").str.slice(0, 500)
    return out.reset_index(drop=True)
