"""The frame of the labs in a real JupyterLab: options, layers, a drawn line, states."""

from __future__ import annotations

from tests.browser import lab_window
from tests.browser.lab_window import INK, ROOT, kept_for_looking, map_frame

SEOUL = """from course import City
from tests.lab_demo import demo
lab = demo(City.open('seoul'))
lab"""
TINY = """from tests.display_city import drawn_city
from tests.lab_demo import demo
lab = demo(drawn_city(), cells=30, routes=4, projects=6)
lab"""
STATE = """() => { const r = document.querySelector('.kit-lab.kit-alive'), t = s => r.querySelector(s)?.textContent;
  return {painted: Number(r.dataset.painted), sentence: t('.kit-sentence'), numbers: t('.kit-numbers'),
    code: r.querySelector('.kit-code').value, note: t('.kit-controls > .kit-note-line'), table: t('table'),
    rule: r.querySelector('[data-key=rule] input:checked')?.value,
    picked: r.querySelector('.kit-controls > .kit-pick input').value,
    points: t('.kit-draw-count'), on: r.querySelector('[data-key=drawn] [aria-pressed]').ariaPressed}; }"""  # noqa: E501
# What the layers of the map look like, read inside the map's own page.
LOOKS = """() => { const out = {};
  for (const [id, layer] of Object.entries(window.courseMapState.layers)) out[id] = layer.parts.map(
    ({options: o}) => [o.stroke, o.weight, o.color, o.dashArray || '', typeof o.fillColor,
      o.kitMarker || ''].join(' '));
  return out; }"""
DRAWN = """() => { const s = window.courseMapState.drawn();
  return {on: s.on, points: s.points.length, line: s.line ? s.line.length : 0}; }"""

opened, page = lab_window.fixtures("frame", SEOUL, STATE, height=1640)
settle = lab_window.settling(STATE)


def picture(page, name: str) -> None:
    """Keep a picture for looking at, outside the repository."""
    page.screenshot(path=kept_for_looking("frame", name))


def now(page) -> float:
    return page.evaluate(STATE)["painted"]


def press(page, key: str) -> dict:
    before = now(page)
    page.keyboard.press(key)
    return settle(page, after=before)


def click_map(page, x: float, y: float) -> None:
    box = page.locator(f"{ROOT} iframe").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def start_drawing(page) -> None:
    page.get_by_role("button", name="Draw a route").click()
    map_frame(page).wait_for_function("window.courseMapState.drawn().on")


def test_the_lab_draws_every_layer(page):
    frame = map_frame(page)
    assert frame.evaluate(INK) > 500
    looks = frame.evaluate(LOOKS)
    assert {k: len(v) for k, v in looks.items()} == {"cells": 300, "routes": 12, "projects": 20}
    # width and dash tell chosen routes, pattern served cells, marker and fill funded projects
    assert [way.split()[1] for way in looks["routes"][3:5]] == ["3", "1.5"]
    assert "8 6" in looks["routes"][5]
    assert {cell.split()[-1] for cell in looks["cells"]} == {"string", "object"}
    assert {spot.split()[-1] for spot in looks["projects"]} == {"circle", "square"}
    assert frame.locator(".kit-legend-title").all_inner_texts() == [
        "Cells (most)", "Routes", "Projects, size = cost",
    ]  # fmt: skip
    assert frame.locator(".kit-legend canvas").count() == 7


def test_an_option_is_a_radio_group_for_keyboard_and_ear(page):
    group = page.get_by_role("group", name="Voting rule")
    radios = group.get_by_role("radio")
    assert radios.count() == 3
    assert group.get_attribute("aria-describedby")
    first = page.evaluate(STATE)
    radios.first.focus()
    looks = map_frame(page).evaluate(LOOKS)
    second = press(page, "ArrowDown")
    assert second["rule"] == "equal"
    assert second["code"].startswith("demo(rule='equal'")
    assert second["table"] != first["table"]
    fresh = map_frame(page).evaluate(LOOKS)
    assert fresh["projects"] != looks["projects"]
    assert fresh["cells"] == looks["cells"]
    legend = map_frame(page).locator(".kit-legend-title").first.inner_text()
    assert legend == "Cells (equal)"
    assert press(page, "ArrowRight")["rule"] == "turns"
    assert press(page, "ArrowDown")["rule"] == "most"
    assert radios.first.evaluate("e => e === document.activeElement")
    before = press(page, "ArrowUp")["painted"]
    page.get_by_role("button", name="Reset").click()
    assert settle(page, after=before)["rule"] == "most"


