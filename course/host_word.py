"""What the host said about one trainee: a data block in the head of a feedback page.

The page is private to its trainee, so the block holds nothing of anybody else. It proves
nothing: it only lets the trainee's own home page say what the host knows.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from course.completion import Evidence
from course.untrusted_json import read_bytes, short_text

META = "course-standing"
SCHEMA = 1
MAX_PAGE_BYTES = 30_000_000
_HEAD_BYTES = 200_000  # the block stands at the beginning of the page
_MOST_PAGES, _MOST_FILES = 500, 20_000
_BLOCK = re.compile(rb'<meta name="' + META.encode() + rb'" content="([A-Za-z0-9+/=]+)">')


@dataclass(frozen=True)
class HostWord:
    """What the host said about one trainee.

    Attributes
    ----------
    trainee, programme : str
        About whom, and in which programme.
    time : str
        When, as an ISO time in UTC.
    evidence : Evidence
        What the host knew.
    modules : dict
        Module id -> (core points earned, core points waiting) of the hand-ins it has seen.
    """

    trainee: str
    programme: str
    time: str
    evidence: Evidence
    modules: dict[str, tuple[float, float]] = field(default_factory=dict)

    def block(self) -> str:
        """Return it as one element for the head of a page."""
        data = {"schema": SCHEMA, **asdict(self)}
        data["evidence"] = {
            k: sorted(v) if isinstance(v, frozenset) else v for k, v in data["evidence"].items()
        }
        text = json.dumps(data, ensure_ascii=False).encode("utf-8")
        return f'<meta name="{META}" content="{base64.b64encode(text).decode("ascii")}">'


def moment(text: Any) -> datetime | None:
    """Return an ISO time with its zone, None for anything else."""
    try:
        made = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return made if made.tzinfo else None


def newest_word(folder: Path, *, trainee: str, programme: str) -> HostWord | None:
    """Return what the host said last about this trainee, None if nothing was found.

    Parameters
    ----------
    folder : Path
        The workspace; every feedback page in it is looked at.
    trainee, programme : str
        Words about anybody else, or about another programme, are passed over.
    """
    best: HostWord | None = None
    for path in _pages(folder):
        word = read_word(path)
        if word is None or (word.trainee, word.programme) != (trainee, programme):
            continue
        if best is None or (moment(word.time), word.time) > (moment(best.time), best.time):
            best = word
    return best


def _pages(folder: Path) -> Iterator[Path]:
    """Yield HTML pages of the workspace, not into links and hidden folders."""
    files = pages = 0
    for where, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            files += 1
            if files > _MOST_FILES or pages > _MOST_PAGES:
                return
            if name.lower().endswith((".html", ".htm")):
                pages += 1
                yield Path(where, name)


def read_word(path: Path) -> HostWord | None:
    """Return the host's word of one page, None where there is none that can be read."""
    data = read_bytes(path, most=MAX_PAGE_BYTES)
    if data is None:
        return None
    # only in the head: below it stands what the trainee wrote
    head = data[:_HEAD_BYTES].split(b"</head>")[0].split(b"<body")[0]
    found = _BLOCK.search(head)
    if found is None:
        return None
    try:
        raw = json.loads(base64.b64decode(found.group(1), validate=True).decode("utf-8"))
        return _word(raw)
    except (binascii.Error, ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return None


def _word(raw: Mapping[str, Any]) -> HostWord | None:
    if raw["schema"] != SCHEMA or moment(raw["time"]) is None:
        return None
    modules = {
        short_text(name, 60): (_amount(earned), _amount(waiting))
        for name, (earned, waiting) in list(raw["modules"].items())[:100]
    }
    return HostWord(
        short_text(raw["trainee"]), short_text(raw["programme"]), short_text(raw["time"]),
        _evidence(raw["evidence"]), modules,
    )  # fmt: skip


def _evidence(raw: Mapping[str, Any]) -> Evidence:
    values: dict[str, Any] = {}
    for one in fields(Evidence):
        value = raw[one.name]
        if "frozenset" in one.type:
            values[one.name] = frozenset(short_text(v, 100) for v in list(value)[:200])
        elif "bool" in one.type:
            if value is not None and not isinstance(value, bool):
                raise ValueError(one.name)
            values[one.name] = value
        else:
            values[one.name] = value if value is None and "None" in one.type else _amount(value)
    return Evidence(**values)


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ValueError("no amount")
    return value
