"""Who rides on which date: cards, the trip each makes, and when it starts.

A card is a person with a usual trip, a user class and an income group near that of the
home zone. Slots carry cards from date to date, so that many ride again.
"""

from __future__ import annotations

import numpy as np

from course.city.synthesis import day
from course.city.synthesis.demand import DemandModel
from course.city.synthesis.stream import Stream
from course.city.synthesis.targets import USER_CLASSES

_SAME_CARD_PARTS = 55  # of a hundred cards ride again on the next date
_ONE_WAY_PARTS = 60  # of a hundred trips without a way back start at any hour


class Table:
    """Columns of equal length under one name each; a frame without its cost."""

    def __init__(self, **columns: np.ndarray) -> None:
        self.__dict__.update(columns)

    def at(self, where: np.ndarray) -> Table:
        """Return the rows at some positions or where a mask is true."""
        return Table(**{name: column[where] for name, column in self.__dict__.items()})

    @classmethod
    def joined(cls, first: Table, second: Table) -> Table:
        """Put the second table's rows under the first's."""
        return cls(**{
            name: np.concatenate([column, second.__dict__[name]])
            for name, column in first.__dict__.items()
        })  # fmt: skip


def card_days(
    model: DemandModel, stream: Stream, wanted: np.ndarray, weekend: np.ndarray, slots: int
) -> Table:
    """Return the trips out: planted ones first, then enough ordinary card-days per date.

    Rows are a grid of dates x slots. A slot keeps its card on the next date or gets a new
    one; a card keeps its trip, class and income group.
    """
    size = len(wanted)
    planted = _planted(model, stream, wanted)
    grid = size * slots
    trip = np.searchsorted(
        model.cumulated, stream.integers(0, int(model.cumulated[-1]), grid), side="right"
    )
    who = _persons(stream, grid)
    fresh = stream.integers(0, 100, grid) >= _SAME_CARD_PARTS
    keeper = np.where(fresh.reshape(size, slots), np.arange(size)[:, None], 0)
    keeper = np.maximum.accumulate(keeper, axis=0).reshape(-1) * slots + np.tile(
        np.arange(slots), size
    )
    trip = trip[keeper]
    on = np.repeat(np.arange(size), slots)
    start = np.where(
        np.repeat(weekend, slots),
        day.times(stream, "all_day", grid),
        day.times(stream, "out", grid),
    )
    returns = (model.back[trip] >= 0) & (stream.integers(0, 100, grid) < day.RETURN_PARTS)
    one_way = ~returns & (stream.integers(0, 100, grid) < _ONE_WAY_PARTS)
    start = np.where(one_way, day.times(stream, "all_day", grid), start)
    owl = model.night[trip]
    start = np.where(owl, day.times(stream, "night", grid), start)
    zero = np.zeros(grid, dtype=np.int64)
    ordinary = Table(
        trip=trip, day=on, start=start, first_off=zero.astype(bool), low=zero, high=zero,
        card=keeper, returns=returns, slot=np.tile(np.arange(slots), size),
        user=who[0][keeper], group=_groups(model, trip, who[1][keeper]),
    )  # fmt: skip
    count = len(planted.trip)
    who = _persons(stream, count)
    strangers = Table(
        trip=planted.trip, day=planted.day, start=planted.anchor_s,
        first_off=planted.at_first_off, low=planted.low_s, high=planted.high_s,
        card=grid + np.arange(count), returns=np.zeros(count, dtype=bool),
        slot=np.arange(-count, 0), user=who[0], group=_groups(model, planted.trip, who[1]),
    )  # fmt: skip
    return Table.joined(strangers, ordinary)


def _planted(model: DemandModel, stream: Stream, wanted: np.ndarray) -> day.Planted:
    """Plant few trips on small tables: never more than about a tenth of a date's rides."""
    per_day = [min(day.PER_DATE, int(n) // 250) for n in wanted]
    ordinary = len(model.cumulated)
    usual = np.flatnonzero((model.count[:ordinary] == 2) & ~model.night[:ordinary])
    if len(usual) > 4_096:
        usual = usual[:: len(usual) // 4_096]
    pools = {"same_route": model.same_route, "six_rides": model.chains}
    pools = {name: pool[~model.night[pool]] for name, pool in pools.items()}
    return day.plant(stream, per_day, pools, usual)


def _persons(stream: Stream, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw user classes and how far the income group is from the home zone's."""
    user = stream.pick(np.array(list(USER_CLASSES.values())), size)
    lot = stream.integers(0, 10, size)
    return user, np.where(lot == 0, -1, np.where(lot == 1, 1, 0))


def _groups(model: DemandModel, trip: np.ndarray, off: np.ndarray) -> np.ndarray:
    home = model.board[model.leg[model.start[trip]]]
    return np.clip(model.point_group[home] + off, 1, 5)
