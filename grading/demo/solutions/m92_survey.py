"""The survey as simulated trainees answer it; no word of it is a person's."""

from __future__ import annotations

from typing import ClassVar

from grading.demo.form_solver import SurveySolver


class Solver(SurveySolver):
    """One trainee at the end of the course."""

    words: ClassVar[dict[str, tuple[str, ...]]] = {
        "m92_keep": (
            "The fare lab. I saw who pays more in our own city. (simulated)",
            "Talking about one number at a time. (simulated)",
            "The visit with two questions to answer. (simulated)",
            "The map of zones that got nothing. (simulated)",
            "Writing the stop rule with my colleague. (simulated)",
        ),
        "m92_change": (
            "More time for the plan. (simulated)",
            "Fewer tables on the third day. (simulated)",
            "Send the city form earlier. (simulated)",
            "Say which numbers are synthetic before lunch, too. (simulated)",
            "Nothing. (simulated)",
        ),
    }
