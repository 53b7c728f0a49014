"""A city pack at a glance: what ``city show`` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.city.schema import TABLES

if TYPE_CHECKING:
    from course.city.pack import City


def summary(city: City) -> dict[str, Any]:
    """Return what ``city show`` prints, as plain values."""
    counts = {
        name: len(city.frame(name))
        for name in TABLES
        if city.given(name) or (name in ("stops", "routes", "trips", "stop_times", "frequencies"))
    }
    routes = city.frame("routes")
    policy = city.fare_policy or {}
    return {
        "id": city.id, "title": city.title, "country": city.country, "path": str(city.path),
        "centre": list(city.centre), "timezone": city.timezone, "currency": city.currency,
        "languages": city.languages, "weekend_days": city.weekend_days,
        "fare": {k: policy[k] for k in ("name", "year") if k in policy} or "teaching fare",
        "service": _service(city),
        "modes": {str(k): int(v) for k, v in routes["mode"].value_counts().sort_index().items()},
        "rows": counts, "columns": city.column_maps, "dates": city.properties.get("dates") or {},
        "fingerprint": city.fingerprint,
    }  # fmt: skip


def _service(city: City) -> dict[str, Any]:
    departures = int(city.patterns["trips_per_day"].sum())
    if city.built_from_lines:
        # Lines and headways say what a weekday is like, not when: the dates are made up.
        return {"departures on a weekday": departures}
    weekday, _ = city.service_day("weekday")
    dates = [*city.frame("calendar")["start_date"], *city.frame("calendar")["end_date"],
             *city.frame("calendar_dates")["date"]]  # fmt: skip
    return {"from": min(dates, default=""), "to": max(dates, default=""),
            "busiest weekday": weekday, "departures that day": departures}  # fmt: skip
