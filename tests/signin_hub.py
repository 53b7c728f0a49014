"""A real JupyterHub for the tests of sign-in: no proxy, no servers, everything else as it is."""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import requests
from tornado.web import create_signed_value

from grading.hub.signin_admission import Admission
from tests.free_ports import free_ports

REPO = Path(__file__).resolve().parents[1]
TITLE = "Test course of fares"
PASSWORD = "three plain test words"
ROSTER = """student_id,name,email,left
K01,Ana Test,ana.test@example.org,
ben,Ben Test,ben.test@example.org,
김민수,김민수,min.test@example.org,
left-1,Cyd Test,cyd.test@example.org,2026-01-01T00:00:00+00:00
same-mail-1,Dor Test,shared@example.org,
same-mail-2,Eve Test,shared@example.org,
Max,Max Test,max.test@example.org,
max,Max Other Test,other.test@example.org,
42,Fay Test,fay.test@example.org,
gil,Gil Test,gil.test@example.org,
hal,Hal Test,hal.test@example.org,
"""
CONFIG = """\
import sys
sys.path.insert(0, {repo!r})
from tests.signin_hub import set_up
set_up(c, {given!r})
"""


def set_up(c: Any, given: dict[str, Any]) -> None:
    """Configure the hub from its config file."""
    from jupyterhub.proxy import Proxy
    from jupyterhub.spawner import Spawner

    from grading.hub import signin
    from grading.state import GradingState

    class NoProxy(Proxy):
        should_start = False

        async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
            pass

        async def delete_route(self, routespec: str) -> None:
            pass

        async def get_all_routes(self) -> dict[str, Any]:
            return {}

        async def check_routes(self, *args: Any, **kwargs: Any) -> None:
            pass

    class NoServer(Spawner):
        async def start(self) -> tuple[str, int]:
            raise RuntimeError("these tests start no server")

        async def stop(self, now: bool = False) -> None:
            pass

        async def poll(self) -> int:
            return 0

    base = Path(given["base"])
    c.JupyterHub.proxy_class = NoProxy
    c.JupyterHub.spawner_class = NoServer
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{given['port']}"
    c.JupyterHub.bind_url = f"http://127.0.0.1:{given['port']}"
    c.JupyterHub.db_url = f"sqlite:///{base / 'hub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(base / "cookie_secret")
    c.JupyterHub.load_groups = {"teachers": {"users": given["instructors"]}}
    c.JupyterHub.services = [{"name": "host", "api_token": given["token"]}]
    scopes = ["admin:users", "tokens", "read:groups"]
    c.JupyterHub.load_roles = [{"name": "host", "services": ["host"], "scopes": scopes}]
    signin.configure(
        c,
        given["section"],
        state=GradingState(base=base / "state", root=REPO, exchange=base / "exchange"),
        folder=base,
        instructors=given["instructors"],
        title=TITLE,
        instructor_groups=["teachers"],
        dummy=given["dummy"],
        off=given["off"],
    )
    c.Authenticator.auth_refresh_age = 1


@dataclass
class Person:
    """A browser."""

    hub: SignInHub
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **more: Any) -> requests.Response:
        """Open a page, as by typing its address."""
        page = self.session.get(self.hub.url + path, timeout=60, **more)
        page.encoding = "utf-8"
        return page

    def token_of(self, page: requests.Response) -> str:
        """Return the token that a form of a page carries."""
        found = re.search(r'name="_xsrf" value="([^"]*)"', page.text)
        return unescape(found.group(1)) if found else ""

    def send(self, path: str, *, token: str | None = None, **form: str) -> requests.Response:
        """Fill in the form of a page and send it; ``token=""`` leaves the token out."""
        if token is None:
            token = self.token_of(self.get(path))
            assert token, f"{path} has no form with a token"
        data = {**form, "_xsrf": token} if token else form
        return self.session.post(self.hub.url + path, data=data, timeout=60, allow_redirects=False)

    def sign_in(self, name: str, password: str) -> requests.Response:
        """Sign in on the page of the hub."""
        return self.send("/login", username=name, password=password)

    def who(self) -> str:
        """Return whom the hub takes this browser for, or nothing."""
        page = self.get("/home", allow_redirects=False)
        if page.status_code != 200:
            return ""
        found = re.search(r"signed in as <b[^>]*>([^<]*)</b>", page.text)
        assert found, page.text
        return unescape(found.group(1))


