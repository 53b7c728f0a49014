"""The fare-question lab: every question opens, says something, and says the same on a summary."""

from __future__ import annotations

import json

import numpy as np
import pytest

from course import City, fares, labs
from course.display.lab_page import LabPage
from course.errors import CourseError
from course.labs.fares_lab import FareLab
from course.labs.questions_asked import Asked
from course.labs.questions_lab import QuestionLab
from course.labs.questions_list import QUESTIONS
from course.labs.summary_city import city_of
from course.transport.card_summary import cards
from course.transport.summary_build import summarise

CARDS = 4_000


class Part:
    """A bundled city with the rides of some cards, so that a lab opens at once."""

    def __init__(self, name: str) -> None:
        self._city = City.open(name)
        rides = self._city.rides
        some = rides["card_id"].drop_duplicates().head(CARDS)
        self.rides = rides[rides["card_id"].isin(some)]

    def __getattr__(self, name: str):
        return getattr(self._city, name)


@pytest.fixture(scope="module", params=["seoul", "mashhad", "iloilo"])
def city(request):
    return Part(request.param)


@pytest.fixture(scope="module")
def seoul():
    return Part("seoul")


@pytest.fixture(scope="module")
def summary(seoul):
    return summarise(seoul.rides, today=fares.SEOUL, city=seoul)


def lab_of(city, question, source=None, **more) -> QuestionLab:
    journeys = fares.journeys(city if source is None else source)
    return QuestionLab(Asked(city, journeys, source or city, **more), question)


def start(lab):
    return {c.key: c.clean(c.start) for c in lab.controls}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_opens_on_every_city(city, question):
    try:
        lab = lab_of(city, question)
    except CourseError as refused:
        assert question == "years" and "Only one tariff" in str(refused)  # iloilo
        return
    picture = lab.picture(start(lab), None)
    text = json.dumps(picture.spec()).lower()
    assert "nan" not in text and picture.chart.startswith("<svg")
    assert len(lab.controls) <= 6 and len(picture.numbers) == 3
    assert picture.sentence.endswith(".") and picture.grid.cells
    assert len({len(r) for r in picture.grid.cells} | {len(picture.grid.heads)}) == 1
    page = LabPage(lab)
    assert lab.words.title in page.still_html()
    # the first look tells a story: some zone moves
    assert (picture.classes != 255).any() and any(c in "123456789" for c in "".join(picture.labels))
    picked = lab.picture(start(lab), lab.choices[0].id)
    assert picked.selected == 0 and lab.choices[0].name.split(" ")[0] in picked.sentence


@pytest.mark.parametrize("question", sorted(set(QUESTIONS) - {"zones", "passes", "cap"}))
def test_a_summary_shows_what_the_rides_show(seoul, summary, question):
    one, other = lab_of(seoul, question), lab_of(seoul, question, summary)
    setting = start(other)
    # trips may be counted from the tap-in, a summary only where its grid says so
    given = {"window_from": "alight"} if question == "transfers" else {}
    a, b = one.picture(setting | given, None), other.picture(setting, None)
    assert (a.sentence, a.numbers) == (b.sentence, b.numbers)
    if question != "off_peak":
        assert a.grid == b.grid and a.tips == b.tips
        assert (a.classes == b.classes).all()
    else:
        assert (b.classes == 255).all() and b.tips[0] == ["This answer is not counted by zone."]


def test_what_a_summary_cannot_answer_says_what_can(seoul, summary):
    for question, remedy in (("zones", "Open this question on the city"), ("passes", "cards=")):
        with pytest.raises(CourseError, match=remedy):
            labs.fare_questions(summary, question)
    counted = cards(seoul.rides, city=seoul, today=fares.SEOUL, modes=fares.CLIMATE_CARD_MODES)
    page = labs.fare_questions(summary, "passes", cards=counted)
    assert "buy the pass" in page.picture.sentence
    assert "reach the cap" in labs.fare_questions(summary, "cap", cards=counted).picture.sentence


