from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import City
from course.display.controls import Control, clean_setting
from course.display.lab_page import LabPage
from course.errors import CourseError
from course.labs import fares_words as say
from course.labs import records
from course.labs.fares_controls import controls_of, start_of
from course.labs.fares_lab import FareLab
from course.labs.fares_model import FareModel
from course.labs.fares_setting import Setting, arguments, code_of, policy_of
from course.transport import fares

RIDES = 6_000


class Part:
    """A bundled city with the first of its rides, so that a lab opens at once."""

    def __init__(self, name: str) -> None:
        self._city = City.open(name)
        self.rides = self._city.rides.head(RIDES)

    def __getattr__(self, name: str):
        return getattr(self._city, name)


@pytest.fixture(scope="module", params=["seoul", "mashhad", "iloilo"])
def lab(request) -> FareLab:
    return FareLab(Part(request.param))


@pytest.fixture(scope="module")
def seoul() -> FareLab:
    return FareLab(Part("seoul"))


def start(lab: FareLab) -> Setting:
    return Setting.from_mapping({c.key: c.start for c in lab.controls})


def test_the_first_picture_already_tells_a_story(lab):
    picture = lab.picture({c.key: c.start for c in lab.controls}, None)
    zones = lab.model.result(start(lab)).zones
    moved = zones["mean_change"].dropna()
    assert (moved.abs() > 0).mean() > 0.7
    assert len(np.unique(picture.classes[picture.classes != 255])) >= 2
    assert lab.city.title in picture.sentence
    assert "nan" not in json.dumps(picture.spec()).lower()
    assert picture.chart.startswith("<svg")


def test_the_numbers_are_those_of_the_fares_module(lab):
    setting = replace(start(lab), base=start(lab).base * 1.25, window_min=10)
    result = lab.model.result(setting)
    policy, trips, today = policy_of(setting, lab.today), lab.model.trips, lab.today
    priced = fares.reprice(trips, policy, today=today)
    assert result.revenue_still_pct == pytest.approx(
        fares.revenue_change_pct(trips, policy, today), abs=1e-9
    )
    assert result.revenue_pct == pytest.approx(
        fares.revenue_change_pct(trips, policy, today, elasticity=-0.4), abs=1e-9
    )
    assert result.trips_pct == pytest.approx(
        fares.trips_change_pct(trips, policy, today, elasticity=-0.4), abs=1e-9
    )
    assert result.pays_more_pct == pytest.approx(fares.pays_more_pct(priced))
    assert result.pays_more_poor_pct == pytest.approx(fares.pays_more_pct(priced, income_group=1))
    by_zone = priced.groupby("from_zone_id")["change"].mean()
    ours = result.zones.set_index("zone_id")["mean_change"].dropna()
    pd.testing.assert_series_equal(
        ours.sort_index(), by_zone[ours.index].sort_index(), check_names=False, atol=1e-9
    )
    bands = fares.change_by(priced, "distance_band")
    ours = result.bands[result.bands["trips"] > 0]
    assert ours["trips"].tolist() == bands["trips"].tolist()
    assert ours["mean_change"].tolist() == pytest.approx(bands["mean_change"].tolist())
    assert ours["pays_more_pct"].tolist() == pytest.approx(bands["pays_more_pct"].tolist())
    incomes = fares.change_by(priced, "income_group")
    assert result.incomes["mean_new"].tolist() == pytest.approx(incomes["mean_new"].tolist())


def test_a_selection_speaks_about_its_own_trips(lab):
    setting = start(lab)
    zones = lab.model.result(setting).zones
    zone = zones.loc[zones["trips"].idxmax(), "zone_id"]
    result = lab.model.result(setting, zone)
    row = zones.set_index("zone_id").loc[zone]
    assert result.bands["trips"].sum() == row["trips"]
    assert result.mean_change == pytest.approx(row["mean_change"])
    # what the city does is not what the zone does, and stays
    assert result.revenue_pct == lab.model.result(setting).revenue_pct
    picture = lab.picture({c.key: c.start for c in lab.controls}, zone)
    assert lab.model.zone_ids[picture.selected] == zone
    name = lab._names[zone]
    assert name in picture.sentence
    assert name in picture.grid.caption
    assert name in picture.chart_subtitle


def test_an_unknown_selection_is_no_selection(seoul):
    picture = seoul.picture({c.key: c.start for c in seoul.controls}, "nowhere")
    assert picture.selected is None
    assert "In Seoul" in picture.sentence


def test_the_reason_adds_up(seoul):
    setting = replace(start(seoul), base=1800)
    result = seoul.model.result(setting)
    assert result.reason is not None
    # its share times its mean is a part of the whole, in the same direction
    part = result.reason.share_pct / 100 * result.reason.mean_change
    assert part > 0
    assert np.sign(part) == np.sign(result.mean_change)


