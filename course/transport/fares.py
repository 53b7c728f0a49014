"""Fares: price a trip, link rides into trips, reprice them, see who pays more.

>>> from course import fares
>>> fares.price([("branch", 3), ("subway", 20), ("village", 2)], fares.SEOUL)
1850

The questions an official asks (`by_year`, `transfers`, `concessions`, `nobody_worse` …) take
``fares.journeys(city)``, or the same of a summary of 20 million rides, and give an `Answer`.

All amounts are card fares in currency units; cash is out of scope.
"""

from __future__ import annotations

import importlib
from typing import Any

from course.transport.base_search import base_for_revenue
from course.transport.card_summary import CardSummary, cards
from course.transport.explaining import explain
from course.transport.fare_answer import Answer
from course.transport.fare_policy import MODES, USER_CLASSES, FarePolicy
from course.transport.fare_readings import (
    band_sentence,
    by_distance,
    distance_option,
    summary,
    trip_counts,
    zone_sentence,
)
from course.transport.gtfs_fares_gaps import gaps
from course.transport.gtfs_fares_reading import read_fares
from course.transport.gtfs_feed import write_fares
from course.transport.journeys import Journeys, journeys
from course.transport.linking import link
from course.transport.od_summary import OdSummary, od_summary
from course.transport.one_trip import price, trips_of
from course.transport.peak_journeys import summarise_peaks
from course.transport.question_cars import car_trips
from course.transport.question_distance import distance_policy, keep_revenue, to_distance
from course.transport.question_groups import concession_policy, concessions
from course.transport.question_hours import early_bird, off_peak
from course.transport.question_nobody import nobody_worse
from course.transport.question_passes import CLIMATE_CARD, CLIMATE_CARD_MODES, daily_cap, pass_offer
from course.transport.question_riders import ridership
from course.transport.question_subsidy import subsidy
from course.transport.question_transfers import transfer_policy, transfers
from course.transport.question_years import by_year, reform
from course.transport.question_zones import zone_fares
from course.transport.repricing import cap_share, neutral_base, reprice, revenue
from course.transport.response import (
    demand,
    elasticities,
    long_run,
    respond,
    revenue_change_pct,
    trips_change_pct,
)
from course.transport.ridership import LONG_RUN, SHORT_RUN, Reaction, band
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
from course.transport.zone_tariff import ZoneTariff, rings, zones_crossed

# These compile with numba, so they are loaded only where they are asked for.
_COMPILED = {
    "FareSummary": "course.transport.fare_summary",
    "summarise": "course.transport.summary_build",
}

__all__ = [
    "CLIMATE_CARD",
    "CLIMATE_CARD_MODES",
    "ILOILO",
    "ILOILO_INTEGRATED",
    "LONG_RUN",
    "MASHHAD",
    "MASHHAD_HISTORY",
    "MODES",
    "SEOUL",
    "SEOUL_2026",
    "SEOUL_HISTORY",
    "SHORT_RUN",
    "TEHRAN_2018",
    "USER_CLASSES",
    "Answer",
    "CardSummary",
    "FarePolicy",
    "FareSummary",  # noqa: F822
    "Journeys",
    "OdSummary",
    "Reaction",
    "Trips",
    "ZoneTariff",
    "band",
    "band_sentence",
    "base_for_revenue",
    "by_distance",
    "by_year",
    "cap_share",
    "car_trips",
    "cards",
    "change_by",
    "concession_policy",
    "concessions",
    "daily_cap",
    "demand",
    "distance_option",
    "distance_policy",
    "early_bird",
    "elasticities",
    "explain",
    "gaps",
    "journeys",
    "keep_revenue",
    "link",
    "long_run",
    "neutral_base",
    "nobody_worse",
    "od_summary",
    "off_peak",
    "pass_offer",
    "pays_more_pct",
    "price",
    "read_fares",
    "reform",
    "reprice",
    "respond",
    "revenue",
    "revenue_change_pct",
    "ridership",
    "rings",
    "subsidy",
    "summarise",  # noqa: F822
    "summarise_peaks",
    "summary",
    "teaching_fare",
    "to_distance",
    "today",
    "transfer_policy",
    "transfers",
    "trip_counts",
    "trips_change_pct",
    "trips_of",
    "winners_losers",
    "write_fares",
    "zone_fares",
    "zone_sentence",
    "zones_crossed",
]


def __getattr__(name: str) -> Any:
    if name not in _COMPILED:
        raise AttributeError(f"module 'course.transport.fares' has no attribute {name!r}")
    return getattr(importlib.import_module(_COMPILED[name]), name)
