"""Sign-in by a service that speaks OpenID Connect: Keycloak, Entra ID, Google, a ministry's own.

oauthenticator's GenericOAuthenticator checks the state and sends a PKCE challenge, then
asks the service who the person is (userinfo, over TLS). It never looks at the ID token.
Here the token is checked as well (signature, issuer, audience, expiry, nonce), and it has
to speak of the same person as userinfo.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any
from urllib.parse import urlparse

import jwt
from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.oauth2 import (
    OAuthCallbackHandler,
    OAuthLoginHandler,
    OAuthLogoutHandler,
    _deserialize_state,
)
from tornado import web
from tornado.httpclient import HTTPError as ServiceError
from traitlets import Bool, Unicode

from grading.cohort.people import slug
from grading.hub.signin_roster import NOT_ON_THE_LIST, RosterMixin, SignOut, put_into_groups

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
LEEWAY = 60  # seconds two clocks may differ
REFUSED = "The sign-in service did not confirm this sign-in. Go back to the course and start again."
AWAY = "The sign-in service does not answer as it should. Tell your instructor."
NO_MAIL = (
    "The sign-in service has not confirmed your e-mail address. Confirm it there, or ask"
    " your instructor."
)


def nonce_of(state_id: str) -> str:
    """Return the nonce of one sign-in: bound to the state that the browser's cookie holds."""
    return hashlib.sha256(f"nonce {state_id}".encode()).hexdigest()


def is_loopback(url: str) -> bool:
    """Say whether an address is one of this machine's own."""
    return urlparse(url).hostname in ("localhost", "127.0.0.1", "::1")


class ToService(OAuthLoginHandler):
    """``/oauth_login``: send the browser to the service."""

    def _generate_state_id(self) -> str:
        self._state_id = super()._generate_state_id()
        return str(self._state_id)

    def authorize_redirect(self, *args: Any, **kwargs: Any) -> Any:
        """Add the nonce to what the service is asked."""
        kwargs["extra_params"] = {**kwargs["extra_params"], "nonce": nonce_of(self._state_id)}
        return super().authorize_redirect(*args, **kwargs)

    async def get(self) -> None:
        """Learn where the service is, then go there."""
        await self.authenticator.discover()
        super().get()


class FromService(OAuthCallbackHandler):
    """``/oauth_callback``: the browser comes back with a code."""

    async def get(self) -> None:
        """Sign in; every refusal is one sentence."""
        await self.authenticator.discover()
        try:
            self.check_arguments()
        except web.HTTPError as error:  # the service's own words are not for this page
            self.log.warning("A sign-in came back wrong: %s", error)
            raise web.HTTPError(400, REFUSED) from None
        try:
            user = await self.login_user()
        except (ServiceError, OSError) as error:
            self.log.warning("The sign-in service refused a code: %s", error)
            raise web.HTTPError(403, REFUSED) from None
        if user is None:
            raise web.HTTPError(403, NOT_ON_THE_LIST)
        self.authenticator.place(self.db, user)
        self.redirect(self.get_next_url(user))

    def _request_summary(self) -> str:
        # Tornado writes the whole address of a refused request into the log, with the code.
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"


class SignOutHere(SignOut, OAuthLogoutHandler):
    """Sign out of the hub; the service's own session is the service's."""


