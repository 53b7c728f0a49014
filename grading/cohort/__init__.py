"""Who takes part and who was there: the roster, the attendance log, and their tables."""

from grading.cohort.attendance import attendance, mark
from grading.cohort.people import Participant
from grading.cohort.roster import add, export, names, participant, participants, remove, teams
from grading.cohort.sheets import add_sheet, write_sheet

__all__ = [
    "Participant",
    "add",
    "add_sheet",
    "attendance",
    "export",
    "mark",
    "names",
    "participant",
    "participants",
    "remove",
    "teams",
    "write_sheet",
]
