"""Tables for lessons: ``tables.show(frame, caption=...)``, ``tables.sources(city)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from course.display import tables_html
from course.display.figure import Figure
from course.errors import UsageError

if TYPE_CHECKING:
    from course.city.pack import City


def show(
    frame: pd.DataFrame | pd.Series,
    *,
    caption: str,
    reading: str = "",
    units: Mapping[str, str] | None = None,
    decimals: Mapping[str, int] | None = None,
    signed: tuple[str, ...] = (),
    labels: Mapping[str, str] | None = None,
    rows: int = 20,
    synthetic: str = "",
    sources: str = "",
) -> Figure:
    """Show a frame as a table with a caption.

    Parameters
    ----------
    frame : DataFrame or Series
        What to show; an index with a name becomes the first column.
    caption : str
        What the table says.
    reading : str
        One sentence: what we see.
    units, decimals, labels : mapping, optional
        By column: unit, digits after the point, words of the head.
    signed : tuple of str
        Columns whose positive numbers carry a plus sign.
    rows : int
        Rows shown; a line says how many there are.
    synthetic, sources : str
        Badge and sources line.

    Returns
    -------
    Figure
        An empty frame gives its heads and "This table has no rows."

    Raises
    ------
    UsageError
        When the first argument is no frame.

    Examples
    --------
    >>> print(show(pd.DataFrame({"year": [2025], "base": [1550]}), caption="Base fare, KRW"))
    Base fare, KRW
    """
    if isinstance(frame, pd.Series):
        frame = frame.rename(frame.name or "value").rename_axis(frame.index.name or "item")
        frame = frame.reset_index()
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(
            f"tables.show() needs a DataFrame, not {type(frame).__name__}.",
            "Give it the table you computed.",
        )
    body = tables_html.table(
        frame, units=units, decimals=decimals, signed=signed, labels=labels, rows=rows
    )
    return Figure(title=caption, reading=reading, body=body, synthetic=synthetic, sources=sources)


def sources(city: City, *frames: str) -> Figure:
    """Show where a city's data come from: what is real, and what is made by a rule.

    Parameters
    ----------
    city : City
        Its `sources` are shown.
    *frames : str
        Frames to show, in this order; none: every frame the city has.

    Returns
    -------
    Figure
        One row per frame: frame, origin, how it was made or who published it, year, licence.

    Raises
    ------
    UsageError
        For a frame no city has.
    """
    table = city.sources
    if frames:
        strange = [f for f in frames if f not in set(table["frame"])]
        if strange:
            raise UsageError(
                f"{city.title} has no frame {strange[0]!r}.",
                "The frames are listed in city.sources.",
            )
        table = table.set_index("frame").loc[list(frames)].reset_index()
    else:
        table = table[table["origin"] != "missing"]
    made = table["origin"].eq("synthetic").sum()
    return show(
        table[["frame", "origin", "method", "year", "licence"]].assign(
            year=[str(y) if pd.notna(y) else "–" for y in table["year"]]
        ),
        caption=f"Where the data of {city.title} come from",
        reading=f"{len(table) - made} of {len(table)} tables have a source; {made} "
        f"{'is' if made == 1 else 'are'} made by a rule.",
        labels={"frame": "Table", "method": "Source or method"},
    )


def calibration(city: City) -> Figure:
    """Show how near a city's synthetic rides come to published figures.

    Returns
    -------
    Figure
        One row per measure: target, what the rides give, source of the target. For given
        rides the same measures, without a promise.
    """
    from course.city.synthesis.calibration import calibration as compare

    return show(
        compare(city, city.rides),
        caption=f"Rides of {city.title} beside published figures",
        reading="Distances outside Seoul are Seoul's, scaled by the area of the city: an "
        "assumption of this course.",
        synthetic=city.badge("rides"),
    )
