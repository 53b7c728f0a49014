"""What two cities agree in a cooperation note."""

from __future__ import annotations

from course.actionplan.part import Part
from course.actionplan.words import Day, Line, line, words


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
