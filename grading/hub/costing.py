"""What a course on a cluster costs: the arithmetic, with prices that only the reader knows.

Two prices are asked for: one node and hour, one gigabyte of disk and month. ``EXAMPLE`` is
invented so that the sum can be followed; it is no vendor's and has no currency.

``python3 -m grading.hub.costing --participants 40 --days 5 --price P --disk-price D``
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass

from course.errors import CourseError

# as in kubernetes/values.yaml and manifests/storage.yaml, postgres.yaml; a test compares them
SEAT_MB, SEAT_CORES, EMPTY_SEATS = 500, 0.1, 4
HOME_GB, VOLUMES_GB = 2, 102


@dataclass(frozen=True)
class Prices:
    """What the reader's provider asks, in the reader's money.

    Parameters
    ----------
    node_hour : float
        One node and hour.
    disk_gb_month : float
        One gigabyte of disk for 30 days.
    """

    node_hour: float
    disk_gb_month: float


EXAMPLE = Prices(node_hour=1.00, disk_gb_month=0.10)


@dataclass(frozen=True)
class Plan:
    """A course on a cluster.

    Parameters
    ----------
    participants : int
        With a server at the same time.
    days, hours : int, float
        Course days, and hours a day that the people's nodes run.
    node_gb, node_cores, system_gb : float
        One node; what of its memory its system takes.
    core_nodes : int
        That run day and night: hub, database, desk.
    """

    participants: int
    days: int = 5
    hours: float = 8.0
    node_gb: float = 16.0
    node_cores: float = 4.0
    system_gb: float = 1.0
    core_nodes: int = 1


@dataclass(frozen=True)
class Bill:
    """What it comes to.

    Parameters
    ----------
    nodes : int
        For people, empty seats included, by what their pods are guaranteed.
    node_hours, core_hours, disk_gb : float
        Counted.
    people, core, disk, total : float
        In the reader's money.
    """

    nodes: int
    node_hours: float
    core_hours: float
    disk_gb: float
    people: float
    core: float
    disk: float
    total: float


def bill(plan: Plan, prices: Prices) -> Bill:
    """Return what a course costs.

    Parameters
    ----------
    plan : Plan
        The course.
    prices : Prices
        The reader's.

    Returns
    -------
    Bill
        Nodes for people run ``hours`` of each day, the others and the disk all of it.

    Raises
    ------
    CourseError
        A node holds no seat, or a number is below 0.

    Examples
    --------
    >>> bill(Plan(40), Prices(1.0, 0.1)).total
    203.03
    """
    if min(*asdict(plan).values(), *asdict(prices).values()) < 0:
        raise CourseError("A number is below 0.", "Give numbers from 0 up.")
    by_memory = math.floor((plan.node_gb - plan.system_gb) * 1000 / SEAT_MB)
    by_cores = math.floor(plan.node_cores / SEAT_CORES + 1e-9)
    seats = min(by_memory, by_cores)
    if seats < 1:
        raise CourseError("A node of this size holds no trainee.", "Take larger nodes.")
    nodes = math.ceil((plan.participants + EMPTY_SEATS) / seats)
    node_hours, core_hours = nodes * plan.days * plan.hours, plan.core_nodes * plan.days * 24.0
    disk_gb = float(VOLUMES_GB + HOME_GB * plan.participants)
    people, core = node_hours * prices.node_hour, core_hours * prices.node_hour
    disk = disk_gb * plan.days / 30 * prices.disk_gb_month
    return Bill(
        nodes, node_hours, core_hours, disk_gb, round(people, 2), round(core, 2), round(disk, 2),
        round(people + core + disk, 2),
    )  # fmt: skip


def example() -> str:
    """Return the worked example of the note, as Markdown."""
    plan = Plan(40)
    made = bill(plan, EXAMPLE)
    disk = f"{made.disk_gb:g} GB × {plan.days}/30 month"
    return "\n".join(
        [
            f"**Worked example, Kubernetes: {plan.participants} people, {plan.days} days of "
            f"{plan.hours:g} hours.** **P = {EXAMPLE.node_hour:.2f}** (one node and hour) and "
            f"**D = {EXAMPLE.disk_gb_month:.2f}** (one GB and month) are invented numbers without "
            "a currency, no vendor's prices: put in yours. The nodes are counted by what a "
            f"trainee's pod is guaranteed ({SEAT_MB} MB, {SEAT_CORES:g} core), with {EMPTY_SEATS} "
            "empty seats.",
            "",
            "| what | how much | × | at these invented prices |",
            "|---|---:|---|---:|",
            f"| nodes for people | {made.nodes} × {plan.days * plan.hours:g} h | P "
            f"| {made.people:.2f} |",
            f"| node for hub, database, desk, day and night | {plan.core_nodes} × "
            f"{plan.days * 24} h | P | {made.core:.2f} |",
            f"| disk: homes and volumes as claimed | {disk} | D | {made.disk:.2f} |",
            f"| **sum** | | | **{made.total:.2f}** |",
            "",
            "Not in it: traffic, a load balancer, copies of backups, the cluster's own fee, the "
            "time that nodes take to come and go.",
        ]
    )


def main(argv: list[str] | None = None) -> int:
    """Print a bill for the reader's numbers."""
    words = argparse.ArgumentParser(prog="python3 -m grading.hub.costing", description=__doc__)
    words.add_argument("--participants", type=int, default=40)
    words.add_argument("--days", type=int, default=Plan.days)
    words.add_argument("--hours", type=float, default=Plan.hours)
    words.add_argument("--node-memory", type=float, default=Plan.node_gb, metavar="GB")
    words.add_argument("--node-cores", type=float, default=Plan.node_cores)
    words.add_argument("--core-nodes", type=int, default=Plan.core_nodes)
    words.add_argument("--price", type=float, required=True, help="one node and hour")
    words.add_argument("--disk-price", type=float, required=True, help="one GB and month")
    args = words.parse_args(argv)
    plan = Plan(
        args.participants, args.days, args.hours, args.node_memory, args.node_cores,
        core_nodes=args.core_nodes,
    )  # fmt: skip
    try:
        made = bill(plan, Prices(args.price, args.disk_price))
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({**asdict(plan), **asdict(made)}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
