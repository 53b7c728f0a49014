"""Find the token in a file that a stranger brought: PDF, PNG, token or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.certificates import openbadge, pdf_page

LARGEST = pdf_page.LARGEST
_ENVELOPE = "data:application/vc+jwt,"


@dataclass(frozen=True)
class Found:
    """What a file holds.

    Attributes
    ----------
    kind : str
        ``pdf``, ``png``, ``token`` or ``json``.
    token : str
        The token, or empty.
    problem : str
        ``unreadable``, ``not_a_credential``, ``unsigned`` or empty.
    why : str
        Half a sentence.
    data : bytes
        The file, to compare a page with its token.
    """

    kind: str
    token: str = ""
    problem: str = ""
    why: str = ""
    data: bytes = b""


def envelope(token: str) -> bytes:
    """Return a token as the JSON that the W3C data model 2.0 calls an enveloped credential."""
    data = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": _ENVELOPE + token,
        "type": "EnvelopedVerifiableCredential",
    }
    return (json.dumps(data, indent=2) + "\n").encode()


def find(path: Path) -> Found:
    """Return what a file holds; whatever is wrong with the file is in the answer."""
    try:
        if not path.is_file():
            why = "it is a folder" if path.is_dir() else "it does not exist"
            return Found("", problem="unreadable", why=why)
        if path.stat().st_size > LARGEST:
            return Found("", problem="unreadable", why="it is larger than a certificate can be")
        data = path.read_bytes()
    except (OSError, ValueError):  # a name with a zero byte is a ValueError
        return Found("", problem="unreadable", why="it cannot be opened")
    return find_in(data)


def find_in(data: bytes) -> Found:
    """Return what the bytes of a file hold; see :func:`find`."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if b"%PDF-" in data[:1024]:
        return _pdf(data)
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return Found("", problem="unreadable", why="it is neither PDF, PNG, token nor JSON")
    if text.startswith(("{", "[", '"')):
        return _json(text)
    return _checked("token", text, data)


def _png(data: bytes) -> Found:
    try:
        token = openbadge.baked(data)
    except ValueError as error:
        return Found("png", problem="unreadable", why=str(error))
    if token is None:
        return Found("png", problem="not_a_credential", why="the picture carries no token")
    return _checked("png", token, data)


def _pdf(data: bytes) -> Found:
    try:
        found = pdf_page.tokens(data)
    except pdf_page.Unreadable as error:
        return Found("pdf", problem="unreadable", why=str(error))
    if not found:
        return Found(
            "pdf", problem="not_a_credential",
            why="the PDF carries no token (a printed, scanned or newly saved page loses it)",
        )  # fmt: skip
    if len(set(found)) > 1:
        return Found("pdf", problem="not_a_credential",
                     why="the PDF carries several tokens, so none of them can speak for the page",
                     )  # fmt: skip
    return _checked("pdf", found[0], data)


def _json(text: str) -> Found:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return Found("json", problem="unreadable", why="it is broken JSON")
    if openbadge.too_deep(value):
        return Found("json", problem="unreadable", why="its JSON nests deeper than a credential")
    if isinstance(value, dict):
        held = value.get("id")
        kinds = value.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "EnvelopedVerifiableCredential" in kinds and isinstance(held, str):
            return _checked("json", held.removeprefix(_ENVELOPE), text.encode())
        if any(k in kinds for k in ("OpenBadgeCredential", "AchievementCredential")):
            return Found("json", problem="unsigned", why="it tells of a certificate")
    if isinstance(value, str):
        return _checked("json", value, text.encode())
    return Found("json", problem="not_a_credential", why="the JSON holds no credential")


def _checked(kind: str, token: str, data: bytes) -> Found:
    try:
        openbadge.peek(token)
    except openbadge.NotAToken:
        return Found(kind, problem="not_a_credential", why="there is no signed token in it")
    return Found(kind, token=token.strip(), data=data)
