"""A tariff by zones: rings around the centre, or zones crossed between two places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.fare_checks import USER_CLASSES, amount, known, percent
from course.transport.fare_tables import FULL, hundredths

RINGS_KM = (5.0, 10.0, 15.0)


@dataclass(frozen=True)
class ZoneTariff:
    """A price by the number of fare zones a journey touches.

    Parameters
    ----------
    zone_ids : tuple of str
        Zones of the city.
    touched : numpy.ndarray of int64, shape (zones, zones)
        Fare zones touched between two of them, 1 or more.
    prices : tuple of number
        Price for 1, 2, 3 … fare zones; the last holds for more.
    discount_pct : mapping
        Discount by user class.
    unknown_zones : int
        Fare zones charged where the arrival is not known; default the dearest price.
    name : str
        What it is called.
    """

    zone_ids: tuple[str, ...]
    touched: np.ndarray
    prices: tuple[float, ...]
    discount_pct: Mapping[str, float] = field(default_factory=dict)
    unknown_zones: int | None = None
    name: str = "zone fares"

    def __post_init__(self) -> None:
        n = len(self.zone_ids)
        touched = np.asarray(self.touched)
        if touched.shape != (n, n) or not np.issubdtype(touched.dtype, np.integer):
            raise UsageError("touched is no table of whole numbers, zone by zone.", "See rings().")
        if n and touched.min() < 1:
            raise CourseError("A journey touches no fare zone.", "Every pair touches 1 or more.")
        prices = tuple(amount(p, "prices") for p in self.prices)
        if not prices:
            raise CourseError("There are no prices.", "Give the price for 1, 2, 3 … zones.")
        if list(prices) != sorted(prices):
            raise CourseError(
                f"prices are {list(prices)}.", "More zones never cost less: give rising prices."
            )
        discounts = {
            known(c, USER_CLASSES, "user class", "discount_pct"): percent(v, "discount_pct")
            for c, v in self.discount_pct.items()
        }
        object.__setattr__(self, "touched", touched)
        object.__setattr__(self, "prices", prices)
        object.__setattr__(self, "discount_pct", MappingProxyType(discounts))

    def price(self, start: np.ndarray, end: np.ndarray, user_class: np.ndarray) -> np.ndarray:
        """Return prices in hundredths; a zone number of ``len(zone_ids)`` is unknown."""
        n, most = len(self.zone_ids), len(self.prices)
        wide = np.full((n + 1, n + 1), self.unknown_zones or most, dtype=np.int64)
        wide[:n, :n] = self.touched
        cents = np.array([hundredths(p) for p in self.prices], dtype=np.int64)
        whole = cents[np.minimum(wide[start, end], most) - 1]
        keep = np.array(
            [FULL - hundredths(self.discount_pct.get(c, 0)) for c in USER_CLASSES], dtype=np.int64
        )[user_class]
        return (whole * keep + FULL // 2) // FULL

    def with_prices(self, prices: tuple[float, ...]) -> ZoneTariff:
        """Return the same zones at other prices."""
        return ZoneTariff(self.zone_ids, self.touched, prices, dict(self.discount_pct),
                          self.unknown_zones, self.name)  # fmt: skip


def ring_of(city: Any, *, edges_km: tuple[float, ...] = RINGS_KM) -> np.ndarray:
    """Return the ring of each zone: 0 inside the first edge, by distance from the centre."""
    if list(edges_km) != sorted(set(edges_km)) or min(edges_km, default=0) <= 0:
        raise UsageError(f"edges_km is {list(edges_km)}.", "Give rising distances above 0.")
    zones = city.zones
    lat0, lon0 = city.centre
    # equirectangular kilometres, as everywhere in the course
    dy = (zones["lat"].to_numpy(float) - lat0) * 111.195
    dx = (zones["lon"].to_numpy(float) - lon0) * 111.195 * np.cos(np.radians(lat0))
    return np.searchsorted(edges_km, np.hypot(dx, dy), side="left").astype(np.int64)


def rings(
    city: Any,
    *,
    prices: tuple[float, ...],
    edges_km: tuple[float, ...] = RINGS_KM,
    discount_pct: Mapping[str, float] | None = None,
) -> ZoneTariff:
    """Return a tariff by rings around the city's centre.

    A journey touches the rings between the ring of departure and that of arrival, both
    counted; a journey from ring to ring around the centre touches its own ring only. Where
    it runs on the way is not asked.

    Parameters
    ----------
    city : City
        Zones and centre.
    prices : tuple of number
        Price for 1, 2, 3 … rings.
    edges_km : tuple of number
        Radii of the rings, km.
    discount_pct : mapping, optional
        By user class.
    """
    ring = ring_of(city, edges_km=edges_km)
    touched = 1 + np.abs(ring[:, None] - ring[None, :])
    return ZoneTariff(tuple(str(z) for z in city.zones["zone_id"]), touched, tuple(prices),
                      discount_pct or {}, None, "rings around the centre")  # fmt: skip


def zones_crossed(
    city: Any, *, prices: tuple[float, ...], size_km: float = 5,
    discount_pct: Mapping[str, float] | None = None,
) -> ZoneTariff:  # fmt: skip
    """Return a tariff by zones crossed, each about `size_km` wide, in a straight line.

    ``1 + whole widths between the two zone points``: the pack's zones are the places, the
    width says how coarse the tariff is.
    """
    if not size_km > 0:
        raise UsageError(f"size_km is {size_km}.", "Give a width above 0 km.")
    zones = city.zones
    lat, lon = zones["lat"].to_numpy(float), zones["lon"].to_numpy(float)
    dy = (lat[:, None] - lat[None, :]) * 111.195
    dx = (lon[:, None] - lon[None, :]) * 111.195 * np.cos(np.radians(city.centre[0]))
    touched = 1 + np.floor(np.hypot(dx, dy) / size_km).astype(np.int64)
    return ZoneTariff(tuple(str(z) for z in zones["zone_id"]), touched, tuple(prices),
                      discount_pct or {}, None, f"zones of {size_km:g} km")  # fmt: skip
