"""Random rides and random fare policies, close to the edges of the rules."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from course import FarePolicy

MODES = ("subway", "rail", "trunk", "village", "red", "owl")
CLASSES = ("adult", "youth", "child", "senior", "disabled")
_GAPS = (0, 60, 599, 600, 601, 1799, 1800, 1801, 3599, 3600, 3601, 7200, -30)
_STARTS = (0, 17_000, 23_339, 23_400, 25_199, 25_200, 40_000, 75_599, 75_600, 91_800, 111_600)
_METRES = (0, 1, 4_999, 5_000, 9_999, 10_000, 10_001, 30_000, 30_001, 50_000, 50_001, 58_001)


@st.composite
def card_day(draw, card="c0", date="2026-04-06", no_negative=False):
    """Return the rides of one card on one day as dicts."""
    rides = []
    clock = draw(st.sampled_from(_STARTS)) + draw(st.integers(-2, 2)) * draw(st.integers(0, 1))
    clock = max(clock, 0)
    user_class = draw(st.sampled_from(CLASSES))
    income = draw(st.sampled_from((1, 1, 2, 5, None)))
    for _ in range(draw(st.integers(1, 9))):
        minutes = draw(st.integers(0, 40))
        tap_out = draw(st.integers(0, 9)) > 0
        alight = clock + 60 * minutes
        rides.append(
            {
                "card_id": card,
                "board_time": clock,
                "alight_time": alight if tap_out else None,
                "mode": draw(st.sampled_from(MODES)),
                "route_id": draw(st.sampled_from(("1", "2", "3", None))),
                "distance_m": draw(st.one_of(st.sampled_from(_METRES), st.integers(0, 90_000)))
                if tap_out
                else None,
                "user_class": user_class,
                "income_group": income,
                "date": date,
            }
        )
        gap = draw(st.one_of(st.sampled_from(_GAPS), st.integers(0, 4_000)))
        # A second boarding in the same second has no order a card could know.
        clock = max(alight + (max(gap, 0) if no_negative else gap), clock + 1)
    return rides


@st.composite
def rides_of_days(draw):
    """Return the rides of a few cards on one to three days."""
    out = []
    for day in range(draw(st.integers(1, 3))):
        for card in range(draw(st.integers(1, 3))):
            out += draw(card_day(card=f"c{card}", date=f"2026-04-0{6 + day}"))
    return out


def frame(rides) -> pd.DataFrame:
    """Return rides as the rides frame."""
    table = pd.DataFrame(rides)
    for column in ("alight_time", "distance_m"):
        table[column] = pd.array(table[column].tolist(), dtype="Int32")
    table["income_group"] = pd.array(table["income_group"].tolist(), dtype="Int8")
    table["route_id"] = pd.array(table["route_id"].tolist(), dtype="str")
    return table


def _money(high):
    return st.one_of(
        st.integers(0, high), st.integers(0, high * 100).map(lambda c: c / 100), st.just(0)
    )


_KM = st.sampled_from((0.5, 1, 1.8, 2, 5, 6.25, 8, 10))
_MODE_SET = st.sets(st.sampled_from(MODES)).map(lambda s: tuple(sorted(s)))


@st.composite
def policies(draw, bands=None, since=("alight", "alight", "board")):
    """Return a policy with any mix of features."""
    with_bands = draw(st.integers(0, 4)) == 0 if bands is None else bands
    classes = ["adult", *draw(st.sets(st.sampled_from(CLASSES[1:])))]
    base = {
        c: {"*": draw(_money(3000))}
        | {m: draw(_money(3000)) for m in draw(st.sets(st.sampled_from(MODES)))}
        for c in classes
    }
    stepped = ["adult", *draw(st.sets(st.sampled_from(CLASSES)))]
    own_steps = st.dictionaries(st.sampled_from(MODES), _money(300), max_size=2)
    fields = {
        "base": base,
        "step_price": {c: draw(_money(300)) for c in stepped},
        "step_price_by_mode": draw(own_steps),
        "free_km": draw(st.sampled_from((0, 4, 5, 10, 12.5))),
        "free_km_by_mode": draw(st.sampled_from(({}, {"red": 30}, {"village": 2, "rail": 12}))),
        "step_km": draw(_KM),
        "far_from_km": draw(st.sampled_from((None, 0, 8, 50))),
        "far_step_km": draw(_KM),
        "alone_free_km": draw(st.sampled_from((None, None, 0, 12))),
        "alone_step_km": draw(st.sampled_from((None, None, 6))),
        "distance_modes": draw(st.one_of(st.just(("*",)), _MODE_SET)),
        "integrated": draw(st.integers(0, 3)) > 0,
        "window_min": draw(st.sampled_from((0, 10, 30, 60))),
        "night_window_min": draw(st.sampled_from((None, 0, 30, 60))),
        "night_from_min": draw(st.sampled_from((1260, 1260, 300, 0))),
        "night_to_min": draw(st.sampled_from((420, 420, 600))),
        "max_transfers": draw(st.integers(0, 5)),
        "same_route_transfer": draw(st.booleans()),
        "no_transfer_modes": draw(st.sampled_from(((), (), ("red",), ("owl", "subway")))),
        "window_from": draw(st.sampled_from(since)),
        "cap_at_separate": draw(st.booleans()),
        "discount_pct": draw(st.sampled_from(({}, {"youth": 33.33, "child": 50}, {"*": 12.5}))),
        "low_income_discount_pct": draw(st.sampled_from((0, 0, 15, 50, 100, 7.77))),
        "free": draw(st.sampled_from(({}, {"senior": ("subway",)}, {"*": ("owl",)}))),
        "no_tap_out": draw(st.sampled_from(({}, {"subway": "base"}, {"trunk": 7.5}))),
    }  # fmt: skip
    if with_bands:
        ends = sorted(draw(st.sets(st.sampled_from((3, 5, 10, 12.5, 30)), max_size=4)))
        prices = sorted(draw(_money(4000)) for _ in range(len(ends) + 1))
        fields["bands"] = list(zip([*ends, None], prices, strict=True))
        fields["integrated"] = fields["integrated"] or not fields["distance_modes"]
    elif draw(st.booleans()):
        fields["early_bird"] = {
            "before_min": draw(st.sampled_from((390, 389.5, 300))),
            "discount_pct": draw(st.sampled_from((20, 33.33, 100))),
            "modes": draw(st.sampled_from((("*",), ("subway", "trunk")))),
        }
    return FarePolicy(name="random", **fields)
