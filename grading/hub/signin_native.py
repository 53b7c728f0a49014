"""Sign-up with approval, for a training centre without a sign-in service of its own.

Accounts are those of jupyterhub-nativeauthenticator (a bcrypt hash in the hub's database).
Its pages are not used: they approve and delete accounts by GET, so that any link or
picture in an instructor's browser could do it; they tell strangers who is on the list; and
a password of more than 72 bytes ends in an error. See :mod:`grading.hub.signin_pages`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bcrypt
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo
from tornado import web
from traitlets import Bool, Integer, Unicode

from grading.hub.signin_admission import Admission
from grading.hub.signin_attempts import Attempts
from grading.hub.signin_roster import RosterMixin, end_sessions, in_thread

MOST_BYTES = 72  # bcrypt reads no further
WAIT = "Too many wrong tries. Wait {minutes} and try again."


class CourseNative(RosterMixin, NativeAuthenticator):
    """Accounts of the roster's people, approved by an instructor or by a one-time code."""

    folder = Unicode(help="The hub's folder, where admission.json lies").tag(config=True)
    approval = Bool(True, help="Somebody has to say yes to a sign-up").tag(config=True)
    minimum_password = Integer(10, help="Characters of a password").tag(config=True)
    failed_sign_ins = Integer(5, help="Wrong tries before a name waits").tag(config=True)
    wait_seconds = Integer(60, help="How long it waits").tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attempts = Attempts(self.failed_sign_ins, self.wait_seconds)
        self.admission = Admission(Path(self.folder))
        # A name nobody has costs as much time as one that is there.
        self._nobody = bcrypt.hashpw(b"nobody's password", bcrypt.gensalt())

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return our pages only; none of the package's."""
        from grading.hub import signin_pages as pages

        return [
            (r"/logout", self.sign_out_handler),
            (r"/login", pages.SignIn),
            (r"/signup", pages.SignUp),
            (r"/authorize", pages.Requests),
            (r"/change-password", pages.ChangePassword),
        ]

    def account(self, name: str) -> Any:
        """Return the account of an id as the database has it now, or None."""
        query = self.db.query(UserInfo).filter(UserInfo.username == name)
        return query.populate_existing().first()

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """Check name and password; a sentence where there is more to say than no."""
        name = self.normalize_username(data.get("username", ""))
        password = data.get("password", "")
        address = address_of(handler)
        self.stop_if_too_many(name, handler)
        self.attempts.failed(name, address)
        if approved := self.admission.take_approved(name):
            self.put_password(name, approved.encode())
        account = self.account(name)
        known = account is not None and bool(account.is_authorized)
        stored = account.password if known else self._nobody
        if await in_thread(matches, password, stored) and known:
            self.attempts.succeeded(name, address)
            return name
        if not known:
            for waiting in self.admission.hashes(name):
                if await in_thread(matches, password, waiting.encode()):
                    raise web.HTTPError(
                        403,
                        "Your account is not open yet. Tell your instructor the four digits you"
                        " were shown when you chose your password.",
                    )
        return None

    def stop_if_too_many(self, name: str, handler: Any) -> None:
        """Refuse a try that comes too soon after too many wrong ones."""
        left = self.attempts.must_wait(name, address_of(handler))
        if left > 0:
            minutes = max(1, round(left / 60))
            words = "a minute" if minutes == 1 else f"{minutes} minutes"
            raise web.HTTPError(429, WAIT.format(minutes=words))

    def fault_of(self, name: str, password: str) -> str:
        """Return what is wrong with a new password, or nothing."""
        if len(password) < self.minimum_password:
            return f"Choose a password of at least {self.minimum_password} characters."
        if len(password.encode()) > MOST_BYTES:
            return "This password is too long. Choose a shorter one."
        if self.is_password_common(password.lower()) or len(set(password)) < 4:
            return "This password is too common. Choose another one."
        if name and name.casefold() in password.casefold() and len(password) < len(name) + 6:
            return "This password is too close to your id. Choose another one."
        return ""

    async def hashed(self, password: str) -> bytes:
        """Return the bcrypt hash of a password, made away from the hub's loop."""
        return bytes(await in_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt()))

    def put_password(self, name: str, hashed: bytes) -> None:
        """Make or change an account; every open session of it ends."""
        account = self.account(name)
        if account is None:
            account = UserInfo(username=name, password=hashed)
            self.db.add(account)
        account.password = hashed
        account.is_authorized = True
        self.db.commit()
        if user := self.parent.users.get(name):
            end_sessions(self.db, user)

    def delete_user(self, user: Any) -> None:
        """Forget the account, codes and requests of somebody the hub deletes."""
        self.admission.forget(user.name)
        super().delete_user(user)

    async def refresh_user(self, user: Any, handler: Any = None, **more: Any) -> bool:
        """Say whether somebody may stay: on the roster, with an account."""
        if not await super().refresh_user(user, handler, **more):
            return False
        account = self.account(user.name)
        return account is None or bool(account.is_authorized)


def matches(password: str, hashed: bytes) -> bool:
    """Say whether a password belongs to a bcrypt hash; hostile input is simply wrong."""
    try:
        return bcrypt.checkpw(password.encode()[:MOST_BYTES], hashed) and (
            len(password.encode()) <= MOST_BYTES
        )
    except ValueError:
        return False


def address_of(handler: Any) -> str:
    """Return where a request came from, as the proxy before the hub saw it.

    The proxy adds what it saw at the end; anything before it, and ``X-Real-Ip``, which
    Tornado would believe, is the visitor's own word.
    """
    if handler is None:
        return ""
    seen = handler.request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return seen or str(handler.request.remote_ip or "")
