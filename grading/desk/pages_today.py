"""The first page: what to do now, then every module with its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from grading.desk.in_words import when
from grading.desk.jobs import Job
from grading.desk.progress import Standing

WORDS = {"new": "not released", "open": "open", "closed": "closed"}
WORK = {
    "release": "Release", "collect": "Collect and score", "feedback": "Feedback",
    "regrade": "Judge again", "attempts": "Look at the attempts",
}  # fmt: skip
_NUMBERS = {
    "started": "Begun", "handed_in": "Handed in", "to_collect": "To collect", "scored": "Scored",
    "to_mark": "To mark", "feedback": "Feedback", "late": "Late",
}  # fmt: skip


def today(
    found: list[Standing], jobs: list[Job], *, formgrader: str, people: int
) -> dict[str, Any]:
    """Return what the page shows."""
    order = {"open": 0, "closed": 1, "new": 2}
    listed = sorted(found, key=lambda s: order[s.state])
    return {
        "title": "Today",
        "here": "",
        "next": next_step(found, formgrader=formgrader),
        "heads": list(_NUMBERS.values()),
        "modules": [
            {"id": s.module, "title": s.title, "state": state_in_words(s), "due": when(s.due),
             "numbers": [s.count()[n] for n in _NUMBERS]}
            for s in listed if s.state != "new"
        ],
        "waiting": [{"id": s.module, "title": s.title} for s in listed if s.state == "new"],
        "trainees": people,
        "jobs": [job_line(j) for j in jobs[:5]],
    }  # fmt: skip


def state_in_words(found: Standing, now: datetime | None = None) -> str:
    """Return whether a module takes hand-ins, and whether those are late by now."""
    late = (
        found.state == "open" and found.due is not None and found.due < (now or datetime.now(UTC))
    )
    return "open, past due" if late else WORDS[found.state]


def next_step(found: Iterable[Standing], *, formgrader: str) -> dict[str, Any]:
    """Return the one thing to do next: a quiet line, a title, a sentence, at most one button.

    In the order of an evening: collect and score what came, mark what waits for a person,
    tell the trainees.
    """
    counts = [(s, s.count()) for s in found if s.state != "new"]
    for s, n in counts:
        fresh = n["handed_in"] - n["scored"]
        if fresh:
            return {"when": s.title, "title": f"{_hand_ins(fresh)} to score",
                    "post": f"module/{s.module}/collect", "label": "Collect and score"}  # fmt: skip
    for s, n in counts:
        if n["to_mark"]:
            return {"when": s.title, "title": f"{_hand_ins(n['to_mark'])} to mark by hand",
                    "words": "Written answers wait for a person. Points and a comment go into "
                    "the formgrader.", "link": formgrader and f"{formgrader}/{s.module}/exercises",
                    "new_tab": True, "label": "Open the formgrader (new tab)"}  # fmt: skip
    for s, n in counts:
        untold = n["scored"] - n["feedback"]
        if untold:
            return {"when": s.title, "title": f"{untold} without feedback",
                    "post": f"module/{s.module}/feedback", "label": "Release feedback"}  # fmt: skip
    if not counts:
        return {"when": "", "title": "No module is released yet",
                "words": "Choose a module below and release it to the trainees."}  # fmt: skip
    return {"when": "", "title": "Nothing waits for you",
            "words": "What is handed in next shows here."}  # fmt: skip


def _hand_ins(count: int) -> str:
    return "1 hand-in" if count == 1 else f"{count} hand-ins"


def job_line(job: Job) -> dict[str, str]:
    """Return a job as a line of a list."""
    return {
        "id": job.id,
        "words": f"{WORK.get(job.what, job.what)}, {job.module}",
        "at": when(datetime.fromisoformat(job.at)),
        "by": job.by,
        "state": job.state,
    }