def test_layers_restyle_together_and_the_map_is_never_drawn_again(page):
    page.evaluate(f"document.querySelector('{ROOT} iframe').dataset.same = 'yes'")
    frame, before = map_frame(page), now(page)
    looks = frame.evaluate(LOOKS)
    slider = page.locator(f"{ROOT} input[type=range][data-key=routes]")
    slider.focus()
    page.keyboard.press("End")
    settle(page, after=before)
    fresh = frame.evaluate(LOOKS)
    assert fresh["routes"] != looks["routes"]
    assert fresh["cells"] != looks["cells"]
    assert page.locator(f"{ROOT} iframe").get_attribute("data-same") == "yes"


def test_a_choice_may_be_a_feature_of_any_layer(page):
    box = page.locator(".kit-controls > .kit-pick input")
    chosen = "() => window.courseMapState.chosen()"
    for typed, found in (("route 3", [2, "routes"]), ("Project 5", [4, "projects"])):
        before = now(page)
        box.fill(typed)
        box.press("Enter")
        state = settle(page, after=before)
        assert state["sentence"].lower().startswith(typed.lower())
        assert map_frame(page).evaluate(chosen) == found
    box.press("Escape")
    page.wait_for_function("!document.querySelector('.kit-controls > .kit-pick input').value")


# The first feature of a layer with a vertex that no other feature covers: index and pixels.
FREE = """id => { const layers = window.courseMapState.layers;
  const above = [...(id === 'routes' ? layers.routes.parts : []), ...layers.projects.parts];
  for (const [index, part] of layers[id].parts.entries()) {
    const line = part.getLatLng ? [part.getLatLng()] : part.getLatLngs()[0];
    for (const spot of line.map(at => part._map.latLngToLayerPoint(at))) {
      if (above.some(other => other !== part && other._containsPoint(spot))) continue;
      const c = part._map.layerPointToContainerPoint(spot);
      if (c.x > 60 && c.x < 500 && c.y > 60 && c.y < 400) return [index, c.x, c.y];
    } } }"""


def test_a_click_finds_what_lies_under_it_in_every_layer(page):
    frame = map_frame(page)
    box = page.locator(f"{ROOT} iframe").bounding_box()
    for layer, kind in (("projects", "Project"), ("routes", "Route")):
        before = now(page)
        index, x, y = frame.evaluate(FREE, layer)
        name = f"{kind} {index + 1}"
        page.mouse.click(box["x"] + x, box["y"] + y)
        state = settle(page, after=before)
        assert state["picked"] == name
        assert frame.locator(".leaflet-popup strong").inner_text() == name
        assert "hosen" in frame.locator(".leaflet-popup").inner_text() or layer == "projects"
        press(page, "Escape")
    # a cell has words and cannot be chosen
    frame.evaluate("() => { window.courseMapState.layers.cells.parts[0].openPopup(); }")
    assert "Not served" in frame.locator(".leaflet-popup").inner_text()
    assert page.evaluate(STATE)["picked"] == ""


def test_a_row_of_the_table_selects_and_keeps_the_focus(page):
    row = page.locator(f"{ROOT} .kit-row").nth(2)
    name = row.inner_text()
    row.focus()
    state = press(page, "Enter")
    assert state["picked"] == name
    assert page.locator(f"{ROOT} tr[aria-current=true] th").inner_text() == name
    assert page.evaluate("document.activeElement.textContent") == name
    assert press(page, "Enter")["picked"] == ""


def test_a_line_is_drawn_by_clicks_undone_and_cleared(page):
    start_drawing(page)
    frame = map_frame(page)
    for n, (x, y) in enumerate(((0.3, 0.3), (0.5, 0.6), (0.6, 0.35)), start=1):
        before = now(page)
        click_map(page, x, y)
        state = settle(page, after=before)
        assert state["points"] == ("1 point" if n == 1 else f"{n} points")
    # a click drew a point and chose nothing, and Python's line came back
    assert state["picked"] == ""
    assert frame.locator(".leaflet-popup").count() == 0
    assert frame.evaluate(DRAWN) == {"on": True, "points": 3, "line": 5}
    assert "a line of 3 points" in state["sentence"]
    assert state["code"].count("[37.") == 3
    picture(page, "drawn")
    before = now(page)
    page.get_by_role("button", name="Undo").click()
    assert settle(page, after=before)["points"] == "2 points"
    before = now(page)
    page.get_by_role("button", name="Clear line").click()
    assert settle(page, after=before)["points"] == ""
    assert frame.evaluate(DRAWN) == {"on": True, "points": 0, "line": 0}
    page.keyboard.press("Escape")
    assert page.evaluate(STATE)["on"] == "false"
    frame.wait_for_function("!window.courseMapState.drawn().on")


