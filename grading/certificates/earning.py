"""Who has earned a certificate: asked of the completion rule, told as achievements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.errors import CourseError
from grading.certificates.achievement import Achievement
from grading.certificates.learned import three_lines
from grading.certificates.pictures import pack_of

if TYPE_CHECKING:
    from course.programme import Programme
    from grading.cohort import Participant
    from grading.completion import Records
    from grading.state import GradingState


@dataclass(frozen=True)
class Standing:
    """How one participant stands.

    Attributes
    ----------
    student_id, name : str
        Who.
    achievement : Achievement or None
        What a certificate would state; None while something is missing.
    missing : tuple of str
        What is missing, in words.
    problem : str
        Why nothing can be said, such as a name that cannot be printed; else empty.
    programme : str
        Its id.
    note : str
        What a person should look at before the paper is handed over; else empty.
    """

    student_id: str
    name: str
    achievement: Achievement | None
    missing: tuple[str, ...] = ()
    problem: str = ""
    programme: str = ""
    note: str = ""


def earned(
    state: GradingState, programme: Programme, *, students: Iterable[str] | None = None,
    simulated: bool = False,
) -> list[Standing]:  # fmt: skip
    """Return how the participants of a programme stand.

    Parameters
    ----------
    state : GradingState
        The host.
    programme : Programme
        Dated, if its certificates are to show dates.
    students : iterable of str, optional
        Only these.
    simulated : bool
        The people do not exist; their certificates say so.

    Returns
    -------
    list of Standing
        In the order of the roster; one whose records cannot be read has a problem and
        does not stop the others. Nobody on the roster gives an empty list.

    Raises
    ------
    CourseError
        A student that was named is not on the roster.
    """
    from grading.completion import Records

    records = Records(state, programme)
    people = [p for p in records.people.values() if p.takes_part]
    if students is not None:
        wanted = list(students)
        strange = sorted(set(wanted) - {p.student_id for p in people})
        if strange:
            raise CourseError(
                f"{strange[0]!r} is not on the roster of {programme.id}.",
                "See the roster with: python3 -m grading cohort list.",
            )
        people = [p for p in people if p.student_id in wanted]
    return [_standing(records, person, simulated) for person in people]


def _standing(records: Records, person: Participant, simulated: bool) -> Standing:
    who, name = person.student_id, person.shown_name
    programme = records.programme.id
    try:
        result = records.completion(who)
        if not result.complete:
            missing = tuple(f"{r.title}: {r.have}, needed: {r.need}" for r in result.missing)
            return Standing(who, name, None, missing, programme=programme)
        if not person.name:
            raise CourseError(
                f"The roster has no name for {who!r}.",
                "Add it to the roster: python3 -m grading cohort add roster.csv.",
            )
        stated = achievement(records, person, simulated=simulated).checked()
        note = _plan_note(records, who)
    except CourseError as error:
        return Standing(who, name, None, problem=str(error), programme=programme)
    return Standing(who, name, stated, programme=programme, note=note)


def _plan_note(records: Records, who: str) -> str:
    """Say that the plan whose title is printed is not the one that was marked."""
    from grading.plans import marks
    from grading.plans.groups import group_of, plan_of_group

    if not records.programme.plan:
        return ""
    group = group_of(records.state, who)
    plan = plan_of_group(records.state, group)
    seen = [m for m in marks.marks_of(records.state, group) if m.plan]
    if not plan.present or not seen or any(m.plan == marks.content_of(plan) for m in seen):
        return ""
    return f"the plan was changed after it was marked; its title is now {plan.title!r}"


def achievement(records: Records, person: Participant, *, simulated: bool = False) -> Achievement:
    """Return what the certificate of a participant states.

    Parameters
    ----------
    records : Records
        What is known; the on-line sessions of its programme give the hours on line.
    person : Participant
        Name, city, team.
    simulated : bool
        See :func:`earned`.
    """
    from course import __version__
    from grading.plans import marks as plan_marks

    programme, who = records.programme, person.student_id
    home = next((d for d in programme.delegations if d.id == person.team), None)
    city = person.city or (home.city if home else "")
    if home and home.country and home.country.casefold() not in city.casefold():
        city = f"{city}, {home.country}"
    done = records.modules_done(who)
    online = {day.id for day in programme.days if day.online}
    minutes = sum(s.minutes for s in programme.sessions if s.day in online and s.module in done)
    named = tuple(m for m in done if m in programme.module_ids)  # tests are no modules
    return Achievement(
        student_id=who,
        name=person.name,
        city=city or "City not given",
        programme=programme.id,
        programme_title=programme.title,
        kind=programme.kind,
        start=programme.start,
        end=programme.end,
        hours_on_site=records.evidence(who).attended_minutes / 60,
        hours_online=minutes / 60,
        modules=named,
        plan_title=plan_marks.result(records.state, who).title,
        rule_version=programme.rule_version,
        course_version=__version__,
        learned=three_lines(named),
        pack=(home.pack if home else "") or pack_of(records.state, person.city),
        simulated=simulated,
        timezone=programme.timezone,
    )
