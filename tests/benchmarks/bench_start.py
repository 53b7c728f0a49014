"""Second start: from the shell to the first line of a command.

The environment stands; what is measured is the way there: the system's Python finds
`.venv`, checks it and starts again inside it, then the command `module list` is found and
imported. Beside it stand a Python that does
nothing and an import of JupyterLab, which any start of the lab has to pay anyway. Median of
nine runs, taken in turns.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pandas as pd

from course.paths import ROOT

RUNS = 9


def run() -> pd.DataFrame:
    """Return one row per command: seconds, beside the two baselines."""
    outside = getattr(sys, "_base_executable", sys.executable)
    ways = {
        "the list of commands": [outside, "-m", "course"],
        "module list": [outside, "-m", "course", "module", "list"],
        "python": [sys.executable, "-c", "pass"],
        "jupyterlab": [sys.executable, "-c", "import jupyterlab.labapp"],
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(RUNS):
        for way, command in ways.items():
            begun = time.perf_counter()
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            seconds[way].append(time.perf_counter() - begun)
    medians = {way: statistics.median(times) for way, times in seconds.items()}
    return pd.DataFrame(
        [
            {
                "python3 -m course": way,
                "start_s": medians[way],
                "baseline: empty Python, s": medians["python"],
                "baseline: import jupyterlab, s": medians["jupyterlab"],
            }
            for way in ("the list of commands", "module list")
        ]
    )
