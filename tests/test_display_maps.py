from __future__ import annotations

import itertools
import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.display import maps, network_lines
from course.display.base_map import BaseMap, Layer
from course.display.figure import Figure
from course.display.live_map import LiveMap
from course.errors import UsageError
from tests.display_city import HOSTILE, drawn_city


@pytest.fixture(autouse=True)
def _no_street_map(monkeypatch):
    monkeypatch.setenv("COURSE_TILES", "off")


def spec_of(html: str) -> dict:
    """Return what the script inside a figure's map is given."""
    page = unescape(re.search(r'srcdoc="([^"]*)"', html)[1])
    found = re.search(r"courseMap\(map_\w+, (\{.*\})\);", page)
    return json.loads(found[1])


def values(city) -> pd.Series:
    return pd.Series(np.arange(len(city.zones)) * 10.0 - 30, index=city.zones["zone_id"])


def test_a_map_of_zones_says_everything():
    city = drawn_city()
    figure = maps.zones(
        city, values(city), title="Long trips pay more", unit="KRW", measure="Mean change",
        year=2025, diverging=True, reading="Zone 8 pays most.", sources="by hand",
    )  # fmt: skip
    html = figure.html()
    said = ("Long trips pay more", "Mean change (KRW), 2025, synthetic", "SYNTHETIC: by hand")
    parts = ("Zone 8 pays most.", "Sources: by hand", "<details>", "+50", "<iframe", "title=")
    for text in (*said, *parts):
        assert text in html
    assert len(html) < 320_000
    assert str(figure).startswith("Long trips pay more [SYNTHETIC: by hand]")
    assert set(figure._repr_mimebundle_()) == {"text/html", "text/plain"}
    spec = spec_of(html)
    layer = spec["layers"][0]
    assert layer["labels"][3] == "0"
    rows = spec["legends"][0]["rows"]
    assert spec["legends"][0]["title"] == "Mean change (KRW)"
    assert [r[1] for r in rows if r[0] == 3] == ["no change"]


def test_hostile_names_stay_text():
    city = drawn_city()
    for figure in (
        maps.zones(city, values(city), title=HOSTILE, unit="<b>", reading=HOSTILE),
        maps.network(city, title=HOSTILE, routes=["r0"]),
        maps.points(city, city.stops.assign(n=1.5), value="n", title=HOSTILE, measure=HOSTILE),
    ):
        html = figure.html()
        assert "<img src=x" not in html
        page = unescape(re.search(r'srcdoc="([^"]*)"', html)[1])
        assert "<img src=x" not in page
        assert page.count("</script>") == page.count("<script>")
        assert HOSTILE.replace("\\u2028", "")[:20] in json.dumps(spec_of(html), ensure_ascii=False)


TEMPLATES = (
    "{{ 1234567 * 7654321 }}", "{{{ 1234567 * 7654321 }}}", "{% raw %}", "{#", "{{",
    "{% include 'x' %}", "{{ cycler.__init__.__globals__ }}",
)  # fmt: skip


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_name_that_is_a_template_is_not_evaluated(text):
    """folium renders scripts twice; a pack's own words must come through as words."""
    city = drawn_city()
    city.stops.loc[city.stops.index[0], "name"] = text
    for figure in (
        maps.points(city, city.stops.assign(n=1.5), value="n", title=text, measure=text),
        maps.zones(city, values(city), title=text, unit=text, reading=text),
    ):
        html = figure.html()
        assert str(1234567 * 7654321) not in html  # long: ids of elements are random digits
        assert text in json.dumps(spec_of(html), ensure_ascii=False)


@settings(max_examples=15)
@given(text=st.text(alphabet="{}%#7*1 a<\\\"'", max_size=12))
def test_any_signs_come_through(text):
    city = drawn_city()
    assert spec_of(maps.points(city, city.stops.head(2).assign(n=1.0, name=text), value="n",
                               title="T").html())["layers"][0]["names"][0] == text  # fmt: skip


def test_missing_wrong_and_empty_values():
    city = drawn_city()
    some = values(city).iloc[:3]
    spec = spec_of(maps.zones(city, some, title="Some").html())
    assert [255, "no data", ""] in spec["legends"][0]["rows"]
    none = maps.zones(city, pd.Series(dtype=float), title="None")
    assert "no number" in none.reading
    with pytest.raises(UsageError, match="None of the zones"):
        maps.zones(city, {"x": 1.0}, title="Wrong")
    with pytest.raises(UsageError, match="one number per zone"):
        maps.zones(city, [1, 2], title="Wrong")
    same = maps.zones(city, dict.fromkeys(city.zones["zone_id"], 5), title="Same", unit="km")
    assert "same value, 5\xa0km" in same.reading
    assert "SYNTHETIC" not in maps.zones(city, some, title="Real", synthetic="").html()


