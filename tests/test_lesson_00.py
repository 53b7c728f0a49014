"""What the orientation lesson says, worked out by hand or by a second way."""

from __future__ import annotations

import doctest
import importlib
import json

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from course import indicators, labs, maps
from course.errors import CourseError, UsageError
from course.policy.indicators import Above
from tests.cities_by_turns import BUNDLED
from tests.key_cases import MODULES, bundled
from tests.module_runs import cells, text_of
from tests.notebook_lint import source

ID = "00_orientation"
each_bundled = pytest.mark.parametrize("name", BUNDLED)


@pytest.fixture(autouse=True)
def _no_street_map(monkeypatch):
    monkeypatch.setenv("COURSE_TILES", "off")


@pytest.fixture(scope="module")
def seoul():
    return bundled("seoul")


# ---- density -------------------------------------------------------------------------


def test_seoul_by_hand():
    # 605.2 x 15,858 = 9,597,261.6, and 605.2 x 15,859 is more than 9,597,372
    found = indicators.density_per_km2(population=9_597_372, area_km2=605.2)
    assert 15_858 * 605.2 < 9_597_372 < 15_859 * 605.2
    assert round(found) == 15_858


def test_the_total_of_the_pack_is_the_published_one(seoul):
    assert int(seoul.zones["population"].sum()) == 9_597_372
    assert float(seoul.zones["area_km2"].sum()) == pytest.approx(605.2, abs=0.5)


def test_the_mean_of_the_zones_is_another_number(seoul):
    """The lesson says so: a small zone counts as much as a large one."""
    rows = list(zip(seoul.zones["population"], seoul.zones["area_km2"], strict=True))
    mean = sum(p / a for p, a in rows) / len(rows)
    assert mean - indicators.city_density(seoul.zones) > 500
    assert indicators.zone_densities(seoul.zones).mean() == pytest.approx(mean)


def test_what_is_no_density():
    for people, land in ((5, 0), (5, -1), (-1, 5), (5, float("nan"))):
        with pytest.raises(UsageError, match="A density needs land above 0"):
            indicators.density_per_km2(population=people, area_km2=land)
    with pytest.raises(UsageError, match="have no column 'area_km2'"):
        indicators.zone_densities(pd.DataFrame({"zone_id": ["a"], "population": [1]}))
    none = pd.DataFrame({"zone_id": [], "population": [], "area_km2": []})
    assert indicators.zone_densities(none).empty
    assert indicators.above(none, 5) == Above(0.0, 0.0, 0.0, ())
    with pytest.raises(CourseError, match="has no zones"):
        indicators.city_density(none)


zone_rows = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(0.01, 500)), min_size=1, max_size=30
)


@given(zone_rows, st.floats(0, 10**6))
def test_shares_above_a_line(rows, line):
    zones = pd.DataFrame(rows, columns=["population", "area_km2"])
    zones.insert(0, "zone_id", [f"z{i}" for i in range(len(rows))])
    found = indicators.above(zones, line)
    over = [(p, a) for p, a in rows if p / a > line]
    people, land = sum(p for p, _ in rows), sum(a for _, a in rows)
    assert found.people_pct == pytest.approx(
        100 * sum(p for p, _ in over) / people if people else 0
    )
    assert found.land_pct == pytest.approx(100 * sum(a for _, a in over) / land)
    assert found.zones_pct == pytest.approx(100 * len(over) / len(rows))
    assert len(found.zone_ids) == len(over)
    if found.zone_ids and people:
        # whoever is above the line is denser than the whole: more people than land
        assert found.people_pct >= found.land_pct - 1e-9 or line < people / land


# ---- classes, sources, the pair of maps ----------------------------------------------


@each_bundled
@pytest.mark.parametrize("classes", [3, 5, 9])
def test_every_zone_is_in_one_class(name: str, classes: int):
    density = indicators.zone_densities(bundled(name).zones)
    table = maps.class_table(density, classes=classes)
    assert table["zones"].sum() == len(density) and 1 <= len(table) <= classes


def test_the_rule_keeps_the_total_and_says_that_it_is_a_rule(seoul):
    rule = indicators.population_by_rule(seoul)
    assert int(rule.sum()) == int(seoul.zones["population"].sum())
    assert list(rule.index) == seoul.zones["zone_id"].tolist()
    assert rule.attrs["badge"].startswith("SYNTHETIC: made by a rule, not counted")


def test_the_rule_fills_the_old_centre(seoul):
    """The lesson's reading of the right map: Jongno and Jung are dense by the rule only."""
    zones = seoul.zones.set_index("name")
    rule = indicators.population_by_rule(seoul)
    for gu in ("Jongno-gu", "Jung-gu"):
        row = zones.loc[gu]
        assert rule[row["zone_id"]] > 1.3 * row["population"]


def test_the_pair_has_one_scale_and_says_which_is_synthetic(seoul):
    figure = labs.real_and_rule(seoul)
    assert figure.body.count("<iframe") == 2
    assert figure.synthetic.startswith("right map SYNTHETIC")
    assert "SYNTHETIC" not in figure.sources
    top = figure.table.iloc[0]
    assert round(top["counted"]) == 25_236  # Dongdaemun, 358,603 / 14.21
    with pytest.raises(UsageError, match="are made by a rule already"):
        labs.real_and_rule(bundled("iloilo"))


