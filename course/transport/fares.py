"""Fares: price a trip, link rides into trips, reprice them, see who pays more.

>>> from course import fares
>>> fares.price([("branch", 3), ("subway", 20), ("village", 2)], fares.SEOUL)
1850

All amounts are card fares in currency units; cash is out of scope.
"""

from __future__ import annotations

from course.transport.explaining import explain
from course.transport.fare_policy import MODES, USER_CLASSES, FarePolicy
from course.transport.fare_readings import (
    band_sentence,
    by_distance,
    distance_option,
    summary,
    trip_counts,
    zone_sentence,
)
from course.transport.linking import link
from course.transport.one_trip import price, trips_of
from course.transport.repricing import cap_share, neutral_base, reprice, revenue
from course.transport.response import (
    demand,
    elasticities,
    long_run,
    respond,
    revenue_change_pct,
    trips_change_pct,
)
from course.transport.tariffs import (
    ILOILO,
    ILOILO_INTEGRATED,
    MASHHAD,
    MASHHAD_HISTORY,
    SEOUL,
    SEOUL_2026,
    SEOUL_HISTORY,
    TEHRAN_2018,
    teaching_fare,
    today,
)
from course.transport.trips import Trips
from course.transport.winners import change_by, pays_more_pct, winners_losers

__all__ = [
    "ILOILO",
    "ILOILO_INTEGRATED",
    "MASHHAD",
    "MASHHAD_HISTORY",
    "MODES",
    "SEOUL",
    "SEOUL_2026",
    "SEOUL_HISTORY",
    "TEHRAN_2018",
    "USER_CLASSES",
    "FarePolicy",
    "Trips",
    "band_sentence",
    "by_distance",
    "cap_share",
    "change_by",
    "demand",
    "distance_option",
    "elasticities",
    "explain",
    "link",
    "long_run",
    "neutral_base",
    "pays_more_pct",
    "price",
    "reprice",
    "respond",
    "revenue",
    "revenue_change_pct",
    "summary",
    "teaching_fare",
    "today",
    "trip_counts",
    "trips_change_pct",
    "trips_of",
    "winners_losers",
    "zone_sentence",
]
