"""What an installed course holds: everything a trainee needs and nothing a host keeps."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.toy_checkout import BASE_PYTHON

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built with the environment's own hatchling: nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an otherwise empty environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([BASE_PYTHON, "-m", "venv", folder], check=True)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    python = folder / scripts / Path(BASE_PYTHON).name
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True
    )
    return python


def test_no_key_no_host_no_instructor_is_inside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"course"}
    for name in names:
        for word in ("answer_key", "grading", "instructor", "exercises.ipynb", "tests/", ".pyc"):
            assert word not in name, name


def test_no_text_of_the_key_is_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        texts = {n: archive.read(n).decode("utf-8") for n in archive.namelist() if n[-3:] == ".py"}
    for path in sorted((ROOT / "grading" / "answer_key").glob("*.py")):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        telling = [
            line for line in lines if len(line) > 60 and line.startswith(("def ", "return "))
        ]
        for name, text in texts.items():
            assert not [line for line in telling if line in text], name


def test_every_bundled_city_and_every_licence_is_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for pack in (ROOT / "datasets").glob("*/datapackage.json"):
        for path in pack.parent.iterdir():
            if path.is_file():
                assert f"course/_datasets/{pack.parent.name}/{path.name}" in names
    for licence in ("LICENSE", "CC-BY-4.0.txt"):
        assert [name for name in names if name.endswith(licence) and ".dist-info/" in name]


def test_files_that_are_not_python_are_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = [p for p in (ROOT / "course").rglob("*") if p.suffix in (".js", ".css", ".yml")]
    assert tracked
    for path in tracked:
        assert path.relative_to(ROOT).as_posix() in names


def test_an_empty_environment_lists_the_commands(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed, "-m", "course", "--help"], cwd=tmp_path, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "open the course in JupyterLab" in done.stdout


def test_an_empty_environment_says_what_it_lacks(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed, "-m", "course", "lab"], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("course: This Python lacks what the command needs: anywidget")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_host_is_not_installed(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed, "-m", "grading"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "No module named grading" in done.stderr
