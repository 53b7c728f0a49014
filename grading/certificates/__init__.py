"""Certificates: who earned one, the signed credential, the page, the log, the check.

One truth: an append-only log (``log.jsonl``). What it says has happened; everything else
(the files of a certificate, the issuer document, the status list) is made before the log's
line or made again from it, so that a run killed at any point is finished by the next.

``issue`` asked twice issues once. ``verify`` never says "valid" without proof: a pinned
issuer, an intact signature, an unaltered page, and a fresh signed status list.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "Achievement": "achievement",
    "Issued": "issued_paper",
    "issue": "issuing",
    "reissue": "issuing",
    "revoke": "issuing",
    "issued": "issuing",
    "renew_status": "issuing",
    "mend": "issuing",
    "new_key": "keeping",
    "rotate_key": "keeping",
    "change_settings": "keeping",
    "Verdict": "verdict",
    "verify": "verifying",
    "earned": "earning",
    "issue_all": "batch",
    "write_pages": "check_pages",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a part when it is first asked for: signing and typesetting are slow to import."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"grading.certificates.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
