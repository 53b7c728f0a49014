"""The lab as a trainee meets it, in a real browser, with nothing else reachable."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from course import answer_book
from course.questions import load_module
from tests.browser.chromium import watch
from tests.browser.course_lab import Lab, as_at_first, running_lab
from tests.waiting import wait_until

PICTURES = Path(__file__).parent / "pictures"
MODULE = "modules/10_integrated_fares"


@contextmanager
def home_page(browser: Any, lab: Lab, *, width: int = 1366, height: int = 768) -> Iterator[Any]:
    """Open the address the command printed, in a new window without a network."""
    as_at_first(lab)
    context = browser.new_context(viewport={"width": width, "height": height})
    log = watch(context)
    wrong: list[str] = []
    context.on("response", lambda r: wrong.append(r.url) if r.status >= 400 else None)
    context.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page = context.new_page()
    page.goto(lab.address)
    page.wait_for_selector(".jp-MarkdownViewer h1:visible")
    page.wait_for_timeout(500)
    yield page
    context.close()
    log.clean()
    assert not wrong


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory):
    """Return one running lab for the tests of this file."""
    with running_lab(tmp_path_factory.mktemp("lab") / "ws", "--city", "seoul") as lab:
        yield lab


def test_it_prints_the_address_where_there_is_no_display(lab) -> None:
    assert "Open the address in a browser on this computer." in lab.printed
    assert "/lab/tree/home.md?token=" in lab.address
    assert "Traceback" not in lab.printed and "WARNING" not in lab.printed


def test_the_first_screen_is_the_home_page_and_nothing_else(lab, chromium_browser) -> None:
    with home_page(chromium_browser, lab) as page:
        page.wait_for_timeout(3000)  # a toast or a dialog would come by then
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / "home.png")
        assert page.locator(".jp-MarkdownViewer h1").inner_text().startswith("A smart city course")
        for clutter in (".jp-Dialog", ".Toastify__toast", ".jp-FileBrowser", ".jp-Launcher"):
            assert page.locator(f"{clutter}:visible").count() == 0, clutter
        assert page.locator(".lm-TabBar-tab.lm-mod-current:visible").first.inner_text() == "home.md"

        picture = page.locator(".jp-MarkdownViewer img")
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
        assert "Seoul" in picture.get_attribute("alt")

        # the sanitizer keeps what the page is built with
        button = page.locator(".jp-MarkdownViewer a[href*=ipynb]").first
        assert button.inner_text().startswith("Open the ")
        look = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        assert button.evaluate(look) == ["rgb(11, 110, 153)", "rgb(255, 255, 255)"]
        column = page.locator(".jp-MarkdownViewer h2", has_text="Your city").bounding_box()
        assert column["x"] > 600  # beside the modules, not below them

        button.focus()
        page.keyboard.press("Enter")  # no mouse needed
        page.wait_for_selector(".jp-Notebook h1:visible")
        page.wait_for_timeout(1500)
        assert page.locator(".jp-Dialog:visible").count() == 0


def test_on_a_narrow_screen_the_columns_stack(lab, chromium_browser) -> None:
    with home_page(chromium_browser, lab, width=640, height=900) as page:
        box = page.locator(".jp-MarkdownViewer h2", has_text="Your city").bounding_box()
        modules = page.locator(".jp-MarkdownViewer h2", has_text="Modules").bounding_box()
        assert box["y"] > modules["y"]
        wide = ".jp-MarkdownViewer .jp-RenderedMarkdown"
        assert page.locator(wide).evaluate("e => e.scrollWidth <= e.clientWidth")


def test_an_answer_shows_on_the_page_without_a_new_start(lab) -> None:
    questions = list(load_module(lab.workspace / MODULE).questions)
    home = lab.workspace / "home.md"
    assert "Start here" in home.read_text(encoding="utf-8")
    book = lab.workspace / MODULE / answer_book.FILE_NAME
    answer_book.append(book, {"question": questions[0], "value": 1, "city": "seoul"})
    wanted = f"1 of {len(questions)} answered"
    assert wait_until(lambda: wanted in home.read_text(encoding="utf-8"))
    book.unlink()


def ask(url: str, token: str = "") -> tuple[int, object]:
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, None


def test_nobody_gets_in_without_the_token(lab) -> None:
    token = lab.address.partition("token=")[2]
    assert len(token) >= 40
    assert ask(f"{lab.origin}/api/contents", "wrong")[0] == 403
    code, listing = ask(f"{lab.origin}/api/contents", token)
    assert code == 200
    names = {entry["name"] for entry in listing["content"]}
    assert names == {"home.md", "city.svg", "modules", "profile.json"}


def test_it_listens_on_this_computer_only(lab) -> None:
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(lab.process.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


def test_a_kernel_knows_the_course_the_city_and_the_workspace(lab, chromium_browser) -> None:
    notebook = {
        "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": None,
                   "outputs": [], "source": "import os\nfrom course import City\n"
                   "print(City.open().title, os.environ['COURSE_WORKSPACE'])"}],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    (lab.workspace / "try.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with home_page(chromium_browser, lab) as page:
        page.goto(lab.address.replace("home.md", "try.ipynb"))
        front = ".jp-NotebookPanel:not(.lm-mod-hidden)"
        # JupyterLab drops what is run before its socket stands; then the line below says so
        page.wait_for_function(
            "document.querySelector('#jp-main-statusbar')?.innerText.includes('| Idle')"
        )
        page.locator(f"{front} .cm-content").first.click()
        page.keyboard.press("Control+Enter")
        printed = page.locator(f"{front} .jp-OutputArea-output").first.inner_text()
    (lab.workspace / "try.ipynb").unlink()
    assert printed.split() == ["Seoul", str(lab.workspace)]


def test_a_taken_port_is_said_and_ctrl_c_ends_with_the_kernels(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running_lab(tmp_path / "ws", port=port) as lab:
            assert f"Port {port} is taken; using " in lab.printed
            assert f":{port}/" not in lab.address
            token = lab.address.partition("token=")[2]
            request = urllib.request.Request(
                f"{lab.origin}/api/kernels", data=b'{"name": "python3"}', method="POST",
                headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
            )  # fmt: skip
            urllib.request.urlopen(request, timeout=60).close()
            children = psutil.Process(lab.process.pid).children(recursive=True)
            code, said = lab.end()
            assert code == 0
            # a kernel that is ended while it is still starting may complain before
            closing = said.strip().splitlines()[-1]
            assert closing == "The course is closed. Your work is in your folder."
            _, alive = psutil.wait_procs(children, timeout=20)
            assert not alive
