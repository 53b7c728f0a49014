"""The night bus lab in a real JupyterLab and Chromium, with no network."""

from __future__ import annotations

from tests.browser import lab_window
from tests.browser.lab_window import INK, PICTURES, ROOT, kept_for_looking, map_frame, slider

OPEN = "from course import City, labs\nlab = labs.night_bus(City.open('seoul'))\nlab"
# What the reader sees, read in one go: a half-changed page cannot hide.
STATE = """() => { const r = document.querySelector('.kit-lab.kit-alive'), t = s => r.querySelector(s)?.textContent;
  return {painted: Number(r.dataset.painted), numbers: t('.kit-numbers'), table: t('table'),
    chart: [...r.querySelectorAll('.kit-chart svg')].map(e => e.outerHTML).join(''),
    title: t('.kit-chart .kit-title'), sentence: t('.kit-sentence'), code: r.querySelector('.kit-code').value,
    picked: r.querySelector('.kit-controls > .kit-pick input').value, points: t('.kit-draw-count'),
    rows: r.querySelectorAll('table tbody tr').length}; }"""  # noqa: E501
# How the two layers look, inside the map's own page: a hatch is an object, a colour a string.
LOOKS = """() => { const l = window.courseMapState.layers;
  return {hatched: l.cells.parts.filter(p => typeof p.options.fillColor === 'object').length,
    running: l.routes.parts.filter(p => p.options.stroke && !p.options.dashArray).length,
    dashed: l.routes.parts.filter(p => p.options.stroke && p.options.dashArray).length}; }"""
CENTRE = """([layer, i]) => { const p = window.courseMapState.layers[layer].parts[i];
  const c = p._map.latLngToContainerPoint(p.getBounds().getCenter()); return [c.x, c.y]; }"""


HEIGHT = 1900
opened, page = lab_window.fixtures("night", OPEN, STATE, height=HEIGHT)
settle = lab_window.settling(STATE)


def picture(page, name: str) -> None:
    """Keep a picture for looking at, outside the repository."""
    page.screenshot(path=kept_for_looking("night", name))


def pressed(page, key: str, keys: str) -> dict:
    before = page.evaluate(STATE)["painted"]
    slider(page, key).focus()
    page.keyboard.press(keys)
    return settle(page, after=before)


def test_the_first_look_tells_a_story_without_a_network(opened):
    page, log, first = opened
    page.locator(ROOT).screenshot(path=PICTURES / "lab_night.png")
    assert (PICTURES / "lab_night.png").stat().st_size < 500_000
    frame = map_frame(page)
    assert frame.evaluate(INK) > 500
    looks = frame.evaluate(LOOKS)
    assert looks["running"] == 9 and looks["dashed"] == 0
    assert looks["hatched"] > 50
    assert "Night trips served" in first["numbers"] and "Buses" in first["numbers"]
    assert "The first route adds" in first["title"]
    assert first["rows"] == 9
    assert "In Seoul 9 routes" in first["sentence"]
    assert page.locator(f"{ROOT} .kit-tag").inner_text().startswith("SYNTHETIC")
    picture(page, "light")
    log.clean()


def test_one_more_route_changes_pattern_bars_list_and_sentence_together(page):
    before, looks = page.evaluate(STATE), map_frame(page).evaluate(LOOKS)
    after = pressed(page, "routes", "ArrowRight")
    for what in ("numbers", "chart", "sentence", "table", "code", "title"):
        assert after[what] != before[what], what
    assert after["rows"] == before["rows"] + 1
    assert map_frame(page).evaluate(LOOKS)["running"] == looks["running"] + 1
    most = pressed(page, "routes", "End")
    now = map_frame(page).evaluate(LOOKS)
    assert now["running"] == most["rows"] == 14
    assert now["hatched"] > looks["hatched"]


def test_headway_costs_buses_and_serves_nobody_more(page):
    before, looks = page.evaluate(STATE), map_frame(page).evaluate(LOOKS)
    after = pressed(page, "headway_min", "Home")
    assert after["numbers"] != before["numbers"]
    assert "one every 20 min" in after["numbers"]
    assert map_frame(page).evaluate(LOOKS) == looks


def test_a_route_is_chosen_in_the_table_and_cleared_by_escape(page):
    before = page.evaluate(STATE)
    name = page.locator(f"{ROOT} tbody tr").nth(1).get_by_role("button")
    route = name.inner_text().split()[0]
    name.click()
    chosen = settle(page, after=before["painted"])
    assert chosen["picked"].startswith(route)
    assert "Without it the network would serve" in chosen["sentence"]
    page.keyboard.press("Escape")
    assert settle(page, after=chosen["painted"])["sentence"] == before["sentence"]


