"""The people of a plan: its team, who can stop it, who speaks, who helps."""

from __future__ import annotations

from course.actionplan.part import Part
from course.actionplan.words import Day, Line, Number, Whole, line, words


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


class Equity(Part):
    """The group that must not lose, before and after."""

    group: Line = line("Group", "Such as income group 1.", "Which group? Name it.")
    indicator: Line = line("Indicator", "Such as jobs within 45 minutes.", "Name the indicator.")
    before: Number = words("Before", "The value today.", "Write today's value.")
    after: Number = words("After", "The value with the plan.", "Write the value with the plan.")


class Help(Part):
    """One thing asked of somebody else."""

    from_whom: Line = line("From", "Whom you ask.", "Whom do you ask? Name them.")
    what: Line = line("What", "What they give.", "What do they give? Write it.")
    by_when: Day = words("By", "The day you need it.", "By when? Write the day.")
    money: bool = words("It is money", "Yes for a grant or a loan.", "Answer yes or no.",
                        default=False)  # fmt: skip
