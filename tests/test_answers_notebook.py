"""ask, answer, hand_in: what is shown, what is written beside the notebook, what never fails."""

from __future__ import annotations

import ast
import json
import os
import shlex
import subprocess
import sys
import threading
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import course
from course import answer_book, answers, checklist
from course.answer_cards import Card, number_words
from course.city.pack import City
from course.errors import CourseError
from tests.key_cases import bundled, drawn, key, module
from tests.test_answers_values import GOOD_DESIGN, HOSTILE

ROOT = Path(__file__).resolve().parent.parent
FIELDS = {
    "schema", "module", "question", "value", "unit", "city", "fingerprint", "trainee", "team",
    "variant", "course", "time", "n",
}  # fmt: skip


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand in a trainee's folder and collect what a notebook would show."""
    shown: list[dict[str, Any]] = []

    def show(card: Card, record: dict[str, Any] | None = None) -> None:
        shown.append(card.bundle(**({answers.MEDIA_TYPE: record} if record else {})))

    folder = tmp_path / "10_integrated_fares"
    folder.mkdir()
    (folder / "module.yml").write_bytes((module().path).read_bytes())
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COURSE_TRAINEE", "ana")
    monkeypatch.setenv("COURSE_CITY", "mashhad")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(answers, "_show", show)
    return shown


def records() -> list[dict[str, Any]]:
    return json.loads(Path("answers.json").read_text(encoding="utf-8"))["answers"]


def test_a_record_says_who_answered_what_where(page):
    answers.answer("m10_trip", "1,650 KRW")
    record = page[-1][answers.MEDIA_TYPE]
    assert set(record) == FIELDS
    assert records() == [record]
    draw = drawn("m10_trip", bundled("mashhad"), "ana")
    assert record["value"] == 1650 and record["unit"] == "KRW" and record["n"] == 1
    assert record["variant"] == draw.variant and record["trainee"] == "ana"
    assert record["city"] == "mashhad" and record["fingerprint"] == bundled("mashhad").fingerprint
    assert record["course"] == course.__version__ and record["module"] == "10_integrated_fares"
    assert datetime.fromisoformat(record["time"]).utcoffset().total_seconds() == 0
    assert "✓ Form is right\nNoted: 1,650 KRW." in page[-1]["text/plain"]


def test_hints_come_one_after_another(page):
    hints = module().questions["m10_rev"].hints
    texts = []
    for value in (5, 6, 7, 8):
        answers.answer("m10_rev", value)
        texts.append(page[-1]["text/plain"])
    assert [sum(h[:40] in t for h in hints) for t in texts] == [0, 1, 2, 2]
    assert [r["n"] for r in records()] == [1, 2, 3, 4]
    assert hints[0][:40] in texts[1]


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("m10_rev", (5, 5.0, "5 %")),
        ("m10_cap", ("b", "B", "(b)")),
        ("m10_policy", (GOOD_DESIGN, json.dumps(GOOD_DESIGN), GOOD_DESIGN | {"base": 1650.0})),
        ("m10_rev", ("many", "many", "many")),
    ],
)
def test_the_same_answer_again_is_no_new_attempt(page, question: str, given: tuple):
    for value in given:
        answers.answer(question, value)
        answers.answer(question, value)
    assert len(records()) == 1
    assert all(bundle == page[0] for bundle in page)
    assert page[0][answers.MEDIA_TYPE]["n"] == 1


def test_another_value_name_or_city_is_a_new_attempt(page, monkeypatch):
    for value in (5, 6, 5):  # back to an earlier value is a new thought
        answers.answer("m10_rev", value)
    assert [r["n"] for r in records()] == [1, 2, 3]
    monkeypatch.setenv("COURSE_TRAINEE", "ben")
    answers.answer("m10_rev", 5)
    monkeypatch.setenv("COURSE_CITY", "iloilo")
    answers.answer("m10_rev", 5)
    assert [(r["trainee"], r["city"]) for r in records()[-2:]] == [
        ("ben", "mashhad"), ("ben", "iloilo"),
    ]  # fmt: skip
    assert [r["n"] for r in records()] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "change", [{"n": "x"}, {"n": True}, {"n": -1}, {"time": None}, {"time": {}}, {"course": 5}]
)
def test_a_record_changed_by_hand_is_not_shown_again(page, change: dict[str, Any]):
    answers.answer("m10_rev", 5)
    odd = {"schema": 1, "answers": [records()[0] | change]}
    Path("answers.json").write_text(json.dumps(odd), encoding="utf-8")
    answers.answer("m10_rev", 5)
    assert len(records()) == 2
    assert type(page[-1][answers.MEDIA_TYPE]["n"]) is int


