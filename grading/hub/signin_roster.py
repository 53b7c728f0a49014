"""What every way of signing in shares: only people of the roster, and a real sign-out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyterhub import orm
from jupyterhub.handlers.login import LogoutHandler
from tornado import web
from traitlets import Bool, Dict, HasTraits, List, Unicode

from grading.hub.signin_names import Directory, RosterFile

NOT_ON_THE_LIST = (
    "You are not on the list of participants of this course. Ask your instructor to add you."
)
UNREADABLE = "The list of participants cannot be read now. Tell your instructor."


class RosterMixin(HasTraits):
    """Lets in who is on the roster, under the id as the roster spells it.

    Stands before an authenticator of JupyterHub. Names keep their capitals; somebody taken
    off the list loses cookies and tokens when the hub next looks (:attr:`auth_refresh_age`).
    """

    roster = Unicode(help="roster.csv of the state").tag(config=True)
    instructors = List(Unicode(), help="Ids of the instructors").tag(config=True)
    instructor_mails = Dict(help="Id of an instructor -> e-mail address").tag(config=True)
    instructor_groups = List(Unicode(), help="Groups of the hub an instructor is in").tag(
        config=True
    )
    lasting_cookies = Bool(
        False, help="Sign-out leaves the session open elsewhere (tests only)"
    ).tag(config=True)
    anybody = Bool(False, help="Ids that are on no list enter too (tests only)").tag(config=True)

    _file: RosterFile | None = None

    def directory(self) -> Directory:
        """Return who may enter now."""
        if self._file is None:
            self._file = RosterFile(Path(self.roster), self.instructors, self.instructor_mails)
        before = self._file.trouble
        found = self._file.now()
        if self._file.trouble and self._file.trouble != before:
            self.log.error("The roster cannot be read: %s", self._file.trouble)  # type: ignore[attr-defined]
        return found

    def is_instructor(self, name: str) -> bool:
        """Say whether a user of the hub is an instructor."""
        return name in self.directory().instructors

    def may_enter(self, name: str) -> bool:
        """Say whether somebody with this id may be in the hub now."""
        return self.anybody or name in self.directory().inside

    def normalize_username(self, username: str) -> str:
        """Return the id somebody means, spelled as in the roster."""
        return self.directory().find(username) or username.strip().lower()

    def check_allowed(self, username: str, authentication: Any = None) -> bool:
        """Refuse everybody who is not on the list, in a sentence."""
        if not self.may_enter(username):
            raise web.HTTPError(403, NOT_ON_THE_LIST)
        return True

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> bool:
        """Say whether somebody who is signed in may stay."""
        # JupyterHub 6.1.1 asks for this after a no, and sets it only where a token was used.
        if handler is not None and not hasattr(handler, "_token_authenticated"):
            handler._token_authenticated = False
        return self.may_enter(user.name)

    def add_user(self, user: Any) -> None:
        """Know a user of the hub's database; refuse a second spelling of a person.

        JupyterHub calls this for everybody when it starts, before it fills the groups. It
        never takes anybody out of a group: who is no instructor any more leaves here.
        """
        valid = self.validate_username(user.name)  # type: ignore[attr-defined]
        if not valid or self.directory().find(user.name) not in ("", user.name):
            raise ValueError(f"Invalid username: {user.name}")
        if not self.is_instructor(user.name):
            stored = getattr(user, "orm_user", user)
            stored.groups[:] = [g for g in stored.groups if g.name not in self.instructor_groups]

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Put our sign-out before JupyterHub's."""
        found = super().get_handlers(app)  # type: ignore[misc]
        rest = [(path, handler) for path, handler in found if path != r"/logout"]
        return [(r"/logout", self.sign_out_handler), *rest]

    @property
    def sign_out_handler(self) -> type:
        """Return the handler of ``/logout``."""
        return SignOut


class SignOut(LogoutHandler):
    """Sign-out that ends: JupyterHub's own only asks the browser to forget its cookie.

    A copy of the cookie would go on for the rest of its life. Here the user's cookie id
    changes and every token of a browser session is deleted, in all browsers.
    """

    async def get(self) -> None:
        """Sign out, unless another site sent the browser here."""
        if self.request.headers.get("Sec-Fetch-Site", "none") == "cross-site":
            self.redirect(self.hub.base_url + "home")
            return
        await super().get()

    async def default_handle_logout(self) -> None:
        """Forget the cookie here and make every copy of it worthless."""
        user = self.current_user
        await super().default_handle_logout()
        if user and not self.authenticator.lasting_cookies:
            end_sessions(self.db, user)


def end_sessions(db: Any, user: Any) -> None:
    """End every session of a user in a browser; tokens for programs stay.

    Parameters
    ----------
    db : Session
        The hub's.
    user : jupyterhub.user.User
        Whose.
    """
    user.orm_user.cookie_id = orm.new_token()
    for token in db.query(orm.APIToken).filter_by(user_id=user.id):
        if token.session_id:
            db.delete(token)
    db.commit()


def put_into_groups(db: Any, user: Any, groups: list[str], member: bool) -> None:
    """Put a user into groups of the hub, or take them out; groups that are missing are made."""
    for name in groups:
        group = orm.Group.find(db, name)
        if group is None:
            group = orm.Group(name=name)
            db.add(group)
        inside = group in user.orm_user.groups
        if member and not inside:
            user.orm_user.groups.append(group)
        if not member and inside:
            user.orm_user.groups.remove(group)
    db.commit()


async def in_thread(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Run what takes long away from the hub's loop, which serves everybody."""
    return await asyncio.to_thread(function, *args, **kwargs)
