"""A host with a key, and what a forger could do with its papers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from grading.certificates import keys, openbadge
from grading.certificates.achievement import Achievement
from grading.certificates.desk import open_desk
from grading.certificates.keeping import new_key

NOW = datetime(2026, 11, 13, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


@dataclass(frozen=True)
class Host:
    """Anything with ``base`` is a state for the certificates."""

    base: Path

    @property
    def folder(self) -> Path:
        return self.base / "certificates"


def achievement(**changes: Any) -> Achievement:
    """Return what an invented person's certificate states."""
    stated = Achievement(
        student_id="test-01",
        name="Test Person Reyes",
        city="Testville, Nowhere",
        programme="wego_week",
        programme_title="WeGO smart city week",
        kind="certificate",
        start=date(2026, 11, 9),
        end=date(2026, 11, 13),
        hours_on_site=32.5,
        hours_online=4.75,
        modules=("10_integrated_fares", "02_citizen_participation"),
        plan_title="One ticket for two rides",
        rule_version="2026-1",
        course_version="0.0.test",
        learned=("First line.", "Second line.", "Third line."),
    )
    return replace(stated, **changes)


def host(base: Path, **settings: Any) -> Host:
    """Return a host with a key made a month ago."""
    made = Host(base / "grading")
    given = {"name": "Test Training Centre", "url": "https://host.example/", **settings}
    new_key(made, by="tester", now=NOW - timedelta(days=30), **given)
    return made


def private(place: Host) -> Any:
    """Return the host's private key."""
    with open_desk(place, now=LATER) as desk:
        return desk.private


def part(value: Any) -> str:
    """Return JSON as a part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def claims_of(token: str) -> dict[str, Any]:
    """Return a token's claims as they stand."""
    return openbadge.peek(token)


def with_claims(token: str, change: Callable[[dict[str, Any]], None]) -> str:
    """Return a token whose text was changed and whose signature was kept."""
    head, _, signature = token.split(".")
    claims = claims_of(token)
    change(claims)
    return ".".join((head, part(claims), signature))


def signed_anew(place: Host, token: str, change: Callable[[dict[str, Any]], None]) -> str:
    """Return a token whose text was changed and which the host's own key signed again."""
    claims = claims_of(token)
    change(claims)
    return openbadge.sign(claims, private(place))


def strangers_key(folder: Path) -> Any:
    """Return a key that belongs to nobody known."""
    folder.mkdir(parents=True, exist_ok=True)
    return keys.make(folder)[1]
