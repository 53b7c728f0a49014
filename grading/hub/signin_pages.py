"""The pages of sign-up with approval. Nothing changes by GET; every form carries a token."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from tornado import web

from course.errors import CourseError
from grading.desk.in_words import when
from grading.hub.signin_admission import a_number
from grading.hub.signin_native import address_of, matches
from grading.hub.signin_roster import end_sessions, in_thread

ASKED = (
    "If this id is on the list of participants and has no account yet, your request is kept."
    " Tell this number to your instructor, who opens the account."
)
WRONG_CODE = "This id and this code do not belong together, or the code is no longer valid."
WRONG = "This id and this password do not belong together."


class SignIn(LoginHandler):
    """``/login``: id and password."""

    def _render(self, login_error: str | None = None, **more: Any) -> Any:
        # JupyterHub's own words for a wrong password; its other sentences stay.
        said = WRONG if login_error == "Invalid username or password" else login_error
        return super()._render(login_error=said, **more)

    async def post(self) -> None:
        """Sign in; a form without both fields is refused."""
        for field in ("username", "password"):
            if self.get_body_argument(field, None) is None:
                raise web.HTTPError(400, "Write your id and your password.")
        await super().post()


class SignUp(BaseHandler):
    """``/signup``: a first password, with a one-time code or for an instructor to approve."""

    async def get(self) -> None:
        """Show the form."""
        await self.show()

    async def post(self) -> None:
        """Take a code or keep a request."""
        auth = self.authenticator
        typed = self.get_body_argument("username", "")
        code = self.get_body_argument("code", "")
        password = self.get_body_argument("password", "", strip=False)
        name = auth.normalize_username(typed)
        if not typed.strip():
            return await self.show(400, "Write your id.")
        if password != self.get_body_argument("again", "", strip=False):
            return await self.show(400, "The two passwords differ. Write them again.", typed)
        if fault := auth.fault_of(name, password):
            return await self.show(400, fault, typed)
        # A code cannot be guessed, so only its address has to wait: nobody can shut another
        # person out by wrong codes.
        auth.stop_if_too_many("" if code.strip() else f"sign-up {name}", self)
        # no flood of requests
        auth.attempts.failed(f"{'code' if code.strip() else 'sign-up'} {name}", address_of(self))
        hashed = await auth.hashed(password)
        if code.strip():
            return await self.with_code(name, typed, code, hashed)
        await self.without_code(name, hashed)
        return None

    async def with_code(self, name: str, typed: str, code: str, hashed: bytes) -> None:
        """Make the account at once where the code is right."""
        auth = self.authenticator
        if not (auth.may_enter(name) and auth.admission.redeem(name, code)):
            return await self.show(403, WRONG_CODE, typed)
        auth.put_password(name, hashed)
        auth.attempts.succeeded(f"code {name}", address_of(self))
        auth.attempts.succeeded(name)
        self.log.info("%s has an account now (one-time code)", name)
        await self.show(done="Your account is open. Sign in with your id and password.")
        return None

    async def without_code(self, name: str, hashed: bytes) -> None:
        """Keep the request; the answer is the same whether or not the id is known."""
        auth = self.authenticator
        if not auth.approval:  # only where a test switches the defence off
            if auth.account(name) is None:
                auth.put_password(name, hashed)
            return await self.show(done="Your account is open. Sign in.")
        number = ""
        if auth.may_enter(name) and auth.account(name) is None:
            number = auth.admission.ask(name, hashed.decode())
        await self.show(done=ASKED, number=number or a_number())
        return None

    async def show(
        self, status: int = 200, error: str = "", typed: str = "", done: str = "", number: str = ""
    ) -> None:
        """Draw the page."""
        self.set_status(status)
        html = await self.render_template(
            "signup.html",
            sign_up_error=error,
            done=done,
            number=number,
            username=typed[:100],
            minimum_password=self.authenticator.minimum_password,
            xsrf=self.xsrf_token.decode("ascii"),
        )
        self.finish(html)


class Requests(BaseHandler):
    """``/authorize``: who waits for a yes; instructors only."""

    @web.authenticated
    async def get(self) -> None:
        """Show who waits."""
        self.only_instructors()
        await self.show()

    @web.authenticated
    async def post(self) -> None:
        """Say yes or no, or hand out a one-time code."""
        self.only_instructors()
        auth = self.authenticator
        name = auth.directory().find(self.get_body_argument("name", ""))
        number = self.get_body_argument("number", "").strip()
        action = self.get_body_argument("action", "")
        code = ""
        try:
            if action == "approve":
                auth.admission.approve(name, number)
                if hashed := auth.admission.take_approved(name):
                    auth.put_password(name, hashed.encode())
                said = f"{name} can sign in now."
            elif action == "refuse":
                auth.admission.refuse(name, number)
                said = f"The request of {name} is deleted."
            elif action == "code":
                self.only_for_participants(name)
                code = auth.admission.invite([name])[name]
                said = f"Give this code to {name}. It is shown once and works for 14 days."
            else:
                raise web.HTTPError(400, "This page does not know what to do.")
        except CourseError as error:
            return await self.show(400, error=error.what)
        self.log.info("%s: %s by %s", name, action, self.current_user.name)
        await self.show(done=said, code=code)
        return None

    def only_instructors(self) -> None:
        """Refuse everybody else."""
        if not self.authenticator.is_instructor(self.current_user.name):
            raise web.HTTPError(403, "This page is for instructors.")

    def only_for_participants(self, name: str) -> None:
        """Refuse a code for another instructor: that one is the host's to give."""
        auth = self.authenticator
        if not name or not auth.may_enter(name) or auth.is_instructor(name):
            raise web.HTTPError(403, "A code can be made for participants of the course only.")

    async def show(
        self, status: int = 200, error: str = "", done: str = "", code: str = ""
    ) -> None:
        """Draw the page; nothing of it is kept by the browser."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        html = await self.render_template(
            "requests.html",
            waiting=[
                {**vars(one), "since": when(datetime.fromisoformat(one.at))}
                for one in self.authenticator.admission.waiting()
            ],
            requests_error=error,
            done=done,
            code=code,
            xsrf=self.xsrf_token.decode("ascii"),
        )
        self.finish(html)


class ChangePassword(BaseHandler):
    """``/change-password``: one's own, with the old one."""

    @web.authenticated
    async def get(self) -> None:
        """Show the form."""
        await self.show()

    @web.authenticated
    async def post(self) -> None:
        """Change the password; other browsers are signed out."""
        auth, user = self.authenticator, self.current_user
        auth.stop_if_too_many(user.name, self)
        old = self.get_body_argument("old", "", strip=False)
        new = self.get_body_argument("password", "", strip=False)
        auth.attempts.failed(user.name, address_of(self))
        account = auth.account(user.name)
        if account is None or not await in_thread(matches, old, account.password):
            return await self.show(403, "The old password is not right.")
        auth.attempts.succeeded(user.name, address_of(self))
        if new != self.get_body_argument("again", "", strip=False):
            return await self.show(400, "The two new passwords differ. Write them again.")
        if fault := auth.fault_of(user.name, new):
            return await self.show(400, fault)
        auth.put_password(user.name, await auth.hashed(new))
        end_sessions(self.db, user)
        self.set_login_cookie(user)
        await self.show(done="Your password is changed. Other browsers are signed out.")
        return None

    async def show(self, status: int = 200, error: str = "", done: str = "") -> None:
        """Draw the page."""
        self.set_status(status)
        html = await self.render_template(
            "change-password.html",
            password_error=error,
            done=done,
            minimum_password=self.authenticator.minimum_password,
            xsrf=self.xsrf_token.decode("ascii"),
        )
        self.finish(html)
