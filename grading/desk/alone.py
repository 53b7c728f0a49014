"""Who may come to the desk without a hub: whoever holds the link that was printed."""

from __future__ import annotations

import hmac
from typing import Any

from tornado import web

_SESSION = "desk-session"


class Alone:
    """On this machine alone, without a hub: a link with a token, printed once, used once."""

    def prepare(self: Any) -> None:
        """Refuse requests that were sent to another name: a page elsewhere may point here."""
        name = self.request.host.rpartition(":")[0] or self.request.host
        if name not in ("127.0.0.1", "localhost", "[::1]"):
            raise web.HTTPError(403, "This desk answers on this machine only.")
        given = self.get_query_argument("token", "")
        key = self.settings["one_time"]
        if given and key and hmac.compare_digest(given.encode(), key[0].encode()):
            key.clear()
            self.set_secure_cookie(
                _SESSION, self.settings["session"], expires_days=None, httponly=True,
                samesite="Strict",
            )  # fmt: skip
            self.redirect(self.request.path)

    def get_current_user(self: Any) -> dict[str, Any] | None:
        """Return the person at this machine."""
        cookie = self.get_secure_cookie(_SESSION) or b""
        if hmac.compare_digest(cookie, self.settings["session"].encode()):
            return {"name": self.settings["person"]}
        return None

    def get_login_url(self: Any) -> str:
        """Say where the link is; there is no page to sign in."""
        raise web.HTTPError(
            403, "Open the link that the desk printed when it started. It can be used once."
        )
