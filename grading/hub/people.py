"""From the roster to people of the hub: who has a number, a home, a server."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from course import paths
from grading.hub import accounts, processes
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings

INSTRUCTOR, TRAINEE, LEFT = "instructor", "trainee", "left"


@dataclass(frozen=True)
class Person:
    """One person of the hub.

    Attributes
    ----------
    name : str
        The hub's user, the id in the gradebook.
    full_name : str
        As the roster has it.
    role : str
        ``instructor``, ``trainee``, or ``left`` for somebody on no list who has files here.
    uid : int
        The Unix number.
    home : bool
        Whether they have come in at least once.
    programs : int
        Processes that run for them now.
    memory_mb : float
        What these hold.
    """

    name: str
    full_name: str
    role: str
    uid: int
    home: bool
    programs: int
    memory_mb: float

    def row(self) -> dict[str, Any]:
        """Return the person for JSON."""
        return asdict(self)


def people(folder: HubFolder, settings: Settings) -> list[Person]:
    """Give a number to everybody of the roster, and return who there is.

    Parameters
    ----------
    folder, settings
        The hub's. The running hub lets new people in at once; a server of somebody who was
        taken off the roster is stopped within a minute.

    Returns
    -------
    list of Person
        Instructors, trainees in the order of the roster, then those who left.
    """
    from grading.cohort import participants

    roster = {p.student_id: p.name for p in participants(folder.grading(paths.ROOT))}
    names = [*settings.instructors, *(n for n in roster if n not in settings.instructors)]
    table = accounts.allocate(folder.accounts, names, first=settings.first_uid)
    gone = [name for name in table.people if name not in names]
    memory, count = processes.memory_mb(), processes.count()
    found = []
    for name in [*names, *gone]:
        uid = table.people[name]
        role = INSTRUCTOR if name in settings.instructors else TRAINEE if name in roster else LEFT
        found.append(Person(
            name, roster.get(name, ""), role, uid, folder.home(name).is_dir(),
            count.get(uid, 0), round(memory.get(uid, 0.0), 1),
        ))  # fmt: skip
    return found
