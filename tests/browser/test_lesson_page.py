"""The whole lesson as an exported page: every map and chart draws with the cable pulled."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from course.display import export
from tests.browser import chromium
from tests.browser.test_figures import inked

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "modules" / "10_integrated_fares"
PICTURE = Path(__file__).with_name("pictures") / "lesson.png"


@pytest.fixture()
def executed_lesson(city_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the lesson after all its cells ran on one city."""
    for name in ("lesson.ipynb", "module.yml"):
        shutil.copy(MODULE / name, tmp_path)
    monkeypatch.setenv("COURSE_CITY", city_name)
    monkeypatch.setenv("COURSE_TILES", "off")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = tmp_path / "lesson.ipynb"
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    nbformat.write(book, path)
    return path


def test_the_exported_lesson_draws_without_a_network(
    city_name: str, executed_lesson: Path, chromium_browser: Any
):
    page_file = export.write_html(executed_lesson, executed_lesson.with_suffix(".html"))
    # frames out of sight are not painted: a window as high as the page shows all of it
    context = chromium_browser.new_context(viewport={"width": 1100, "height": 12_000})
    log = chromium.watch(context)
    page = context.new_page()
    page.goto(page_file.as_uri())
    frame = page.query_selector("iframe.kit-map").content_frame()
    frame.wait_for_selector("canvas", state="attached", timeout=60_000)
    inked(frame, 100)
    assert frame.locator(".kit-legend-row").count() >= 5
    charts = page.locator("figure.kit svg[role=img]")
    assert charts.count() >= 2
    assert all(chart.get_attribute("aria-label") for chart in charts.all())
    still = page.locator(".kit-still-form")
    assert still.count() >= 4
    assert all(form.is_visible() for form in still.all())
    assert "Error displaying widget" not in page.inner_text("body")
    assert "SYNTHETIC" in page.inner_text("body")
    log.clean()
    if city_name == "seoul":
        first = page.get_by_role("heading", name="8 A new tariff").bounding_box()
        page.screenshot(
            path=PICTURE,
            clip={"x": 0, "y": first["y"] - 20, "width": 1100, "height": 900},
            full_page=True,
        )
    context.close()
