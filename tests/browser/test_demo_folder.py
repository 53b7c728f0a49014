"""The folder of the simulated week as somebody sees who opens it, without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.nbgrader]
PICTURES = Path(__file__).parent / "pictures"


def test_the_front_page_reads_well(window, simulated_week):
    context, log = window
    page = context.new_page()
    page.goto((simulated_week.week.folder / "index.html").as_uri())
    assert page.locator("h1").inner_text()
    assert page.locator("table").first.locator("tbody tr").count() == 15
    page.screenshot(path=PICTURES / "demo.png")
    page.set_viewport_size({"width": 420, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    log.clean()


def test_the_dashboard_a_year_later(window, simulated_week):
    context, log = window
    page = context.new_page()
    page.goto((simulated_week.year.folder / "dashboard.html").as_uri())
    page.wait_for_selector(".fu-grid")
    cities = page.frame_locator("iframe.kit-map").locator(".city .dot")
    cities.nth(10).wait_for(timeout=120_000)
    assert cities.count() == 11
    page.wait_for_timeout(300)
    page.screenshot(path=PICTURES / "followup_demo.png")
    log.clean()
