"""The hub's pages and APIs: what a trainee may not open, forged and worn-out keys."""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
import time

import pytest
import requests
from tornado.web import create_signed_value

from grading.hub import announcement, proxying
from grading.hub.defences import Defence as D
from tests.free_ports import free_ports
from tests.hub_attacks.town import (
    DESK,
    FORMGRADER,
    MODULE,
    TEACHER,
    by_token,
    hub_without,
    new_token,
)

PAGES = (
    f"{DESK}/", f"{DESK}/module/{MODULE}", f"{DESK}/person/ben", f"{DESK}/export/points.csv",
    f"{FORMGRADER}/manage_assignments", f"{FORMGRADER}/gradebook",
    f"{FORMGRADER}/api/assignments", f"{FORMGRADER}/api/students",
    "/services/smartcity/api/contents/grading/answer_key",
)  # fmt: skip


@pytest.fixture(scope="module")
def without_roles(folder):
    with hub_without(D.ROLES, folder, first_uid=500_000) as hub:
        yield hub


def rows(hub, question, *values):
    """Ask the hub's database, which root alone can read."""
    path = hub.folder.secret / "jupyterhub.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return db.execute(question, values).fetchall()


# --- what is not for trainees


def opened(hub, path):
    answer = hub.sign_in("ana").get(path)
    return answer.status_code == 200 and "/hub/" not in answer.url


def test_a_trainee_opens_neither_desk_nor_formgrader(street):
    token = new_token(street, "ana")
    for path in PAGES:
        assert not opened(street, path), path
        assert by_token(street, token, "GET", path).status_code in (403, 404), path


def test_an_instructor_does(street):
    for path in PAGES:
        answer = street.sign_in(TEACHER).get(path)
        assert answer.status_code == 200, path


def test_without_roles_a_trainee_does(without_roles):
    for path in PAGES:
        assert opened(without_roles, path), path


ADMIN = (
    ("GET", "users", None), ("GET", "users/ben", None), ("POST", "users/mallory", None),
    ("POST", "users/ben/tokens", {"note": "x"}), ("PATCH", "users/ana", {"admin": True}),
    ("POST", "users/ben/server", None), ("DELETE", "users/ben/server", None),
)  # fmt: skip


def test_a_trainee_does_not_administer(street):
    street.server("ben")
    token = new_token(street, "ana")
    ana = street.sign_in("ana")
    ana.get("/hub/home")
    for method, path, body in (*ADMIN, ("GET", "proxy", None), ("GET", "services", None),
                               ("POST", "shutdown", {}), ("GET", "groups", None)):  # fmt: skip
        for answer in (
            by_token(street, token, method, f"/hub/api/{path}", json=body),
            ana.request(method, f"/hub/api/{path}", json=body),
        ):
            refused = answer.status_code in (403, 404) or answer.json() in ([], {})
            assert refused, (method, path, answer.text)
    assert ana.get("/hub/admin").status_code == 403
    assert street.sign_in("ben").get("/hub/api/users/ben").json()["servers"]


def test_without_roles_a_trainee_administers_and_enters_anothers_server(without_roles):
    hub = without_roles
    token = new_token(hub, "ana")
    hub.sign_in("ben")
    for method, path, body in (ADMIN[0], ADMIN[1], ADMIN[3], ADMIN[5]):
        assert by_token(hub, token, method, f"/hub/api/{path}", json=body).ok, path
    end = time.monotonic() + 120
    while not by_token(hub, token, "GET", "/hub/api/users/ben").json().get("server"):
        assert time.monotonic() < end
        time.sleep(0.5)
    assert by_token(hub, token, "GET", "/user/ben/api/contents").ok


def test_anothers_server_is_closed_by_proxy_and_by_its_port(street):
    ben = street.server("ben")
    token = new_token(street, "ana")
    ana = street.sign_in("ana")
    for path in ("api/contents", "lab", "files/diary.txt", "api/kernels", "terminals/1"):
        assert by_token(street, token, "GET", f"/user/ben/{path}").status_code in (403, 404)
        answer = ana.get(f"/user/ben/{path}")
        assert answer.status_code in (403, 404), (path, answer.status_code)
    ((port,),) = rows(street, "select port from servers where base_url = '/user/ben/'")
    cell = (
        "import os, urllib.request, urllib.error\n"
        f"r = urllib.request.Request('http://127.0.0.1:{port}/user/ben/api/contents', "
        "headers={'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']})\n"
        "try:\n    print('OPENED', urllib.request.urlopen(r, timeout=10).status)\n"
        "except urllib.error.HTTPError as e:\n    print('CLOSED', e.code)"
    )
    street.server("ana")
    assert "CLOSED 403" in street.run_code("ana", cell).text
    own = new_token(street, "ben")
    assert by_token(street, own, "GET", "/user/ben/api/contents").ok, "the way was right"
    assert ben.get("/user/ben/api/contents").ok


ROUTES = (
    "import urllib.request, urllib.error\n"
    "try:\n"
    "    print('OPENED', urllib.request.urlopen('http://127.0.0.1:{}/api/routes').status)\n"
    "except urllib.error.HTTPError as e:\n    print('CLOSED', e.code)"
)


