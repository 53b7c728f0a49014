"""The controls of the participation lab: a rule, five sliders, two teaching values."""

from __future__ import annotations

from course.display.controls import AnyControl, Control, Option
from course.labs.participation_setting import MOST_CHOICES, RULES, SURVEY_PCT, Setting


def controls_of(start: Setting, *, most_choices: int, weights: bool) -> list[AnyControl]:
    """Return the controls of the lab.

    Parameters
    ----------
    start : Setting
        Where they stand at first.
    most_choices : int
        Most choices of one voter; a slider beyond it would move nothing.
    weights : bool
        Whether the voters have zones, without which there are no channels to weigh.
    """
    most = max(2, min(MOST_CHOICES, most_choices))
    found: list[AnyControl] = [
        Option("rule", "Voting rule", list(RULES.items()), start.rule,
               hint="How the votes become a list of projects."),
        Control("budget_pct", "Budget", "% of all costs", 10, 100, 1, start.budget_pct,
                hint="Money given out, in percent of the cost of all projects."),
        Control("choices", "Choices counted", "per voter", 1, most, 1, min(start.choices, most),
                hint="Each voter's choices with most points, then by project_id."),
    ]  # fmt: skip
    if weights:
        found.append(
            Control("committee", "Weight of a committee", "%", 0, 100 - SURVEY_PCT, 1,
                    start.committee,
                    hint=f"One seat per zone. A survey by population has {SURVEY_PCT} %, "
                    "the online vote the rest.")
        )  # fmt: skip
    found += [
        Control("forum_at", "Forum at", "likes", 10, 1_000, 10, start.forum_at,
                hint="Likes that open a forum. Seoul: 500 until 2020, then 100."),
        Control("answer_at", "Answer at", "participants", 100, 10_000, 100, start.answer_at,
                hint="Participants that oblige the city to answer. Seoul: 5,000, then 1,000."),
        Control("hours_forum", "Staff time of a forum", "h", 0, 80, 1, start.hours_forum,
                more=True, hint="A teaching value; ask your office."),
        Control("hours_answer", "Staff time of an answer", "h", 0, 200, 1, start.hours_answer,
                more=True, hint="A teaching value; ask your office."),
    ]  # fmt: skip
    return found
