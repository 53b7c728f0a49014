"""The pre-test as simulated trainees work it: before the course, much is guessed."""

from __future__ import annotations

from typing import ClassVar

from grading.demo.form_solver import TestSolver


class Solver(TestSolver):
    """One trainee before the course."""

    start: ClassVar[float] = 0.2
    reach: ClassVar[float] = 0.65
    known: ClassVar[dict[str, str]] = {
        "m90_outcome": "Night accidents",
        "m90_workload": f"{round(0.12 * 300) * 5} ",
        "m90_shares": "An equal part of the money",
        "m90_guarantee": "Nothing",
        "m90_keys": "One code",
        "m90_density": f"{(10_000 + 10_000) // (1 + 9):,}",
        "m90_synthetic": "To practise",
        "m90_smallcells": "A small count can",
        "m90_nightcalls": "As one wish",
        "m90_threshold": "Fewer false alarms and more",
        "m90_baseline": "With the error of last week",
        "m90_wait": f"{(2 * 2 / 2 + 18 * 18 / 2) / (2 + 18):.1f} ",
        "m90_regular": "At all",
        "m90_basefare": "1,500 ",
        "m90_losers": "Riders with long",
        "m90_reaction": f"It falls by about {100 * (1 - (1100 / 1000) ** -0.4):.0f} %",
        "m90_reach": "How many jobs",
        "m90_chain": f"After {max(6 + 4, 2 + 5)} ",
        "m90_lifecycle": f"{100 + 10 * 12 + 30} ",
        "m90_testable": "A date",
    }
    trap: ClassVar[dict[str, str]] = {
        "m90_outcome": "1,200",
        "m90_workload": "1,500",
        "m90_shares": "An equal part of the projects",
        "m90_guarantee": "5 %",
        "m90_keys": "One company",
        "m90_density": "5,556",
        "m90_synthetic": "To choose",
        "m90_smallcells": "Small counts are",
        "m90_nightcalls": "As one bus",
        "m90_threshold": "Fewer false alarms and fewer",
        "m90_baseline": "With the error that",
        "m90_wait": "5.0",
        "m90_regular": "At the first",
        "m90_basefare": "1,800",
        "m90_losers": "Riders who",
        "m90_reaction": "It falls by about 10",
        "m90_reach": "How far",
        "m90_chain": "After 12",
        "m90_lifecycle": "220",
        "m90_testable": "A name",
    }
