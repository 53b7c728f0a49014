"""Every document is written, drawn by LibreOffice, and looked at by the shared check."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from lxml import etree
from PIL import Image
from pptx import Presentation

from course.actionplan import sample, sample_note
from course.actionplan.reading import empty_draft
from course.city.pack import City
from course.documents import city_deck, pictures, plan_slides, plan_view, plan_word
from course.errors import CourseError
from tests import documents_cases as cases
from tests import rendering

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Write all documents and convert them in one run: name -> (file, PDF)."""
    folder = tmp_path_factory.mktemp("documents")
    mashhad, iloilo = City.open("mashhad"), City.open("iloilo")
    png = folder / "our_own_chart.png"
    Image.new("RGB", (900, 500), "#f4f5f2").save(png)
    plans = {
        "plan": (sample(mashhad, date=cases.DAY), mashhad, (png,)),
        "long": (cases.long_plan(mashhad), mashhad, (png, png)),
        "hostile": (cases.hostile_plan(mashhad), mashhad, ()),
        "persian": (cases.persian_plan(mashhad), mashhad, ()),
        "empty": (empty_draft(), None, ()),
        "note": (sample_note(iloilo, date=cases.DAY), iloilo, ()),
        "long_note": (cases.long_note(iloilo), iloilo, (png,)),
        "empty_note": (empty_draft("cooperation_note"), iloilo, ()),
    }
    files = []
    for name, (plan, city, own) in plans.items():
        files += [
            plan_slides.write(plan, folder / f"{name}_slides.pptx", city=city, pictures=own),
            plan_word.write(plan, folder / f"{name}_word.docx", city=city, pictures=own),
        ]
    for name in ("seoul", "mashhad", "iloilo"):
        who = f"{cases.HANGUL_NAME}, {cases.PERSIAN_NAME}, {cases.FILIPINO_NAME}"
        files.append(
            city_deck.write(City.open(name), folder / f"{name}_deck.pptx", delegation=who,
                            programme="Test week", day=cases.DAY)
        )  # fmt: skip
    pdfs = rendering.to_pdfs(files, folder / "pdf")
    return {f.stem: (f, p) for f, p in zip(files, pdfs, strict=True)}


def test_nothing_overflows(made: dict[str, tuple[Path, Path]]) -> None:
    found = {n: rendering.overflowing(file, pdf=pdf) for n, (file, pdf) in made.items()}
    assert {n: faults for n, faults in found.items() if faults} == {}


def test_every_letter_is_drawn(made: dict[str, tuple[Path, Path]]) -> None:
    names = (cases.HANGUL_NAME, cases.PERSIAN_NAME, cases.FILIPINO_NAME)
    wanted = {"long_word": names, "long_slides": names, "seoul_deck": (*names, "Dongdaemun")}
    found = {
        n: rendering.missing_glyphs(pdf, wanted.get(n, ()), but=cases.EMOJI)
        for n, (_, pdf) in made.items()
    }
    assert {n: faults for n, faults in found.items() if faults} == {}


def test_decks_of_imported_feeds(city_of: Callable[[str], City], tmp_path: Path) -> None:
    names = ("busan_metro", "israel_route2126_hebrew", "fujieda")
    decks = [city_deck.write(city_of(n), tmp_path / f"{n}.pptx") for n in names]
    for file, pdf in zip(decks, rendering.to_pdfs(decks, tmp_path / "pdf"), strict=True):
        assert rendering.overflowing(file, pdf=pdf) == []
        assert rendering.missing_glyphs(pdf) == []
        pages = rendering.pages_of(pdf)
        assert len(pages) == 7
        # people of a feed without zones are made up: no headline says them as a fact
        assert "SYNTHETIC" in pages[1].text and "at a glance" in pages[1].text
        assert "SYNTHETIC" not in pages[3].text  # a published timetable


