"""Citizen participation: voting rules, channels, thresholds, and who gets nothing.

The door to the room: everything a notebook needs is here, the work is in the modules named
below. Rules accept ``(projects, ballots, budget)`` or ``(profile, budget=...)``; make the
profile once where a slider counts again and again. Money is whole hundredths inside, ties go
to the cheaper project, then to the smaller project_id, so every result is exact and the same
on every machine.
"""

from __future__ import annotations

from course.city.pabulib import Election, read_pabulib
from course.policy.channels import combine
from course.policy.equal_shares import equal_shares
from course.policy.most_votes import greedy
from course.policy.outcome import Outcome
from course.policy.phragmen import phragmen
from course.policy.profile import Profile, profile
from course.policy.promises import (
    Funnel,
    funnel,
    funnel_hours,
    lost_calls,
    required_choices,
    void_ballots,
)
from course.policy.reach import empty_zones, in_words, nobody, served_pct
from course.policy.turnout import missing_groups, turnout
from course.policy.zone_weights import weighted, zone_channels

# Name of the rule -> label for people. The functions have the same names.
RULES = {
    "greedy": "Most votes first",
    "equal_shares": "Equal shares",
    "phragmen": "Phragmén, one by one",
}

__all__ = [
    "RULES",
    "Election",
    "Funnel",
    "Outcome",
    "Profile",
    "combine",
    "empty_zones",
    "equal_shares",
    "funnel",
    "funnel_hours",
    "greedy",
    "in_words",
    "lost_calls",
    "missing_groups",
    "nobody",
    "phragmen",
    "profile",
    "read_pabulib",
    "required_choices",
    "served_pct",
    "turnout",
    "void_ballots",
    "weighted",
    "zone_channels",
]
