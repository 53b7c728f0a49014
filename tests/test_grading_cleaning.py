"""Nothing of a trainee's runs in a grader's browser or in the feedback."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.cleaning import (
    ordinary_cell,
    safe_attachments,
    safe_markdown,
    safe_output,
    safe_outputs,
)
from grading.feedback_page import FeedbackPage, without_scripts

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<!--><script>alert(1)</script>-->",
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x]( JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](javascript\\:alert(1))",
    "![x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x][1]\n\n[1]:javascript:alert(1)",
    "<javascript:alert(1)>",
    "```mermaid\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "$<script>alert(1)</script>$",
    "$$\\href{javascript:alert(1)}{x}$$",
    "</div></body><script>alert(1)</script>",
    "# <a href='javascript:alert(1)'>x</a>",
]


def rendered(source: str) -> str:
    """Return the HTML nbconvert, and with it nbgrader, makes of a markdown cell."""
    exporter = FeedbackPage()
    return exporter.markdown2html({"cell": {}, "resources": {}}, safe_markdown(source))


def live(page: str) -> list[str]:
    """Return what would run: scripts, handlers, frames, links with a bad scheme."""
    found = re.findall(r"<(?:script|iframe|svg|object|embed|link|meta|base|form)\b", page, re.I)
    found += re.findall(r"<[a-z][^<>]*\son\w+\s*=", page, re.I)
    links = re.findall(r"<[a-z][^<>]*\s(?:href|src)\s*=\s*[\"']?([^\"'>]*)", page, re.I)
    return found + [x for x in links if re.match(r"\s*(javascript|vbscript|data)", x, re.I)]


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_markdown_attacks_become_text(attack):
    assert live(rendered(attack)) == []


def test_the_attacks_do_work_without_the_defence():
    exporter = FeedbackPage()
    works = [a for a in ATTACKS if live(exporter.markdown2html({"cell": {}, "resources": {}}, a))]
    assert len(works) > len(ATTACKS) / 2


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "script", "[", "]", "(", ")", ":", "javascript:", "img ", "onerror=", "!",
             "\n", "\\", "`", "<script>", "](", "]:", "&#106;", "&lt;", "a", " ", "'", '"', "data:"]
        ),
        max_size=14,
    )
)  # fmt: skip
def test_no_mixture_of_pieces_gets_through(pieces):
    assert live(rendered("".join(pieces))) == []


def test_plain_writing_is_not_changed():
    text = "A *clear* choice: 12 % < 15 %, see [facts](https://example.org) and $x < 3$.\n\n> quote"
    assert safe_markdown(text) == text


@pytest.mark.parametrize(
    "kind",
    ["text/html", "image/svg+xml", "application/javascript", "text/markdown", "text/latex",
     "application/vnd.jupyter.widget-view+json", "application/pdf", "application/x-anything"],
)  # fmt: skip
def test_only_text_and_pictures_of_outputs_stay(kind):
    output = {"output_type": "display_data", "data": {kind: "<script>", "text/plain": "a map"},
              "metadata": {kind: {"width": "1 onload=alert(1)"}}}  # fmt: skip
    assert safe_output(output) == {
        "output_type": "display_data", "data": {"text/plain": "a map"}, "metadata": {}
    }  # fmt: skip
    assert safe_output({**output, "data": {kind: "<script>"}}) is None


def test_pictures_stay_if_they_are_pictures():
    assert safe_output({"output_type": "display_data", "data": {"image/png": PNG}})["data"] == {
        "image/png": PNG
    }
    for bad in ('"><script>', PNG[:-4] + '"<x', base64.b64encode(b"GIF8").decode(), 5, None):
        assert safe_output({"output_type": "display_data", "data": {"image/png": bad}}) is None


def test_attachments_of_written_answers():
    given = {"a.png": {"image/png": PNG}, "b.svg": {"image/svg+xml": "x"}, "<": {"image/png": PNG}}
    assert safe_attachments(given) == {"a.png": {"image/png": PNG}}


def test_raw_cells_become_text():
    made = ordinary_cell({"cell_type": "raw", "source": "<script>"}, "x")
    assert (made["cell_type"], made["source"]) == ("markdown", "&lt;script>")


def test_long_outputs_are_shortened():
    outputs = [{"output_type": "stream", "name": "stdout", "text": "x" * 10**6}] * 100
    made = safe_outputs(outputs)
    assert len(made) == 30
    assert all(len(o["text"]) < 20_100 for o in made)


def test_the_page_holds_no_script_and_allows_none():
    page = without_scripts(
        "<html><head><script src='a'></script></head><SCRIPT>b\n</SCRIPT >x</html>"
    )
    assert "script" not in page.lower().replace("content-security", "").replace("scripts", "")
    assert "default-src 'none'" in page


def test_a_long_question_wraps_on_the_page():
    import nbformat

    book = nbformat.v4.new_notebook()
    page, _ = FeedbackPage().from_notebook_node(book)
    assert page.index(".output_area pre { white-space: pre-wrap; }") < page.index("</head>")