def test_the_line_of_code_is_the_policy(lab):
    for setting in (start(lab), replace(start(lab), base=777, low_income_discount_pct=25,
                                        window_min=0, max_transfers=0, free_km=2.5)):  # fmt: skip
        code = code_of(setting, lab.today)
        built = eval(code, {"fares": fares})
        assert built.replace(name="x") == policy_of(setting, lab.today).replace(name="x")
        assert "\n" not in code


def test_a_policy_equal_to_todays_changes_nothing():
    rides = Part("mashhad")
    today = fares.FarePolicy.distance(
        base=20000, free_km=4, step_km=5, step_price=1200, currency="IRR"
    )
    trips = fares.link(rides.rides, window_min=60, night_window_min=60, city=rides)
    model = FareModel(trips, rides.zones["zone_id"].tolist(), today)
    result = model.result(Setting(20000, 4, 5, 1200))
    assert result.revenue_pct == result.trips_pct == result.pays_more_pct == 0
    assert result.reason is None
    assert result.gap_per_trip == 0
    assert say.chart_title(result.bands, zero_below=0.5) == "Nothing changes"
    text = say.sentence(
        result, names=dict.fromkeys(model.zone_ids, "x"), city="Mashhad", unit="IRR", decimals=0
    )
    assert "every zone changes by as much" in text


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    base=st.integers(0, 4650),
    free=st.integers(0, 30),
    step=st.integers(1, 10),
    price=st.integers(0, 310),
    window=st.integers(0, 60),
    transfers=st.integers(0, 4),
    elasticity=st.integers(-100, 0),
    discount=st.integers(0, 50),
)
def test_laws_of_the_lab(base, free, step, price, window, transfers, elasticity, discount):
    lab = _SEOUL.setdefault("lab", None) or _SEOUL.setdefault("made", FareLab(Part("seoul")))
    _SEOUL["lab"] = lab
    setting = Setting(base, free, step, price, window, transfers, elasticity / 100, discount)
    result = lab.model.result(setting)
    assert 0 <= result.pays_more_pct + result.pays_less_pct <= 100 + 1e-9
    assert result.revenue_pct >= -100
    weights = result.zones["trips"]
    mean = (weights * result.zones["mean_change"].fillna(0)).sum() / weights.sum()
    assert mean == pytest.approx(result.mean_change, abs=0.5)
    dearer = lab.model.result(replace(setting, base=base + 100))
    assert dearer.revenue_still_pct >= result.revenue_still_pct
    assert dearer.pays_more_pct >= result.pays_more_pct
    kinder = lab.model.result(replace(setting, low_income_discount_pct=min(discount + 10, 60)))
    assert kinder.pays_more_poor_pct <= result.pays_more_poor_pct
    if setting.elasticity == 0:
        assert result.trips_pct == 0


_SEOUL: dict[str, FareLab | None] = {}


def test_the_sliders_follow_the_curriculum(lab):
    found = {c.key: c for c in lab.controls}
    base = lab.today.reference_base
    assert found["base"].start == base
    assert (found["base"].low, found["base"].high) == (0, pytest.approx(3 * base, rel=0.01))
    expected = {
        "free_km": (0, 30),
        "step_km": (1, 10),
        "window_min": (0, 60),
        "max_transfers": (0, 4),
        "elasticity": (-1, 0),
        "low_income_discount_pct": (0, 50),
    }
    assert {k: (found[k].low, found[k].high) for k in expected} == expected
    assert found["step_price"].high == pytest.approx(0.2 * base, rel=0.05)
    assert sum(not c.more for c in lab.controls) == 6
    assert found["free_km"].start == {"seoul": 10, "mashhad": 4, "iloilo": 4}[lab.city.id]
    for control in lab.controls:
        assert control.clean(control.start) == control.start


def test_the_sliders_begin_where_a_given_policy_stands():
    policy = fares.FarePolicy.distance(
        base=1400, free_km=8, step_km=3, step_price=70, window_min=20, max_transfers=2,
        low_income_discount_pct=10,
    )  # fmt: skip
    setting = start_of(fares.SEOUL, policy)
    assert setting == Setting(1400, 8, 3, 70, 20, 2, -0.4, 10)
    values = {c.key: c.start for c in controls_of(setting, fares.SEOUL)}
    assert policy_of(Setting.from_mapping(values), fares.SEOUL).free_km == 8
    assert arguments(setting, fares.SEOUL)["discount_pct"] == {"youth": 42, "child": 65}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("1600", 1600), (99999, 3000), (-5, 0), ("x", 1500), (None, 1500), (float("nan"), 1500),
     (float("inf"), 1500), ([1], 1500), (1234.567, 1235), (True, 1)],
)  # fmt: skip
def test_what_a_page_sends_is_checked(given, kept):
    control = Control("base", "Base fare", "KRW", 0, 3000, 50, 1500)
    assert clean_setting([control], {"base": given, "__class__": "x"}) == {"base": kept}


