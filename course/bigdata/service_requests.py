"""Requests of citizens from the first call to the last: how many, how long, where, how fair.

>>> from course import service_requests
>>> service_requests.staff_needed(calls_per_hour=300, handling_min=3)
21

A table of requests is ``city.requests``: one row per entry with ``request_id, created_at,
closed_at, category, channel, zone_id, lat, lon``. Clean it once; every other function takes
the result. Open cases are cases: they count in every share and every time.
"""

from __future__ import annotations

from course.bigdata.dasan import DASAN, CallCentre, dasan
from course.bigdata.request_cleaning import Cleaned, clean
from course.bigdata.request_curves import open_after, waiting_in_words
from course.bigdata.request_fairness import PROMISE_HOURS, fairness, gap_between
from course.bigdata.request_hot_spots import hot_spots, poisson_interval, shrunk_ratio
from course.bigdata.request_repeats import repeats
from course.bigdata.request_staffing import (
    answered_within_pct,
    staff_by_hour,
    staff_needed,
    wait_chance,
)
from course.bigdata.request_survival import closed_within, median_hours, survival
from course.bigdata.request_volumes import hour_profile, volumes

__all__ = [
    "DASAN",
    "PROMISE_HOURS",
    "CallCentre",
    "Cleaned",
    "answered_within_pct",
    "clean",
    "closed_within",
    "dasan",
    "fairness",
    "gap_between",
    "hot_spots",
    "hour_profile",
    "median_hours",
    "open_after",
    "poisson_interval",
    "repeats",
    "shrunk_ratio",
    "staff_by_hour",
    "staff_needed",
    "survival",
    "volumes",
    "wait_chance",
    "waiting_in_words",
]
