"""Module 10: what a careful trainee types, and the prices its lesson prints."""

from __future__ import annotations

from course.city.pack import City
from tests.module_work import design, shown


def WORK(city: City, trainee: str) -> dict[str, str]:
    """Return the source of every working cell."""
    trip = shown("m10_trip", city, trainee)
    (first, first_km), (second, second_km) = trip["legs"]
    legs = [(first, first_km), (second, second_km, f"gap {trip['gap']}")]
    date = shown("m10_link", city, trainee)["date"]
    return {
        "m10_trip": f"m10_trip = fares.price({legs!r}, fares.SEOUL, start={trip['start']!r})",
        "m10_link": "trips = fares.link(rides, city=city)\n"
        f"m10_link = int((trips.table['date'] == {date!r}).sum())",
        "m10_rev": "priced = fares.reprice(trips, policy_p, today=today)\n"
        "old, new = priced['price_today'], priced['price']\n"
        "m10_rev = 100 * (new.sum() / old.sum() - 1)",
        "m10_react": "riders = fares.demand(q=1, p0=old, p1=new, elasticity=-0.4)\n"
        "m10_react = 100 * ((riders * new).sum() / old.sum() - 1)",
        "m10_neutral": "m10_neutral = fares.neutral_base(trips, policy_p, today)",
        "m10_losers": "poorest = priced[priced['income_group'] == 1]\n"
        "m10_losers = 100 * float((poorest['change'] > 0).mean())",
        "m10_policy": f"m10_policy = {design('m10_policy', city, trainee)!r}",
        "m10_cap": "cap_trips = fares.link(exercise('m10_cap_rides', city), city=city)\n"
        "shares = {c: fares.cap_share(cap_trips, p)\n"
        "          for c, p in exercise('m10_cap_settings', city).items()}\n"
        "m10_cap = max(shares, key=shares.get)",
    }


def _price(*legs: tuple[str, float]) -> str:
    return f"fares.price({list(legs)!r}, fares.SEOUL)"


_TWO_VILLAGES = "[('village', 20), ('village', 26)]"
_DEAR = "fares.SEOUL.replace(step_price={'adult': 200}, free_km=5"

LESSON_CALLS = (
    (_price(("trunk", 18)), 1500, "1,500"),  # a single bus is flat
    (_price(("subway", 10)), 1550, "1,550"),  # the base covers 10 km
    (f"{_price(('branch', 3))} + {_price(('subway', 20))} + {_price(('village', 2))}",
     4450, "4,450"),  # three separate fares
    (_price(("branch", 3), ("subway", 20), ("village", 2)), 1850, "1,850"),  # 1,550 + 3 steps
    (_price(("red", 28), ("subway", 6)), 3100, "3,100"),  # 30 km inside the red base: 1 step
    (_price(("subway", 50)), 2350, "2,350"),  # 40 km over: 8 steps of 5 km
    (_price(("subway", 58.1)), 2550, "2,550"),  # and two started steps of 8 km
    (_price(("village", 20), ("village", 26)), 2000, ""),  # 36 km over: 8 steps on 1,200
    (f"fares.price({_TWO_VILLAGES}, {_DEAR}))", 2400, "2,400"),  # the cap of step 4
    (f"fares.price({_TWO_VILLAGES}, {_DEAR}, cap_at_separate=False))", 3000, "3,000"),
    ("round(fares.demand(q=100, p0=1200, p1=1500, elasticity=-0.4), 1)",
     91.5, "91.5"),  # 100 * 1.25 ** -0.4
    ("round(fares.demand(q=1, p0=1200, p1=1500, elasticity=-0.4) * 125 - 100, 1)",
     14.3, "14.3"),  # revenue of step 6
)  # fmt: skip
