"""The page: every letter drawn, nothing outside its place, text never read as code."""

from __future__ import annotations

import doctest
import importlib
import io
import json
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course.errors import CourseError
from grading.certificates import drawing, lettering, pdf_page
from grading.state import GradingState
from tests import rendering
from tests.certificate_host import NOW, achievement

ISSUER = {"name": "Test Training Centre", "signer": "", "signer_title": "",
          "fingerprint": "6019 64fd cc0c 1ebf 70e7 15c4 be04 3399",
          "check_url": "https://certificates.city.example/c/k3v9w2m7q4xz8p5n5b6c2d2f.html",
          }  # fmt: skip
MODULES = (
    "Your city as data", "Laws, plans and indicators", "Votes, replies and fairness",
    "Choose, order, sequence", "Cost, benefit, who carries risk",
    "From raw records to a safe table", "Routes from night demand", "Alerts, people, priorities",
    "Prove it beats the simple rule", "See, measure, act", "One trip, one price",
    "Who can reach what", "One screen, many departments", "From week to work",
)  # fmt: skip
NAMES = {
    "filipino": "Test Person Dela Peña-Ñuñez",
    "vietnamese": "Nguyễn Thị Thử Nghiệm Ánh Đặng",
    "vietnamese in pieces": "Nguye\u0302\u0303n A\u0301nh Ho\u0323",
    "cyrillic": "Тестова Жанна Щукіна Ґалаґан",
    "turkish": "İsmail Şahin Ğüneş Test",
    "greek": "Δοκιμή Παπαδοπούλου",
    "hangul": "홍길동 시험용",
    "hanja": "洪吉童 試驗",
    "persian": "علی‌رضا محمدی‌نژاد آزمایشی",
    "arabic": "محمد عبد الرحمن التجريبي",
    "hebrew": "בדיקה ישראלית",
    "japanese": "試験 たろう",
    "mixed": "Test علی Hong 홍길동 Жанна",
    "long": "Maria Concepción Guadalupe Fernández-Villanueva y Santa Cruz de los Ángeles de la "
    "Trinidad y Todos los Santos Testperson",
    "one long word": "Testpersonwithanamethat" + "nevertakesabreath" * 4,
    "longest": "Test Person " * 16,
    "persian long": "سید محمد علی‌رضا حسینی‌نژاد طباطبایی یزدی آزمایشی " * 2,
}  # fmt: skip


def sheet(**changes) -> drawing.Sheet:
    given = {"number": "2026-0007", "code": "k3v9w2m7q4xz8p5n5b6c2d2f", "issued": NOW,
             "issuer": ISSUER, "modules": MODULES}  # fmt: skip
    return drawing.Sheet(**{**given, **changes})


def made(tmp_path: Path, stated, **changes) -> Path:
    path = tmp_path / "page.pdf"
    path.write_bytes(drawing.page(stated.checked(), sheet(**changes), "a.b.c"))
    return path


def text_of(path: Path) -> str:
    return "".join(pypdf.PdfReader(path).pages[0].extract_text().split())


@pytest.mark.parametrize("script", sorted(NAMES))
def test_names_are_drawn_and_fit(script, tmp_path) -> None:
    stated = achievement(name=NAMES[script], city=NAMES[script][:60], plan_title=NAMES[script][:90])
    path = made(tmp_path, stated)
    assert rendering.missing_glyphs(path, fonts=FONTS) == []
    assert rendering.overflowing(path) == []
    name = stated.checked().name
    if script.startswith("vietnamese"):
        assert name in read(path)
    else:
        assert rendering.missing_glyphs(path, [name], fonts=FONTS) == []


def read(path: Path) -> str:
    """Return the text as poppler reads it: pypdf doubles letters drawn from two glyphs."""
    done = subprocess.run([rendering.tool("pdftotext"), str(path), "-"], check=True,
                          capture_output=True)  # fmt: skip
    return unicodedata.normalize("NFC", done.stdout.decode())


FONTS = ("NotoSans", "NanumGothic", "IPAexGothic", "DejaVuSans")


@pytest.mark.parametrize("kind", ["certificate", "statement"])
@pytest.mark.parametrize("modules", [(), MODULES[:3], MODULES])
@pytest.mark.parametrize("url", ["", ISSUER["check_url"]])
def test_every_layout_fits(kind, modules, url, tmp_path) -> None:
    from course.thumbnail import city_picture

    picture = b""
    if modules:
        import pandas as pd

        stops = pd.DataFrame({"stop_id": ["a", "b"], "lat": [10.7, 10.8], "lon": [122.5, 122.6]})
        patterns = pd.DataFrame({"route_id": ["r"], "stop_ids": [("a", "b")], "trips_per_day": [9]})
        routes = pd.DataFrame({"route_id": ["r"], "color": ["#aa3344"]})
        picture = city_picture(stops, patterns, routes, title="x").encode()
    stated = achievement(
        kind=kind,
        plan_title="A plan with a title that is long " * 3,
        simulated=bool(modules),
        learned=(
            "A line that is as long as a line of this kind may be when "
            "three phrases are put together into one line of them, and more.",
        )
        * 3,
    )
    path = made(tmp_path, stated, modules=modules, picture=picture, caption="Test city",
                issuer={**ISSUER, "check_url": url, "signer": "Test Signer",
                        "signer_title": "Deputy Mayor for Tests"})  # fmt: skip
    assert rendering.overflowing(path) == []
    assert rendering.missing_glyphs(path, [stated.checked().plan_title, "2026-0007"],
                                    fonts=FONTS) == []  # fmt: skip


