"""Questions about money and people: passes, caps, cars, subsidy, riders, nobody worse off."""

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

# --- 5 passes and caps -----------------------------------------------------------------


def _cards(asked: Asked, *, per_day: bool) -> Any:
    from course.transport.card_summary import CardSummary
    from course.transport.trip_journeys import TripJourneys

    given = asked.cards
    if isinstance(given, CardSummary) and given.per_day == per_day:
        return given
    if isinstance(asked.journeys, TripJourneys):
        seoul = asked.unit == "KRW"
        modes = fares.CLIMATE_CARD_MODES if seoul and not per_day else "*"
        return asked.once(
            f"cards {per_day}", lambda: fares.cards(asked.journeys, modes=modes, per_day=per_day)
        )
    if isinstance(given, CardSummary) and given.dates == 1:
        # on one day both are the same count
        from dataclasses import replace

        return replace(given, per_day=per_day)
    raise CourseError(
        "A fare summary has forgotten the cards.",
        "Count them once: labs.fare_questions(summary, cards=fares.cards(folder, city=city)).",
    )


def _passes(asked: Asked) -> list[AnyControl]:
    from course.transport.question_passes import DAYS_PER_MONTH

    cards = _cards(asked, per_day=False)
    price = fares.CLIMATE_CARD["price"] if asked.unit == "KRW" else round(40 * asked.base, 0)
    days = cards.dates if cards.dates >= 28 else DAYS_PER_MONTH
    step = round_step(price / 60)
    return [
        Control("price", "Price of the pass", asked.unit, 0, 3 * price, step, price,
                hint="For a month."),
        Control("uptake", "Those who gain and buy", "%", 0, 100, 5, 50, hint="An assumption."),
        Control("days_per_month", "Days like the given ones", "days",
                days if cards.dates >= 28 else 1, days if cards.dates >= 28 else 31, 1, days,
                hint="How many days of a month look like these: an assumption."),
    ]  # fmt: skip


def _pass_arguments(s: Setting) -> dict[str, Any]:
    return {"price": plain(s["price"]), "uptake": s["uptake"] / 100,
            "days_per_month": plain(s["days_per_month"])}  # fmt: skip


def _cap(asked: Asked) -> list[AnyControl]:
    _cards(asked, per_day=True)
    return [money(asked, "cap", "Most a card pays in a day", 2 * asked.base, most=6 * asked.base,
                  hint="Further rides of that day are free.")]  # fmt: skip


# --- 6, 11, 12, 13: a reform under one slider --------------------------------------------


def _base(asked: Asked, share: float = 0.8) -> Control:
    step = round_step(asked.base / 150)
    start = round(round(share * asked.base / step) * step, 4)
    return money(asked, "base", "Base fare", start, most=3 * asked.base,
                 hint="All other bases move in proportion.")  # fmt: skip


def _reform(asked: Asked, s: Setting) -> Any:
    return asked.journeys.today.with_base(plain(s["base"]))


def _reform_code(s: Setting) -> str:
    return f"journeys.today.with_base({plain(s['base'])!r})"


def _cars(asked: Asked) -> list[AnyControl]:
    return [
        _base(asked),
        Control("diversion", "New journeys out of cars", "%", 0, 100, 5, 30,
                hint="An assumption; the band goes from a third of it to five thirds."),
        Control("occupancy", "People in a car", "", 1, 3, 0.1, 1.3, 1, hint="An assumption."),
        elasticity(),
    ]  # fmt: skip


def _car_arguments(s: Setting) -> dict[str, Any]:
    d = s["diversion"] / 100
    return {"diversion": (round(d / 3, 3), round(d, 3), round(min(d * 5 / 3, 1), 3)),
            "occupancy": plain(s["occupancy"])}  # fmt: skip


