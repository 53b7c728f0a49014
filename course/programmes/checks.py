"""What has to fit together in a programme: minutes, times, modules, places, packs, the rule."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from course import paths
from course.programmes import clock, known_modules, site_files
from course.programmes.complaints import Complaints
from course.programmes.parts import EXERCISES, LESSON, TESTS, VISIT, Day, Session

if TYPE_CHECKING:
    from course.programme import Programme

MIDNIGHT = 24 * 60


def check(programme: Programme) -> list[str]:
    """Return the complaints about a programme, empty when it is fine.

    Parameters
    ----------
    programme : Programme
        With dates, opening days and holidays are checked too; without, only the hours.

    Returns
    -------
    list of str
        Each names the file, the day, the session and the remedy.
    """
    found = Complaints(str(programme.path or programme.id))
    _ids(programme, found)
    for day in programme.days:
        _minutes(day, found)
        _times(day, found)
    _days_apart(programme, found)
    _modules(programme, found)
    _places(programme, found)
    _delegations(programme, found)
    _rule(programme, found)
    if programme.start is not None and programme.starts_on not in (None, programme.start.weekday()):
        found.add(
            "",
            f"it is made to begin on a {clock.DAY_NAMES[programme.starts_on]}, and "
            f"{clock.day_words(programme.start)} is not one.",
            "Choose another start, or delete 'starts_on'.",
        )
    return found.lines


def _where(session: Session) -> str:
    return f"day {session.day}, session {session.id}"


def _ids(programme: Programme, found: Complaints) -> None:
    kinds = {
        "day": [day.id for day in programme.days],
        "session": [session.id for session in programme.sessions],
        "delegation": [delegation.id for delegation in programme.delegations],
    }
    for kind, names in kinds.items():
        for name, count in Counter(names).items():
            if count > 1:
                days = sorted({s.day for s in programme.sessions if s.id == name})
                where = f"day {', '.join(days)}, session {name}" if kind == "session" else ""
                found.add(
                    where or f"{kind} {name}", f"this id stands {count} times.",
                    "Choose another id.",
                )  # fmt: skip


def _minutes(day: Day, found: Complaints) -> None:
    if day.sum_min != day.total_min:
        last = day.sessions[-1].id if day.sessions else "none"
        found.add(
            f"day {day.id}",
            f"the sessions up to {last} add up to {day.sum_min} minutes, 'total' says "
            f"{day.total_min}.",
            f"Change the minutes of a session, or write total: {day.sum_min}.",
        )


def _times(day: Day, found: Complaints) -> None:
    for session in day.sessions:
        if session.at_min is None or session.start_min is None:
            if session.at_min is not None:
                found.add(_where(session), "a day on line has no clock.", "Delete 'at'.")
            continue
        begin, fixed = session.start_min, session.at_min
        if fixed < begin:
            found.add(
                _where(session),
                f"it overlaps: it is at {clock.clock(fixed)} and what is before ends at "
                f"{clock.clock(begin)}.",
                f"Shorten what is before by {begin - fixed} minutes, or delete 'at'.",
            )
        elif fixed > begin:
            found.add(
                _where(session),
                f"there is a gap: it is at {clock.clock(fixed)} and what is before ends at "
                f"{clock.clock(begin)}.",
                f"Add a break of {fixed - begin} minutes, or delete 'at'.",
            )
    if day.start_min is not None and day.start_min + day.sum_min > MIDNIGHT:
        late = next(s for s in day.sessions if (s.end_min or 0) > MIDNIGHT)
        found.add(_where(late), "it ends after midnight.", "Begin earlier or shorten the day.")


def _days_apart(programme: Programme, found: Complaints) -> None:
    spans = [
        (day.number, day.start_min, day.start_min + day.sum_min, day)
        for day in programme.days
        if day.start_min is not None
    ]
    for place, (number, begin, _, day) in enumerate(spans):
        for other_number, other_begin, other_end, other in spans[:place]:
            if number == other_number and begin < other_end and other_begin < begin + day.sum_min:
                found.add(
                    f"day {day.id}, session {day.sessions[0].id if day.sessions else 'none'}",
                    f"it overlaps with day {other.id}: both are day {number} of the programme.",
                    "Change 'day' or 'start' of one of them.",
                )
            elif number < other_number:
                found.add(
                    f"day {day.id}", f"it stands after day {other.id} and is before it.",
                    "Put the days in order.",
                )  # fmt: skip


def _modules(programme: Programme, found: Complaints) -> None:
    known = known_modules.specs()
    taught: set[str] = set()
    for session in programme.sessions:
        if session.module is None:
            continue
        if not known_modules.is_known(session.module, known):
            found.add(
                _where(session), f"there is no module {session.module!r}.", _nearest(session, known)
            )
        needs = TESTS.get(session.kind)
        if needs and session.module != needs:
            found.add(_where(session), f"a {session.kind} is module {needs}.", "Delete 'module'.")
        if session.kind == LESSON:
            taught.add(session.module)
        elif (
            session.kind == EXERCISES
            and session.module not in taught
            and any(s.kind == LESSON and s.module == session.module for s in programme.sessions)
        ):
            found.add(
                _where(session), f"the exercises of {session.module} come before its lesson.",
                "Change the order.",
            )  # fmt: skip
    for module in programme.afterwards:
        if not known_modules.is_known(module, known):
            found.add("afterwards", f"there is no module {module!r}.", "Give a module's id.")


def _nearest(session: Session, known: dict[str, object]) -> str:
    import difflib

    near = difflib.get_close_matches(str(session.module), known, n=1, cutoff=0.4)
    return f"Did you mean {near[0]!r}?" if near else "Give the id of a module."


def _places(programme: Programme, found: Complaints) -> None:
    import difflib

    places = site_files.read_sites()
    for day in programme.days:
        for session in day.sessions:
            for name in filter(None, (session.site, *session.if_closed)):
                if name not in places:
                    near = difflib.get_close_matches(name, places, n=1)
                    remedy = f"Did you mean {near[0]!r}?" if near else "Add it to a sites.yml."
                    found.add(_where(session), f"there is no place {name!r}.", remedy)
            if session.kind != VISIT:
                continue
            if session.site is None:
                found.add(_where(session), "a visit has no place.", "Add 'site'.")
            elif day.online:
                found.add(_where(session), "a visit is on a day on line.", "Move it.")
            elif session.site in places:
                why = places[session.site].closed(day.date, session.start_min, session.end_min)
                if why:
                    found.add(_where(session), why, "Change the day, the time or the place.")


def _delegations(programme: Programme, found: Complaints) -> None:
    for delegation in programme.delegations:
        if delegation.pack and not _has_pack(delegation.pack):
            found.add(
                f"delegation {delegation.id}",
                f"there is no city pack {delegation.pack!r}.",
                f"Make it: python3 -m course city add {delegation.pack} FEED.zip",
            )


def _has_pack(name: str) -> bool:
    if any(sign in name for sign in "/\\") or name in (".", ".."):
        return False  # a pack is named, so that a file of one computer works on another
    return any((folder / name / "datapackage.json").is_file() for folder in paths.cities_dirs())


def _rule(programme: Programme, found: Complaints) -> None:
    rule = programme.rule
    kinds = {session.kind for session in programme.sessions}
    if rule.post_test_pct is not None and "post_test" not in kinds:
        found.add(
            "rule", "it asks for the test after the course, and no session is one.",
            "Add a session of kind post_test, or write post_test_pct: null.",
        )  # fmt: skip
    if rule.plan is not None and not any(
        (session.module or "").startswith("13_") for session in programme.sessions
    ):
        found.add(
            "rule", "it asks for a plan, and no session works on one.",
            "Add a session of module 13_action_plan, or write plan: null.",
        )  # fmt: skip
    if rule.presence == "attendance" and programme.on_site_minutes == 0:
        found.add(
            "rule", "it asks for presence, and no session is attended.",
            "Add a day on site, or write presence: lessons.",
        )  # fmt: skip