def test_it_says_what_it_should_and_no_more(tmp_path) -> None:
    text = text_of(made(tmp_path, achievement()))
    for words in ("Certificate of completion", "Test Person Reyes", "Testville, Nowhere",
                  "completed the course and presented an action plan", "WeGO smart city week",
                  "9 to 13 November 2026", "32.5 hours", "4.75 hours", "First line.",
                  "One trip, one price", "One ticket for two rides", "Rule 2026-1",
                  "course 0.0.test", "Number 2026-0007", "Issued 13 November 2026",
                  "Test Training Centre", "6019 64fd"):  # fmt: skip
        assert "".join(words.split()) in text, words
    for words in ("certified", "points", "rank", "score", "simulated", "doesnotexist"):
        assert words not in text.lower(), words


def test_a_statement_and_a_simulated_one_say_so(tmp_path) -> None:
    text = text_of(made(tmp_path, achievement(kind="statement", simulated=True)))
    assert "Statementofparticipation" in text and "SIMULATED" in text
    assert "completedthecourse" not in text and "wroteacooperationnote" in text


def test_the_qr_code_on_paper_is_that_of_the_address(tmp_path) -> None:
    """Each module of the printed code is compared with the symbol of the address."""
    import segno
    from PIL import Image

    path = made(tmp_path, achievement())
    picture = Image.open(rendering.pictures_of(path, tmp_path, dpi=300)[0]).convert("L")
    mm = picture.width / 297
    corner = picture.crop((int(193 * mm), int(166 * mm), int(217 * mm), int(194 * mm)))
    dark = corner.point(lambda value: 255 if value < 128 else 0)
    left, top, right, bottom = dark.getbbox()
    symbol = segno.make(ISSUER["check_url"], error="m", micro=False)
    matrix = [list(row) for row in symbol.matrix]
    step = (right - left) / len(matrix)
    assert step / mm > 0.45 and abs((right - left) - (bottom - top)) <= 2  # prints and scans
    seen = [
        [int(dark.getpixel((left + (x + 0.5) * step, top + (y + 0.5) * step)) > 0)
         for x in range(len(matrix))]
        for y in range(len(matrix))
    ]  # fmt: skip
    assert seen == matrix
    without = made(tmp_path, achievement(), issuer={**ISSUER, "check_url": ""})
    assert "Codek3v9w2m7q4xz" in text_of(without) and "gradingverifyFILE" in text_of(without)


@pytest.mark.parametrize(
    "text",
    [
        '#import "x.typ"', "] #panic(1) [", "\\", '"); panic("', "#{sys.inputs}", "$x^2$",
        "*bold* _it_ `raw` <label> @ref // comment /* */", "= Heading", "#read(\"/etc/passwd\")",
        "{{ x }}", "'; drop table", "~ -- --- ... 'quotes' \"q\"", "https://a.example/x",
    ],
)  # fmt: skip
def test_text_is_never_code(text, tmp_path) -> None:
    stated = achievement(name=text, city=text, plan_title=text, learned=(text,) * 3)
    path = made(tmp_path, stated, issuer={**ISSUER, "name": text, "signer": text})
    assert text_of(path).count("".join(text.split())) >= 4
    assert "/Annots" not in pypdf.PdfReader(path).pages[0]  # no link comes to life


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(name=st.text(min_size=1, max_size=60))
def test_any_name_is_drawn_or_refused_with_a_sentence(name, tmp_path) -> None:
    try:
        stated = achievement(name=name).checked()
        pdf = drawing.page(stated, sheet(modules=()))
    except CourseError as error:
        assert error.remedy and "test-01" in error.what
    else:
        assert lettering.missing(stated.name) == []
        path = tmp_path / "any.pdf"
        path.write_bytes(pdf)
        assert rendering.missing_glyphs(path, fonts=FONTS) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("สมชาย ทดสอบ", "thai character"),
        ("አበበ", "ethiopic"),
        ("রাম", "bengali"),
        ("Test \U0001f9ff", "U+1F9FF"),
        ("Test\u202egnitset", "right-to-left override"),
        ("Name\u00adless", "soft hyphen"),
        ("Test \ue000", "U+E000"),
        ("Test \x07", "U+0007"),
    ],
)
def test_a_letter_without_a_picture_is_refused_not_boxed(name, said) -> None:
    with pytest.raises(CourseError, match="no installed font") as caught:
        drawing.page(achievement(name=name).checked(), sheet())
    assert said in str(caught.value).replace("U+E000 without", "U+E000 ")


