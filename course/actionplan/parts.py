"""The rows and boxes of a plan: team, problem, money, risks and the others.

Shares of ``Finance.sources`` are percent of all cost: capex plus running cost over all
years. Phases count months from the date of the plan, month 1 first.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from course.actionplan.words import Day, Line, Number, Whole, fault, line, listed, words

RISK_LINE = 12  # chance times harm from which an answer is needed
SHARE_SLACK = 0.1  # percentage points
SMALLEST_GROUP = 5
LONGEST_MONTHS = 24


class Part(BaseModel):
    """What all parts share: no unknown field, blanks at the ends cut."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Member(Part):
    """One member of the team: who writes which part."""

    name: Line = line("Name", "As it stands on the certificate.", "Who? Write the name of {row}.")
    post: Line = line("Post", "The work this person does.", "Write the post of {row}.")
    unit: Line = line("Office", "Department or agency.", "Write the office of {row}.")
    part: Line = line(
        "Part",
        "The part of the plan this person wrote and presents; needed in a team of two or more.",
        "Which part? Name the part of {row}, such as money and risks.",
        default="", min_length=0,
    )  # fmt: skip
    signs: bool = words(
        "Signs", "This person signs the plan. One person does.", "Answer yes or no.", default=False
    )


class Readiness(Part):
    """One table the plan rests on, and who makes it ready."""

    frame: Line = line("Table", "Such as rides or zones.", "Which table? Name it.")
    origin: Literal["real", "facts", "synthetic", "missing"] = words(
        "Origin", "Where the table comes from today.",
        "Choose real, facts, synthetic or missing.",
    )  # fmt: skip
    owner: Line = line("Owner", "Who holds the table.", "Who? Name the owner of {row}.")
    fix_by: Day = words(
        "Ready by", "The day by which it is good enough for a decision.",
        "By when? Write a day after the date of the plan.",
    )  # fmt: skip


class PolicyContext(Part):
    """The rule the plan stands on."""

    instrument: Line = line(
        "Instrument", "Ordinance, plan, circular or contract.", "Name the instrument."
    )
    legal_basis: Line = line("Legal basis", "The law or article.", "Name the law or article.")
    maturity: Whole = words(
        "Maturity", "From 1 (no rule) to 5 (in force, measured).",
        "Give a whole number from 1 to 5.", ge=1, le=5,
    )  # fmt: skip


class Trouble(Part):
    """The problem: one text, one number, its year and source."""

    text: Line = line(
        "Problem", "What is wrong, where, and for whom; at most 400 signs.",
        "Write the problem in at most 400 signs.", max_length=400,
    )  # fmt: skip
    value: Number = words(
        "Number", "The number that shows the problem.", "A problem has a number: add one."
    )
    unit: Line = line("Unit", "Such as minutes or % of trips.", "Write the unit of the number.")
    year: Whole = words(
        "Year", "The year the number is of.", "Write the year as four digits.", ge=1900, le=2100
    )
    source: Line = line(
        "Source", "Who published or counted it.", "Who says so? Name the source of the number."
    )


