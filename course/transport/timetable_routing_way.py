"""A way through the city as a person travels it: walk, ride, change, ride, walk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("line", "from", "to", "depart", "arrive", "wait_min", "walk_m")


def clock(minutes: float) -> str:
    """Return minutes of a day as a clock; what lies past midnight goes on counting.

    Examples
    --------
    >>> clock(545), clock(1530)
    ('09:05', '25:30')
    """
    whole = int(minutes + 0.5)
    return f"{whole // 60:02d}:{whole % 60:02d}"


@dataclass(frozen=True)
class Leg:
    """One piece of a way.

    Parameters
    ----------
    kind : str
        ``walk`` or ``ride``.
    line : str
        Name of the line; "walk" on foot.
    start, end : str
        Names of the places.
    depart_min, arrive_min : float
        Minutes since midnight of the day.
    wait_min : float
        Waiting before this leg departs; 0 on foot.
    walk_m : int
        Metres on foot; 0 in a vehicle.
    stops : int
        Stops ridden, the last one counted; 0 on foot.
    route_id, trip_id, start_stop_id, end_stop_id : str
        As in the city's frames; empty where there is none.
    path : tuple of (lat, lon)
        The places passed, WGS 84 degrees.
    """

    kind: str
    line: str
    start: str
    end: str
    depart_min: float
    arrive_min: float
    wait_min: float = 0.0
    walk_m: int = 0
    stops: int = 0
    route_id: str = ""
    trip_id: str = ""
    start_stop_id: str = ""
    end_stop_id: str = ""
    path: tuple[tuple[float, float], ...] = field(default=(), repr=False)

    @property
    def minutes(self) -> float:
        """Return the time under way, without the waiting before."""
        return self.arrive_min - self.depart_min


@dataclass(frozen=True)
class Way:
    """The earliest arrival from one place at another.

    Parameters
    ----------
    start, end : str
        Names of the places.
    depart_min, arrive_min : float
        Minutes since midnight of the day: when the traveller is ready, and is there.
    legs : tuple of Leg
        In order; none where the places are one.
    """

    start: str
    end: str
    depart_min: float
    arrive_min: float
    legs: tuple[Leg, ...] = ()

    @property
    def minutes(self) -> float:
        """Return all minutes from leaving to arriving: walking, waiting and riding."""
        return self.arrive_min - self.depart_min

    @property
    def ride_min(self) -> float:
        """Return the minutes in vehicles."""
        return sum(leg.minutes for leg in self.legs if leg.kind == "ride")

    @property
    def wait_min(self) -> float:
        """Return the minutes of waiting."""
        return sum(leg.wait_min for leg in self.legs)

    @property
    def walk_m(self) -> int:
        """Return the metres on foot."""
        return sum(leg.walk_m for leg in self.legs)

    @property
    def rides(self) -> int:
        """Return the number of vehicles used."""
        return sum(leg.kind == "ride" for leg in self.legs)

    @property
    def changes(self) -> int:
        """Return the changes from one vehicle to the next."""
        return max(0, self.rides - 1)

    def table(self) -> pd.DataFrame:
        """Return one row per leg.

        Returns
        -------
        pandas.DataFrame
            ``line, from, to`` (names), ``depart, arrive`` (clock, "09:05"), ``wait_min``
            (minutes before it departs), ``walk_m`` (metres). Empty for one and the same place.
        """
        import pandas as pd

        rows = [
            (leg.line, leg.start, leg.end, clock(leg.depart_min), clock(leg.arrive_min),
             round(leg.wait_min, 1), leg.walk_m)
            for leg in self.legs
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def in_words(self) -> str:
        """Return the way as one sentence."""
        lines = ", then ".join(leg.line for leg in self.legs if leg.kind == "ride")
        how = f"by {lines}" if lines else "on foot"
        return (
            f"Leave {self.start} at {clock(self.depart_min)}, be at {self.end} at "
            f"{clock(self.arrive_min)}: {self.minutes:.0f} minutes {how}, {self.walk_m:,} m on "
            f"foot and {self.wait_min:.0f} minutes of waiting."
        )
