"""Hostile hand-ins and pages elsewhere against a grader's browser: Chromium, signed in."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from urllib.parse import quote, urlsplit

import pytest

from grading.desk.service import _run, make_app
from tests.browser.chromium import PATIENCE_MS
from tests.hub_attacks.hostile import formgrader, uncleaned
from tests.hub_attacks.town import MODULE, TEACHER

TAKEN = "document.documentElement.dataset.taken === 'yes'"


def taken(page, *, expected=False):
    """Say whether a script has run; where one should, it is given its time."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    for _ in range(PATIENCE_MS // 500 if expected else 0):
        if page.evaluate(TAKEN):
            break
        page.wait_for_timeout(500)
    return page.evaluate(TAKEN)


@pytest.fixture(scope="module")
def desktop(street, chromium_browser, marked):
    """The grader's browser, signed in."""
    context = chromium_browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{street.address}/hub/login?next=%2Fservices%2Fdesk%2F")
    page.fill("#username", TEACHER)
    page.fill("#password", "a rehearsal only")
    page.click("button[type=submit]")
    page.wait_for_url("**/services/desk/**")
    yield page
    context.close()


def test_no_script_of_a_hand_in_runs_in_the_formgrader(street, desktop):
    desktop.goto(street.address + formgrader(street))
    assert "My text." in desktop.content()
    assert not taken(desktop)


def test_uncleaned_it_runs(street, desktop, marked):
    with uncleaned(street, marked):
        desktop.goto(street.address + formgrader(street))
        assert taken(desktop, expected=True)


# --- what the headers of the pages forbid a grader's browser

POLICY = ("content-security-policy", "x-frame-options")


@contextmanager
def without_policy(page, address):
    """Take the policy off the pages of a hub on their way to the browser."""

    def bare(route):
        if route.request.resource_type != "document":
            return route.fallback()
        answer = route.fetch()
        headers = {k: v for k, v in answer.headers.items() if k.lower() not in POLICY}
        return route.fulfill(response=answer, headers=headers)

    page.route(f"{address}/**", bare)
    try:
        yield
    finally:
        page.unroute(f"{address}/**", bare)


def told(street, desktop, elsewhere, **options):
    """Open the hand-in whose written answer holds a picture of another server.

    Returns the hosts that were asked besides the hub, and how often that server was.
    """
    elsewhere.asked.clear()
    asked, blocked = set(), set()
    context = desktop.context.browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies(desktop.context.cookies())
    page = context.new_page()
    page.on("request", lambda request: asked.add(request.url))
    page.on("requestfailed", lambda r: blocked.add(r.url) if r.failure == "csp" else None)
    page.route("https://**", lambda route: route.abort())  # nothing leaves this machine
    page.goto(street.address + formgrader(street))
    assert f"{elsewhere.address}/spy.png" in page.content(), "the picture is in the page"
    context.close()
    outside = {u for u in asked - blocked if not u.startswith((street.address, "data:"))}
    return {urlsplit(url).netloc for url in outside}, len(elsewhere.asked)


def test_a_picture_in_an_answer_tells_nobody_that_it_is_marked(street, desktop, elsewhere):
    assert told(street, desktop, elsewhere) == (set(), 0)


def test_without_the_policy_the_other_server_knows(street, desktop, elsewhere):
    """And nbgrader's own page loads its formulas from a server of somebody else."""
    hosts, often = told(street, desktop, elsewhere, bypass_csp=True)
    assert often == 1
    assert len(hosts) == 2, hosts


@pytest.fixture(scope="module")
def framed_pages(street, desktop, marked):
    """Pages whose buttons a page elsewhere could lay under a click: who sees them, where."""
    ana = street.server("ana")
    context = desktop.context.browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([
        {"name": c.name, "value": c.value, "domain": "127.0.0.1", "path": c.path}
        for c in ana.http.cookies
    ])  # fmt: skip
    own = context.new_page()
    yield {
        "desk": (desktop, f"/services/desk/module/{MODULE}"),
        "formgrader": (desktop, "/services/smartcity/formgrader/manage_assignments"),
        "hub": (own, "/hub/home"),
        "token": (own, "/hub/token"),
        "own server": (own, f"{ana.base}/lab/tree/home.md"),
    }
    context.close()


def framed(street, elsewhere, pages, name):
    """Return whether a page of the hub stands in a frame of a page elsewhere."""
    page, path = pages[name]
    page.goto(f"{elsewhere.address}/?{quote(street.address + path, safe='')}")
    page.wait_for_load_state("load")
    inner = page.frames[1]
    shown = inner.url.startswith(street.address) and inner.evaluate("document.body.innerHTML")
    page.goto("about:blank")
    return bool(shown)


NAMES = ("desk", "formgrader", "hub", "token", "own server")


@pytest.mark.parametrize("name", NAMES)
def test_no_page_stands_in_a_frame_of_another(street, elsewhere, framed_pages, name):
    assert not framed(street, elsewhere, framed_pages, name)


@pytest.mark.parametrize("name", NAMES)
def test_without_the_policy_it_does(street, elsewhere, framed_pages, name):
    page, _ = framed_pages[name]
    with without_policy(page, street.address):
        assert framed(street, elsewhere, framed_pages, name)


@pytest.mark.parametrize("path", ["person/ana", f"module/{MODULE}", f"module/{MODULE}/questions"])
def test_no_name_of_a_file_and_no_answer_runs_on_the_desk(street, desktop, path):
    desktop.goto(f"{street.address}/services/desk/{path}")
    assert not taken(desktop)
    if path == "person/ana":
        assert "onerror=" in desktop.inner_text("body"), "it is shown, as text"


@pytest.mark.parametrize("off", ["", "escape", "csp", "escape csp"])
def test_escaping_and_policy_each_hold_it_and_without_both_it_runs(
    street, chromium_browser, marked, off
):
    with desk_alone(street.state, off.split()) as link:
        context = chromium_browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(link)
        page.goto(link.split("?")[0] + "person/ana")
        open_to_it = off == "escape csp"
        assert taken(page, expected=open_to_it) is open_to_it
        context.close()


@contextmanager
def desk_alone(state, off):
    """The desk on this machine alone, with some defences off; gives the link to it."""
    app = make_app(state, one_time="once", person="test", off=off)
    ready = threading.Event()
    port: list[int] = []
    loop = asyncio.new_event_loop()

    def stand(number):
        port.append(number)
        ready.set()

    def run():
        asyncio.set_event_loop(loop)
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    task = loop.create_task(_run(app, 0, "127.0.0.1", stand))
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield f"http://127.0.0.1:{port[0]}/?token=once"
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(30)
