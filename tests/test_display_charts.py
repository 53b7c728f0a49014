from __future__ import annotations

import re
import subprocess
import sys
import warnings
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from course.display import charts, fonts, tables
from course.errors import UsageError

NAMES = {"Gangnam 강남구": 120.0, "مشهد": -45.0, "渋谷 マップ": 0.0, "חיפה": 33.0}


def svg_of(figure):
    text = figure.body
    ElementTree.fromstring(text)
    return text


def test_bars_are_an_svg_with_words_for_those_who_cannot_see_it():
    figure = charts.bars(
        NAMES, title="Long trips pay more", unit="KRW", measure="Change", year=2025, signed=True,
        synthetic="SYNTHETIC: by hand", sources="by hand",
    )  # fmt: skip
    text = svg_of(figure)
    assert 'role="img"' in text
    assert "<title>Long trips pay more. Gangnam 강남구 +120\xa0KRW" in text
    html = figure.html()
    for part in ("SYNTHETIC: by hand", "Change (KRW), 2025, synthetic", "<details>", "no-such"):
        assert (part in html) == (part != "no-such")


def test_every_letter_is_drawn_from_an_installed_font():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = charts.bars(NAMES, title="Names").body
    assert "<text" not in text
    for script in ("hangul", "japanese", "arabic", "hebrew"):
        assert fonts.path(script) is not None


def test_persian_letters_are_joined_and_run_from_right_to_left():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    def width(text):
        drawing = Figure(dpi=72)
        canvas = FigureCanvasAgg(drawing)
        words = Text(0, 0, text, fontsize=40, fontfamily=list(fonts.chart_families()))
        drawing.add_artist(words)
        return words.get_window_extent(canvas.get_renderer()).width

    # joined forms are narrower than the same letters kept apart by a non-joiner
    assert width("مشهد") < 0.97 * width("م\u200cش\u200cه\u200cد")


def test_ids_of_several_charts_never_meet():
    one, two = (charts.bars({"a": v, "b": 2.0}, title="T").body for v in (1.0, 3.0))
    ids = [set(re.findall(r'\bid="([^"]+)"', t)) for t in (one, two)]
    assert ids[0].isdisjoint(ids[1])
    for text, known in zip((one, two), ids, strict=True):
        assert set(re.findall(r'href="#([^"]+)"', text)) <= known
        assert set(re.findall(r"url\(#([^)]+)\)", text)) <= known


def test_colours_follow_the_theme():
    text = charts.bars(NAMES, title="T", signed=True).body
    assert "var(--kit-less,#5f86c9)" in text
    assert "var(--kit-ink,#1f2933)" in text


def test_missing_and_empty_numbers():
    assert "no data" in charts.bars({"a": np.nan, "b": 1}, title="T").alt
    svg_of(charts.bars({"a": np.nan}, title="T"))
    svg_of(charts.bars({"a": 0.0}, title="T", signed=True))
    assert "no number" in charts.bars(pd.Series(dtype=float), title="T").reading
    assert "no number" in charts.lines(pd.DataFrame({"a": [np.nan]}), title="T").reading
    assert "no number" in charts.lines(pd.DataFrame(), title="T").reading
    with pytest.raises(UsageError, match="one number per label"):
        charts.bars([1, 2], title="T")


def test_lines_and_bands():
    frame = pd.DataFrame(
        {f"line {k}": [k, k + 1.0, np.nan] for k in range(7)},
        index=pd.Index([2004, 2015, 2025], name="year"),
    )
    figure = charts.lines(frame, title="Fares", unit="KRW")
    assert "line 0: from 0\xa0KRW to 1\xa0KRW" in figure.alt
    svg_of(figure)
    svg_of(charts.lines(frame["line 1"], title="One", from_zero=False, highlight=["line 1"]))
    svg_of(charts.lines(frame.set_axis(["a", "b", "c"]), title="Words"))
    with pytest.raises(UsageError, match="8 lines"):
        charts.lines(frame.assign(more=1), title="Many")
    band = pd.DataFrame({"low": [1, 2], "middle": [2, 3], "high": [3, 5]})
    svg_of(charts.band(band, title="Band"))
    with pytest.raises(UsageError, match="no column 'high'"):
        charts.band(band[["low", "middle"]], title="Band")


def test_a_chart_leaves_the_readers_settings_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    charts.bars(NAMES, title="T")
    assert dict(mpl.rcParams) == before


def test_nothing_heavy_is_loaded_before_it_is_used():
    code = (
        "import sys; from course import City, maps, tables, charts, labs; labs.fares;"
        "print([m for m in ('matplotlib', 'scipy', 'sklearn', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tables_say_units_missing_values_and_how_many_rows():
    frame = pd.DataFrame(
        {
            "name": ["<b>x</b>", None, "강남구"],
            "headway_min": [5.0, np.nan, 7.25],
            "year": [2024, 2025, 2026],
            "change": [-3, 0, 4],
            "late": [True, False, True],
            "stop_ids": [tuple("abcdefgh"), ("a",), ()],
        }
    )
    html = tables.show(frame, caption="A table", signed=("change",), rows=2).html()
    for part in ("&lt;b&gt;x", "Headway (min)", "no data", "2025", "−3", "yes", "and 3 more",
                 "The first 2 of 3 rows"):  # fmt: skip
        assert part in html
    assert "2,025" not in html
    assert "no rows" in tables.show(frame.head(0), caption="Empty").html()
    assert "<td class=num>7</td>" in tables.show(pd.Series({"a": 7}), caption="One").html()
    with pytest.raises(UsageError, match="needs a DataFrame"):
        tables.show({"a": 1}, caption="Wrong")


def test_letters_travel_as_a_small_subset_only_when_needed():
    assert fonts.face_css(["plain English, 1,550"]) == ""
    css = fonts.face_css(["강남구 Gangnam", "مشهد"])
    assert css.count("@font-face") == 2
    assert "U+AC15" in css
    assert len(css) < 60_000
    many = "".join(chr(0xAC00 + k) for k in range(fonts.MOST_LETTERS + 1))
    assert fonts.face_css([many]) == ""


def test_a_dollar_in_a_name_is_money_and_no_formula():
    names = ["Fees of $5 and $6", r"Rent $_{ \frac{"]
    svg_of(charts.bars(pd.Series([1.0, 2.0], index=names), title="Cost", unit="$"))
    svg_of(charts.lines(pd.DataFrame({n: [1.0, 2.0] for n in names}), title="Cost"))


def test_each_name_at_the_end_of_a_line_carries_the_sign_of_its_line():
    frame = pd.DataFrame({"one": [3.0, 1.0], "two": [2.0, 1.0]})
    axes = charts.lines(frame, title="Ends").chart.axes[0]
    signs = [line for line in axes.lines if len(line.get_xdata()) == 1]
    drawn = {
        (line.get_color(), line.get_marker())
        for line in axes.lines
        if line not in signs and line.get_marker() != "None"  # the zero line
    }
    assert {(s.get_color(), s.get_marker()) for s in signs} == drawn
    heights = [text.get_position()[1] for text in axes.texts]
    assert [float(s.get_ydata()[0]) for s in signs] == heights


def test_a_long_name_has_its_room_beside_a_bar():
    from course.display.bar_svg import LETTER, Bar, Group, plain_bars

    drawn = plain_bars([Group("g", (Bar("near Imam Khomei…", 5.0),))],
                       unit="%", alt="x")  # fmt: skip
    start = float(re.search(r'<rect x="([0-9.]+)"', drawn)[1])
    assert start >= 17 * LETTER
