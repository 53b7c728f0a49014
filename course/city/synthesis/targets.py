"""What synthetic trips must look like: Seoul's card figures, scaled to the city's size.

Source: Seoul 2021 cards as published by eknews (mean trip 11.3 km; 57.1 / 27.4 / 15.5 %
of trips up to 10, up to 20 and beyond 20 km; 1.24 rides per trip; user classes), and the
2016 mode share (rail 38.9, bus 26.1 %). Other cities: every distance x sqrt(area /
605.2 km2), shares as in Seoul. That is an assumption and is said wherever it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SEOUL_KM2 = 605.2
SEOUL_MEAN_KM = 11.3
SEOUL_BANDS_KM = (10.0, 20.0)
SEOUL_BAND_SHARES = (571, 274, 155)  # per thousand trips
SEOUL_RIDES_PER_TRIP = 1.24
SEOUL_RAIL, SEOUL_BUS = 38.9, 26.1  # per cent of trips in 2016, cars and taxis not counted
USER_CLASSES = {"adult": 826, "senior": 100, "youth": 37, "disabled": 18, "child": 16}
_OWN_SHARES = ("share_upto_10_km_pct", "share_10_to_20_km_pct", "share_over_20_km_pct")
SOURCE = "Seoul 2021 cards (eknews)"


@dataclass(frozen=True)
class Targets:
    """The figures a city's synthetic trips aim at.

    Parameters
    ----------
    scale : float
        Distances are Seoul's times this.
    mean_m : int
        Mean distance of a trip, metres.
    bands_m : tuple of int
        Upper ends of the first two distance bands, metres.
    band_shares : tuple of int
        Parts of the three bands, per thousand trips.
    rides_per_trip : float
        Boardings per trip.
    rail_share : float
        Part of rides behind gates, only used where buses are synthesised by zone.
    source : str
        Where the figures come from, one phrase.
    """

    scale: float
    mean_m: int
    bands_m: tuple[int, int]
    band_shares: tuple[int, int, int]
    rides_per_trip: float
    rail_share: float
    source: str


def city_targets(city: Any) -> Targets:
    """Return the figures for one city.

    Parameters
    ----------
    city : course.City
        Needs ``properties`` and ``zones``. Of ``properties``: ``area_km2``, else the
        zones' areas added up; ``synthesis.rail_share_pct``; and ``synthesis.calibration``,
        a city's own figures: ``mean_trip_km``, ``rides_per_trip``, ``source``, and the
        three together ``share_upto_10_km_pct``, ``share_10_to_20_km_pct``,
        ``share_over_20_km_pct``.

    Returns
    -------
    Targets
    """
    told = city.properties.get("synthesis") or {}
    own = told.get("calibration") or {}
    scale = _scale(area_km2(city))
    mean_m = _metres(SEOUL_MEAN_KM * scale)
    bands_m = (_metres(SEOUL_BANDS_KM[0] * scale), _metres(SEOUL_BANDS_KM[1] * scale))
    shares = SEOUL_BAND_SHARES
    source = SOURCE
    if scale != 1.0:
        source = f"{SOURCE} x sqrt(area / {SEOUL_KM2} km2) = x {scale:.3f}, an assumption"
    if "mean_trip_km" in own:
        # Bands keep their place in the distribution, unless the city has its own.
        mean_m = _metres(float(own["mean_trip_km"]))
        stretch = mean_m / _metres(SEOUL_MEAN_KM)
        bands_m = (_metres(SEOUL_BANDS_KM[0] * stretch), _metres(SEOUL_BANDS_KM[1] * stretch))
        source = str(own.get("source") or "the pack")
    if all(name in own for name in _OWN_SHARES):
        bands_m = (_metres(SEOUL_BANDS_KM[0]), _metres(SEOUL_BANDS_KM[1]))
        first, second, third = (int(float(own[name]) * 10 + 0.5) for name in _OWN_SHARES)
        shares = (first, second, third)
    rail = float(told.get("rail_share_pct", 100.0 * SEOUL_RAIL / (SEOUL_RAIL + SEOUL_BUS)))
    return Targets(
        scale=scale,
        mean_m=mean_m,
        bands_m=bands_m,
        band_shares=shares,
        rides_per_trip=float(own.get("rides_per_trip", SEOUL_RIDES_PER_TRIP)),
        rail_share=min(max(rail / 100.0, 0.0), 1.0),
        source=source,
    )


def area_km2(city: Any) -> float:
    """Return the city's area: as the pack states it, else the zones' areas added up."""
    told = city.properties.get("area_km2")
    if told is not None and float(told) > 0:
        return float(told)
    hundredths = np.floor(city.zones["area_km2"].to_numpy(dtype=np.float64) * 100 + 0.5)
    return max(int(hundredths.astype(np.int64).sum()), 1) / 100


def _scale(area: float) -> float:
    return float(np.floor(np.sqrt(area / SEOUL_KM2) * 1000 + 0.5)) / 1000


def _metres(km: float) -> int:
    return int(km * 1000 + 0.5)