def test_points_are_sized_and_those_without_a_place_are_counted():
    city = drawn_city()
    places = city.stops.assign(trips=np.arange(30.0))
    places.loc[5, "lat"] = np.nan
    figure = maps.points(city, places, value="trips", title="Stops", unit="trips")
    layer = spec_of(figure.html())["layers"][0]
    assert layer["radii"] == sorted(layer["radii"], reverse=True)
    assert len(layer["shapes"]) == 29
    assert "1 without coordinates" in figure.reading
    assert "no place" in maps.points(city, places.head(0), title="Empty").reading
    with pytest.raises(UsageError, match="no column 'size'"):
        maps.points(city, places, value="size", title="Wrong")


def test_a_network_of_5000_stops_and_1700_patterns_stays_light():
    city = drawn_city(stops=4_858, patterns=1_717)
    html = maps.network(city).html()
    assert len(html) < 700_000
    assert "lines serve 4,858 stops" in html


def test_a_network_takes_only_colours():
    text = json.dumps(spec_of(maps.network(drawn_city()).html())["base"])
    assert "<script>" not in text
    assert "red" not in text
    assert "#0052a4" in text
    with pytest.raises(UsageError, match="No route"):
        maps.network(drawn_city(), routes=["nope"])


def test_a_city_without_patterns_or_stops_still_draws():
    city = drawn_city()
    city.patterns = city.patterns.head(0)
    city.stops = city.stops.head(0)
    assert spec_of(maps.zones(city, values(city), title="Bare").html())["base"]["lines"] == []


@given(st.lists(st.tuples(st.floats(-85, 85), st.floats(-180, 180)), min_size=1, max_size=30))
def test_points_come_back_within_a_metre(points):
    lat, lon = (np.array(v) for v in zip(*points, strict=True))
    back = np.array(network_lines.flat(lat, lon)).reshape(-1, 2).cumsum(axis=0) / 1e5
    assert np.abs(back - np.column_stack([lat, lon])).max() <= 0.51e-5


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=8), max_size=8))
def test_chains_cover_every_stretch_once(lists):
    def edges(runs):
        return [frozenset(e) for r in runs for e in itertools.pairwise(r) if e[0] != e[1]]

    found = edges(network_lines.chains(lists))
    assert len(found) == len(set(found))
    assert set(found) == set(edges(lists))


def test_rings_read_polygons_with_holes_and_many_parts():
    square = [[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]
    hole = [[0.2, 0.2], [0.2, 0.4], [0.4, 0.4], [0.2, 0.2]]
    many = network_lines.rings({"type": "MultiPolygon", "coordinates": [[square, hole], [square]]})
    assert [len(part) for part in many] == [2, 1]
    assert len(many[0][0]) == 8
    assert network_lines.rings({"type": "Polygon", "coordinates": []}) == []


def live(city) -> LiveMap:
    base = BaseMap(city, title="Live")
    shapes = maps.zone_shapes(city, city.zones["zone_id"].tolist())
    colors = {"light": ["#111111", "#222222"], "dark": ["#333333", "#444444"]}
    first = np.zeros(len(shapes), np.uint8)
    base.add(Layer(id="zones", kind="areas", shapes=shapes, classes=first, colors=colors))
    return LiveMap(base, title="Live", reading="It lives.")


def test_a_live_map_sends_one_byte_per_feature(monkeypatch):
    widget, sent = live(drawn_city()), []
    monkeypatch.setattr(widget, "send", lambda content, buffers: sent.append((content, buffers)))
    assert widget.update({"zones": [1] * 9}) == 1
    assert widget.update({"zones": np.arange(9) % 2}, labels=["a"] * 9) == 2
    assert sent[0] == ({"kind": "styles", "v": 1, "layers": ["zones"]}, [bytes([1] * 9)])
    assert sent[1][1] == [bytes(k % 2 for k in range(9))]
    with pytest.raises(UsageError, match="no layer 'roads'"):
        widget.update({"roads": []})
    with pytest.raises(UsageError, match="2 classes were given for the 9"):
        widget.update({"zones": [0, 1]})


def test_a_live_map_has_a_still_form_that_comes_first(capsys):
    widget = live(drawn_city())
    bundle = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<svg" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]
    assert bundle["text/plain"] == "Live\nIt lives."
    chosen = []
    widget.on_select(chosen.append)
    widget.selected = 4
    widget.selected = -1
    assert chosen == [4, None]


def test_a_figure_without_anything_is_still_html():
    html = Figure(title="Only a title").html()
    assert "Only a title" in html
    assert "Sources" not in html
