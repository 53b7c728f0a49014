"""What a plan costs and who pays.

Shares of ``Finance.sources`` are percent of all cost: capex plus running cost over all
years.
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from course.actionplan.part import Part
from course.actionplan.words import Line, Number, Whole, fault, line, listed, words

SHARE_SLACK = 0.1  # percentage points


class Source(Part):
    """Who pays, which cost, how much of all cost."""

    name: Line = line("Payer", "Budget line, grant or partner.", "Who pays? Name {row}.")
    item: Literal["capex", "opex", "both"] = words(
        "Pays for", "capex (to build), opex (to run) or both.", "Choose capex, opex or both."
    )
    share_pct: Number = words(
        "Share (%)", "Percent of all cost: capex plus running cost of all years.",
        "Give a share from 0 to 100.", ge=0, le=100,
    )  # fmt: skip


class Finance(Part):
    """What it costs to build and to run, and who pays."""

    currency: Line = line(
        "Currency", "Three letters, such as KRW.", "Write the currency.",
        default="", min_length=0, max_length=12,
    )  # fmt: skip
    capex: Number = words(
        "Cost to build", "Paid once.", "Write what it costs to build, 0 or more.", ge=0
    )
    opex_per_year: Number = words(
        "Cost to run, a year", "Paid each year.", "Write what a year costs, 0 or more.", ge=0
    )
    years: Whole = words(
        "Years", "Years that the sources pay for.", "Give 1 to 30 years.", ge=1, le=30
    )
    sources: list[Source] = listed(
        "Sources", "Who pays; the shares add up to 100 %.",
        "Name at least one payer.", row="source", min_length=1,
    )  # fmt: skip
    npv: Number | None = words(
        "Net present value", "From module 04, where you have one.",
        "Write a number or leave it empty.", default=None,
    )  # fmt: skip
    bad_case: Line = line(
        "Bad case", "What the city pays when things go badly.",
        "Write a sentence or leave it empty.", default="", min_length=0,
    )  # fmt: skip

    @property
    def total(self) -> float:
        """Return all cost: to build, and to run for all years."""
        return self.capex + self.opex_per_year * self.years

    @model_validator(mode="after")
    def _adds_up(self) -> Finance:
        total = sum(s.share_pct for s in self.sources)
        if abs(total - 100.0) > SHARE_SLACK + 1e-9:
            missing = "Money is missing" if total < 100 else "Money is counted twice"
            raise fault(f"{missing}: the shares add up to {total:g} %, not to 100 %.")
        if not self.total > 0:
            return self
        for item, cost, what in (
            ("opex", self.opex_per_year * self.years, "Running cost"),
            ("capex", self.capex, "The cost to build"),
        ):
            need = 100.0 * cost / self.total
            have = sum(s.share_pct for s in self.sources if s.item in (item, "both"))
            if have + SHARE_SLACK + 1e-9 < need:
                raise fault(
                    f"{what} is not covered: it is {need:.1f} % of all cost, and the sources "
                    f"that pay it give {have:.1f} %."
                )
        return self


class FarePlan(Part):
    """The fare of module 10, with what it does to money and riders."""

    policy: dict[str, float | bool | str] = words(
        "Fare", "The design of module 10, as it was scored.",
        "Copy the design of module 10: actionplan.load(city) does it.", min_length=1, max_length=40,
    )  # fmt: skip
    revenue_pct: Number = words(
        "Revenue (%)", "Revenue against today; 0 is no change.",
        "Write the change of revenue in percent.", ge=-100, le=1000,
    )  # fmt: skip
    losers_pct: Number = words(
        "Who pays more (%)", "Share of riders who pay more.",
        "Give a share from 0 to 100.", ge=0, le=100,
    )  # fmt: skip
