"""What is known about one person, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """What is known about one person; the defaults say that nothing was asked or done.

    Modules in preparation are in none of the fields: nothing of theirs is asked for.

    Attributes
    ----------
    on_site_minutes : float
        Minutes of all sessions that are attended.
    attended_minutes, missed_minutes : float
        Minutes the attendance log says so of; the rest is not recorded yet.
    lessons, lessons_run : frozenset of str
        Module ids with a lesson; those that were run.
    labs, labs_run : frozenset of str
        Core labs as ``module/lab``; those with a record.
    core_points, core_waiting, core_possible : float
        Core automatic points: earned, waiting for the host, in all modules together.
    extra_points : float
        Points of extra questions.
    written_good, written_waiting, written_asked : int
        Written answers at the rule's band or better; handed in and not marked; all.
    plan_handed_in : bool
        A plan (or note) came.
    plan_valid, plan_presented, plan_part : bool or None
        Checked by the strict model; presented; this person has a named part in it. None:
        not known yet.
    plan_points : float or None
        Of 100; None while the markers are at work.
    team_size : int
        People who share the plan.
    post_test_asked, post_test_handed_in : bool
        The programme has such a test; an answer came.
    post_test_pct : float or None
        Its result; None while it is not scored.
    """

    on_site_minutes: float = 0
    attended_minutes: float = 0
    missed_minutes: float = 0
    lessons: frozenset[str] = frozenset()
    lessons_run: frozenset[str] = frozenset()
    labs: frozenset[str] = frozenset()
    labs_run: frozenset[str] = frozenset()
    core_points: float = 0
    core_waiting: float = 0
    core_possible: float = 0
    extra_points: float = 0
    written_good: int = 0
    written_waiting: int = 0
    written_asked: int = 0
    plan_handed_in: bool = False
    plan_valid: bool | None = None
    plan_points: float | None = None
    plan_presented: bool | None = None
    plan_part: bool | None = None
    team_size: int = 1
    post_test_asked: bool = False
    post_test_handed_in: bool = False
    post_test_pct: float | None = None