def test_without_the_machines_fonts_the_letters_are_there(tmp_path) -> None:
    """The typesetter is given these files only; without them it has no letter at all."""
    import typst

    names = {font.family for font in lettering.book().fonts()}
    assert set(lettering.families()) <= names
    for font in lettering.book().fonts():
        assert "site-packages" in str(font.path)
    none = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[])
    assert none.fonts() == []
    source = tmp_path / "x.typ"
    source.write_text('#set text(font: "Noto Sans", fallback: false)\nTest')
    with pytest.raises(typst.TypstError):
        typst.compile(str(source), root=str(tmp_path), font_paths=none, format="pdf",
                      pdf_standards=drawing.STANDARDS)  # fmt: skip


def test_standards_language_and_order_for_a_screen_reader(tmp_path) -> None:
    path = made(tmp_path, achievement(name=NAMES["persian"]))
    root = pypdf.PdfReader(path).trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1<" in xmp and "<pdfaid:part>3<" in xmp
    assert "<pdfaid:conformance>A<" in xmp
    assert root["/Lang"] == "en" and bool(root["/MarkInfo"]["/Marked"])
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    kinds: list[str] = []
    alts: list[str] = []
    langs: list[str] = []

    def walk(node) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for kid in node:
                walk(kid)
        elif isinstance(node, dict):
            kinds.append(str(node.get("/S")))
            alts.append(str(node.get("/Alt", "")))
            langs.append(str(node.get("/Lang", "")))
            if "/K" in node:
                walk(node["/K"])

    walk(root["/StructTreeRoot"]["/K"])
    assert "/H1" in kinds and "/Figure" in kinds
    assert any("QR code that leads to" in alt for alt in alts)
    assert "fa" in langs  # the name is read in its own language


def test_the_same_page_every_time_and_the_token_changes_nothing(tmp_path) -> None:
    stated = achievement().checked()
    pages = [drawing.page(stated, sheet()) for _ in range(2)]
    assert pages[0] == pages[1]
    digests = {pdf_page.digest(drawing.page(stated, sheet(), token)) for token in
               ("", "a.b.c", "a.b." + "c" * 5000)}  # fmt: skip
    assert len(digests) == 1
    assert pdf_page.digest(drawing.page(stated, sheet(number="2026-0008"))) not in digests


def test_a_map_of_the_city_stands_on_the_page_with_its_words(tmp_path) -> None:
    from PIL import Image

    from grading.certificates import pictures

    drawn, caption = pictures.of_pack("iloilo", "Iloilo City")
    assert Image.open(io.BytesIO(drawn)).size == (pictures.WIDTH_PX, pictures.HEIGHT_PX)
    path = made(tmp_path, achievement(), picture=drawn, caption=caption)
    assert "PublictransportofIloiloCity" in text_of(path)
    assert pictures.of_pack("no-such-city", "X") == (b"", "")


def test_the_map_is_of_the_city_that_the_roster_names(tmp_path) -> None:
    """A pack of this machine, else an approved one; never one that came and nobody looked at."""
    from course.city.pack import City
    from grading.certificates import pictures

    state = GradingState(base=tmp_path, root=tmp_path, exchange=tmp_path / "exchange")
    iloilo = City.open("iloilo")
    for name in (iloilo.title.upper(), "iloilo"):
        assert City.open(pictures.pack_of(state, name)).fingerprint == iloilo.fingerprint
    pack = state.cities / "0123456789abcdef" / "pack"
    shutil.copytree(iloilo.path, pack)
    about = pack / "datapackage.json"
    about.write_text(about.read_text("utf-8").replace(iloilo.title, "آزمون"), "utf-8")
    for status, found in (("waiting", ""), ("approved", str(pack))):
        meta = {"fingerprint": "0123456789abcdef", "status": status, "received": ""}
        (pack.parent / "meta.json").write_text(json.dumps(meta))
        assert pictures.pack_of(state, "آزمون") == found
    assert pictures.pack_of(state, "Testville") == pictures.pack_of(state, "") == ""


def test_the_badge_names_nobody(tmp_path) -> None:
    one = drawing.badge(achievement().checked(), ISSUER)
    other = drawing.badge(achievement(name="Someone Else", city="Elsewhere").checked(), ISSUER)
    assert one == other and one.startswith(b"\x89PNG")
    long = achievement(programme_title="A programme with a very long title " * 4).checked()
    assert drawing.badge(long, ISSUER) != one


@pytest.mark.parametrize("name", ["drawing", "lettering", "issuer", "learned"])
def test_examples(name) -> None:
    result = doctest.testmod(importlib.import_module(f"grading.certificates.{name}"))
    assert result.attempted > 0 and result.failed == 0
