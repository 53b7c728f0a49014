"""Sign-in by LTI 1.3: a learning system with real keys launches the course, well and badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.signin_hub import Person, SignInHub, running, signed_with_public_key, unsigned

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
ISSUER = "https://learning.example.org"
CLIENT = "course-hub-1"
FIELDS = {"target_link_uri": "http://127.0.0.1/hub/home", "login_hint": "person-7"}


class Platform:
    """A learning system: a key, the page that publishes it, and launches."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "key-1", "alg": "RS256"})
        self.asked = 0
        platform = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                platform.asked += 1
                body = json.dumps(KeySet([platform.key]).as_dict(private=False)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def claims(self, nonce: str, /, **change: Any) -> dict[str, Any]:
        """Return what a launch says; None leaves a claim out."""
        now = int(time.time())
        said = {
            "iss": ISSUER, "aud": CLIENT, "sub": "7", "iat": now, "exp": now + 300,
            "nonce": nonce, "email": "Ana.Test@example.org",
            LTI + "message_type": "LtiResourceLinkRequest", LTI + "version": "1.3.0",
            LTI + "deployment_id": "dep-1", LTI + "target_link_uri": FIELDS["target_link_uri"],
            LTI + "resource_link": {"id": "link-1"},
            LTI + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
        }  # fmt: skip
        return {k: v for k, v in (said | change).items() if v is not None}

    def signed(self, claims: dict[str, Any], key: Any = None, **header: Any) -> str:
        """Sign a launch."""
        return jwt.encode({"alg": "RS256", "kid": "key-1"} | header, claims, key or self.key)


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """One learning system."""
    one = Platform()
    yield one
    one.server.shutdown()


def section(platform: Platform) -> dict[str, Any]:
    """Return the settings of a hub that trusts it."""
    return {
        "mode": "lti13",
        "lti13": {
            "issuer": ISSUER, "client_id": [CLIENT], "deployment_ids": ["dep-1"],
            "authorize_url": f"{platform.url}/auth", "jwks_url": f"{platform.url}/keys",
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, platform: Platform) -> Iterator[SignInHub]:
    """One hub for the tests of this file."""
    with running(tmp_path_factory.mktemp("lti"), section(platform)) as one:
        yield one


def announced(person: Person, **change: str) -> dict[str, str]:
    """Announce somebody (login initiation); return what the platform is asked."""
    form = {"iss": ISSUER, "client_id": CLIENT} | FIELDS | change
    sent = person.session.post(
        f"{person.hub.url}/lti13/oauth_login", data=form, allow_redirects=False, timeout=60
    )
    assert sent.status_code == 302, sent.text
    return {k: v[0] for k, v in parse_qs(urlparse(sent.headers["Location"]).query).items()}


def launch(person: Person, token: str, state: str) -> Any:
    """Post the launch, as the platform's page does."""
    return person.session.post(
        f"{person.hub.url}/lti13/oauth_callback",
        data={"id_token": token, "state": state}, allow_redirects=False, timeout=60,
    )  # fmt: skip


def opened(hub: SignInHub, platform: Platform, **change: Any) -> tuple[Person, Any]:
    """Go the whole way; return the browser and the hub's answer."""
    person = hub.browser()
    asked = announced(person)
    return person, launch(
        person, platform.signed(platform.claims(asked["nonce"], **change)), asked["state"]
    )


def test_a_person_of_the_roster_enters_from_the_learning_system(
    hub: SignInHub, platform: Platform
) -> None:
    person = hub.browser()
    page = person.get("/login")
    assert "your learning system" in page.text and "<form" not in page.text
    asked = announced(person)
    assert (asked["client_id"], asked["login_hint"]) == (CLIENT, "person-7")
    assert (asked["response_type"], asked["response_mode"]) == ("id_token", "form_post")
    answer = launch(person, platform.signed(platform.claims(asked["nonce"])), asked["state"])
    assert answer.status_code == 302
    assert person.who() == "K01"
    before = platform.asked
    assert opened(hub, platform, email="ben.test@example.org")[0].who() == "ben"
    assert platform.asked == before  # the keys are kept; the hub does not wait again


def test_the_roles_of_the_learning_system_make_no_instructor(
    hub: SignInHub, platform: Platform
) -> None:
    assert opened(hub, platform)[0].who() == "K01"
    assert hub.api("GET", "groups/teachers").json()["users"] == ["teach"]


@pytest.mark.parametrize(
    "change",
    [
        {"email": "nobody@example.org"},
        {"email": "cyd.test@example.org"},  # left the course
        {"email": "shared@example.org"},  # two people
        {"email": None, "sub": "42"},  # no fall-back to a number that is another's id
        {"email": ["ana.test@example.org"]},
    ],
)
def test_everybody_else_is_refused_in_a_sentence(
    hub: SignInHub, platform: Platform, change: dict[str, Any]
) -> None:
    person, answer = opened(hub, platform, **change)
    assert answer.status_code == 403
    assert "not on the list" in answer.text
    assert person.who() == ""


NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "audience": {"aud": "another-tool"},
    "several audiences, no party": {"aud": [CLIENT, "another-tool"]},
    "another party": {"aud": [CLIENT, "another-tool"], "azp": "another-tool"},
    "issuer": {"iss": "https://other.example.org"},
    "expired": {"iat": NOW - 900, "exp": NOW - 600},
    "no expiry": {"exp": None},
    "too long ago": {"iat": NOW - 90_000},
    "nonce": {"nonce": "0" * 64},
    "no nonce": {"nonce": None},
    "deployment": {LTI + "deployment_id": "dep-2"},
    "version": {LTI + "version": "1.1.0"},
    "message": {LTI + "message_type": "Another"},
    "no link": {LTI + "resource_link": {"id": ""}},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_launch_that_says_something_wrong_is_refused(
    hub: SignInHub, platform: Platform, what: str
) -> None:
    person, answer = opened(hub, platform, **WRONG[what])
    assert answer.status_code in (400, 401)
    assert "was not accepted" in answer.text
    assert person.who() == ""


@pytest.mark.parametrize("how", ["none", "public key as secret", "forged", "unknown key", "cut"])
def test_a_launch_without_a_good_signature_is_refused(
    hub: SignInHub, platform: Platform, how: str
) -> None:
    person = hub.browser()
    asked = announced(person)
    claims = platform.claims(asked["nonce"])
    right = platform.signed(claims)
    if how == "none":
        token = unsigned(claims, "key-1")
    elif how == "public key as secret":
        token = signed_with_public_key(claims, platform.key.as_pem(private=False), "key-1")
    elif how == "forged":
        token = platform.signed(claims, RSAKey.generate_key(2048))
    elif how == "unknown key":
        token = platform.signed(claims, kid="key-2")
    else:
        token = right[:-8]
    answer = launch(person, token, asked["state"])
    assert answer.status_code == 400 and "was not accepted" in answer.text
    assert person.who() == ""


def test_a_launch_belongs_to_the_browser_that_was_announced(
    hub: SignInHub, platform: Platform
) -> None:
    attacker, victim = hub.browser(), hub.browser()
    asked = announced(attacker)
    token = platform.signed(platform.claims(asked["nonce"]))
    assert launch(victim, token, asked["state"]).status_code == 400  # no cookie
    own = announced(victim)
    assert launch(victim, token, asked["state"]).status_code == 400  # another state
    assert launch(victim, token, own["state"]).status_code == 400  # the nonce gives it away
    assert victim.who() == ""


def replayed(hub: SignInHub, platform: Platform) -> Any:
    """Launch twice with a copy of everything the browser held; return the second answer."""
    person, thief = hub.browser(), hub.browser()
    asked = announced(person)
    thief.session.cookies.update(person.session.cookies)
    token = platform.signed(platform.claims(asked["nonce"]))
    assert launch(person, token, asked["state"]).status_code == 302
    return launch(thief, token, asked["state"])


def test_a_launch_counts_once_and_twice_where_that_is_off(
    hub: SignInHub, platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert replayed(hub, platform).status_code == 400
    base = tmp_path_factory.mktemp("replay")
    with running(base, section(platform), off=("replay",)) as weak:
        assert replayed(weak, platform).status_code == 302
        held = weak.browser()
        asked = announced(held)
        token = platform.signed(platform.claims(asked["nonce"]))
    time.sleep(1.1)  # issue times are whole seconds
    with running(base, section(platform), port=weak.port) as again:
        # nor does a restart let in what was issued before it
        held.hub = again
        assert launch(held, token, asked["state"]).status_code == 400


@pytest.mark.parametrize("change", [{"iss": "https://other.example.org"}, {"client_id": "another"}])
def test_another_learning_system_is_not_answered(hub: SignInHub, change: dict[str, str]) -> None:
    form = {"iss": ISSUER, "client_id": CLIENT} | FIELDS | change
    url = f"{hub.url}/lti13/oauth_login"
    for sent in (
        hub.browser().session.post(url, data=form, allow_redirects=False, timeout=60),
        hub.browser().session.get(url, params=form, allow_redirects=False, timeout=60),
    ):
        assert sent.status_code == 400 and "Location" not in sent.headers


@pytest.mark.parametrize(
    "target",
    ["https://evil.example.org/x", "//evil.example.org", "https://a/?next=//evil.example.org"],
)
def test_nobody_is_led_to_another_site(hub: SignInHub, platform: Platform, target: str) -> None:
    person = hub.browser()
    asked = announced(person, target_link_uri=target)
    answer = launch(person, platform.signed(platform.claims(asked["nonce"])), asked["state"])
    assert answer.status_code == 302
    assert urlparse(answer.headers["Location"]).netloc in ("", f"127.0.0.1:{hub.port}")


def test_over_https_the_cookies_come_back_from_the_other_site(hub: SignInHub) -> None:
    sent = hub.browser().session.post(
        f"{hub.url}/lti13/oauth_login",
        data={"iss": ISSUER, "client_id": CLIENT} | FIELDS,
        headers={"X-Scheme": "https", "X-Forwarded-Proto": "https"},
        allow_redirects=False, timeout=60,
    )  # fmt: skip
    cookies = [v for k, v in sent.raw.headers.items() if k.lower() == "set-cookie"]
    ours = [c for c in cookies if c.startswith("lti13authenticator-")]
    assert len(ours) == 2
    assert all("SameSite=None" in c and "Secure" in c and "HttpOnly" in c for c in ours)
    # GET of the callback is no launch
    assert hub.browser().get("/lti13/oauth_callback").status_code == 405
    assert "Traceback" not in hub.log()