@pytest.fixture()
def page(seoul, tmp_path, monkeypatch) -> LabPage:
    monkeypatch.chdir(tmp_path)

    def keep(setting, chosen):
        records.append("fares", setting, city="seoul", chosen=chosen)

    return LabPage(seoul, record=keep)


def test_one_question_changes_everything_at_once(page, seoul):
    before = dict(page.frame), page.styles
    setting = page.setting | {"base": 1800}
    zone = seoul.choices[3].id
    page.asked = {"seq": 7, "setting": setting, "chosen": zone, "user": True, "settled": False}
    assert page.frame["seq"] == 7
    assert page.frame["setting"]["base"] == 1800
    assert page.chosen == zone
    for key in ("numbers", "chart", "grid", "sentence", "code", "labels", "tips", "selected"):
        assert page.frame[key] != before[0][key], key
    assert page.styles != before[1]
    assert len(page.styles) == len(seoul.choices)
    json.dumps(page.frame, allow_nan=False)


@pytest.mark.parametrize(
    "asked",
    [{}, {"seq": "x", "setting": 3}, {"seq": 1, "setting": {"base": {}}, "chosen": ["a"]},
     {"seq": None, "chosen": "<script>"}],
)  # fmt: skip
def test_nonsense_from_a_page_shows_the_first_setting(page, asked):
    page.asked = asked | {"mark": 1}
    assert page.setting == {c.key: c.clean(c.start) for c in page._lab.controls}
    assert page.chosen == ""


def test_a_problem_is_one_sentence_and_the_old_picture_stays(page, monkeypatch):
    def fail(*args):
        raise CourseError("This cannot be priced.", "Move the base up.")

    old = page.styles
    monkeypatch.setattr(page._lab, "picture", fail)
    page.asked = {"seq": 3, "setting": {"base": 1}, "chosen": ""}
    assert page.frame["problem"] == "This cannot be priced. Move the base up."
    assert page.styles == old


def test_only_what_a_person_settled_leaves_a_record(page, tmp_path):
    file = tmp_path / records.FILE
    page.asked = {"seq": 1, "setting": page.setting | {"base": 1700}, "user": True}
    page.set_setting({})
    assert not file.exists()
    question = {"setting": page.setting | {"base": 1800}, "user": True, "settled": True}
    page.asked = question | {"seq": 2}
    page.asked = question | {"seq": 3}
    (entry,) = records.read(tmp_path)
    assert entry["lab"] == "fares"
    assert entry["setting"]["base"] == 1800
    assert entry["time"].endswith("+00:00")


def test_records_survive_a_broken_file_and_a_locked_folder(tmp_path, monkeypatch):
    file = tmp_path / records.FILE
    file.write_text("{ not json", encoding="utf-8")
    assert records.append("fares", {"base": 1}, folder=tmp_path)
    assert len(records.read(tmp_path)) == 1
    assert (tmp_path / "lab_records.broken-1.json").read_text() == "{ not json"
    assert not records.append("fares", {"base": 1}, folder=tmp_path)
    for k in range(records.MOST + 5):
        records.append("fares", {"base": float(k)}, folder=tmp_path)
        if k > 3:
            break
    assert not records.append("fares", {"base": 9.5}, folder=tmp_path / "missing")
    assert not list(tmp_path.glob(".lab_records*"))


def test_the_still_page_holds_everything_and_no_script(page):
    html = page.still_html()
    words = ("who pays more", "Base fare", "1,550\xa0KRW", "Revenue", "Sources", "SYNTHETIC: ")
    parts = ("What the data do not show", "fares.FarePolicy.distance", "<svg", "<table")
    for text in (*words, *parts):
        assert text in html
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org", "")
    bundle = page._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert page.still_text().splitlines()[1].startswith("Revenue ")


def test_a_city_without_rides_says_so():
    city = Part("iloilo")
    city.rides = city.rides.head(0)
    with pytest.raises(CourseError, match="no trips"):
        FareLab(city)


def test_a_zone_without_trips_says_so(seoul):
    empty = seoul.model
    bare = FareModel(empty.trips, [*empty.zone_ids, "far"], seoul.today)
    result = bare.result(start(seoul), "far")
    names = dict.fromkeys(bare.zone_ids, "a zone")
    text = say.sentence(result, names=names, city="Seoul", unit="KRW", decimals=0)
    assert text == "No trip begins in a zone on this day."


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ([-40, 90], "Short trips pay less, long trips pay more"),
        ([10, 0.1, 30], "Trips of all lengths pay more, long ones most"),
        ([-30, -5], "Trips of all lengths pay less, short ones most"),
        ([0.2, -0.1], "Nothing changes"),
        ([0, 20, 0], "Short trips pay the same, long trips pay the same"),
        ([], "There are no trips here"),
    ],
)
def test_the_chart_says_what_it_shows(changes, title):
    bands = pd.DataFrame({"group": [f"{k} km" for k in range(len(changes))]})
    bands["mean_change"] = np.array(changes, dtype=float)
    assert say.chart_title(bands, zero_below=0.5) == title
