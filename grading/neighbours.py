"""A wrong number that is right for somebody else: known when everybody's numbers are.

Marking goes through the hand-ins one by one and leaves the numbers that fit no hint open.
Here they are held against the expected numbers of all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from course.questions import ModuleSpec
from grading import hints, keys
from grading.marking import Marked, Marker, Open
from grading.result import Result, copied
from grading.score_cells import with_scores


def compare_with_neighbours(
    results: dict[str, Result],
    open_numbers: Open,
    spec: ModuleSpec,
    neighbours: Callable[[str], Iterable[tuple[str, Any]]],
) -> dict[str, Result]:
    """Return the results that change when a wrong number turns out to be somebody else's.

    Parameters
    ----------
    results, open_numbers
        Of one hand-in; see :class:`Marked`.
    spec : ModuleSpec
        The module.
    neighbours : callable
        ``neighbours(question)`` gives (student, expected value) of everyone else.

    Returns
    -------
    dict
        Question -> new Result; empty when nothing changes.
    """
    changed = {}
    for name, (value, expected) in open_numbers.items():
        hint = hints.neighbour(spec.questions[name], value, expected, neighbours(name))
        if hint is not None:
            changed[name] = copied(results[name], hint)
    return changed


def with_neighbours(marked: Marked, marker: Marker) -> Marked:
    """Finish a hand-in with the table of neighbours that the marker holds."""
    neighbours = marker.expected.neighbours(marked.student)
    changed = compare_with_neighbours(marked.results, marked.open_numbers, marker.spec, neighbours)
    if changed:
        marked.results |= changed
        marked.notes += [(n, r.details[-1]) for n, r in changed.items()]
        marked.notebook = with_scores(marked.notebook, changed)
        marked.look = True
    return marked


def expected_of(marker: Marker, students: Iterable[str]) -> keys.Expected:
    """Compute the expected numbers of many students; the table of neighbours."""
    table: keys.Expected = {}
    for student in students:
        for at, values in marker.compute_expected(student).items():
            table.setdefault(at, {}).update(values)
    return table