def test_a_click_on_a_cell_tells_who_serves_it(page):
    before, frame = page.evaluate(STATE), map_frame(page)
    # the cell farthest south: no line is near enough to be meant
    south = frame.evaluate(
        "() => { const l = window.courseMapState.layers.cells.parts.map(p => "
        "p.getBounds().getCenter().lat); return l.indexOf(Math.min(...l)); }"
    )
    x, y = frame.evaluate(CENTRE, ["cells", south])
    box = page.locator(f"{ROOT} iframe").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    chosen = settle(page, after=before["painted"])
    assert "cell 8830e" in chosen["picked"]
    assert "none of them is served" in chosen["sentence"]
    page.keyboard.press("Escape")
    settle(page, after=chosen["painted"])


def test_a_cell_is_typed_and_everything_speaks_about_it(page):
    before = page.evaluate(STATE)
    hatched = map_frame(page).evaluate(
        "() => window.courseMapState.layers.cells.parts.findIndex(p => "
        "typeof p.options.fillColor === 'object')"
    )
    name = map_frame(page).evaluate("i => window.courseMapState.layers.cells.names[i]", hatched)
    box = page.locator(".kit-controls > .kit-pick input")
    box.fill(name.split()[-1])
    box.press("Enter")
    chosen = settle(page, after=before["painted"])
    assert chosen["picked"] == name
    assert name in chosen["sentence"] and name in chosen["title"]
    assert "This cell" in chosen["table"]
    picture(page, "cell")
    box.press("Escape")
    settle(page, after=chosen["painted"])


def test_a_candidate_that_does_not_run_is_shown_dashed(page):
    before = page.evaluate(STATE)
    running = {line.split()[0] for line in page.locator(f"{ROOT} tbody th").all_inner_texts()}
    spare = next(f"N{n:02d}" for n in range(1, 60) if f"N{n:02d}" not in running)
    box = page.locator(".kit-controls > .kit-pick input")
    box.fill(f"{spare} ")
    box.press("Enter")
    chosen = settle(page, after=before["painted"])
    assert "does not run" in chosen["sentence"]
    assert map_frame(page).evaluate(LOOKS)["dashed"] == 1
    box.press("Escape")
    settle(page, after=chosen["painted"])


def test_a_route_is_drawn_by_mouse_and_by_name_and_undone(page):
    before = page.evaluate(STATE)
    page.get_by_role("button", name="Draw a route").click()
    map_frame(page).wait_for_function("window.courseMapState.drawn().on")
    box = page.locator(f"{ROOT} iframe").bounding_box()
    page.mouse.click(box["x"] + 0.36 * box["width"], box["y"] + 0.42 * box["height"])
    one = settle(page, after=before["painted"])
    assert one["points"] == "1 point"
    named = page.locator("[data-key=drawn] .kit-pick input")
    named.fill("Gangnam")
    named.press("Enter")
    two = settle(page, after=one["painted"])
    assert two["points"] == "2 points"
    assert "Your route from" in two["sentence"] and "to Gangnam" in two["sentence"]
    assert "Your route" in two["table"] and "Your route adds" in two["numbers"]
    assert "nightbus.draw_route(city, [[" in two["code"]
    drawn = map_frame(page).evaluate("() => window.courseMapState.drawn().line.length")
    assert drawn > 4  # along the lines of the city, not as the crow flies
    picture(page, "drawn")
    page.get_by_role("button", name="Undo").click()
    back = settle(page, after=two["painted"])
    assert back["points"] == "1 point" and back["sentence"] == before["sentence"]
    page.get_by_role("button", name="Clear line").click()
    settle(page, after=back["painted"])
    page.get_by_role("button", name="Draw a route").click()


def test_copied_code_is_the_network_on_the_page(page):
    state = pressed(page, "routes", "Home")
    from course import City, nightbus

    table = eval(state["code"], {"nightbus": nightbus, "city": City.open("seoul")})
    assert len(table) == state["rows"] == 1
    assert table["route_id"][0] in state["table"]


def test_moving_a_slider_leaves_a_record(page, jupyter_lab):
    pressed(page, "buffer_m", "ArrowRight")
    assert lab_window.last_record(page, jupyter_lab.folder, "night_bus", buffer_m=550)


def test_the_map_follows_the_theme_and_a_narrow_window_stacks(page):
    lab_window.in_the_dark(page, kept_for_looking("night", "dark"))
    narrow = kept_for_looking("night", "narrow")
    assert lab_window.in_a_narrow_window(page, narrow, height=2600) <= 1


def test_every_control_has_a_name_and_a_spoken_value(page):
    lab_window.every_control_has_a_name(page)
    assert slider(page, "headway_min").get_attribute("aria-valuetext") == "40 min"
    title = page.locator(f"{ROOT} iframe").get_attribute("title")
    assert title.startswith("Night trips by cell")
