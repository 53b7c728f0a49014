"""One trip told in words: ("trunk", 6) then ("subway", 8, "gap 12")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.transport.fare_checks import MODES, USER_CLASSES, known
from course.transport.fare_policy import FarePolicy
from course.transport.linking import distance_band
from course.transport.pricing import trip_prices
from course.transport.trips import GATED_MODES, Trips

_GAP_MIN = 5  # minutes between two rides where none are given
_MIN_PER_KM = 3  # minutes on board: 20 km/h
_HOW = 'Write a ride as ("subway", 8) or ("subway", 8, "gap 12").'


def start_minute(start: Any) -> float:
    """Return a time of day as minutes: "06:25", "25:30" or a number of minutes."""
    if isinstance(start, str):
        hour, colon, minute = start.partition(":")
        if colon and hour.isdigit() and minute.isdigit() and int(minute) < 60 and int(hour) < 48:
            return int(hour) * 60 + int(minute)
    elif isinstance(start, int | float) and not isinstance(start, bool) and 0 <= start < 2880:
        return start
    raise UsageError(f"start is {start!r}.", 'Give a time such as "08:00" or "25:30".')


def _ride(leg: Any, place: int) -> dict[str, Any]:
    """Read one ride."""
    ride: dict[str, Any] = {"gap_min": None, "route": None, "ride_min": None, "tap_out": True}
    if isinstance(leg, Mapping):
        for key in leg:
            known(key, ("mode", "km", *ride), "key", f"Ride {place}")
        ride |= leg
    elif isinstance(leg, tuple | list) and len(leg) >= 2:
        ride["mode"], ride["km"] = leg[0], leg[1]
        for note in leg[2:]:
            _read_note(str(note), ride, place)
    else:
        raise UsageError(f"Ride {place} is {leg!r}.", _HOW)
    known(ride.get("mode"), MODES, "mode", f"Ride {place}")
    for key, words in (("gap_min", "a gap"), ("ride_min", "a time on board")):
        value = ride[key]
        if value is not None and not (isinstance(value, int | float) and 0 <= value <= 2880):
            raise UsageError(f"Ride {place} has {words} of {value!r} minutes.", "Give 0 or more.")
    km = ride.get("km")
    if isinstance(km, bool) or not isinstance(km, int | float) or not 0 <= km <= 1000:
        raise UsageError(f"Ride {place} is {km!r} km long.", "Give kilometres from 0 to 1000.")
    return ride


def _read_note(note: str, ride: dict[str, Any], place: int) -> None:
    for part in note.split(","):
        word, _, value = part.strip().partition(" ")
        try:
            if part.strip() == "no tap-out":
                ride["tap_out"] = False
            elif word == "gap":
                ride["gap_min"] = float(value)
            elif word == "ride":
                ride["ride_min"] = float(value)
            elif word == "route" and value:
                ride["route"] = value
            else:
                raise ValueError
        except ValueError:
            raise UsageError(
                f"Ride {place} says {part.strip()!r}.",
                'Write "gap 12", "ride 20" (minutes), "route 143" or "no tap-out".',
            ) from None


def trips_of(
    legs: Iterable[Any],
    *,
    user_class: str = "adult",
    start: Any = "08:00",
    income_group: int | None = None,
    gated_modes: tuple[str, ...] = GATED_MODES,
) -> Trips:
    """Build the trip of one card from its rides.

    Parameters
    ----------
    legs : sequence
        One entry per ride: (mode, km) or (mode, km, notes). Notes, in one text or several:
        "gap 12" minutes between the tap-out of the ride before and this tap-in (5 if not
        given), "ride 20" minutes on board (3 per km), "route 143" (else all differ),
        "no tap-out". A dict with mode, km, gap_min, ride_min, route, tap_out serves too.
    user_class, start, income_group
        Who rides, when the first ride begins ("25:30" is half past one at night), and the
        income group 1 to 5.

    Returns
    -------
    Trips
        One trip, however long the gaps: a policy splits it by its own rule.

    Examples
    --------
    >>> trips_of([("trunk", 6), ("subway", 8, "gap 12")])
    Trips: 2 rides in 1 trips
    """
    rides = [_ride(leg, i) for i, leg in enumerate(legs, start=1)]
    if not rides:
        raise UsageError("There is no ride to price.", _HOW)
    if len(rides) > 1 and rides[0]["gap_min"] is not None:
        raise UsageError(
            "The first ride has a gap before it.",
            'A gap stands with the second ride: [("trunk", 6), ("subway", 8, "gap 12")].',
        )
    known(user_class, USER_CLASSES, "user class", "The trip")
    if income_group is not None and income_group not in (1, 2, 3, 4, 5):
        raise UsageError(f"The income group is {income_group!r}.", "Give 1 to 5, or None.")
    clock = start_minute(start) * 60
    rows = []
    for i, ride in enumerate(rides):
        gap = _GAP_MIN if ride["gap_min"] is None else ride["gap_min"]
        clock += round(gap * 60) if i else 0
        on_board = ride["km"] * _MIN_PER_KM if ride["ride_min"] is None else ride["ride_min"]
        board, clock = clock, clock + round(on_board * 60)
        rows.append((board, clock if ride["tap_out"] else None, ride))
    if clock > 172_800:
        raise UsageError("The trip ends more than 48 hours after midnight.", "Shorten it.")
    table = pd.DataFrame(
        {
            "card_id": "card",
            "board_time": pd.array([int(b) for b, _, _ in rows], dtype="Int32"),
            "alight_time": pd.array(
                [None if a is None else int(a) for _, a, _ in rows], dtype="Int32"
            ),
            "mode": [r["mode"] for _, _, r in rows],
            "route_id": [r["route"] or f"route {i}" for i, (_, _, r) in enumerate(rows)],
            "board_stop_id": pd.array([None] * len(rows), dtype="str"),
            "alight_stop_id": pd.array([None] * len(rows), dtype="str"),
            "distance_m": pd.array(
                [None if a is None else round(r["km"] * 1000) for _, a, r in rows], dtype="Int32"
            ),
            "user_class": user_class,
            "income_group": pd.array([income_group] * len(rows), dtype="Int8"),
            "date": "",
            "trip_id": 0,
            "leg_no": range(1, len(rows) + 1),
        }
    )
    metres = int(table["distance_m"].fillna(0).sum())
    unknown = bool(table["distance_m"].isna().any())
    one = pd.DataFrame(
        {
            "trip_id": [0],
            "card_id": ["card"],
            "date": [""],
            "board_time": [int(rows[0][0])],
            "n_legs": [len(rows)],
            "modes": ["+".join(r["mode"] for _, _, r in rows)],
            "distance_m": pd.array([None if unknown else metres], dtype="Int32"),
            "user_class": [user_class],
            "income_group": pd.array([income_group], dtype="Int8"),
            "from_stop_id": pd.array([None], dtype="str"),
            "to_stop_id": pd.array([None], dtype="str"),
            "distance_band": distance_band(np.array([metres]), np.array([unknown])),
        }
    )
    return Trips(table, one, gated_modes)


def price(
    legs: Iterable[Any],
    policy: FarePolicy,
    *,
    user_class: str = "adult",
    start: Any = "08:00",
    income_group: int | None = None,
) -> int | float:
    """Price one trip.

    Parameters
    ----------
    legs, user_class, start, income_group
        As in `trips_of`: rides as (mode, km) or (mode, km, "gap 12").
    policy : FarePolicy
        The tariff.

    Returns
    -------
    int or float
        Currency units, whole amounts as int. If the policy does not link the rides, the
        sum of what they cost.

    Examples
    --------
    >>> from course.transport.tariffs import SEOUL
    >>> price([("trunk", 18)], SEOUL), price([("trunk", 6), ("subway", 8, "gap 12")], SEOUL)
    (1500, 1650)
    """
    if not isinstance(policy, FarePolicy):
        raise UsageError(
            f"price was given a {type(policy).__name__} in place of a fare policy.",
            "Use price([...], fares.SEOUL).",
        )
    trips = trips_of(legs, user_class=user_class, start=start, income_group=income_group)
    cents = int(trip_prices(trips, policy)[0])
    return cents // 100 if cents % 100 == 0 else cents / 100
