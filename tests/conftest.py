"""Shared fixtures: the real files that no user has, a clean state, the cities by turns."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SLOWER = ("slow", "browser", "nbgrader")  # in the order in which they run, after the fast ones
FIRST_CITY = "seoul"


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a cache and a state of its own, for this process and those it starts."""
    config.checks_failed = [n for n in os.environ.pop("COURSE_CHECKS_FAILED", "").split(",") if n]
    config.course_folder = tempfile.mkdtemp(prefix="course-tests-")
    # State and workspace are given anew to each test below; these are for what is shared.
    for name in ("cache", "state", "workspace"):
        os.environ[f"COURSE_{name.upper()}"] = os.path.join(config.course_folder, name)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the run has shared."""
    shutil.rmtree(config.course_folder, ignore_errors=True)


@pytest.hookimpl(trylast=True)  # folders below add markers first
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is quick first: most mistakes then show in the first minute."""
    items.sort(
        key=lambda item: sum(2**i for i, m in enumerate(SLOWER) if item.get_closest_marker(m))
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Remind of the checks that failed before the tests began."""
    if config.checks_failed:
        terminalreporter.section("checks")
        terminalreporter.line(f"FAILED before the tests: {', '.join(config.checks_failed)}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A failed check fails the run, though every test passes."""
    if session.config.checks_failed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``city_name`` on seoul and on one other city by turns.

    Which other one depends on the test's own name, so that all bundled cities get their
    turn across the tests. With ``COURSE_ALL_CITIES`` it runs on every bundled city.
    """
    if "city_name" not in metafunc.fixturenames:
        return
    names = sorted(path.parent.name for path in (ROOT / "datasets").glob("*/datapackage.json"))
    others = [name for name in names if name != FIRST_CITY]
    if not os.environ.get("COURSE_ALL_CITIES") and others:
        others = [others[sum(map(ord, metafunc.function.__name__)) % len(others)]]
    metafunc.parametrize("city_name", [FIRST_CITY, *others])


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
