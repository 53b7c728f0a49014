"""Module 00 as an able trainee would work it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pandas as pd

from course import indicators, visits
from course.exercises import exercise
from grading.demo.solver import Solver as AnySolver


class Solver(AnySolver):
    """One trainee's way through the exercises of module 00."""

    text = (
        "We must have the boardings by stop and hour by day 180. The Transport Card Office owns "
        "them. Today 0 of 1 ride tables of our pack is real (course sources, 2026). Cards leave "
        "out riders who pay cash: they lose while we count nobody else."
    )

    def _piece(self, name: str) -> Any:
        return exercise(name, self.city, who=self.who)

    @cached_property
    def zones(self) -> pd.DataFrame:
        """Return the zones of the city."""
        return self.city.zones

    def m00_density(self) -> float:
        """Return all people over all land."""
        return indicators.city_density(self.zones)

    def _ratio(self) -> pd.Series:
        eight = self._piece("m00_zones").set_index("letter")
        if self.params("m00_densest")["variant"] == "jobs":
            return eight["jobs"] / eight["population"]
        return eight["population"] / eight["area_km2"]

    def m00_densest(self) -> str:
        """Return the letter of the zone with most for each unit."""
        return str(self._ratio().idxmax())

    def m00_above(self) -> float:
        """Return the share of people above the drawn line."""
        return indicators.above(self.zones, self.params("m00_above")["line"]).people_pct

    def m00_synth(self) -> int:
        """Return how many of the drawn frames are made by a rule."""
        mine = self._piece("m00_sources")
        if self.params("m00_synth")["variant"] == "rows":
            return int(mine["rows"].sum())
        return int((mine["origin"] == "synthetic").sum())

    def m00_2530(self) -> str:
        """Return Saturday 01:30."""
        return "b"

    def _way(self) -> Any:
        asked = self.params("m00_route")
        return visits.route(asked["start"], asked["end"], depart=asked["depart"])

    def m00_route(self) -> float:
        """Return the minutes from door to door."""
        return float(self._way().minutes)

    # ---- typical mistakes, as a trainee would make them ------------------------------

    def typical_wrong(self) -> dict[str, Any]:
        """Return answers of a trainee who falls into the best-known traps."""
        found = indicators.above(self.zones, self.params("m00_above")["line"])
        return {
            "m00_density": float(self.zones["population"].sum() / len(self.zones)),
            "m00_densest": str(self._ratio().idxmin()),
            "m00_above": 100.0 - found.people_pct,
            "m00_synth": len(self._piece("m00_sources")),
            "m00_2530": "a",
            "m00_route": float(self._way().ride_min),
        }
