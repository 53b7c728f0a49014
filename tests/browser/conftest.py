"""Shared by all browser tests: one Chromium and one JupyterLab per session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import chromium, jupyter


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def jupyter_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[jupyter.Lab]:
    """Return a running JupyterLab on an empty folder."""
    folder = tmp_path_factory.mktemp("lab") / "work"
    folder.mkdir()
    own = {
        "COURSE_STATE": str(folder.parent / "state"),
        "COURSE_WORKSPACE": str(folder),
        "COURSE_TRAINEE": "guest",
    }
    with jupyter.running(folder, environment=own) as lab:
        yield lab


@pytest.fixture()
def window(chromium_browser: Any) -> Iterator[tuple[Any, chromium.Log]]:
    """Return a window of usual size without a network, and what it asked for."""
    context = chromium_browser.new_context(viewport={"width": 1366, "height": 900})
    log = chromium.watch(context)
    yield context, log
    context.close()
