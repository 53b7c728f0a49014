"""Shared fixtures: the real files that no user has, a clean state, the cities by turns."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

from course.city.pack import City
from tests.browser import chromium
from tests.cities_by_turns import add_feed, by_turns, is_feed

# Tests that share what is dear to make: the week of 15 simulated trainees, the attacked hub.
TOGETHER = {
    "week": ("tests/test_demo_week.py", "tests/test_backup_week.py",
             "tests/browser/test_demo_folder.py"),
    "attacks": ("tests/hub_attacks/",),
}  # fmt: skip
# What takes minutes begins first among the slow, so that no process waits for another at the end.
LONG = (
    *TOGETHER["week"], "tests/hub_attacks/", "tests/test_chain_on_cities.py",
    "tests/test_many_kills.py", "tests/test_hub_by_command.py", "tests/notebooks/",
    "tests/browser/test_hub_evening.py", "tests/test_hub_kills.py", "tests/test_many_postgres.py",
    "tests/test_hub_load.py", "tests/test_hub_core.py", "tests/test_module_new.py",
)  # fmt: skip
SLOWER = ("slow", "browser", "nbgrader")  # in the order in which they run, after the fast ones


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a cache and a state of its own, for this process and those it starts."""
    config.checks_failed = [n for n in os.environ.pop("COURSE_CHECKS_FAILED", "").split(",") if n]
    config.course_folder = tempfile.mkdtemp(prefix="course-tests-")
    # State and workspace are given anew to each test below; these are for what is shared.
    # The processes of one run share the cache: what one has synthesised the others read.
    shared = hasattr(config, "workerinput") and bool(os.environ.get("COURSE_CACHE"))
    for name in ("state", "workspace") if shared else ("cache", "state", "workspace"):
        os.environ[f"COURSE_{name.upper()}"] = os.path.join(config.course_folder, name)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the run has shared."""
    shutil.rmtree(config.course_folder, ignore_errors=True)


# A law is true or false; how long one case takes on a busy machine says nothing about it.
settings.register_profile("course", deadline=None)
settings.load_profile("course")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep each file in one process, and all that share something dear in one too."""
    from xdist.scheduler import LoadFileScheduling

    class ByRoom(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::", 1)[0]
            return next((room for room in TOGETHER if path.startswith(TOGETHER[room])), path)

    return ByRoom(config, log)


@pytest.hookimpl(trylast=True)  # folders below add markers first
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is quick first: most mistakes then show in the first minute."""

    def turn(item: pytest.Item) -> tuple[int, int]:
        slow = sum(2**i for i, m in enumerate(SLOWER) if item.get_closest_marker(m))
        long = next((i for i, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG))
        return (slow, 0) if not slow else (1, long) if long < len(LONG) else (1 + slow, 0)

    items.sort(key=turn)


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
    """Run a test that asks for ``city_name`` on seoul and on one other bundled city."""
    if "city_name" in metafunc.fixturenames:
        metafunc.parametrize("city_name", by_turns(metafunc.function.__name__))


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of real feeds and tables; fail in CI, skip elsewhere."""
    return _test_data()


def _test_data() -> Path:
    given = os.environ.get("COURSE_TEST_DATA")
    if given and Path(given).is_dir():
        return Path(given)
    reason = "set COURSE_TEST_DATA to the folder of real feeds and tables"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Any]:
    """Return Chromium, one a process; without it tests fail in CI and are skipped elsewhere."""
    if chromium.executable() is None:
        reason = "Chromium is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with chromium.browser() as started:
        yield started


@pytest.fixture(scope="session")
def city_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], City]:
    """Return a function that opens a city; a feed is imported when it is first asked for."""
    where = tmp_path_factory.mktemp("cities")

    @cache
    def opened(name: str) -> City:
        return City.open(str(add_feed(name, _test_data(), where)) if is_feed(name) else name)

    return opened


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the user's own state, cache and workspace."""
    base = tmp_path_factory.mktemp("own")
    for name in ("COURSE_STATE", "COURSE_WORKSPACE"):
        monkeypatch.setenv(name, str(base / name.lower()))
    for name in ("COURSE_CITY", "COURSE_CITIES", "COURSE_TRAINEE", "COURSE_TEAM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def simulated_week(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> SimpleNamespace:
    """Return the demo of the whole week and the year after it, run once.

    With ``state, week, closing, year`` as `grading.demo` gives them, and ``store``, the
    file of the follow-up. Nothing may be changed in it; tests work on copies.
    """
    from course.paths import ROOT
    from grading.demo import closing, following, show, training
    from grading.demo.week import throw_away_state

    for item in request.session.items:  # made once, whatever the number of processes
        if "simulated_week" in getattr(item, "fixturenames", ()):
            assert item.path.relative_to(ROOT).as_posix() in TOGETHER["week"], item.nodeid
    out = tmp_path_factory.mktemp("week")
    with throw_away_state(out, ROOT) as state:
        week = training.week(state, out, 15, workers=2, say=lambda line: None)
        closed = closing.close(state, week, workers=2, say=lambda line: None)
        year = following.follow(state, week, say=lambda line: None)
        show.write(week, closed, year)
    store = str(next((out / "state").rglob("followup.db")))
    return SimpleNamespace(state=state, week=week, closing=closed, year=year, store=store)
