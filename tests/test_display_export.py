from __future__ import annotations

import re
from html import unescape

import nbformat

from course.display import export, maps
from tests.display_city import drawn_city


def book_with(*outputs):
    cell = nbformat.v4.new_code_cell("x", outputs=list(outputs))
    return nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_markdown_cell("Words, 5 $ each")])


def shown(**data):
    return nbformat.v4.new_output("display_data", data=data)


def test_an_exported_notebook_asks_no_server(monkeypatch):
    monkeypatch.setenv("COURSE_TILES", "off")
    figure = maps.network(drawn_city())
    book = book_with(
        shown(**{"text/html": figure.html(), "text/plain": "map"}),
        shown(**{"text/html": "<p>still</p>", "text/plain": "still"}),
        shown(**{export.WIDGET: {"model_id": "1"}, "text/html": "", "text/plain": "LabPage"}),
        shown(**{export.WIDGET: {"model_id": "2"}, "text/html": "<p>slider</p>"}),
    )
    before = nbformat.writes(book)
    html = export.notebook_html(book)
    assert nbformat.writes(book) == before
    outside = re.sub(r'srcdoc="[^"]*"', "", html)
    assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=.(?:https?:)?//", outside)
    assert "embed-amd" not in outside
    assert "LabPage" not in html
    assert "<p>still</p>" in html
    assert "<p>slider</p>" in html
    # the map's own page is carried over letter by letter
    there, here = (re.search(r'srcdoc="([^"]*)"', h)[1] for h in (figure.html(), html))
    assert unescape(there) == unescape(here)


def test_a_saved_notebook_becomes_a_file(tmp_path):
    source = tmp_path / "a.ipynb"
    nbformat.write(book_with(), source)
    out = export.write_html(source, tmp_path / "a.html")
    assert "Words, 5 $ each" in out.read_text(encoding="utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "a.ipynb"]