class Objective(Part):
    """What changes, from which number to which, by which day."""

    indicator: Line = line("Indicator", "What is measured.", "Name what is measured.")
    unit: Line = line("Unit", "Such as % of trips.", "Write the unit of the indicator.")
    baseline: Number = words("Baseline", "The value today.", "Write today's value.")
    target: Number = words("Target", "The value you promise.", "Write the value you promise.")
    date: Day = words(
        "Date", "The day of the target, at most 24 months after the plan.",
        "By when? Write a day in the next 24 months.",
    )  # fmt: skip
    source: Line = line(
        "Measured by", "Who measures it, and in which record.",
        "Who measures? Name the office and the record.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _moves(self) -> Objective:
        if self.baseline == self.target:
            raise fault("The target of the objective equals its baseline.")
        return self


class Citizens(Part):
    """How people speak and when they are answered."""

    channel: Line = line("Channel", "Where people speak.", "Name the channel.")
    rule: Line = line(
        "Rule", "What happens to what they say.", "Write what happens to a proposal or request."
    )
    reply_days: Whole = words(
        "Days to a reply", "From 1 to 60.", "Promise a reply in 1 to 60 days.", ge=1, le=60
    )
    offline_share_pct: Number = words(
        "Offline share (%)", "Share of voices that come without the internet; above 0.",
        "Not everybody is online: write a share above 0, at most 100.", gt=0, le=100,
    )  # fmt: skip


class Phase(Part):
    """One project of the sequence; months count from the date of the plan."""

    project: Line = line("Project", "A short name.", "Name the project.")
    start: Whole = words(
        "First month", "1 is the month after the date of the plan.",
        "Give a month from 1 to 24.", ge=1, le=LONGEST_MONTHS,
    )  # fmt: skip
    months: Whole = words(
        "Months", "How long it takes.", "Give 1 to 24 months.", ge=1, le=LONGEST_MONTHS
    )
    needs: list[Line] = listed(
        "Needs", "Projects of this list that must be done before.",
        "Write names of other projects of the list.", row="need",
        default_factory=list,
    )  # fmt: skip
    stop_rule: Line = line(
        "Stop rule", "The number at which you end it.",
        "At which number do you stop {row}? Write it with the number.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _has_number(self) -> Phase:
        if not re.search(r"\d", self.stop_rule):
            raise fault(f"The stop rule of {self.project!r} has no number.")
        return self


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


class DataSharing(Part):
    """One table that is shared, and how people in it are protected."""

    dataset: Line = line("Table", "What is shared.", "Which table? Name it.")
    level: Line = line("Level", "Such as stop and hour.", "Write how fine the table is.")
    persons: bool = words(
        "About persons", "The table is made from records of persons.", "Answer yes or no.",
        default=True,
    )  # fmt: skip
    k: Whole | None = words(
        "Smallest group (k)", "Counts under this number are hidden; 5 or more for persons.",
        "Give a whole number, 5 or more where the table is about persons.", default=None, ge=1,
    )  # fmt: skip
    delay_days: Whole = words(
        "Delay (days)", "Days between the event and its publication.",
        "Give 0 or more days.", ge=0, le=3650,
    )  # fmt: skip
    licence: Line = line("Licence", "What others may do with it.", "Name the licence.")
    owner: Line = line("Owner", "Who answers for it.", "Who? Name the owner of {row}.")

    @model_validator(mode="after")
    def _protects(self) -> DataSharing:
        if self.persons and (self.k is None or self.k < SMALLEST_GROUP):
            raise fault(f"{self.dataset!r} is about persons, and its smallest group is under 5.")
        return self


class PilotService(Part):
    """The night service of a pilot."""

    area: Line = line("Area", "Where the pilot runs.", "Name the area.")
    routes: list[Line] = listed(
        "Routes", "One route each line.", "Name at least one route.", row="route", min_length=1
    )
    fleet: Whole = words("Buses", "Buses of all routes.", "Give 1 bus or more.", ge=1, le=100_000)
    coverage_pct: Number = words(
        "Trips served (%)", "Share of night trips that are served.",
        "Give a share from 0 to 100.", ge=0, le=100,
    )  # fmt: skip


class Security(Part):
    """One thing worth protecting."""

    asset: Line = line("What", "A system or a table.", "Name what is protected.")
    band: Literal["low", "medium", "high"] = words(
        "Risk", "low, medium or high.", "Choose low, medium or high."
    )
    measure: Line = line("Measure", "What is done.", "Write the measure.")
    owner: Line = line("Owner", "Who does it.", "Who? Name the owner of {row}.")


class Technology(Part):
    """A new technology, and the simple rule it must beat."""

    use: Line = line("Use", "What it decides or shows.", "Write what it is used for.")
    baseline: Number = words(
        "Simple rule reaches", "The result of the simple rule.",
        "Write what the simple rule reaches, as a number.",
    )  # fmt: skip
    target: Number = words(
        "It must reach", "The result that makes it worth its price.",
        "Write what it must reach, as a number.",
    )  # fmt: skip
    stop_rule: Line = line("Stop rule", "When you end it.", "Write when you end it.")
    human_review: Line = line(
        "Human review", "Who looks at its answers before they count.", "Who looks? Name them."
    )


class OperationsKpi(Part):
    """One indicator of daily operation."""

    kpi: Line = line("Indicator", "Such as excess wait.", "Name the indicator.")
    target: Number = words("Target", "The value to keep.", "Write the target as a number.")
    unit: Line = line("Unit", "Such as min.", "Write the unit of {row}.")
    where: Line = line("Where", "Lines or stops it is measured at.", "Where is it measured?")


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


class Equity(Part):
    """The group that must not lose, before and after."""

    group: Line = line("Group", "Such as income group 1.", "Which group? Name it.")
    indicator: Line = line("Indicator", "Such as jobs within 45 minutes.", "Name the indicator.")
    before: Number = words("Before", "The value today.", "Write today's value.")
    after: Number = words("After", "The value with the plan.", "Write the value with the plan.")


class Integration(Part):
    """Systems that share one key."""

    systems: list[Line] = listed(
        "Systems", "Two systems or more, one each line.", "Name two systems or more.",
        row="system", min_length=2,
    )  # fmt: skip
    shared_key: Line = line("Shared key", "The code that both hold.", "Name the shared key.")
    match_pct: Number = words(
        "Rows that match (%)", "Share of rows whose key is found in the other system.",
        "Give a share from 0 to 100.", ge=0, le=100,
    )  # fmt: skip
    signer: Line = line("Signer", "Who signs the agreement.", "Who signs? Name the office.")


class SeoulPractice(Part):
    """What was seen in Seoul, and what must differ at home."""

    practice: Line = line("Practice", "What you saw or read.", "Name the practice.")
    what_must_differ: Line = line(
        "What must differ", "Why a copy would fail in your city; 40 signs or more.",
        "Write what must differ at home, in 40 signs or more.", min_length=40, max_length=600,
    )  # fmt: skip
    source_year: Whole = words(
        "Year of the source", "The year of what you saw or read.",
        "Write the year as four digits.", ge=1900, le=2100,
    )  # fmt: skip


class Stakeholder(Part):
    """One group that can help or stop the plan."""

    name: Line = line("Who", "A group or an office.", "Who? Name {row}.")
    interest: Whole = words(
        "Interest", "1 (none) to 5 (it decides their day).",
        "Give a whole number from 1 to 5.", ge=1, le=5,
    )  # fmt: skip
    power: Whole = words(
        "Power", "1 (none) to 5 (can stop it).", "Give a whole number from 1 to 5.", ge=1, le=5
    )
    action: Line = line("Action", "What you do with them.", "What do you do with {row}?")


class Activity(Part):
    """One task with an owner, two dates and a cost."""

    task: Line = line("Task", "What is done.", "Write the task.")
    owner: Line = line("Owner", "A person or an office.", "Who? Name the owner of {row}.")
    start: Day = words("Start", "First day.", "Write the first day.")
    end: Day = words("End", "Last day.", "Write the last day.")
    cost: Number = words(
        "Cost", "In the plan's currency; 0 where it costs nothing.", "Write the cost, 0 or more.",
        ge=0,
    )  # fmt: skip

    @model_validator(mode="after")
    def _in_order(self) -> Activity:
        if self.end < self.start:
            raise fault(f"{self.task!r} ends before it starts.")
        return self


class Risk(Part):
    """One thing that may go wrong."""

    text: Line = line("Risk", "What may happen.", "Write what may happen.", max_length=400)
    p: Whole = words(
        "Chance", "1 (rare) to 5 (nearly sure).", "Give a whole number from 1 to 5.", ge=1, le=5
    )
    i: Whole = words(
        "Harm", "1 (small) to 5 (ends the plan).", "Give a whole number from 1 to 5.", ge=1, le=5
    )
    answer: Line = line(
        "Answer", "What you do; needed from chance x harm = 12.",
        "Write an answer to {row}.", default="", min_length=0, max_length=400,
    )  # fmt: skip

    @property
    def score(self) -> int:
        """Return chance times harm."""
        return self.p * self.i

    @model_validator(mode="after")
    def _answered(self) -> Risk:
        if self.score >= RISK_LINE and not self.answer:
            raise fault(f"Chance x harm is {self.score}, and the risk has no answer.")
        return self


class Milestones(Part):
    """Proof that can be seen on four days, counted from the date of the plan."""

    d30: Line = line("Day 30", "Proof that can be seen.", "What can be seen on day 30?")
    d90: Line = line("Day 90", "Proof that can be seen.", "What can be seen on day 90?")
    d180: Line = line("Day 180", "Proof that can be seen.", "What can be seen on day 180?")
    d365: Line = line("Day 365", "Proof that can be seen.", "What can be seen on day 365?")


class Help(Part):
    """One thing asked of somebody else."""

    from_whom: Line = line("From", "Whom you ask.", "Whom do you ask? Name them.")
    what: Line = line("What", "What they give.", "What do they give? Write it.")
    by_when: Day = words("By", "The day you need it.", "By when? Write the day.")
    money: bool = words("It is money", "Yes for a grant or a loan.", "Answer yes or no.",
                        default=False)  # fmt: skip


class Pilot(Part):
    """The pilot as the lab of module 13 draws it."""

    zones: list[Line] = listed(
        "Pilot zones", "Zones of your city pack.", "Choose zones on the map.", row="zone",
        max_length=2000, default_factory=list,
    )  # fmt: skip
    people: Whole | None = words(
        "People reached", "Residents of the pilot zones.", "Give a whole number.",
        default=None, ge=0,
    )  # fmt: skip
    months: Whole = words("Months", "Length of the pilot.", "Give 1 to 24 months.", default=12,
                          ge=1, le=LONGEST_MONTHS)  # fmt: skip
    contingency_pct: Number = words(
        "Contingency (%)", "Kept back on all cost, 0 to 30 %.", "Give 0 to 30 %.",
        default=10.0, ge=0, le=30,
    )  # fmt: skip


class Offer(Part):
    """What one side gives the other."""

    who: Line = line("Who", "The city or agency that gives.", "Who offers {row}? Name them.")
    what: Line = line("What", "What it gives.", "What is offered? Write it.")
    to: Line = line("To", "Who receives it.", "To whom? Name them.")


class FirstStep(Part):
    """The first thing both sides do together."""

    what: Line = line("First joint step", "What you do together.", "Write the first joint step.")
    owner: Line = line("Owner", "Who calls first.", "Who? Name the owner of the first step.")
    by_when: Day = words("By", "The day it is done.", "By when? Write the day.")


class Contact(Part):
    """Whom the other side calls."""

    name: Line = line("Name", "The contact person.", "Who? Name the contact.")
    office: Line = line("Office", "Department or agency.", "Write the office of the contact.")
    reach: Line = line("Reached by", "Mail or telephone of the office.",
                       "How is the contact reached? Write mail or telephone.")  # fmt: skip
