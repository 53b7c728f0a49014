"""One line per thing a programme asks for: met, not met or unknown, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from course.completion.evidence import Evidence
from course.completion.rule import COOPERATION_NOTE, LESSONS, CompletionRule

# Points are sums of binary fractions: a sum that misses its line by less is on the line.
_EPSILON = 1e-6


@dataclass(frozen=True)
class Requirement:
    """One line of the list a trainee sees.

    Attributes
    ----------
    id : str
        ``attendance, lessons, labs, points, written, plan, plan_points, presentation,
        team_part, post_test``.
    title : str
        What is asked for.
    met : bool or None
        None: unknown, because it waits for somebody else or for a day to come.
    have, need : str
        What there is and what is asked for, in words with units.
    remedy : str
        What to do next; empty when it is met.
    """

    id: str
    title: str
    met: bool | None
    have: str = ""
    need: str = ""
    remedy: str = ""

    @property
    def status(self) -> str:
        """Return ``met``, ``missing`` or ``waiting``."""
        return {True: "met", False: "missing", None: "waiting"}[self.met]


# ---- one function per requirement; None where it is not asked for --------------------------


def _presence(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.presence == LESSONS:
        return _all_of(
            "lessons", "Every lesson was run", e.lessons, e.lessons_run,
            "Open the lesson of module {} and run it from the top.",
        )  # fmt: skip
    if rule.presence is None or e.on_site_minutes <= 0:
        return None
    line = rule.attendance_pct
    best = max(e.on_site_minutes - e.missed_minutes, e.attended_minutes)
    met = _reached(e.attended_minutes, line, e.on_site_minutes, e.on_site_minutes - best)
    unknown = max(0.0, best - e.attended_minutes)
    remedy = {
        None: f"{_number(unknown)} minutes are not recorded yet. Come to the sessions and sign.",
        False: "Speak with your instructor about the sessions that were missed.",
        True: "",
    }
    return Requirement(
        "attendance",
        "Presence at the sessions on site",
        met,
        f"{_percent(e.attended_minutes, e.on_site_minutes)} of the on-site minutes",
        f"{_number(line)} %",
        remedy[met],
    )


def _labs(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.labs is None:
        return None
    return _all_of(
        "labs", "Every core lab was used once", e.labs, e.labs_run,
        "Open the lab of module {}, change a setting, then hand the module in.",
    )  # fmt: skip


def _all_of(
    name: str, title: str, wanted: frozenset[str], done: frozenset[str], remedy: str
) -> Requirement | None:
    if not wanted:
        return None
    open_ = sorted(wanted - done)
    return Requirement(
        name,
        title,
        not open_,
        f"{len(wanted) - len(open_)} of {len(wanted)}",
        f"all {len(wanted)}" if len(wanted) > 1 else "1",
        remedy.format(_modules(open_)) if open_ else "",
    )


def _modules(names: Iterable[str]) -> str:
    """Return the numbers of modules: of ``10_fares/lab`` it is 10."""
    return ", ".join(dict.fromkeys(name.partition("_")[0] for name in names))


def _points(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.core_points_pct is None or e.core_possible <= 0:
        return None
    # extra points stand in for core points that were not earned, up to a share of all
    open_ = max(0.0, e.core_possible - e.core_points)
    extra = min(e.extra_points, e.core_possible * rule.extra_cap_pct / 100, open_)
    have = e.core_points + extra
    out_of_reach = e.core_possible - have - e.core_waiting
    met = _reached(have, rule.core_points_pct, e.core_possible, out_of_reach)
    remedy = {
        None: f"{_number(e.core_waiting)} points wait for your host.",
        False: "Answer more questions, or answer them again with the hints, and hand in.",
        True: "",
    }
    from_extra = f", {_number(extra)} of them from extra questions" if extra > 0 else ""
    return Requirement(
        "points",
        "Points of the core questions",
        met,
        f"{_number(have)} of {_number(e.core_possible)} points{from_extra}",
        f"{_number(rule.core_points_pct)} % ({_number(_line(rule.core_points_pct, e))} points)",
        remedy[met],
    )


def _line(percent: float, e: Evidence) -> float:
    return e.core_possible * percent / 100


def _written(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.written_share_pct is None or e.written_asked <= 0:
        return None
    line = rule.written_share_pct
    out_of_reach = e.written_asked - e.written_good - e.written_waiting
    met = _reached(e.written_good, line, e.written_asked, out_of_reach)
    remedy = {
        None: f"{e.written_waiting} written answers wait for your instructor.",
        False: "Write more: a choice and a number of your own city "
        f"reach band {rule.written_band}.",
        True: "",
    }
    return Requirement(
        "written",
        f"Written answers in band {rule.written_band} or better",
        met,
        f"{e.written_good} of {e.written_asked}",
        f"{_number(line)} % of {e.written_asked}",
        remedy[met],
    )


def _plan_words(rule: CompletionRule) -> str:
    return "cooperation note" if rule.plan == COOPERATION_NOTE else "action plan"


def _plan(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.plan is None:
        return None
    words = _plan_words(rule)
    met = e.plan_valid if e.plan_handed_in else False
    have = {True: "complete", False: "with gaps", None: "handed in, not read yet"}[e.plan_valid]
    remedy = {
        True: "",
        None: "Your host has not read it yet.",
        False: f"Fill in what the form of your {words} marks, then hand it in again."
        if e.plan_handed_in
        else f"Write your {words} in module 13 and hand it in.",
    }
    return Requirement(
        "plan",
        f"A complete {words}",
        met,
        have if e.plan_handed_in else "not handed in",
        "handed in without gaps",
        remedy[met],
    )


def _plan_points(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.plan is None or rule.plan_points is None:
        return None
    need = f"{_number(rule.plan_points)} of 100 points"
    title = f"Marks of the {_plan_words(rule)}"
    if e.plan_points is None:
        met = None if e.plan_handed_in else False
        remedy = "The markers are at work." if e.plan_handed_in else "Hand the plan in first."
        return Requirement("plan_points", title, met, "not marked yet", need, remedy)
    met = e.plan_points >= rule.plan_points - _EPSILON
    remedy = "" if met else "Read the markers' comments, improve the plan and hand it in again."
    return Requirement("plan_points", title, met, f"{_number(e.plan_points)} of 100", need, remedy)


def _presentation(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.plan is None or not rule.presented:
        return None
    how = "a recording of 10 minutes or a live session" if rule.recording else "10 minutes, live"
    remedy = {
        True: "",
        None: "It is noted after the presentation.",
        False: "Agree with your host on a recording or a live session."
        if rule.recording
        else "Ask your instructor for a place on the order list.",
    }
    met = e.plan_presented
    have = {True: "presented", False: "not presented", None: "not noted yet"}[met]
    return Requirement(
        "presentation", f"The {_plan_words(rule)} was presented", met, have, how, remedy[met]
    )


def _team_part(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.plan is None or not rule.team_parts or e.team_size < 2:
        return None
    met = e.plan_part if e.plan_handed_in else False
    have = {True: "named", False: "not named", None: "not read yet"}[met]
    remedy = "" if met else "Let the plan say which part of the team's work is yours."
    return Requirement(
        "team_part", "Your own part in the team's plan", met, have, "named in the plan", remedy
    )


def _post_test(rule: CompletionRule, e: Evidence) -> Requirement | None:
    if rule.post_test_pct is None or not e.post_test_asked:
        return None
    need = f"{_number(rule.post_test_pct)} %"
    title = "The test after the course"
    if e.post_test_pct is None:
        met = None if e.post_test_handed_in else False
        have = "not scored yet" if e.post_test_handed_in else "not handed in"
        remedy = "" if e.post_test_handed_in else "Answer the test in 20 minutes and hand it in."
        return Requirement("post_test", title, met, have, need, remedy or "It waits for your host.")
    met = e.post_test_pct >= rule.post_test_pct - _EPSILON
    remedy = "" if met else "Ask your instructor for a second attempt."
    return Requirement("post_test", title, met, f"{_number(e.post_test_pct)} %", need, remedy)


# ---- numbers and words -------------------------------------------------------------------------


def _reached(have: float, percent: float, of: float, lost: float) -> bool | None:
    """Say whether a share is reached; None while what is neither had nor lost could do it."""
    line = of * percent / 100
    if have >= line - _EPSILON:
        return True
    return None if of - max(lost, 0) >= line - _EPSILON and of - max(lost, 0) > have else False


def _number(value: float) -> str:
    """Return a number for people: at most two places, thousands apart.

    >>> _number(1950.0), _number(2.5)
    ('1,950', '2.5')
    """
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _percent(part: float, of: float) -> str:
    # rounded down: 79.96 % is not shown as the 80 % that it is not
    return f"{_number(int((part / of * 1000) + _EPSILON) / 10)} %"


# In the order in which a trainee reads them.
LINES = (_presence, _labs, _points, _written, _plan, _plan_points, _presentation, _team_part,
         _post_test)  # fmt: skip
