"""Run one notebook in its jail, and tell what it published and how it ended.

The jail's writable folders are in memory and vanish with it; what it needs goes in through
a pipe and what it publishes comes out through one. So nothing is left behind when this
process is killed, and no folder is shared with another run. Nothing that comes out is
trusted: lines are bounded, counted and parsed as data.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from course.paths import ROOT
from grading import jail
from grading.records import parse_json
from grading.reproduce.bounds import Bounds
from grading.reproduce.usage import usage_of

HOME = Path("/home/trainee")
_TICK_S = 0.2
_START_S = 90.0  # until the first cell begins: Python's start on a busy computer
_NOISE_KEPT = 4_000
_MAX_LINE = 5_000_000
_MAX_ANSWERS = 2_000
_MAX_TOLD = 64_000_000


@dataclass(frozen=True)
class Task:
    """What is run.

    Parameters
    ----------
    cells : tuple of str
        The sources of the code cells, in order.
    files : tuple of (str, bytes or Path)
        What the notebook finds below its home: a path there, and the content or a file.
    folder : str
        Where it runs, below its home.
    env : tuple of (str, str)
        Names and values; ``{home}`` in a value stands for the home.
    """

    cells: tuple[str, ...]
    files: tuple[tuple[str, bytes | Path], ...] = ()
    folder: str = "course"
    env: tuple[tuple[str, str], ...] = ()


@dataclass
class Ran:
    """What came out of a run.

    Attributes
    ----------
    answers : list of (int, Any)
        The cell, counted from 0, and the record it published, as data.
    errors : dict
        Cell -> the error it ended with.
    end : str
        ``done``, or what stopped it: ``cell time``, ``time``, ``memory``, ``processes``,
        ``output``, ``gone`` (its process ended by itself), ``no start``.
    cell : int
        The last cell that began, -1 if none did.
    said : str
        The last words on its error output; what is known of a failed start.
    """

    answers: list[tuple[int, Any]] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    end: str = "gone"
    cell: int = -1
    said: str = ""


def run(task: Task, bounds: Bounds, *, unsafe: bool = False, **jail_options: Any) -> Ran:
    """Run a notebook and wait for its end, at most ``bounds.whole_s`` and its start.

    Parameters
    ----------
    task : Task
        The cells, and what they find.
    bounds : Bounds
        What they may use.
    unsafe : bool
        Without a jail, with this account's own rights. Only where the host wants that.
    **jail_options
        For tests that show what a defence prevents: ``network``, ``view`` (more places).

    Returns
    -------
    Ran
        Whatever the notebook does; no process of it is left.
    """
    with _place(task, bounds, unsafe=unsafe, options=jail_options) as (argv, env, home):
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=env, start_new_session=True,
        )  # fmt: skip
        run_ = _Running(process, task, bounds, home)
        try:
            return run_.watch()
        finally:
            run_.stop()


@contextmanager
def _place(
    task: Task, bounds: Bounds, *, unsafe: bool, options: dict[str, Any]
) -> Iterator[tuple[list[str], dict[str, str], Path]]:
    """Yield the command, the environment and the home, as seen from inside."""
    program = [sys.executable, "-c", _program()]
    if not unsafe:
        network = options.pop("network", False)
        more = options.pop("view", ())
        view = jail.View(
            read_only=(*jail.python_view(), *jail.course_view(), *more),
            scratch=((HOME, bounds.disk_mb), (Path("/tmp"), 64)),
        )
        argv = jail.command(
            program, view, env=_environment(task, HOME), network=network, folder=HOME,
            uid=jail.spare_uid(), limits=bounds.limits(), **options,
        )  # fmt: skip
        yield argv, {"PATH": "/usr/bin:/bin"}, HOME
        return
    made = tempfile.TemporaryDirectory(prefix="course-run-again-", ignore_cleanup_errors=True)
    with made as name:
        home = Path(name)
        env = _environment(task, home)
        # Windows starts no program without these
        env |= {k: v for k in ("SYSTEMROOT", "TEMP", "TMP") if (v := os.environ.get(k))}
        yield program, env, home


@lru_cache(maxsize=1)
def _program() -> str:
    return Path(__file__).with_name("inside.py").read_text(encoding="utf-8")


def _environment(task: Task, home: Path) -> dict[str, str]:
    """Return all that the environment holds: nothing of this process's own."""
    names = {name: value.replace("{home}", str(home)) for name, value in task.env}
    folders = ("cache", "state", "ipython", "matplotlib", "numba", "jupyter")
    hidden = {name: str(home / ".own" / name) for name in folders}
    return {
        "HOME": str(home), "USERPROFILE": str(home), "LANG": "C.UTF-8", "USER": "trainee",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
        "COURSE_CACHE": hidden["cache"], "COURSE_STATE": hidden["state"],
        "IPYTHONDIR": hidden["ipython"], "MPLCONFIGDIR": hidden["matplotlib"],
        "NUMBA_CACHE_DIR": hidden["numba"], "JUPYTER_CONFIG_DIR": hidden["jupyter"],
        # one thread each: the computer's cores are shared out among the runs
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
        **names,
    }  # fmt: skip


