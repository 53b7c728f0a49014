"""People at their browsers on a hub: a trainee in JupyterLab, an instructor at the desk.

Every step is what a person does: a page opened, a button clicked, a word typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import TimeoutError

from tests.browser import chromium

PATIENCE_MS = 240_000
MODULE = "10_integrated_fares"
LISTS = "[id$=_assignments_list]"  # released, fetched, submitted
PICTURES = Path(__file__).resolve().parent / "pictures"


class Visitor:
    """Somebody with a browser window of their own, cut off every server but the hub."""

    def __init__(self, browser: Any, address: str, name: str, *, height: int = 860) -> None:
        self.address, self.name = address, name
        self.context = browser.new_context(
            viewport={"width": 1280, "height": height}, accept_downloads=True
        )
        self.log = chromium.watch(self.context)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()

    def sign_in(self, password: str) -> None:
        """Type name and password."""
        self.page.goto(f"{self.address}/hub/login")
        self.page.fill("input[name=username]", self.name)
        self.page.fill("input[name=password]", password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/hub/login" not in url)

    def picture(self, name: str, page: Any = None) -> None:
        """Keep what is on the screen."""
        page = page or self.page
        page.wait_for_load_state("load")
        page.wait_for_timeout(300)  # a font is asked for when the first letters are drawn
        page.wait_for_function("[...document.fonts].every(font => font.status !== 'loading')")
        page.screenshot(path=PICTURES / f"hub_{name}.png")

    def close(self) -> None:
        """Close the window; nothing may have asked another server."""
        self.context.close()
        assert not self.log.external, self.log.external


class Trainee(Visitor):
    """A trainee in JupyterLab."""

    def wait_for_lab(self) -> None:
        """Wait until the person's own server stands and shows the course's first page."""
        self.page.wait_for_url("**/lab/**")
        self.page.wait_for_selector(".jp-RenderedMarkdown h1:visible")

    def open_list(self) -> None:
        """Open the list of assignments from the menu, or go back to its tab."""
        tab = self.page.locator(".lm-TabBar-tabLabel", has_text="Assignments")
        if not tab.count():
            self.page.click(".lm-MenuBar-itemLabel:has-text('Nbgrader')")
            self.page.click(".lm-Menu-itemLabel:has-text('Assignment List')")
            tab.wait_for()
        tab.click()

    def click_in_list(self, what: str, **more: Any) -> None:
        """Click the first of something that the list shows."""
        self._in_list(what, more, lambda found: found.click(timeout=5000))

    def wait_in_list(self, what: str, *, lists: str = LISTS, **more: Any) -> None:
        """Wait until the list shows something."""
        self._in_list(what, more, lambda found: found.wait_for(timeout=5000), lists)

    def _in_list(
        self, what: str, more: dict[str, Any], do: Callable[[Any], None], lists: str = LISTS
    ) -> None:
        """Do something in the list; a page that opens late may come in front of it."""
        found = self.page.locator(f"{lists} {what}:visible", **more).first
        for _ in range(PATIENCE_MS // 5000):
            self.open_list()
            with suppress(TimeoutError):
                return do(found)
        raise AssertionError(f"{what} {more} is not in the list of {self.name}")

    def fetch(self) -> None:
        """Fetch the module."""
        self.click_in_list("button", has_text="Fetch")
        self.wait_in_list("button", has_text="Submit")

    def open_exercises(self) -> None:
        """Open the notebook from the list and run its first cell."""
        self.click_in_list("a", has_text=MODULE)
        self.click_in_list("a", has_text=re.compile("^exercises$"))
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        # what is run before the kernel answers is lost; the page tells trainees to wait
        self.page.wait_for_function(
            "document.querySelector('#jp-main-statusbar')?.innerText.includes('| Idle')"
        )
        self._into(self._code("city = City.open()"))
        self.page.keyboard.press("Shift+Enter")

    def answer(self, question: str, value: Any) -> None:
        """Type an answer into the work cell, run it and the answer cell, wait for the note."""
        work = self._code(f"{question} = ")
        self._into(work)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(f"{question} = {value!r}")
        self.page.keyboard.press("Shift+Enter")
        said = self._code(f'answer("{question}", {question})')
        self.page.keyboard.press("Shift+Enter")
        noted = f"{value:,}" if isinstance(value, int) else str(value)
        said.locator(".jp-OutputArea-output", has_text=f"Noted: {noted}").first.wait_for()

    def write(self, text: str) -> None:
        """Type the written answer in place of the line that asks for it."""
        cell = self.page.locator(".jp-MarkdownCell", has_text="in place of this line").first
        cell.scroll_into_view_if_needed()
        cell.dblclick()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Shift+Enter")

    def save(self) -> None:
        """Save the notebook and wait until its tab has no mark of change."""
        self.page.keyboard.press("Control+s")
        self.page.wait_for_selector(
            ".lm-TabBar-tab.lm-mod-current:has-text('exercises'):not(.jp-mod-dirty)"
        )

    def hand_in(self) -> None:
        """Click Submit and wait for the line of the hand-in."""
        self.click_in_list("button", has_text="Submit")
        self.wait_in_list(".list_item", lists="#submitted_assignments_list", has_text=MODULE)

    def fetch_feedback(self) -> None:
        """Click what the list shows once feedback is there, after refreshing it."""
        self.click_in_list("button", has_text="Fetch Feedback")
        self.wait_in_list("a", has_text="view feedback")

    def read_feedback(self) -> str:
        """Open the feedback from the list, as JupyterLab shows it, and return its text."""
        self.click_in_list("a", has_text="view feedback")
        file = self.page.locator(".jp-DirListing-item", has_text="exercises.html")
        for _ in range(PATIENCE_MS // 5000):
            with suppress(TimeoutError):
                file.wait_for(timeout=5000)
                break
            # a second click on its sign would close the panel again
            if not self.page.locator(".jp-FileBrowser:visible").count():
                self.page.click(".jp-SideBar [data-id=filebrowser]")
        file.dblclick()
        body = self.page.frame_locator(".jp-HTMLViewer iframe").locator("body")
        body.locator("text=Explain it to a rider").first.wait_for()
        return str(body.inner_text())

    def _code(self, text: str) -> Any:
        return self.page.locator(".jp-CodeCell", has_text=text).first

    def _into(self, cell: Any) -> None:
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()


class Instructor(Visitor):
    """An instructor at the desk and in the formgrader."""

    @property
    def desk(self) -> str:
        return f"{self.address}/services/desk/"

    def open_desk(self) -> None:
        """Open the desk; the hub may ask once whether it may say who comes."""
        self.page.goto(self.desk)
        self.arrive(self.page, "h1:has-text('Today')")

    def arrive(self, page: Any, wanted: str) -> None:
        """Wait for a page; click through the hub's question where it asks one."""
        asked = "form[action*=oauth2] [type=submit], #oauth-form [type=submit]"
        page.wait_for_selector(f"{wanted}, {asked}")
        if page.locator(asked).count():
            page.click(asked)
            page.wait_for_selector(wanted)

    def go_to_module(self) -> None:
        """Open the module's page from the list."""
        self.page.goto(self.desk)
        self.page.click(f"a[href$='/module/{MODULE}']")

    def do(self, words: str) -> str:
        """Click a button that starts work, wait for its end and return what it said."""
        self.page.click(f"button:has-text('{words}')")
        self.page.wait_for_url("**/job/**")
        self.page.wait_for_selector("main .chip:not(:has-text('running'))")
        state = self.page.inner_text("main .chip")
        said = self.page.inner_text("main")
        assert state == "done", said
        return said

    def formgrader(self, words: str = "Mark by hand") -> Any:
        """Open the formgrader by its link, which opens a tab of its own."""
        with self.context.expect_page() as opened:
            self.page.click(f"a:has-text('{words}')")
        page = opened.value
        self.arrive(page, "td a:has-text('Submission #')")
        return page

    def mark(self, page: Any, number: int, points: float, comment: str) -> None:
        """Open a hand-in from the formgrader's list, type points and a comment."""
        page.locator("td a:has-text('Submission #')").first.wait_for()
        page.locator("td a:has-text('Submission #')").nth(number).click()
        score = page.locator("input.score").last
        score.wait_for()
        # the page writes these once its own script has read the grades; before, nothing is kept
        page.locator("input.extra-credit[placeholder]").last.wait_for()
        page.locator("textarea.comment[placeholder]").last.wait_for()
        score.scroll_into_view_if_needed()
        with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT"):
            score.fill(f"{points:g}")
            score.press("Tab")
        box = page.locator("textarea.comment").last
        with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"):
            box.fill(comment)
            box.press("Tab")