def test_the_form_has_a_sign_in_words_and_not_in_colour_alone(page):
    for value, sign, words, colour in (
        (1650, "✓", "Form is right", "--jp-success-color0"),
        ("about sixteen", "✗", "Form is not right yet", "--jp-error-color0"),
    ):
        answers.answer("m10_trip", value)
        assert f"{sign} {words}" in page[-1]["text/plain"]
        assert sign in page[-1]["text/html"] and f" {words}</p>" in page[-1]["text/html"]
        assert colour in page[-1]["text/html"]
        read_html(page[-1]["text/html"])
    for value in (None, 1650 * 1000):  # none yet; far outside what is plausible
        answers.answer("m10_trip", value)
        assert "Form is" not in page[-1]["text/plain"]


@pytest.mark.parametrize("blank", [None, ..., "", dict.fromkeys(GOOD_DESIGN)])
def test_no_answer_yet_is_kind_and_leaves_no_record(page, blank):
    answers.answer("m10_policy", blank)
    assert "No answer yet" in page[-1]["text/plain"]
    assert answers.MEDIA_TYPE not in page[-1]
    assert not Path("answers.json").exists()


def test_what_cannot_be_read_is_recorded_as_such(page):
    answers.answer("m10_trip", "about sixteen hundred")
    record = page[-1][answers.MEDIA_TYPE]
    assert record["value"] == "about sixteen hundred"
    assert "could not read a number here" in page[-1]["text/plain"]
    answers.answer("m10_trip", [1, 2])
    assert records()[-1]["value"] == "<list>"


def test_a_value_out_of_range_is_kept_for_the_hint_on_units(page):
    answers.answer("m10_trip", 1650 * 1000)
    assert page[-1][answers.MEDIA_TYPE]["value"] == 1_650_000
    assert "plausible is 100 to 20,000 KRW" in page[-1]["text/plain"]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_answer_never_raises(page, number: int):
    for question in ("m10_trip", "m10_policy", "m10_cap"):
        answers.answer(question, HOSTILE[number])
        bundle = page[-1]
        record = bundle.get(answers.MEDIA_TYPE)
        assert record is not None
        assert len(json.dumps(record, allow_nan=False).encode("utf-8")) < 3_000
        assert len(bundle["text/html"].encode("utf-8")) < 4_000
    assert len(records()) == 3


@pytest.mark.parametrize("question", ["", "m10_x", None, 5, [], "m99_trip", "m06_grid", object()])
def test_a_wrong_question_is_a_sentence(page, question):
    for call in (answers.ask, lambda q: answers.answer(q, 1)):
        call(question)
        assert page[-1]["text/plain"].startswith("This did not work")
        assert "Traceback" not in page[-1]["text/html"]


def test_a_missing_city_is_a_sentence(page, monkeypatch):
    monkeypatch.setenv("COURSE_CITY", "atlantis")
    for call in (
        lambda: answers.ask("m10_rev"),
        lambda: answers.answer("m10_rev", 1),
        answers.hand_in,
    ):
        call()
        assert "There is no city pack 'atlantis'" in page[-1]["text/plain"]


@pytest.mark.parametrize("broken", ["", "{", "[1, 2]", '{"answers": 5}', "\udcff", "[" * 100_000])
def test_a_broken_file_is_set_aside_and_told(page, broken: str):
    Path("answers.json").write_bytes(broken.encode("utf-8", "surrogateescape"))
    answers.answer("m10_trip", 1650)
    assert "kept as answers.broken-1.json" in page[-1]["text/plain"]
    assert Path("answers.broken-1.json").read_bytes() == broken.encode("utf-8", "surrogateescape")
    assert len(records()) == 1
    Path("answers.json").write_text("{", encoding="utf-8")
    answers.answer("m10_trip", 1650)
    assert Path("answers.broken-2.json").exists()


