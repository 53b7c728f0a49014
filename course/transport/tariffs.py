"""Tariffs of cities, each amount with its year and source.

Only card fares. What was not seen in a source is named in `unverified` and is to be shown
as such. Income, passes and several riders on one card are not part of a tariff here.
"""

from __future__ import annotations

from typing import Any

from course.transport.fare_policy import FarePolicy

_SEOUL_RULES: dict[str, Any] = {
    "currency": "KRW",
    "step_price": {"adult": 100, "youth": 80, "child": 50},
    "free_km": 10,
    "free_km_by_mode": {"red": 30},
    "step_km": 5,
    "far_from_km": 50,
    "far_step_km": 8,
    "distance_modes": ("subway",),
    "integrated": True,
    "window_min": 30,
    "night_window_min": 60,
    "max_transfers": 4,
    "free": {c: ("subway",) for c in ("senior", "disabled", "merit")},
}
# The Owl bus is not in the published list of early-bird amounts.
_EARLY_BIRD = {
    "before_min": 390,
    "discount_pct": 20,
    "modes": ("subway", "trunk", "branch", "circular", "red", "village"),
}
_YOUTH = {
    "subway": 900, "trunk": 900, "branch": 900, "circular": 800, "red": 1700, "owl": 1600,
    "village": 600,
}  # fmt: skip
_CHILD = {
    "subway": 550, "trunk": 550, "branch": 550, "circular": 500, "red": 1500, "owl": 1400,
    "village": 400,
}  # fmt: skip
_BUSES_2023 = {
    "trunk": 1500, "branch": 1500, "circular": 1400, "red": 3000, "owl": 2500, "village": 1200,
}  # fmt: skip

SEOUL = FarePolicy(
    name="Seoul, card, from 28 June 2025",
    year=2025,
    source="Donga 2025-04-28, Chosunbiz 2025-06-19 (subway); Hankyoreh 2023-08-10 (buses)",
    base={"adult": {"subway": 1550, **_BUSES_2023}, "youth": _YOUTH, "child": _CHILD},
    early_bird=_EARLY_BIRD,
    **_SEOUL_RULES,
)
"""Seoul's card fares since June 2025: adult, youth (13-18) and child (6-12)."""

SEOUL_2026 = SEOUL.replace(
    name="Seoul, card, from 7 March 2026 (no tap-out costs a base fare)",
    year=2026,
    source=SEOUL.source + "; SBS 2026-03-01 (tap-out)",
    no_tap_out={"subway": "base"},
    unverified=("base",),  # no change after 2025 was seen, nor that there was none
)
"""As SEOUL, with the charge for a missing subway tap-out."""


def _past(year: int, name: str, source: str, base: dict[str, float], **more: Any) -> FarePolicy:
    unverified = ("base.youth", "base.child", "step_price.youth", "step_price.child")
    more = {"unverified": unverified + more.pop("also_unverified", ())} | more
    rules = _SEOUL_RULES | {"step_price": {"adult": 100}} | more
    return FarePolicy(name=name, year=year, source=source, base={"adult": base}, **rules)


SEOUL_HISTORY: dict[int, FarePolicy] = {
    2004: _past(
        2004,
        "Seoul, card, from 1 July 2004",
        "Korea JoongAng Daily 2004-06-30",
        {"subway": 800, "trunk": 800, "branch": 800, "circular": 500, "red": 1400},
        free_km_by_mode={},
        alone_free_km=12,
        alone_step_km=6,
        far_from_km=42,
        far_step_km=12,
        no_transfer_modes=("red",),
        also_unverified=("window_min", "night_window_min"),
    ),
    2007: _past(
        2007,
        "Seoul, card, from April 2007",
        "Hankyung 2007-02-15, Ajunews 2008-09-17, Etoday 2012",
        {"subway": 900, "trunk": 900, "branch": 900, "red": 1700, "village": 600},
        free_km_by_mode={},
        no_transfer_modes=("red",),  # red buses joined on 20 September 2008
        also_unverified=("base.branch", "far_from_km", "far_step_km", "window_min"),
    ),
    2012: _past(
        2012,
        "Seoul, card, from 25 February 2012",
        "Etoday, Wooritvnews 2012; Seoul.co.kr 2013-09-04 (Owl, from September 2013)",
        {
            "subway": 1050, "trunk": 1050, "branch": 1050, "circular": 850, "red": 1850,
            "owl": 1850, "village": 750,
        },
        also_unverified=("base.circular", "far_from_km"),
    ),
    2015: _past(
        2015,
        "Seoul, card, from 27 June 2015",
        "Donga 2015-06-27, Kukmin Ilbo 2023-08-12",
        {
            "subway": 1250, "trunk": 1200, "branch": 1200, "circular": 1100, "red": 2300,
            "owl": 2150, "village": 900,
        },
        early_bird=_EARLY_BIRD,
        also_unverified=("early_bird",),
    ),
    2023: _past(
        2023,
        "Seoul, card, from 7 October 2023",
        "Kukmin Ilbo, Hankyoreh 2023 (buses from 12 August 2023)",
        {"subway": 1400, **_BUSES_2023},
        early_bird=_EARLY_BIRD,
    ),
    2025: SEOUL,
}  # fmt: skip
"""Seoul's tariffs by the year they began; youth and child fares only for 2025."""

