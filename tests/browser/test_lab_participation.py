"""The participation lab in a real JupyterLab and Chromium, with no network."""

from __future__ import annotations

from pathlib import Path

from tests.browser import lab_window
from tests.browser.lab_window import FILLS, PICTURES, ROOT, map_frame

OPEN = "from course import City, labs\nlab = labs.participation(City.open('seoul'))\nlab"
STATE = """() => { const r = document.querySelector('.kit-lab.kit-alive'), t = s => r.querySelector(s)?.textContent;
  return {painted: Number(r.dataset.painted), numbers: t('.kit-numbers'), chart: r.querySelector('.kit-chart svg')?.outerHTML,
    sentence: t('.kit-sentence'), table: t('table'), code: r.querySelector('.kit-code').value,
    picked: r.querySelector('.kit-pick input').value,
    rule: r.querySelector('input[type=radio]:checked')?.value}; }"""  # noqa: E501
opened, page = lab_window.fixtures("participation", OPEN, STATE, height=1800)
settle = lab_window.settling(STATE)


def picture(name: str) -> Path:
    """Return where a picture is kept for looking at, outside the repository."""
    return lab_window.kept_for_looking("participation", name)


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
    assert lab_window.last_record(
        page, jupyter_lab.folder, "participation", rule="greedy", choices=4
    )


def test_the_dark_page_and_the_narrow_page(page):
    lab_window.in_the_dark(page, picture("dark"))
    assert lab_window.in_a_narrow_window(page, picture("narrow"), height=2400) <= 1


def test_every_control_has_a_name(page):
    lab_window.every_control_has_a_name(page)
