"""The hub's pages and APIs: what a trainee may not open, forged and worn-out keys, forged forms."""

from __future__ import annotations

import re
import sqlite3
import time

import pytest
import requests
from tornado.web import create_signed_value

from grading.hub.defences import Defence as D
from tests.hub_attacks.town import MODULE, TEACHER, by_token, new_token
from tests.hub_running import running_hub

DESK = "/services/desk"
FORMGRADER = "/services/smartcity/formgrader"
PAGES = (
    f"{DESK}/", f"{DESK}/module/{MODULE}", f"{DESK}/person/ben", f"{DESK}/export/points.csv",
    f"{FORMGRADER}/manage_assignments", f"{FORMGRADER}/gradebook",
    f"{FORMGRADER}/api/assignments", f"{FORMGRADER}/api/students",
    "/services/smartcity/api/contents/grading/answer_key",
)  # fmt: skip


@pytest.fixture(scope="module")
def without_roles(folder):
    (folder / "roles").mkdir(mode=0o711)
    with running_hub(
        folder / "roles", ["ana", "ben"], instructors=[TEACHER], outbound="on",
        off={"*": frozenset({D.ROLES})}, first_uid=500_000,
    ) as hub:  # fmt: skip
        hub.as_host("release", "10")
        yield hub


@pytest.fixture(scope="module")
def without_xsrf(folder):
    (folder / "xsrf").mkdir(mode=0o711)
    with running_hub(
        folder / "xsrf", ["ana", "ben"], instructors=[TEACHER], outbound="on",
        off={"*": frozenset({D.XSRF})}, first_uid=590_000,
    ) as hub:  # fmt: skip
        hub.as_host("release", "10")
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


def test_the_proxys_own_door_needs_its_token(street):
    port = street.settings.ports()["proxy_port"]
    cell = (
        "import urllib.request, urllib.error\n"
        "try:\n"
        f"    print('OPENED', urllib.request.urlopen('http://127.0.0.1:{port}/api/routes').status)\n"
        "except urllib.error.HTTPError as e:\n    print('CLOSED', e.code)"
    )
    street.server("ana")
    assert "CLOSED 403" in street.run_code("ana", cell).text
    token = (street.folder.secret / "proxy_token").read_text().strip()
    headers = {"Authorization": f"token {token}"}
    routes = requests.get(f"http://127.0.0.1:{port}/api/routes", headers=headers, timeout=10)
    assert routes.ok, "who reads the token has the proxy"


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
    ana = street.sign_in("ana")
    asked = ana.post("/hub/api/users/ana/tokens", json={"scopes": ["admin:users"]})
    assert asked.status_code in (400, 403), "nobody gives a token what they have not"


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


# --- forms of another page


ELSEWHERE = {
    "Origin": "http://elsewhere.example", "Referer": "http://elsewhere.example/",
    "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty",
}  # fmt: skip
DESK_FORMS = (
    (f"{DESK}/module/{MODULE}/close", {}),
    (f"{DESK}/module/{MODULE}/reopen", {}),
    (f"{DESK}/announcement", {"text": "not by an instructor"}),
    (f"{DESK}/person/ben/extend", {"module": MODULE, "until": "2099-01-01T10:00"}),
)


def forged(hub, person, path, data=None, **more):
    """Send what a page elsewhere can make a browser send: the cookies, and no token."""
    who = hub.sign_in(person)
    return who.post(path, data=data, headers=ELSEWHERE, xsrf=False, allow_redirects=False, **more)


@pytest.mark.parametrize(("path", "data"), DESK_FORMS)
def test_a_page_elsewhere_sends_no_form_of_the_desk(street, path, data):
    street.sign_in(TEACHER).get(f"{DESK}/")
    assert forged(street, TEACHER, path, data).status_code == 403


@pytest.mark.parametrize(("path", "data"), DESK_FORMS)
def test_without_the_token_it_would(without_xsrf, path, data):
    without_xsrf.sign_in(TEACHER).get(f"{DESK}/")
    assert forged(without_xsrf, TEACHER, path, data).status_code == 303


HUB_FORMS = ("/hub/api/users/ana/tokens", "/hub/spawn/ana", "/hub/api/users/ana/server")


def test_a_page_elsewhere_does_nothing_on_the_hub(street):
    street.sign_in("ana").stop()
    street.sign_in("ana").get("/hub/home")
    for path in HUB_FORMS:
        assert forged(street, "ana", path).status_code == 403, path
    actions = (f"submission/{MODULE}/ben/autograde", f"assignment/{MODULE}/assign")
    for path in (f"{FORMGRADER}/api/{action}" for action in actions):
        street.sign_in(TEACHER).get(f"{FORMGRADER}/manage_assignments")
        assert forged(street, TEACHER, path).status_code == 403, path
    assert not street.sign_in("ana").get("/hub/api/users/ana").json()["servers"]


def test_without_the_token_it_does(without_xsrf):
    without_xsrf.sign_in("ana").get("/hub/home")
    assert forged(without_xsrf, "ana", HUB_FORMS[2]).status_code in (201, 202)


def tossed(hub):
    """Send an instructor's form with a token and a cookie that belong to a trainee.

    A page on the hub's own origin, such as a trainee's server, could set such a cookie.
    """
    ana, teacher = hub.sign_in("ana"), hub.sign_in(TEACHER)
    ana.get("/hub/home")
    teacher.get("/hub/home")
    cookie = ana.xsrf("/hub/")
    keep = {
        c.name: c.value
        for c in teacher.http.cookies
        if c.name != "_xsrf" and c.path in ("/", "/hub/")
    }
    answer = requests.delete(
        f"{hub.address}/hub/api/users/{TEACHER}/server", timeout=30,
        cookies={**keep, "_xsrf": cookie}, headers={"X-XSRFToken": cookie},
    )  # fmt: skip
    return answer.status_code


def test_a_tossed_cookie_fits_no_other_session(street):
    assert tossed(street) == 403


def test_without_the_token_it_would_do(without_xsrf):
    assert tossed(without_xsrf) != 403


# --- pages


def test_no_page_may_be_framed_and_none_loads_from_elsewhere(street):
    teacher = street.sign_in(TEACHER)
    ana = street.server("ana")
    for who, path in (
        (teacher, f"{DESK}/"), (teacher, f"{FORMGRADER}/manage_assignments"),
        (ana, "/hub/home"), (ana, f"{ana.base}/lab"), (ana, "/hub/token"),
    ):  # fmt: skip
        answer = who.get(path)
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "frame-ancestors 'none'" in policy, path
        loads = r'<(?:script|img|link|iframe)\b[^>]*(?:src|href)="(https?://[^"]+)'
        outside = re.findall(loads, answer.text)
        assert not [u for u in outside if not u.startswith(street.address)], path


def test_an_announcement_is_text(street):
    """Only host and instructors write it; even so it is no HTML."""
    teacher = street.sign_in(TEACHER)
    page = teacher.get(f"{DESK}/announcement")
    token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]
    line = "<script>window.taken=1</script> room 5"
    teacher.post(f"{DESK}/announcement", data={"text": line, "_xsrf": token}, xsrf=False)
    shown = street.sign_in("ana").get("/hub/home").text
    assert "room 5" in shown
    assert "<script>window.taken" not in shown
    teacher.post(f"{DESK}/announcement", data={"text": "", "_xsrf": token}, xsrf=False)
    answer = street.sign_in("ana").post(f"{DESK}/announcement", data={"text": "mine"})
    assert answer.status_code == 403
