"""``city check``: everything that can be said about a pack, for a person and for a script.

Our own checks decide whether a pack is sound. A second opinion comes from gtfs-guru, a
GTFS validator, on the feed written from the pack; its notices are counted, not judged.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.city.schema import SCORED, TABLES, TIMETABLE
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City


@dataclass(frozen=True)
class Report:
    """What a check found.

    Parameters
    ----------
    city, title, fingerprint : str
        The pack.
    faults : list of str
        Sentences; a sound pack has none.
    repairs : list of dict
        What an import mended: file, row, count, what, done.
    frames : list of dict
        The rows of ``city.sources``.
    missing : list of dict
        What the pack itself says it lacks.
    validator : dict
        Name, version, counts by severity, and counts by code of gtfs-guru's notices;
        empty where it was not run.
    """

    city: str
    title: str
    fingerprint: str
    faults: list[str]
    repairs: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    validator: dict[str, Any] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """No fault was found."""
        return not self.faults

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"sound": self.sound}

    def text(self) -> str:
        """Return the report for a person."""
        lines = [f"{self.title} ({self.city}), fingerprint {self.fingerprint or 'none'}", ""]
        lines += ["Faults:" if self.faults else "No faults."]
        lines += [f"  {fault}" for fault in self.faults]
        lines += ["", "Frames:"]
        for row in self.frames:
            count = "" if row["rows"] is None else f"{row['rows']:,} rows"
            told = ", ".join(str(x) for x in (row["method"], row["year"], row["licence"]) if x)
            lines.append(f"  {row['frame']:<18}{count:>16}  {row['origin']:<10}{told}")
        if self.repairs:
            lines += ["", "Repairs made on import:"]
            for row in self.repairs:
                where = row["file"] + (f", row {row['row']}" if row["row"] else "")
                times = f" ({row['count']:,} times)" if row["count"] > 1 else ""
                lines.append(f"  {where}: {row['what']}{times}: {row['done']}")
        if self.missing:
            lines += ["", f"Missing, as the pack says: {len(self.missing)} things"]
            told = ["; ".join(str(v) for v in row.values() if v) for row in self.missing]
            lines += [f"  {sentence}" for sentence in told[:12]]
            if len(told) > 12:
                lines.append("  … see city.table('missing')")
        if self.validator:
            counts = self.validator["counts"]
            told = ", ".join(f"{n:,} {kind}" for kind, n in counts.items())
            name, version = self.validator["name"], self.validator["version"]
            lines += ["", f"{name} {version} on the feed: {told}"]
            lines += [f"  {row['severity']:<8} {row['code']}: {row['count']:,}"
                      for row in self.validator["codes"]]  # fmt: skip
        return "\n".join(lines)


def check(city: City, *, validator: bool = True) -> Report:
    """Check a pack.

    Parameters
    ----------
    city : City
        An open pack.
    validator : bool
        Also run gtfs-guru on the feed written from the pack.

    Returns
    -------
    Report
        With every fault that could be found; a table that cannot be read is one.
    """
    found: list[str] = []
    frames: dict[str, pd.DataFrame] = {}
    names = [*(n for n in SCORED if n != "zones"), *(n for n in city._resources if n not in SCORED)]
    for name in names:
        try:
            frame = city.table(name)
        except CourseError as error:
            found.append(str(error))
            continue
        if name in TABLES:
            frames[name] = frame
    if city.given("zones"):
        try:
            frames["zones"] = city._read("zones")
        except CourseError as error:
            found.append(str(error))
    if not found:
        from course.city.integrity import faults

        found += faults(frames)
        found += _property_faults(city)
    fingerprint, listed = "", []
    if not found:
        fingerprint = city.fingerprint
        listed = _plain(city.sources)
    return Report(
        city=city.id, title=city.title, fingerprint=fingerprint, faults=found,
        repairs=_plain(repairs_of(city)), frames=listed, missing=_missing(city),
        validator=validate(city) if validator and not found else {},
    )  # fmt: skip


def repairs_of(city: City) -> pd.DataFrame:
    """Return the repairs an import made, empty for packs that were not imported."""
    import pandas as pd

    from course.city.repairs import RepairList

    path = city.path / "repairs.csv"
    if not path.is_file():
        return RepairList().frame()
    try:
        return pd.read_csv(path, dtype={"row": "Int64", "count": "Int64"}, keep_default_na=False,
                           na_values={"row": [""]})  # fmt: skip
    except (ValueError, OSError):
        return RepairList().frame()


def validate(city: City) -> dict[str, Any]:
    """Return the counts of gtfs-guru's notices on the feed written from a pack."""
    import gtfs_guru

    from course.city.gtfs_writing import write_gtfs

    with tempfile.TemporaryDirectory() as folder:
        result = gtfs_guru.validate(str(write_gtfs(city, Path(folder) / "feed.zip")))
    return {
        "name": "gtfs-guru", "version": gtfs_guru.__version__, "counts": {
            "errors": result.error_count, "warnings": result.warning_count,
            "infos": result.info_count},
        "codes": _by_code(result),
    }  # fmt: skip


def _by_code(result: Any) -> list[dict[str, Any]]:
    counts: dict[tuple[str, str], int] = {}
    for notice in result.notices:
        key = (str(notice.severity).lower(), notice.code)
        counts[key] = counts.get(key, 0) + 1
    return [{"severity": s, "code": c, "count": n} for (s, c), n in sorted(counts.items())]


def _property_faults(city: City) -> list[str]:
    from course.city import regions
    from course.city.calendar import WEEKDAYS

    out = []
    lat, lon = city.centre
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or city.centre == (0.0, 0.0):
        out.append("datapackage.json: city.centre is no place.")
    if not regions.is_timezone(city.timezone):
        out.append(f"datapackage.json: {city.timezone!r} is no time zone.")
    if city.currency != regions.UNKNOWN_CURRENCY and not regions.is_currency(city.currency):
        out.append(f"datapackage.json: {city.currency!r} is no currency.")
    if not set(city.weekend_days) <= set(WEEKDAYS):
        out.append("datapackage.json: city.weekend_days are not English names of days.")
    if not any(len(city.frame(name)) for name in TIMETABLE[:4]):
        out.append("The pack has no timetable.")
    return out


def _missing(city: City) -> list[dict[str, Any]]:
    said = city.properties.get("missing")
    if isinstance(said, list):
        return [row for row in said if isinstance(row, dict)]
    try:
        return _plain(city.table("missing")) if city.given("missing") else []
    except CourseError:
        return []


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain Python values, absent ones as None."""
    import pandas as pd

    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{k: (v.item() if hasattr(v, "item") else None if v is pd.NA else v)
             for k, v in row.items()} for row in rows]  # fmt: skip
