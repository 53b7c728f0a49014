"""What a programme asks for, module by module: only of modules that stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from course.questions import ModuleSpec

PLAN_MODULE = "13_action_plan"


@dataclass(frozen=True)
class Asked:
    """The modules of a programme that count, by what is asked of them.

    Attributes
    ----------
    lessons : tuple of ModuleSpec
        With a lesson in the programme; their core labs are asked for.
    exercises : tuple of ModuleSpec
        With exercises in the programme; their points and written answers are.
    post_test : ModuleSpec or None
        The test after the course.
    """

    lessons: tuple[ModuleSpec, ...] = ()
    exercises: tuple[ModuleSpec, ...] = ()
    post_test: ModuleSpec | None = None

    @property
    def labs(self) -> frozenset[str]:
        """Return the core labs as ``module/lab``."""
        return frozenset(f"{m.id}/{lab}" for m in self.lessons for lab in m.labs)

    @property
    def core_points(self) -> float:
        """Return the core automatic points of all exercises."""
        return sum(m.core_points for m in self.exercises)

    @property
    def written(self) -> int:
        """Return how many written answers are asked for."""
        return sum(len(m.written) for m in self.exercises)

    @property
    def module_ids(self) -> tuple[str, ...]:
        """Return every module of which something is asked, in order."""
        return tuple(sorted({m.id for m in (*self.lessons, *self.exercises)}))


def asked(programme: Any, modules: Iterable[ModuleSpec]) -> Asked:
    """Return what a programme asks of the modules there are.

    Parameters
    ----------
    programme : Programme
        Its sessions say which module has a lesson, exercises or a test in it.
    modules : iterable of ModuleSpec
        The modules of the course; those in preparation count for nothing.
    """
    ready = {m.id: m for m in modules if m.status == "ready"}
    sessions = programme.sessions

    def having(part: str) -> tuple[ModuleSpec, ...]:
        named = {s.module for s in sessions if s.part == part and s.kind == part}
        return tuple(ready[m] for m in sorted(n for n in named if n in ready)
                     if ready[m].form == "lesson")  # fmt: skip

    tests = [ready[s.module] for s in sessions if s.kind == "post_test" and s.module in ready]
    return Asked(having("lesson"), having("exercises"), tests[0] if tests else None)