class _Running:
    """One run under way."""

    def __init__(
        self, process: subprocess.Popen[bytes], task: Task, bounds: Bounds, home: Path
    ) -> None:
        self.process, self.task, self.bounds, self.home = process, task, bounds, home
        self.ran = Ran()
        self.told = self.noise = 0
        self.rest = b""
        self.done = False
        self.began = self.cell_began = time.monotonic()

    # ---- what goes in ----

    def _write(self) -> None:
        """Give the task; the pipe stays open, because its end means that the host is gone."""
        assert self.process.stdin is not None
        files = [(n, c, c.stat().st_size if isinstance(c, Path) else len(c)) for n, c in
                 self.task.files]  # fmt: skip
        head = {
            "home": str(self.home), "folder": self.task.folder, "cells": self.task.cells,
            "files": [(name, size) for name, _, size in files],
            "output": self.bounds.output_mb * 1_000_000,
        }  # fmt: skip
        try:
            pipe = self.process.stdin
            pipe.write(json.dumps(head).encode("ascii") + b"\n")
            for _, content, size in files:
                data = content.read_bytes() if isinstance(content, Path) else content
                pipe.write(data[:size].ljust(size, b"\0"))
            pipe.flush()
        except (OSError, ValueError):  # it ended early; the other pipes tell
            pass

    # ---- what comes out ----

    def watch(self) -> Ran:
        """Read until the run has ended or has to be stopped."""
        threading.Thread(target=self._write, daemon=True).start()
        assert self.process.stdout is not None and self.process.stderr is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ, self._hear)
            ready.register(self.process.stderr, selectors.EVENT_READ, self._overhear)
            next_look = 0.0
            while ready.get_map() and not self.done:
                for key, _ in ready.select(_TICK_S):
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        ready.unregister(key.fileobj)
                    key.data(data)
                if time.monotonic() >= next_look and not self.done:
                    next_look = time.monotonic() + _TICK_S
                    self._look()
        if not self.done:
            self._ended()
        return self.ran

    def _finish(self, end: str) -> None:
        if not self.done:
            self.ran.end, self.done = end, True

    def _hear(self, data: bytes) -> None:
        self.told += len(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        if len(self.rest) > _MAX_LINE or self.told > _MAX_TOLD:
            self._finish("output")
        for line in lines:
            if self.done:
                return
            event = parse_json(line.decode("ascii", "replace"))
            if isinstance(event, dict):
                self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        ran = self.ran
        if "answer" in event:
            if len(ran.answers) < _MAX_ANSWERS:
                ran.answers.append((ran.cell, event["answer"]))
        elif _is_cell(event.get("begin"), self.task):
            ran.cell = event["begin"]
            self.cell_began = time.monotonic()
        elif _is_cell(event.get("end"), self.task):
            if isinstance(event.get("error"), str) and event["error"]:
                ran.errors[event["end"]] = event["error"][:500]
        elif event.get("flood"):
            self._finish("output")
        elif event.get("done"):
            self._finish("done")

    def _overhear(self, data: bytes) -> None:
        self.noise += len(data)
        text = data[-_NOISE_KEPT:].decode("utf-8", "replace")
        self.ran.said = (self.ran.said + text)[-_NOISE_KEPT:]
        if self.noise > self.bounds.output_mb * 1_000_000:
            self._finish("output")

    def _look(self) -> None:
        """Stop a run that takes too long, or too much."""
        now, bounds = time.monotonic(), self.bounds
        if self.ran.cell < 0:
            if now - self.began > _START_S:
                self._finish("no start")
        elif now - self.cell_began > bounds.cell_s:
            self._finish("cell time")
        elif now - self.began > bounds.whole_s:
            self._finish("time")
        used = usage_of(self.process.pid, bounds.memory_mb)
        if used.tasks >= bounds.processes - 2:
            self._finish("processes")
        elif used.memory_mb > bounds.memory_mb:
            self._finish("memory")

    def _ended(self) -> None:
        """Say why a run ended that did not say so itself."""
        self.done = True
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.ran.cell < 0:
            self.ran.end = "no start"
        elif _POSIX and self.process.returncode in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
            self.ran.end = "time"
        else:
            self.ran.end = "gone"

    # ---- the end ----

    def stop(self) -> None:
        """Kill whatever is left, and wait until it is gone."""
        process = self.process
        if self.ran.end == "done":  # it is leaving; what it used is then counted
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
        if _POSIX:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
        process.kill()
        process.wait()
        self._wait_for_the_others()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with suppress(OSError, ValueError):
                pipe.close()  # type: ignore[union-attr]

    def _wait_for_the_others(self) -> None:
        """Wait until nobody holds the error pipe: the kernel ends a jail a moment later."""
        until = time.monotonic() + 3
        pipe = self.process.stderr
        assert pipe is not None
        with selectors.DefaultSelector() as ready, suppress(OSError, ValueError):
            ready.register(pipe, selectors.EVENT_READ)
            while time.monotonic() < until:
                if ready.select(0.1) and not os.read(pipe.fileno(), 1 << 16):
                    return


_POSIX = os.name == "posix"


def _is_cell(number: Any, task: Task) -> bool:
    known = isinstance(number, int) and not isinstance(number, bool)
    return known and 0 <= number < len(task.cells)
