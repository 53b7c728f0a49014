"""Questions about the tariff itself: years, distance, changes, hours, groups, zones."""

from __future__ import annotations

from typing import Any

from course.display.breaks import round_step
from course.display.controls import AnyControl, Control, Option
from course.errors import CourseError
from course.labs.questions_asked import (
    Asked,
    Question,
    Setting,
    call,
    elasticity,
    money,
    plain,
    reaction,
)
from course.transport import fares
from course.transport.fare_answer import Answer

# --- 1 fares by year -------------------------------------------------------------------


def _history(asked: Asked) -> dict[int, Any]:
    from course.transport.question_years import history_of

    found = history_of(asked.journeys, asked.city)
    if len(found) < 2:
        raise CourseError(
            f"Only one tariff of {asked.city.title} is known.",
            "Give the others: fares.by_year(journeys, {2015: policy, 2025: policy}).",
        )
    return found


def _years(asked: Asked) -> list[AnyControl]:
    years = sorted(_history(asked))[-6:]
    return [
        Option("year", "Tariff of", [(str(y), str(y)) for y in years]),
        elasticity(),
    ]


def _ask_years(asked: Asked, s: Setting) -> Answer:
    return fares.by_year(asked.journeys, _history(asked), year=int(s["year"]), reaction=reaction(s))


# --- 2 and 10 distance -----------------------------------------------------------------


def _distance(asked: Asked) -> list[AnyControl]:
    steps = [*asked.journeys.today.step_price.values(), 0]
    price = asked.journeys.today.step_price.get("adult", max(steps)) or round_step(asked.base / 16)
    return [
        money(asked, "step_price", "Price of a step", price, most=0.3 * asked.base,
              hint="0 is one flat fare; changes are free in any case."),
        Control("free_km", "Free distance", "km", 0, 30, 1, 10, hint="Inside the base fare."),
        Control("step_km", "Step", "km", 1, 10, 1, 5, hint="Each started step costs extra."),
        Option("keep", "Base fare", [("revenue", "Keeps today's revenue"), ("today", "As today")]),
        elasticity(),
    ]  # fmt: skip


def _distance_arguments(asked: Asked, s: Setting) -> dict[str, Any]:
    base = {} if s["keep"] == "revenue" else {"base": asked.journeys.today.reference_base}
    return {k: plain(s[k]) for k in ("step_price", "free_km", "step_km")} | base


# --- 3 transfers -----------------------------------------------------------------------


def _transfers(asked: Asked) -> list[AnyControl]:
    # where today's law is the usual one already, a shorter window shows what it is worth
    start = 10 if asked.journeys.today.integrated else 30
    out: list[AnyControl] = [
        Control("window_min", "Transfer window", "min", 0, 60, 5, start,
                hint="Longest time for a change."),
        Control("max_transfers", "Changes in one fare", "", 0, 4, 1, 4,
                hint="Further rides pay a new fare."),
    ]  # fmt: skip
    board = fares.transfer_policy(asked.journeys.today, window_min=30, window_from="board")
    if asked.journeys.why_not(board) is None:
        taps = [("alight", "The last tap-out"), ("board", "The tap-in before")]
        out.append(Option("window_from", "Counted from", taps))
    return [*out, elasticity()]


def _transfer_arguments(s: Setting) -> dict[str, Any]:
    return {
        "window_min": plain(s["window_min"]), "window_from": s.get("window_from", "alight"),
        "max_transfers": int(s["max_transfers"]),
    }  # fmt: skip


# --- 4 hours ---------------------------------------------------------------------------


def _early(asked: Asked) -> list[AnyControl]:
    return [
        Option("before_min", "Before", [("360", "06:00"), ("390", "06:30"), ("420", "07:00")],
               start="390"),
        Control("discount_pct", "Discount", "%", 0, 100, 5, 50, hint="Off the base fare."),
        elasticity(),
    ]  # fmt: skip


def _early_arguments(s: Setting) -> dict[str, Any]:
    return {"before_min": int(s["before_min"]), "discount_pct": plain(s["discount_pct"])}


_PEAKS = {"both": ((7, 9), (17, 20)), "morning": ((7, 9),), "long": ((6, 10), (16, 20))}


def _off_peak(asked: Asked) -> list[AnyControl]:
    fixed = getattr(asked.journeys, "peaks", None)
    shown = [
        ("both", "07-09 and 17-20"), ("morning", "07-09 only"), ("long", "06-10 and 16-20"),
    ]  # fmt: skip
    options: list[AnyControl] = [] if fixed else [Option("peaks", "Peak hours", shown)]
    return [
        *options,
        Control("discount_pct", "Discount outside the peak", "%", 0, 100, 5, 20,
                hint="Off the whole fare of a journey that begins then."),
        elasticity(),
    ]  # fmt: skip


def _off_peak_arguments(asked: Asked, s: Setting) -> dict[str, Any]:
    peaks = getattr(asked.journeys, "peaks", None) or _PEAKS[s["peaks"]]
    return {"discount_pct": plain(s["discount_pct"]), "peaks": peaks}


# --- 7 groups --------------------------------------------------------------------------

_CLASSES = ("youth", "child", "senior", "disabled")