def test_the_badge_is_of_the_columns_that_are_drawn(seoul):
    assert indicators.badge(seoul, "population", "area_km2") == ""
    assert indicators.badge(seoul, "jobs").startswith("SYNTHETIC")
    assert indicators.badge(bundled("mashhad"), "area_km2").startswith("SYNTHETIC")
    assert indicators.badge(bundled("iloilo"), "population").startswith("SYNTHETIC")


# ---- the page ------------------------------------------------------------------------


def test_the_page_keeps_its_minutes_and_its_objectives():
    spec = yaml.safe_load((MODULES / ID / "module.yml").read_text("utf-8"))
    title = source(cells(ID, "lesson.ipynb")[0])
    minutes = spec["minutes"]
    assert f"read {minutes['lesson']} min, do {minutes['exercises']} min" in title
    objectives = [
        line.removeprefix("- ") for line in source(cells(ID, "lesson.ipynb")[1]).splitlines()
        if line.startswith("- ")
    ]  # fmt: skip
    assert objectives == spec["objectives"]


def test_thirty_minutes_are_believable():
    """120 words a minute for readers of a second language, and a minute for each thing to do."""
    prose = [source(c) for c in cells(ID, "lesson.ipynb") if c["cell_type"] == "markdown"]
    words = sum(len(text.split()) for text in prose)
    doing = sum(c["cell_type"] == "code" for c in cells(ID, "lesson.ipynb"))
    assert words / 120 + doing <= 30


def test_no_unverified_number_stands_in_the_lesson():
    """Jobs and income of Seoul are made up; its prose must not print them as facts."""
    text = text_of(ID, "lesson.ipynb")
    assert "older official sums differ" in text and "reported" in text
    assert "SYNTHETIC" in text


def test_the_wrong_answer_of_the_lesson_gets_a_hint(capsys):
    from course import answer

    answer("m00_demo", 3)
    assert "Not yet." in capsys.readouterr().out
    answer("m00_demo", 60)
    assert "one bus each minute" in capsys.readouterr().out


@each_bundled
def test_readiness_names_a_use_for_every_frame(name: str):
    """The table of "Apply to your city": no frame is left without a word."""
    uses = {"real", "facts", "synthetic", "missing"}
    assert set(bundled(name).sources["origin"]) <= uses
    cell = next(c for c in cells(ID, "lesson.ipynb") if c["id"] == "apply-run")
    assert all(f'"{use}"' in source(cell) for use in uses)


# ---- the lab -------------------------------------------------------------------------


def test_the_lab_of_every_city_reads_the_same_numbers_as_the_functions():
    for name in BUNDLED:
        city = bundled(name)
        page = labs.orientation(city)
        line = page.setting["line"]
        found = indicators.above(city.zones, line)
        assert page.picture.numbers[0].value == f"{found.people_pct:.0f}\u00a0%"
        assert page.picture.numbers[1].value == f"{found.land_pct:.0f}\u00a0%"
        assert line == round(indicators.city_density(city.zones))


@each_bundled
@pytest.mark.parametrize("value", ["density", "population", "jobs"])
def test_every_setting_draws(name: str, value: str):
    city = bundled(name)
    page = labs.orientation(city)
    zone = str(city.zones["zone_id"].iloc[-1])
    for classes in (3, 6, 9):
        for line in (0, 1e9):
            setting = {"value": value, "classes": classes, "line": line}
            picture = page.set_setting(setting, chosen=zone)
            assert not picture.problem and zone in picture.grid.ids
            striped = int((picture.layers["zones"] >= 45).sum())
            assert striped == len(indicators.above(city.zones, page.setting["line"]).zone_ids)
            legend = picture.legends["zones"]
            used = set(picture.layers["zones"].tolist())
            plain = {c % 45 for c in used if c != 255}
            assert plain <= {row[0] % 45 for row in legend.rows}
    json.dumps(page.picture.spec())


def test_a_zone_is_read_aloud_and_ranked(seoul):
    page = labs.orientation(seoul)
    zones = seoul.zones.set_index("name")
    picture = page.set_setting({}, chosen=zones.loc["Gangnam-gu", "zone_id"])
    order = (zones["population"] / zones["area_km2"]).rank(ascending=False)
    rank = int(order["Gangnam-gu"])
    assert picture.sentence == (
        "Gangnam-gu has 563,215 people on 39.5 km²: 14,259 per km², not above the line. "
        f"By people per km² it is number {rank} of 25."
    )
    assert 'font-weight="600"' in picture.chart


def test_a_still_lab_says_the_same(seoul):
    page = labs.orientation(seoul)
    text = page.still_html()
    assert "What the data do not show" in text and page.picture.sentence in text
    assert "SYNTHETIC" in text  # jobs and income groups of Seoul are made by a rule
    code = page.picture.code
    figure, shares = (
        eval(part, {"maps": maps, "indicators": indicators, "city": seoul})
        for part in code.split("; ")
    )
    assert figure.title and shares.people_pct > 0


def test_densities_of_zones_are_never_added_up():
    """A line of zero takes everybody, a line above the densest nobody."""
    zones = bundled("iloilo").zones
    everyone = indicators.above(zones, -1)
    assert everyone.people_pct == everyone.land_pct == everyone.zones_pct == 100
    assert indicators.above(zones, float(np.inf)).zone_ids == ()


@pytest.mark.parametrize(
    "name",
    [
        "course.policy.indicators",
        "course.visits.routes",
        "course.labs.orientation_setting",
        "course.display.maps",
    ],
)
def test_examples_of_the_documentation_run(name: str):
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted and not found.failed
