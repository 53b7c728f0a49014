"""The instructor's evening, start to end, by browser only, on a real hub.

Release, three trainees fetch, answer and hand in, collect and score, mark the written answers
in the formgrader, release the feedback, a trainee reads it, the points are exported. The people
are tests; their names say so.
"""

from __future__ import annotations

import csv
import io

import pytest

from tests.browser.hub_evening import MODULE, Instructor, Trainee
from tests.hub_running import PASSWORD, running_hub

pytestmark = [pytest.mark.slow, pytest.mark.nbgrader]
COMMENT = "A clear choice with a number of your own. Say what the rider can do."
PEOPLE = [
    {"student_id": "ana-test", "name": "Test Ana", "city": "Seoul"},
    {"student_id": "ben-test", "name": "시험 벤", "city": "Seoul"},
    {"student_id": "cem-test", "name": "Test <img src=x onerror=alert(1)>", "city": "Seoul"},
]
TEXT = "We keep one fare. 12 % of the trips get dearer; who rides far pays more."


def right_price(student: str) -> int:
    """Return the price of a student's own trip, as the lesson's call gives it."""
    from tests.desk_course import right

    return int(right(student))


def test_an_evening(chromium_browser, tmp_path):
    with running_hub(tmp_path, PEOPLE) as hub:
        inga = Instructor(chromium_browser, hub.address, "inga-test")
        trainees = [Trainee(chromium_browser, hub.address, p["student_id"]) for p in PEOPLE]
        ana, _, cem = trainees

        # the trainees' servers start while the instructor releases the module
        for trainee in trainees:
            trainee.sign_in(PASSWORD)
        inga.sign_in(PASSWORD)
        inga.open_desk()
        inga.picture("desk_before")
        inga.go_to_module()
        assert f"{MODULE} is released" in inga.do("Release")

        # each trainee fetches, types, hands in; ana is right at the second try, ben never
        prices = {t.name: right_price(t.name) for t in trainees}
        tries = {
            "ana-test": [prices["ana-test"] + 550, prices["ana-test"]],
            "ben-test": [101, 102, 103],
            "cem-test": [prices["cem-test"]],
        }
        for trainee in trainees:
            trainee.wait_for_lab()
            trainee.fetch()
            if trainee is ana:
                ana.picture("assignments")
            trainee.open_exercises()
        for trainee in trainees:
            for value in tries[trainee.name]:
                trainee.answer("m10_trip", value)
            if trainee is ana:
                ana.picture("answers")
            trainee.write(TEXT)
            trainee.save()
            trainee.hand_in()

        # collect and score from the desk; the page tells who is stuck
        inga.go_to_module()
        assert "3 hand-ins are here" in inga.do("Collect and score")
        inga.go_to_module()
        inga.picture("desk_module")
        told = inga.page.inner_text("main")
        assert "3 of 3" in told and "Test <img src=x onerror=alert(1)>" in told
        inga.page.click("a:has-text('Questions')")
        inga.page.wait_for_selector("h1:has-text('Questions')")
        inga.picture("desk_questions")
        told = inga.page.inner_text(".question >> nth=0")
        assert "Stuck: ben-test" in told and "right in the end" in told
        assert not any(str(price) in told for price in prices.values()), "no right answer"

        # the written answers, by hand, in the formgrader's own tab
        inga.go_to_module()
        formgrader = inga.formgrader()
        for number, points in enumerate((4, 3, 2)):
            listing = formgrader.url
            inga.mark(formgrader, number, points, COMMENT)
            if number == 0:
                inga.picture("formgrader", formgrader)
            formgrader.goto(listing)
        inga.go_to_module()
        assert "Feedback of 3 trainees is out" in inga.do("Release feedback")

        # ana reads it
        ana.fetch_feedback()
        ana.picture("feedback_list")
        told = ana.read_feedback()
        ana.picture("feedback")
        assert COMMENT in told and "Right." in told and str(prices["ana-test"]) in told

        # the table to take away is the gradebook
        inga.page.goto(inga.desk)
        inga.page.wait_for_selector("h1:has-text('Today')")
        inga.picture("desk")
        inga.page.click("a:has-text('Export')")
        with inga.page.expect_download() as taken:
            inga.page.click("a:has-text('Points of all modules')")
        text = taken.value.path().read_text(encoding="utf-8")
        rows = {r["student_id"]: r for r in csv.DictReader(io.StringIO(text))}
        assert {s: r["m10_trip"] for s, r in rows.items()} == {
            "ana-test": "1.0", "ben-test": "0.0", "cem-test": "1.0"
        }  # fmt: skip
        assert sorted(r["m10_written"] for r in rows.values()) == ["2.0", "3.0", "4.0"]
        assert text == _exported_by_command(hub)

        # a trainee has no business here
        answer = cem.page.goto(inga.desk)
        assert answer.status == 403
        for visitor in (inga, *trainees):
            visitor.close()


def _exported_by_command(hub) -> str:
    from grading.paperwork import export

    return export(hub.state, hub.folder.base / "points.csv").read_text(encoding="utf-8")