def test_the_proxys_own_door_needs_its_token(street):
    port = street.settings.ports()["proxy_port"]
    street.server("ana")
    assert "CLOSED 403" in street.run_code("ana", ROUTES.format(port)).text
    token = (street.folder.secret / "proxy_token").read_text().strip()
    headers = {"Authorization": f"token {token}"}
    routes = requests.get(f"http://127.0.0.1:{port}/api/routes", headers=headers, timeout=10)
    assert routes.ok, "who reads the token has the proxy"


def test_a_proxy_without_its_token_obeys_everybody(street):
    """The hub's own proxy once more beside it, as anybody starts it who forgets the token."""
    front, door = free_ports(2)
    words = ["--ip", "127.0.0.1", "--api-ip", "127.0.0.1"]
    words += ["--port", str(front), "--api-port", str(door), "--log-level", "error"]
    argv = proxying.command(street.folder, street.settings)
    with subprocess.Popen([*argv, *words], env={"PATH": "/usr/bin:/bin"}, cwd="/") as proxy:
        try:
            wait_for_port(door)
            street.server("ana")
            assert "OPENED 200" in street.run_code("ana", ROUTES.format(door)).text
            gone = ROUTES.format(door).replace(
                "/api/routes'", '/api/routes/user/ben\', data=b\'{"target": "http://x"}\''
            )
            assert "OPENED 201" in street.run_code("ana", gone).text, "all of Ben's pages go to x"
        finally:
            proxy.kill()


def wait_for_port(port):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nobody listens on {port}")


# --- keys


def test_forged_worn_out_and_returned_tokens_open_nothing(street):
    me = "/hub/api/users/ana"
    good = new_token(street, "ana")
    assert by_token(street, good, "GET", me).ok
    assert (
        by_token(street, good[:-1] + ("0" if good[-1] != "0" else "1"), "GET", me).status_code
        == 403
    )
    assert by_token(street, "0" * len(good), "GET", me).status_code == 403
    short = new_token(street, "ana", expires_in=2)
    assert by_token(street, short, "GET", me).ok, "before its end it opens"
    time.sleep(3)
    assert by_token(street, short, "GET", me).status_code == 403
    with sqlite3.connect(street.folder.secret / "jupyterhub.sqlite", timeout=20) as db:
        db.execute("update api_tokens set expires_at = null where prefix = ?", (short[:4],))
    assert by_token(street, short, "GET", me).ok, "the same token, its end taken away"
    ana = street.sign_in("ana")
    tokens = ana.get("/hub/api/users/ana/tokens").json()["api_tokens"]
    for token in tokens:
        if token.get("note") == "test":
            ana.request("DELETE", f"/hub/api/users/ana/tokens/{token['id']}")
    assert by_token(street, good, "GET", me).status_code == 403


def test_a_token_for_little_opens_little(street):
    little = new_token(street, "ana", scopes=["read:users!user=ana"])
    assert by_token(street, little, "GET", "/hub/api/users/ana").ok
    assert by_token(street, little, "POST", "/hub/api/users/ana/server").status_code == 403
    whole = by_token(street, new_token(street, "ana"), "POST", "/hub/api/users/ana/server")
    assert whole.status_code in (201, 202, 400), "with all scopes it starts, or runs already"
    ana = street.sign_in("ana")
    asked = ana.post("/hub/api/users/ana/tokens", json={"scopes": ["admin:users"]})
    assert asked.status_code in (400, 403), "nobody gives a token what they have not"


def test_without_roles_a_token_for_everything_is_had(without_roles):
    assert new_token(without_roles, "ana", scopes=["admin:users"])


def cookie_of(street, name, secret):
    with sqlite3.connect(
        f"file:{street.folder.secret / 'jupyterhub.sqlite'}?mode=ro", uri=True
    ) as db:
        row = db.execute("select cookie_id from users where name = ?", (name,)).fetchone()
    return create_signed_value(secret, "jupyterhub-hub-login", row[0]).decode()


def test_a_forged_cookie_is_nobody_and_with_the_hubs_secret_it_would_be_somebody(street):
    street.sign_in("ben")

    def entered(secret):
        cookies = {"jupyterhub-hub-login": cookie_of(street, "ben", secret)}
        answer = requests.get(
            f"{street.address}/hub/home", cookies=cookies, timeout=30, allow_redirects=False
        )
        return answer.status_code == 200

    assert not entered(b"0" * 32)
    real = (street.folder.secret / "cookie_secret").read_text().strip()
    assert entered(bytes.fromhex(real))


def announced(hub):
    """Let Ana announce something to everybody."""
    ana = hub.sign_in("ana")
    page = ana.get(f"{DESK}/announcement").text
    token = re.search(r'name="_xsrf" value="([^"]+)"', page)
    data = {"text": "mine", "_xsrf": token[1] if token else ""}
    ana.post(f"{DESK}/announcement", data=data, xsrf=not token)
    said = announcement.read(hub.folder)
    announcement.write("", folder=hub.folder)
    return said


def test_a_trainee_announces_nothing(street):
    assert announced(street) == ""


def test_without_roles_a_trainee_does_announce(without_roles):
    assert announced(without_roles) == "mine"