class CourseOidc(RosterMixin, GenericOAuthenticator):
    """People of the roster, told by e-mail address or by a claim that holds their id."""

    issuer = Unicode(help="Address of the service").tag(config=True)
    match = Unicode("email", help="email, or id: what the claim holds").tag(config=True)
    claim = Unicode("email", help="Name of the claim").tag(config=True)
    trust_unverified_email = Bool(False).tag(config=True)
    instructor_claim = Unicode(help="Claim that makes an instructor").tag(config=True)
    instructor_value = Unicode(help="The value it has to hold").tag(config=True)

    login_handler = ToService
    callback_handler = FromService

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._by_claim: set[str] = set()
        self._keys: dict[str, Any] = {}
        self._keys_at = -1e9
        self._jwks_uri = ""

    @property
    def sign_out_handler(self) -> type:
        """Return the handler of ``/logout``."""
        return SignOutHere

    async def discover(self) -> None:
        """Learn the service's addresses from its own document, once.

        Raises
        ------
        HTTPError
            503: no answer; 502: the document is another issuer's, or names unsafe places.
        """
        if self._jwks_uri:
            return
        try:
            found = await self.httpfetch(
                self.issuer.rstrip("/") + "/.well-known/openid-configuration",
                request_timeout=10,
                validate_cert=True,
            )
            places = {
                name: str(found[name])
                for name in (
                    "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"
                )
            }  # fmt: skip
        except (ServiceError, OSError, ValueError, KeyError, TypeError) as error:
            self.log.error("The sign-in service at %s does not answer: %s", self.issuer, error)
            raise web.HTTPError(503, AWAY) from None
        unsafe = [u for u in places.values() if not (u.startswith("https://") or is_loopback(u))]
        if str(found.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/") or unsafe:
            self.log.error(
                "The document of %s is not its own, or names http addresses", self.issuer
            )
            raise web.HTTPError(502, AWAY)
        self.issuer = str(found["issuer"])  # as the tokens spell it
        self.authorize_url = places["authorization_endpoint"]
        self.token_url = places["token_endpoint"]
        self.userdata_url = places["userinfo_endpoint"]
        self._jwks_uri = places["jwks_uri"]

    async def authenticate(self, handler: Any, data: Any = None, **kwargs: Any) -> Any:
        """Ask the service who it is, then check its signed word for it."""
        state = _deserialize_state(handler.get_state_cookie()).get("state_id", "")
        model = await super().authenticate(handler, data, **kwargs)
        token = (model["auth_state"] or {}).get("id_token") or ""
        claims = await self.checked(token, nonce_of(state))
        told = model["auth_state"][self.user_auth_state_key]
        if claims["sub"] != told.get("sub"):
            self.log.warning("The ID token and userinfo speak of two people")
            raise web.HTTPError(403, REFUSED)
        model["auth_state"] = None  # nothing of the service's is kept
        return model

    async def checked(self, token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token that is right in every respect.

        Raises
        ------
        HTTPError
            403, with the same sentence whatever was wrong; the log says what.
        """
        try:
            head = jwt.get_unverified_header(token)
            if head.get("alg") not in ALGORITHMS:
                raise jwt.InvalidAlgorithmError(f"algorithm {head.get('alg')!r}")
            claims = jwt.decode(
                token,
                await self.key(str(head.get("kid", ""))),
                algorithms=list(ALGORITHMS),
                audience=self.client_id,
                issuer=self.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "nonce"]},
            )
            if claims["nonce"] != nonce:
                raise jwt.InvalidTokenError("nonce")
            several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
            if (several or "azp" in claims) and claims.get("azp") != self.client_id:
                raise jwt.InvalidAudienceError("azp")
        except jwt.PyJWTError as error:
            self.log.warning("An ID token was refused: %s", error)
            raise web.HTTPError(403, REFUSED) from None
        return dict(claims)

    async def key(self, kid: str) -> Any:
        """Return a key of the service by its name; without a name the only one there is.

        For an unknown name the list is read again, at most once a minute.
        """
        known = kid in self._keys or (not kid and self._keys)
        if not known and time.monotonic() - self._keys_at > 60:
            self._keys_at = time.monotonic()
            found = jwt.PyJWKSet.from_dict(
                await self.httpfetch(self._jwks_uri, request_timeout=10, validate_cert=True)
            )
            self._keys = {str(k.key_id or ""): k for k in found.keys}
        if not kid and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if kid not in self._keys:
            raise jwt.InvalidKeyError(f"no key {kid!r}")
        return self._keys[kid]

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """Return the id of the person the service speaks of.

        Raises
        ------
        HTTPError
            403: nobody of the course, or an address the service has not confirmed.
        """
        value = user_info.get(self.claim)
        text = value if isinstance(value, str) else ""
        if self.match == "email":
            sure = user_info.get("email_verified") in (True, "true")
            if text and not (sure or self.trust_unverified_email):
                raise web.HTTPError(403, NO_MAIL)
            name = self.directory().by_mail(text)
        else:
            name = self.directory().find(text)
        if self.made_instructor(user_info):
            name = name or self._new_instructor(text)
            if name:
                self._by_claim.add(name)
        else:
            self._by_claim.discard(name)
        if not name and self.anybody:
            name = slug(text)
        if not name:
            raise web.HTTPError(403, NOT_ON_THE_LIST)
        return name

    def made_instructor(self, user_info: dict[str, Any]) -> bool:
        """Say whether the service's claim makes this person an instructor."""
        if not (self.instructor_claim and self.instructor_value):
            return False
        value = user_info.get(self.instructor_claim)
        return self.instructor_value in (value if isinstance(value, list) else [value])

    def _new_instructor(self, text: str) -> str:
        """Return an id for an instructor on no list; never one that somebody else has."""
        name = slug(text.partition("@")[0])
        return "" if self.directory().find(name) else name

    def is_instructor(self, name: str) -> bool:
        """Say whether a user is an instructor, by the list or by the service's word."""
        return name in self._by_claim or super().is_instructor(name)

    def may_enter(self, name: str) -> bool:
        """Say whether somebody may be in the hub now."""
        return name in self._by_claim or super().may_enter(name)

    def place(self, db: Any, user: Any) -> None:
        """Put a user into the instructors' groups, or out of them, by the claim."""
        if self.instructor_claim:
            put_into_groups(db, user, self.instructor_groups, self.is_instructor(user.name))
