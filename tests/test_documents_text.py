"""Text of documents: clean for any input, and what is measured to fit does fit."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from course.city.pack import City
from course.documents import city_deck, measure, pictures
from course.documents.letters import clean, inside, right_to_left, runs
from course.documents.picture_bars import bars_png
from course.errors import UsageError

ANY_TEXT = st.text(st.characters(codec=None), max_size=400)


@given(ANY_TEXT)
def test_clean_text_is_text_of_any_xml(text: str) -> None:
    for lines in (False, True):
        said = clean(text, lines=lines)
        root = etree.Element("t")
        root.text = said
        assert etree.fromstring(etree.tostring(root)).text == (said or None)
        assert clean(said, lines=lines) == said
        assert not any(0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 for c in said)
    assert "\n" not in clean(text)


@given(ANY_TEXT.map(clean))
def test_runs_lose_nothing(text: str) -> None:
    pieces = runs(text)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(kind in ("latin", "hangul", "joined") for _, kind in pieces)


@settings(max_examples=60)
@given(
    st.lists(st.text(st.sampled_from("ab 강남 مشهد.x"), min_size=1, max_size=700).map(clean),
             min_size=1, max_size=6),
    st.floats(120, 800), st.floats(24, 400),
)  # fmt: skip
def test_fitted_text_is_never_higher_than_its_box(
    paragraphs: list[str], room: float, high: float
) -> None:
    said = [p for p in paragraphs if p]
    fitted = measure.fit(said, room, high, more="… see the plan, section 2")
    assert measure.height(fitted.paragraphs, room, fitted.size) <= high + 1e-6
    if not fitted.cut:
        assert list(fitted.paragraphs) == said
    further = measure.fit(said, room, high, go_on=True)
    if not further.cut:
        assert [*further.paragraphs, *further.left] == said


@settings(max_examples=60)
@given(ANY_TEXT.map(clean), st.floats(60, 600))
def test_no_line_is_wider_than_the_room(text: str, room: float) -> None:
    broken = measure.lines(text, room, 13)
    assert all(measure.width(line, 13) <= room + 1e-6 for line in broken)
    assert "".join(broken).replace(" ", "") == text.replace(" ", "")


def test_short_text_keeps_its_size_and_long_text_names_the_place() -> None:
    assert measure.fit(["short"], 300, 60).size == 18
    said = measure.fit(["outer market " * 200], 300, 60, more="… see the plan, section 7")
    assert said.cut and said.paragraphs[0].endswith("… see the plan, section 7")
    assert measure.missing_fonts() == []


def test_direction() -> None:
    assert right_to_left("مشهد: plan") and not right_to_left("plan مشهد")
    assert inside("Seoul") == "Seoul" and not right_to_left(inside("مشهد"))


def test_pictures_are_made_for_any_width_and_say_what_they_hold() -> None:
    city = City.open("mashhad")
    values = city.zones.set_index("zone_id")["population"]
    png = pictures.zones_png(city, values, "Most live near Shohada", "people", width_px=500,
                             height_px=400, highlight_zones=values.index[:1])  # fmt: skip
    assert "SYNTHETIC" in pictures.alt_of(png) and "Most live near Shohada" in pictures.alt_of(png)
    assert png == pictures.zones_png(city, values, "Most live near Shohada", "people", width_px=500,
                                     height_px=400, highlight_zones=values.index[:1])  # fmt: skip
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (500, 400)
        # the badge's own colour is on the picture, and not when the numbers are counted
        assert _has(image, (0xFD, 0xF1, 0xDC))
    plain = pictures.zones_png(city, values, "t", width_px=500, height_px=400, synthetic="")
    with Image.open(io.BytesIO(plain)) as image:
        assert not _has(image, (0xFD, 0xF1, 0xDC))
    assert "no number" in pictures.alt_of(pictures.zones_png(city, {}, "t", width_px=300,
                                                             height_px=300))  # fmt: skip
    with pytest.raises(UsageError, match="None of the zones"):
        pictures.zones_png(city, {"nowhere": 1.0}, "t")
    with pytest.raises(UsageError, match="one number per zone"):
        pictures.zones_png(city, [1, 2], "t")  # type: ignore[arg-type]
    assert "There is no number" not in pictures.alt_of(bars_png({"a": 1.0}, "t"))
    for values_ in ({}, {"a": float("nan")}, {"a": -3.0, "b": 0.0}):
        assert bars_png(values_, "t", width_px=300, height_px=200).startswith(b"\x89PNG")


def _has(image: Image.Image, color: tuple[int, int, int]) -> bool:
    return any(found == color for _, found in image.convert("RGB").getcolors(1 << 20) or ())


def test_pale_lines_keep_their_own_colour() -> None:
    # Mashhad's line 2 is #02fa82: too pale for the canvas alone, drawn between dark edges
    png = pictures.network_png(City.open("mashhad"), width_px=900, height_px=560)
    with Image.open(io.BytesIO(png)) as image:
        assert _has(image, (0x02, 0xFA, 0x82))


def test_the_command_writes_a_deck(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from course.commands import deck
    from course.commands.dispatch import commands, run

    out = tmp_path / "my_city.pptx"
    argv = ["--city", "iloilo", "--delegation", "Test Delegation", "--date", "2026-11-23",
            "--out", str(out), "--json"]  # fmt: skip
    assert run(commands("course")["deck"], argv) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["city"] == "iloilo" and Path(told["file"]) == out.resolve() and out.is_file()
    assert "departures on a weekday" in told["synthetic"]
    with pytest.raises(UsageError, match=r"\.pptx"):
        run(commands("course")["deck"], ["--city", "iloilo", "--out", str(tmp_path / "x.pdf")])
    with pytest.raises(SystemExit):
        run(commands("course")["deck"], ["--date", "tomorrow"])
    assert deck.LEVEL == "learner"


def test_an_english_title_with_a_persian_name_reads_from_the_left(tmp_path: Path) -> None:
    from pptx import Presentation

    from course.city.from_nothing import Bare, add_bare_city

    city = add_bare_city("azmun", Bare(36.3, 59.6, 450_000, 60.0), title="آزمون", where=tmp_path)
    slides = Presentation(str(city_deck.write(city, tmp_path / "x.pptx"))).slides
    for index in (1, 2, 3):
        paragraph = slides[index].shapes.title.text_frame.paragraphs[0]
        assert paragraph._p.pPr.get("rtl") is None, paragraph.text
    assert "آزمون" in slides[1].shapes.title.text


def test_a_short_table_stays_on_one_page_and_no_row_of_a_long_one_is_alone():
    from course.documents.word_page import _tied

    assert _tied([["a", "b"]] * 5) == {0, 1, 2, 3}
    assert _tied([["a", "b"]] * 30) == {0, 1, 28}
    assert _tied([["x" * 700, "b"]] * 4) == set()  # a row of half a page is tied to nothing
    assert _tied([["a"]]) == set() and _tied([]) == set()


@pytest.mark.parametrize(
    ("start", "months", "said"),
    [("1", "3", "from month 1, for 3 months"), ("4", "1", "from month 4, for 1 month"),
     ("", "3", ""), ("1", "", "")],
)  # fmt: skip
def test_the_time_of_a_phase_reads_as_a_sentence(start, months, said):
    from course.documents.plan_time import _when

    assert _when(start, months) == said


def test_a_name_does_not_hide_the_small_zone_it_names():
    from course.city.pack import City
    from course.display import still_layers, still_map

    city = City.open("iloilo")
    zones = [str(z) for z in city.zones["zone_id"].head(2)]
    with still_map.style(15):
        drawing = still_map.sheet(1524, 1122)
        axes, on = still_layers.ground(drawing, city, 0.1)
        still_layers.name_places(axes, city, on, zones)
        for text, zone in zip(axes.texts, zones, strict=False):
            place = still_layers._foot_of_small(axes, city, on, zone)
            assert place is not None
            lowest = axes.transData.transform(place)[1]
            assert text.get_window_extent().y1 <= lowest + 2
