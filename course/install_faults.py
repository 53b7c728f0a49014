"""What an installer's complaints mean, and what a person can do about them.

pip and uv write for those who know packages. The table turns their words into one sentence
and a remedy. Standard library only.
"""

from __future__ import annotations

import re
import sys

from course.environment import VENV

FULL_DISK = (
    "The disk is full.",
    "Make about 2 GB of room and run the command again.",
)
HASH_DIFFERS = (
    "A downloaded package is not the one the lock names (its hash differs), "
    "so nothing was installed.",
    "Try again on another network or ask who looks after the package mirror; "
    "do not install it by hand.",
)
NO_NETWORK = (
    "The packages could not be fetched: there is no connection to the package index.",
    "Connect to the internet for this first start (or set PIP_INDEX_URL or UV_INDEX_URL "
    "to your mirror) and run the command again; later starts need no network.",
)
# What the installers write when something fails, what it means, and what to do.
# The order matters: a full disk is often followed by complaints of other kinds.
_CAUSES = (
    (
        r"No space left on device|not enough space|os error 28|Errno 28",
        *FULL_DISK,
    ),
    (
        r"DO NOT MATCH THE HASHES|[Hh]ash mismatch",
        *HASH_DIFFERS,
    ),
    (
        r"Permission denied|os error 13|Errno 13|Access is denied",
        f"Files in {VENV} cannot be written.",
        "Close programs that use the folder, or delete it, and run the command again.",
    ),
    (
        r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED",
        "The certificate of the package index is not trusted here, as happens behind the "
        "proxy of an office.",
        "Ask for the office's certificate file and set SSL_CERT_FILE and PIP_CERT to it, "
        "then run the command again.",
    ),
    (
        r"Retrying \(Retry|NewConnectionError|Max retries|name resolution|dns error|"
        r"error sending request|Failed to fetch|[Cc]onnection (refused|reset|aborted)|"
        r"timed out|ProxyError|SSLError|client error \(Connect\)|Could not connect|tcp connect",
        *NO_NETWORK,
    ),
    (
        r"No matching distribution|no wheels|No solution found|not a supported wheel",
        "A package of the lock is not offered for this Python "
        f"({sys.version_info[0]}.{sys.version_info[1]}) or this system.",
        "Start with Python 3.11, 3.12, 3.13 or 3.14, or check the package mirror.",
    ),
)


def fault(output: str) -> tuple[str, str] | None:
    """Return (what, remedy) for the output of a failed installer, or None if it is new.

    Examples
    --------
    >>> fault("OSError: [Errno 28] No space left on device")[0]
    'The disk is full.'
    """
    for pattern, what, remedy in _CAUSES:
        if re.search(pattern, output):
            return what, remedy
    return None
