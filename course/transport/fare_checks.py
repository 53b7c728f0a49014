"""What a fare policy must satisfy before anything is priced with it.

A policy comes from a trainee's cell, from a slider or from a city's ``datapackage.json``.
Whatever cannot be meant (a negative step, a transfer window of a week, a mode spelled
wrong) is refused here, with one sentence, before it turns into a wrong revenue.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from course.city.schema import MODES
from course.errors import CourseError

if TYPE_CHECKING:
    from course.transport.fare_policy import FarePolicy

# A tariff knows two classes more than the rides frame: students and merit holders.
USER_CLASSES = ("adult", "youth", "child", "student", "senior", "disabled", "merit")
ANY = "*"
# The tap a transfer window runs from: of the ride before, or the first of the trip.
WINDOWS_FROM = ("alight", "board", "first")

# Amounts are multiplied by steps and by a discount in whole numbers of 64 bits.
LARGEST_AMOUNT = 10_000_000
_LONGEST_WINDOW_MIN = 240


def refuse(what: str, remedy: str) -> NoReturn:
    """Stop with one sentence on what is wrong and one on what to do."""
    raise CourseError(what, remedy)


def known(word: Any, words: Iterable[str], kind: str, where: str) -> str:
    """Return `word` if it is one of `words`; otherwise refuse it and offer the nearest."""
    words = tuple(words)
    if isinstance(word, str) and word in words:
        return word
    near = get_close_matches(str(word), words, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"Use one of: {', '.join(words)}."
    refuse(f"{where} names the {kind} {word!r}, which the course does not know.", remedy)


def number(
    value: Any, field: str, *, low: float = 0, high: float = math.inf, unit: str = ""
) -> int | float:
    """Return a plain number inside its limits, whole numbers as int."""
    if isinstance(value, bool) or not hasattr(value, "__float__") or isinstance(value, str):
        refuse(f"{field} is {value!r}, which is not a number.", f"Give {field} as a number.")
    value = float(value)
    tail = f" {unit}" if unit else ""
    if not math.isfinite(value):
        refuse(f"{field} is {value}, which is not a number.", f"Give {field} as a number.")
    if value < low:
        least = "0 or more" if low == 0 else f"at least {low:g}{tail}"
        refuse(f"{field} is {value:g}{tail}.", f"{field} must be {least}.")
    if value > high:
        refuse(f"{field} is {value:g}{tail}.", f"{field} can be {high:,g}{tail} at most.")
    return int(value) if value.is_integer() else value


def amount(value: Any, field: str) -> int | float:
    """Return an amount of money: zero or more, at most ten million."""
    return number(value, field, high=LARGEST_AMOUNT)


def percent(value: Any, field: str) -> int | float:
    """Return a percentage from 0 to 100."""
    return number(value, field, high=100, unit="%")


def minutes(value: Any, field: str, *, high: float = _LONGEST_WINDOW_MIN) -> int | float:
    """Return minutes; a transfer window has four hours at most."""
    return number(value, field, high=high, unit="minutes")


def flag(value: Any, field: str) -> bool:
    """Return True or False; refuse anything else, such as the text "no"."""
    if isinstance(value, bool):
        return value
    refuse(f"{field} is {value!r}.", f"{field} is either True or False.")


def _mapping(value: Any, field: str) -> Mapping[Any, Any]:
    if isinstance(value, Mapping):
        return value
    refuse(f"{field} is {value!r}.", f"Give {field} as a table, such as {{'adult': …}}.")


def _listing(value: Any, field: str) -> tuple[Any, ...]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        refuse(f"{field} is {value!r}.", f"Give {field} as a list.")
    return tuple(value)


def base_table(value: Any) -> Mapping[str, Mapping[str, float]]:
    """Return base[user_class][mode]; one number stands for all classes and modes."""
    if not isinstance(value, Mapping):
        value = {ANY: {ANY: amount(value, "base")}}
    table = {}
    for user_class, modes in value.items():
        known(user_class, (*USER_CLASSES, ANY), "user class", "base")
        modes = {ANY: modes} if not isinstance(modes, Mapping) else modes
        table[user_class] = MappingProxyType(
            {
                known(mode, (*MODES, ANY), "mode", f"base[{user_class!r}]"): amount(
                    fare, f"base[{user_class!r}][{mode!r}]"
                )
                for mode, fare in modes.items()
            }
        )
    return MappingProxyType(table)


def class_amounts(value: Any, field: str, check: Any = amount) -> Mapping[str, float]:
    """Return {user_class: number}; one number stands for all classes."""
    if not isinstance(value, Mapping):
        value = {ANY: value}
    return MappingProxyType(
        {
            known(c, (*USER_CLASSES, ANY), "user class", field): check(v, f"{field}[{c!r}]")
            for c, v in value.items()
        }
    )


def mode_numbers(value: Any, field: str, check: Any = amount) -> Mapping[str, float]:
    """Return {mode: number}."""
    return MappingProxyType(
        {
            known(m, MODES, "mode", field): check(v, f"{field}[{m!r}]")
            for m, v in _mapping(value, field).items()
        }
    )


def mode_names(value: Any, field: str) -> tuple[str, ...]:
    """Return a tuple of modes; one name may stand alone, "*" means all."""
    if value is None:
        return ()
    names = (value,) if isinstance(value, str) else _listing(value, field)
    return tuple(known(m, (*MODES, ANY), "mode", field) for m in names)


def free_rides(value: Any) -> Mapping[str, tuple[str, ...]]:
    """Return {user_class: modes that cost this class nothing}."""
    return MappingProxyType(
        {
            known(c, (*USER_CLASSES, ANY), "user class", "free"): mode_names(m, f"free[{c!r}]")
            for c, m in _mapping(value, "free").items()
        }
    )


def tap_out_charges(value: Any) -> Mapping[str, Any]:
    """Return {mode: "base" or an amount} charged when the tap-out is missing."""
    charges = {}
    for mode, charge in _mapping(value, "no_tap_out").items():
        known(mode, MODES, "mode", "no_tap_out")
        charges[mode] = "base" if charge == "base" else amount(charge, f"no_tap_out[{mode!r}]")
    return MappingProxyType(charges)


def band_list(value: Any) -> tuple[tuple[float | None, float], ...] | None:
    """Return rising (upto_km, price) pairs; the last one has no end (None)."""
    if value is None:
        return None
    pairs: list[tuple[float | None, float]] = []
    for i, band in enumerate(_listing(value, "bands"), start=1):
        if isinstance(band, str) or not hasattr(band, "__len__") or len(band) != 2:
            refuse(f"Band {i} is {band!r}.", "Give each band as (upto_km, price).")
        upto, price = band
        if upto is not None and upto != math.inf:
            upto = number(upto, f"the end of band {i}", unit="km")
        else:
            upto = None
        pairs.append((upto, amount(price, f"the price of band {i}")))
    if not pairs:
        refuse("bands is empty.", "Give at least one band, or bands=None.")
    for i, ((end, price), (next_end, next_price)) in enumerate(pairwise(pairs), start=1):
        if end is None or (next_end is not None and next_end <= end):
            refuse(f"Band {i + 1} does not end after band {i}.", "List the bands by distance.")
        if next_price < price:
            refuse(
                f"Band {i + 1} costs {next_price:,} and band {i}, for shorter trips, {price:,}.",
                "Prices of bands rise with distance, or stay.",
            )
    if pairs[-1][0] is not None:
        refuse(
            f"No band holds beyond {pairs[-1][0]:g} km.",
            "Give the last band the end None: it holds for all longer trips.",
        )
    return tuple(pairs)


def early_bird_rule(value: Any) -> Mapping[str, Any] | None:
    """Return {before_min, discount_pct, modes} or None."""
    if value is None:
        return None
    value = dict(_mapping(value, "early_bird"))
    for key in value:
        known(key, ("before_min", "discount_pct", "modes"), "key", "early_bird")
    for key in ("before_min", "discount_pct"):
        if key not in value:
            refuse(f"early_bird has no {key}.", "Give before_min and discount_pct.")
    return MappingProxyType(
        {
            "before_min": minutes(value["before_min"], "early_bird before_min", high=1440),
            "discount_pct": percent(value["discount_pct"], "early_bird discount_pct"),
            "modes": mode_names(value.get("modes", ANY), "early_bird modes"),
        }
    )


def _optional(value: Any, name: str, *, low: float) -> float | None:
    return None if value is None else number(value, name, low=low, unit="km")


def checked_fields(p: FarePolicy, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of a policy checked and frozen; `names` are all of its fields."""
    if not isinstance(p.name, str) or not p.name.strip():
        refuse("The policy has no name.", "Give it a short name.")
    for name in ("currency", "source"):
        if not isinstance(getattr(p, name), str):
            refuse(f"{name} is {getattr(p, name)!r}.", f"Give {name} as text.")
    if p.window_from not in WINDOWS_FROM:
        refuse(f"window_from is {p.window_from!r}.", 'Use "alight", "board" or "first".')
    clean: dict[str, Any] = {
        "year": p.year if p.year is None else number(p.year, "year", low=1800, high=2200),
        "base": base_table(p.base),
        "step_price": class_amounts(p.step_price, "step_price"),
        "step_price_by_mode": mode_numbers(p.step_price_by_mode, "step_price_by_mode"),
        "free_km": number(p.free_km, "free_km", high=1000, unit="km"),
        "free_km_by_mode": mode_numbers(p.free_km_by_mode, "free_km_by_mode"),
        "step_km": number(p.step_km, "step_km", low=0.1, high=1000, unit="km"),
        "far_from_km": _optional(p.far_from_km, "far_from_km", low=0),
        "far_step_km": number(p.far_step_km, "far_step_km", low=0.1, unit="km"),
        "alone_free_km": _optional(p.alone_free_km, "alone_free_km", low=0),
        "alone_step_km": _optional(p.alone_step_km, "alone_step_km", low=0.1),
        "bands": band_list(p.bands),
        "distance_modes": mode_names(p.distance_modes, "distance_modes"),
        "no_transfer_modes": mode_names(p.no_transfer_modes, "no_transfer_modes"),
        "window_min": minutes(p.window_min, "window_min"),
        "night_window_min": p.night_window_min
        if p.night_window_min is None
        else minutes(p.night_window_min, "night_window_min"),
        "night_from_min": minutes(p.night_from_min, "night_from_min", high=1440),
        "night_to_min": minutes(p.night_to_min, "night_to_min", high=1440),
        "max_transfers": number(p.max_transfers, "max_transfers", high=20),
        "early_bird": early_bird_rule(p.early_bird),
        "discount_pct": class_amounts(p.discount_pct, "discount_pct", percent),
        "low_income_discount_pct": percent(p.low_income_discount_pct, "low_income_discount_pct"),
        "free": free_rides(p.free),
        "no_tap_out": tap_out_charges(p.no_tap_out),
        "unverified": (
            (p.unverified,)
            if isinstance(p.unverified, str)
            else _listing(p.unverified, "unverified")
        ),
    }
    for name in ("integrated", "same_route_transfer", "cap_at_separate", "teaching"):
        clean[name] = flag(getattr(p, name), name)
    if not isinstance(clean["max_transfers"], int):
        refuse(f"max_transfers is {p.max_transfers}.", "Give a whole number.")
    if clean["year"] is not None and not isinstance(clean["year"], int):
        refuse(f"year is {p.year}.", "Give a whole number.")
    for part in clean["unverified"]:
        known(str(part).split(".")[0], names, "field", "unverified")
    _check_together(clean)
    return clean


def _check_together(clean: dict[str, Any]) -> None:
    """Refuse fields that contradict each other."""
    classes = clean["base"]
    by_bands = clean["bands"] is not None
    if by_bands and clean["early_bird"] is not None:
        refuse(
            "An early-bird discount is on the base fare, and a tariff in bands has none.",
            "Leave early_bird out, or use base and steps.",
        )
    if by_bands and not clean["distance_modes"] and not clean["integrated"]:
        refuse("No mode pays by the bands.", 'Name them in distance_modes, or use ("*",).')
    needs_base = not (by_bands and ANY in clean["distance_modes"])
    if needs_base and not any(classes.get(c) for c in ("adult", ANY)):
        refuse("The policy has no base fare for adults.", 'Give base={"adult": {...}}.')
