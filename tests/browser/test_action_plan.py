"""The plan's form and lab in a real JupyterLab and Chromium, with no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from course.actionplan.sample_plan import sample_data
from course.actionplan.storing import write_plan
from course.city.pack import City
from tests.browser import chromium, lab_window
from tests.browser.lab_window import PICTURES

CELLS = [
    "from pathlib import Path\nfrom course import City, actionplan\n"
    "city, here = City.open('iloilo'), Path('plan-of-test')\nhere.mkdir(exist_ok=True)",
    "actionplan.form(city, folder=here)",
    "actionplan.lab(city, folder=here)",
]
LAB = ".kit-lab.kit-alive"
PAINTED = "() => Number(document.querySelector('.kit-lab.kit-alive')?.dataset.painted ?? -1)"


@pytest.fixture(scope="module")
def opened(chromium_browser: Any, jupyter_lab: Any):
    """Return form and lab on the sample plan, opened once for this file."""
    folder = jupyter_lab.folder / "plan-of-test"
    folder.mkdir(exist_ok=True)
    data = sample_data(City.open("iloilo"))
    write_plan(folder / "plan.json", data | {"pilot": None, "title": None})
    context = chromium_browser.new_context(viewport={"width": 1366, "height": 3400})
    log = chromium.watch(context)
    jupyter_lab.write("plan.ipynb", CELLS)
    page = jupyter_lab.open(context, "plan.ipynb")
    page.wait_for_selector(".kit-form", timeout=240_000)
    page.wait_for_selector(LAB, timeout=240_000)
    # a map below the edge of the window is not painted
    page.locator(LAB).scroll_into_view_if_needed()
    lab_window.at_rest(page)
    yield page, log, folder
    jupyter_lab.close(page)


def plan(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "plan.json").read_text(encoding="utf-8"))


def wait(page: Any, folder: Path, holds: Any) -> dict[str, Any]:
    """Wait until the plan on the disk is as wanted."""
    for _ in range(600):
        if holds(plan(folder)):
            return plan(folder)
        page.wait_for_timeout(200)
    raise AssertionError(plan(folder))


def test_what_is_typed_by_keyboard_is_on_the_disk_and_the_page_says_so(opened):
    page, log, folder = opened
    box = page.get_by_label("Title", exact=True)
    box.focus()
    page.keyboard.type("One ticket for two rides")
    wait(page, folder, lambda p: p["title"] == "One ticket for two rides")
    page.wait_for_function(
        "() => document.querySelector('.kit-form').innerText.includes('Ready to hand in')",
        timeout=60_000,
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "Iloilo City"
    page.locator(".kit-form").first.screenshot(path=PICTURES / "form_action_plan.png")
    assert (PICTURES / "form_action_plan.png").stat().st_size < 500_000
    log.clean()


def test_a_section_opens_by_keyboard_and_a_fault_is_told_beside_its_field(opened):
    page, log, folder = opened
    page.get_by_role("button", name="5 Money").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Cost to build")
    box.wait_for(timeout=60_000)
    box.fill("many")
    wait(page, folder, lambda p: p["finance"]["capex"] == "many")
    page.get_by_text("is not a number that can be used").first.wait_for(timeout=60_000)
    box.fill("650 000")
    wait(page, folder, lambda p: p["finance"]["capex"] == 650_000)
    before = len(plan(folder)["finance"]["sources"])
    page.get_by_role("button", name="Add source").press("Enter")
    wait(page, folder, lambda p: len(p["finance"]["sources"]) == before + 1)
    page.get_by_role("button", name=f"Remove source {before + 1}").press("Enter")
    wait(page, folder, lambda p: len(p["finance"]["sources"]) == before)
    log.clean()


def test_a_zone_of_the_lab_changes_people_and_baseline_and_the_plan(opened):
    page, log, folder = opened
    lab = page.locator(LAB)
    lab.scroll_into_view_if_needed()
    before = lab.locator(".kit-numbers").inner_text()
    painted = page.evaluate(PAINTED)
    box = lab.locator(".kit-pick input")
    box.fill("Bolilao")
    box.press("Enter")
    lab_window.at_rest(page, after=painted)
    assert lab.locator(".kit-numbers").inner_text() != before
    found = wait(page, folder, lambda p: bool(p.get("pilot") and p["pilot"]["zones"]))
    assert found["pilot"]["people"] > 0 and found["pilot"]["months"] == 12
    assert found["title"] == "One ticket for two rides"  # the form's words are still there
    lab.screenshot(path=PICTURES / "lab_action_plan.png")
    assert (PICTURES / "lab_action_plan.png").stat().st_size < 500_000
    log.clean()


def test_the_form_and_the_lab_join_in_one_file(opened):
    """The lab has written the file since the form read it: the next key joins both."""
    page, log, folder = opened
    page.get_by_role("button", name="1 What and who").press("Enter")
    box = page.get_by_label("Title", exact=True)
    box.wait_for(timeout=60_000)
    box.fill("One ticket for three rides")
    found = wait(page, folder, lambda p: p["title"] == "One ticket for three rides")
    assert found["pilot"]["zones"] and not list(folder.glob("plan.mine-*"))
    log.clean()


CUT_OFF = (
    "() => [...document.querySelectorAll('.kit-form input, .kit-form textarea,"
    " .kit-form button')].filter(e => e.getBoundingClientRect().right >"
    " e.closest('.jp-OutputArea-output').getBoundingClientRect().right + 1).length"
)


def test_a_narrow_dark_page_cuts_nothing_off(opened):
    page, log, _ = opened
    with lab_window.themed(page, "JupyterLab Dark"):
        page.set_viewport_size({"width": 700, "height": 1400})
        page.wait_for_timeout(2000)
        wide = page.evaluate(CUT_OFF)
    assert wide == 0
    log.clean()