def test_every_setting_of_every_slider_is_answered(seoul):
    for question in QUESTIONS:
        lab = lab_of(seoul, question)
        for control in lab.controls:
            ends = (
                [v for v, _ in control.options] if hasattr(control, "options")
                else [control.low, control.high]
            )  # fmt: skip
            for end in ends:
                try:
                    picture = lab.picture(start(lab) | {control.key: control.clean(end)}, None)
                except CourseError as error:
                    assert str(error).endswith("."), (question, control.key)
                    continue
                assert picture.sentence, (question, control.key, end)


def test_the_code_line_is_the_call_that_was_made(seoul):
    lab = lab_of(seoul, "transfers")
    setting = start(lab) | {"window_min": 45.0}
    journeys = fares.journeys(seoul)
    answer = eval(lab.picture(setting, None).code, {"fares": fares, "journeys": journeys})
    assert answer.sentence == lab.picture(setting, None).sentence


def test_an_unknown_question_lists_them(seoul):
    with pytest.raises(CourseError, match="years, distance, transfers"):
        labs.fare_questions(seoul, "weather")


def test_a_summary_opens_on_its_own_city_only(summary, tmp_path):
    path = summary.save(tmp_path / "day.npz")
    page = labs.fare_questions(str(path), "early")
    assert page._lab.city.id == "seoul"
    with pytest.raises(CourseError, match="zones and"):
        city_of(summary, City.open("mashhad"))
    nowhere = summarise(Part("seoul").rides, today=fares.SEOUL)
    with pytest.raises(CourseError, match="made without a city"):
        labs.fares(nowhere)


# --- the fare lab of module 10 on a summary -------------------------------------------------


@pytest.fixture(scope="module")
def pair(seoul, summary):
    return FareLab(seoul), FareLab(seoul, summary=summary)


@pytest.mark.parametrize("zone", [None, 0, 7, 24])
@pytest.mark.parametrize(
    "moved", [{}, {"base": 2000.0, "free_km": 3.0}, {"window_min": 0.0, "max_transfers": 1.0},
              {"low_income_discount_pct": 30.0, "elasticity": -0.9}],
)  # fmt: skip
def test_the_fare_lab_says_the_same_on_a_summary(pair, zone, moved):
    trips, summary = pair
    setting = start(trips) | moved
    chosen = None if zone is None else trips.choices[zone].id
    a, b = trips.picture(setting, chosen), summary.picture(setting, chosen)
    assert (a.sentence, a.numbers, a.tips, a.code) == (b.sentence, b.numbers, b.tips, b.code)
    assert (a.classes == b.classes).all() and a.chart_title == b.chart_title
    bands = len(summary.model.band_names)
    assert list(a.grid.cells)[:bands] == list(b.grid.cells)[:bands]
    if zone is None:
        assert a.grid == b.grid and a.chart == b.chart
    else:
        # inside a zone a summary knows income group 1 and all others together
        assert b.grid.cells[bands] == a.grid.cells[bands]
        assert b.grid.cells[bands + 1][0] == "income groups 2-5"
        counts = [int(r[1].replace(",", "")) for r in a.grid.cells[bands + 1 :]]
        assert int(b.grid.cells[bands + 1][1].replace(",", "")) == sum(counts)


def test_off_the_grid_the_page_keeps_its_picture_and_says_why(summary):
    page = labs.fares(summary)
    before = page.picture
    problem = page.set_setting({**page.setting, "window_min": 17}).problem
    assert "17 min" in problem and page.picture is before
    assert page.frame["problem"] == problem
    assert np.isfinite(page._lab.model.mean_today)


# --- pictures for lessons -------------------------------------------------------------------


def test_an_answer_becomes_a_map_and_a_chart(seoul):
    journeys = fares.journeys(seoul)
    answer = fares.transfers(journeys, window_min=10)
    figure = labs.answer_map(answer, seoul._city)
    assert answer.sentence in figure.html() and "SYNTHETIC" in figure.html()
    assert answer.sentence in labs.answer_chart(answer).html()
    line = labs.answer_chart(fares.ridership(journeys, fares.SEOUL.with_base(2000)))
    assert "by year" in line.html()
    with pytest.raises(CourseError, match="no picture of a str"):
        labs.answer_chart("answer")
    by_hour = fares.off_peak(fares.journeys(summarise(seoul.rides, today=fares.SEOUL)))
    with pytest.raises(CourseError, match="not counted by zone"):
        labs.answer_map(by_hour, seoul._city)
