"""Sign-in from a learning system (Moodle, Canvas, Open edX) by LTI 1.3.

jupyterhub-ltiauthenticator checks signature, issuer, audience, expiry, state and nonce.
What it leaves open is closed here: a launch can be replayed with a copy of the browser's
cookies; a missing e-mail address makes it fall back to the platform's own number, which
may be another person's id; keys are fetched on every launch while the whole hub waits;
and over https its cookies do not survive the post from the learning system.
"""

from __future__ import annotations

import time
from typing import Any

import jwt
from ltiauthenticator.lti13.auth import LTI13Authenticator
from ltiauthenticator.lti13.constants import LTI13_CUSTOM_CLAIM
from ltiauthenticator.lti13.error import (
    InvalidAudienceError,
    LoginError,
    TokenError,
    ValidationError,
)
from ltiauthenticator.lti13.handlers import LTI13CallbackHandler, LTI13LoginInitHandler
from ltiauthenticator.lti13.validator import LTI13LaunchValidator
from ltiauthenticator.utils import convert_request_to_dict
from tornado import web
from traitlets import Bool, List, Unicode

from grading.hub.signin_roster import NOT_ON_THE_LIST, RosterMixin, in_thread

DEPLOYMENT = "https://purl.imsglobal.org/spec/lti/claim/deployment_id"
REFUSED = (
    "The learning system's message was not accepted. Go back to the course there and open it again."
)


class Keys:
    """The learning system's public keys, kept for five minutes, never longer than needed."""

    def __init__(self, url: str) -> None:
        self._client = jwt.PyJWKClient(url, cache_jwk_set=True, lifespan=300, timeout=10)

    def of(self, token: str) -> Any:
        """Return the key a token names."""
        return self._client.get_signing_key_from_jwt(token).key


class Used:
    """Nonces that were used, until the tokens that hold them are too old anyway."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self.started = time.time()

    def first_time(self, nonce: str, until: float) -> bool:
        """Say whether a nonce is new, and remember it."""
        now = time.time()
        for old in [n for n, end in self._until.items() if end < now]:
            del self._until[old]
        if nonce in self._until:
            return False
        self._until[nonce] = until
        return True


class ToPlatform(LTI13LoginInitHandler):
    """``/lti13/oauth_login``: the learning system announces somebody."""

    def post(self) -> None:
        """Go to the learning system with state and nonce; only for the one in the settings."""
        iss = self.get_argument("iss", "")
        client = self.get_argument("client_id", "")
        if iss and iss != self.authenticator.issuer:
            raise web.HTTPError(400, REFUSED)
        if client and client not in self.authenticator.client_id:
            raise web.HTTPError(400, REFUSED)
        super().post()

    get = post

    def _get_optional_arg(self, args: dict[str, str], arg: str) -> str | None:
        """Fill in our client id where a learning system leaves it out."""
        found = super()._get_optional_arg(args, arg)
        if arg == "client_id" and not found and len(self.authenticator.client_id) == 1:
            return str(next(iter(self.authenticator.client_id)))
        return found

    def _set_oauth_cookie(self, key: str, value: Any) -> None:
        # The answer is a post from another site: over https the cookie has to say that it
        # may come along. Over http (this machine only) browsers refuse such a cookie.
        over_tls = self.authenticator.get_uri_scheme(self.request) == "https"
        more = {"samesite": "None", "secure": True} if over_tls else {}
        self._set_cookie(key, value, expires_days=1, httponly=True, encrypted=True, **more)


class FromPlatform(LTI13CallbackHandler):
    """``/lti13/oauth_callback``: the launch itself, a signed token about one person."""

    async def post(self) -> None:
        """Sign in; every refusal is one sentence, the log says what was wrong."""
        auth = self.authenticator
        check = LTI13LaunchValidator(parent=self.app)
        args = convert_request_to_dict(self.request.arguments)
        try:
            check.validate_auth_response(args)
            self.check_state()
            token = await in_thread(self.read, args["id_token"], check)
            check.validate_id_token(token)
            check.validate_azp_claim(token, auth.client_id)
            self.check_nonce(token)
            self.check_once(token)
            if auth.deployment_ids and token[DEPLOYMENT] not in auth.deployment_ids:
                raise TokenError("another deployment")
        except (ValidationError, UnicodeError, web.HTTPError) as error:
            self.log.warning("A launch was refused: %s", error)
            status = 401 if isinstance(error, InvalidAudienceError) else 400
            raise web.HTTPError(status, REFUSED) from None
        try:
            user = await self.login_user(token)
        except LoginError:
            raise web.HTTPError(403, NOT_ON_THE_LIST) from None
        if user is None:
            raise web.HTTPError(403, NOT_ON_THE_LIST)
        await self.redirect_to_next_url(user)

    def read(self, token: str, check: LTI13LaunchValidator) -> dict[str, Any]:
        """Return the claims of a token with a good signature; runs away from the hub's loop."""
        auth = self.authenticator
        try:
            return dict(
                jwt.decode(
                    token,
                    auth.keys.of(token),
                    algorithms=list(auth.jwks_algorithms),
                    audience=set(auth.client_id),
                    issuer=auth.issuer,
                    leeway=check.time_leeway,
                    options={"require": ["exp", "iat", "iss", "aud", "nonce"]},
                )
            )
        except jwt.InvalidAudienceError as error:
            raise InvalidAudienceError(str(error)) from None
        except jwt.PyJWTError as error:
            raise TokenError(str(error)) from None

    def check_once(self, token: dict[str, Any]) -> None:
        """Refuse a token that was used before, also before the hub was started again."""
        auth = self.authenticator
        if not auth.once:
            return
        new = auth.used.first_time(str(token["nonce"]), float(token["exp"]) + 60)
        if not new or float(token["iat"]) < int(auth.used.started):
            raise TokenError("used before")


class CourseLti(RosterMixin, LTI13Authenticator):
    """People of the roster, told by the e-mail address or id that the learning system sends."""

    match = Unicode("email", help="email, or id: what the claim holds").tag(config=True)
    deployment_ids = List(Unicode()).tag(config=True)
    once = Bool(True, help="A launch counts once").tag(config=True)

    login_handler = ToPlatform
    callback_handler = FromPlatform

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.used = Used()
        self.keys = Keys(self.jwks_endpoint)

    def get_username(self, token: dict[str, Any]) -> str:
        """Return the id of the person a launch speaks of; nothing stands in for a missing claim."""
        held = (
            token.get(LTI13_CUSTOM_CLAIM) or {}
            if self.username_key.startswith("custom_")
            else token
        )
        value = held.get(self.username_key.removeprefix("custom_"))
        text = value if isinstance(value, str) else ""
        found = (
            self.directory().by_mail(text) if self.match == "email" else self.directory().find(text)
        )
        if not found and self.anybody:
            found = text
        if not found:
            raise LoginError("not on the roster")
        return found
