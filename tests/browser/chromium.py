"""Chromium without a network: every request and every page error is written down."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 120_000  # for what has to come; the machine may be busy with other tests
_LOCAL = {"127.0.0.1", "localhost", "[::1]", ""}


def executable() -> str | None:
    """Return the browser to drive: ``COURSE_CHROMIUM`` or what the system has."""
    given = os.environ.get("COURSE_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome")
    return given or next((p for p in map(shutil.which, names) if p), None)


@dataclass
class Log:
    """What a page asked for and what went wrong."""

    external: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def clean(self) -> None:
        """Fail with the list of everything that should not have happened."""
        assert not self.external, f"asked another server: {self.external}"
        assert not self.failed, f"requests failed: {self.failed}"
        assert not self.errors, f"page errors: {self.errors}"


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about", "file") or (parts.hostname or "") in _LOCAL


def watch(context: Any) -> Log:
    """Cut a browser context off every server but this machine and log it; make it patient."""
    log = Log()
    context.set_default_timeout(PATIENCE_MS)

    def check(route: Any) -> None:
        if _is_local(route.request.url):
            route.continue_()
        else:
            log.external.append(route.request.url)
            route.abort()

    context.route("**/*", check)
    context.on(
        "requestfailed",
        # the page itself ends requests when it is left; that is no failure
        lambda r: (
            None
            if _is_local(r.url) and "ERR_ABORTED" in (r.failure or "")
            else log.failed.append(f"{r.url} {r.failure}")
        ),
    )
    context.on("weberror", lambda e: log.errors.append(str(e.error)))
    return log


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
        try:
            yield chromium
        finally:
            chromium.close()


def open_file(context: Any, path: Path) -> Any:
    """Open an HTML file from disk and wait until it stands."""
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    return page
