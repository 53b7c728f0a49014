"""A real JupyterLab, started by the course's own command, for browser tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Lab:
    """A running server: its process, its address, what it has printed."""

    process: subprocess.Popen[str]
    address: str
    printed: str
    workspace: Path

    @property
    def origin(self) -> str:
        return re.match(r"http://127\.0\.0\.1:\d+", self.address)[0]

    def end(self) -> tuple[int, str]:
        """Send what Ctrl-C sends; return the exit code and what was printed since."""
        self.process.send_signal(signal.SIGINT)
        rest = self.process.communicate(timeout=60)[0]
        return self.process.returncode, rest


@contextmanager
def running_lab(workspace: Path, *options: str, port: int = 8890) -> Iterator[Lab]:
    """Start ``python -m course lab`` on a workspace and end it in any case.

    Parameters
    ----------
    workspace
        Folder for the learner's files.
    options
        Further options of the command.
    port
        The first port to try.
    """
    command = [sys.executable, "-m", "course", "lab", "--workspace", str(workspace)]
    variables = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    process = subprocess.Popen(
        [*command, "--port", str(port), *options],
        cwd=ROOT, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        printed = ""
        while "Ctrl-C here" not in printed:
            line = process.stdout.readline()
            assert line, f"the lab ended by itself:\n{printed}"
            printed += line
        address = re.search(r"http://127\S+", printed)[0]
        yield Lab(process, address, printed, workspace)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()


def wait_until(condition, *, seconds: float = 30.0) -> bool:
    """Ask again until a condition holds; say whether it came to hold."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.2)
    return bool(condition())
