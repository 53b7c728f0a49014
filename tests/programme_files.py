"""A small programme for the tests, as data that a test may change, and its file."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

SMALL: dict[str, Any] = {
    "id": "small",
    "title": "A small week for tests",
    "timezone": "Asia/Seoul",
    "rule": {"version": "test-1", "kind": "certificate", "attendance_pct": 80},
    "delegations": [
        {"id": "one", "city": "Testville", "country": "Nowhere", "pack": "seoul", "seats": 2},
        {"id": "two", "city": "Probe", "seats": 1},
    ],
    "days": [
        {
            "id": "before", "theme": "On line", "online": True, "day": -6, "lasts_days": 7,
            "total": 65,
            "sessions": [
                {"id": "before-1", "kind": "pre_test", "minutes": 20},
                {"id": "before-2", "kind": "lesson", "module": "10_integrated_fares",
                 "minutes": 45},
            ],
        },
        {
            "id": "d1", "theme": "First day", "day": 1, "start": "09:00", "total": 260,
            "sessions": [
                {"id": "d1-1", "kind": "ceremony", "title": "Opening", "minutes": 30},
                {"id": "d1-2", "kind": "exercises", "module": "10_integrated_fares",
                 "minutes": 45},
                {"id": "d1-3", "kind": "lunch", "minutes": 60},
                {"id": "d1-4", "kind": "travel", "minutes": 30},
                {"id": "d1-5", "kind": "visit", "site": "topis", "minutes": 90},
                {"id": "d1-6", "kind": "break", "minutes": 5},
            ],
        },
        {
            "id": "d2", "theme": "Second day", "day": 2, "start": "09:00", "total": 140,
            "sessions": [
                {"id": "d2-1", "kind": "lesson", "module": "13_action_plan", "minutes": 30},
                {"id": "d2-2", "kind": "presentation", "title": "Plans", "minutes": 90},
                {"id": "d2-3", "kind": "post_test", "minutes": 20},
            ],
        },
    ],
}  # fmt: skip


def small() -> dict[str, Any]:
    """Return a copy of the small programme."""
    return copy.deepcopy(SMALL)


def write(folder: Path, content: Any, name: str = "small") -> Path:
    """Write a programme's file and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yml"
    text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path