MASHHAD_HISTORY: dict[int, FarePolicy] = {
    year: FarePolicy.flat(
        base=fare,
        currency="IRR",
        year=year,
        name=f"Mashhad, card, {label}",
        source=source,
        unverified=("integrated",),  # no rule on free changes was seen
    )
    for year, fare, label, source in (
        (2015, 5000, "about 2015", "metroeasy (stored value)"),
        (2023, 12000, "year 1402", "council decision, borna.news 2024-02-04"),
        (2024, 15000, "year 1403", "council decision, borna.news 2024-02-04"),
        (2025, 20000, "year 1404", "council decision, pana.ir and gostaresh.news 2025"),
    )
}
"""Mashhad's single price for metro and bus by year."""

MASHHAD = MASHHAD_HISTORY[2025]
"""Mashhad 1404: one price, metro = bus. No change to distance fares was seen after 2019."""

ILOILO = FarePolicy(
    name="Iloilo, jeepneys, from 8 October 2023",
    currency="PHP",
    year=2023,
    source="LTFRB tariff, Panay News and Rappler 2023; last seen in force (2026 rise suspended)",
    base={"*": {"jeepney": 13, "modern_jeepney": 15}},
    step_price_by_mode={"jeepney": 1.80, "modern_jeepney": 2.20},
    free_km=4,
    step_km=1,
    distance_modes=("*",),
    discount_pct={"student": 20, "youth": 20, "child": 20, "senior": 20, "disabled": 20},
    # Seen for students, seniors and disabled people; youth and child are taken as students.
    unverified=("discount_pct.youth", "discount_pct.child", "step_km"),
)
"""Iloilo's kilometre fare: four kilometres, then each started kilometre; every ride pays."""

ILOILO_INTEGRATED = ILOILO.replace(
    name="Iloilo, one fare for a trip (proposal of this course)",
    source=ILOILO.source + "; the transfer rule is a proposal of this course",
    integrated=True,
    window_min=30,
    max_transfers=4,
    teaching=True,
)
"""The same amounts for the total distance of a trip; a proposal, not a tariff in force."""

TEHRAN_2018 = FarePolicy.banded(
    name="Tehran metro, stored value, 1397 (2018)",
    currency="IRR",
    year=2018,
    source="metro.tehran.ir",
    bands=(
        (3, 3365), (6, 4455), (9, 5355), (12, 6255), (16, 6955), (20, 7535),
        (24, 7945), (28, 8235), (32, 8645), (36, 9125), (40, 9435), (None, 9915),
    ),
    unverified=("integrated",),
)  # fmt: skip
"""Tehran metro's twelve distance bands of 2018."""

# Round numbers near a cheap single ride, so that sliders have sensible amounts. They are
# chosen by this course and are no city's tariff.
_TEACHING_AMOUNT = {
    "BRL": 5, "CAD": 3, "EUR": 2, "GBP": 2, "IDR": 4000, "ILS": 6, "INR": 20, "IRR": 20000,
    "JPY": 200, "KRW": 1500, "MXN": 6, "PHP": 13, "THB": 20, "TRY": 20, "TWD": 25, "USD": 2,
    "VND": 8000,
}  # fmt: skip
_TEACHING_AMOUNT_ELSEWHERE = 100


def teaching_fare(currency: str = "", *, city: str = "") -> FarePolicy:
    """Return a flat fare for a city whose tariff is unknown, labelled as invented.

    Parameters
    ----------
    currency : str
        ISO code; it decides the round amount (100 where the course knows none).
    city : str
        Named in the label.

    Examples
    --------
    >>> teaching_fare("JPY").name
    "teaching fare, not your city's tariff"
    """
    return FarePolicy.flat(
        base=_TEACHING_AMOUNT.get(currency, _TEACHING_AMOUNT_ELSEWHERE),
        currency=currency,
        name=f"teaching fare, not {city or 'your city'}'s tariff",
        source="chosen by this course for teaching",
        teaching=True,
        unverified=("base", "integrated"),
    )


def today(city: Any) -> FarePolicy:
    """Return the tariff of a city pack, or a labelled teaching fare.

    Parameters
    ----------
    city : City
        Its ``fare_policy`` is a dict as `FarePolicy.to_dict` writes it, or None.

    Returns
    -------
    FarePolicy
        ``teaching`` is True, and the name says so, if the pack has no tariff or one in
        which nobody pays anything.
    """
    given = getattr(city, "fare_policy", None)
    policy = given if isinstance(given, FarePolicy) or not given else FarePolicy.from_dict(given)
    if policy and _somebody_pays(policy):
        return policy
    return teaching_fare(getattr(city, "currency", "") or "")


def _somebody_pays(policy: FarePolicy) -> bool:
    amounts = [v for modes in policy.base.values() for v in modes.values()]
    amounts += [*policy.step_price.values(), *policy.step_price_by_mode.values()]
    amounts += [price for _, price in policy.bands or ()]
    return any(amounts)
