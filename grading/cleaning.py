"""Make a trainee's cells safe to show to other people.

The formgrader and the feedback turn notebooks into pages. HTML, SVG, JavaScript, widget
state and metadata of a trainee would run in a grader's browser, so they are left behind:
text and pictures stay, everything else is dropped. Code is shown as text anyway.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

MAX_TEXT = 20_000
MAX_PICTURE = 2_000_000
MAX_OUTPUTS = 30
PICTURES = ("image/png", "image/jpeg")
_PICTURE_STARTS = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
# Links and pictures with any other scheme than these could run code when clicked.
_LINK = re.compile(r"\]\((?!\s*<?(?:https?://|mailto:|attachment:|#))", re.IGNORECASE)
_REFERENCE = re.compile(r"\]:(?!\s*<?(?:https?://|mailto:|#))", re.IGNORECASE)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def text_of(value: Any) -> str:
    """Return a notebook's text, stored as one string or as lines; else ``""``."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode("utf-8")


def short(value: Any, limit: int = MAX_TEXT) -> str:
    """Return a text of at most ``limit`` letters; says so where it was cut."""
    text = text_of(value)
    return text if len(text) <= limit else text[:limit] + "\n[shortened]"


def safe_markdown(source: str) -> str:
    """Return markdown that shows tags as text and follows plain links only.

    >>> safe_markdown("2 < 3, <b>bold</b> [x](javascript:go)")
    '2 < 3, &lt;b>bold&lt;/b> [x] (javascript:go)'
    """
    source = _TAG.sub("&lt;", source)
    source = _LINK.sub("] (", source)
    return _REFERENCE.sub("] :", source)


def _picture(value: Any, kind: str) -> str:
    """Return base64 of a real picture, or ``""``."""
    text = "".join(text_of(value).split())
    if not text or len(text) > MAX_PICTURE:
        return ""
    try:
        start = base64.b64decode(text[:16], validate=True)
    except (binascii.Error, ValueError):
        return ""
    clean = re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text)
    return text if clean and start.startswith(_PICTURE_STARTS[kind]) else ""


def safe_output(output: Any) -> dict[str, Any] | None:
    """Return one output as text and pictures only, or None if nothing is left."""
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": short(output.get("text"))}
    if kind == "error":
        lines = output.get("traceback")
        lines = lines if isinstance(lines, list) else []
        return {
            "output_type": "error",
            "ename": short(output.get("ename"), 100),
            "evalue": short(output.get("evalue"), 1000),
            "traceback": [short(line, 2000) for line in lines[:40]],
        }
    if kind not in ("display_data", "execute_result"):
        return None
    data = output.get("data")
    data = data if isinstance(data, dict) else {}
    kept = {name: pic for name in PICTURES if (pic := _picture(data.get(name), name))}
    if plain := short(data.get("text/plain")):
        kept["text/plain"] = plain
    if not kept:
        return None
    # a trainee's execute_result in a graded cell would count as points, so it becomes
    # a display everywhere
    return {"output_type": "display_data", "data": kept, "metadata": {}}


def safe_outputs(outputs: Any) -> list[dict[str, Any]]:
    """Return the outputs of one cell, at most 30, as text and pictures."""
    outputs = outputs if isinstance(outputs, list) else []
    safe = (safe_output(output) for output in outputs[:MAX_OUTPUTS])
    return [output for output in safe if output is not None]


def safe_attachments(attachments: Any) -> dict[str, Any]:
    """Return the pictures pasted into a written answer."""
    kept: dict[str, Any] = {}
    if not isinstance(attachments, dict):
        return kept
    for name, versions in list(attachments.items())[:10]:
        if not isinstance(versions, dict) or not re.fullmatch(r"[\w .()-]{1,100}", str(name)):
            continue
        pictures = {k: p for k in _PICTURE_STARTS if (p := _picture(versions.get(k), k))}
        if pictures:
            kept[str(name)] = pictures
    return kept


def ordinary_cell(cell: dict[str, Any], cell_id: str) -> dict[str, Any]:
    """Return a trainee's own cell, without metadata and safe to show."""
    source = text_of(cell.get("source"))
    if cell.get("cell_type") == "code":
        return {
            "cell_type": "code",
            "id": cell_id,
            "metadata": {},
            "execution_count": None,
            "source": short(source, 100_000),
            "outputs": safe_outputs(cell.get("outputs")),
        }
    # raw cells can carry HTML that a converter passes through: they become text
    made: dict[str, Any] = {
        "cell_type": "markdown",
        "id": cell_id,
        "metadata": {},
        "source": safe_markdown(short(source, 100_000)),
    }
    if pictures := safe_attachments(cell.get("attachments")):
        made["attachments"] = pictures
    return made
