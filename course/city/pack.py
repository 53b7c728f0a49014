"""A city pack: a folder of tables with a description, opened as a :class:`City`.

Layout of a pack::

    datapackage.json   Data Package v2; see below
    README.md          for people: sources, licences, what is synthetic, what is missing
    repairs.csv        imported packs: what was repaired in the feed (file, row, count, ...)
    *.csv              bundled packs: one UTF-8 table per resource, header in row 1
    *.parquet          imported packs: the same tables, zstd
    rides/DATE.parquet given rides, one file per service day

``datapackage.json``::

    {"$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
     "name": "seoul", "licenses": [{"name": "CC-BY-4.0"}],
     "city": {"id", "title", "country" (ISO 3166 alpha-2), "centre": {"lat", "lon"},
              "timezone", "currency" (ISO 4217), "currency_symbol"?, "currency_minor"?,
              "languages": ["en"], "weekend_days": ["saturday", "sunday"],
              "fare_policy"?: {FarePolicy.to_dict()}, "gated_modes"?: ["subway"],
              "area_km2"?, "population"?, "radius_km"?, "timetable_year"?,
              "synthesis"?: {"boardings": 100000, "dates": ["2025-05-14"], ...},
              "columns"?: {"requests": {"created_at": "CreatedDate"}}, "dates"?: {...},
              "vote_budget"?: 250000, "missing"?: [{"what": "...", "why": "..."}]},
     "resources": [{"name": "stops", "path": "stops.csv", "format": "csv",
                    "schema": {"fields": [{"name", "type", "description", "unit"?}]},
                    "licenses": [{"name"}], "sources": [{"title", "path"?}],
                    "origin": "real" | "facts" | "synthetic", "method": "...",
                    "year": 2025, "synthetic_columns"?: []}, ...]}

``path`` may be a list of files (rides). Known resource names are the frames of
:data:`course.city.schema.TABLES`. A pack gives either the timetable frames (``stops,
routes, trips, stop_times, frequencies, calendar, calendar_dates``) or ``stations, lines,
headways``, from which :mod:`course.city.timetable` builds them. Zones, missing columns of
zones, rides and the frames of :data:`course.city.derived.SYNTHESISED` are synthesised where
a pack lacks them. Further resources (a fare
history, opening dates ...) are read with ``city.table(name)``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import paths
from course.city import storage
from course.city.finding import default_city, find_city, list_packs
from course.city.schema import LINE_INPUTS, TABLES, TIMETABLE
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["City", "default_city", "find_city", "list_packs"]


class City:
    """A city as data: its frames, where they come from, and what is synthetic.

    Open one with :meth:`City.open`. Frames load on first use, and every access returns
    a copy that may be changed freely.

    Parameters
    ----------
    path : Path
        Folder of the pack.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path).resolve()
        self._package = storage.read_datapackage(self.path)
        self._resources = {r["name"]: r for r in self._package["resources"]}
        self._frames: dict[str, pd.DataFrame] = {}
        self.properties: dict[str, Any] = self._package["city"]
        self.id: str = self.properties["id"]
        self.title: str = self.properties["title"]
        self.country: str = self.properties.get("country", "")
        centre = self.properties.get("centre") or {}
        self.centre = (float(centre.get("lat", 0.0)), float(centre.get("lon", 0.0)))
        self.timezone: str = self.properties.get("timezone", "UTC")
        self.currency: str = self.properties.get("currency", "XXX")
        self.languages: list[str] = list(self.properties.get("languages") or [])
        self.weekend_days: list[str] = list(
            self.properties.get("weekend_days") or ["saturday", "sunday"]
        )
        self.fare_policy: dict[str, Any] | None = self.properties.get("fare_policy")
        self.bundled = self.path.parent == paths.bundled_cities_dir().resolve()

    @classmethod
    def open(cls, name: str | os.PathLike[str] | None = None) -> City:
        """Open a city pack by name or folder.

        Parameters
        ----------
        name : str or path, optional
            See :func:`course.city.finding.find_city`.

        Returns
        -------
        City
            The city; its tables are read when they are first used.
        """
        return cls(find_city(name))

    def __repr__(self) -> str:
        return f"City({self.title!r}, id={self.id!r})"

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *TABLES})

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name in TABLES:
            return self.frame(name)
        raise AttributeError(f"a City has no attribute {name!r}")

    @property
    def package(self) -> dict[str, Any]:
        """The pack's whole ``datapackage.json``."""
        return self._package

    @property
    def built_from_lines(self) -> bool:
        """True where the timetable is built from lines and headways."""
        return "lines" in self._resources and "stop_times" not in self._resources

    def given(self, name: str) -> bool:
        """Say whether the pack itself holds a frame."""
        return name in self._resources

    def frame(self, name: str) -> pd.DataFrame:
        """Return a frame by name.

        Parameters
        ----------
        name : str
            A name of :data:`course.city.schema.TABLES`, or ``patterns``.

        Returns
        -------
        pandas.DataFrame
            A copy; given, built or synthesised. See :attr:`sources`.

        Raises
        ------
        CourseError
            The pack lacks the frame and nothing can stand in for it.
        """
        return self._cached(name).copy()

    def table(self, name: str) -> pd.DataFrame:
        """Return any resource of the pack, also one the course does not know."""
        if name in TABLES:
            return self.frame(name)
        return self._once(name, self._read)

    def _cached(self, name: str) -> pd.DataFrame:
        return self._once(name, self._load)

    def _once(self, name: str, load: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
        if name not in self._frames:
            self._frames[name] = load(name)
        return self._frames[name]

    def _read(self, name: str) -> pd.DataFrame:
        if name not in self._resources:
            raise CourseError(
                f"The city {self.id} has no table {name}.",
                "See city.sources for what it has.",
            )
        return storage.read_resource(self.path, self._resources[name])

    def _load(self, name: str) -> pd.DataFrame:
        from course.city import derived

        if name == "zones":
            return derived.zones(self)
        if name in TIMETABLE and self.built_from_lines:
            self._frames.update(derived.timetable(self))
            self._frames["stops"] = self._with_tap_places(self._frames["stops"])
            return self._frames[name]
        if name in self._resources:
            return derived.completed(self, name, self._given_rows(name))
        if name == "rides":
            return derived.rides(self)
        if name in ("frequencies", "calendar", "calendar_dates", "shapes"):
            return derived.empty(name)
        if name in derived.SYNTHESISED:
            return derived.synthesised(self, name)
        if name in TABLES and name not in LINE_INPUTS:
            what = TABLES[name].row
            raise CourseError(
                f"The city {self.id} has no table {name} (one row per {what}).",
                "Add it to the pack, or use a city that has it: see city.sources.",
            )
        return self._read(name)

    def _given_rows(self, name: str) -> pd.DataFrame:
        frame = self._read(name)
        return self._with_tap_places(frame) if name == "stops" else frame

    def _with_tap_places(self, stops: pd.DataFrame) -> pd.DataFrame:
        """Add the places of given rides that are no stop of the feed; see course.city.rides_in."""
        if "tap_places" not in self._resources:
            return stops
        import pandas as pd

        both = pd.concat([stops, self._read("tap_places")], ignore_index=True)
        text = both.columns.difference(["lat", "lon"])
        both[text] = both[text].fillna("")
        return both.astype(dict.fromkeys(text, "str"))

    @property
    def patterns(self) -> pd.DataFrame:
        """One row per route, direction and order of stops; see :mod:`course.city.patterns`."""
        from course.city import derived

        return self._once("patterns", lambda _: derived.patterns(self)).copy()

    def service_ids(self, day: str = "weekday") -> list[str]:
        """Return the services of the busiest date of a day type.

        Parameters
        ----------
        day : str
            ``weekday``, ``saturday`` (first day of the weekend) or ``sunday`` (last).

        Returns
        -------
        list of str
            Sorted; empty where nothing runs. Where no working day has a trip,
            ``weekday`` means the busiest date of all.
        """
        return list(self.service_day(day)[1])

    def service_day(self, day: str = "weekday") -> tuple[str, tuple[str, ...]]:
        """Return the busiest date of a day type and its services."""
        from course.city import derived

        if day not in self._service_days:
            self._service_days[day] = derived.service_day(self, day)
        return self._service_days[day]

    @cached_property
    def _service_days(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        return {}

    @cached_property
    def zone_polygons(self) -> dict[str, Any]:
        """Zone id to GeoJSON geometry; see :mod:`course.city.zone_shapes`."""
        from course.city import zone_shapes

        return zone_shapes.zone_polygons(self._cached("zones"), self._cached("stops"))

    @cached_property
    def zone_cells(self) -> dict[str, list[str]]:
        """Zone id to its H3 cells; see :mod:`course.city.zone_shapes`."""
        from course.city import zone_shapes

        return zone_shapes.zone_cells(self._cached("zones"), self._cached("stops"))

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits of what is scored; see :mod:`course.city.fingerprint`."""
        from course.city import fingerprint

        return fingerprint.fingerprint(self)

    @property
    def column_maps(self) -> dict[str, dict[str, str]]:
        """Frame to the mapping by which it was imported, ours to theirs; empty for the rest."""
        told = self.properties.get("columns")
        return {k: dict(v) for k, v in told.items()} if isinstance(told, dict) else {}

    @property
    def sources(self) -> pd.DataFrame:
        """One row per frame: origin, method, year, licence; see :mod:`course.city.sources`."""
        from course.city import sources

        return sources.sources(self)

    def is_synthetic(self, *frames: str) -> bool:
        """Say whether any of the frames holds synthetic values."""
        from course.city import sources

        return bool(sources.synthetic_method(self, *frames))

    def badge(self, *frames: str) -> str:
        """Return ``"SYNTHETIC: method"`` for titles, or empty text."""
        from course.city import sources

        method = sources.synthetic_method(self, *frames)
        return f"SYNTHETIC: {method}" if method else ""

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write the scored frames as one zip; see :func:`course.city.exporting.export`."""
        from course.city import exporting

        return exporting.export(self, path)
