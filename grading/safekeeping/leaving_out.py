"""What a backup leaves out, and the reason it gives."""

from __future__ import annotations

import re

from grading.safekeeping.places import ASIDE, HOMES

HALF = "half-written, or a lock of a running command"
AGAIN = "made again when it is needed"
SECRET = "a secret of this machine; it is made anew at the next start"
KEY = "a private key"
LINK = "a link; it may lead out of the course"
SPECIAL = "no ordinary file"
TOO_DEEP = "folders nested too deeply"
OLD = "what an earlier restore moved aside"
FOREIGN = "a file of another account in this home"
TOO_LARGE = "a file of a home with more than 1 GB"
UNREADABLE = "this account may not read it"

DEEPEST = 40
LARGEST_IN_HOME = 1_000_000_000
_HALF = re.compile(
    r"\..+\.\d+|\..+\.part(-\d+)?|\.new-.*|\.restoring-.*|\..*\.restore\.json|.*\.lock|lock"
)
_AGAIN = {"__pycache__", ".ipynb_checkpoints", "node_modules", ".cache", "last-error.txt",
          ".npm", ".local/share/Trash"}  # fmt: skip
# What a hub's folder holds besides the course: its program, its proxy, its sign of life.
_OF_THE_HUB = {"program", "proxy", "run", "logs", "host"}
_KEPT_SECRETS = {"jupyterhub.sqlite", "admission.json"}
_KEY = re.compile(r".*\.(pem|key|secret|address)", re.I)
_STEPS = ("submitted", "autograded", "feedback")
_SQLITE = {"state", "state/grading", "hub/secret"}


def why(path: str) -> str:
    """Return why a file or folder is left out, "" for what is copied.

    Parameters
    ----------
    path : str
        As in the backup, such as ``state/grading/roster.csv``.

    Examples
    --------
    >>> why("state/grading/roster.csv"), why("state/grading/.roster.csv.4711") == HALF
    ('', True)
    """
    root, *parts = path.split("/")
    name = parts[-1]
    if in_home(path):
        return AGAIN if name in _AGAIN or path.endswith("/.local/share/Trash") else ""
    if name.startswith(ASIDE):
        return OLD
    if is_key(path):
        return KEY
    if root == "hub" and len(parts) == 1 and name in _OF_THE_HUB:
        return AGAIN
    if path == "state/grading/desk/jobs":
        return AGAIN
    if path == "state/grading/desk/cookie_secret":
        return SECRET
    if root == "hub" and parts[0] == "secret" and len(parts) == 2:
        beside = name.removesuffix("-wal").removesuffix("-shm").removesuffix("-journal")
        return "" if beside in _KEPT_SECRETS else SECRET
    if name in _AGAIN:
        return AGAIN
    collecting = len(parts) == 4 and parts[0] == "grading" and parts[1] in _STEPS
    if _is_ours(root, parts) and (
        _HALF.fullmatch(name) or (collecting and name.endswith((".new", ".old")))
    ):
        return HALF
    return ""


def _is_ours(root: str, parts: list[str]) -> bool:
    """Say whether the program named it; what trainees handed in is kept, however it is named."""
    inside = parts[1:] if parts[0] == "grading" else parts
    if root == "exchange" or inside[:1] == ["exchange"]:
        return False
    return not (inside[:1] and inside[0] in _STEPS and len(inside) > 3)


def is_key(path: str) -> bool:
    """Say whether a file is a private key: only ever sealed."""
    parts = path.split("/")
    if of_trainees(path):
        return False
    if len(parts) > 3 and parts[-3:-1] == ["certificates", "keys"]:
        return True
    inside = parts[2:] if parts[1:2] == ["grading"] else parts[1:]
    return bool(_KEY.fullmatch(parts[-1])) and inside[:1] not in [[step] for step in _STEPS]


def in_home(path: str) -> bool:
    """Say whether a path lies in a trainee's home on the hub."""
    return path.startswith(f"hub/{HOMES}/")


def of_trainees(path: str) -> bool:
    """Say whether trainees themselves write there: homes and the exchange."""
    places = ("exchange/", "hub/exchange/", "state/grading/exchange/", f"hub/{HOMES}/")
    return path.startswith(places)


def may_be_database(path: str) -> bool:
    """Say whether a file may be one of the course's own databases.

    A file that a trainee handed in is never opened as one, whatever it begins with.
    """
    return path.rpartition("/")[0] in _SQLITE
