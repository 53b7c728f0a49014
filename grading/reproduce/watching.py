"""Watch a run from outside: give it its task, hear what it publishes, stop it, end it.

Nothing that comes out is trusted: lines are bounded, counted and parsed as data.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from grading.records import parse_json
from grading.reproduce.bounds import Bounds
from grading.reproduce.task import Ran, Task
from grading.reproduce.usage import usage_of

_TICK_S = 0.2
_START_S = 90.0  # until the first cell begins: Python's start on a busy computer
_NOISE_KEPT = 4_000
_MAX_LINE = 5_000_000
_MAX_ANSWERS = 2_000
_MAX_TOLD = 64_000_000


class Running:
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
            self.cell_began = time.monotonic()
            if ran.cell < 0:  # what Python took to start is not the notebook's time
                self.began = self.cell_began
            ran.cell = event["begin"]
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