def test_odd_records_in_the_file_do_no_harm(page):
    odd = [{"question": "m10_trip", "n": "x"}, {"question": "m10_trip", "n": 10**9}, 5, {}, None]
    Path("answers.json").write_text(json.dumps({"answers": odd}), encoding="utf-8")
    answers.answer("m10_trip", 1650)
    assert records()[-1]["n"] == 3


def test_a_folder_that_cannot_be_written_keeps_the_answer_in_the_cell(page, monkeypatch):
    def refuse(*args):
        raise PermissionError("read-only")

    monkeypatch.setattr(answer_book, "append", refuse)
    answers.answer("m10_trip", 1650)
    assert page[-1][answers.MEDIA_TYPE]["value"] == 1650
    assert "could not be written here" in page[-1]["text/plain"]


def test_the_file_stays_small(page):
    for value in range(40):
        answers.answer("m10_trip", 1000 + value)
    answers.answer("m10_rev", 1)
    kept = [r for r in records() if r["question"] == "m10_trip"]
    assert len(kept) == answer_book.KEPT_PER_QUESTION
    assert [r["n"] for r in kept] == list(range(11, 41))


def test_two_kernels_at_once_lose_nothing(tmp_path: Path):
    path = tmp_path / "answers.json"

    def write(name: str) -> None:
        for _ in range(10):
            answer_book.append(path, {"question": name})

    threads = [threading.Thread(target=write, args=(name,)) for name in ("m10_a", "m10_b", "m10_c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found, readable = answer_book.read(path)
    assert readable and len(found) == 30
    assert sorted(p.name for p in tmp_path.iterdir()) == ["answers.json"]


def test_the_lock_of_a_killed_kernel_is_no_obstacle(tmp_path: Path):
    lock = tmp_path / ".answers.json.lock"
    lock.touch()
    os.utime(lock, (1, 1))
    record, said = answer_book.append(tmp_path / "answers.json", {"question": "m10_a"})
    assert (record["n"], said) == (1, "")
    assert not lock.exists()


def test_the_notebook_s_own_folder_wins_over_the_current_one(tmp_path: Path, monkeypatch):
    notebook = tmp_path / "here" / "exercises.ipynb"
    notebook.parent.mkdir()
    notebook.write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert answer_book.folder() == notebook.parent
    monkeypatch.setenv("JPY_SESSION_NAME", "relative/exercises.ipynb")
    assert answer_book.folder() == tmp_path


# ---- what is shown -------------------------------------------------------------------


class _Page(HTMLParser):
    void = frozenset({"br", "hr", "img", "meta", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.labels = 0

    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "img", "link", "iframe")
        assert not any(name.startswith("on") or name == "src" for name, _ in attrs)
        self.labels += any(name == "aria-label" for name, _ in attrs)
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def read_html(text: str) -> str:
    parser = _Page()
    parser.feed(text)
    assert parser.open == [] and parser.labels == 1
    return " ".join(parser.words)


@pytest.mark.parametrize("question", list(module().questions))
def test_a_question_shows_prompt_unit_form_points_and_who(page, question: str):
    answers.ask(question)
    spec = module().questions[question]
    for text in (read_html(page[-1]["text/html"]), page[-1]["text/plain"]):
        assert spec.title in text and f"Question {spec.number} of 8" in text
        assert f"{spec.points:g} point" in text and "Mashhad" in text
        assert "{" not in text and "!" not in text
        whose = "Drawn for you" if spec.varies_by == "trainee" else "same for everyone in this city"
        assert whose in text
    if spec.options:
        assert all(repr(o.key) in page[-1]["text/plain"] for o in spec.options)
    for field in spec.fields:
        assert field.name in page[-1]["text/html"]


def test_the_two_ends_of_a_hostile_text_are_escaped(page):
    answers.answer("m10_trip", '<script>alert("x")</script>')
    answers.answer("<img src=x onerror=y>", 1)
    for bundle in page:
        read_html(bundle["text/html"])


def test_a_reply_is_announced_and_a_question_is_not(page):
    answers.ask("m10_trip")
    answers.answer("m10_trip", 1650)
    assert 'role="status"' not in page[0]["text/html"]
    assert 'role="status"' in page[1]["text/html"]


@pytest.mark.parametrize(
    ("value", "words"),
    [(1650.0, "1,650"), (-12.3456789, "-12.3457"), (0.1 + 0.2, "0.3"), (12393.315, "12,393.3")],
)
def test_numbers_in_words(value: float, words: str):
    assert number_words(value) == words


def test_outside_a_notebook_plain_text_is_printed(capsys):
    answers.ask("m00_demo")
    answers.answer("m00_demo", 3)
    out = capsys.readouterr().out
    assert "How many buses come in one hour?" in out and "Not yet." in out
    assert "<" not in out


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (3, "An hour has 60 minutes"), (6, "Right."), ("۶", "Right."), (60, "one bus each minute"),
        (10, "time between two buses"), (7, "the bus at 11:00"), (None, "No answer yet"),
        ("six", "could not read"), (True, "could not read"), (float("nan"), "could not read"),
    ],
)  # fmt: skip
def test_the_demo_question_keeps_its_key_beside_the_learner(page, value, says: str):
    answers.answer("m00_demo", value)
    assert says in page[-1]["text/plain"]
    assert answers.MEDIA_TYPE not in page[-1] and not Path("answers.json").exists()


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_the_demo_question_never_raises(page, number: int):
    answers.answer("m00_demo", HOSTILE[number])
    assert len(page) == 1


@pytest.mark.slow
def test_an_error_in_one_working_cell_stops_nothing(tmp_path: Path, monkeypatch):
    """Run All of the real notebook, with a slip in the first working cell."""
    import nbformat
    from nbclient import NotebookClient

    source = module().path.parent if module().path.is_file() else module().path
    notebook = nbformat.read(source / "exercises.ipynb", as_version=4)
    (tmp_path / "module.yml").write_bytes((source / "module.yml").read_bytes())
    cells = {cell["id"]: cell for cell in notebook.cells}
    cells["trip-work"]["source"] = "m10_trip = fares.prise()"
    monkeypatch.setenv("COURSE_CITY", "mashhad")
    monkeypatch.setenv("COURSE_TRAINEE", "ana")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    metadata = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, resources=metadata).execute()
    assert [o["output_type"] for o in cells["trip-work"]["outputs"]] == ["error"]
    assert "No answer yet" in cells["trip-answer"]["outputs"][0]["data"]["text/plain"]
    assert "0 of 8 questions" in cells["hand-in"]["outputs"][0]["data"]["text/plain"]
    assert not (tmp_path / "answers.json").exists()


