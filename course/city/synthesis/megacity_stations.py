"""A demand model whose stations board what the card file counted.

The gravity model knows how many people live around a station, not that Gangnam boards ten
times as many as the next one. Where a pack gives boardings by station, the weights of the
possible trips are fitted to their shares, by turns with the shares of the kinds of trips
and of the distance bands, which stay as the model had them.

Sums are of whole numbers and every other step is exact arithmetic of IEEE 754, so the
weights are the same on every machine.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from course.city.synthesis.day import RETURN_PARTS
from course.city.synthesis.demand import DemandModel
from course.city.synthesis.targets import city_targets

_ROUNDS = 60
_TOTAL = 1 << 40
_MOST = 4.0  # no trip is made more than so many times likelier in one round


def boardings_by_stop(city: Any) -> dict[str, int]:
    """Return the boardings of a day by stop, as the pack gives them; empty if it does not.

    Read from the resource ``station_boardings`` (stop_id, boardings_per_day), whose rows
    for the lines of one station are added up.
    """
    given = getattr(city, "given", None)
    if given is None or not given("station_boardings"):
        return {}
    table = city.table("station_boardings")
    out: dict[str, int] = {}
    for stop, boardings in zip(table["stop_id"], table["boardings_per_day"], strict=True):
        out[str(stop)] = out.get(str(stop), 0) + int(float(boardings))
    return out


def fitted_to_stations(city: Any, model: DemandModel) -> DemandModel:
    """Return a demand model fitted to the pack's boardings by station.

    Parameters
    ----------
    city : course.City
        The city of the model.
    model : DemandModel
        As from ``demand_model``.

    Returns
    -------
    DemandModel
        The same model where the pack gives no boardings.
    """
    counted = boardings_by_stop(city)
    target = np.array([counted.get(p, 0) for p in model.point_ids], dtype=np.float64)
    size = len(model.cumulated)
    weight = np.diff(model.cumulated, prepend=0).astype(np.float64)
    trip, point, part = _boardings(model)
    inside = (target[point] > 0) & (weight[trip] > 0)
    if not inside.any():
        return model
    trip, point, part = trip[inside], point[inside], part[inside]
    events = np.bincount(trip, weights=part, minlength=size)
    cell = _cells(city, model)
    wanted_cell = np.bincount(cell, weights=weight)
    for _ in range(_ROUNDS):
        got = np.bincount(point, weights=part * np.floor(weight[trip]), minlength=len(target))
        reached = got > 0
        wanted = np.where(reached, target, 0.0)
        ratio = np.ones(len(target))
        np.divide(wanted * (_whole_sum(got) / _whole_sum(wanted)), got, out=ratio, where=reached)
        mean = np.bincount(trip, weights=part * ratio[point], minlength=size)
        pull = np.ones(size)
        np.divide(mean, events, out=pull, where=events > 0)
        weight = weight * np.clip(pull, 1 / _MOST, _MOST)
        total = np.bincount(cell, weights=np.floor(weight), minlength=len(wanted_cell))
        scale = np.ones(len(wanted_cell))
        np.divide(wanted_cell, total, out=scale, where=total > 0)
        weight = weight * scale[cell]
    whole = np.floor(weight * (_TOTAL / _whole_sum(np.floor(weight)))).astype(np.int64)
    returns = model.back[:size] >= 0
    rides = whole * model.count[:size] * np.where(returns, 100 + RETURN_PARTS, 100)
    facts = model.facts.copy()
    facts[3] = max(int(rides.sum()) * 10 // max(int(whole.sum()), 1), 1_000)
    return replace(model, cumulated=np.cumsum(whole), facts=facts)


def _whole_sum(values: np.ndarray) -> float:
    """Return the sum of some values rounded down: exact in any order of adding."""
    return float(int(np.floor(values).astype(np.int64).sum()))


def _boardings(model: DemandModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return trip, point and weight of every boarding behind gates, ways back included.

    Weights are in hundredths: a way out is always made, a way back by 64 of a hundred.
    """
    size = len(model.cumulated)
    parts = []
    for of, ridden, times in (
        (np.arange(size), np.arange(size), 100),
        (np.flatnonzero(model.back[:size] >= 0), None, RETURN_PARTS),
    ):
        ridden = model.back[of] if ridden is None else ridden
        count = model.count[ridden]
        first = np.cumsum(count) - count
        at = np.repeat(model.start[ridden] - first, count) + np.arange(int(count.sum()))
        leg, trip = model.leg[at], np.repeat(of, count)
        behind = model.gated[leg]
        parts.append((trip[behind], model.board[leg[behind]], np.full(behind.sum(), float(times))))
    trip, point, part = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return trip, point, part


def _cells(city: Any, model: DemandModel) -> np.ndarray:
    """Return a number per ordinary trip for its kind (rides, modes) and length."""
    size = len(model.cumulated)
    starts, count = model.start[:size], model.count[:size]
    along = np.concatenate([[0], np.cumsum(model.distance_m[model.leg])])
    metres = along[starts + count] - along[starts]
    near, far = city_targets(city).bands_m
    fine = np.arange(0, 3 * far, max(near // 10, 1))  # keeps the mean distance, too
    band = np.searchsorted(np.union1d(fine, [near, far]), metres, side="left")
    words = {mode: k for k, mode in enumerate(dict.fromkeys(model.route_modes))}
    mode = np.array([words[m] for m in model.route_modes], dtype=np.int64)
    ridden = np.int64(1) << mode[model.route[model.leg]]
    modes = np.bitwise_or.reduceat(ridden, model.start)[:size]
    _, cell = np.unique(np.column_stack([modes, count, band]), axis=0, return_inverse=True)
    return cell.reshape(-1)