def test_word_keeps_every_word(made: dict[str, tuple[Path, Path]]) -> None:
    drawn = rendering.drawn_text(made["long_word"][1])
    for i in range(10):
        assert f"Activity{i}Workers" in drawn
    assert drawn.count("waitalongtimeandpaytwice") > 200
    # ten thousand signs of one word, cut by lines and pages, are all there
    assert rendering.drawn_text(made["hostile_word"][1]).count("x") > 12_000


def test_slides_say_where_the_rest_stands(made: dict[str, tuple[Path, Path]]) -> None:
    drawn = rendering.drawn_text(made["long_slides"][1])
    sections = {n: plan_view.view(cases.long_plan(City.open("iloilo")), city=None).section(n)
                for n in ("problem", "risks", "stakeholders", "help_wanted")}  # fmt: skip
    for section in sections.values():
        assert f"...seetheplan,section{section}" in drawn
    word = Document(str(made["long_word"][0]))
    heads = [p.text for p in word.paragraphs if p.style.name == "Heading 1"]
    assert heads[sections["risks"] - 1].startswith(f"{sections['risks']} ")
    # ten activities go on on a further slide; none is lost
    assert all(f"Activity{i}" in drawn for i in range(10))


def test_slides_keep_to_ten_minutes(made: dict[str, tuple[Path, Path]]) -> None:
    drawn = rendering.drawn_text(made["plan_slides"][1])
    minutes = [int(m) for m in re.findall(r"·(\d)min", drawn)]
    assert sum(minutes) == 10 and len(minutes) == 7
    assert 3 <= len(rendering.pages_of(made["note_slides"][1])) <= 4
    deck = re.findall(r"·(\d)min", rendering.drawn_text(made["seoul_deck"][1]))
    assert len(rendering.pages_of(made["seoul_deck"][1])) == 7 and len(deck) == 6


def test_a_draft_says_so_and_lists_its_gaps(made: dict[str, tuple[Path, Path]]) -> None:
    for name in ("empty_slides", "empty_word", "empty_note_slides", "hostile_slides"):
        for page in rendering.pages_of(made[name][1]):
            assert "DRAFT" in page.text, (name, page.number)
    assert "Writeatitleof10to80signs." in rendering.drawn_text(made["empty_word"][1])
    for name in ("plan_slides", "plan_word", "note_word"):
        assert "DRAFT" not in rendering.drawn_text(made[name][1])


def test_what_is_synthetic_says_so(made: dict[str, tuple[Path, Path]]) -> None:
    pages = rendering.pages_of(made["mashhad_deck"][1])
    assert "SYNTHETIC" in pages[2].text  # people by zone
    pages = rendering.pages_of(made["seoul_deck"][1])
    assert "SYNTHETIC" not in pages[2].text  # counted people, official land
    assert "2024" in pages[1].text and "reported" in pages[1].text
    assert "SYNTHETIC" in pages[1].text  # the timetable


def test_figures_of_the_deck_are_those_of_the_pack(made: dict[str, tuple[Path, Path]]) -> None:
    text = rendering.drawn_text(made["seoul_deck"][1])
    assert "9,597,372" in text and "605" in text and "15,858" in text  # 9,597,372 / 605.2
    assert "12routesand245stopsinSeoul" in text
    assert "101,578" not in text  # drawn in the chart, as a picture


def test_files_hold_what_office_programs_ask_for(made: dict[str, tuple[Path, Path]]) -> None:
    for name, (file, _) in made.items():
        with zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            assert archive.namelist()[0] == "[Content_Types].xml"
            assert not any("thumbnail" in n for n in archive.namelist())
            twice = [n for n, k in Counter(archive.namelist()).items() if k > 1]
            assert not twice, name
            for part in archive.namelist():
                if part.endswith((".xml", ".rels")):
                    root = etree.fromstring(archive.read(part))
                    if "/slides/" in part or part == "word/document.xml":
                        assert _ids_are_unique(root, part), (name, part)


def _ids_are_unique(root: etree._Element, part: str) -> bool:
    tag = "docPr" if part.startswith("word") else "cNvPr"
    ids = [e.get("id") for e in root.iter(f"{{*}}{tag}")]
    return len(ids) == len(set(ids))


