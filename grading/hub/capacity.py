"""How much machine a number of people takes: memory, cores, disk, nodes, cost.

Arithmetic on what was measured and what the reader decides; nothing is read or written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from course.errors import CourseError


@dataclass(frozen=True)
class Measured:
    """What the table says.

    Parameters
    ----------
    trainees : int
        At once, in the run.
    trainee_mb, hub_mb : float
        Memory (PSS): the largest trainee after all cells; the hub with its services.
    start_cpu, cells_cpu : float
        CPU seconds per trainee: to have a server; to run every cell of the exercises.
    idle_cpu : float
        CPU seconds per idle trainee and hour, the largest.
    home_mb, hand_in_mb : float
        Disk per trainee; per hand-in.
    """

    trainees: int
    trainee_mb: float
    hub_mb: float
    start_cpu: float
    cells_cpu: float
    idle_cpu: float
    home_mb: float
    hand_in_mb: float


@dataclass(frozen=True)
class Wish:
    """What the reader decides; the defaults are a training day, not a measurement.

    Parameters
    ----------
    participants : int
        People with a running server at the same time.
    minutes_in : float
        Everybody has a server this long after the first click.
    minutes_work : float
        In which everybody runs every cell of an exercises notebook once.
    hand_ins : int
        Kept per person.
    headroom : float
        On memory and cores.
    system_gb : float
        For the system of each node, left alone.
    node_gb, node_cores : float
        One machine or node.
    hours : float
        That the nodes run.
    price : float, optional
        Of one node and hour, in the reader's money; None: no cost is computed.
    """

    participants: int
    minutes_in: float = 10.0
    minutes_work: float = 20.0
    hand_ins: int = 20
    headroom: float = 1.3
    system_gb: float = 1.0
    node_gb: float = 16.0
    node_cores: float = 4.0
    hours: float = 8.0
    price: float | None = None


@dataclass(frozen=True)
class Need:
    """What that takes.

    Parameters
    ----------
    memory_gb, cores, disk_gb : float
        In all, with headroom; on one machine this is the machine.
    nodes : int
        Of the wished size.
    bound_by : str
        ``memory`` or ``cores``: what decides the number of nodes.
    cost : float or None
        nodes x hours x price.
    """

    memory_gb: float
    cores: float
    disk_gb: float
    nodes: int
    bound_by: str
    cost: float | None


def need(wish: Wish, seen: Measured) -> Need:
    """Return what a number of participants takes.

    Parameters
    ----------
    wish : Wish
        What the reader decides.
    seen : Measured
        What was measured.

    Returns
    -------
    Need
        memory = (hub + participants x trainee) x headroom; cores = the larger of arriving
        (start CPU in ``minutes_in``) and working (cells CPU in ``minutes_work``), each with
        what idle servers take, x headroom; one core and the hub's memory are the least.

    Raises
    ------
    CourseError
        A wish that no machine can meet.

    Examples
    --------
    >>> seen = Measured(10, 300, 700, 8, 12, 36, 5, 0.2)
    >>> need(Wish(40, price=0.5), seen)
    Need(memory_gb=16.5, cores=1.2, disk_gb=0.4, nodes=2, bound_by='memory', cost=8.0)
    """
    usable = wish.node_gb - wish.system_gb
    if wish.participants < 0 or wish.headroom < 1 or min(wish.minutes_in, wish.minutes_work) <= 0:
        raise CourseError(
            "These wishes cannot be computed.",
            "Participants from 0 up, headroom from 1 up, minutes above 0.",
        )
    if usable * 1000 < seen.trainee_mb * wish.headroom or wish.node_cores <= 0:
        raise CourseError(
            f"A node of {wish.node_gb:g} GB does not hold one trainee beside its system.",
            f"Take nodes above {wish.system_gb + seen.trainee_mb * wish.headroom / 1000:.1f} GB.",
        )
    people = wish.participants
    memory = (seen.hub_mb + people * seen.trainee_mb) * wish.headroom / 1000
    idle = people * seen.idle_cpu / 3600
    arriving = people * seen.start_cpu / (wish.minutes_in * 60)
    working = people * seen.cells_cpu / (wish.minutes_work * 60)
    cores = max(1.0, (idle + max(arriving, working)) * wish.headroom)
    disk = people * (seen.home_mb + wish.hand_ins * seen.hand_in_mb) / 1000
    by_memory, by_cores = math.ceil(memory / usable), math.ceil(cores / wish.node_cores)
    nodes = max(1, by_memory, by_cores)
    return Need(
        memory_gb=round(memory, 1), cores=round(cores, 1), disk_gb=round(disk, 1), nodes=nodes,
        bound_by="memory" if by_memory >= by_cores else "cores",
        cost=None if wish.price is None else round(nodes * wish.hours * wish.price, 2),
    )  # fmt: skip
