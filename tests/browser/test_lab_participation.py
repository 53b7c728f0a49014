"""The participation lab in a real JupyterLab and Chromium, with no network."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.browser.test_lab_fares import PICTURES

OPEN = "from course import City, labs\nlab = labs.participation(City.open('seoul'))\nlab"
ROOT = ".kit-lab.kit-alive"
STATE = """() => { const r = document.querySelector('.kit-lab.kit-alive'), t = s => r.querySelector(s)?.textContent;
  return {painted: Number(r.dataset.painted), numbers: t('.kit-numbers'), chart: r.querySelector('.kit-chart svg')?.outerHTML,
    sentence: t('.kit-sentence'), table: t('table'), code: r.querySelector('.kit-code').value,
    picked: r.querySelector('.kit-pick input').value,
    rule: r.querySelector('input[type=radio]:checked')?.value}; }"""  # noqa: E501
# The look of the first zones and of the projects, read inside the map's own page.
FILLS = "() => window.courseMapState.layers.zones.parts.map(p => p.options.fillColor)"


def settle(page, *, after: int = -1) -> dict:
    """Wait until the map has painted a later answer than ``after``; return what is shown."""
    page.wait_for_function(
        "n => Number(document.querySelector('.kit-lab.kit-alive')?.dataset.painted ?? -1) > n"
        " && !document.querySelector('.kit-lab.is-waiting')",
        arg=after,
        timeout=60_000,
    )
    page.wait_for_timeout(250)
    return page.evaluate(STATE)


def map_frame(page):
    return page.query_selector(f"{ROOT} iframe").content_frame()


def picture(name: str) -> Path:
    """Return where a picture is kept for looking at, outside the repository."""
    return Path(tempfile.gettempdir()) / f"course-participation-{name}.png"


@pytest.fixture(scope="module")
def opened(chromium_browser, jupyter_lab):
    """Return the lab, opened once for this file."""
    context = chromium_browser.new_context(viewport={"width": 1366, "height": 1800}, permissions=[])
    log = chromium.watch(context)
    jupyter_lab.write("participation.ipynb", [OPEN])
    page = jupyter_lab.open(context, "participation.ipynb")
    page.wait_for_selector(ROOT, timeout=120_000)
    yield page, log, settle(page)
    context.close()


@pytest.fixture()
def page(opened):
    """Return the page with every control where it began."""
    page, log, _ = opened
    before = page.evaluate(STATE)["painted"]
    page.get_by_role("button", name="Reset").click()
    settle(page, after=before)
    yield page
    log.clean()


def test_the_first_look_tells_a_story_without_a_network(opened):
    page, log, first = opened
    page.screenshot(path=picture("light"))
    page.locator(ROOT).screenshot(path=PICTURES / "lab_participation.png")
    assert (PICTURES / "lab_participation.png").stat().st_size < 500_000
    assert first["rule"] == "greedy"
    assert "get nothing" in first["sentence"]
    assert "Voters with a funded choice" in first["numbers"]
    assert first["code"].startswith("out = participation.greedy(")
    assert page.locator(".kit-still-form").is_hidden()
    log.clean()


def test_another_rule_changes_map_figures_chart_and_sentence_together(page):
    before, fills = page.evaluate(STATE), map_frame(page).evaluate(FILLS)
    page.locator(f"{ROOT} input[type=radio]:checked").focus()
    page.keyboard.press("ArrowDown")
    after = settle(page, after=before["painted"])
    assert after["rule"] == "equal_shares"
    for what in ("numbers", "chart", "sentence", "code"):
        assert after[what] != before[what], what
    assert map_frame(page).evaluate(FILLS) != fills


def test_a_slider_moves_by_keyboard(page):
    before = page.evaluate(STATE)
    page.locator(f"{ROOT} input[type=range][data-key=budget_pct]").focus()
    page.keyboard.press("PageDown")
    after = settle(page, after=before["painted"])
    assert after["numbers"] != before["numbers"]
    assert "budget=962_200_000" in after["code"]


def test_a_project_of_the_table_is_chosen_and_its_voters_zones_shade(page):
    before, fills = page.evaluate(STATE), map_frame(page).evaluate(FILLS)
    page.locator(f"{ROOT} tbody tr").nth(1).get_by_role("button").first.click()
    chosen = settle(page, after=before["painted"])
    assert chosen["picked"]
    assert "voters named it" in chosen["sentence"]
    frame = map_frame(page)
    assert frame.evaluate(FILLS) != fills
    assert "named it" in frame.locator("body").inner_text()
    page.screenshot(path=picture("project"))
    page.keyboard.press("Escape")


def test_a_zone_is_typed_and_spoken_about(page):
    before = page.evaluate(STATE)
    box = page.locator(".kit-pick input")
    box.fill("dobong")
    box.press("Enter")
    chosen = settle(page, after=before["painted"])
    assert chosen["sentence"].startswith("In Dobong-gu ")
    assert "all voters in Seoul" in chosen["chart"]
    box.press("Escape")
    assert settle(page, after=chosen["painted"])["sentence"] == before["sentence"]


def test_a_click_on_a_project_sign_selects_it(page):
    before = page.evaluate(STATE)
    frame = map_frame(page)
    at = frame.evaluate(
        """() => { const p = window.courseMapState.layers.projects.parts[7];
        const c = p._map.latLngToContainerPoint(p.getLatLng()); return [c.x, c.y]; }"""
    )
    box = page.locator(f"{ROOT} iframe").bounding_box()
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    chosen = settle(page, after=before["painted"])
    assert "voters named it" in chosen["sentence"]


def test_moving_a_control_leaves_a_record(page, jupyter_lab):
    before = page.evaluate(STATE)["painted"]
    page.locator(f"{ROOT} input[type=range][data-key=choices]").focus()
    page.keyboard.press("ArrowLeft")
    settle(page, after=before)
    page.wait_for_timeout(500)
    records = json.loads((jupyter_lab.folder / "lab_records.json").read_text(encoding="utf-8"))
    assert records[-1]["lab"] == "participation"
    assert records[-1]["setting"]["rule"] == "greedy"
    assert records[-1]["setting"]["choices"] == 4


def test_the_dark_page_and_the_narrow_page(page):
    theme = "t => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})"
    page.evaluate(theme, "JupyterLab Dark")
    map_frame(page).wait_for_function("window.courseMapState.theme() === 'dark'")
    page.wait_for_timeout(600)
    page.screenshot(path=picture("dark"))
    page.evaluate(theme, "JupyterLab Light")
    map_frame(page).wait_for_function("window.courseMapState.theme() === 'light'")
    page.set_viewport_size({"width": 700, "height": 2400})
    page.wait_for_timeout(600)
    over = page.locator(ROOT).evaluate("e => e.scrollWidth - e.clientWidth")
    page.screenshot(path=picture("narrow"))
    page.set_viewport_size({"width": 1366, "height": 1800})
    page.wait_for_timeout(300)
    assert over <= 1


def test_every_control_has_a_name(page):
    for control in page.locator(f"{ROOT} input, {ROOT} button, {ROOT} summary").all():
        name = control.evaluate(
            "e => e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent"
        )
        assert name.strip()
