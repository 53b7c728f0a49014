"""A module from the template: from one command to a scored answer, all of it or nothing."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from course import catalogue, environment, new_module, workspace
from course.commands import module as command
from course.errors import CourseError, UsageError
from course.new_module import ID, NewModule, lay_out, named
from course.question_checks import PILLARS
from course.questions import load_module

ROOT = Path(__file__).resolve().parent.parent
TAKEN = ("06_night_bus", "13_action_plan")
WATER = NewModule("14_water", "Water for all", "policy")
FILES = {
    "course/exercises/m14_water.py",
    "grading/answer_key/m14_water.py",
    "modules/14_water/exercises.ipynb",
    "modules/14_water/instructor.md",
    "modules/14_water/lesson.ipynb",
    "modules/14_water/module.yml",
    "tests/module_work/m14_water.py",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the part of a checkout that a new module is made from."""
    shutil.copytree(ROOT / "module_template", tmp_path / "module_template")
    return tmp_path


def files_of(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and "module_template" not in path.parts and path.suffix != ".pyc"
    }


# ---- names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "options", "wanted"),
    [
        ("14_water", {}, ("14_water", "Water")),
        ("14_water", {"title": "Água: où, quand?"}, ("14_water", "Água: où, quand?")),
        ("00_start_here", {}, ("00_start_here", "Start here")),
        ("Water for all", {}, ("14_water_for_all", "Water for all")),
        ("  Water \n for all ", {}, ("14_water_for_all", "Water for all")),
        ("Água é vida", {"number": 3}, ("03_agua_e_vida", "Água é vida")),
        ("The mayor's desk", {}, ("14_the_mayors_desk", "The mayor's desk")),
        ("20_light", {"title": "물과 빛"}, ("20_light", "물과 빛")),
        ("20_light", {"title": "نُورِ شهر"}, ("20_light", "نُورِ شهر")),
    ],
)
def test_names(words: str, options: dict, wanted: tuple[str, str]):
    made = named(words, taken=TAKEN, **options)
    assert (made.id, made.title) == wanted


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        ("13_water", {}, "The number 13 is taken by 13_action_plan. The next free one is 14."),
        ("14_night_bus", {}, "The name 'night_bus' is taken by 06_night_bus"),
        ("Night bus", {}, "The name 'night_bus' is taken by 06_night_bus"),
        ("Water", {"number": 6}, "taken by 06_night_bus"),
        ("Water", {"number": -1}, "Numbers go from 0 to 98"),
        ("Water", {"number": 99}, "Numbers go from 0 to 98"),
        ("Water", {"title": "Water"}, "Write an id like 14_water"),
        ("99_water", {}, "99 is the template's"),
        ("14_water", {"number": 15}, "Leave --number out"),
        ("14_Water", {}, "small letters: 14_water"),
        ("14_water_", {}, "small letters"),
        ("4_water", {}, "small letters"),
        ("../../etc", {}, "small letters"),
        ("14_water/../..", {}, "small letters"),
        ("14_" + "w" * 41, {}, "small letters"),
        ("물과 빛", {}, "the title after --title"),
        ("", {}, "empty, too long or begins with a sign"),
        ("- water", {}, "begins with a sign"),
        ("w" * 61, {}, "too long"),
        ("Water!", {}, "holds '!'"),
        ("14_water", {"title": 'a "b"'}, "holds '\"'"),
        ("14_water", {"title": "a\\b"}, r"holds '\\'"),
        ("14_water", {"title": "{currency}"}, "holds '{'"),
        ("14_water", {"title": "<b>"}, "holds '<'"),
        ("14_water", {"title": "a\nb: c"}, r"holds '\n'"),
        ("14_water", {"title": "a # b"}, "holds '#'"),
    ],
)
def test_wrong_names_are_a_sentence(words: str, options: dict, said: str):
    with pytest.raises(UsageError) as caught:
        named(words, taken=TAKEN, **options)
    assert said in str(caught.value)


