"""The fare lab in a real JupyterLab and Chromium, with no network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course.display import export
from tests.browser import chromium, lab_window
from tests.browser.lab_window import FILLS, INK, PICTURES, ROOT, kept_for_looking, map_frame, slider

OPEN = "from course import City, fares, labs\nlab = labs.fares(City.open('seoul'))\nlab"
# What the reader sees, read in one go: a half-changed page cannot hide.
STATE = """() => { const r = document.querySelector('.kit-lab.kit-alive'), t = s => r.querySelector(s)?.textContent;
  return {painted: Number(r.dataset.painted), numbers: t('.kit-numbers'), chart: r.querySelector('.kit-chart svg')?.outerHTML,
    sentence: t('.kit-sentence'), table: t('table'), code: r.querySelector('.kit-code').value,
    note: t('.kit-note-line'), picked: r.querySelector('.kit-pick input').value,
    base: r.querySelector('[data-key=base]').closest('.kit-control').querySelector('input[type=text]').value}; }"""  # noqa: E501
opened, page = lab_window.fixtures("fares", OPEN, STATE, height=1640)
settle = lab_window.settling(STATE)


def test_the_lab_draws_without_a_network(opened):
    page, log, first = opened
    assert map_frame(page).evaluate(INK) > 500
    assert "Revenue" in first["numbers"]
    assert first["code"].startswith("fares.FarePolicy.distance(base=1550")
    # the still form gives way to the live one
    assert page.locator(".kit-still-form").is_hidden()
    page.screenshot(path=PICTURES / "lab.png", clip={"x": 0, "y": 0, "width": 1366, "height": 1640})
    assert (PICTURES / "lab.png").stat().st_size < 400_000
    log.clean()


def test_an_arrow_key_changes_map_figures_chart_and_sentence_together(page):
    before, fills = page.evaluate(STATE), map_frame(page).evaluate(FILLS)
    page.evaluate(
        """() => { window.blank = 0; window.watching = true;
        const first = document.querySelector('.kit-lab.kit-alive iframe');
        const look = () => {
        const f = document.querySelector('.kit-lab.kit-alive iframe');
        const there = f === first && f.clientHeight && document.querySelector('.kit-numbers dd');
        if (!there) window.blank++;
        if (window.watching) requestAnimationFrame(look); }; look(); }"""
    )
    slider(page, "base").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    after = settle(page, after=before["painted"])
    page.evaluate("window.watching = false")
    assert after["base"] == "1,600"
    for what in ("numbers", "chart", "sentence", "table", "code"):
        assert after[what] != before[what], what
    assert map_frame(page).evaluate(FILLS) != fills
    assert page.evaluate("window.blank") == 0
    page.keyboard.press("PageDown")
    assert settle(page, after=after["painted"])["base"] == "1,500"
    page.keyboard.press("Home")
    assert settle(page)["base"] == "0"


def test_arrow_keys_stay_in_the_lab(page):
    active = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    before = page.evaluate(active)
    slider(page, "free_km").focus()
    for key in ("ArrowDown", "ArrowUp", "ArrowUp", "d", "d"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.evaluate(active) == before
    assert page.locator(ROOT).count() == 1
    assert slider(page, "free_km").evaluate("e => e === document.activeElement")


@pytest.mark.parametrize(
    ("typed", "shown"), [("1,234", "1,234"), ("۱۶۰۰", "1,600"), ("99999", "4,650")]
)
def test_a_number_can_be_typed(page, typed, shown):
    before = page.evaluate(STATE)["painted"]
    box = page.get_by_role("textbox", name="Base fare, KRW")
    box.fill(typed)
    box.press("Enter")
    assert settle(page, after=before)["base"] == shown


def test_what_is_no_number_is_put_back_with_a_sentence(page):
    box = page.get_by_role("textbox", name="Base fare, KRW")
    box.fill("cheap")
    box.press("Enter")
    state = page.evaluate(STATE)
    assert state["base"] == "1,550"
    assert "type a number, 0 – 4,650 KRW" in state["note"]


def test_a_zone_is_typed_selected_everywhere_and_cleared_by_escape(page):
    before = page.evaluate(STATE)
    box = page.locator(".kit-pick input")
    box.fill("dobong")
    box.press("Enter")
    chosen = settle(page, after=before["painted"])
    assert chosen["picked"] == "Dobong-gu 도봉구"
    assert "A trip from Dobong-gu" in chosen["sentence"]
    assert "Dobong-gu" in chosen["table"]
    assert "all of Seoul" in chosen["chart"]
    box.press("Escape")
    cleared = settle(page, after=chosen["painted"])
    assert cleared["picked"] == ""
    assert cleared["sentence"] == before["sentence"]
    box.fill("gu")
    box.press("Enter")
    assert "names fit" in page.evaluate(STATE)["note"]
    box.fill("Atlantis")
    box.press("Enter")
    assert "There is no “Atlantis”" in page.evaluate(STATE)["note"]
    box.fill("")
    box.press("Enter")


def test_a_click_on_the_map_selects_and_escape_in_the_map_clears(page):
    before = page.evaluate(STATE)
    frame = map_frame(page)
    at = frame.evaluate(
        """() => { const p = window.courseMapState.layers.zones.parts[0];
        const c = p._map.latLngToContainerPoint(p.getBounds().getCenter()); return [c.x, c.y]; }"""
    )
    box = page.locator(f"{ROOT} iframe").bounding_box()
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    chosen = settle(page, after=before["painted"])
    assert chosen["picked"].startswith("Jongno-gu")
    assert frame.locator(".leaflet-popup strong").inner_text() == "Jongno-gu 종로구"
    page.keyboard.press("Escape")
    assert settle(page, after=chosen["painted"])["picked"] == ""


def test_local_names_are_drawn_in_the_packages_letters(page):
    box = page.locator(".kit-pick input")
    box.fill("dobong")
    box.press("Enter")
    page.wait_for_function(
        "[...document.fonts].some(f => f.family.includes('Kit Script') && f.status === 'loaded')"
    )
    box.press("Escape")


def test_the_table_sorts_and_says_how(page):
    head = page.locator(f"{ROOT} th", has_text="Pay more")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    cells = page.locator(f"{ROOT} tbody tr td:last-child").all_inner_texts()
    numbers = [float(c.replace("\xa0%", "")) for c in cells if c != "no data"]
    assert numbers == sorted(numbers, reverse=True)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"


def test_copied_code_is_the_setting(page, jupyter_lab):
    slider(page, "step_price").focus()
    page.keyboard.press("ArrowRight")
    state = settle(page)
    page.get_by_role("button", name="Copy setting").click()
    page.wait_for_function("document.querySelector('.kit-note-line').textContent")
    assert "step_price=105" in state["code"]
    from course.transport import fares

    assert eval(state["code"], {"fares": fares}).step_price["*"] == 105


def test_moving_a_slider_leaves_a_record(page, jupyter_lab):
    before = page.evaluate(STATE)["painted"]
    slider(page, "window_min").focus()
    page.keyboard.press("ArrowLeft")
    settle(page, after=before)
    assert lab_window.last_record(page, jupyter_lab.folder, "fares", window_min=25)


def test_the_map_follows_the_theme_of_the_page(page):
    light = map_frame(page).evaluate(FILLS)
    with lab_window.themed(page, "JupyterLab Dark"):
        map_frame(page).wait_for_function("window.courseMapState.theme() === 'dark'")
        page.wait_for_timeout(600)
        assert map_frame(page).evaluate(FILLS) != light
        ink = page.locator(f"{ROOT} .kit-sentence").evaluate("e => getComputedStyle(e).color")
        before = page.evaluate(STATE)["painted"]
        slider(page, "base").focus()
        page.keyboard.press("PageUp")
        settle(page, after=before)
        page.screenshot(path=kept_for_looking("lab", "dark"))
    map_frame(page).wait_for_function("window.courseMapState.theme() === 'light'")
    assert ink == "rgb(230, 233, 236)"


def test_a_narrow_window_stacks(page):
    page.set_viewport_size({"width": 700, "height": 1640})
    page.wait_for_timeout(600)
    view, side = (
        page.locator(f"{ROOT} {part}").bounding_box() for part in (".kit-view", ".kit-controls")
    )
    wide = page.locator(ROOT).bounding_box()["width"]
    assert view["width"] >= 0.95 * wide
    assert view["y"] + view["height"] <= side["y"] + 1
    over = page.locator(ROOT).evaluate("e => e.scrollWidth - e.clientWidth")
    page.screenshot(path=kept_for_looking("lab", "narrow"))
    page.set_viewport_size({"width": 1366, "height": 1640})
    page.wait_for_timeout(300)
    assert over <= 1


def test_every_control_has_a_name_and_a_spoken_value(page):
    lab_window.every_control_has_a_name(page)
    assert slider(page, "base").get_attribute("aria-valuetext") == "1,550 KRW"
    assert page.locator(f"{ROOT} iframe").get_attribute("title").startswith("Mean change")
    assert page.locator(f"{ROOT} .kit-status").get_attribute("aria-live") == "polite"


def test_a_dead_widget_leaves_the_still_page(jupyter_lab, window, tmp_path):
    """Saved, reopened without its kernel: the still form shows and no error does."""
    context, log = window
    jupyter_lab.write("saved.ipynb", [OPEN])
    page = jupyter_lab.open(context, "saved.ipynb")
    page.wait_for_selector(ROOT, timeout=120_000)
    settle(page)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    book = nbformat.read(jupyter_lab.folder / "saved.ipynb", as_version=4)
    assert any("kit-still-form" in str(o) for o in book.cells[0].outputs)
    (jupyter_lab.folder / "dead.ipynb").write_text(nbformat.writes(book), encoding="utf-8")
    page.close()
    dead = jupyter_lab.open(context, "dead.ipynb", run=False)
    dead.wait_for_selector(".kit-still-form svg", timeout=60_000)
    dead.wait_for_timeout(3000)
    assert dead.locator(".kit-still-form").is_visible()
    errors = dead.get_by_text("Error displaying widget")
    assert all(not e.is_visible() for e in errors.all())
    exported(book, tmp_path, context)
    log.clean()


def exported(book, folder: Path, context) -> None:
    """The same notebook as a page on disk: by our export, and by plain nbconvert."""
    source = folder / "lab.ipynb"
    nbformat.write(book, source)
    own = export.write_html(source, folder / "own.html")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--no-prompt", str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    # plain nbconvert asks for scripts of its own; what it shows must not depend on them
    context.route("**/cdnjs.cloudflare.com/**", lambda route: route.fulfill(body=""))
    context.route("**/unpkg.com/**", lambda route: route.fulfill(body=""))
    for file in (own, folder / "lab.html"):
        page = chromium.open_file(context, file)
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.reload()
        page.wait_for_selector(".kit-still-form svg.kit-still")
        assert page.locator(".kit-numbers dd").first.inner_text()
        assert "LabPage" not in page.inner_text("body")
        if file == own:
            assert [u for u in asked if u.startswith("http")] == []
