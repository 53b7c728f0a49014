"""From the command line to a command, before and without an environment."""

from __future__ import annotations

import ast
import errno
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from course import bootstrap, requirements
from course.calling import call
from course.commands import dispatch
from course.errors import CourseError, UsageError

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("pandas", "numpy", "scipy", "matplotlib", "duckdb", "jupyterlab", "folium", "yaml")


def run_python(code: str) -> str:
    """Run code in a fresh Python of this environment and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize(
    "path",
    ["course/__init__.py", "course/__main__.py", "course/bootstrap.py", "grading/__init__.py",
     "grading/__main__.py"],
)  # fmt: skip
def test_an_old_python_can_read_what_tells_it_that_it_is_too_old(path: str) -> None:
    ast.parse((ROOT / path).read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_old_python_gets_a_sentence_and_not_a_traceback(monkeypatch, capsys) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (99, 0))
    assert bootstrap.main("course", ["lab"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("course: This is Python 3.")
    assert "is needed" in said
    assert said.count("\n") == 1


def test_the_list_of_commands_needs_the_standard_library_only() -> None:
    printed = run_python(
        "import sys; from course.bootstrap import main; code = main('course', []);"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules], code)"
    )
    assert "LOADED [] 0" in printed
    for name in ("lab", "test", "city", "module", "bench"):
        assert f"\n  {name} " in printed


def test_opening_a_city_loads_nothing_heavy() -> None:
    printed = run_python(
        "import sys; from course import City;"
        "print([n for n in ('scipy', 'matplotlib', 'sklearn', 'duckdb', 'numba', 'folium')"
        " if n in sys.modules])"
    )
    assert printed.strip() == "[]"


@pytest.mark.parametrize(("typed", "meant"), [("labb", "lab"), ("tset", "test"), ("citty", "city")])
def test_a_mistyped_command_names_the_nearest(typed: str, meant: str, capsys) -> None:
    assert bootstrap.main("course", [typed]) == 2
    said = capsys.readouterr().err
    assert f"{call('course')} {meant}" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("typed", ["", "zzzzzz", "--city", "../lab", "lab.py", "__init__", "l\nb"])
def test_no_command_of_that_name(typed: str, capsys) -> None:
    assert bootstrap.main("course", [typed]) == 2
    said = capsys.readouterr().err
    assert said.startswith("course: ")
    assert said.count("\n") == 1


def test_every_command_says_in_one_line_what_it_does() -> None:
    for package in ("course", "grading"):
        for command in dispatch.commands(package).values():
            assert "\n" not in command.help
            assert 5 < len(command.help) < 100, command.name
            assert command.level in ("", *requirements.LEVELS), command.name


def test_help_of_every_own_command_prints(capsys) -> None:
    for name in ("lab", "test", "bench", "module"):
        with pytest.raises(SystemExit) as ended:
            dispatch.run(dispatch.find("course", name), ["--help"])
        assert ended.value.code == 0
        assert f"{call('course')} {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (CourseError("feed.zip, row 3: no name.", "Add\na name."), 1,
         "course: feed.zip, row 3: no name. Add a name.\n"),
        (UsageError("No city.", "Name one."), 2, "course: No city. Name one.\n"),
        (KeyboardInterrupt(), 130, ""),
        (OSError(errno.ENOSPC, "No space left on device"), 1,
         "course: The disk is full. Make room and run the command again.\n"),
        (ModuleNotFoundError("No module named 'pandas'", name="pandas"), 1,
         "course: The environment lacks the package pandas. "
         "Delete the folder .venv and run the command again.\n"),
    ],
)  # fmt: skip
def test_errors_become_one_line_and_a_code(error, code, line, capsys) -> None:
    def fails() -> int:
        raise error

    assert dispatch.guarded(fails, package="course") == code
    assert capsys.readouterr().err == line


def test_what_nobody_foresaw_is_one_line_with_the_details_in_a_file(capsys) -> None:
    def fails() -> int:
        raise ZeroDivisionError("division by zero")

    assert dispatch.guarded(fails, package="course") == 1
    said = capsys.readouterr().err
    assert said.startswith("course: ZeroDivisionError: division by zero The details are in ")
    assert "Traceback" not in said
    kept = Path(os.environ["COURSE_STATE"]) / "last-error.txt"
    assert "Traceback" in kept.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("have", "wanted", "good"),
    [
        ("3.1.0", "pandas>=3.1,<4", True),
        ("3.1", "pandas>=3.1.0", True),
        ("3.0.9", "pandas>=3.1,<4", False),
        ("4.0.0rc1", "pandas>=3.1,<4", False),
        ("9", "pandas", True),
        ("2.10", "pandas>=2.9", True),
        ("0.20.0.post1", "pandas>=0.20,<0.21", True),
    ],
)
def test_versions_are_compared_as_numbers(have, wanted, good, monkeypatch) -> None:
    monkeypatch.setattr(requirements, "declared", lambda _level: [wanted])
    monkeypatch.setattr(requirements.metadata, "version", lambda _name: have)
    assert requirements.unmet("learner") == ([] if good else [wanted])


def test_every_requirement_is_of_the_plain_kind_that_is_understood() -> None:
    for line in requirements.declared("dev"):
        name, bounds = requirements.parse(line)
        assert name and all(sign in (">=", "<") for sign, _ in bounds), line


def test_levels_are_supersets() -> None:
    held = [set(requirements.declared(level)) for level in requirements.LEVELS]
    assert all(smaller < larger for smaller, larger in pairwise(held))


def test_this_environment_meets_its_level() -> None:
    assert requirements.unmet("dev") == []


def test_an_installed_course_without_its_packages_says_what_to_install(monkeypatch) -> None:
    from course import environment

    monkeypatch.setattr(environment, "is_checkout", lambda: False)
    monkeypatch.setattr(requirements, "unmet", lambda _level: ["pandas>=3.1,<4"])
    with pytest.raises(CourseError, match=r"lacks .*pandas>=3\.1,<4.* pip install"):
        bootstrap._prepare("learner", restarted="")


@pytest.mark.parametrize(("system", "word"), [("posix", "python3"), ("nt", "py")])
def test_messages_name_the_python_of_the_system(system, word, monkeypatch) -> None:
    from course import calling

    monkeypatch.setattr(calling.os, "name", system)
    said = call("course lab")
    monkeypatch.undo()
    assert said == f"{word} -m course lab"


@pytest.mark.parametrize("words", [["bench", "--list"], ["bench", "--help"], ["test", "--help"]])
def test_lists_and_help_need_no_environment(words, monkeypatch, capsys) -> None:
    monkeypatch.setattr(bootstrap, "_prepare", lambda *_a, **_k: pytest.fail("it installs"))
    try:
        code = bootstrap.main("course", words)
    except SystemExit as ended:
        code = ended.code
    assert code == 0
    if words[-1] == "--list":
        lines = capsys.readouterr().out.splitlines()
        assert any(line.startswith("import ") and len(line.split()) > 3 for line in lines)


def test_the_list_of_benchmarks_imports_none_of_them() -> None:
    printed = run_python(
        "import sys; from course.bootstrap import main; code = main('course', ['bench', '--list']);"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules], code)"
    )
    assert "LOADED [] 0" in printed
