"""Synthetic rides: who boards what, where and when, drawn from a city's demand model.

One card is one person: a trip out, often the way back later the same day, often again on
the next date. About one ride in a hundred has no tap-out, mostly the last bus of a trip.
Every number comes from ``Stream`` and whole-number arithmetic, so a host rebuilds a
trainee's table to the byte.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.synthesis import VERSION, day
from course.city.synthesis.apportion import apportion
from course.city.synthesis.cards import Table, card_days
from course.city.synthesis.demand import DemandModel
from course.city.synthesis.model import demand_model
from course.city.synthesis.stream import Stream
from course.city.synthesis.targets import USER_CLASSES
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

METHOD = (
    "made by a rule, not measured (gravity model on the city's stops; trip lengths as "
    "Seoul's in 2021, scaled by area)"
)
COLUMNS = (
    "card_id", "board_time", "alight_time", "mode", "route_id", "board_stop_id",
    "alight_stop_id", "distance_m", "user_class", "income_group", "date",
)  # fmt: skip
MOST_BOARDINGS = 5_000_000
_WEEKEND_PARTS, _WEEKDAY_PARTS = 75, 100  # boardings of a day, Seoul-like, an assumption
_NO_TAP_OUT = 100  # one ride in so many


def synthesise_rides(
    city: Any, *, boardings: int, dates: Sequence[str], seed: tuple[object, ...] = ()
) -> pd.DataFrame:
    """Make a table of rides for a city.

    Parameters
    ----------
    city : course.City
        Needs ``id, fingerprint, properties, stops, routes, patterns, zones``.
    boardings : int
        Rows wanted, 0 to 5,000,000; exactly so many are made.
    dates : sequence of str
        Service days, "YYYY-MM-DD"; a weekend day gets three quarters of a working day.
    seed : tuple, optional
        What else the draws depend on, such as the trainee; same parts, same bytes.

    Returns
    -------
    pandas.DataFrame
        One row per boarding, by date and time: ``card_id`` (str), ``board_time`` (int32,
        s since start of service day), ``alight_time`` (Int32, s; NA = no tap-out),
        ``mode``, ``route_id``, ``board_stop_id`` (str), ``alight_stop_id`` (str, NA = no
        tap-out), ``distance_m`` (Int32, metres, NA = no tap-out), ``user_class`` (str),
        ``income_group`` (Int8, 1 lowest to 5), ``date`` (str). Behind gates one ride has
        the line it begins with as its route. Empty for 0 boardings. ``attrs["method"]``
        says how.

    Raises
    ------
    UsageError
        If ``boardings`` or a date cannot be used.
    CourseError
        If the network has no two stops apart that one route serves.

    Notes
    -----
    Source of the calibration: facts named in ``targets.py``; see ``calibration``. Times do
    not follow the timetable.
    """
    return draw_rides(demand_model(city), boardings=boardings, dates=dates, seed=seed)


def draw_rides(
    model: DemandModel, *, boardings: int, dates: Sequence[str], seed: tuple[object, ...] = ()
) -> pd.DataFrame:
    """Draw rides from a demand model; see ``synthesise_rides``."""
    days = _checked(boardings, dates)
    stream = Stream(model.city_id, "rides", VERSION, *seed)
    weekend = np.array([d.weekday() in model.weekend.tolist() for d in days], dtype=bool)
    wanted = apportion(boardings, np.where(weekend, _WEEKEND_PARTS, _WEEKDAY_PARTS))
    most = int(wanted.max())
    # Usually enough card-days, in thousandths of rides; else one per ride, always enough.
    for slots in (min(most * 1_100 // int(model.facts[3]) + 50, most), most):
        trips = card_days(model, stream, wanted, weekend, slots)
        legs = _legs(model, stream, trips, wanted)
        if len(legs.leg) == boardings:
            break
    return _frame(model, stream, legs, [d.isoformat() for d in days])


def _checked(boardings: int, dates: Sequence[str]) -> list[datetime.date]:
    if isinstance(boardings, bool) or int(boardings) != boardings or not (
        0 <= boardings <= MOST_BOARDINGS
    ):  # fmt: skip
        raise UsageError(
            f"boardings is {boardings!r}, not a whole number from 0 to {MOST_BOARDINGS:,}.",
            "Ask for fewer boardings, for example boardings=8000.",
        )
    if isinstance(dates, str) or not len(dates) or len(set(dates)) != len(dates):
        raise UsageError(
            f"dates is {dates!r}, not a list of different days.",
            'Write dates=["2025-05-14", "2025-05-15"].',
        )
    try:
        return [datetime.date.fromisoformat(str(d)) for d in dates]
    except ValueError:
        raise UsageError(
            f"dates holds {list(dates)!r}, which is not all YYYY-MM-DD.",
            'Write dates=["2025-05-14"].',
        ) from None


def _legs(model: DemandModel, stream: Stream, trips: Table, wanted: np.ndarray) -> Table:
    """Ride the trips out and the ways back; cut each date to the wanted number of rides."""
    out, end = _ridden(model, stream, trips)
    home = trips.at(trips.returns)
    pause = stream.integers(40 * 60, 120 * 60, len(home.trip))
    usual = day.times(stream, "home", len(home.trip))
    start = np.maximum(usual, end[trips.returns] + pause)
    home.__dict__.update(trip=model.back[home.trip], start=start)
    back, _ = _ridden(model, stream, home.at(day.not_too_late(start)))
    legs = Table.joined(out, back)
    slots = 2 * int(wanted.sum()) + 1_000  # more than there are, planted ones on both sides
    order = np.argsort(((legs.day * slots + legs.slot) << 20) + legs.board_s, kind="stable")
    on = legs.day[order]
    rank = np.arange(len(order)) - np.searchsorted(on, np.arange(len(wanted)), side="left")[on]
    legs = legs.at(order[rank < wanted[on]])
    if len(legs.leg):  # a trip that was cut ends where it was cut
        legs.last[np.searchsorted(legs.day, np.arange(len(wanted)), side="right") - 1] = True
    return legs


def _ridden(model: DemandModel, stream: Stream, trips: Table) -> tuple[Table, np.ndarray]:
    """Return the rides of some trips with their times, and when each trip ends."""
    count = model.count[trips.trip]
    total = int(count.sum())
    first = np.cumsum(count) - count
    of = np.repeat(np.arange(len(count)), count)
    number = np.arange(total) - first[of]
    leg = model.leg[model.start[trips.trip][of] + number]
    route = model.route[leg]
    speed = np.array(
        [day.SPEED_KMH.get(m, day.SPEED_OTHER_KMH) for m in model.route_modes], dtype=np.int64
    )
    seconds = day.ride_seconds(model.distance_m[leg], speed[route], model.gated[leg], stream)
    gap = day.gap_seconds(stream, total)
    low, high = trips.low[of], trips.high[of]
    told = low + stream.integers(0, 1 << 30, total) % np.maximum(high - low, 1)
    gap = np.where(high > 0, told, gap)
    both = np.cumsum(seconds + gap) - seconds - gap  # before each ride, over all trips
    since = both - both[first[of]] if total else both
    start = trips.start - np.where(trips.first_off, seconds[first] if total else 0, 0)
    board = start[of] + since
    final = first + count - 1
    end = board[final] + seconds[final] if total else start
    return Table(
        day=trips.day[of], card=trips.card[of], slot=trips.slot[of],
        leg=leg, board_s=board, alight_s=board + seconds, user=trips.user[of],
        group=trips.group[of], last=number == count[of] - 1,
    ), end  # fmt: skip


def _frame(model: DemandModel, stream: Stream, legs: Table, dates: list[str]) -> pd.DataFrame:
    """Turn numbers into the columns of the contract, by date and time."""
    import pandas as pd

    order = np.argsort((legs.day << 20) + legs.board_s, kind="stable")
    legs = legs.at(order)
    size = len(order)
    gated = model.gated[legs.leg]
    open_end = _no_tap_out(stream, legs.last & ~gated, size)
    card = pd.factorize(legs.card)[0]

    def text(values: Any, at: np.ndarray) -> Any:
        return pd.array(values, dtype="str").take(at, allow_fill=True)

    def whole(values: np.ndarray, dtype: str, absent: np.ndarray) -> Any:
        kind = {"Int32": np.int32, "Int8": np.int8}[dtype]
        return pd.arrays.IntegerArray(values.astype(kind), absent)

    names = [f"C{n:06d}" for n in range(1, int(card.max()) + 2 if size else 1)]
    alight = np.where(open_end, -1, model.alight[legs.leg])
    route = model.route[legs.leg]
    points, routes, modes = model.texts
    frame = pd.DataFrame({
        "card_id": text(names, card),
        "board_time": legs.board_s.astype(np.int32),
        "alight_time": whole(np.where(open_end, 0, legs.alight_s), "Int32", open_end),
        "mode": text(modes, route),
        "route_id": text(routes, route),
        "board_stop_id": text(points, model.board[legs.leg]),
        "alight_stop_id": text(points, alight),
        "distance_m": whole(
            np.where(open_end, 0, model.distance_m[legs.leg]), "Int32", open_end.copy()
        ),
        "user_class": text(list(USER_CLASSES), legs.user),
        "income_group": whole(legs.group, "Int8", np.zeros(size, dtype=bool)),
        "date": text(dates, legs.day),
    }, columns=list(COLUMNS), copy=False)  # fmt: skip
    frame.attrs["method"] = METHOD + model.method
    return frame


def _no_tap_out(stream: Stream, last_bus: np.ndarray, size: int) -> np.ndarray:
    """Choose the rides without a tap-out: nine in ten end a trip on a vehicle without gates."""
    lot = stream.integers(0, 1_000_000, size)
    buses = max(int(last_bus.sum()), 1)
    often = min(1_000_000 * size * 9 // (10 * _NO_TAP_OUT * buses), 100_000)
    return lot < np.where(last_bus, often, 1_000_000 // (10 * _NO_TAP_OUT))
