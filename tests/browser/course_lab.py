"""A real JupyterLab, started by the course's own command, for browser tests."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from course import lab_server
from course.workspace import HOME
from tests.free_ports import free_ports
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
BEGUN = "Ctrl-C here ends it.\n"


@dataclass
class Lab:
    """A running server: its process, its address, what it has printed."""

    process: subprocess.Popen[bytes]
    address: str
    printed: str
    workspace: Path
    said: Path

    @property
    def origin(self) -> str:
        return re.match(r"http://127\.0\.0\.1:\d+", self.address)[0]

    def end(self) -> tuple[int, str]:
        """Send what Ctrl-C sends; return the exit code and what was printed since."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=120)
        return code, read(self.said).removeprefix(self.printed)


@contextmanager
def running_lab(workspace: Path, *options: str, port: int = 0) -> Iterator[Lab]:
    """Start ``python -m course lab`` on a workspace and end it in any case.

    Parameters
    ----------
    workspace
        Folder for the learner's files.
    options
        Further options of the command.
    port
        The first port to try; 0 for one that is free.
    """
    port = port or free_ports(1)[0]
    command = [sys.executable, "-m", "course", "lab", "--workspace", str(workspace)]
    variables = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    # into a file: nobody reads a pipe while the browser works, and a full one stops the lab
    said = workspace.with_name(f"{workspace.name}-said.txt")
    with said.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port), *options],
            cwd=ROOT, env=variables, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_until(lambda: BEGUN in read(said) or process.poll() is not None, seconds=240)
        printed = read(said)
        assert BEGUN in printed, f"the lab has not begun:\n{printed}"
        address = re.search(r"http://127\S+", printed)[0]
        yield Lab(process, address, printed, workspace, said)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def as_at_first(lab: Lab, page: str = HOME) -> None:
    """Give JupyterLab the layout of the first start: one page alone, side bars closed.

    It keeps the layout; the pages that the tests before have opened would stand behind the
    page, or in front of it.
    """
    layouts = lab.workspace / ".course" / "lab" / "layouts"
    for kept in layouts.iterdir():
        kept.unlink()
    text = json.dumps(lab_server.first_layout()).replace(HOME, page)
    (layouts / lab_server.FIRST_LAYOUT).write_text(text, encoding="utf-8")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
