from __future__ import annotations

import importlib
import pkgutil
import re

import folium
import folium.plugins
import pytest
from branca import element
from folium.elements import JSCSSMixin

from course.display import offline, street_tiles
from course.errors import CourseError

ASKS = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*["']?(?!data:)""")


def every_class():
    for found in pkgutil.iter_modules(folium.plugins.__path__):
        importlib.import_module(f"folium.plugins.{found.name}")
    todo, seen = [JSCSSMixin], set()
    while todo:
        kind = todo.pop()
        if kind not in seen and kind.__module__.startswith("folium"):
            seen.add(kind)
            todo += kind.__subclasses__()
    return sorted(seen, key=lambda k: k.__name__)


def test_the_carrier_holds_every_address_of_the_installed_folium():
    missing = [
        (kind.__name__, url)
        for kind in every_class()
        for _, url in [*kind.default_js, *kind.default_css]
        if not offline.has_asset(url)
    ]
    assert len(every_class()) > 30
    assert missing == []


def test_no_carried_style_asks_for_a_file():
    from course.display.offline import _carrier

    for url in _carrier():
        if url.endswith(".css"):
            outside = re.findall(r"url\(\s*[\"']?(?!data:|#|%23)([^)\"']+)", offline.asset(url))
            outside = [o for o in outside if not o.startswith("data:")]
        else:
            outside = []
        assert not outside, (url, outside)


def test_a_plain_map_is_small_and_asks_for_nothing():
    page = offline.page(folium.Map([37.5, 127], tiles=None), title="Plain")
    assert len(page) < 300_000
    assert not ASKS.search(page)
    assert "sourceMappingURL" not in page
    assert "<title>Plain</title>" in page
    assert "user-scalable=no" not in page
    assert "jQuery" not in page


def test_what_a_map_uses_is_there():
    m = folium.Map([37.5, 127], tiles=None)
    folium.Marker([37.5, 127], popup="here", icon=folium.Icon(icon="home", prefix="fa")).add_to(m)
    folium.plugins.MarkerCluster([[37.5, 127], [37.6, 127]]).add_to(m)
    folium.plugins.HeatMap([[37.5, 127]]).add_to(m)
    page = offline.page(m)
    assert not ASKS.search(page)
    for sign in ("AwesomeMarkers", "jQuery", "MarkerClusterGroup", "heatLayer", "Font Awesome"):
        assert sign in page
    assert '"maxZoom": 18' in page


def test_writing_a_page_twice_gives_the_same_page_and_leaves_folium_alone():
    m = folium.Map([37.5, 127], tiles=None)
    before = {k: v for k, v in vars(element.JavascriptLink).items() if not k.startswith("__")}
    assert offline.page(m) == offline.page(m)
    after = {k: v for k, v in vars(element.JavascriptLink).items() if not k.startswith("__")}
    assert before == after
    assert '<script src="https://' in folium.Map([0, 0]).get_root().render()


def test_a_script_nobody_carries_is_refused_with_a_sentence():
    m = folium.Map([37.5, 127], tiles=None)
    m.add_js_link("own", "https://example.org/own-plugin.js")
    try:
        with pytest.raises(CourseError, match=r"own-plugin\.js"):
            offline.page(m)
    finally:
        m.default_js.pop()


def test_titles_are_escaped():
    page = offline.page(folium.Map([0, 0], tiles=None), title="</title><script>alert(1)</script>")
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize(("wish", "found"), [("off", None), ("on", street_tiles.TILES)])
def test_the_street_map_follows_the_wish(monkeypatch, wish, found):
    monkeypatch.setenv("COURSE_TILES", wish)
    assert street_tiles.street_tiles() == found


@pytest.mark.parametrize("there", [True, False])
def test_the_kernel_knocks_once_and_remembers(monkeypatch, there):
    import socket

    knocks = []

    def connect(address, timeout):
        knocks.append(address)
        if not there:
            raise OSError("no network")
        return socket.socket()

    monkeypatch.setenv("COURSE_TILES", "auto")
    monkeypatch.setattr(socket, "create_connection", connect)
    street_tiles._probe.cache_clear()
    try:
        wanted = street_tiles.TILES if there else None
        assert [street_tiles.street_tiles() for _ in range(3)] == [wanted] * 3
        assert len(knocks) == 1
    finally:
        street_tiles._probe.cache_clear()


def test_without_scripts_a_map_says_where_the_numbers_are():
    page = offline.page(folium.Map(tiles=None), title="A")
    words = page[page.index("<noscript>") : page.index("</noscript>")]
    assert "The numbers are in the table below." in words
