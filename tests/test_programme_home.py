"""The home page with a programme: today first, the week, what is due, what is missing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from course import catalogue, home, workspace
from course.catalogue import Progress
from course.completion import Completion, Requirement
from course.home import week
from course.home.city_card import CityCard
from course.home.rows import short_date
from course.programme import Programme
from course.questions import load_module
from tests.programme_files import small, write

CARD = CityCard("Seoul", (("stops", "facts", "2021"),))
START = date(2027, 4, 5)
STATES = {
    "02_citizen_participation": "ready", "06_night_bus": "ready", "10_integrated_fares": "ready",
    "09_transport_operations": "planned", "01_smart_city_policy": "planned",
}  # fmt: skip


def rows(done: dict[str, tuple[int, int]] | None = None):
    """Return five modules as a workspace shows them: three delivered, two in preparation."""
    found = []
    for name, state in STATES.items():
        module = load_module(catalogue.source_dir() / name)
        assert module.status == state
        folder = f"modules/{name}"
        files = (f"{folder}/lesson.ipynb", f"{folder}/exercises.ipynb") if state == "ready" else ()
        answered, of = (done or {}).get(name, (0, len(module.questions)))
        found.append((module, Progress(answered, of), files))
    return sorted(found, key=lambda row: row[0].id)


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def page(now: datetime | None, name: str = "wego_week", start: date | None = START, **more) -> str:
    programme = Programme.open(name)
    if start is not None:
        programme = programme.dated(start)
    return home.page(rows(more.pop("done", None)), CARD, programme=programme, now=now, **more)


def first_card(text: str) -> str:
    return text[text.index("border-left: 4px") : text.index("<h2")]


def test_the_session_that_runs_now_comes_first_with_one_button() -> None:
    card = first_card(page(datetime(2027, 4, 6, 13, 20)))
    assert "Now, until 13:55 Routes from night demand" in words(card)
    assert card.count("<a ") == 1
    assert 'href="modules/06_night_bus/lesson.ipynb"' in card


def test_in_a_break_the_next_session_is_named() -> None:
    card = first_card(page(datetime(2027, 4, 6, 10, 30)))
    assert "Today at 10:40 One trip, one price" in words(card)
    assert 'href="modules/10_integrated_fares/lesson.ipynb"' in card


def test_the_last_minute_of_a_session_is_its_own() -> None:
    assert "Now, until 11:25" in words(first_card(page(datetime(2027, 4, 6, 11, 24))))
    text = first_card(page(datetime(2027, 4, 6, 11, 25)))
    assert "One trip, one price: exercises" in words(text)
    assert 'href="modules/10_integrated_fares/exercises.ipynb"' in text


def test_a_visit_shows_its_two_questions() -> None:
    text = words(first_card(page(datetime(2027, 4, 6, 15, 0))))
    assert "Visit: TOPIS" in text
    assert "Which screen leads to a phone call?" in text
    assert "How old is the newest position?" in text


def test_a_module_in_preparation_has_no_button() -> None:
    card = first_card(page(datetime(2027, 4, 6, 9, 10)))
    assert "See, measure, act" in words(card)
    assert "in preparation" in words(card)
    assert "<a " not in card


def test_before_the_week_the_part_on_line_is_named_with_its_last_day() -> None:
    now = datetime(2027, 3, 20, 12, 0)
    # nothing of that part is delivered: the first thing of the week that is
    assert "Citizens and city hall: on Mon 5 Apr at 09:00" in words(first_card(page(now)))
    assert 'href="modules/02_citizen_participation/lesson.ipynb"' in first_card(page(now))


def test_in_the_evening_and_at_night_the_next_day_is_named() -> None:
    assert "Transport: tomorrow at 09:00" in words(first_card(page(datetime(2027, 4, 5, 22, 0))))
    assert "Today at 09:00" in words(first_card(page(datetime(2027, 4, 6, 0, 5))))


def test_after_the_week_what_is_open_is_named() -> None:
    text = page(datetime(2027, 5, 20, 12, 0))
    assert "WeGO smart city week ended on Fri 9 Apr" in words(first_card(text))
    assert "was due Mon 5 Apr" in words(text)
    full = {name: (8, 8) for name in STATES}
    text = page(datetime(2027, 5, 20, 12, 0), done=full)
    assert "Every question of the open modules has an answer" in words(first_card(text))
    assert "was due" not in words(text)


def test_without_dates_the_order_of_the_programme_counts() -> None:
    text = page(None, "self_paced", None)
    assert "Week 2: Citizens and plans · Start here" in words(first_card(text))
    assert "week 4" in words(text) and "due" not in words(text)
    begun = page(None, "self_paced", None, done={"02_citizen_participation": (3, 8)})
    assert "3 of 8 answered" in words(first_card(begun))
    assert "Go on with the exercises" in words(first_card(begun))


def test_the_strip_has_a_box_per_day_and_marks_today() -> None:
    text = words(page(datetime(2027, 4, 6, 13, 20)))
    assert "Tue 6 Apr · today Transport 8 h 30 min" in text
    assert "Mon 5 Apr · over" in text and "until Sun 4 Apr · over" in text
    assert "Fri 9 Apr Action plans" in text
    assert text.count("today") == 1


def test_todays_timetable_is_open_and_the_others_folded() -> None:
    text = page(datetime(2027, 4, 6, 13, 20))
    before, _, folded = text.partition("The other days")
    assert "16:40 Ride with one change" in words(before)
    assert "Routes from night demand , now" in words(before)
    assert "City introductions" in words(folded) and "City introductions" not in words(before)
    undated = page(None, "mashhad_tailor_made", None)
    assert "The timetable" in words(undated) and "The other days" not in words(undated)


def test_modules_say_when_they_are_due_and_in_which_state() -> None:
    text = words(page(datetime(2027, 4, 6, 13, 20)))
    assert "02 Votes, replies and fairness was due Mon 5 Apr 80 min Exercises" in text
    assert "06 Routes from night demand due Wed 7 Apr" in text  # its exercises are on day 3
    preparation = text[text.index("In preparation") :]
    assert "09 See, measure, act 85 min" in preparation
    assert "due" not in preparation.partition("Your city")[0]


def test_modules_outside_the_programme_are_apart() -> None:
    text = words(page(datetime(2024, 5, 9, 12, 0), "iloilo_susa", date(2024, 5, 9)))
    assert "02 Votes" in text[text.index("Not in your programme") :]
    assert "10 One trip" in text[: text.index("Not in your programme")]
    # what is in preparation and not in the programme is left out
    assert "Laws, plans and indicators" not in text


COMPLETION = Completion(
    False,
    (
        Requirement("points", "Points of the core questions", False, "12 of 50", "60 %", "Go on."),
        Requirement("attendance", "Presence", None, "20 %", "80 %", "Come and sign."),
        Requirement("plan", "A complete <plan> $5", True, "complete", "", ""),
    ),
)


def test_what_is_missing_is_listed_as_met_not_yet_or_unknown() -> None:
    text = page(datetime(2027, 4, 6, 13, 20), completion=COMPLETION)
    part = words(text[text.rindex("<h2") :])
    assert part.startswith("Certificate " + COMPLETION.sentence)
    assert "Points of the core questions : 12 of 50 · not yet Go on." in part
    assert "Presence : 20 % · only your instructor knows Come and sign." in part
    assert "A complete &lt;plan&gt; &#36;5: complete · met" in part
    assert "<plan>" not in text
    assert "Certificate" not in words(page(None, start=None))


def test_the_page_keeps_to_what_the_markdown_reader_can_take(tmp_path: Path) -> None:
    content = small() | {"title": "<script>x</script> $5 *a* 서울 مشهد", "delegations": []}
    content["days"][1]["theme"] = 'b" onload="x [l](m) `c`'
    content["days"][1]["sessions"][0]["title"] = "**bold** $x$ <img src=x>"
    programme = Programme.open(write(tmp_path, content)).dated(START)
    text = home.page(rows(), CARD, programme=programme, now=datetime(2027, 4, 5, 9, 1),
                     completion=COMPLETION, problem="a $b$ <i>")  # fmt: skip
    _, _, block = text.partition("<div")
    assert "\n\n" not in block.strip() and "$" not in text
    assert "<script" not in text and "<img src=x" not in text and "](" not in text
    assert "**" not in block and "`" not in block
    assert not re.search(r'<[^>]*" onload', text)


def test_the_page_is_built_from_the_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    workspace.prepare(folder, city="seoul", programme="wego_week", start=START)
    now = datetime(2027, 4, 6, 4, 20, tzinfo=UTC)  # 13:20 in Seoul
    text, _ = home.build(folder, city="seoul", now=now)
    assert "Now, until 13:55 Routes from night demand" in words(text)
    assert "Certificate" in words(text)


def test_a_programme_that_went_away_does_not_take_the_page_along(tmp_path, monkeypatch) -> None:
    own = write(tmp_path / "own", small())
    folder = tmp_path / "ws"
    workspace.prepare(folder, city="seoul", programme=str(own))
    text, _ = home.build(folder, city="seoul")
    assert "A small week for tests" in words(text)
    own.unlink()
    text, _ = home.build(folder, city="seoul")
    assert "Your programme cannot be read." in words(text) and "Open the lesson" in words(text)
    workspace.prepare(folder)  # the lab still opens
    own.write_text("id: [", encoding="utf-8")
    assert "not readable YAML" in words(home.build(folder, city="seoul")[0])


def test_standing_that_fails_leaves_the_page(tmp_path, monkeypatch) -> None:
    from course import standing

    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(standing, "of_workspace", broken)
    folder = tmp_path / "ws"
    workspace.prepare(folder, city="seoul")
    assert "Certificate" not in words(home.build(folder, city="seoul")[0])


@pytest.mark.parametrize("days", range(1, 30))
def test_the_boxes_of_a_strip_share_their_rows(days: int) -> None:
    wide = week._width(days)
    per_row = -(-days // -(-days // 7))
    assert wide == max(100 // per_row - 6, 8)
    assert short_date(date(2027, 5, 12)) == "Wed 12 May"
