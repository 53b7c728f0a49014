"""Maps, charts and tables of lessons as pages on disk, with no network."""

from __future__ import annotations

import folium
import folium.plugins
import numpy as np
import pandas as pd
import pytest

from course.display import charts, maps, tables
from tests.browser import chromium
from tests.display_city import drawn_city

NAMES = ["Gangnam 강남구", "مشهد", "渋谷 マップ", "חיפה"]
INK = """() => { let n = 0; document.querySelectorAll('canvas').forEach(c => {
  if (!c.width) return; const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  for (let i = 3; i < d.length; i += 40) if (d[i]) n++; }); return n; }"""
# A letter no font has is drawn as a box; a letter that is there looks different.
IS_BOX = """(letter) => { const draw = t => { const c = document.createElement('canvas');
  c.width = c.height = 40; const x = c.getContext('2d'); x.font = '30px ' +
  getComputedStyle(document.querySelector('.kit, .leaflet-container')).fontFamily;
  x.fillText(t, 4, 32); return c.toDataURL(); }; return draw(letter) === draw('\\u{10FFFE}'); }"""


@pytest.fixture(autouse=True)
def _no_street_map(monkeypatch):
    monkeypatch.setenv("COURSE_TILES", "off")


def page_of(context, folder, *figures):
    """Write figures into one page on disk, open it, and wait for its maps."""
    file = folder / "page.html"
    body = "\n".join(f.html() for f in figures)
    file.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{body}', encoding="utf-8")
    context.pages and context.pages[0].close()
    page = chromium.open_file(context, file)
    page.set_viewport_size({"width": 1000, "height": 700 * len(figures)})
    for frame in page.query_selector_all("iframe"):
        frame.content_frame().wait_for_selector("canvas, path", state="attached", timeout=30_000)
    page.wait_for_timeout(700)
    return page


def inked(frame, more_than):
    """Wait until the canvases of a map hold more than so many points."""
    frame.wait_for_function(f"n => ({INK})() > n", arg=more_than)


def city_of_names():
    city = drawn_city()
    city.zones["name_local"] = [NAMES[k % 4] for k in range(len(city.zones))]
    return city


def test_all_maps_draw_and_ask_for_nothing(window, tmp_path):
    context, log = window
    city = city_of_names()
    values = pd.Series(np.arange(9.0) - 4, index=city.zones["zone_id"])
    page = page_of(
        context,
        tmp_path,
        maps.zones(city, values, title="Zones", unit="KRW", diverging=True),
        maps.points(city, city.stops.assign(n=np.arange(30.0)), value="n", title="Points"),
        maps.network(city, routes=["r0", "r5"]),
    )
    frames = [f.content_frame() for f in page.query_selector_all("iframe")]
    assert len(frames) == 3
    for frame in frames:
        inked(frame, 100)
    assert all(f.locator(".leaflet-control-scale-line").count() for f in frames)
    shown = [t for t in frames[0].locator(".kit-label span").all_inner_texts() if t]
    assert "+4" in shown
    assert "0" in shown
    assert frames[0].locator(".kit-legend-row").count() == 7
    log.clean()


def test_a_map_is_reached_and_moved_by_keyboard(window, tmp_path):
    context, log = window
    city = drawn_city()
    values = pd.Series(1.0, index=city.zones["zone_id"])
    page = page_of(context, tmp_path, maps.zones(city, values, title="Zones"))
    page.keyboard.press("Tab")
    frame = page.query_selector("iframe").content_frame()
    assert frame.evaluate("document.activeElement.getAttribute('role')") == "application"
    centre = (
        "() => { const c = courseMapState.layers.zones.parts[0]._map; return c.getCenter().lng; }"
    )
    before = frame.evaluate(centre)
    page.keyboard.press("ArrowRight")
    frame.wait_for_function(f"before => ({centre})() > before", arg=before)
    log.clean()


def test_a_popup_shows_a_hostile_name_as_text(window, tmp_path):
    context, log = window
    city = drawn_city()
    values = pd.Series(1.0, index=city.zones["zone_id"])
    page = page_of(context, tmp_path, maps.zones(city, values, title="Zones"))
    frame = page.query_selector("iframe").content_frame()
    frame.evaluate("courseMapState.layers.zones.parts[0].openPopup()")
    text = frame.locator(".leaflet-popup strong").inner_text()
    assert text.startswith("</script><img src=x onerror=alert(1)>")
    assert frame.locator("img[src=x]").count() == 0
    log.clean()


def test_a_readers_own_folium_map_draws_with_its_plugins(window, tmp_path):
    context, log = window
    m = folium.Map([37.5, 127], tiles=None, zoom_start=11)
    folium.Marker([37.5, 127], popup="here", icon=folium.Icon(icon="home")).add_to(m)
    folium.plugins.MarkerCluster([[37.5, 127.01], [37.5, 127.02]]).add_to(m)
    folium.plugins.HeatMap([[37.5, 127], [37.52, 127.1]]).add_to(m)
    figure = maps.show(m, title="Own map", reading="Three markers.")
    page = page_of(context, tmp_path, figure)
    frame = page.query_selector("iframe").content_frame()
    assert frame.locator(".awesome-marker").count() >= 1
    assert frame.locator(".marker-cluster").count() == 1
    inked(frame, 20)
    log.clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_of_five_scripts_are_seen_in_both_themes(chromium_browser, tmp_path, scheme):
    context = chromium_browser.new_context(color_scheme=scheme)
    log = chromium.watch(context)
    city = city_of_names()
    values = pd.Series(np.arange(9.0), index=city.zones["zone_id"])
    page = page_of(
        context,
        tmp_path,
        tables.show(city.zones[["zone_id", "name_local"]], caption="강남구"),
        charts.bars(dict(zip(NAMES, range(4), strict=True)), title="Names"),
        maps.zones(city, values, title="Zones"),
    )
    page.evaluate("() => document.fonts.ready")
    frame = page.query_selector("iframe").content_frame()
    frame.evaluate("courseMapState.layers.zones.parts[0].openPopup()")
    frame.evaluate("() => document.fonts.load('20px \"Kit Script\"', '강渋م')")
    for letter in "강渋م":
        assert not page.evaluate(IS_BOX, letter), letter
        assert not frame.evaluate(IS_BOX, letter), letter
    paper, ink = page.locator(".kit").first.evaluate(
        "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    )
    dark = ("rgb(22, 27, 32)", "rgb(230, 233, 236)")
    assert (paper, ink) == (dark if scheme == "dark" else ("rgb(255, 255, 255)", "rgb(31, 41, 51)"))
    assert frame.evaluate("courseMapState.theme()") == scheme
    log.clean()
    context.close()


def test_a_large_network_draws(window, tmp_path):
    context, log = window
    page = page_of(context, tmp_path, maps.network(drawn_city(stops=4_858, patterns=1_717)))
    frame = page.query_selector("iframe").content_frame()
    inked(frame, 100)
    log.clean()
