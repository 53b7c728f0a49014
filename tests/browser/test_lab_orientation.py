"""The orientation lab and the lesson's visits in a real JupyterLab and Chromium, offline."""

from __future__ import annotations

import json

import nbformat

from tests.browser import lab_window
from tests.browser.lab_window import FILLS, INK, PICTURES, ROOT, kept_for_looking, map_frame, slider

OPEN = "from course import City, labs\nlab = labs.orientation(City.open('seoul'))\nlab"
STATE = """() => { const r = document.querySelector('.kit-lab.kit-alive'), t = s => r.querySelector(s)?.textContent;
  return {painted: Number(r.dataset.painted), numbers: t('.kit-numbers'), chart: r.querySelector('.kit-chart svg')?.outerHTML,
    sentence: t('.kit-sentence'), table: t('table'), code: r.querySelector('.kit-code').value,
    title: t('.kit-chart .kit-title'), picked: r.querySelector('.kit-pick input').value,
    value: r.querySelector('input[type=radio]:checked')?.value}; }"""  # noqa: E501
LEGEND = "() => document.querySelector('.leaflet-control-container').innerText"
# the fill of a zone is a colour, or an object where it is striped
LOOKS = """() => { const p = window.courseMapState.layers.zones.parts.map(p => p.options.fillColor);
  return {striped: p.filter(c => typeof c === 'object').length,
    colors: new Set(p.filter(c => typeof c === 'string')).size}; }"""
HEIGHT = 1900
opened, page = lab_window.fixtures("orientation", OPEN, STATE, height=HEIGHT)
settle = lab_window.settling(STATE)


def test_the_first_look_tells_a_story_without_a_network(opened):
    page, log, first = opened
    page.locator(ROOT).screenshot(path=PICTURES / "lab_orientation.png")
    assert (PICTURES / "lab_orientation.png").stat().st_size < 500_000
    assert map_frame(page).evaluate(INK) > 500
    assert map_frame(page).evaluate(LOOKS)["striped"] == 14
    assert "In Seoul 59\u00a0% of the people live on 48\u00a0%" in first["sentence"]
    assert "Dongdaemun-gu is the most crowded" in first["title"]
    assert "14 of 25" in first["numbers"]
    page.screenshot(path=kept_for_looking("orientation", "light"))
    log.clean()


def test_the_line_changes_stripes_figures_chart_and_sentence_together(page):
    before = page.evaluate(STATE)
    slider(page, "line").focus()
    page.keyboard.press("PageUp")
    after = settle(page, after=before["painted"])
    for what in ("numbers", "chart", "sentence", "table", "code"):
        assert after[what] != before[what], what
    assert map_frame(page).evaluate(LOOKS)["striped"] < 14
    page.keyboard.press("Home")
    every = settle(page, after=after["painted"])
    assert "25 of 25" in every["numbers"]
    assert map_frame(page).evaluate(LOOKS)["striped"] == 25
    page.keyboard.press("End")
    assert "no zone has more than" in settle(page, after=every["painted"])["sentence"]
    assert map_frame(page).evaluate(LOOKS)["striped"] == 0


def test_more_classes_are_more_colours_and_a_longer_legend(page):
    before = page.evaluate(STATE)
    slider(page, "line").focus()
    page.keyboard.press("End")
    flat = settle(page, after=before["painted"])
    colors = {}
    for key in ("Home", "End"):
        slider(page, "classes").focus()
        page.keyboard.press(key)
        flat = settle(page, after=flat["painted"])
        colors[key] = map_frame(page).evaluate(LOOKS)["colors"]
    assert colors["Home"] <= 3 < colors["End"]


def test_another_value_is_chosen_by_keyboard(page):
    before, fills = page.evaluate(STATE), map_frame(page).evaluate(FILLS)
    page.locator(f"{ROOT} input[type=radio]:checked").focus()
    page.keyboard.press("ArrowDown")
    after = settle(page, after=before["painted"])
    assert after["value"] == "population" and "has the most people" in after["title"]
    assert map_frame(page).evaluate(FILLS) != fills
    assert "People\n" in map_frame(page).evaluate(LEGEND)


def test_a_click_on_a_zone_lights_its_bar_and_row(page):
    before = page.evaluate(STATE)
    frame = map_frame(page)
    at = frame.evaluate(
        """() => { const p = window.courseMapState.layers.zones.parts[0];
        const c = p._map.latLngToContainerPoint(p.getBounds().getCenter()); return [c.x, c.y]; }"""
    )
    box = page.locator(f"{ROOT} iframe").bounding_box()
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    chosen = settle(page, after=before["painted"])
    assert chosen["sentence"].startswith("Jongno-gu has 149,608 people")
    assert "25 Jongno-gu" in chosen["chart"]  # the last of the list stands below the ten
    row = page.locator(f"{ROOT} tbody tr[aria-current=true]")
    assert "Jongno-gu" in row.inner_text()
    page.screenshot(path=kept_for_looking("orientation", "zone"))
    page.keyboard.press("Escape")
    assert settle(page, after=chosen["painted"])["sentence"] == before["sentence"]


