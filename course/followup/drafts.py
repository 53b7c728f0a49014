"""What was typed so far, kept at every key, and the report file it becomes.

``follow_up_draft.json`` lies beside the notebook: answers by step. A file that cannot be
read is kept under another name; a second tab changes only the field it changes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from course import answer_book, paths, whole_files
from course.followup import plan_facts
from course.followup.plan_facts import PlanFacts
from course.followup.report import FILE_NAME, Report, now_utc, parse, problems
from course.followup.scale import DAYS

DRAFT = "follow_up_draft.json"
PLAN = "plan.json"
MOST = 2_000_000  # bytes of a draft or plan that is read


class Drafts:
    """The answers of one participant, by step.

    Parameters
    ----------
    folder : Path, optional
        Where draft, plan and reports lie; None: the current folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path.cwd()
        self.said = ""
        self._kept_out = False
        content = self._read()
        day = content.get("day")
        self.day: int = day if day in DAYS else DAYS[0]

    @property
    def path(self) -> Path:
        """Return the draft's file."""
        return self.folder / DRAFT

    def answers(self, day: int) -> dict[str, Any]:
        """Return what was answered at a step."""
        steps = self._read().get("steps")
        found = steps.get(str(day)) if isinstance(steps, dict) else None
        return dict(found) if isinstance(found, dict) else {}

    def keep(self, day: int, field: str, value: Any) -> None:
        """Keep one answer; an empty one is forgotten."""
        content = self._read()
        steps = content.get("steps") if isinstance(content.get("steps"), dict) else {}
        step = dict(steps.get(str(day)) or {}) if isinstance(steps.get(str(day)), dict) else {}
        if value in (None, "", [], {}):
            step.pop(field, None)
        else:
            step[field] = value
        self._write({"day": day, "steps": steps | {str(day): step}})

    def choose(self, day: int) -> None:
        """Remember the step that is open."""
        self.day = day
        self._write(self._read() | {"day": day})

    def report(self, day: int, *, student: str, programme: str) -> dict[str, Any]:
        """Return the answers of a step as a report, complete or not."""
        given = {k: v for k, v in self.answers(day).items() if v not in (None, "")}
        proofs = [p for p in _list(given.pop("proofs", [])) if isinstance(p, str) and p.strip()]
        activities = [
            {"number": number, "status": status}
            for number, status in _numbered(given.pop("activities", {}))
        ]
        tables = [
            {"frame": frame, "closed": closed}
            for frame, closed in _mapping(given.pop("tables", {})).items()
            if closed
        ]
        return given | {
            "day": day, "student": student, "programme": programme, "proofs": proofs,
            "activities": activities, "tables": tables,
        }  # fmt: skip

    def write_report(self, day: int, *, student: str, programme: str) -> Path | None:
        """Write the report file when nothing is missing; return it, or None.

        A report that says the same as the file is not written again.
        """
        given = self.report(day, student=student, programme=programme)
        if problems(given):
            return None
        report = parse(given | {"written": now_utc()}, name=DRAFT)
        path = self.folder / FILE_NAME.format(day=day)
        if not _says_the_same(path, report):
            whole_files.write(path, report.json_bytes())
        return path

    def facts(self) -> PlanFacts:
        """Return what the plan beside the notebook says; empty without one."""
        found = _json(self.folder / PLAN)
        return plan_facts.of_plan(found if isinstance(found, dict) else {})

    def _read(self) -> dict[str, Any]:
        found = _json(self.path)
        if isinstance(found, dict):
            return found
        if self.path.is_file() and self.path.stat().st_size > 0:
            try:
                aside = answer_book.set_aside(self.path)
                self.said = f"The draft could not be read and was kept as {aside.name}."
            except OSError:
                self._kept_out = True
                self.said = f"{self.path.name} cannot be read, and nothing is saved over it."
        return {}

    def _write(self, content: dict[str, Any]) -> None:
        if self._kept_out:
            return
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        try:
            whole_files.write(self.path, text.encode("utf-8", "replace"))
        except OSError as error:
            self.said = f"Not saved: {self.path} cannot be written ({error.strerror})."


def programme_of(folder: Path) -> str:
    """Return the programme that the workspace of a folder follows; empty where unknown."""
    for place in (folder, *folder.parents):
        if paths.is_workspace(place):
            profile = _json(place / "profile.json")
            name = profile.get("programme") if isinstance(profile, dict) else None
            if isinstance(name, dict):
                name = name.get("id")
            return name if isinstance(name, str) else ""
    return ""


def _says_the_same(path: Path, report: Report) -> bool:
    old = _json(path)
    if not isinstance(old, dict) or problems(old):
        return False
    return parse(old).content_sha256() == report.content_sha256()


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST:
            return None
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _numbered(value: object) -> list[tuple[int, Any]]:
    return [(int(n), s) for n, s in _mapping(value).items() if str(n).isdecimal() and s]
