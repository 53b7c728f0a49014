"""The home page of a training week in a real JupyterLab: strip, timetable, both themes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from course import home
from course.display.palette import contrast
from tests.browser.chromium import watch
from tests.browser.course_lab import Lab, as_at_first, running_lab
from tests.browser.lab_window import theme_shown
from tests.browser.test_home_page import home_page

PICTURES = Path(__file__).parent / "pictures"
VIEWER = ".jp-MarkdownViewer"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab whose week began yesterday, so that today is its second day."""
    start = datetime.now(ZoneInfo("Asia/Seoul")).date() - timedelta(days=1)
    folder = tmp_path_factory.mktemp("week") / "ws"
    with running_lab(
        folder, "--city", "seoul", "--name", "ana", "--programme", "wego_week",
        "--start", start.isoformat(),
    ) as running:  # fmt: skip
        yield running


def strip(page: Any) -> list[dict[str, float]]:
    """Return the boxes of the strip of days."""
    heading = page.locator(f"{VIEWER} h2", has_text="WeGO smart city week")
    boxes = heading.locator("xpath=following-sibling::div[1]/div")
    return [boxes.nth(i).bounding_box() for i in range(boxes.count())]


def test_the_week_is_a_strip_and_today_is_marked(lab: Lab, chromium_browser: Any) -> None:
    with home_page(chromium_browser, lab, height=1000) as page:
        boxes = strip(page)
        assert len(boxes) == 6 and len({round(box["y"]) for box in boxes}) == 1
        text = page.locator(VIEWER).inner_text()
        assert text.count("· today") == 1
        assert "Tuesday" not in text and "Transport" in text
        for part in ("Modules", "Your city", "Certificate"):
            assert page.locator(f"{VIEWER} h2", has_text=part).count() >= 1, part
        assert "not yet" in text and "only your instructor knows" in text
        # the button stands above everything that has to be scrolled to
        assert page.locator(f"{VIEWER} h2").first.bounding_box()["y"] < 700


def test_the_other_days_open_from_the_keyboard(lab: Lab, chromium_browser: Any) -> None:
    with home_page(chromium_browser, lab) as page:
        hidden = page.get_by_text("City introductions, 11 x 5 minutes")
        assert not hidden.is_visible()
        page.locator(f"{VIEWER} summary", has_text="The other days").focus()
        page.keyboard.press("Enter")
        assert hidden.is_visible()


def test_on_a_narrow_screen_nothing_runs_over(lab: Lab, chromium_browser: Any) -> None:
    with home_page(chromium_browser, lab, width=700, height=900) as page:
        for width in (700, 480):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(800)
            shown = page.locator(f"{VIEWER} .jp-RenderedMarkdown")
            assert shown.evaluate("e => [e.scrollWidth - e.clientWidth, e.scrollWidth]")[0] <= 0
            assert all(box["width"] >= 74 for box in strip(page)), width


def hex_of(color: str) -> str:
    parts = [int(float(p)) for p in color[color.index("(") + 1 : -1].split(",")[:3]]
    return "#" + "".join(f"{p:02x}" for p in parts)


def test_links_read_well_in_both_themes(lab: Lab, chromium_browser: Any) -> None:
    with home_page(chromium_browser, lab) as page:
        link = page.locator(f"{VIEWER} a", has_text="One trip, one price").first
        look = """e => {
          const style = n => getComputedStyle(n);
          let p = e;
          while (style(p).backgroundColor === 'rgba(0, 0, 0, 0)') p = p.parentElement;
          return [style(e).color, style(p).backgroundColor] }"""
        seen = []
        for theme in ("JupyterLab Dark", "JupyterLab Light"):  # the theme stays for later tests
            page.get_by_text("Settings", exact=True).first.click()
            page.get_by_text("Theme", exact=True).first.hover()
            page.get_by_text(theme, exact=True).first.click()
            theme_shown(page, theme)
            page.wait_for_timeout(300)
            ink, paper = (hex_of(color) for color in link.evaluate(look))
            assert contrast(ink, paper) >= 4.5, (theme, ink, paper)
            seen.append(paper)
        assert seen[0] != seen[1]


def test_a_picture_of_the_second_afternoon(lab: Lab, chromium_browser: Any) -> None:
    import json

    profile = lab.workspace / "profile.json"
    kept = profile.read_text(encoding="utf-8")
    changed = json.loads(kept) | {"programme_start": "2027-04-05"}
    profile.write_text(json.dumps(changed), encoding="utf-8")
    page_text, _ = home.build(
        lab.workspace, city="seoul", now=datetime(2027, 4, 6, 4, 20, tzinfo=UTC)
    )
    profile.write_text(kept, encoding="utf-8")
    assert "Now, until 13:55" in page_text
    (lab.workspace / "week.md").write_text(page_text, encoding="utf-8")
    context = chromium_browser.new_context(viewport={"width": 1366, "height": 1040})
    log = watch(context)
    page = context.new_page()
    # alone: the home page behind it may say the same at this time of day
    as_at_first(lab, "week.md")
    page.goto(lab.address.replace("home.md", "week.md"))
    shown = page.get_by_text("Now, until 13:55")
    shown.wait_for()
    page.wait_for_timeout(1500)
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "home_week.png")
    context.close()
    (lab.workspace / "week.md").unlink()
    log.clean()