def test_copied_code_is_the_setting(page):
    state = page.evaluate(STATE)
    from course import City, indicators, maps

    names = {"maps": maps, "indicators": indicators, "city": City.open("seoul")}
    figure, shares = (eval(part, names) for part in state["code"].split("; "))
    assert figure.title == "People per km²"
    assert f"{shares.people_pct:.0f}\u00a0%" in state["numbers"]


def test_moving_a_control_leaves_a_record(page, jupyter_lab):
    before = page.evaluate(STATE)["painted"]
    slider(page, "classes").focus()
    page.keyboard.press("ArrowRight")
    settle(page, after=before)
    record = lab_window.last_record(page, jupyter_lab.folder, "orientation", classes=6)
    assert record["city"] == "seoul"


def test_the_dark_page_and_the_narrow_page(page):
    lab_window.in_the_dark(page, kept_for_looking("orientation", "dark"))
    narrow = kept_for_looking("orientation", "narrow")
    assert lab_window.in_a_narrow_window(page, narrow, height=2600) <= 1


def test_every_control_has_a_name(page):
    lab_window.every_control_has_a_name(page)
    assert slider(page, "line").get_attribute("aria-valuetext").endswith("people/km²")


# ---- the visits ----------------------------------------------------------------------

VISITS = "from course import labs\nlabs.visit_map()"
DAY = "labs.day_route(['shrdc', 'topis', 'wego', 'big_data_campus', 'shrdc'])"
FORM = "labs.visit('shrdc')"
SIGNS = """() => { const l = window.courseMapState.layers;
  return {places: l.places.parts.length, legs: l.legs ? l.legs.parts.length : 0}; }"""


def test_the_visits_are_drawn_and_notes_are_kept_while_they_are_typed(jupyter_lab, window):
    context, log = window
    (jupyter_lab.folder / "visit_notes.json").unlink(missing_ok=True)
    jupyter_lab.write("visits.ipynb", [VISITS, DAY, FORM])
    page = jupyter_lab.open(context, "visits.ipynb")
    page.set_viewport_size({"width": 1366, "height": 2600})
    boxes = page.locator(".kit-alive textarea")
    boxes.nth(4).wait_for()
    frames = [f.content_frame() for f in page.query_selector_all("iframe.kit-map")]
    for frame in frames:
        frame.wait_for_function("window.courseMapState")
    signs = [frame.evaluate(SIGNS) for frame in frames]
    assert signs[0]["places"] > 8 and signs[0]["legs"] == 0
    assert signs[1] == {"places": 4, "legs": signs[1]["legs"]} and signs[1]["legs"] > 8
    assert boxes.count() == 5
    asked = [box.evaluate("e => e.getAttribute('aria-label') || e.title") for box in boxes.all()]
    assert asked[0] == "Which room set-up helps discussion?" and asked[2] == "What you saw"
    boxes.nth(2).click()
    page.keyboard.type("Tables of three, two screens.")
    page.keyboard.press("Tab")
    page.keyboard.type("A room with one screen")
    file = jupyter_lab.folder / "visit_notes.json"
    wanted = [
        ("shrdc", "saw", "Tables of three, two screens."),
        ("shrdc", "would_change", "A room with one screen"),
    ]
    for _ in range(200):
        notes = json.loads(file.read_text("utf-8"))["notes"] if file.exists() else []
        if (kept := [(n["site"], n["field"], n["text"]) for n in notes]) == wanted:
            break
        page.wait_for_timeout(200)
    assert kept == wanted
    page.screenshot(path=kept_for_looking("visits", "light"))
    with lab_window.themed(page, "JupyterLab Dark"):
        page.screenshot(path=kept_for_looking("visits", "dark"))
    log.clean()
    # the kernel dies before anything was saved; the words are there again
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.close()
    again = jupyter_lab.open(context, "visits.ipynb")
    again.wait_for_function(
        "() => document.querySelectorAll('.kit-alive textarea')[3]?.value.startsWith('A room')"
    )
    values = [b.input_value() for b in again.locator(".kit-alive textarea").all()]
    assert values[2:4] == ["Tables of three, two screens.", "A room with one screen"]
    book = nbformat.read(jupyter_lab.folder / "visits.ipynb", as_version=4)
    assert any("kit-still-form" in str(o) for o in book.cells[2].outputs)
