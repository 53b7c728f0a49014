"""Stand-ins for tests of the cohort: a small programme, rosters as offices save them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace

from openpyxl import Workbook

from course.completion import CompletionRule
from course.paths import ROOT
from grading.state import GradingState

HEAD = ["name", "email", "city"]
NAMES = ["Ana Test", "김테스트", "علی‌رضا آزمون", "Niño Dela Prueba"]


def state_in(folder: Path) -> GradingState:
    base = folder / "grading"
    return GradingState(base=base, root=ROOT, exchange=base / "exchange").prepare()


def session(name: str, minutes: int, **changes) -> SimpleNamespace:
    fields = {"id": name, "day": name.split("-")[0], "kind": "lecture", "title": f"Talk {name}",
              "minutes": minutes, "module": None, "part": None, "attended": True}  # fmt: skip
    return SimpleNamespace(**{**fields, **changes})


def programme(*sessions: SimpleNamespace, **changes) -> SimpleNamespace:
    shown = sessions or (
        session("d1-1", 60), session("d1-2", 60, kind="lunch", attended=False),
        session("d1-3", 90), session("d2-1", 50),
    )  # fmt: skip
    rule = changes.pop("rule", CompletionRule())
    return SimpleNamespace(
        id="small_week", title="Small week", sessions=shown, rule=rule, rule_version=rule.version,
        on_site_minutes=sum(s.minutes for s in shown if s.attended), **changes,
    )  # fmt: skip


def as_csv(rows: list[list[str]], *, separator: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def table(folder: Path, rows: list[list[str]], *, name: str = "roster.csv") -> Path:
    path = folder / name
    path.write_text(as_csv(rows), encoding="utf-8", newline="")
    return path


def workbook(folder: Path, rows: list[list[object]], *, name: str = "roster.xlsx") -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / name
    book.save(path)
    return path
