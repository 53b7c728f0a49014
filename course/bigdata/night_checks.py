"""Night trips put to the test: cells, hours and counts, before anything is added up.

A pack's own table may come from any operator, with cells of another size or a column of
estimates. What makes every result wrong is refused, with the row; what only limits what a
result says becomes a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("from_cell", "to_cell", "hour", "trips")
COARSEST, FINEST = 7, 10  # edges of 1.4 km to 0.08 km: a bus stop has a meaning between them
USUAL = 8
MOST_TRIPS = 1e9
_LAST_HOUR = 47
_OUTSIDE_M = 2_000


def cell_codes(values: Any, *, name: str) -> tuple[np.ndarray, list[str]]:
    """Return the position of each value among the sorted different cells, and these.

    Raises
    ------
    CourseError
        A value is no H3 cell; with its row (the first row of data is row 1).
    """
    import h3
    import pandas as pd

    codes, different = pd.factorize(pd.Series(values, dtype="object"), use_na_sentinel=False)
    texts = []
    for position, cell in enumerate(different.tolist()):
        if not isinstance(cell, str) or not h3.is_valid_cell(cell):
            row = int(np.argmax(codes == position)) + 1
            raise CourseError(
                f"{name}, row {row}: {_short(cell)} is not an H3 cell.",
                "Give cells as H3 text such as 8830e1d8c9fffff.",
            )
        texts.append(h3.int_to_str(h3.str_to_int(cell)))  # one spelling: no 0x, no capitals
    cells = sorted(set(texts))
    place = {cell: i for i, cell in enumerate(cells)}
    return np.array([place[t] for t in texts], dtype=np.int64)[codes], cells


def _short(value: object) -> str:
    if value is None or value != value:
        return "an empty value"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def check_night_trips(night_trips: pd.DataFrame, *, name: str = "night_trips") -> pd.DataFrame:
    """Return night trips that can be counted on, or say what is wrong with them.

    Parameters
    ----------
    night_trips : pandas.DataFrame
        One row per pair of cells and hour: ``from_cell, to_cell`` (H3 cells of one
        resolution, 7 to 10), ``hour`` (0 to 47), ``trips`` (0 or more; may be fractions).
    name : str
        What to call the table in a message.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order with these four columns, cells in lower case.

    Raises
    ------
    CourseError
        A column is missing, a value is no cell, no hour or no count, or the cells are of
        several sizes; the sentence names the row (the first row of data is row 1).
    """
    import pandas as pd

    absent = [c for c in COLUMNS if c not in getattr(night_trips, "columns", ())]
    if absent:
        raise CourseError(
            f"{name} has no column {', '.join(absent)}.",
            "It needs from_cell, to_cell, hour and trips.",
        )
    starts, from_cells = cell_codes(night_trips["from_cell"], name=f"{name}, from_cell")
    ends, to_cells = cell_codes(night_trips["to_cell"], name=f"{name}, to_cell")
    resolution_of(sorted({*from_cells, *to_cells}), name=name)
    hour = _numbers(night_trips["hour"], f"{name}, hour", _LAST_HOUR, whole=True)
    trips = _numbers(night_trips["trips"], f"{name}, trips", MOST_TRIPS)
    return pd.DataFrame({
        "from_cell": pd.array(from_cells, dtype="str").take(starts),
        "to_cell": pd.array(to_cells, dtype="str").take(ends),
        "hour": hour.astype(np.int64), "trips": trips,
    }, index=night_trips.index)  # fmt: skip


def resolution_of(cells: list[str], *, name: str = "night_trips") -> int:
    """Return the one resolution of some cells (8 for none), refusing a mixture or odd sizes."""
    import h3

    sizes: dict[int, str] = {}
    for cell in cells:
        sizes.setdefault(h3.get_resolution(cell), cell)
    if len(sizes) > 1:
        (a, first), (b, second) = sorted(sizes.items())[:2]
        raise CourseError(
            f"{name} mixes cells of several sizes: {first} has resolution {a}, {second} has {b}.",
            f"Bring all cells to one resolution first, best {USUAL} (about 1 km across).",
        )
    (resolution,) = sizes or {USUAL: ""}
    if not COARSEST <= resolution <= FINEST:
        lies = "is larger than what a stop serves" if resolution < COARSEST else "is a house"
        raise CourseError(
            f"{name} has cells of H3 resolution {resolution}: one {lies}.",
            f"Use cells of resolution {COARSEST} to {FINEST}, best {USUAL} (about 1 km across).",
        )
    return resolution


def _numbers(values: Any, name: str, most: float, *, whole: bool = False) -> np.ndarray:
    import pandas as pd

    number = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = ~((number >= 0) & (number <= most))
    if whole:
        bad |= number != np.floor(number)
    if bad.any():
        row = int(np.argmax(bad))
        kind = f"a whole number from 0 to {most:.0f}" if whole else "a number from 0 to 1 billion"
        raise CourseError(
            f"{name}, row {row + 1}: {_short(list(values)[row])} is not {kind}.",
            "Correct the row or leave it out.",
        )
    return number


def night_notes(city: Any, night_trips: pd.DataFrame) -> list[str]:
    """Say what limits the use of a table of night trips in a city.

    Parameters
    ----------
    city : course.City
        Needs ``zones, zone_cells, stops, patterns``.
    night_trips : pandas.DataFrame
        As for :func:`check_night_trips`, which is done first.

    Returns
    -------
    list of str
        One sentence each: cells of another size than 8, trips with an end outside the
        city, counts that are no whole numbers, trips inside one cell, no trips at all.
        Empty if there is nothing to say.
    """
    import h3

    table = check_night_trips(night_trips)
    total = float(table["trips"].sum())
    if total <= 0:
        return ["The table has no trips, so no route serves anybody."]
    notes = []
    cells = sorted({*table["from_cell"], *table["to_cell"]})
    resolution = resolution_of(cells)
    if resolution != USUAL:
        edge = h3.average_hexagon_edge_length(resolution, unit="km")
        notes.append(
            f"The cells have H3 resolution {resolution} (edge about {edge:.2f} km), not {USUAL}: "
            "a buffer of 500 m reaches other cells than in the lesson."
        )
    outside = _outside(city, cells, resolution)
    away = table["from_cell"].isin(outside) | table["to_cell"].isin(outside)
    inside = table["from_cell"] == table["to_cell"]
    for some, what in (
        (away, "of the trips begin or end more than 2 km outside the city's zones; they count in "
               "every total, and hardly any route reaches them."),
        (inside, "of the trips stay in one cell; a route past the cell counts them as served."),
    ):  # fmt: skip
        part = float(table.loc[some, "trips"].sum())
        if part:
            notes.append(f"{100 * part / total:.1f} % {what}")
    if (table["trips"] % 1 != 0).any():
        notes.append("Some trips are fractions: the table holds estimates, not counts.")
    return notes


def _outside(city: Any, cells: list[str], resolution: int) -> set[str]:
    """Return the cells whose middle is far from all cells of the city."""
    from course.city.places import Plane, crow_m, nearest_position
    from course.city.synthesis.cells import cell_points
    from course.city.synthesis.night_cells import night_cells

    own = night_cells(city, resolution=resolution)
    if own.empty:
        return set(cells)
    plane = Plane.around(own["lat"], own["lon"])
    lat, lon, _ = cell_points(cells)
    x, y = plane.metres(lat, lon)
    own_x, own_y = plane.metres(own["lat"], own["lon"])
    at = nearest_position(x, y, own_x, own_y)
    far = crow_m(x, y, own_x[at], own_y[at]) > _OUTSIDE_M
    return {cell for cell, is_far in zip(cells, far.tolist(), strict=True) if is_far}