@dataclass
class SignInHub:
    """A running hub."""

    base: Path
    port: int
    token: str
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Return where its pages are."""
        return f"http://127.0.0.1:{self.port}/hub"

    @property
    def roster(self) -> Path:
        """Return the roster's file."""
        return self.base / "state" / "roster.csv"

    def browser(self) -> Person:
        """Return a fresh browser."""
        return Person(self)

    def account(self, name: str, password: str = PASSWORD) -> Person:
        """Return a browser of somebody who has an account and is signed in."""
        code = Admission(self.base).invite([name])[name]
        done = self.browser().send(
            "/signup", username=name, code=code, password=password, again=password
        )
        assert "Your account is open" in done.text, done.text
        person = self.browser()
        assert person.sign_in(name, password).status_code == 302
        return person

    def log(self) -> str:
        """Return what the hub has written."""
        return (self.base / "log").read_text(encoding="utf-8", errors="replace")

    def api(self, method: str, path: str, token: str = "", **more: Any) -> requests.Response:
        """Use the hub's API with a token; the host's where none is given."""
        return requests.request(
            method,
            f"{self.url}/api/{path}",
            headers={"Authorization": f"token {token or self.token}"},
            timeout=60,
            **more,
        )

    def cookie(self, name: str, *, age_hours: float = 0.0, secret: bytes = b"") -> str:
        """Return a login cookie as the hub would have signed it so long ago."""
        import sqlite3

        with sqlite3.connect(self.base / "hub.sqlite") as db:
            row = db.execute("select cookie_id from users where name = ?", (name,)).fetchone()
        key = secret or bytes.fromhex((self.base / "cookie_secret").read_text().strip())
        then = time.time() - age_hours * 3600
        return create_signed_value(key, "jupyterhub-hub-login", row[0], clock=lambda: then).decode()


def part(value: bytes | dict[str, Any]) -> str:
    """Return one part of a token."""
    plain = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any], kid: str) -> str:
    """Return a token that says it needs no signature."""
    return f"{part({'alg': 'none', 'kid': kid})}.{part(claims)}."


def signed_with_public_key(claims: dict[str, Any], pem: bytes, kid: str) -> str:
    """Return a token signed with what everybody knows, as if it were a shared secret."""
    text = f"{part({'alg': 'HS256', 'kid': kid})}.{part(claims)}"
    return f"{text}.{part(hmac.digest(pem, text.encode(), 'sha256'))}"


def _answers(hub: SignInHub) -> bool:
    try:
        return requests.get(hub.url + "/api/", timeout=5).ok
    except requests.RequestException:  # nobody is there yet, or is slow to answer
        return False


@contextmanager
def running(
    base: Path,
    section: dict[str, Any],
    *,
    off: tuple[str, ...] = (),
    dummy: bool = False,
    port: int = 0,
    instructors: tuple[str, ...] = ("teach",),
) -> Iterator[SignInHub]:
    """Start a hub, wait until it answers, end it."""
    (base / "state").mkdir(parents=True, exist_ok=True)
    if not (base / "state" / "roster.csv").exists():
        (base / "state" / "roster.csv").write_text(ROSTER, encoding="utf-8")
    given = {
        "base": str(base),
        "port": port or free_ports(1)[0],
        "token": os.urandom(16).hex(),
        "section": section,
        "off": off,
        "instructors": list(instructors),
        "dummy": dummy,
    }
    (base / "config.py").write_text(CONFIG.format(repo=str(REPO), given=given))
    with (base / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(base / "config.py")],
            cwd=base, stdout=log, stderr=log, env={**os.environ, "JUPYTERHUB_CRYPT_KEY": ""},
        )  # fmt: skip
    hub = SignInHub(base, given["port"], given["token"], process)
    try:
        end = time.monotonic() + 180
        while not _answers(hub):
            assert process.poll() is None and time.monotonic() < end, hub.log()[-3000:]
            time.sleep(0.1)
        yield hub
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
