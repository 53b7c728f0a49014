"""Rides linked into journeys as an Ibis expression; see `fare_ibis`."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_grid import Grid, policy_rule, rule_row
from course.transport.fare_policy import FarePolicy

if TYPE_CHECKING:
    import ibis.expr.types as ir

LATE = 1 << 30  # after every time and beyond every distance
JOURNEY = ["card_id", "date", "journey"]


def quotient(x: Any, divisor: int) -> Any:
    """Return x // divisor for whole x >= 0, exact on every engine."""
    return ((x - x % divisor) / divisor).round().cast("int64")


def started(length: Any, step: int) -> Any:
    """Return the started steps of a length."""
    return (length > 0).ifelse(quotient(length + (step - 1), step), 0)


def either(*terms: Any) -> Any:
    """Return whether one of some conditions holds."""
    return reduce(lambda a, b: a | b, terms)


def added(terms: list[Any]) -> Any:
    """Return the sum of some columns."""
    return reduce(add, terms)


def numbered(rides: ir.Table) -> ir.Table:
    """Return the rides with modes and classes as numbers and absent values filled."""
    t = rides
    have = set(t.columns)

    def text(name: str, absent: str) -> Any:
        import ibis

        if name not in have:
            return ibis.literal(absent)
        return t[name].cast("string").fill_null(absent)

    def place(column: Any, words: tuple[str, ...]) -> Any:
        import ibis

        pairs = [(column == w, k) for k, w in enumerate(words)]
        return ibis.cases(*pairs, else_=-1).cast("int64")

    import ibis

    income = t["income_group"].cast("int64").fill_null(0) if "income_group" in have else 0
    if not isinstance(income, int):
        income = income.between(1, 5).ifelse(income, 0)
    else:
        income = ibis.literal(income).cast("int64")
    return t.select(
        card_id=t["card_id"].cast("string"),
        date=text("date", "\x00"),
        board=t["board_time"].cast("int64"),
        alight=t["alight_time"].cast("int64").fill_null(-1),
        metres=t["distance_m"].cast("int64").fill_null(0),
        no_distance=t["distance_m"].isnull().cast("int64"),
        open_end=t["alight_time"].isnull().cast("int64"),
        mode=place(t["mode"], MODES),
        mode_name=t["mode"],
        route=text("route_id", "\x00"),
        stop=text("board_stop_id", "\x00"),
        user=place(text("user_class", "adult"), USER_CLASSES),
        user_name=text("user_class", "adult"),
        income=income,
    )


def linked(t: ir.Table, today: FarePolicy, grid: Grid) -> ir.Table:
    """Return the rides with their journey, place in it, and who travels."""
    import ibis

    alight = (t.open_end == 1).ifelse(LATE, t.alight)
    metres = (t.no_distance == 1).ifelse(LATE, t.metres)
    order = [t.board, alight, metres, t.route, t.mode_name, t.stop, t.user_name, t.income]
    card = ibis.window(group_by=["card_id", "date"], order_by=order)
    t = t.mutate(
        seq=ibis.row_number().over(card),
        **{f"last_{n}": t[n].lag().over(card)
           for n in ("board", "alight", "route", "mode", "open_end")},
    )  # fmt: skip
    rules = [
        rule_row(grid.journey.rule, tap_out_needed=False),
        rule_row(policy_rule(today), tap_out_needed=True),
        *(rule_row(w.rule, tap_out_needed=True) for w in grid.windows),
    ]
    gated = [MODES.index(m) for m in grid.gated_modes]
    t = t.mutate(
        **{f"joins_{k}": _joins(t, rule, gated).cast("int64") for k, rule in enumerate(rules)}
    )
    cards = ibis.window(group_by=["card_id", "date"], order_by=t.seq, preceding=None, following=0)
    t = t.mutate(journey=(1 - t.joins_0).sum().over(cards))
    whole = ibis.window(group_by=JOURNEY, order_by=t.seq)
    t = t.mutate(ride=ibis.row_number().over(whole))
    all_of_it = ibis.window(group_by=JOURNEY)

    def of_first(column: Any) -> Any:
        return (t.ride == 0).ifelse(column, -1).max().over(all_of_it)

    return t.mutate(
        n=t.seq.count().over(all_of_it),
        who_class=of_first(t.user),
        who_income=of_first(t.income),
        low=(of_first(t.income) == 1).cast("int64"),
    )


def _joins(t: ir.Table, rule: list[int], gated: list[int]) -> Any:
    day, night, night_from, night_to, same_allowed, from_board, need_tap_out = rule
    tap = t.last_board if from_board else t.last_alight
    gap = t.board - tap
    window: Any = day
    if night != day:
        clock = tap % 86_400
        late, soon = clock >= night_from, clock < night_to
        window = ((late | soon) if night_from > night_to else (late & soon)).ifelse(night, day)
    ok = (t.seq > 0) & (gap >= 0) & (gap <= window)
    if not from_board:
        ok &= t.last_open_end == 0
        if need_tap_out:
            ok &= t.open_end == 0
    if not same_allowed:
        behind = t.mode.isin(gated)
        same = behind.ifelse(t.mode == t.last_mode, (t.route == t.last_route) & (t.route != "\x00"))
        ok &= ~same
    return ok.fill_null(False)