def test_a_line_is_drawn_by_keyboard_alone(page):
    button = page.get_by_role("button", name="Draw a route")
    button.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(STATE)["on"] == "true"
    assert "Escape ends" in page.locator(".kit-draw .kit-note-line").inner_text()
    page.keyboard.press("Tab")
    field = page.get_by_label("Add a point by name")
    assert field.evaluate("e => e === document.activeElement")
    names = page.evaluate(
        "() => [...document.querySelectorAll('.kit-draw option')].map(o => o.value)"
    )
    for name in (names[0], names[40]):
        before = now(page)
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        state = settle(page, after=before)
    assert state["points"] == "2 points"
    assert field.input_value() == ""
    page.keyboard.type("Atlantis")
    page.keyboard.press("Enter")
    assert "There is no “Atlantis”" in page.evaluate(STATE)["note"]
    # a point at the middle of the map
    frame = map_frame(page)
    frame.evaluate("document.querySelector('.leaflet-container').focus()")
    page.keyboard.press("ArrowUp")
    frame.locator(".kit-cross").wait_for()
    assert press(page, "Enter")["points"] == "3 points"
    picture(page, "keyboard")
    page.keyboard.press("Escape")
    page.wait_for_function(
        "document.querySelector('.kit-draw [aria-pressed]').ariaPressed === 'false'"
    )
    # the line stays, and Escape now clears a selection
    assert page.evaluate(STATE)["points"] == "3 points"
    assert frame.evaluate(DRAWN)["points"] == 3


def test_points_outside_or_too_many_are_refused_with_a_sentence(page):
    start_drawing(page)
    frame = map_frame(page)
    frame.evaluate("parent.postMessage({kitpoint: [0, 0]}, '*')")
    page.wait_for_function(
        "document.querySelector('.kit-controls > .kit-note-line').textContent.includes('outside')"
    )
    frame.evaluate(
        """() => { for (let k = 0; k < 45; k++) parent.postMessage(
          {kitpoint: [37.5 + k / 1000, 127]}, '*'); }"""
    )
    page.wait_for_function(
        "document.querySelector('.kit-controls > .kit-note-line').textContent.includes('all its')"
    )
    state = settle(page)
    assert state["points"] == "40 points"
    assert "a line of 40 points" in state["sentence"]
    page.keyboard.press("Escape")


HOSTILE_OUT = """() => [null, 5, 'x', [], {kitselect: 'x'}, {kitselect: -1, layer: 'routes'},
  {kitselect: 1.5, layer: 'routes'}, {kitselect: 99999, layer: 'routes'}, {kitselect: 0, layer: '__proto__'},
  {kitselect: 0, layer: 'cells'}, {kitselect: 0}, {kitpoint: [NaN, 1]}, {kitpoint: ['37', '127']},
  {kitpoint: [37.5]}, {kitpoint: {0: 37.5, 1: 127, length: 2}}, {kitdone: 'x'}, {kitdone: Infinity},
  {kitready: 'x'}].forEach(m => parent.postMessage(m, '*'))"""  # noqa: E501
HOSTILE_IN = """() => { const f = document.querySelector('.kit-lab.kit-alive iframe').contentWindow;
  const bytes = (n, v) => new Uint8Array(n).fill(v).buffer;
  [null, 'x', {kit: 2, theme: 'dark'}, {kit: 1, theme: '__proto__'}, {kit: 1, styles: {cells: bytes(3, 0)}},
   {kit: 1, styles: {cells: bytes(300, 77)}}, {kit: 1, styles: {cells: Array(300).fill(0)}},
   {kit: 1, styles: {__proto__: bytes(300, 0), constructor: bytes(300, 0)}}, {kit: 1, styles: 7, tips: 7},
   {kit: 1, tips: {cells: ['x']}}, {kit: 1, tips: {projects: Array(20).fill([{}])}}, {kit: 1, labels: [1, 2]},
   {kit: 1, legends: [{layer: 'cells', title: '<img src=x>', rows: [[99, 'x', '']]}]}, {kit: 1, legends: 'x'},
   {kit: 1, legends: [{layer: 'cells', title: 'x', rows: [[0, 'x', 'onload=alert(1)']]}]},
   {kit: 1, draw: {on: 1, points: [], line: null}}, {kit: 1, draw: {on: true, points: [1.5, NaN], line: null}},
   {kit: 1, draw: {on: true, points: Array(200).fill(1), line: null}}, {kit: 1, draw: {on: true, points: [1], line: []}},
   {kit: 1, selected: 'x', layer: 'cells'}, {kit: 1, selected: 1e9, layer: 'cells'}, {kit: 1, selected: 0, layer: 'toString'},
  ].forEach(m => f.postMessage(m, '*')); }"""  # noqa: E501


