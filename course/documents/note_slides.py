"""The slides of a cooperation note: why, who offers what, first step and contact."""

from __future__ import annotations

from course.display.numbers import number
from course.documents.pictures import alt_of
from course.documents.plan_parts import (
    HIGH,
    LEFT_WIDE,
    OPEN,
    RIGHT,
    RIGHT_BOX,
    RIGHT_WIDE,
    WHOLE,
    headed,
    listed,
    problem_figure,
)
from course.documents.plan_view import NOT_YET, PlanView, alt_text, city_map
from course.documents.slide_master import MARGIN
from course.documents.slide_tables import Column
from course.documents.slides import TOP, Deck

DAYS = ("d30", "d90", "d180", "d365")


def add(deck: Deck, seen: PlanView) -> None:
    """Add three slides after the cover."""
    _why(deck, seen)
    _offers(deck, seen)
    _step(deck, seen)


def _why(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide("Why together", tag="1 The problem", mark=seen.mark)
    problem_figure(slide, seen)
    headed(slide, seen, (MARGIN, TOP + 122, LEFT_WIDE, 154), "Problem", [seen.say("problem.text")],
           "problem")  # fmt: skip
    before, after = seen.amount("objective.baseline"), seen.amount("objective.target")
    aim = seen.say("objective.indicator")
    if before is not None and after is not None:
        unit, day = seen.say("objective.unit"), seen.say("objective.date") or NOT_YET
        aim = f"{aim or NOT_YET}: {number(before)} → {number(after)} {unit}, by {day}"
    headed(slide, seen, (MARGIN, TOP + 288, LEFT_WIDE, HIGH - 288), "Objective", [aim], "objective",
           sizes=(15, 13))  # fmt: skip
    png = city_map(seen, width_px=1524, height_px=1122, text_pt=15)
    if seen.pictures:
        slide.picture(RIGHT_BOX, seen.pictures[0], alt_text(seen.pictures[0]))
    elif png:
        slide.picture(RIGHT_BOX, png, alt_of(png))
    slide.notes(seen.say("problem.text"), aim)


def _offers(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide("Who offers what", tag="2 Together", mark=seen.mark)
    columns = (Column("Who gives", 0.24), Column("What", 0.52), Column("To whom", 0.24))
    listed(slide, seen, (MARGIN, TOP, WHOLE, 240.0), columns,
           seen.cells("offers", ("who", "what", "to")), "offers", sizes=(18, 15, 13))  # fmt: skip
    half = (WHOLE - 32) / 2
    key, match = seen.say("integration.shared_key"), seen.say("integration.match_pct")
    systems = [seen.say("integration.systems"), f"Key: {key}" if key else "",
               f"{match} % of records match today" if match else "",
               f"Signed by {seen.say('integration.signer')}" if seen.say("integration.signer")
               else ""]  # fmt: skip
    headed(slide, seen, (MARGIN, TOP + 252, half, HIGH - 252), "Systems that share one key",
           systems, "integration", sizes=(15, 13))  # fmt: skip
    shared = [", ".join(c for c in row if c)
              for row in seen.cells("data_sharing", ("dataset", "level", "owner"))]  # fmt: skip
    headed(slide, seen, (MARGIN + half + 32, TOP + 252, half, HIGH - 252), "Data we share", shared,
           "data_sharing", sizes=(15, 13))  # fmt: skip
    slide.notes(*systems, *shared)


def _step(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide("The first joint step, and who calls", tag="3 After the week",
                       mark=seen.mark)  # fmt: skip
    headed(slide, seen, (MARGIN, TOP, LEFT_WIDE, 150), "First joint step",
           [seen.say("first_step.what")], "first_step", sizes=(24, 18, 15, 13))  # fmt: skip
    owner, by = seen.say("first_step.owner"), seen.say("first_step.by_when")
    headed(slide, seen, (MARGIN, TOP + 158, LEFT_WIDE, 66), "Who and when",
           [", by ".join(t for t in (owner, by) if t)], "first_step", sizes=(15, 13))  # fmt: skip
    contact = [seen.say(f"contact.{k}") for k in ("name", "office", "reach")]
    headed(slide, seen, (MARGIN, TOP + 234, LEFT_WIDE, HIGH - 234), "Contact", contact, "contact")
    rows = [[f"Day {d[1:]}", seen.say(f"milestones.{d}") or OPEN] for d in DAYS]
    listed(slide, seen, (RIGHT, TOP, RIGHT_WIDE, 234.0),
           (Column("When", 0.2), Column("What can be seen", 0.8)), rows, "milestones",
           most_lines=2)  # fmt: skip
    columns = (Column("Help from", 0.3), Column("What", 0.45), Column("By", 0.25))
    listed(slide, seen, (RIGHT, TOP + 242, RIGHT_WIDE, HIGH - 242), columns,
           seen.cells("help_wanted", ("from_whom", "what", "by_when")), "help_wanted",
           most_lines=2)  # fmt: skip
    slide.notes(f"First step: {seen.say('first_step.what')}", f"Contact: {', '.join(contact)}")