def test_asking_again_keeps_a_value_of_the_learner(page, monkeypatch):
    from types import SimpleNamespace

    from IPython.core import getipython

    shell = SimpleNamespace(user_ns={"m10_rev": 12.5})
    monkeypatch.setattr(getipython, "get_ipython", lambda: shell)
    for question in ("m10_rev", "m10_trip", "m10_none", "m00_demo"):
        answers.ask(question)
    assert shell.user_ns == {"m10_rev": 12.5, "m10_trip": None}


# ---- handing in ----------------------------------------------------------------------


def test_hand_in_lists_what_is_open(page):
    answers.answer("m10_trip", 1650)
    answers.answer("m10_link", "many")
    answers.answer("m10_policy", GOOD_DESIGN)
    answers.hand_in()
    text = page[-1]["text/plain"]
    assert "Core questions worth 7 of 10 points are open." in text  # "many" is no answer
    assert "1. Price one trip | 1 | 1,650 | form is right" in text
    assert "could not read a number" in text and "a dictionary" in text
    assert "8. Where the cap works | 1 (extra) | – | not answered yet" in text
    assert "You are ana; the city is Mashhad." in text
    read_html(page[-1]["text/html"])


def test_hand_in_is_ready_only_when_nothing_is_open(page):
    answers.hand_in()
    assert page[-1]["text/plain"].startswith("0 of 8 questions are answered")
    for question in module().questions.values():
        given = {"choice": "b", "json": GOOD_DESIGN}.get(question.type, 5)
        answers.answer(question.id, given)
        if question.number == 7:
            answers.hand_in()
            assert page[-1]["text/plain"].startswith("7 of 8 questions are answered")
            assert "Every core question has an answer." in page[-1]["text/plain"]
    answers.hand_in()
    assert page[-1]["text/plain"].startswith("Ready to hand in")
    answers.answer("m10_link", "many")
    answers.hand_in()
    assert page[-1]["text/plain"].startswith("7 of 8 questions are answered")


