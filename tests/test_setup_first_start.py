"""The first start on a machine with nothing but Python and pip, with the real lock."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.toy_checkout import BASE_PYTHON

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="paths of POSIX"),
]
LEFT_OUT = shutil.ignore_patterns(".venv*", ".git", "__pycache__", ".*_cache", ".hypothesis")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository without an environment."""
    folder = tmp_path_factory.mktemp("machine") / "clone"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    return folder


def bare(clone: Path) -> dict[str, str]:
    """Return the variables of a fresh machine, with the package index of this one."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key.startswith(("PIP_", "UV_", "SSL_")) or key.lower().endswith("_proxy")
    }
    home = clone.parent / "home"
    return kept | {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}


def test_from_nothing_to_a_city(clone: Path) -> None:
    first = subprocess.run(
        [BASE_PYTHON, "-m", "course", "module", "list"], cwd=clone, env=bare(clone), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    if "no connection" in first.stderr and os.environ.get("CI") != "true":
        pytest.skip("the package index does not answer")
    assert first.returncode == 0, first.stderr
    assert "with pip" in first.stderr
    assert "10_integrated_fares" in first.stdout

    again = subprocess.run(
        [BASE_PYTHON, "-m", "course", "city", "show", "seoul"], cwd=clone, env=bare(clone),
        text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert (again.returncode, again.stderr) == (0, "")
    assert "Seoul" in again.stdout

    inside = clone / ".venv" / "bin" / "python"
    frozen = subprocess.run(
        [inside, "-m", "pip", "list", "--format=freeze"], text=True, capture_output=True, check=True
    ).stdout
    for package in ("nbgrader", "pytest", "playwright"):
        assert package not in frozen  # a learner gets the learner's level
