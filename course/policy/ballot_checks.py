"""Are these projects and ballots an election that can be counted? All faults, then stop."""

from __future__ import annotations

import numpy as np
import pandas as pd

from course.errors import CourseError, UsageError

_TEXT = ("name", "category", "zone_id")
_LARGEST = 2**53 / 100  # in currency units: hundredths must stay whole numbers in a float
_SHOWN = 5


def checked_projects(projects: pd.DataFrame) -> pd.DataFrame:
    """Return the projects with all columns of the course, or say which rows are wrong.

    Parameters
    ----------
    projects : pandas.DataFrame
        One row per project: ``project_id``, ``cost`` (currency units).

    Returns
    -------
    pandas.DataFrame
        project_id, name, category (str), cost (float64), zone_id (str), lat, lon (float64,
        NaN = unknown), in the order given.

    Raises
    ------
    CourseError
        An id is empty or there twice, or a cost is no amount of 0 or more.
    """
    _need(projects, "projects", ("project_id", "cost"))
    ids = _text(projects["project_id"])
    cost = pd.to_numeric(projects["cost"], errors="coerce").to_numpy(dtype=np.float64)
    faults = Faults("projects")
    faults.rows((ids == "").to_numpy(), "has no project_id")
    faults.rows(ids.duplicated().to_numpy() & (ids != "").to_numpy(), "repeats project_id", ids)
    wrong = ~(np.isfinite(cost) & (cost >= 0) & (cost < _LARGEST))
    faults.rows(wrong, "has no cost of 0 or more; it says", projects["cost"])
    faults.stop("Give every project its own id and a cost in currency units.")
    table = pd.DataFrame({"project_id": ids})
    for column in _TEXT:
        table[column] = _text(projects[column]) if column in projects else ""
    table.insert(3, "cost", np.rint(cost * 100) / 100)
    for column in ("lat", "lon"):
        given = projects[column].to_numpy(dtype=np.float64) if column in projects else np.nan
        table[column] = given
    return table.astype({"project_id": "str", **dict.fromkeys(_TEXT, "str")})


def checked_ballots(
    ballots: pd.DataFrame, projects: pd.DataFrame
) -> tuple[np.ndarray, pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the choices as numbers, or say which rows are wrong.

    Returns
    -------
    tuple
        Of each choice: the voter's number, the project's position, the points; second in
        the tuple: one row per voter (voter_id, zone_id, age_group), in order of appearance.

    Raises
    ------
    CourseError
        A project is unknown, a voter names one twice or has two homes, points are below 0.
    """
    _need(ballots, "ballots", ("voter_id", "project_id"))
    ids = _text(ballots["project_id"])
    code, names = pd.factorize(_text(ballots["voter_id"]))
    empty = (ids == "").to_numpy()
    place = pd.Index(projects["project_id"]).get_indexer(ids)
    if "points" in ballots:
        points = pd.to_numeric(ballots["points"], errors="coerce").to_numpy(dtype=np.float64)
    else:
        points = np.ones(len(ballots))
    faults = Faults("ballots")
    faults.rows((_text(ballots["voter_id"]) == "").to_numpy(), "has no voter_id")
    faults.rows((place < 0) & ~empty, "names a project that is not in the list:", ids)
    twice = pd.Series(code * (len(projects) + 1) + place).duplicated().to_numpy()
    faults.rows(twice & ~empty & (place >= 0), "names a project a second time:", ids)
    faults.rows(~(np.isfinite(points) & (points >= 0)) & ~empty, "has no points of 0 or more")
    begin = np.flatnonzero(np.diff(np.maximum.accumulate(code), prepend=-1) > 0)
    voters = {"voter_id": pd.Series(names, dtype="str")}
    for column in ("zone_id", "age_group"):
        if column not in ballots:
            voters[column] = pd.Series([""] * len(begin), dtype="str")
            continue
        kind, values = pd.factorize(_text(ballots[column]))
        faults.rows(kind != kind[begin][code], f"gives a voter another {column}:", names[code])
        voters[column] = pd.Series(values.take(kind[begin]), dtype="str")
    faults.stop(
        "Mend these rows, or keep the rows you can use: "
        'ballots[ballots["project_id"].isin(projects["project_id"])].'
    )
    kept = ~empty
    return code[kept].astype(np.int64), pd.DataFrame(voters), place[kept], points[kept]


class Faults:
    """Rows that are wrong, gathered so that one message names them all.

    Parameters
    ----------
    table : str
        The frame the rows are in.
    """

    def __init__(self, table: str) -> None:
        self._table = table
        self._found: list[tuple[int, str]] = []
        self._count = 0

    def rows(self, wrong: np.ndarray, what: str, values: object = None) -> None:
        """Note the rows of a mask; ``values`` gives the word that is wrong in each."""
        at = np.flatnonzero(wrong)
        self._count += len(at)
        for row in at[:_SHOWN].tolist():
            value = "" if values is None else f" {np.asarray(values, dtype=object)[row]!s:.40}"
            self._found.append((row, f"row {row + 1} {what}{value}"))

    def stop(self, remedy: str) -> None:
        """Raise a CourseError if there was a fault."""
        if not self._found:
            return
        shown = [text for _, text in sorted(self._found)[:_SHOWN]]
        more = self._count - len(shown)
        told = "; ".join(shown) + (f"; and {more:,} more" if more else "")
        raise CourseError(f"{self._table}: {told}.", remedy)


def _need(frame: pd.DataFrame, name: str, columns: tuple[str, ...]) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(
            f"{name} is a {type(frame).__name__}, not a table.",
            f"Pass city.{name} or a pandas DataFrame.",
        )
    absent = [c for c in columns if c not in frame]
    if absent:
        raise CourseError(
            f"{name} has no column {absent[0]}.",
            f"It needs the columns {', '.join(columns)}.",
        )


def _text(values: pd.Series) -> pd.Series:
    """Text without spaces around it; absent values are empty."""
    if values.dtype == "str":
        text = values
    elif pd.api.types.is_float_dtype(values.dtype):  # ids read as 12.0 are the id 12
        whole = values.map(lambda v: str(int(v)) if v == v and v == int(v) else str(v))
        text = whole.astype("str").where(values.notna(), "")
    else:
        text = values.astype("str")
    return text.fillna("").str.strip().reset_index(drop=True)