def _nobody(asked: Asked) -> list[AnyControl]:
    price = asked.journeys.today.step_price.get("adult", 0) or round_step(asked.base / 16)
    return [
        money(asked, "step_price", "Price of a step", price, most=0.3 * asked.base,
              hint="One price by distance for all rides, changes free."),
        Control("free_km", "Free distance", "km", 0, 30, 1, 10, hint="Inside the base fare."),
        elasticity(),
    ]  # fmt: skip


def _nobody_policy(asked: Asked, s: Setting) -> Any:
    return fares.distance_policy(
        asked.journeys.today, step_price=plain(s["step_price"]), free_km=plain(s["free_km"])
    )


def _subsidy(asked: Asked) -> list[AnyControl]:
    from course.transport.question_subsidy import cost_of_a_trip

    cost = cost_of_a_trip(asked.journeys)[0]
    step = round_step(cost / 150)
    start = round(round(cost / step) * step, 2)
    return [
        _base(asked),
        Control("cost_per_trip", "Cost of a journey", asked.unit, 0, 3 * start, step, start,
                0 if float(step).is_integer() else 2, hint="Today, all costs by all journeys."),
        Option("follows", "When more ride", [("no", "Service as today"), ("yes", "Costs follow")]),
        elasticity(),
    ]  # fmt: skip


def _subsidy_arguments(s: Setting) -> dict[str, Any]:
    return {"cost_per_trip": plain(s["cost_per_trip"]), "cost_follows_trips": s["follows"] == "yes"}


def _riders(asked: Asked) -> list[AnyControl]:
    return [_base(asked), Control("years", "Years", "", 1, 30, 1, 10, hint="How far to look.")]


MONEY = (
    Question(
        "passes", "Decide what a monthly pass costs", "Fares of each card beside a pass.",
        _passes,
        lambda a, s: fares.pass_offer(_cards(a, per_day=False), **_pass_arguments(s)),
        lambda a, s: call("pass_offer", "cards", **_pass_arguments(s)),
        "Mean change of a card's month by zone of its first ride",
    ),
    Question(
        "cap", "Decide the most a day costs", "Fares of each card beside a daily cap.",
        _cap,
        lambda a, s: fares.daily_cap(_cards(a, per_day=True), cap=plain(s["cap"])),
        lambda a, s: call("daily_cap", "cards", cap=s["cap"]),
        "Mean change of a card's day by zone of its first ride",
    ),
    Question(
        "cars", "Decide a fare, and guess how many cars it saves", "Today's fares beside another "
        "base.",
        _cars,
        lambda a, s: fares.car_trips(a.journeys, _reform(a, s), **_car_arguments(s),
                                     reaction=reaction(s)),
        lambda a, s: call("car_trips", f"journeys, {_reform_code(s)}", **_car_arguments(s)),
    ),
    Question(
        "nobody", "Find the cheapest reform that harms no income group", "Today's fares beside "
        "one price by distance, with the base and discount found for you.",
        _nobody,
        lambda a, s: fares.nobody_worse(a.journeys, _nobody_policy(a, s), reaction=reaction(s)),
        lambda a, s: "fares.nobody_worse(journeys, fares.distance_policy(journeys.today, "
        f"step_price={plain(s['step_price'])!r}, free_km={plain(s['free_km'])!r}))",
    ),
    Question(
        "subsidy", "Decide how much of a journey others pay", "Today's fares beside another base.",
        _subsidy,
        lambda a, s: fares.subsidy(a.journeys, _reform(a, s), **_subsidy_arguments(s),
                                   reaction=reaction(s)),
        lambda a, s: call("subsidy", f"journeys, {_reform_code(s)}", **_subsidy_arguments(s)),
    ),
    Question(
        "riders", "See who rides next year and in ten years", "Today's fares beside another base.",
        _riders,
        lambda a, s: fares.ridership(a.journeys, _reform(a, s), years=int(s["years"])),
        lambda a, s: call("ridership", f"journeys, {_reform_code(s)}", years=int(s["years"])),
    ),
)  # fmt: skip