def test_pictures_have_alt_text(made: dict[str, tuple[Path, Path]]) -> None:
    for name, (file, _) in made.items():
        with zipfile.ZipFile(file) as archive:
            for part in archive.namelist():
                if not re.match(r"(ppt/slides/slide|word/document)[^/]*\.xml", part):
                    continue
                root = etree.fromstring(archive.read(part))
                for picture in root.iter("{*}pic"):
                    told = [e.get("descr") for e in picture.iter("{*}cNvPr")]
                    if part.startswith("word"):
                        told = [e.get("descr") for e in root.iter("{*}docPr")]
                    assert told and all(told), (name, part)


def test_core_properties_and_structure(made: dict[str, tuple[Path, Path]]) -> None:
    word = Document(str(made["long_word"][0]))
    core = word.core_properties
    assert core.title == cases.said(80) and cases.HANGUL_NAME in core.author
    assert core.created.date() == cases.DAY and core.language == "en-GB"
    xml = word.element.xml
    assert 'w:hint="eastAsia"' in xml and "<w:rtl/>" in xml
    assert "<w:bidi/>" in Document(str(made["persian_word"][0])).element.xml
    for table in word.tables:
        head = table.rows[0]._tr.xml
        assert "tblHeader" in head or len(table.columns) == 2
    assert "NUMPAGES" in word.sections[0].footer._element.xml
    deck = Presentation(str(made["long_slides"][0]))
    titles = [s.shapes.title.text_frame.text for s in deck.slides]
    assert all(titles), "a slide without a title has no name for a screen reader"
    assert deck.core_properties.title == cases.said(80)
    assert 'rtl="1"' in etree.tostring(deck.slides[0].shapes._spTree).decode()


def test_equal_plans_give_equal_bytes(tmp_path: Path) -> None:
    plan = sample(date=cases.DAY)
    for writer, ending in ((plan_slides, "pptx"), (plan_word, "docx")):
        first, second = (writer.write(plan, tmp_path / f"{n}.{ending}").read_bytes() for n in "ab")
        assert first == second
        other = sample(date=cases.DAY.replace(day=1))
        assert writer.write(other, tmp_path / f"c.{ending}").read_bytes() != first
    city = City.open("iloilo")
    decks = [city_deck.write(city, tmp_path / f"{n}.pptx").read_bytes() for n in "de"]
    assert decks[0] == decks[1]
    assert not list(tmp_path.glob(".*"))


def test_a_bad_picture_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    plan = sample(date=cases.DAY)
    bad = tmp_path / "map.png"
    bad.write_bytes(b"no picture")
    for path in (bad, tmp_path / "gone.png", tmp_path):
        with pytest.raises(CourseError, match=re.escape(path.name)):
            plan_word.write(plan, tmp_path / "plan.docx", city=None, pictures=[path])
    assert not (tmp_path / "plan.docx").exists()


def test_a_deck_without_tables_says_what_is_missing(tmp_path: Path) -> None:
    city = City.open("iloilo")
    city._frames["zones"] = city.zones.head(0)
    city._frames["patterns"] = city.patterns.head(0)
    city.properties["facts"] = []
    deck = Presentation(str(city_deck.write(city, tmp_path / "deck.pptx")))
    titles = [s.shapes.title.text_frame.text for s in deck.slides]
    assert len(titles) == 7
    assert "Where people live: no table of zones yet" in titles
    assert "How people move: no lines in this pack yet" in titles


def test_pictures_travel_with_their_words(tmp_path: Path) -> None:
    city = City.open("mashhad")
    chosen = city.zones["zone_id"].head(2).tolist()
    png = pictures.network_png(city, width_px=640, height_px=400, highlight_zones=[*chosen, "no"])
    assert "3 routes and 37 stops" in pictures.alt_of(png)
    assert "Brought forward: " in pictures.alt_of(png)
    file = tmp_path / "map.png"
    file.write_bytes(png)
    assert plan_view.alt_text(file) == pictures.alt_of(png)
