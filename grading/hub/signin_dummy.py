"""No sign-in at all, for trying the hub out: any id of the roster enters with any password."""

from __future__ import annotations

from typing import Any

from jupyterhub.auth import DummyAuthenticator
from tornado import web

from grading.hub.signin_roster import RosterMixin

WARNING = (
    "There is no password check here. Anybody who can open this page can enter as anybody."
    " This is for trying things out on one machine."
)


class CourseDummy(RosterMixin, DummyAuthenticator):
    """Everybody is believed."""

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str:
        """Return the id that was typed."""
        name = data.get("username", "")
        if not name.strip():
            raise web.HTTPError(400, "Write an id.")
        return name
