"""Fare questions and the fare lab on a saved summary, in Chromium, by keyboard, offline."""

from __future__ import annotations

import pytest

from course import City, fares
from course.transport.summary_build import summarise
from tests.browser import lab_window
from tests.browser.lab_window import FILLS, PICTURES, map_frame, tab_to

STATE = """() => { const r = document.querySelector('.kit-lab.kit-alive'), t = s => r.querySelector(s)?.textContent;
  return {painted: Number(r.dataset.painted), numbers: t('.kit-numbers'), chart: r.querySelector('.kit-chart svg')?.outerHTML,
    sentence: t('.kit-sentence'), table: t('table'), code: r.querySelector('.kit-code').value,
    title: t('h2, h3, .kit-title'), picked: r.querySelector('.kit-pick input').value}; }"""  # noqa: E501
settle = lab_window.settling(STATE)


@pytest.fixture(scope="module")
def summary_file(tmp_path_factory):
    """Return a small summary of Seoul on disk."""
    city = City.open("seoul")
    rides = city.rides.head(40_000)
    path = tmp_path_factory.mktemp("summary") / "day.npz"
    return summarise(rides, today=fares.SEOUL, city=city).save(path)


def opened(chromium_browser, jupyter_lab, name: str, code: str):
    _, page, log = lab_window.open_lab(chromium_browser, jupyter_lab, name, code, height=1640)
    return page, log, settle(page)


def test_the_fare_lab_on_a_summary_by_keyboard(chromium_browser, jupyter_lab, summary_file):
    page, log, first = opened(
        chromium_browser, jupyter_lab, "summary",
        f"from course import labs\nlabs.fares({str(summary_file)!r})",
    )  # fmt: skip
    assert "Revenue" in first["numbers"] and "fares.FarePolicy.distance(" in first["code"]
    fills = map_frame(page).evaluate(FILLS)
    tab_to(page, "base")
    page.keyboard.press("PageUp")
    after = settle(page, after=first["painted"])
    for what in ("numbers", "chart", "sentence", "table", "code"):
        assert after[what] != first[what], what
    assert map_frame(page).evaluate(FILLS) != fills
    box = page.locator(".kit-pick input")
    box.focus()
    page.keyboard.type("gangnam")
    page.keyboard.press("Enter")
    picked = settle(page, after=after["painted"])
    assert "Gangnam" in picked["sentence"] and "groups 2-5" in picked["table"]
    page.screenshot(path=PICTURES / "lab-summary.png")
    page.keyboard.press("Escape")
    assert "Gangnam" not in settle(page, after=picked["painted"])["sentence"][:20]
    log.clean()
    jupyter_lab.close(page)


@pytest.mark.parametrize(
    ("question", "key"),
    [("transfers", "window_min"), ("groups", "youth"), ("nobody", "step_price")],
)
def test_a_question_by_keyboard(chromium_browser, jupyter_lab, summary_file, question, key):
    page, log, first = opened(
        chromium_browser, jupyter_lab, f"question-{question}",
        f"from course import labs\nlabs.fare_questions({str(summary_file)!r}, {question!r})",
    )  # fmt: skip
    tab_to(page, key)
    page.keyboard.press("End")
    after = settle(page, after=first["painted"])
    for what in ("numbers", "sentence", "table", "code"):
        assert after[what] != first[what], what
    assert after["code"].startswith("fares.")
    page.screenshot(path=PICTURES / f"lab-question-{question}.png")
    log.clean()
    jupyter_lab.close(page)
