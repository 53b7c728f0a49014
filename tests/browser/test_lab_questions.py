"""Fare questions and the fare lab on a saved summary, in Chromium, by keyboard, offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from course import City, fares
from course.transport.summary_build import summarise
from tests.browser import chromium

PICTURES = Path(__file__).with_name("pictures")
ROOT = ".kit-lab.kit-alive"
STATE = """() => { const r = document.querySelector('.kit-lab.kit-alive'), t = s => r.querySelector(s)?.textContent;
  return {painted: Number(r.dataset.painted), numbers: t('.kit-numbers'), chart: r.querySelector('.kit-chart svg')?.outerHTML,
    sentence: t('.kit-sentence'), table: t('table'), code: r.querySelector('.kit-code').value,
    title: t('h2, h3, .kit-title'), picked: r.querySelector('.kit-pick input').value}; }"""  # noqa: E501
FILLS = "() => window.courseMapState.layers.zones.parts.map(p => p.options.fillColor)"


def settle(page, *, after: int = -1) -> dict:
    """Wait until the map has painted a later answer; return what is shown."""
    page.wait_for_function(
        "n => Number(document.querySelector('.kit-lab.kit-alive')?.dataset.painted ?? -1) > n"
        " && !document.querySelector('.kit-lab.is-waiting')",
        arg=after,
        timeout=60_000,
    )
    page.wait_for_timeout(250)
    return page.evaluate(STATE)


def map_frame(page):
    return page.query_selector(f"{ROOT} iframe").content_frame()


@pytest.fixture(scope="module")
def summary_file(tmp_path_factory):
    """Return a small summary of Seoul on disk."""
    city = City.open("seoul")
    rides = city.rides.head(40_000)
    path = tmp_path_factory.mktemp("summary") / "day.npz"
    return summarise(rides, today=fares.SEOUL, city=city).save(path)


def opened(chromium_browser, jupyter_lab, name: str, code: str):
    context = chromium_browser.new_context(viewport={"width": 1366, "height": 1640}, permissions=[])
    log = chromium.watch(context)
    jupyter_lab.write(f"{name}.ipynb", [code])
    page = jupyter_lab.open(context, f"{name}.ipynb")
    page.wait_for_selector(ROOT, timeout=120_000)
    return context, page, log, settle(page)


def tab_to(page, key: str) -> None:
    """Reach a slider with the Tab key alone."""
    page.locator(f"{ROOT} input, {ROOT} button, {ROOT} select").first.focus()
    for _ in range(60):
        if page.evaluate("() => document.activeElement?.dataset?.key") == key and page.evaluate(
            "() => document.activeElement.type === 'range'"
        ):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {key}")


def test_the_fare_lab_on_a_summary_by_keyboard(chromium_browser, jupyter_lab, summary_file):
    context, page, log, first = opened(
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
    context.close()


@pytest.mark.parametrize(
    ("question", "key"),
    [("transfers", "window_min"), ("groups", "youth"), ("nobody", "step_price")],
)
def test_a_question_by_keyboard(chromium_browser, jupyter_lab, summary_file, question, key):
    context, page, log, first = opened(
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
    context.close()
