"""Sign-in by OpenID Connect: whole round trips against a provider, good and tampered with."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import flask
import oidc_provider_mock
import pytest
import werkzeug.serving
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock._storage import User

from tests.free_ports import free_ports
from tests.signin_hub import (
    Person,
    SignInHub,
    running,
    signed_with_public_key,
    unsigned,
)

PEOPLE = {
    "s-ana": {"email": "Ana.Test@example.org", "email_verified": True},
    "s-ben": {"email": "ben.test@example.org", "email_verified": False},
    "s-left": {"email": "cyd.test@example.org", "email_verified": True},
    "s-shared": {"email": "shared@example.org", "email_verified": True},
    "s-nobody": {"email": "nobody@example.org", "email_verified": True},
    "s-bare": {},
    "s-list": {"email": ["ana.test@example.org"], "email_verified": True},
    "s-lead": {"email": "lead@example.org", "email_verified": True, "groups": ["staff", "team"]},
    "s-gil": {"email": "gil.test@example.org", "email_verified": True, "groups": "team"},
    "s-teach": {"email": "teach@example.org", "email_verified": True, "groups": ["staff"]},
}
Tamper = Callable[[dict[str, Any], Any], dict[str, Any]]


class Provider:
    """The provider, with a hand in its answers."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.tamper: Tamper | None = None
        users = [User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
        self.app = oidc_provider_mock.app(user_claims=users)
        self.app.after_request(self._change)
        self.server: Any = None

    @property
    def issuer(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Answer from now on."""
        self.server = werkzeug.serving.make_server(
            "127.0.0.1", self.port, self.app.wsgi_app, threaded=True
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _change(self, response: flask.Response) -> flask.Response:
        if self.tamper and flask.request.path == "/oauth2/token" and response.is_json:
            key = RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))
            key.ensure_kid()
            response.set_data(json.dumps(self.tamper(json.loads(response.get_data()), key)))
        return response


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """The provider; it is not there when the hub starts."""
    one = Provider()
    yield one
    if one.server:
        one.server.shutdown()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[SignInHub]:
    """One hub that trusts it; its sign-in page stands before the provider answers."""
    base = tmp_path_factory.mktemp("oidc")
    (base / "oidc.secret").write_text("a-test-secret\n")
    (base / "oidc.secret").chmod(0o600)
    section = {
        "mode": "oidc",
        "instructor_mails": {"teach": "teach@example.org"},
        "oidc": {
            "issuer": provider.issuer, "client_id": "course-hub", "service_name": "Test service",
            "client_secret_file": "oidc.secret",
            "instructor_claim": "groups", "instructor_value": "team",
        },
    }  # fmt: skip
    with running(base, section) as one:
        person = one.browser()
        assert "Test service" in person.get("/login").text
        away = person.get("/oauth_login")
        assert away.status_code == 503 and "does not answer" in away.text
        provider.start()
        yield one


@pytest.fixture(autouse=True)
def untouched(provider: Provider) -> Iterator[None]:
    """Leave the provider honest for the next test."""
    yield
    provider.tamper = None


def to_provider(person: Person) -> str:
    """Press the button; return where the browser is sent."""
    return person.get("/oauth_login", allow_redirects=False).headers["Location"]


def at_provider(person: Person, address: str, sub: str) -> str:
    """Sign in there; return the address the provider sends the browser back to."""
    sent = person.session.post(address, data={"sub": sub}, allow_redirects=False, timeout=60)
    return str(sent.headers["Location"])


def round_trip(hub: SignInHub, sub: str) -> tuple[Person, Any]:
    """Go there and back; return the browser and the hub's answer."""
    person = hub.browser()
    back = at_provider(person, to_provider(person), sub)
    return person, person.session.get(back, allow_redirects=False, timeout=60)


def test_a_person_of_the_roster_enters_by_address(hub: SignInHub) -> None:
    person, answer = round_trip(hub, "s-ana")
    assert answer.status_code == 302
    assert person.who() == "K01"
    assert "a-test-secret" not in hub.log()


@pytest.mark.parametrize(
    ("sub", "said"),
    [
        ("s-nobody", "not on the list"),
        ("s-left", "not on the list"),
        ("s-shared", "not on the list"),  # two people have this address: it tells nobody
        ("s-bare", "not on the list"),
        ("s-list", "not on the list"),
        ("s-ben", "has not confirmed your e-mail"),
    ],
)
def test_everybody_else_is_refused_in_a_sentence(hub: SignInHub, sub: str, said: str) -> None:
    person, answer = round_trip(hub, sub)
    assert answer.status_code == 403
    assert said in answer.text
    assert person.who() == ""


def test_a_claim_makes_an_instructor_and_its_loss_unmakes_one(
    hub: SignInHub, provider: Provider
) -> None:
    def members() -> set[str]:
        return set(hub.api("GET", "groups/teachers").json()["users"])

    assert round_trip(hub, "s-lead")[0].who() == "lead"  # on no list
    assert round_trip(hub, "s-gil")[0].who() == "gil"  # a participant who teaches too
    assert round_trip(hub, "s-teach")[0].who() == "teach"  # by the list of hub.yml
    assert round_trip(hub, "s-ana")[0].who() == "K01"
    assert members() == {"lead", "gil", "teach"}
    with Changed(provider, "s-gil", groups="staff"), Changed(provider, "s-lead", groups=[]):
        assert round_trip(hub, "s-gil")[0].who() == "gil"
        assert round_trip(hub, "s-lead")[1].status_code == 403
    assert "gil" not in members()


class Changed:
    """The provider says something else of a person for a while."""

    def __init__(self, provider: Provider, sub: str, **claims: Any) -> None:
        self.provider, self.sub, self.claims = provider, sub, claims

    def put(self, claims: dict[str, Any]) -> None:
        """Store claims by the provider's own address for that."""
        import requests

        url = f"{self.provider.issuer}/users/{self.sub}"
        assert requests.put(url, json=claims, timeout=10).ok

    def __enter__(self) -> None:
        self.put(PEOPLE[self.sub] | self.claims)

    def __exit__(self, *_: object) -> None:
        self.put(PEOPLE[self.sub])


def test_the_request_carries_state_nonce_and_a_pkce_challenge(hub: SignInHub) -> None:
    first, second = (parse_qs(urlparse(to_provider(hub.browser())).query) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert first["code_challenge_method"] == ["S256"]
    assert set(first["scope"][0].split()) == {"openid", "email", "profile"}


def test_a_code_counts_once(hub: SignInHub) -> None:
    person = hub.browser()
    address = to_provider(person)
    thief = hub.browser()
    thief.session.cookies.update(person.session.cookies)
    back = at_provider(person, address, "s-ana")
    assert person.session.get(back, allow_redirects=False, timeout=60).status_code == 302
    again = thief.session.get(back, allow_redirects=False, timeout=60)
    assert again.status_code == 403 and "start again" in again.text
    assert parse_qs(urlparse(back).query)["code"][0] not in hub.log()
    assert thief.who() == ""


def test_a_code_of_another_browser_opens_nothing(hub: SignInHub) -> None:
    attacker, victim = hub.browser(), hub.browser()
    back = at_provider(attacker, to_provider(attacker), "s-ana")
    assert victim.session.get(back, allow_redirects=False, timeout=60).status_code == 400
    to_provider(victim)  # now with a cookie of its own
    refused = victim.session.get(back, allow_redirects=False, timeout=60)
    assert refused.status_code == 400 and "start again" in refused.text
    assert victim.who() == ""


def test_what_the_service_says_of_a_fault_is_not_shown(hub: SignInHub) -> None:
    page = hub.browser().get("/oauth_callback?error=x&error_description=<b>Call+this+number</b>")
    assert page.status_code == 400
    assert "Call" not in page.text


def signed(key: Any, claims: dict[str, Any], **header: Any) -> str:
    """Sign claims."""
    return jwt.encode({"alg": "RS256", "kid": key.kid} | header, claims, key)


def with_claims(**change: Any) -> Tamper:
    """Sign other claims with the provider's own key; None leaves one out."""

    def tamper(answer: dict[str, Any], key: Any) -> dict[str, Any]:
        claims = jwt.decode(answer["id_token"], key).claims | change
        claims = {k: v for k, v in claims.items() if v is not None}
        return answer | {"id_token": signed(key, claims)}

    return tamper


def forged(answer: dict[str, Any], key: Any) -> dict[str, Any]:
    """Sign with another key under the provider's key id."""
    own = RSAKey.generate_key(2048, parameters={"kid": key.kid})
    return answer | {"id_token": signed(own, jwt.decode(answer["id_token"], key).claims)}


def without_signature(answer: dict[str, Any], key: Any) -> dict[str, Any]:
    """Leave the signature out (alg: none)."""
    return answer | {"id_token": unsigned(jwt.decode(answer["id_token"], key).claims, key.kid)}


def public_key_as_secret(answer: dict[str, Any], key: Any) -> dict[str, Any]:
    """Sign by HS256 with the public key."""
    claims = jwt.decode(answer["id_token"], key).claims
    return answer | {"id_token": signed_with_public_key(claims, key.as_pem(private=False), key.kid)}


def unknown_key(answer: dict[str, Any], key: Any) -> dict[str, Any]:
    """Name a key the provider does not publish."""
    claims = jwt.decode(answer["id_token"], key).claims
    return answer | {"id_token": signed(key, claims, kid="another")}


TAMPERED: dict[str, Tamper] = {
    "expired": with_claims(iat=int(time.time()) - 9000, exp=int(time.time()) - 5400),
    "no expiry": with_claims(exp=None),
    "wrong nonce": with_claims(nonce="0" * 64),
    "no nonce": with_claims(nonce=None),
    "wrong audience": with_claims(aud="another-tool"),
    "wrong party": with_claims(aud=["course-hub", "another-tool"], azp="another-tool"),
    "wrong issuer": with_claims(iss="https://sign-in.example.org"),
    "another person": with_claims(sub="s-ben"),
    "forged signature": forged,
    "no signature": without_signature,
    "public key as secret": public_key_as_secret,
    "unknown key": unknown_key,
    "no ID token": lambda answer, key: {k: v for k, v in answer.items() if k != "id_token"},
    "nonsense": lambda answer, key: answer | {"id_token": "a.b.c"},
}


@pytest.mark.parametrize("what", TAMPERED)
def test_an_id_token_that_is_not_right_is_refused(
    hub: SignInHub, provider: Provider, what: str
) -> None:
    provider.tamper = TAMPERED[what]
    person, answer = round_trip(hub, "s-ana")
    assert answer.status_code == 403, answer.text
    assert "did not confirm this sign-in" in answer.text
    assert person.who() == ""


def test_signing_it_again_unchanged_is_accepted(hub: SignInHub, provider: Provider) -> None:
    """The refusals above are not of the test's own making."""
    provider.tamper = with_claims()
    assert round_trip(hub, "s-ana")[0].who() == "K01"
    assert "Traceback" not in hub.log()
