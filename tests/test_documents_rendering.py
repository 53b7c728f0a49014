"""The shared check of pages sees what is wrong: each fault is planted once."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.shared import Pt as WordPt
from pptx import Presentation
from pptx.enum.text import MSO_AUTO_SIZE
from pptx.util import Inches, Pt

from tests import rendering

pytestmark = pytest.mark.slow


def _slide_file(
    path: Path, *boxes: tuple[str, float, float, float, float], auto: bool = False
) -> Path:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for text, *box in boxes:
        frame = slide.shapes.add_textbox(*map(Inches, box)).text_frame
        frame.word_wrap = True
        frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE if auto else MSO_AUTO_SIZE.NONE
        frame.paragraphs[0].add_run().text = text
        frame.paragraphs[0].runs[0].font.size = Pt(18)
        frame.paragraphs[0].runs[0].font.name = "Arial"
    deck.save(str(path))
    return path


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Write one file per fault and convert them in one run."""
    folder = tmp_path_factory.mktemp("planted")
    files = [
        _slide_file(folder / "good.pptx", ("Seoul 강남 مشهد ñ ng", 1, 1, 6, 0.6)),
        _slide_file(folder / "long.pptx", ("outer market " * 30, 1, 1, 4, 0.6)),
        _slide_file(folder / "below.pptx", ("outer market " * 90, 1, 6, 4, 1)),
        _slide_file(folder / "over.pptx", ("first words here", 1, 1, 5, 1),
                    ("second words there", 1, 1.04, 5, 1)),
        _slide_file(folder / "aside.pptx", ("too wide to stay", 8.4, 1, 4, 0.6)),
        _slide_file(folder / "auto.pptx", ("fits by luck", 1, 1, 4, 0.6), auto=True),
    ]  # fmt: skip
    clipped = Document()
    row = clipped.add_table(rows=1, cols=1).rows[0]
    row.cells[0].text = "kept " * 10 + "hidden words " * 60 + "lastword"
    row.height, row.height_rule = WordPt(20), WD_ROW_HEIGHT_RULE.EXACTLY
    clipped.save(str(folder / "clipped.docx"))
    clean = Document()
    clean.add_paragraph("A page with a few words on it.")
    clean.save(str(folder / "clean.docx"))
    files += [folder / "clipped.docx", folder / "clean.docx"]
    pdfs = rendering.to_pdfs(files, folder / "pdf")
    return {f.stem: (f, p) for f, p in zip(files, pdfs, strict=True)}


def _faults(planted: dict[str, tuple[Path, Path]], name: str) -> str:
    file, pdf = planted[name]
    return "\n".join(rendering.overflowing(file, pdf=pdf))


def test_good_pages_have_no_fault(planted: dict[str, tuple[Path, Path]]) -> None:
    assert _faults(planted, "good") == "" and _faults(planted, "clean") == ""
    pdf = planted["good"][1]
    assert rendering.missing_glyphs(pdf, ["강남", "مشهد", "Seoul", "ñ ng"]) == []
    assert any("NanumGothic" in f for f in rendering.pages_of(pdf)[0].fonts)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("long", "outside its box"),
        ("below", "drawn outside the page"),
        ("over", "lie over each other"),
        ("aside", "reaches over the slide"),
        ("auto", "relies on autofit"),
        ("clipped", "is not drawn"),
    ],
)
def test_each_planted_fault_is_seen(
    planted: dict[str, tuple[Path, Path]], name: str, words: str
) -> None:
    assert words in _faults(planted, name)


def test_a_font_without_hangul_is_seen(
    planted: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    pdf = rendering.to_pdf(planted["good"][0], tmp_path, without=("koreanize_matplotlib",))
    found = "\n".join(rendering.missing_glyphs(pdf, ["강남"]))
    assert "has no glyph" in found and "not drawn: '강남'" in found
    assert "Seoul" not in found


def test_a_font_of_the_machine_and_a_text_that_is_not_there(
    planted: dict[str, tuple[Path, Path]],
) -> None:
    pdf = planted["good"][1]
    found = rendering.missing_glyphs(pdf, ["Gangseo", "تهران"], fonts=("Nanum",))
    assert any("NotoSans" in f and "no font of an installed package" in f for f in found)
    assert "not drawn: 'Gangseo'" in found
    # a joined script is compared letter by letter: t is not in the page
    assert any("تهران" in f for f in found)


def test_a_pdf_with_words_beyond_its_crop_is_seen(
    planted: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import RectangleObject

    writer = PdfWriter()
    page = PdfReader(planted["good"][1]).pages[0]
    page.cropbox = RectangleObject((300, 0, 720, 540))
    writer.add_page(page)
    cut = tmp_path / "cut.pdf"
    writer.write(cut)
    assert any("outside the page" in f for f in rendering.overflowing(cut))
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(tmp_path / "blank.pdf")
    assert rendering.overflowing(tmp_path / "blank.pdf") == ["page 1: is empty"]


def test_a_missing_program_fails_in_ci_and_skips_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="not installed"):
        rendering.tool("no-such-program")
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="not installed"):
        rendering.tool("no-such-program")
