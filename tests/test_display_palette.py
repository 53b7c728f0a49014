from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from course.display import palette

THEMES = ("light", "dark")
SIGHTS = ("typical", "deuteranopia", "protanopia")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"),
        ("ink-2", "paper"),
        ("ink", "canvas"),
        ("ink-2", "canvas"),
        ("accent", "paper"),
        ("accent", "accent-soft"),
        ("badge-ink", "badge"),
        ("on-accent", "accent"),
    ],
)
def test_text_reads_on_its_ground(theme, text, ground):
    roles = palette.ROLES[theme]
    assert palette.contrast(roles[text], roles[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_marks_that_are_not_text_reach_three_to_one(theme):
    roles = palette.ROLES[theme]
    for mark in ("accent", "bar", "bar-strong"):
        assert palette.contrast(roles[mark], roles["paper"]) >= 3


def test_contrast_agrees_with_worked_examples():
    # WCAG: white on black is 21; #777777 on white is known to fail AA by a hair at 4.48
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_diverging_classes_differ_from_their_neighbours_for_every_sight(sight, theme, side):
    row = palette.diverging(side, theme=theme)
    assert len(row) == 2 * side + 1
    assert all(palette.distance(a, b, sight=sight) >= 12 for a, b in pairwise(row))
    # the two sides must never be taken for each other
    for k in range(side):
        assert palette.distance(row[k], row[-1 - k], sight=sight) >= 40


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", THEMES)
def test_sequential_classes_differ_from_their_neighbours_for_every_sight(sight, theme):
    for classes in range(2, 8):
        row = palette.sequential(classes, theme=theme)
        assert all(palette.distance(a, b, sight=sight) >= 10 for a, b in pairwise(row)), classes


def test_sequential_runs_from_light_to_dark_on_paper_and_back_on_a_dark_page():
    light = [palette.contrast(c, "#000000") for c in palette.sequential(6)]
    assert light == sorted(light, reverse=True)
    assert palette.sequential(6, theme="dark") == palette.sequential(6)[::-1]
    assert palette.sequential(1) == palette.sequential(1, theme="dark")


def test_sequential_is_cividis():
    matplotlib = pytest.importorskip("matplotlib")
    cividis = matplotlib.colormaps["cividis"]
    for share in (0.0, 0.13, 0.5, 0.77, 1.0):
        theirs = matplotlib.colors.to_hex(cividis(share))
        assert palette.distance(palette.mix(palette._CIVIDIS, share), theirs) < 3


def test_the_accent_is_no_colour_of_data():
    # with other sights the selection is told by its outline in two strokes, not by colour
    for theme in THEMES:
        accent = palette.ROLES[theme]["accent"]
        data = [*palette.diverging(theme=theme), *palette.sequential(7, theme=theme)]
        assert all(palette.distance(accent, color) >= 10 for color in data)


def test_categories_differ_and_each_has_its_own_marker_and_hatch():
    for sight in SIGHTS:
        pairs = combinations(palette.OKABE_ITO, 2)
        assert all(palette.distance(a, b, sight=sight) >= 8 for a, b in pairs)
    n = len(palette.OKABE_ITO)
    assert n == 7 == len(set(palette.MARKERS)) == len(set(palette.HATCHES))


@pytest.mark.parametrize("color", ["", "red", "#fff", "#12345g", '"><script>', "#F4F5F2", "  "])
def test_a_line_without_a_usable_colour_is_grey(color):
    assert palette.line_color(color) == palette.ROLES["light"]["network"]


def test_a_line_keeps_its_own_colour_and_text_on_it_reads():
    assert palette.line_color(" #0052A4 ") == "#0052a4"
    for color in ("#0052a4", "#ffd700", "#808080", "#ffffff", "#000000"):
        assert palette.contrast(palette.text_on(color), color) >= 3.9


def test_both_themes_define_the_same_roles():
    assert palette.ROLES["light"].keys() == palette.ROLES["dark"].keys()
    assert "--kit-more:" in palette.css_variables("dark")
