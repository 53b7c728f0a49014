"""The scale of a city's fares: today's price, usual distances, working days.

Exercises about fares are drawn around these, so that they fit won, rials, pesos or a
teaching fare, and a city of 4 km trips as well as one of 11.
"""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING

from course.exercises.memory import Memory

if TYPE_CHECKING:
    from course.city.pack import City
    from course.transport.fare_policy import FarePolicy

DAYS = 5
FIRST_DAY = datetime.date(2026, 4, 5)
TEACHING_FARE = 100.0

_facts = Memory(64)


def today(city: City) -> FarePolicy:
    """Return today's tariff of the pack; a labelled teaching fare where it has none."""
    from course.transport import fares

    return _facts.get(("today", city.fingerprint), lambda: fares.today(city))


def fare_today(city: City) -> float:
    """Return the middle of today's adult base fares (the lower of two), in currency units."""
    base = today(city).base
    adult = base.get("adult") or base.get("*") or {}
    amounts = sorted(float(amount) for amount in adult.values() if amount > 0)
    return amounts[(len(amounts) - 1) // 2] if amounts else TEACHING_FARE


def typical_km(city: City) -> float:
    """Return the mean trip length the city's synthetic rides aim at, in km."""
    from course.city.synthesis.targets import city_targets

    def compute() -> float:
        return min(60.0, max(2.0, city_targets(city).mean_m / 1000))

    return _facts.get(("typical_km", city.fingerprint), compute)


def today_per_km(city: City) -> float:
    """Return what a kilometre more costs today on one ride of twice the typical length."""
    from course.transport import fares

    def compute() -> float:
        modes = sorted(set(city.routes["mode"])) or ["bus"]
        km = max(1, round(typical_km(city)))
        prices = [
            float(fares.price([(mode, 2 * km)], today(city), start="12:00"))
            - float(fares.price([(mode, km)], today(city), start="12:00"))
            for mode in modes
        ]
        return max(0.0, math.fsum(prices) / len(prices) / km)

    return _facts.get(("today_per_km", city.fingerprint), compute)


def dates(city: City) -> list[str]:
    """Return the five working days of the exercise rides, as YYYY-MM-DD."""
    weekend = {str(day).strip().lower()[:3] for day in city.weekend_days}
    days: list[str] = []
    day = FIRST_DAY
    while len(days) < DAYS and (day - FIRST_DAY).days < 40:
        if day.strftime("%a").lower() not in weekend:
            days.append(day.isoformat())
        day += datetime.timedelta(days=1)
    return days
