"""A test in JupyterLab by keyboard alone: letter, Shift and Enter, a calm reply."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from tests.browser import chromium, jupyter, lab_window
from tests.key_cases import MODULES

OVERFLOW = """() => [...document.querySelectorAll('.jp-OutputArea section')]
  .filter(e => e.scrollWidth > e.clientWidth + 1).length"""


@pytest.fixture(scope="module")
def page(jupyter_lab: jupyter.Lab, chromium_browser: Any):
    """Return the pre-test after Run All, and what the browser asked for."""
    folder = jupyter_lab.folder / "90_pre_test"
    folder.mkdir()
    for name in ("exercises.ipynb", "module.yml"):
        shutil.copy(MODULES / "90_pre_test" / name, folder)
    context = chromium_browser.new_context(viewport={"width": 1366, "height": 900})
    log = chromium.watch(context)
    made = jupyter_lab.open(context, "90_pre_test/exercises.ipynb")
    made.wait_for_selector("text=0 of 20 questions are answered", timeout=120_000)
    yield made, log, folder
    jupyter_lab.close(made)


def typed(page: Any, question: str, letter: str) -> None:
    """Write between the quotes of an answer cell and run it."""
    cell = page.locator(".jp-CodeCell", has_text=f'answer("{question}"').first
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-line").first.click()
    for key in ("End", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    page.keyboard.type(letter)
    page.keyboard.press("Shift+Enter")


def test_a_letter_by_keyboard_is_received(page: Any):
    made, log, folder = page
    typed(made, "m90_outcome", "b")
    made.wait_for_selector("text=Received. b:", timeout=60_000)
    made.wait_for_selector("text=You can change it; the latest answer counts.")
    typed(made, "m90_workload", "x")
    made.wait_for_selector("text=Form is not right yet", timeout=60_000)
    reply = made.locator("section[role=status]", has_text="Received.").first
    assert reply.get_attribute("aria-label") == "1. Four numbers in a report"
    kept = json.loads((folder / "answers.json").read_text(encoding="utf-8"))["answers"]
    assert [(r["question"], r["value"]) for r in kept] == [("m90_outcome", "b"),
                                                          ("m90_workload", "x")]  # fmt: skip
    log.clean()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [1366, 700])
def test_questions_fit_on_a_narrow_and_on_a_dark_page(page: Any, theme: str, width: int):
    made, log, _ = page
    made.set_viewport_size({"width": width, "height": 900})
    with lab_window.themed(made, theme):
        assert made.locator("section[aria-label^='Question ']").count() == 20
        assert made.evaluate(OVERFLOW) == 0
    log.clean()
