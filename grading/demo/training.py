"""The whole training week with simulated officials, and the year after it.

From the roster to the last follow-up report, every step is the real one: nbgrader's
exchange and gradebook, the host's scoring, marks by hand, the attendance log, plans with
two markers, certificates that verify, reports that come in as files. Only the people are
simulated. What comes out is a folder that can be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.city.pack import City
from grading import cohort, due, paperwork
from grading.collect import collect
from grading.demo import course_work, hosting, solutions
from grading.demo.cast import Official, Town, officials
from grading.demo.course_work import Done, Task
from grading.demo.plans import plan_of
from grading.direct import score_all
from grading.marking import Marker
from grading.release import release
from grading.state import GradingState

if TYPE_CHECKING:
    from course.programme import Programme

Say = Callable[[str], None]
LATE_MODULE = "02_citizen_participation"
PLAN = "13_action_plan"


@dataclass
class Training:
    """What came of the week.

    Attributes
    ----------
    programme : Programme
        Dated, with the simulated delegations.
    officials : tuple of Official
        Who took part.
    modules : list of str
        Worked and scored, tests and survey included.
    done : dict
        (official, module) -> what they handed in and what it should bring.
    points : dict
        module -> official -> question -> points in the gradebook.
    late : dict
        module -> official -> by how much.
    folder : Path
        The output.
    """

    programme: Programme
    officials: tuple[Official, ...]
    modules: list[str]
    folder: Path
    done: dict[tuple[str, str], Done] = field(default_factory=dict)
    points: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    late: dict[str, dict[str, timedelta]] = field(default_factory=dict)

    @property
    def differing(self) -> list[tuple[str, str]]:
        """Return (official, module) whose points are not those worked out without the key."""
        return [
            (who, module)
            for (who, module), done in self.done.items()
            if self.points.get(module, {}).get(who, {}) != done.expected.points
        ]


def last_full_week(today: date) -> date:
    """Return the Monday of the last week that is over.

    >>> last_full_week(date(2026, 11, 22)).isoformat()
    '2026-11-16'
    """
    monday = today - timedelta(days=today.weekday())
    return monday if today.weekday() >= 5 else monday - timedelta(days=7)


def week(
    state: GradingState,
    out: Path,
    number: int = 15,
    *,
    workers: int = 1,
    start: date | None = None,
    say: Say = print,
) -> Training:
    """Run the week up to the point where everything is marked.

    Parameters
    ----------
    state : GradingState
        A throw-away state.
    out : Path
        Where everything goes.
    number : int
        Officials, 1 to 15.
    workers : int
        Processes for the officials' work and for scoring.
    start : date, optional
        Day 1; the last full week when left out.
    say : callable
        Told what happens.
    """
    people = officials(number)
    programme = hosting.demo_programme(people, start or last_full_week(date.today()))
    training = Training(programme, people, _modules(programme), out)
    packs = {o.town.id: _pack(o.town, out) for o in people}
    roster = hosting.write_roster(people, out / "host" / "roster.csv", programme.id)
    made = cohort.add(state, roster, programme=programme.id)
    if made.problems:
        raise AssertionError(f"the demo's own roster was refused: {made.problems}")
    say(f"{len(made.added)} simulated officials from {len(packs)} cities are on the roster")
    hosting.mark_presence(state, programme, people)
    for module in training.modules:
        release(state, module)
    say(f"released: {', '.join(training.modules)}")
    plans = _plans(people, packs, programme.end or date.today())
    tasks = [
        Task(
            state, o, module, packs[o.town.id], out / "trainees" / o.id,
            plan=plans[o.town.id] if module == PLAN and o.leads else {},
        )
        for module in training.modules
        for o in people
    ]  # fmt: skip
    late = [t for t in tasks if t.official.habit == "late" and t.module == LATE_MODULE]
    for done in course_work.do_all(
        tasks, workers=workers, late=lambda task: task in late, progress=say
    ):
        training.done[done.official, done.module] = done
    if late:
        due.set_due(state, LATE_MODULE, datetime.now(UTC))
        for task in late:
            course_work.submit(task)
    _score(state, training, workers, say)
    if PLAN in training.modules:
        plans = hosting.mark_plans(state, programme, people)
        say(f"{plans} plans are marked by two people, by three where the two lay apart")
    return training


def _modules(programme: Programme) -> list[str]:
    """Return what can be worked: modules that stand, tests before and after, survey."""
    known = set(solutions.modules())
    wanted = [*programme.ready_module_ids, *programme.test_ids]
    return [m for m in wanted if m in known]


def _plans(
    people: tuple[Official, ...], packs: dict[str, str], day: date
) -> dict[str, dict[str, Any]]:
    return {
        town: plan_of(tuple(o for o in people if o.town.id == town), City.open(pack), day)
        for town, pack in packs.items()
    }


def _pack(town: Town, out: Path) -> str:
    return str(town.pack(out / "cities").path)


def _score(state: GradingState, training: Training, workers: int, say: Say) -> None:
    for module in training.modules:
        collect(state, module)
        score_all(state, module, workers=workers)
    waiting = _approve(state, training.modules)
    say(f"{waiting} cities that the host had never seen are approved; scoring again")
    for module in training.modules:
        score_all(state, module, workers=workers)
        marked = hosting.mark_written(state, module)
        training.points[module] = paperwork.automatic_points(state, module)
        training.late[module] = due.late(state, module)
        say(f"{module} is scored; {marked} written answers are marked")


def _approve(state: GradingState, modules: list[str]) -> int:
    fresh: dict[str, Any] = {}
    cities = Marker(state, modules[0]).cities
    for row in cities.table():
        if row["status"] == "waiting":
            fresh[row["fingerprint"]] = cities.approve(row["fingerprint"], by=hosting.HOST)
    return len(fresh)
