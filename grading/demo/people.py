"""The simulated trainees: who they are, what they do, and what that should bring."""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "demo"


@dataclass(frozen=True)
class Person:
    """One simulated trainee.

    Attributes
    ----------
    id : str
        ``demo-01`` and so on.
    kind : str
        Which story; see :data:`STORIES`.
    city : str
        A bundled pack, or ``own`` for a city nobody knows yet.
    """

    id: str
    kind: str
    city: str

    @property
    def story(self) -> str:
        """Return what this trainee does, in words."""
        return STORIES[self.kind]


# kind -> what happens; the order is the order of the demo
STORIES = {
    "kernel": "answers right, in a real kernel",
    "honest": "answers right",
    "wrong": "falls into the typical traps",
    "units": "gives shares in place of percent, and other units",
    "missing": "leaves questions open",
    "duplicated": "copies and reorders answer cells, answers right",
    "unsaved": "forgets to save: no outputs in the notebook",
    "number copier": "types a neighbour's numbers",
    "file copier": "hands in a neighbour's files",
    "forger": "edits the answer records by hand",
    "renamed": "hands in exercises-Copy1.ipynb",
    "own city": "works on a city the host never saw",
    "unreadable": "writes words, deletes and edits cells",
    "huge": "20 MB of output and a script for the grader",
    "no notebook": "hands in answers.json and no notebook",
}
# demo-01 is copied by others, so both copiers work on its city
_CITIES = {
    "kernel": "seoul", "honest": "mashhad", "wrong": "seoul", "units": "iloilo",
    "missing": "mashhad", "duplicated": "seoul", "unsaved": "iloilo", "number copier": "seoul",
    "file copier": "seoul", "forger": "iloilo", "renamed": "mashhad", "own city": "own",
    "unreadable": "seoul", "huge": "iloilo", "no notebook": "mashhad",
}  # fmt: skip


def people(number: int) -> list[Person]:
    """Return simulated trainees; from the 16th on the stories come round again.

    >>> [p.id for p in people(2)]
    ['demo-01', 'demo-02']
    """
    kinds = list(STORIES)
    width = max(2, len(str(number)))
    made = []
    for n in range(number):
        kind = kinds[n % len(kinds)]
        if kind == "kernel" and n:
            kind = "honest"  # one real kernel is enough to show
        made.append(Person(f"{PREFIX}-{n + 1:0{width}d}", kind, _CITIES[kind]))
    return made
