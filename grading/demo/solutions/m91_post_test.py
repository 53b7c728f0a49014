"""The post-test as simulated trainees work it: after the course, more is known."""

from __future__ import annotations

from typing import ClassVar

from grading.demo.form_solver import TestSolver


class Solver(TestSolver):
    """One trainee after the course."""

    start: ClassVar[float] = 0.5
    reach: ClassVar[float] = 0.95
    known: ClassVar[dict[str, str]] = {
        "m91_outcome": "Kilometres",
        "m91_workload": "2,000 ",
        "m91_shares": f"No, they hold {100 * 500 // 1000} ",
        "m91_guarantee": f"{80 * 200 // 100 - 130} ",
        "m91_keys": "Agree",
        "m91_density": f"Y is denser, by {150_000 // 5 - 200_000 // 10:,} ",
        "m91_synthetic": "Synthetic",
        "m91_smallcells": ", ".join(str(n) for n in (0, 3, 8, 10, 25) if n == 0 or n >= 10),
        "m91_nightcalls": "Of people who do not use",
        "m91_threshold": f"It finds {100 * 40 // 50} % of the attacks; {100 * 40 // 80} %",
        "m91_baseline": "Model B",
        "m91_wait": "On B",
        "m91_regular": "People who ride in the bus",
        "m91_basefare": "That of the dearest",
        "m91_losers": "The share",
        "m91_reaction": f"It falls by about {100 * (1 - 0.8 * 0.8**-0.4):.0f} %",
        "m91_reach": "Access differs",
        "m91_chain": "It cannot",
        "m91_lifecycle": f"A loss of {80 - 5 * (24 - 9)} ",
        "m91_testable": "We stop if fewer",
    }
    trap: ClassVar[dict[str, str]] = {
        "m91_outcome": "Share of calls",
        "m91_workload": "1,000",
        "m91_shares": "Yes, 60",
        "m91_guarantee": "70",
        "m91_keys": "Let a model",
        "m91_density": "X is denser, it has more people",
        "m91_synthetic": "Real",
        "m91_smallcells": "10, 25",
        "m91_nightcalls": "Of people who live",
        "m91_threshold": "It finds 50 % of the attacks; 20",
        "m91_baseline": "Model A",
        "m91_wait": "On A, as",
        "m91_regular": "People at the stops after",
        "m91_basefare": "That of the first",
        "m91_losers": "The mean",
        "m91_reaction": "It falls by 20",
        "m91_reach": "People in Q",
        "m91_chain": "It can begin",
        "m91_lifecycle": "A gain of 40",
        "m91_testable": "We stop if the route",
    }