@pytest.mark.parametrize("hub", [False, True])
@pytest.mark.parametrize("installed", [False, True])
def test_hand_in_says_only_what_works_here(page, monkeypatch, hub: bool, installed: bool):
    monkeypatch.setattr(checklist, "find_spec", lambda name: object() if installed else None)
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    if hub:
        monkeypatch.setenv("JUPYTERHUB_USER", "ana")
    answers.hand_in()
    text = page[-1]["text/plain"]
    assert ("menu Nbgrader, Assignment List, Submit" in text) is (hub and installed)
    assert ("python3 -m grading self " in text) is not (hub and installed)
    assert ("the folder 10_integrated_fares as" in text) is not (hub and installed)


def test_the_command_to_score_survives_a_shell(page, monkeypatch, tmp_path: Path):
    odd = tmp_path / "it's my folder"
    odd.mkdir()
    (odd / "module.yml").write_bytes(Path("module.yml").read_bytes())
    monkeypatch.chdir(odd)
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    answers.hand_in()
    line = next(x for x in page[-1]["text/plain"].splitlines() if "grading self" in x)
    assert shlex.split(line)[-1] == str((odd / "exercises.ipynb").resolve())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "10_integrated_fares")
    answers.hand_in()
    assert "grading self ~/10_integrated_fares/exercises.ipynb" in page[-1]["text/plain"]


def test_hand_in_sees_answers_of_another_city_or_name(page, monkeypatch):
    answers.answer("m10_trip", 1650)
    monkeypatch.setenv("COURSE_TRAINEE", "ben")
    answers.hand_in()
    assert "given as ana" in page[-1]["text/plain"]
    monkeypatch.setenv("COURSE_CITY", "iloilo")
    answers.hand_in()
    assert "given for another city" in page[-1]["text/plain"]


def test_hand_in_asks_a_guest_for_a_name(page, monkeypatch):
    monkeypatch.delenv("COURSE_TRAINEE")
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    answers.hand_in()
    assert "Nobody knows your name yet" in page[-1]["text/plain"]


