"""The timer of the presentation day in a real browser, without a network."""

from __future__ import annotations

from pathlib import Path

from course.actionplan.rubric import load_rubric
from grading.plans.day import Turn, timer_page, write_text
from tests.module_runs import ROOT

RUBRIC = load_rubric(ROOT / "modules" / "13_action_plan" / "rubric.yml")


def test_the_timer_counts_down_and_a_key_hit_by_chance_loses_no_time(window, tmp_path: Path):
    context, log = window
    turns = [Turn(1, "a", "Team One", "<b>Plan"), Turn(2, "b", "Team Two", "")]
    file = write_text(tmp_path / "timer.html", timer_page(turns, RUBRIC))
    page = context.new_page()
    page.goto(file.as_uri())
    signs = {}
    for minutes in (7, 8, 9, 9.5, 10, 15):
        page.evaluate(f"begun=null;kept={minutes}*60;show()")
        signs[minutes] = page.inner_text("#sign")
    assert signs == {7: "", 8: "2 minutes left", 9: "1 minute left", 9.5: "1 minute left",
                     10: "Questions", 15: "Time is over"}  # fmt: skip
    page.evaluate("kept=200;show()")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#time") == "0:00" and page.inner_text("#title") == "Team Two"
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#time") == "3:20" and page.inner_text("#title") == "<b>Plan"
    log.clean()
