"""Shared fixtures: the real files that no user has, and a clean state folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of real feeds and tables; fail in CI, skip elsewhere."""
    given = os.environ.get("COURSE_TEST_DATA")
    if given and Path(given).is_dir():
        return Path(given)
    reason = "set COURSE_TEST_DATA to the folder of real feeds and tables"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the user's own state, cache and workspace."""
    base = tmp_path_factory.mktemp("own")
    for name in ("COURSE_STATE", "COURSE_WORKSPACE"):
        monkeypatch.setenv(name, str(base / name.lower()))
    for name in ("COURSE_CITY", "COURSE_CITIES", "COURSE_TRAINEE", "COURSE_TEAM"):
        monkeypatch.delenv(name, raising=False)
