"""The timetable on paper: printed by a real browser, without a network, and read again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from course.programme import Programme
from course.programmes.parts import Delegation
from tests import rendering
from tests.browser.chromium import watch
from tests.programme_files import small, write

START = {
    "wego_week": date(2027, 4, 5),
    "mashhad_tailor_made": date(2019, 6, 9),
    "iloilo_susa": date(2026, 10, 7),
    "self_paced": None,
}
PAGES = {"wego_week": 6, "mashhad_tailor_made": 6, "iloilo_susa": 4, "self_paced": 3}
# Fonts the page carries are cut out of these packages; the browser may drop a subset's name.
FONTS = ("NotoSans", "NanumGothic", "OTS-derived-font")
A4 = (595, 842)


def printed(browser: Any, page_html: str, folder: Path, name: str) -> Path:
    """Print a page as a reader would, with nothing else reachable, and return the PDF."""
    source, target = folder / f"{name}.html", folder / f"{name}.pdf"
    source.write_text(page_html, encoding="utf-8")
    context = browser.new_context()
    log = watch(context)
    page = context.new_page()
    page.goto(source.as_uri())
    page.evaluate("document.fonts.ready")
    page.pdf(path=target, prefer_css_page_size=True, print_background=True)
    context.close()
    log.clean()
    return target


def dated(name: str) -> Programme:
    programme, start = Programme.open(name), START[name]
    return programme if start is None else programme.dated(start)


@pytest.mark.parametrize("name", START)
def test_it_prints_on_a4(name: str, chromium_browser: Any, tmp_path: Path) -> None:
    programme = dated(name)
    pdf = printed(chromium_browser, programme.printable(), tmp_path, name)
    pages = rendering.pages_of(pdf)
    assert {(round(page.width), round(page.height)) for page in pages} == {A4}
    assert len(pages) <= PAGES[name]
    assert rendering.overflowing(pdf) == []
    titles = [session.title for session in programme.sessions]
    notes = [session.note for session in programme.sessions if session.note]
    themes = [day.theme for day in programme.days]
    wanted = [programme.title, *titles, *themes, *notes, *programme.unverified]
    assert rendering.missing_glyphs(pdf, wanted, fonts=FONTS) == []


def test_names_in_any_script_are_drawn_from_packages(chromium_browser: Any, tmp_path: Path) -> None:
    names = [
        "서울특별시 시험 대표단",
        "هیئت آزمایشی مشهد",
        "Lungsod ng Iloílo, Ñ",
        "Łódź Ķ ự",
        "Αθήνα Київ",
    ]
    content = small() | {"title": "Names for a test 이름 نام"}
    for session, name in zip(content["days"][2]["sessions"], names, strict=False):
        session["title"] = name
    programme = Programme.open(write(tmp_path, content)).dated(date(2027, 4, 5))
    guests = [Delegation(f"c{i}", name, "시험 آزمون", None, 1) for i, name in enumerate(names)]
    page = programme.with_delegations(guests).printable()
    pdf = printed(chromium_browser, page, tmp_path, "names")
    assert rendering.overflowing(pdf) == []
    latin = [name for name in names if "ه" not in name]
    assert rendering.missing_glyphs(pdf, latin, fonts=FONTS) == []
    # a browser writes joined letters as pieces and says in the file which letters they are
    letters = {c for drawn in rendering.pages_of(pdf) for w in drawn.words for c in w.text}
    assert {c for c in names[1] if c != " "} <= letters
    (title,) = (w for w in rendering.pages_of(pdf)[0].words if w.text == "Names")
    assert title.y1 < 120  # on top


def test_long_words_stay_on_the_page(chromium_browser: Any, tmp_path: Path) -> None:
    content = small() | {"title": "W" * 150}
    content["days"][1]["sessions"][0]["title"] = "w" * 200
    content["days"][1]["sessions"][0]["note"] = "n" * 400
    content["delegations"] = [
        {"id": f"c{i}", "city": "C" * 60, "seats": 1, "example": True} for i in range(40)
    ]
    programme = Programme.open(write(tmp_path, content)).dated(date(2027, 4, 5))
    pdf = printed(chromium_browser, programme.printable(), tmp_path, "long")
    assert rendering.overflowing(pdf) == []


def test_on_a_narrow_screen_nothing_is_cut(chromium_browser: Any, tmp_path: Path) -> None:
    source = tmp_path / "week.html"
    source.write_text(dated("wego_week").printable(), encoding="utf-8")
    context = chromium_browser.new_context(viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto(source.as_uri())
    root = page.locator("html")
    assert root.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.locator("th[scope=col]").count() == page.locator("th").count() > 10
    context.close()
