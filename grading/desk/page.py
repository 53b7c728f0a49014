"""What all pages of the desk share: headers, the frame, one sentence where something is wrong."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tornado import web

from course.errors import CourseError
from grading.desk import diary
from grading.state import GradingState, is_student_id

_SAID = {"extended": "The extension is written down.", "back": "The extension is taken back.",
         "closed": "The module is closed. What was handed in before counts.",
         "open": "The module is open again.", "shown": "The announcement is changed."}  # fmt: skip


class Page(web.RequestHandler):
    """What all pages share: headers, the frame, one sentence where something is wrong."""

    @property
    def state(self) -> GradingState:
        """Return the course."""
        found: GradingState = self.settings["state"]
        return found

    @property
    def person(self) -> str:
        """Return the instructor's name on the hub."""
        user = self.current_user
        return str(user["name"]) if user else ""

    def set_default_headers(self) -> None:
        """Set the headers of every answer, also of errors."""
        for name, value in self.settings["page_headers"].items():
            self.set_header(name, value)
        self.clear_header("Server")

    def show(self, template: str, context: dict[str, Any]) -> None:
        """Write a page."""
        base = self.settings["base"]
        token = self.xsrf_token if self.current_user else ""
        frame = {
            "base": base,
            "here": None,
            "who": self.person,
            "formgrader": self.settings["formgrader"],
            "on_hub": self.settings["on_hub"],
            "hub_home": self.settings["hub_home"],
            "here_path": quote(self.request.path.rstrip("/"), safe="/%"),
            "xsrf": token.decode() if isinstance(token, bytes) else token,
            "said": self._said(),
        }
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        made = self.settings["templates"].get_template(f"{template}.html")
        self.finish(made.render({**frame, **context}))

    def _said(self) -> dict[str, Any] | None:
        word = self.get_query_argument("said", "")
        if word in _SAID:
            return {"bad": False, "lines": [_SAID[word]]}
        return None

    async def work(self, function: Callable[..., Any], *args: Any) -> Any:
        """Do something in the background thread, in the name of who asks."""
        name = self.person

        def acted() -> Any:
            with diary.acting_as(name):
                return function(*args)

        return await asyncio.get_running_loop().run_in_executor(self.settings["work"], acted)

    def back(self, path: str, said: str = "") -> None:
        """Go to a page after a POST, so that reading it again repeats nothing."""
        self.redirect(self.settings["base"] + path + (f"?said={said}" if said else ""), status=303)

    def write_error(self, status_code: int, **details: Any) -> None:
        """Show an error as a sentence and a remedy, never as a traceback."""
        error = (details.get("exc_info") or (None, None, None))[1]
        sentence, remedy = "This did not work.", "Go back and try again."
        if isinstance(error, CourseError):
            sentence, remedy = error.what, error.remedy
            self.set_status(400)
        elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            sentence, remedy = "The disk is full.", "Make room on it, then try again."
        elif status_code == 404:
            sentence, remedy = "There is no such page.", "Start from the first page."
        elif status_code == 403:
            said = str(getattr(error, "log_message", "") or "")
            sentence = "You may not do this here."
            remedy = "Instructors may. Sign in as one, or ask for the link again."
            if "xsrf" in said.lower():
                sentence = "This form is too old, or was not sent from the desk."
                remedy = "Open the page again and send the form once more."
            elif said.startswith(("Open the link", "This desk")):
                remedy = said
        elif status_code == 405:
            sentence = "This address takes forms only."
        title = "You are not let in" if status_code == 403 else "Something is not right"
        try:
            self.show("problem", {"title": title, "sentence": sentence, "remedy": remedy,
                                  "said": None})  # fmt: skip
        except Exception:  # the page needs a user, and asking for one may be what failed
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
            self.finish(f"{sentence} {remedy}\n")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Leave what a person did wrong out of the log of faults."""
        if not isinstance(value, CourseError):
            super().log_exception(typ, value, tb)

    def module(self, name: str) -> str:
        """Return a module's id from an address, or answer 404."""
        folder = self.state.modules / name
        if not is_student_id(name) or not (folder / "module.yml").is_file():
            raise web.HTTPError(404)
        return name


class Health(web.RequestHandler):
    """Say that the service answers; the only page without sign-in."""

    def get(self) -> None:
        """Answer."""
        self.set_header("Cache-Control", "no-store")
        self.finish("ok")


class Sheet(web.RequestHandler):
    """The style sheet."""

    def check_xsrf_cookie(self) -> None:
        """Let everybody have it; it holds nothing to protect."""

    def get(self) -> None:
        """Answer."""
        self.set_header("Content-Type", "text/css; charset=UTF-8")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "max-age=3600")
        self.finish(self.settings["sheet"])


class Font(web.RequestHandler):
    """Letters of a script, out of an installed font package."""

    def get(self, script: str) -> None:
        """Answer."""
        from grading.desk import style

        data = style.font(script)
        if data is None:
            raise web.HTTPError(404)
        self.set_header("Content-Type", "font/woff")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "max-age=86400")
        self.finish(data)


class Missing(Page):
    """Every other address."""

    @web.authenticated
    async def get(self) -> None:
        """Answer 404."""
        raise web.HTTPError(404)
