"""What the browser tests of all labs share: a lab open in JupyterLab, and how it is read.

A test file says which code opens its lab and which state it reads, all of it in one go, so
that a half-changed page cannot hide::

    opened, page = lab_window.fixtures("night", OPEN, STATE, height=1900)
    settle = lab_window.settling(STATE)
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium

PICTURES = Path(__file__).with_name("pictures")
ROOT = ".kit-lab.kit-alive"
WIDTH, NARROW = 1366, 700
# The fill of the zones, read inside the map's own page.
FILLS = "() => window.courseMapState.layers.zones.parts.map(p => p.options.fillColor)"
# How much the map's canvases hold.
INK = """() => { let n = 0; document.querySelectorAll('canvas').forEach(c => {
  if (!c.width) return; const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  for (let i = 3; i < d.length; i += 400) if (d[i]) n++; }); return n; }"""
THEME = "t => window.jupyterapp.commands.execute('apputils:change-theme', {theme: t})"
_PAINTED = (
    "n => Number(document.querySelector('.kit-lab.kit-alive')?.dataset.painted ?? -1) > n"
    " && !document.querySelector('.kit-lab.is-waiting')"
)
# A lab that has asked says so after 300 ms: the page's own timers keep their order.
_A_WHILE = "() => new Promise(done => setTimeout(done, 350))"
_AT_REST = """() => { const r = document.querySelector('.kit-lab.kit-alive');
  return r.dataset.painted === r.dataset.shown && !r.classList.contains('is-waiting'); }"""
_NAME = "e => e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent"


def settling(state: str) -> Callable[..., dict[str, Any]]:
    """Return a function that waits until the lab is at rest, and reads what it shows."""

    def settle(page: Any, *, after: float = -1) -> Any:
        """Wait for an answer later than ``after``, and until no other one is to come."""
        at_rest(page, after=after)
        return page.evaluate(state)

    return settle


def at_rest(page: Any, *, after: float = -1) -> None:
    """Wait until the map has painted a later answer than ``after``, and the last one.

    One move of a hand asks twice: when it begins and when it is over. Who goes on after the
    first answer would take the second one for the answer to the next move.
    """
    page.wait_for_function(_PAINTED, arg=after)
    page.evaluate(_A_WHILE)
    page.wait_for_function(_AT_REST)


def open_lab(browser: Any, lab: Any, name: str, code: str, *, height: int) -> tuple[Any, Any, Any]:
    """Open a lab in a window of its own; return the window, the page and its log."""
    context = browser.new_context(viewport={"width": WIDTH, "height": height}, permissions=[])
    log = chromium.watch(context)
    lab.write(f"{name}.ipynb", [code])
    page = lab.open(context, f"{name}.ipynb")
    page.wait_for_selector(ROOT)
    return context, page, log


def fixtures(name: str, code: str, state: str, *, height: int) -> tuple[Any, Any]:
    """Return two fixtures: the lab opened once for a file, and the page at its first setting."""
    settle = settling(state)

    @pytest.fixture(scope="module")
    def opened(chromium_browser, jupyter_lab):
        """Return the page, its log and what it shows first; opened once for this file."""
        _, page, log = open_lab(chromium_browser, jupyter_lab, name, code, height=height)
        yield page, log, settle(page)
        jupyter_lab.close(page)

    @pytest.fixture()
    def page(opened):
        """Return the page with every control where it began."""
        page, log, _ = opened
        before = page.evaluate(state)["painted"]
        page.get_by_role("button", name="Reset").click()
        settle(page, after=before)
        yield page
        log.clean()

    return opened, page


def map_frame(page: Any) -> Any:
    """Return the map's own page."""
    return page.query_selector(f"{ROOT} iframe").content_frame()


def slider(page: Any, key: str) -> Any:
    """Return the slider of a control."""
    return page.locator(f"{ROOT} input[type=range][data-key={key}]")


def kept_for_looking(lab: str, name: str) -> Path:
    """Return where a picture is kept for looking at, outside the repository."""
    # a folder for each user: nobody may write over the files of another one
    folder = Path(tempfile.gettempdir()) / f"course-pictures-{getattr(os, 'getuid', int)()}"
    folder.mkdir(exist_ok=True)
    return folder / f"{lab}-{name}.png"


def last_record(page: Any, folder: Path, lab: str, **wanted: Any) -> dict[str, Any]:
    """Return the last record of a folder, once it is of a lab with these settings.

    The kernel writes it after it has answered the page.
    """
    file, last = folder / "lab_records.json", {}

    def there() -> bool:
        nonlocal last
        if file.exists():
            last = json.loads(file.read_text(encoding="utf-8"))[-1]
        setting = last.get("setting", {})
        return last.get("lab") == lab and all(setting.get(k) == v for k, v in wanted.items())

    for _ in range(200):
        if there():
            return last
        page.wait_for_timeout(200)
    raise AssertionError(last)


def tab_to(page: Any, key: str) -> None:
    """Reach a slider with the Tab key alone."""
    page.locator(f"{ROOT} input, {ROOT} button, {ROOT} select").first.focus()
    for _ in range(60):
        if page.evaluate("() => document.activeElement?.dataset?.key") == key and page.evaluate(
            "() => document.activeElement.type === 'range'"
        ):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {key}")


def in_the_dark(page: Any, path: Path) -> None:
    """Take a picture in the dark theme; the map follows there and back."""
    with themed(page, "JupyterLab Dark"):
        map_frame(page).wait_for_function("window.courseMapState.theme() === 'dark'")
        page.wait_for_timeout(600)
        page.screenshot(path=path)
    map_frame(page).wait_for_function("window.courseMapState.theme() === 'light'")


def in_a_narrow_window(page: Any, path: Path, *, height: int) -> float:
    """Take a picture 700 pixels wide; return how many pixels stand out at the side."""
    full = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": height})
    page.wait_for_timeout(600)
    over = page.locator(ROOT).evaluate("e => e.scrollWidth - e.clientWidth")
    page.screenshot(path=path)
    page.set_viewport_size(full)
    page.wait_for_timeout(300)
    return over


def every_control_has_a_name(page: Any) -> None:
    """Fail where a field or button says nothing to a screen reader."""
    for control in page.locator(f"{ROOT} input, {ROOT} button, {ROOT} summary").all():
        assert control.evaluate(_NAME).strip()


@contextmanager
def themed(page: Any, name: str) -> Iterator[None]:
    """Show JupyterLab in a theme for a while; it is light again for the tests that follow."""
    _change_theme(page, name)
    try:
        yield
    finally:
        _change_theme(page, "JupyterLab Light")


def _change_theme(page: Any, name: str) -> None:
    page.evaluate(THEME, name)
    theme_shown(page, name)


def theme_shown(page: Any, name: str) -> None:
    """Wait until JupyterLab stands in a theme, and may be given another one."""
    wanted = str("Light" in name).lower()
    page.wait_for_function("d => document.body.dataset.jpThemeLight === d", arg=wanted)
    # JupyterLab takes its splash away a moment later, by a timer; a second change before
    # that makes its two timers take away the same node, which is an error of the page
    page.wait_for_selector("#jupyterlab-splash", state="detached")
