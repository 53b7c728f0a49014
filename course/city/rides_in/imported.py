"""How ride files are to be read, and what came of them: plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from course.city.rides_in import destinations
from course.city.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

DAY_START = "04:00"


@dataclass(frozen=True)
class RideOptions:
    """How a person says their ride files are to be read.

    Parameters
    ----------
    mapping : dict
        Our column to theirs.
    values : dict
        Column (``mode``, ``user_class``, ``tap``) to a dict of their word to ours.
    format : str
        Format of the dates (of the times, where they hold the date) in the letters of
        ``strftime``; empty = recognised.
    day : str
        Service day of files that state none, YYYY-MM-DD.
    day_start : str
        Clock at which a service day begins.
    infer : bool or None
        Infer missing tap-outs by chaining; None = for modes that never tap out in the files.
    zone : str
        Time zone of the city.
    """

    mapping: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    format: str = ""
    day: str = ""
    day_start: str = DAY_START
    infer: bool | None = None
    zone: str = "UTC"


@dataclass(frozen=True)
class ImportedRides:
    """Rides of a city, by service day.

    Parameters
    ----------
    rides : pandas.DataFrame
        Numbers instead of texts, one row per ride; see :meth:`days`.
    routes, lines, stops : list of str
        Texts of the numbers: routes of the feed, routes as the files write them, stops.
    mapping : dict
        Our column to theirs, as it was used.
    inferred_pct : float
        Share of rides whose destination was inferred.
    score : destinations.Score or None
        How well chaining finds the tap-outs the files have.
    counts : dict
        Rows read, rides kept, cards, days.
    """

    rides: pd.DataFrame
    routes: list[str]
    lines: list[str]
    stops: list[str]
    mapping: dict[str, str]
    inferred_pct: float
    score: destinations.Score | None
    counts: dict[str, int]

    @property
    def columns(self) -> list[str]:
        """The columns of the frames of :meth:`days`."""
        return next(self.days())[1].columns.tolist()

    def days(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield each service day with its frame ``rides``, sorted by card and time."""
        for day, part in self.rides.groupby("day", sort=True):
            yield str(np.datetime64(int(day), "D")), self._frame(part)

    def frame(self) -> pd.DataFrame:
        """Return the rides of all days as one frame."""
        import pandas as pd

        return pd.concat([part for _, part in self.days()], ignore_index=True)

    def _route_ids(self, part: pd.DataFrame) -> np.ndarray:
        """Return the feed's id where the route is known, else the word of the file."""
        of_feed, words = np.array([*self.routes, ""], object), np.array([*self.lines, ""], object)
        route, line = part["route"].to_numpy(), part["line"].to_numpy()
        return np.where(route >= 0, of_feed[route], words[line])

    def _frame(self, part: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        stop = np.array([*self.stops, None], dtype=object)
        ended = part["alight_stop"].to_numpy() >= 0
        out = part["alight_time"].to_numpy()
        columns = {
            "card_id": "c" + part["card_number"].astype(str),
            "board_time": part["time"],
            "alight_time": pd.Series(out, index=part.index).where(out >= 0),
            "mode": part["mode"],
            "route_id": self._route_ids(part),
            "board_stop_id": stop[part["stop"].to_numpy()],
            "alight_stop_id": stop[np.where(ended, part["alight_stop"].to_numpy(), -1)],
            "distance_m": part["metres"].where(part["metres"] >= 0),
            "user_class": part["user_class"],
            "income_group": part["income_group"].where(part["income_group"] > 0),
            "date": str(np.datetime64(int(part["day"].iloc[0]), "D")),
        }
        optional = {"alight_inferred": "inferred", "journey_no": "journey", "weight": "weight"}
        for ours, theirs in optional.items():
            if theirs in part:
                columns[ours] = part[theirs]
        types = {c.name: c.dtype for c in TABLES["rides"].columns if c.name in columns}
        frame = pd.DataFrame(columns, index=part.index)
        frame["_number"] = part["card_number"]
        frame = frame.sort_values(["_number", "board_time"], kind="stable", ignore_index=True)
        return frame[list(types)].astype(types)
