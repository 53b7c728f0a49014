"""Each check before the tests can fail: it sees a fault that is planted for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from course.commands import test as command
from course.paths import ROOT

PLANTED = {
    "style": "import os\n",
    "format": "x = {  'a':1 }\n",
    "imports": "from grading import state\n",
    "spelling": "# a rec" + "iept\n",
    "docstrings": '"""One."""\n\n\ndef f(a):\n    """Do.\n\n    Returns\n    -------\n'
    '    int\n\n    Parameters\n    ----------\n    a : int\n    """\n',
}
ARGUMENTS = dict(command.CHECKS)


@pytest.fixture()
def checkout(tmp_path: Path) -> Path:
    """Return a small checkout with the course's settings and nothing at fault."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("course", "grading"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=lambda folder, names: [
                n for n in names if not n.endswith(".py") and not Path(folder, n).is_dir()
            ],
        )  # fmt: skip
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", list(ARGUMENTS))
def test_a_planted_fault_is_seen(name: str, checkout: Path) -> None:
    assert command._passes(name, ARGUMENTS[name], checkout)
    Path(checkout, "course", "planted.py").write_text(PLANTED[name], encoding="utf-8")
    assert not command._passes(name, ARGUMENTS[name], checkout)


def test_every_check_has_its_fault() -> None:
    assert set(PLANTED) == set(ARGUMENTS)