def _groups(asked: Asked) -> list[AnyControl]:
    from course.transport.fare_checks import USER_CLASSES
    from course.transport.question_groups import today_discount_pct

    used = asked.journeys.used.any(axis=1)
    out: list[AnyControl] = []
    for user_class in _CLASSES:
        if used[USER_CLASSES.index(user_class)]:
            off = round(today_discount_pct(asked.journeys.today, user_class))
            out.append(Control(user_class, f"{user_class.capitalize()} discount", "%", 0, 100, 5,
                               off, hint="Off the adult fare."))  # fmt: skip
    low = Control("low_income_pct", "Low-income discount", "%", 0, 50, 5, 20,
                  hint="For income group 1.")  # fmt: skip
    return [*out, low, elasticity()]


def _discounts(s: Setting) -> dict[str, Any]:
    return {c: plain(s[c]) for c in _CLASSES if c in s}


# --- 8 zones ---------------------------------------------------------------------------


def _od(asked: Asked) -> Any:
    from course.transport.trip_journeys import TripJourneys

    if not isinstance(asked.journeys, TripJourneys):
        raise CourseError(
            "A fare summary does not know where journeys end.",
            "Open this question on the city: labs.fare_questions(city, question='zones').",
        )
    return asked.once("od", lambda: fares.od_summary(asked.journeys))


def _zones(asked: Asked) -> list[AnyControl]:
    _od(asked)
    first = 0.9 * asked.base
    return [
        money(asked, "first", "Price of one zone", first, most=2 * asked.base,
              hint="Inside one ring."),
        money(asked, "further", "Each further zone", 0.2 * asked.base, most=asked.base,
              hint="For the second, third and fourth ring."),
        Control("width_km", "Width of a ring", "km", 1, 15, 1, 5, hint="Rings around the centre."),
        Option("keep", "Prices", [("as_set", "As set"), ("revenue", "Keep today's revenue")]),
        elasticity(),
    ]  # fmt: skip


def _tariff(asked: Asked, s: Setting) -> Any:
    prices = tuple(round(s["first"] + k * s["further"], 2) for k in range(4))
    edges = tuple(s["width_km"] * k for k in (1, 2, 3))
    return fares.rings(asked.city, prices=prices, edges_km=edges)


def _zones_call(asked: Asked, s: Setting) -> str:
    prices = tuple(plain(round(s["first"] + k * s["further"], 2)) for k in range(4))
    edges = tuple(plain(s["width_km"] * k) for k in (1, 2, 3))
    rings = f"fares.rings(city, prices={prices}, edges_km={edges})"
    keep = ", keep_revenue=True" if s["keep"] == "revenue" else ""
    return f"fares.zone_fares(city, {rings}{keep})"


TARIFF = (
    Question(
        "years", "See what other years would have charged", "Today's journeys under past tariffs.",
        _years, _ask_years,
        lambda a, s: f"fares.by_year(journeys, fares.SEOUL_HISTORY, year={int(s['year'])})"
        if a.city.id == "seoul" else f"fares.by_year(journeys, history, year={int(s['year'])})",
    ),
    Question(
        "distance", "Decide how much distance counts",
        "Today's fares beside one price by distance.",
        _distance,
        lambda a, s: fares.to_distance(a.journeys, **_distance_arguments(a, s),
                                       reaction=reaction(s)),
        lambda a, s: call("to_distance", **_distance_arguments(a, s)),
    ),
    Question(
        "transfers", "Decide how long a change is free", "Today's amounts under another law.",
        _transfers,
        lambda a, s: fares.transfers(a.journeys, **_transfer_arguments(s), reaction=reaction(s)),
        lambda a, s: call("transfers", **_transfer_arguments(s)),
    ),
    Question(
        "early", "Decide what an early start costs", "Today's fares with another early bird.",
        _early,
        lambda a, s: fares.early_bird(a.journeys, **_early_arguments(s), reaction=reaction(s)),
        lambda a, s: call("early_bird", **_early_arguments(s)),
    ),
    Question(
        "off_peak", "Decide what quiet hours cost", "Today's fares, cheaper outside the peak.",
        _off_peak,
        lambda a, s: fares.off_peak(a.journeys, **_off_peak_arguments(a, s), reaction=reaction(s)),
        lambda a, s: call("off_peak", **_off_peak_arguments(a, s)),
    ),
    Question(
        "groups", "Decide who pays less, and see who pays for it", "Today's adult fares with "
        "other discounts.",
        _groups,
        lambda a, s: fares.concessions(a.journeys, _discounts(s),
                                       low_income_pct=plain(s["low_income_pct"]),
                                       reaction=reaction(s)),
        lambda a, s: call("concessions", f"journeys, {_discounts(s)}",
                          low_income_pct=s["low_income_pct"]),
    ),
    Question(
        "zones", "Decide what crossing a zone costs", "Today's fares beside rings around the "
        "centre.",
        _zones,
        lambda a, s: fares.zone_fares(_od(a), _tariff(a, s), keep_revenue=s["keep"] == "revenue",
                                      reaction=reaction(s)),
        _zones_call,
    ),
)  # fmt: skip
