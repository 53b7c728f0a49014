"""Module 10 as an able trainee would work it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from course import fares
from course.exercises import exercise
from grading.demo.solver import Solver as AnySolver

ELASTICITY = -0.4
DISCOUNTS = (10, 20, 0, 30, 40, 50)


class Solver(AnySolver):
    """One trainee's way through the exercises of module 10."""

    text = (
        "A rider from the edge of town pays 12 percent more (exercise rides, 2026). We keep a low "
        "price for income group 1. The rides are synthetic, so the number is an estimate."
    )

    @cached_property
    def today(self) -> Any:
        """Return today's tariff."""
        return fares.today(self.city)

    @cached_property
    def policy(self) -> Any:
        """Return the trainee's policy P."""
        return exercise("m10_policy", self.city, who=self.who)

    @cached_property
    def trips(self) -> Any:
        """Return the linked exercise rides."""
        return fares.link(exercise("m10_rides", self.city, who=self.who), city=self.city)

    @cached_property
    def priced(self) -> Any:
        """Return the trips with the price of policy P and of today."""
        return fares.reprice(self.trips, self.policy, today=self.today)

    def m10_trip(self) -> Any:
        """Return the price of the drawn Seoul trip."""
        shown = self.params("m10_trip")
        (first, first_km), (second, second_km) = shown["legs"]
        legs = [(first, first_km), (second, second_km, f"gap {shown['gap']}")]
        return fares.price(legs, fares.SEOUL, start=shown["start"])

    def m10_link(self) -> int:
        """Return the number of trips on the drawn date."""
        return int((self.trips.table["date"] == self.params("m10_link")["date"]).sum())

    def m10_rev(self) -> float:
        """Return the change of revenue when nobody reacts."""
        return float(fares.revenue_change_pct(self.trips, self.policy, self.today))

    def m10_react(self) -> float:
        """Return the change of revenue when riders react, trip by trip."""
        return float(
            fares.revenue_change_pct(self.trips, self.policy, self.today, elasticity=ELASTICITY)
        )

    def m10_neutral(self) -> float:
        """Return the base fare that keeps revenue."""
        return float(fares.neutral_base(self.trips, self.policy, self.today))

    def m10_losers(self) -> float:
        """Return the share of group 1's trips that get dearer."""
        poorest = self.priced[self.priced["income_group"] == 1]
        return 100.0 * float((poorest["price"] > poorest["price_today"]).mean())

    def m10_cap(self) -> str:
        """Return the setting in which the cap lowers most trips."""
        trips = fares.link(exercise("m10_cap_rides", self.city, who=self.who), city=self.city)
        settings = exercise("m10_cap_settings", self.city, who=self.who)
        return max(settings, key=lambda name: fares.cap_share(trips, settings[name]))

    def m10_policy(self) -> dict[str, Any]:
        """Return a design that meets every condition: one flat price for a whole trip."""
        design: dict[str, Any] = {
            "base": 1.0, "free_km": 1, "step_km": 1, "step_price": 0, "window_min": 30,
            "max_transfers": 4, "cap": True, "low_income_discount_pct": 0,
            "tap_out": "none", "subsidy": 0, "compensation": "per boarding",
        }  # fmt: skip
        for discount in DISCOUNTS:
            design["low_income_discount_pct"] = discount
            design["base"] = self._base_that_pays(design)
            if self._poorest_do_not_lose(design):
                break
        return design

    def _change(self, design: dict[str, Any]) -> float:
        trial = exercise("m10_design", self.city, who=self.who, design=design)
        return float(fares.revenue_change_pct(self.trips, trial, self.today, elasticity=ELASTICITY))

    def _base_that_pays(self, design: dict[str, Any]) -> float:
        """Halve until revenue after the reaction is within 1 % of today's."""
        low, high = 0.0, 1.0
        while self._change({**design, "base": high}) < 0:
            low, high = high, high * 2
        for _ in range(40):
            middle = (low + high) / 2
            change = self._change({**design, "base": middle})
            if abs(change) < 1:
                break
            low, high = (middle, high) if change < 0 else (low, middle)
        return round(middle, 2)

    def _poorest_do_not_lose(self, design: dict[str, Any]) -> bool:
        trial = exercise("m10_design", self.city, who=self.who, design=design)
        priced = fares.reprice(self.trips, trial, today=self.today)
        poorest = priced[priced["income_group"] == 1]
        dearest = priced["price"].max() <= 3 * priced["price_today"].mean()
        return bool(dearest and poorest["price"].mean() <= poorest["price_today"].mean())

    # ---- typical mistakes, as a trainee would make them ------------------------------

    def typical_wrong(self) -> dict[str, Any]:
        """Return answers of a trainee who falls into the best-known traps."""
        shown = self.params("m10_trip")
        date = self.params("m10_link")["date"]
        rides = exercise("m10_rides", self.city, who=self.who)
        old, new = self.priced["price_today"], self.priced["price"]
        return {
            "m10_trip": sum(
                fares.price([tuple(leg)], fares.SEOUL, start=shown["start"])
                for leg in shown["legs"]
            ),
            "m10_link": int((rides["date"] == date).sum()),
            "m10_rev": 100 * float(new.sum() / old.sum()),
            "m10_react": 100
            * float(fares.demand(q=1, p0=old, p1=new, elasticity=ELASTICITY).mean() - 1),
            "m10_neutral": float(self.params("m10_neutral")["base"]),
            "m10_losers": 100 * float((new > old).mean()),
            "m10_policy": self.over_the_line(),
            "m10_cap": next(c for c in "abcd" if c != self.m10_cap()),
        }

    def over_the_line(self) -> dict[str, Any]:
        """Return the good design with more subsidy than the council pays."""
        return {**self.m10_policy(), "subsidy": self.params("m10_policy")["line"] + 6}

    def design_share(self, question: str, given: Any, good: Any) -> float:
        """Return the share of the good design, or of the one with too much subsidy.

        ``module.yml`` states that money is worth 30 % of a design.
        """
        if not isinstance(given, dict):
            return 0.0
        same = {**given, "subsidy": good["subsidy"]} == good
        line = self.params(question)["line"]
        return (0.7 if given["subsidy"] > line else 1.0) if same else 0.0
