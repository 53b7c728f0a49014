"""What the desk says is next, in each state of a module: one step, one strong button."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import jinja2
import pytest

from grading.desk import pages_module, pages_today
from grading.desk.jobs import Job
from grading.desk.next_step import Station, of_day, of_module
from grading.desk.service import _TEMPLATES
from grading.desk.standing import Row, Standing

NOW = datetime.now(UTC)  # the pages ask the clock
DUE = datetime(2027, 4, 8, 12, 0, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(hours=2), NOW + timedelta(hours=2)
MODULE, FORMGRADER = "10_integrated_fares", "/services/smartcity/formgrader/gradebook"


def row(student="ana", **given):
    return Row(student, student.title(), MODULE, **given)


def standing(*rows, state="open", module=MODULE, closed=None, due=None):
    return Standing(module, f"Title of {module}", state, due, closed, rows)


NEW, BEGUN, FETCHED = row(), row("ben", started="begun"), row("cem", started="fetched")
CAME = row(handed_in=EARLIER, to_collect=True)
AGAIN = row(handed_in=EARLIER, to_collect=True, scored=True, feedback="out")
UNSCORED = row(handed_in=EARLIER)
TO_MARK = row(handed_in=EARLIER, scored=True, to_mark=1)
MARKED = row(handed_in=EARLIER, scored=True)
OLDER = row(handed_in=EARLIER, scored=True, feedback="older")
WAITING = row(handed_in=EARLIER, scored=True, waiting=2, feedback="out")
DONE = row(handed_in=EARLIER, scored=True, feedback="out")
FUTURE = row("dov", handed_in=LATER, to_collect=True)

STATES = [
    # state, rows, what is next, its button, what it says
    ("new", [NEW], Station.RELEASE, "Release", "do not see it"),
    ("open", [], Station.WAIT, "Look again", "Nobody is on the roster yet."),
    ("open", [NEW], Station.WAIT, "Look again", "Nobody was seen to fetch it or to begin."),
    ("open", [NEW, BEGUN, FETCHED], Station.WAIT, "Look again",
     "1 of 3 have begun to answer, 1 more have fetched it. Nobody has handed in."),
    ("open", [CAME, BEGUN], Station.COLLECT, "Collect and score", "1 of 2 have handed in."),
    ("open", [AGAIN], Station.COLLECT, "Collect and score", ""),
    ("open", [UNSCORED, DONE], Station.COLLECT, "Collect and score", "All 2"),
    ("open", [CAME, TO_MARK], Station.COLLECT, "Collect and score", ""),
    ("open", [TO_MARK, MARKED], Station.MARK, "Mark by hand (new tab)", "Written answers"),
    ("open", [MARKED, WAITING], Station.FEEDBACK, "Release feedback", "still waits"),
    ("open", [OLDER, DONE], Station.FEEDBACK, "Release feedback", "tell the trainees"),
    ("open", [WAITING, DONE], Station.PENDING, "Collect and score", "hub as-host city list"),
    ("open", [DONE, BEGUN], Station.EXPORT, "Save the points to a file", "What comes later"),
    ("open", [DONE], Station.EXPORT, "Save the points to a file", ""),
    ("closed", [CAME], Station.COLLECT, "Collect and score", ""),
    ("closed", [DONE, NEW], Station.EXPORT, "Save the points to a file", "1 of 2 have handed in."),
    ("closed", [NEW], Station.CLOSED, "Open again", "more time"),
    # names in the exchange that no collection takes must not hold the evening up
    ("open", [FUTURE, NEW], Station.WAIT, "Look again", "1 hand-in lies in the exchange"),
    ("open", [FUTURE, DONE], Station.EXPORT, "Save the points to a file", "cannot be collected"),
]  # fmt: skip
IDS = [f"{n:02d} {state} {what.name}" for n, (state, _, what, *_) in enumerate(STATES)]


@pytest.mark.parametrize(("state", "rows", "station", "label", "words"), STATES, ids=IDS)
def test_each_state_has_its_step_and_its_page_one_strong_button(state, rows, station, label, words):
    found = standing(*rows, state=state, closed=NOW if state == "closed" else None)
    step = of_module(found, formgrader=FORMGRADER, on_hub=True, now=NOW)
    assert (step.station, step.label) == (station, label)
    assert words in step.words and step.words == " ".join(step.words.split())
    assert [bool(step.post), bool(step.link), bool(step.outside)].count(True) == 1
    page = html("module", pages_module.module(found, [], [], formgrader=FORMGRADER, on_hub=True))
    assert strong(page) == [label]
    assert page.count(">Collect and score<") == (0 if state == "new" else 1)


def html(name, context):
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.ChainableUndefined,
    )  # fmt: skip
    frame = {"base": "/", "here_path": f"/module/{MODULE}", "formgrader": "x", "on_hub": True}
    return made.get_template(f"{name}.html").render({**frame, **context})


def strong(page):
    return re.findall(r'<(?:button|a)[^>]*class="(?:button )?first"[^>]*>([^<]+)<', page)


def test_what_a_collection_passed_by_or_came_after_closing_waits_for_nobody():
    found = standing(CAME, DONE)
    assert of_module(found, collected=NOW, now=NOW).station is Station.EXPORT
    assert of_module(found, collected=EARLIER - timedelta(1), now=NOW).station is Station.COLLECT
    closed = EARLIER - timedelta(hours=1)
    late = standing(CAME, DONE, state="closed", closed=closed)
    assert of_module(late, now=NOW).station is Station.EXPORT
    extended = standing(row(handed_in=EARLIER, to_collect=True, until=NOW), state="closed",
                        closed=closed)  # fmt: skip
    assert of_module(extended, now=NOW).station is Station.COLLECT


def test_without_a_hub_the_desk_does_not_speak_of_what_it_cannot_see():
    words = of_module(standing(NEW, due=DUE), now=NOW).words
    assert "on a hub only" in words and "2027-04-08 21:00" in words
    step = of_module(standing(TO_MARK), now=NOW)
    assert "nbgrader formgrader" in step.words and step.link == f"module/{MODULE}"


def test_the_day_shows_the_module_that_needs_a_person_most():
    new, waits = standing(state="new", module="01_a"), standing(NEW, module="02_b")
    marks, came = standing(TO_MARK, module="03_c"), standing(CAME, module="04_d")
    done = standing(DONE, module="05_e")
    order = [came, marks, waits, done, new]
    for n in range(len(order) - 1):
        step = of_day(reversed(order[n:]), formgrader=FORMGRADER, on_hub=True, now=NOW)
        assert order[n].title in step.words, n
    assert of_day([done, new], now=NOW).title == "Nothing waits for you"
    step = of_day([new, standing(state="new", module="02_b")], now=NOW)
    assert (step.label, step.link) == ("Open: Title of 01_a", "module/01_a")
    closed = of_day([standing(NEW, state="closed", closed=NOW)], now=NOW)
    assert not closed.post, "the first page opens nothing again by itself"


def test_while_work_runs_the_strong_button_watches_it(tmp_path, monkeypatch):
    job = Job("x-1", "collect", MODULE, [], "inga", NOW.isoformat(), tmp_path)
    monkeypatch.setattr("grading.desk.jobs.is_held", lambda _: True)
    page = html("module", pages_module.module(standing(CAME), [job], [], formgrader="",
                                              on_hub=True))  # fmt: skip
    assert strong(page) == ["Watch it"] and page.count(">Collect and score<") == 1
    today = pages_today.today(
        [standing(CAME), standing(TO_MARK, module="03_c")], [job], formgrader=FORMGRADER,
        people=2, on_hub=True,
    )  # fmt: skip
    assert today["next"].station is Station.MARK
    assert "Collect and score, 10_integrated_fares is running" in html("today", today)


@pytest.mark.parametrize(("on_hub", "line"), [(True, "sudo python3 -m grading hub as-host score"),
                                              (False, "python3 -m grading score")])  # fmt: skip
def test_how_notebooks_are_run_again_stands_on_the_page(on_hub, line):
    made = pages_module.module(standing(DONE), [], [], formgrader="", on_hub=on_hub)
    assert f">{line} {MODULE} --reproduce<" in html("module", {**made, "on_hub": on_hub})
