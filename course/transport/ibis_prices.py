"""Today's price of each journey as an Ibis expression; see `fare_ibis`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.transport.fare_checks import MODES
from course.transport.fare_grid import Grid
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import FULL, fare_tables, transfer_rule
from course.transport.ibis_links import JOURNEY, LATE, either, quotient, started

if TYPE_CHECKING:
    import ibis.expr.types as ir

_EARLY_ROOM = 1 << 40


def _tariff(today: FarePolicy) -> pd.DataFrame:
    """Return today's tariff as one row per user class and mode."""
    f = fare_tables(today)
    size = len(MODES)
    cell = np.arange(f.base.size)
    return pd.DataFrame(
        {
            "who_class": cell // size,
            "mode": cell % size,
            "base": f.base.ravel(),
            "step": f.step.ravel(),
            "early_off": f.early_off.ravel(),
            "charge": f.charge.ravel(),
            "free": f.free.ravel().astype(np.int64),
            "free_m": f.free_m[cell % size],
            "pays": f.by_distance[cell % size].astype(np.int64),
            "alone": np.isin(cell % size, transfer_rule(today).alone).astype(np.int64),
        }
    )


def _single(t: ir.Table, today: FarePolicy, gated: list[int]) -> Any:
    """Return what each ride alone costs for its distance."""
    import ibis

    f = fare_tables(today)
    if f.band_prices is not None:
        return ((t.pays == 1) & (t.free == 0)).ifelse(_band(t.metres, today), 0)
    steps = started(t.metres - t.free_m, f.step_m)
    inside = t.free_m if f.alone_free_m < 0 else ibis.literal(f.alone_free_m)
    if f.far_m >= 0:
        far = ibis.greatest(inside, f.far_m)
        behind = started(ibis.least(t.metres, far) - inside, f.alone_step_m)
        behind += started(t.metres - far, f.far_step_m)
    else:
        behind = started(t.metres - inside, f.alone_step_m)
    return (t.pays == 1).ifelse(t.mode.isin(gated).ifelse(behind, steps) * t.step, 0)


def _band(metres: Any, today: FarePolicy) -> Any:
    import ibis

    f = fare_tables(today)
    pairs = [(metres <= int(e), int(p)) for e, p in zip(f.band_ends_m, f.band_prices, strict=False)]
    last = int(f.band_prices[-1])
    return ibis.cases(*pairs, else_=last).cast("int64") if pairs else ibis.literal(last)


def priced(legs: ir.Table, today: FarePolicy, grid: Grid) -> ir.Table:
    """Return today's price of each journey: card_id, date, journey, old."""
    import ibis

    f, rule = fare_tables(today), transfer_rule(today)
    t = legs.join(ibis.memtable(_tariff(today)), ["who_class", "mode"])
    within = ibis.window(group_by=JOURNEY, order_by=t.seq)
    starts = either(
        t.ride == 0, t.joins_1 == 0, t.alone == 1, t.alone.lag().over(within).fill_null(0) == 1
    )
    t = t.mutate(starts=starts.cast("int64"))
    sofar = ibis.window(group_by=JOURNEY, order_by=t.seq, preceding=None, following=0)
    t = t.mutate(run=t.starts.sum().over(sofar))
    t = t.mutate(at=ibis.row_number().over(group_by=[*JOURNEY, "run"], order_by=t.seq))
    most = rule.max_rides or LATE
    gated = [MODES.index(m) for m in grid.gated_modes]
    early = ((t.board < f.early_s).ifelse(t.early_off, 0)) if f.early_s else ibis.literal(0)
    t = t.mutate(fare=quotient(t["at"], most), early=early.cast("int64"))
    t = t.mutate(separate=t.base + _single(t, today, gated) - t.early)
    paid = t.free == 0
    units = t.group_by([*JOURNEY, "run", "fare", "who_class", "low"]).aggregate(
        rides=t.count(),
        top=t.base.max(),
        step=t.step.max(),
        total=paid.ifelse(t.metres, 0).sum(),
        inside=paid.ifelse(t.free_m, 0).max(),
        any_paid=paid.cast("int64").max(),
        first_paid=paid.ifelse(t.ride * _EARLY_ROOM + t.early, _EARLY_ROOM * 1000).min(),
        separate=t.separate.sum(),
        charge=(t.open_end == 1).ifelse(t.charge, 0).sum(),
    )
    u = units
    off = (u.any_paid == 1).ifelse(u.first_paid % _EARLY_ROOM, 0)
    if f.band_prices is not None:
        together = (u.any_paid == 1).ifelse(ibis.greatest(u.top, _band(u.total, today)), u.top)
    else:
        together = u.top + started(u.total - u.inside, f.step_m) * u.step - off
    if today.cap_at_separate:
        together = ibis.least(together, u.separate)
    due = (u.rides > 1).ifelse(together, u.separate)
    u = u.mutate(due=due.cast("int64"))
    kept = f.keep.ravel()
    pairs = [
        ((u.who_class * 2 + u.low) == k, int(v)) for k, v in enumerate(kept) if v != FULL * FULL
    ]
    if pairs:
        # whole and rest apart: no product leaves 64 bits
        keep = ibis.cases(*pairs, else_=FULL * FULL).cast("int64")
        whole, rest = quotient(u.due, FULL * FULL), u.due % (FULL * FULL)
        u = u.mutate(due=whole * keep + quotient(rest * keep + FULL * FULL // 2, FULL * FULL))
    return u.group_by(JOURNEY).aggregate(old=(u.due + u.charge).sum())
