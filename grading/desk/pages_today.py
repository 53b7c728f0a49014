"""The first page: what to do now, then every module with its numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from grading.desk.in_words import when
from grading.desk.jobs import Job, last_begun
from grading.desk.next_step import of_day
from grading.desk.standing import Standing

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
    found: list[Standing], jobs: list[Job], *, formgrader: str, people: int, on_hub: bool
) -> dict[str, Any]:
    """Return what the page shows."""
    order = {"open": 0, "closed": 1, "new": 2}
    running = [j for j in jobs if j.state == "running"]
    busy = {j.module for j in running}
    listed = sorted(found, key=lambda s: order[s.state])
    return {
        "title": "Today",
        "here": "",
        "next": of_day(
            [s for s in found if s.module not in busy] or found,
            formgrader=formgrader, on_hub=on_hub, collected=last_begun(jobs, "collect"),
        ),
        "running": [job_line(j) for j in running],
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


def job_line(job: Job) -> dict[str, str]:
    """Return a job as a line of a list."""
    return {
        "id": job.id,
        "words": f"{WORK.get(job.what, job.what)}, {job.module}",
        "at": when(datetime.fromisoformat(job.at)),
        "by": job.by,
        "state": job.state,
    }
