"""Who may do what on a hub: the groups of its people, and roles with the least that they need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grading.hub.defences import Defence
from grading.hub.services import (
    CULLER,
    DESK,
    FORMGRADER,
    INSTRUCTORS,
    TRAINEES,
    WATCH,
    culler,
    desk_stands,
)
from grading.hub.settings import Settings


def groups(settings: Settings, trainees: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Return the groups: instructors, and everybody who takes part."""
    everybody = dict.fromkeys([*trainees, *settings.instructors])
    return {
        INSTRUCTORS: {"users": list(settings.instructors)},
        TRAINEES: {"users": list(everybody)},
        **({} if not _weak(settings) else {_NO_ROLES: {"users": _weak(settings)}}),
    }


def roles(settings: Settings, *, watched: bool = False) -> list[dict[str, Any]]:
    """Return the roles: each with the least that its work needs."""
    reach = [f"access:services!service={FORMGRADER}"]
    reach += [f"access:services!service={DESK}"] if desk_stands() else []
    found: list[dict[str, Any]] = [
        {"name": "instructors", "groups": [INSTRUCTORS], "scopes": reach},
    ]
    if culler(settings):
        scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
        found.append({"name": "culler", "services": [CULLER], "scopes": scopes})
    if watched:
        scopes = ["list:users", "read:servers", "delete:servers", f"groups!group={TRAINEES}",
                  f"read:groups!group={INSTRUCTORS}"]  # fmt: skip
        found.append({"name": "watch", "services": [WATCH], "scopes": scopes})
    if settings.without(Defence.ROLES):
        all_ = ["admin:users", "admin:servers", "tokens", "access:servers"]
        found.append({"name": "user", "scopes": ["self", *all_, *reach]})
    elif _weak(settings):
        found.append({"name": _NO_ROLES, "groups": [_NO_ROLES], "scopes": reach})
    return found


_NO_ROLES = "without-roles"  # exists in tests only


def _weak(settings: Settings) -> list[str]:
    """Return for whom a test switched the roles off."""
    return sorted(who for who, off in settings.off.items() if Defence.ROLES in off and who != "*")