@given(st.text(max_size=70), st.none() | st.integers(-5, 120), st.none() | st.text(max_size=70))
def test_any_words_give_a_name_or_a_sentence(words: str, number: int | None, title: str | None):
    try:
        made = named(words, taken=TAKEN, number=number, title=title)
    except UsageError:
        return
    assert ID.fullmatch(made.id) and made.id not in TAKEN
    assert yaml.safe_load(f'title: "{made.title}"') == {"title": made.title}
    compile(f'"""A module "{made.title}"."""', "m14_x.py", "exec")


# ---- laying out ----------------------------------------------------------------------


@pytest.mark.parametrize("pillar", PILLARS)
def test_what_is_laid_out(root: Path, pillar: str):
    written = lay_out(NewModule("14_water", "Water: for all", pillar), root)
    assert {path.as_posix() for path in written} == FILES == files_of(root)
    spec = load_module(root / "modules" / "14_water")
    assert (spec.id, spec.title, spec.pillar) == ("14_water", "Water: for all", pillar)
    assert spec.status == "draft" and set(spec.questions) == {"m14_reach", "m14_begin"}
    for name in FILES:
        text = (root / name).read_text(encoding="utf-8")
        assert "99" not in text and "emplate" not in text, name
    assert [path.name for path in root.glob(".*")] == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_in_the_way_stays_and_nothing_is_written(root: Path, name: str):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("mine", encoding="utf-8")
    with pytest.raises(CourseError, match="is there already"):
        lay_out(WATER, root)
    assert files_of(root) == {name}
    assert (root / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("fails_at", range(7))
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_half_way_leaves_nothing(
    root: Path, fails_at: int, error: BaseException, monkeypatch: pytest.MonkeyPatch
):
    (root / "course" / "exercises").mkdir(parents=True)
    (root / "course" / "exercises" / "m10_other.py").write_text("kept", encoding="utf-8")
    real, calls = os.replace, iter(range(100))

    def replace(source, target):
        if next(calls) == fails_at:
            raise error
        real(source, target)

    monkeypatch.setattr(new_module.os, "replace", replace)
    with pytest.raises((CourseError, KeyboardInterrupt)) as caught:
        lay_out(WATER, root)
    if isinstance(error, OSError):
        assert "No space left on device" in str(caught.value)
        assert "Nothing was left behind" in str(caught.value)
    assert files_of(root) == {"course/exercises/m10_other.py"}
    assert not (root / "modules" / "14_water").exists()
    assert [path.name for path in root.glob(".*")] == []


def test_a_checkout_that_cannot_be_written_is_a_sentence(root: Path, monkeypatch):
    def refuse(**_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(new_module.tempfile, "mkdtemp", refuse)
    with pytest.raises(CourseError, match="cannot be written: Permission denied"):
        lay_out(WATER, root)
    assert files_of(root) == set()


def test_without_the_template_there_is_a_sentence(tmp_path: Path):
    with pytest.raises(CourseError, match="module_template does not exist"):
        lay_out(WATER, tmp_path)


# ---- the command ---------------------------------------------------------------------


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


def test_the_command_says_what_to_do_next(root: Path, monkeypatch, capsys):
    monkeypatch.setattr("course.paths.ROOT", root)
    monkeypatch.setattr(environment, "is_checkout", lambda: True)
    assert run("new", "14_water", "--title", "Water for all") == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert "modules/14_water" in first and "draft" in first
    assert len(rest) == 3
    assert rest[0].endswith("-m course lab --drafts")
    assert rest[1].endswith("-m course test -k 14_water")
    assert "CONTRIBUTING.md" in rest[2]
    with pytest.raises(UsageError, match="taken by 14_water"):
        run("new", "14_water")


def test_an_installed_course_lays_out_nothing(root: Path, monkeypatch):
    monkeypatch.setattr("course.paths.ROOT", root)
    monkeypatch.setattr(environment, "is_checkout", lambda: False)
    with pytest.raises(UsageError, match="in a clone of the repository"):
        run("new", "14_water")
    assert files_of(root) == set()


def test_a_draft_reaches_no_trainee_unless_its_author_asks(root: Path, tmp_path, monkeypatch):
    lay_out(WATER, root)
    monkeypatch.setattr(catalogue, "source_dir", lambda: root / "modules")
    assert workspace.learner_files() == []
    laid_out = {"module.yml", "lesson.ipynb", "exercises.ipynb"}
    assert {path.name for _, path in workspace.learner_files(drafts=True)} == laid_out
    home = workspace.HOME
    without = workspace.prepare(tmp_path / "trainee", city="seoul").folder
    told = (without / home).read_text(encoding="utf-8")
    title = catalogue.modules(root / "modules")[0].title
    assert "14_water" not in told and title not in told
    with_drafts = workspace.prepare(tmp_path / "author", city="seoul", drafts=True).folder
    page = (with_drafts / home).read_text(encoding="utf-8")
    assert title in page and "modules/14_water/lesson.ipynb" in page
    path = root / "modules" / "14_water" / "module.yml"
    text = path.read_text(encoding="utf-8").replace("status: draft", "status: ready")
    path.write_text(text, encoding="utf-8")
    assert {path.name for _, path in workspace.learner_files()} == laid_out


# ---- from nothing to a scored answer -------------------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout, to be thrown away."""
    folder = tmp_path_factory.mktemp("throw away") / "checkout"
    folder.mkdir()
    passing = shutil.ignore_patterns("__pycache__", ".*_cache", ".ipynb_checkpoints", "pictures")
    for name in ("course", "datasets", "grading", "modules", "module_template", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=passing)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    return folder


def python(copy: Path, *arguments: str, code: int = 0, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=os.environ | variables, capture_output=True,
        text=True,
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert done.returncode == code, (arguments, told[-3000:])
    return told


@pytest.mark.slow
@pytest.mark.nbgrader
def test_a_throw_away_module_goes_from_nothing_to_a_scored_answer(copy: Path, tmp_path: Path):
    name = "14_water_for_all"
    said = python(copy, "-m", "course", "module", "new", "Water for all", "--number", "14")
    assert f"modules/{name} works" in said
    new = [str(path.relative_to(copy)) for path in copy.rglob("m14_water_for_all.py")]
    assert len(new) == 3

    # every check of `course test`, on what is new
    python(copy, "-m", "ruff", "check", *new)
    python(copy, "-m", "ruff", "format", "--check", *new)
    python(copy, "-c", "from importlinter.cli import lint_imports_command as run; run()")
    python(copy, "-m", "codespell_lib", *new, f"modules/{name}")
    documented = [path for path in new if not path.startswith("tests")]
    python(copy, "-m", "numpydoc", "lint", *documented)

    # every shared test, and the chain by the user's commands in a real kernel
    shared = ("test_notebook_lint.py", "test_modules_keys.py", "test_chain_on_cities.py")
    done = python(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        *(f"tests/{file}" for file in shared),
        "-k", f"{name} and not bogor and not busan_metro",
    )  # fmt: skip
    assert " passed" in done and "failed" not in done

    lesson = f"modules/{name}/lesson.ipynb"
    nbval = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax", lesson)
    done = python(copy, *nbval, PYTHONPATH=str(copy))
    assert " passed" in done and "failed" not in done

    # a draft is nobody's but its author's; one word releases it
    host = {"COURSE_STATE": str(tmp_path / "host")}
    said = python(copy, "-m", "grading", "release", "14", code=1, **host)
    assert "is a draft; trainees would get it" in said
    path = copy / "modules" / name / "module.yml"
    text = path.read_text(encoding="utf-8").replace("status: draft", "status: ready")
    path.write_text(text, encoding="utf-8")
    python(copy, "-m", "grading", "release", "14", **host)
    rows = json.loads(python(copy, "-m", "course", "module", "list", "--json"))
    assert [row["status"] for row in rows if row["id"] == name] == ["ready"]