def test_hand_in_outside_a_module_is_a_sentence(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    answers.hand_in()
    assert page[-1]["text/plain"].startswith("This did not work")


@pytest.fixture
def own_city(page, tmp_path: Path, monkeypatch) -> City:
    """Open a copy of a bundled pack as a city of one's own."""
    import shutil

    target = tmp_path / "cities" / "ours"
    shutil.copytree(bundled("iloilo").path, target)
    package = json.loads((target / "datapackage.json").read_text(encoding="utf-8"))
    package["city"]["id"], package["name"] = "ours", "ours"
    (target / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    monkeypatch.setenv("COURSE_CITIES", str(target.parent))
    monkeypatch.setenv("COURSE_CITY", "ours")
    return City.open("ours")


@pytest.mark.slow
def test_an_own_city_travels_beside_the_notebook(page, own_city: City, tmp_path: Path):
    from course.city.importing import read_export

    answers.answer("m10_trip", 1650)
    name = f"city-ours-{own_city.fingerprint}.zip"
    assert name in page[-1]["text/plain"]
    first = Path(name).stat()
    answers.answer("m10_trip", 1700)
    assert name not in page[-1]["text/plain"] and Path(name).stat().st_mtime_ns == first.st_mtime_ns
    Path("city-ours-0000000000000000.zip").write_bytes(b"an earlier state of the city")
    answers.hand_in()
    assert sorted(p.name for p in Path().glob("city-*.zip")) == [name]
    host = City.open(read_export(name, tmp_path / "host"))
    assert host.fingerprint == own_city.fingerprint == records()[-1]["fingerprint"]


def test_an_own_city_that_cannot_be_packed_keeps_the_answer(page, own_city: City, monkeypatch):
    for error in (CourseError("The export is 30 MB.", "Leave out rides."), RuntimeError("boom")):

        def fail(self, path, error=error):
            raise error

        monkeypatch.setattr(City, "export", fail)
        answers.answer("m10_trip", 1650)
        assert page[-1][answers.MEDIA_TYPE]["value"] == 1650
        assert "Your city could not be" in page[-1]["text/plain"]


def test_a_bundled_city_leaves_nothing_else_behind(page):
    answers.answer("m10_trip", 1650)
    answers.hand_in()
    assert sorted(p.name for p in Path().iterdir()) == ["answers.json", "module.yml"]


# ---- the key is nowhere near ---------------------------------------------------------


def test_course_never_imports_grading():
    for file in (ROOT / "course").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(n.split(".")[0] == "grading" for n in names), file


PLANTED = 918273.64
TRAINEE_SIDE = """
import sys
sys.path.insert(0, {root!r})
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
said = []
shell.display_pub.publish = lambda data, **kw: said.append(data)
from course import answer, ask, exercise, hand_in
for question in {questions!r}:
    ask(question)
    for value in (1, 2, 3, "b", None, "abc", 1e6):
        answer(question, value)
hand_in()
for piece in ("m10_rides", "m10_policy", "m10_cap_settings"):
    said.append({{"text/plain": str(exercise(piece))}})
loaded = [name for name in sys.modules if name.split(".")[0] == "grading"]
import json
print(json.dumps({{"said": said, "loaded": loaded}}, default=str))
"""
FORMS = (
    "918273",
    "918,273",
    "918 273",
    "918.273",
    "9.18273",
    "9182.73",
    "٩١٨٢٧٣",
    "۹۱۸۲۷۳",
    "e0311",
)


@pytest.mark.slow
def test_a_planted_key_is_nowhere_on_the_trainees_side(tmp_path: Path):
    """A copy of the course whose key answers 918273.64 to everything."""
    import shutil

    root = tmp_path / "copy"
    for part in ("course", "grading"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("datasets", "modules"):
        shutil.copytree(ROOT / part, root / part)
    file = root / "grading" / "answer_key" / "m10_integrated_fares.py"
    questions = list(module().questions)
    file.write_text(
        file.read_text(encoding="utf-8")
        + f"\nKEY._expected = {{q: lambda c, d: {PLANTED} for q in {questions!r}}}\n"
        + f"KEY._wrong = {{q: lambda c, d: [({PLANTED}, 'planted')] for q in {questions!r}}}\n",
        encoding="utf-8",
    )
    folder = root / "modules" / "10_integrated_fares"
    env = {**os.environ, "COURSE_CITY": "mashhad", "COURSE_TRAINEE": "ana"}
    env.pop("PYTHONPATH", None)

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True,
            encoding="utf-8", check=True,
        )  # fmt: skip
        return done.stdout + done.stderr

    script = TRAINEE_SIDE.format(root=str(root), questions=questions)
    out = run(script)
    found = json.loads(out.splitlines()[-1])
    assert found["loaded"] == []
    assert len(found["said"]) > 50
    everything = out + (folder / "answers.json").read_text(encoding="utf-8")
    assert "Question 1 of 8" in everything
    assert not [form for form in FORMS if form in everything]
    # the plant works: whoever could reach the key would see it
    peek = (
        f"import sys; sys.path.insert(0, {str(root)!r})\n"
        "from grading.answer_key import for_module\n"
        "print(for_module('10_integrated_fares').expected.__self__._expected['m10_rev'](0, 0))"
    )
    assert "918273" in run(peek)


def test_the_reply_to_a_right_answer_is_that_to_a_wrong_one(page):
    """Nothing on the page may tell right from wrong."""
    city = bundled("mashhad")
    right = key().expected("m10_rev", city, drawn("m10_rev", city, "ana"))
    answers.answer("m10_rev", 11.11)
    Path("answers.json").unlink()
    answers.answer("m10_rev", round(right, 2))
    wrong_text, right_text = (b["text/plain"] for b in page)
    assert wrong_text.replace("11.11", "#") == right_text.replace(f"{round(right, 2):g}", "#")
