"""Forms that a page elsewhere sends in somebody's name, and the line that everybody reads."""

from __future__ import annotations

import re

import jinja2
import pytest
import requests

from course.paths import ROOT
from grading.hub import announcement
from grading.hub.defences import Defence as D
from tests.hub_attacks.town import DESK, FORMGRADER, MODULE, TEACHER, hub_without


@pytest.fixture(scope="module")
def without_xsrf(folder):
    with hub_without(D.XSRF, folder, first_uid=590_000) as hub:
        yield hub


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


HUB_FORMS = ("/hub/api/users/ana/server", "/hub/spawn/ana")
TOKENS = "/hub/api/users/ana/tokens"  # looks at the form's token a second time, by itself


def test_a_page_elsewhere_does_nothing_on_the_hub(street):
    street.sign_in("ana").stop()
    street.sign_in("ana").get("/hub/home")
    for path in (*HUB_FORMS, TOKENS):
        assert forged(street, "ana", path).status_code == 403, path
    assert not street.sign_in("ana").get("/hub/api/users/ana").json()["servers"]


def test_without_the_token_it_does(without_xsrf):
    api, page = HUB_FORMS
    for name, path in (("ana", api), ("ben", page.replace("ana", "ben"))):  # once each
        who = without_xsrf.sign_in(name)
        who.get("/hub/home")
        assert forged(without_xsrf, name, path).status_code in (201, 202, 302), path
        assert who.get(f"/hub/api/users/{name}").json()["servers"]


def withdrawn(hub):
    """Let a page elsewhere withdraw the module by the formgrader of a signed-in instructor."""
    hub.sign_in(TEACHER).get(f"{FORMGRADER}/manage_assignments")
    answer = forged(hub, TEACHER, f"{FORMGRADER}/api/assignment/{MODULE}/unrelease")
    there = (hub.folder.exchange / "smartcity" / "outbound" / MODULE).is_dir()
    assert (answer.status_code == 403) == there, answer.text
    return not there


def test_a_page_elsewhere_does_nothing_in_the_formgrader(street):
    assert not withdrawn(street)
    for action in (f"submission/{MODULE}/ben/autograde", f"assignment/{MODULE}/assign"):
        assert forged(street, TEACHER, f"{FORMGRADER}/api/{action}").status_code == 403


def test_without_the_token_it_withdraws_the_module(without_xsrf):
    assert withdrawn(without_xsrf)


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


# --- what everybody reads


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
    upstream = street.sign_in("ana").get("/hub/token").text  # a page of JupyterHub's own
    assert "room 5" in upstream
    assert "<script>window.taken" not in upstream
    teacher.post(f"{DESK}/announcement", data={"text": "", "_xsrf": token}, xsrf=False)


@pytest.mark.parametrize("escape", [True, False])
def test_unescaped_it_would_run(street, escape):
    """The hub's own page and its own line; what is off is the escaping of its templates."""
    folder = street.folder
    announcement.write("<script>window.taken=1</script> room 6", folder=folder)
    try:
        pages = jinja2.Environment(
            loader=jinja2.FileSystemLoader(ROOT / "grading" / "hub" / "templates"),
            autoescape=escape,
        )
        shown = pages.get_template("logout.html").render(
            announcement=announcement.Line(folder), static_url=str, roles_light={}, roles_dark={}
        )
    finally:
        announcement.write("", folder=folder)
    assert "room 6" in shown
    assert ("<script>window.taken" in shown) != escape