def test_messages_are_checked_both_ways(page):
    frame = map_frame(page)
    state, looks = page.evaluate(STATE), frame.evaluate(LOOKS)
    legend = frame.locator(".kit-legend").inner_html()
    frame.evaluate(HOSTILE_OUT)
    # another window may say what it likes
    page.evaluate("window.postMessage({kitselect: 0, layer: 'routes', kitready: 1}, '*')")
    page.wait_for_timeout(800)
    assert page.evaluate(STATE) == state
    page.evaluate(HOSTILE_IN)
    page.wait_for_timeout(800)
    assert frame.evaluate(LOOKS) == looks
    assert frame.evaluate(DRAWN) == {"on": False, "points": 0, "line": 0}
    assert frame.evaluate("() => window.courseMapState.theme()") == "light"
    assert frame.locator(".kit-legend").inner_html() == legend
    # the page still answers
    page.get_by_role("radio", name="Equal shares").check()
    assert settle(page, after=state["painted"])["rule"] == "equal"


def test_states_are_designed(page):
    page.locator(f"{ROOT} summary").click()
    before = now(page)
    page.get_by_role("radio", name="Empty").check()
    settle(page, after=before)
    assert page.locator(f"{ROOT} .kit-empty").inner_text() == "No cell has a trip at this hour."
    assert page.locator(f"{ROOT} table").count() == 0
    looks = map_frame(page).evaluate(LOOKS)
    assert all(way.startswith("false") for way in looks["routes"])
    picture(page, "empty")
    before = now(page)
    page.get_by_role("radio", name="Problem").check()
    settle(page, after=before)
    page.wait_for_selector(f"{ROOT}.is-stale")
    assert page.evaluate(STATE)["sentence"] == "No rule can share this out. Choose another rule."
    page.wait_for_timeout(300)
    assert "No rule can" in page.locator(f"{ROOT} .kit-trouble").inner_text()
    picture(page, "problem")
    figures = page.locator(f"{ROOT} .kit-numbers")
    assert float(figures.evaluate("e => getComputedStyle(e).opacity")) < 0.7
    before = now(page)
    page.get_by_role("radio", name="Slow").check()
    page.wait_for_selector(f"{ROOT}.is-waiting", timeout=5_000)
    assert page.locator(f"{ROOT} .kit-progress").is_visible()
    assert map_frame(page).evaluate(INK) > 300
    picture(page, "slow")
    state = settle(page, after=before)
    assert "cells are served" in state["sentence"]
    assert page.locator(f"{ROOT}.is-stale").count() == 0
    assert page.locator(f"{ROOT} .kit-trouble").is_hidden()
    page.locator(f"{ROOT} summary").click()


def test_a_setting_from_python_moves_the_controls(page):
    before = now(page)
    page.evaluate(
        """async () => { const k = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        await k.requestExecute({code:
          "lab.set_setting({'rule': 'turns', 'drawn': [[37.5, 127.0], [37.55, 127.1]]}, chosen='r1');"
        }).done; }"""  # noqa: E501
    )
    page.wait_for_selector("[data-key=rule] input[value=turns]:checked")
    state = settle(page, after=-2)
    assert (state["picked"], state["points"]) == ("Route 2", "2 points")
    assert state["painted"] != before


def test_dark_theme_recolours_layers_and_line(page):
    start_drawing(page)
    for number, at in enumerate(((0.4, 0.4), (0.55, 0.5)), start=1):
        before = now(page)
        click_map(page, *at)
        assert settle(page, after=before)["points"].startswith(f"{number} ")
    page.keyboard.press("Escape")
    light = map_frame(page).evaluate(LOOKS)
    with lab_window.themed(page, "JupyterLab Dark"):
        map_frame(page).wait_for_function("window.courseMapState.theme() === 'dark'")
        page.wait_for_timeout(800)
        picture(page, "dark")
        dark = map_frame(page).evaluate(LOOKS)
        assert dark["routes"] != light["routes"]
        checked = page.locator(f"{ROOT} input[type=radio]:checked").first
        assert checked.evaluate("e => getComputedStyle(e).borderTopColor") == "rgb(111, 195, 232)"
    map_frame(page).wait_for_function("window.courseMapState.theme() === 'light'")


def test_a_tiny_city_in_a_narrow_window(chromium_browser, jupyter_lab):
    _, page, log = lab_window.open_lab(chromium_browser, jupyter_lab, "tiny", TINY, height=1640)
    settle(page)
    page.set_viewport_size({"width": 700, "height": 1640})
    page.wait_for_timeout(800)
    start_drawing(page)
    before = now(page)
    click_map(page, 0.3, 0.4)
    settle(page, after=before)
    over = page.locator(ROOT).evaluate("e => e.scrollWidth - e.clientWidth")
    assert over <= 1
    lab_window.every_control_has_a_name(page)
    picture(page, "tiny-narrow")
    log.clean()
    jupyter_lab.close(page)
