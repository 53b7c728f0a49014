"""Who has earned a certificate in a simulated week, worked out from the raw records alone.

Nothing of the host's own completion rule is used: the gradebook is read with SQL, logs and
hand-ins as plain JSON, the modules' points as YAML. The numbers are those of the course's
curriculum, section "Completion and certificate".
"""

from __future__ import annotations

import json
import sqlite3
from itertools import pairwise
from pathlib import Path

import yaml

ATTENDANCE, CORE, EXTRA_CAP, WRITTEN, PLAN, POST_TEST = 0.80, 0.60, 0.10, 0.50, 50, 0.60
LESSONS = ("00_orientation", "02_citizen_participation", "06_night_bus", "10_integrated_fares",
           "13_action_plan")  # fmt: skip
POST = "91_post_test"
LABS = {
    "00_orientation": "orientation", "02_citizen_participation": "participation",
    "06_night_bus": "night_bus", "10_integrated_fares": "fares", "13_action_plan": "action_plan",
}  # fmt: skip


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


class Truth:
    """The raw records of one state, and what follows from them.

    Parameters
    ----------
    base : Path
        The grading state.
    modules : Path
        The modules as written.
    minutes : dict
        Session id -> minutes, of the sessions that count for presence.
    """

    def __init__(self, base: Path, modules: Path, minutes: dict[str, int]) -> None:
        self.base, self.minutes = base, minutes
        self.teams = self._teams()
        book = sqlite3.connect(f"file:{base / 'gradebook.db'}?mode=ro", uri=True)
        self.grades = {
            (student, module, cell): (0.0 if manual is None else manual)
            if manual is not None
            else (auto or 0.0)
            for student, module, cell, auto, manual in book.execute(
                "select sa.student_id, a.name, b.name, g.auto_score, g.manual_score from grade g "
                "join submitted_notebook sn on g.notebook_id = sn.id "
                "join submitted_assignment sa on sn.assignment_id = sa.id "
                "join assignment a on sa.assignment_id = a.id "
                "join base_cell b on g.cell_id = b.id"
            )
        }
        book.close()
        self.specs = {
            name: yaml.safe_load((modules / name / "module.yml").read_text("utf-8"))
            for name in (*LESSONS, POST)
        }

    def _teams(self) -> dict[str, str]:
        import csv

        with (self.base / "roster.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["student_id"]: row["team"] for row in csv.DictReader(file)}

    def earned(self) -> set[str]:
        """Return the ids of everybody who meets every line of the rule."""
        return {s for s in self.teams if not self.missing(s)}

    def missing(self, student: str) -> set[str]:
        """Return the lines of the rule that a person does not meet."""
        met = {
            "attendance": self.presence(student) >= ATTENDANCE - 1e-9,
            "labs": all(self._lab(student, m, lab) for m, lab in LABS.items()),
            "points": self.points(student) >= CORE - 1e-9,
            "written": self.written(student) >= WRITTEN,
            "plan": self._plan(student) is not None,
            "plan_points": self.plan_points(student) >= PLAN,
            "presentation": self._presented(student),
            "post_test": self.post_test(student) >= POST_TEST - 1e-9,
        }
        return {name for name, yes in met.items() if not yes}

    def presence(self, student: str) -> float:
        last = {}
        for mark in lines(self.base / "attendance.jsonl"):
            if mark["student_id"] == student:
                last[mark["session_id"]] = mark
        there = sum(
            self.minutes[s] - mark["late_min"] for s, mark in last.items() if mark["present"]
        )
        return there / sum(self.minutes.values())

    def _lab(self, student: str, module: str, lab: str) -> bool:
        path = self.base / "submitted" / student / module / "lab_records.json"
        records = json.loads(path.read_text("utf-8")) if path.is_file() else []
        return any(r["lab"] == lab and r["trainee"] == student for r in records)

    def points(self, student: str) -> float:
        core = extra = possible = 0.0
        for module in LESSONS:
            for question in self.specs[module]["questions"]:
                got = self.grades.get((student, module, question["id"]), 0.0)
                if question["kind"] == "core":
                    core, possible = core + got, possible + question["points"]
                else:
                    extra += got
        return min(1.0, (core + min(extra, EXTRA_CAP * possible)) / possible)

    def written(self, student: str) -> float:
        asked = [(m, w) for m in LESSONS for w in self.specs[m].get("written", [])]
        good = sum(
            self.grades.get((student, m, w["id"]), 0.0) >= w["points"] * 2 / 4 for m, w in asked
        )
        return good / len(asked)

    def _group(self, student: str) -> list[str]:
        return [s for s, team in self.teams.items() if team == self.teams[student]]

    def _plan(self, student: str) -> dict | None:
        for member in self._group(student):
            path = self.base / "submitted" / member / "13_action_plan" / "plan.json"
            if path.is_file():
                return json.loads(path.read_text("utf-8"))
        return None

    def plan_points(self, student: str) -> float:
        """Return the mean of the two markers, or of the two nearest of three."""
        totals: dict[str, dict[str, float]] = {}
        for row in lines(self.base / "plans" / "marks.jsonl"):
            if row.get("kind") == "mark" and row["group"] == f"team:{self.teams[student]}":
                totals.setdefault(row["marker"], {}).update(_points_of(row))
        sums = sorted(sum(points.values()) for points in totals.values())
        if len(sums) < 2:
            return 0.0
        pairs = [(b - a, (a + b) / 2) for a, b in pairwise(sums)]
        gap, mean = min(pairs)
        return mean if len(sums) > 2 or gap <= 10 else 0.0

    def _presented(self, student: str) -> bool:
        rows = [
            r for r in lines(self.base / "plans" / "presented.jsonl") if student in r["members"]
        ]
        return bool(rows) and rows[-1]["presented"] is True

    def post_test(self, student: str) -> float:
        items = self.specs[POST]["questions"]
        got = sum(self.grades.get((student, POST, q["id"]), 0.0) for q in items)
        return got / len(items)  # one point each


def _points_of(row: dict) -> dict[str, float]:
    if "criterion" in row:
        return {row["criterion"]: float(row["points"])}
    return {name: float(value) for name, value in row["points"].items()}
