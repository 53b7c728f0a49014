"""Killed at any point and run again: nothing doubled, nothing lost, no number without a paper."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed processes are forked")
@pytest.mark.parametrize(
    "which", ["while_a_key_is_made", "at_touches_of_the_disk", "at_twenty_moments"]
)
def test_killed_and_run_again(which, tmp_path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.certificate_kills", which, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
