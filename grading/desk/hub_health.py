"""How the hub stands, for the desk: what the hub found when it last looked at itself.

Only root sees all of a hub. So the hub looks, as ``grading hub check`` does, and leaves the
findings in the desk's folder; the desk shows them with the time at which they were true.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from grading.desk import store
from grading.desk.in_words import when
from grading.state import GradingState

TABLE = "hub"
FIELDS = ("name", "state", "said", "remedy")
STALE = timedelta(minutes=15)  # the hub looks every few minutes; an older look is said to be old
WORDS = {"ok": "well", "note": "note", "fault": "fault"}


def save(state: GradingState, findings: Iterable[dict[str, str]], now: datetime) -> None:
    """Keep what the hub found.

    Parameters
    ----------
    state : GradingState
        The course.
    findings : iterable of dict
        ``name``, ``state`` (``ok``, ``note`` or ``fault``), ``said``, ``remedy``.
    now : datetime
        When it looked.
    """
    rows = [{name: str(one.get(name, "")) for name in FIELDS} for one in findings]
    store.write(state, TABLE, {"at": now.isoformat(timespec="seconds"), "findings": rows})


def load(state: GradingState) -> tuple[datetime | None, list[dict[str, str]]]:
    """Return when the hub last looked, and what it found; None and nothing if it never did."""
    kept = store.read(state, TABLE)
    try:
        at = datetime.fromisoformat(kept["at"])
        rows = [{name: str(row[name]) for name in FIELDS} for row in kept["findings"]]
    except (KeyError, TypeError, ValueError):
        return None, []
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), rows


def page(at: datetime | None, rows: list[dict[str, str]], now: datetime) -> dict[str, Any]:
    """Return what the page shows: faults first, then notes, then what is well."""
    order = {"fault": 0, "note": 1, "ok": 2}
    faults = sum(row["state"] == "fault" for row in rows)
    if at is None:
        title = "The hub has not looked at itself yet"
        words = "It does so a minute after it starts, and then every five minutes."
    elif faults:
        title = "1 thing is not right" if faults == 1 else f"{faults} things are not right"
        words = "The last column says what to do; most of it needs the machine's administrator."
    else:
        title, words = "All is well", "Nothing is to be done."
    return {
        "title": "The hub",
        "here": "hub",
        "heading": title,
        "words": words,
        "at": when(at),
        "stale": at is not None and now - at > STALE,
        "rows": [
            {**row, "word": WORDS.get(row["state"], row["state"])}
            for row in sorted(rows, key=lambda row: order.get(row["state"], 0))
        ],
    }
