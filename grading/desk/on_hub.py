"""Who may come to the desk on a hub: its instructors."""

from __future__ import annotations

import os
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated, UserNotAllowed

__all__ = ["GROUP", "HubOAuthCallbackHandler", "OnHub"]

GROUP = "formgrade-smartcity"


class OnHub(HubOAuthenticated):
    """Signed in by the hub, with the right to open this service, and one of the instructors."""

    def check_hub_user(self, model: dict[str, Any]) -> dict[str, Any]:
        """Return the user where both the scope and the group allow it."""
        allowed: dict[str, Any] = super().check_hub_user(model)
        group = os.environ.get("COURSE_DESK_GROUP") or GROUP
        if allowed and group not in (model.get("groups") or ()):
            raise UserNotAllowed(model)
        return allowed
