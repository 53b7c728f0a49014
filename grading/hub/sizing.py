"""From the measured load of one hub to machines: memory, cores, disk, nodes, cost.

Nothing is known here but the table of the benchmark and what the reader gives: how many
people, how fast they must be in, how large a node is and what it costs (``costing``).

``python3 -m grading.hub.sizing --participants 40 --node-memory 16 --node-cores 4`` prints the
answer for other numbers; ``--write`` brings SIZING.md in step with the table.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from course.errors import CourseError
from grading.hub import costing
from grading.hub.capacity import Measured, Wish, need

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "benchmarks" / "load_hub.md"
NOTE = Path(__file__).resolve().parent / "kubernetes" / "SIZING.md"
BEGIN, END = "<!-- from the table -->", "<!-- end -->"
PARTICIPANTS = (10, 20, 40, 80, 160)


def read(path: Path = TABLE) -> Measured:
    """Return the measurements of the committed table.

    Parameters
    ----------
    path : Path
        The page that ``python3 -m course bench load_hub`` writes.

    Raises
    ------
    CourseError
        There is no table, or a row is missing.
    """
    try:
        rows = _rows(path.read_text(encoding="utf-8"))
    except OSError:
        raise CourseError(
            f"There is no table {path}.", "Measure first: python3 -m course bench load_hub."
        ) from None

    def value(what: str, column: str) -> float:
        try:
            return float(rows[what][column].replace(",", ""))
        except (KeyError, ValueError):
            raise CourseError(
                f"{path}: the row {what!r} has no number under {column!r}.",
                "Measure again: python3 -m course bench load_hub.",
            ) from None

    return Measured(
        trainees=int(value("server starts", "trainees")),
        trainee_mb=value("memory of a trainee after all cells, PSS", "max"),
        hub_mb=value("memory of the hub itself, PSS", "max"),
        start_cpu=value("sign in", "cpu") + value("server starts", "cpu"),
        cells_cpu=value("open exercises", "cpu") + value("first cells", "cpu")
        + value("all cells", "cpu"),
        idle_cpu=value("CPU of an idle trainee", "max"),
        home_mb=value("home on disk", "max"),
        hand_in_mb=value("hand-in on disk", "max"),
    )  # fmt: skip


def _rows(text: str) -> dict[str, dict[str, str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    if len(cells) < 3:
        return {}
    head, _, *body = cells
    return {row[0]: dict(zip(head, row, strict=False)) for row in body}


def tables(seen: Measured) -> str:
    """Return the part of the note that comes from the table, as Markdown."""
    wish = Wish(1)
    lines = [
        f"From a run with {seen.trainees} trainees at once, the largest of each:",
        "",
        "| measured | |",
        "|---|---:|",
        "| memory of a trainee, server and kernel, after all cells (PSS) "
        f"| {seen.trainee_mb:.0f} MB |",
        f"| memory of the hub with proxy, formgrader and desk (PSS) | {seen.hub_mb:.0f} MB |",
        f"| CPU until a trainee has a server (mean) | {seen.start_cpu:.1f} s |",
        f"| CPU for all cells of the exercises of module 10 (mean) | {seen.cells_cpu:.1f} s |",
        f"| CPU of an idle trainee | {seen.idle_cpu:.0f} s per hour |",
        f"| home, hand-in | {seen.home_mb:.1f} MB, {seen.hand_in_mb:.2f} MB |",
        "",
        f"With headroom {wish.headroom:g}, everybody in within {wish.minutes_in:g} minutes, every "
        f"cell once in {wish.minutes_work:g} minutes, nodes of {wish.node_gb:g} GB and "
        f"{wish.node_cores:g} cores of which {wish.system_gb:g} GB is left to the system:",
        "",
        "| participants | memory GB | cores | disk GB | nodes | bound by | cost of a day |",
        "|---:|---:|---:|---:|---:|---|---|",
    ]
    for count in PARTICIPANTS:
        made = need(Wish(count), seen)
        lines.append(
            f"| {count} | {made.memory_gb:g} | {made.cores:g} | {made.disk_gb:g} | {made.nodes} "
            f"| {made.bound_by} | {made.nodes} × {wish.hours:g} h × your price |"
        )
    return "\n".join([*lines, "", costing.example()])


def noted(text: str, seen: Measured) -> str:
    """Return the note with its tables brought in step.

    Parameters
    ----------
    text : str
        The note; what lies between its two marks is written anew.
    seen : Measured
        The measurements.
    """
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables(seen)}\n\n{END}{after}"


def main(argv: list[str] | None = None) -> int:
    """Print what some participants take, or write the note."""
    words = argparse.ArgumentParser(prog="python3 -m grading.hub.sizing", description=__doc__)
    words.add_argument("--participants", type=int, default=40)
    words.add_argument("--minutes-in", type=float, default=Wish.minutes_in)
    words.add_argument("--minutes-work", type=float, default=Wish.minutes_work)
    words.add_argument("--headroom", type=float, default=Wish.headroom)
    words.add_argument("--node-memory", type=float, default=Wish.node_gb, metavar="GB")
    words.add_argument("--node-cores", type=float, default=Wish.node_cores)
    words.add_argument("--hours", type=float, default=Wish.hours)
    words.add_argument("--price", type=float, help="of one node and hour, in your money")
    words.add_argument("--write", action="store_true", help="bring SIZING.md in step")
    args = words.parse_args(argv)
    try:
        seen = read()
        if args.write:
            NOTE.write_text(noted(NOTE.read_text(encoding="utf-8"), seen), encoding="utf-8")
            return 0
        wish = Wish(
            args.participants, args.minutes_in, args.minutes_work, headroom=args.headroom,
            node_gb=args.node_memory, node_cores=args.node_cores, hours=args.hours,
            price=args.price,
        )  # fmt: skip
        print(json.dumps({**asdict(wish), **asdict(need(wish, seen))}, indent=1))
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
