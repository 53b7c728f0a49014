"""The dashboard in Chromium: served by Voilà and as a file, without a network, hostile text."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from grading.followup import dashboard, open_store
from grading.followup.adding import add
from grading.followup.excel_template import template
from tests.browser import chromium, jupyter
from tests.followup_year import CLOSING, STORIES, report_of, walk
from tests.free_ports import free_ports
from tests.test_followup_dashboard import HOSTILE

pytestmark = pytest.mark.slow
PICTURES = Path(__file__).parent / "pictures"
ROOT = jupyter.ROOT


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> Iterator[Path]:
    """Return the folder of a store with a year in it; one city writes hostile words."""
    folder = tmp_path_factory.mktemp("year")
    with open_store(folder / "f.db") as store:
        on = walk(store, folder)
        path = folder / "hostile.json"
        path.write_text(json.dumps(report_of(STORIES[6], 365) | {"change": HOSTILE}))
        add(store, path, on=on)
    return folder


def _settled(page) -> None:
    page.wait_for_selector(".fu-grid", timeout=240_000)
    frame = page.frame_locator("iframe.kit-map")
    frame.locator(".city .dot").nth(len(STORIES) - 1).wait_for(timeout=120_000)
    page.wait_for_timeout(300)


def _reads_well(page) -> None:
    """Eleven signs on the map, seven figures, nothing of the hostile text has run."""
    frame = page.frame_locator("iframe.kit-map")
    names = frame.locator(".city .name").all_inner_texts()
    assert sorted(names) == sorted(s.city for s in STORIES)
    assert page.locator(".fu-tiles li").count() == 7
    page.get_by_text(STORIES[6].title).last.click()
    page.get_by_text("<script>steal()</script>").first.wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_page_from_disk(window, year):
    context, log = window
    with open_store(year / "f.db") as store:
        frames = store.frames(CLOSING + timedelta(days=420))
        path = dashboard.write(frames, year / "page.html")
        assert template(frames, 1, "t-seoul", 365)
    page = context.new_page()
    page.goto(path.as_uri())
    _settled(page)
    _reads_well(page)
    # signs on the map can be reached by keyboard
    frame = page.frames[-1]
    assert frame.evaluate("() => document.querySelectorAll('.city[tabindex=\"0\"]').length") == 11
    page.set_viewport_size({"width": 420, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    log.clean()


def test_the_page_served_by_voila(window, year, monkeypatch):
    context, log = window
    monkeypatch.setenv("COURSE_TILES", "off")
    (port,) = free_ports(1)
    with open_store(year / "f.db") as store:
        command, variables = dashboard.voila_command(
            store, on=CLOSING + timedelta(days=420), port=port, browser=False
        )
    with open(year / "voila.log", "wb") as said:
        server = subprocess.Popen(command, env=variables, stdout=said, stderr=said)
    try:
        _wait_for(f"http://127.0.0.1:{port}/static/none", server, year / "voila.log")
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/", timeout=240_000)
        _settled(page)
        page.screenshot(path=PICTURES / "followup.png")
        _reads_well(page)
        log.clean()
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def test_voilas_own_page_would_ask_another_server(window, year):
    """The template of the course is needed: Voilà's names a public server."""
    import voila

    base = Path(voila.__file__).parents[4] / "share/jupyter/voila/templates/lab/index.html.j2"
    assert "https://cdn" in base.read_text(encoding="utf-8")
    own = dashboard.NOTEBOOK.with_name("jupyter") / "voila/templates/followup/index.html.j2"
    assert "https://" not in own.read_text(encoding="utf-8")


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 240
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.3)


@pytest.fixture
def form_lab(tmp_path) -> Iterator[jupyter.Lab]:
    """Return a JupyterLab on the folder of a trainee's module 13."""
    from tests.followup_year import plan_of

    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "plan.json").write_text(json.dumps(plan_of(STORIES[2])), encoding="utf-8")
    source = ROOT / "modules" / "13_action_plan" / "follow_up.ipynb"
    (folder / "follow_up.ipynb").write_bytes(source.read_bytes())
    with jupyter.running(folder, environment={"COURSE_TRAINEE": "ana"}) as lab:
        yield lab


def test_the_form_in_jupyterlab_is_saved_at_every_key(form_lab, chromium_browser):
    context = chromium_browser.new_context(viewport={"width": 1280, "height": 1000})
    log = chromium.watch(context)
    page = form_lab.open(context, "follow_up.ipynb")
    status = page.locator(".fu-form select").first
    status.wait_for(timeout=240_000)
    status.select_option("2 funded")
    page.locator(".fu-form select").nth(4).select_option("money")
    page.locator(".fu-form select").last.select_option("yes")
    page.get_by_text("send the file").wait_for(timeout=60_000)
    page.locator(".fu-form textarea").first.fill("")
    page.locator(".fu-form textarea").first.click()
    page.keyboard.type("One")
    deadline = time.monotonic() + 120
    path = form_lab.folder / "report_day_30.json"
    while not path.exists() or "One" not in path.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
    # the still form hides where the live one works
    assert not page.locator(".kit-still-form").first.is_visible()
    page.screenshot(path=PICTURES / "followup_form.png")
    assert json.loads(path.read_text(encoding="utf-8"))["status"] == "2"
    log.clean()
    context.close()
