"""One module: its buttons and its trainees; and one trainee in all modules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from course.questions import ModuleSpec
from grading.desk.in_words import late, state_of, when
from grading.desk.jobs import Job, last_begun
from grading.desk.next_step import of_module
from grading.desk.pages_today import job_line, state_in_words
from grading.desk.standing import Row, Standing
from grading.report import lines_of_notes
from grading.scored import Scored

_DONE = {"extend": "extended", "close": "closed", "reopen": "opened again",
         "regrade": "judged again"}  # fmt: skip


def module(
    found: Standing, jobs: list[Job], diary: list[dict[str, Any]], *, formgrader: str, on_hub: bool
) -> dict[str, Any]:
    """Return what the page of a module shows."""
    n = found.count()
    running = next((j for j in jobs if j.state == "running"), None)
    return {
        "title": found.title,
        "id": found.module,
        "state": state_in_words(found),
        "released": found.state != "new",
        "due": when(found.due),
        "closed": when(found.closed),
        "next": of_module(found, formgrader=formgrader, on_hub=on_hub,
                          collected=last_begun(jobs, "collect").get(found.module)),
        "figures": [
            *([(n["started"], "begun")] if on_hub else []),
            (f"{n['handed_in']} of {n['trainees']}", "handed in"), (n["scored"], "scored"),
            (n["to_mark"], "to mark"), (n["feedback"], "with feedback"),
        ],
        "job": job_line(running) if running else None,
        "reproduce": (
            f"{'sudo python3 -m grading hub as-host' if on_hub else 'python3 -m grading'} "
            f"score {found.module} --reproduce"
        ),
        "formgrader_here": f"{formgrader}/{found.module}/exercises",
        "rows": [row(r) for r in found.rows],
        "diary": [diary_line(e) for e in reversed(diary[-12:])],
        "jobs": [job_line(j) for j in jobs[:10]],
    }  # fmt: skip


def row(found: Row) -> dict[str, Any]:
    """Return a trainee's line."""
    state = state_of(found)
    return {
        "student": found.student,
        "name": found.name,
        "module": found.module,
        "on_roster": found.on_roster,
        "look": found.look,
        "state": state,
        "todo": found.handed_in is not None and state != "done",
        "handed_in": when(found.handed_in),
        "late": late(found.late_min),
        "points": f"{found.points:g} of {found.of:g}" if found.scored else "",
        "until": when(found.until),
    }


def diary_line(entry: Mapping[str, Any]) -> str:
    """Return a line of the diary in words."""
    what = str(entry.get("what"))
    words = [when(datetime.fromisoformat(str(entry["at"]))), f"{entry.get('by')}:"]
    if what == "extend":
        who = "everybody" if entry.get("student") == "*" else str(entry.get("student"))
        until = entry.get("until")
        said = (
            f"gave {who} time for {entry.get('module')} until "
            f"{when(datetime.fromisoformat(str(until)))}"
            if until else f"took the extension of {who} for {entry.get('module')} back"
        )  # fmt: skip
        words.append(said)
    else:
        words.append(f"{_DONE.get(what, what)} {entry.get('module')}")
    if what == "regrade":
        words.append(f"({len({c['student'] for c in entry.get('changes', [])})} changed)")
    return " ".join(words) + (f". Why: {entry['why']}" if entry.get("why") else "")


def person(
    student: str,
    about: str,
    found: list[tuple[Standing, Row]],
    parts: list[tuple[ModuleSpec, Scored]],
    diary: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return what the page of a trainee shows."""
    name = next((r.name for _, r in found if r.name), "")
    # what nobody can have begun is in the way; before the first release all are shown
    shown = [(s, r) for s, r in found if s.state != "new" or r.handed_in] or found
    return {
        "title": name or student,
        "student": student,
        "name": name,
        "about": about,
        "rows": [{**row(r), "title": s.title} for s, r in shown],
        "parts": [_part(spec, made) for spec, made in parts],
        "diary": [diary_line(e) for e in reversed(diary[-20:])],
    }


def _part(spec: ModuleSpec, made: Scored) -> dict[str, Any]:
    questions = []
    for name, question in spec.questions.items():
        result = made.results.get(name)
        if result is None:
            continue
        questions.append({
            "title": question.title, "status": result["status"], "value": result["value"],
            "points": f"{result['points']:g} of {result['max_points']:g}",
            "sentence": result["sentence"],
        })  # fmt: skip
    return {"title": spec.title, "questions": questions, "notes": lines_of_notes(made.notes)}
