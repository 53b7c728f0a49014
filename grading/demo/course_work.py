"""What the simulated officials do at their desks: every module, each in their own way.

Each piece of work is done in a process of its own folder, name and city, as separate
people on separate machines would: fetch from the exchange, answer, hand in. Pieces run
side by side; who copies waits until the neighbour is done.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from course.actionplan.model import FILE_NAME as PLAN_FILE
from course.actionplan.storing import write_plan
from course.labs import records
from course.questions import load_module
from grading.demo import exchange, stories, working
from grading.demo.cast import Official
from grading.demo.expecting import Expectation, expectation
from grading.demo.people import Person
from grading.state import GradingState

ONE_LINE = "We need better data."  # an opinion: band 1
NIGHT, KERNEL, TRAPS = "06_night_bus", "10_integrated_fares", "02_citizen_participation"
# habit -> how the exercises are done, where not by the book in every module
_WAYS = {"copies": "copier", "clumsy": "duplicated"}


def way(habit: str, module: str) -> str:
    """Return the story of `grading.demo.people` that a habit means in a module.

    >>> way("kernel", "10_integrated_fares"), way("kernel", "06_night_bus")
    ('kernel', 'honest')
    """
    form = module[:1]  # tests and the survey have numbers from 90 up
    if form == "9":
        return "honest"
    if habit == "kernel" and module == KERNEL:
        return "kernel"
    if habit == "traps" and module == TRAPS:
        return "wrong"
    if habit == "unsaved" and module == TRAPS:
        return "unsaved"
    return _WAYS.get(habit, "honest")


@dataclass(frozen=True)
class Task:
    """One official's work on one module.

    Attributes
    ----------
    state : GradingState
        The host's, for the exchange.
    official : Official
        Who works.
    module : str
        Its id.
    pack : str
        Folder of the city.
    home : Path
        The official's folder.
    neighbour : dict
        The answers of the official whose numbers are copied.
    plan : dict
        The delegation's plan, for who leads it and hands it in.
    """

    state: GradingState
    official: Official
    module: str
    pack: str
    home: Path
    neighbour: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What came of a task.

    Attributes
    ----------
    official, module : str
        Their ids.
    given : dict
        Question -> the answer handed in last.
    expected : Expectation
        Points worked out without the answer key.
    """

    official: str
    module: str
    given: dict[str, Any]
    expected: Expectation


def do(task: Task, *, hand_in: bool = True) -> Done:
    """Fetch, answer, use the lab, hand in.

    Parameters
    ----------
    task : Task
        The work.
    hand_in : bool
        False for one who is late and hands in with :func:`submit` afterwards.
    """
    folder = exchange.fetch(task.state, task.home, task.official.id, task.module)
    spec = load_module(task.state.assignment_folder(task.module))
    habit = task.official.habit
    person = Person(task.official.id, way(habit, task.module), task.pack)
    desk = stories.desk(person, folder, task.home, spec)
    if habit == "short words":
        # the class's own text is what able trainees write
        desk = _with_text(desk, ONE_LINE)
    neighbour = SimpleNamespace(given=task.neighbour) if task.neighbour else None
    stories.work(desk, neighbour)
    for lab in spec.labs:
        if habit != "no lab" or task.module != NIGHT:
            with working.as_trainee(folder, trainee=person.id, city=task.pack, workspace=task.home):
                # as the lab itself writes when a control is moved
                records.append(lab, {"tried": 1}, city=desk.city.id, folder=folder)
    if task.plan:
        # as the form writes it at every change
        write_plan(folder / PLAN_FILE, task.plan)
    if hand_in:
        submit(task)
    given = {q: v for q, v in desk.given.items() if v is not stories.WAITS}
    return Done(task.official.id, task.module, given, expectation(desk))


def submit(task: Task) -> None:
    """Hand in the folder of a task."""
    exchange.submit(task.state, task.home, task.official.id, task.module)


def _with_text(desk: stories.Desk, text: str) -> stories.Desk:
    solver = desk.solver
    kind = type(solver.__class__.__name__, (solver.__class__,), {"text": text})
    desk.solver = kind(solver.spec, solver.city, solver.who)
    return desk


def context() -> BaseContext:
    """Return how processes are started: never with copies of this one's locks and threads."""
    return multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")


def do_all(
    tasks: list[Task],
    *,
    workers: int,
    late: Callable[[Task], bool] = lambda task: False,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Done]:
    """Do all tasks, side by side; copiers after everybody else.

    Parameters
    ----------
    tasks : list of Task
        In any order.
    workers : int
        Processes.
    late : callable
        Tasks whose hand-in is left for :func:`submit`.
    progress : callable
        Told of each task that is done.

    Returns
    -------
    list of Done
        In the order of the tasks.
    """
    made: dict[tuple[str, str], Done] = {}
    with ProcessPoolExecutor(workers, mp_context=context()) as pool:
        copiers = [t for t in tasks if t.official.habit == "copies"]
        for part in ([t for t in tasks if t not in copiers], copiers):
            futures: dict[Future[Done], Task] = {}
            for task in part:
                if task in copiers:
                    task = _beside(task, tasks, made)
                futures[pool.submit(do, task, hand_in=not late(task))] = task
            for future in as_completed(futures):
                done = future.result()
                made[done.official, done.module] = done
                progress(f"{done.official} (simulated) has worked on {done.module}")
    return [made[t.official.id, t.module] for t in tasks]


def _beside(task: Task, tasks: list[Task], made: dict[tuple[str, str], Done]) -> Task:
    """Return a copier's task with the answers of the one who sits in the same delegation."""
    from dataclasses import replace

    for other in tasks:
        same = other.official.town == task.official.town and other.module == task.module
        if same and other.official.id != task.official.id:
            return replace(task, neighbour=made[other.official.id, other.module].given)
    return task
