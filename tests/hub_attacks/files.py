"""What a trainee must not read, where it lies, and how each door tries to read it."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Runs in a kernel: prints, for each path, the beginning of what some way led to.
READ = r"""
import base64, glob, json, os
def first(path):
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return base64.b64encode(os.read(handle, 48)).decode()
    finally:
        os.close(handle)
for path in json.loads(%r):
    for way in ("", "/proc/1/root", "/proc/1/cwd/../../../../../..", *glob.glob("/proc/*/root")):
        try:
            print("FOUND", path, first(way + path))
            break
        except OSError:
            continue
"""
SHELL = (
    'for p in %s; do for w in "" /proc/1/root /proc/self/root; do '
    'if b=$(head -c 48 "$w$p" 2>/dev/null | base64 -w0) && [ -n "$b" ]; then '
    'echo "FOUND $p $b"; break; fi; done; done'
)


def by_kernel(paths: Iterable[Path]) -> str:
    """Return the code of a cell that tries to read some paths."""
    return READ % json.dumps([str(p) for p in paths])


def by_shell(paths: Iterable[Path]) -> str:
    """Return the line of a shell that tries to read some paths."""
    return SHELL % " ".join(shlex.quote(str(p)) for p in paths)


def read(said: str) -> dict[str, bytes]:
    """Return the beginning of each path that was got hold of."""
    found = re.findall(r"FOUND (\S+) ([A-Za-z0-9+/=]+)", said)
    return {path: base64.b64decode(data) for path, data in found}


@contextmanager
def modes_off(paths: Iterable[Path]) -> Iterator[None]:
    """Let everybody read some files by their modes, for as long as the block runs."""
    before: list[tuple[Path, int]] = []
    try:
        for path in paths:
            for place in (path, *path.parents):
                mode = place.stat().st_mode & 0o7777
                more = mode | (0o444 if place == path else 0o011)
                if more != mode:
                    before.append((place, mode))
                    os.chmod(place, more)
        yield
    finally:
        for place, mode in reversed(before):
            os.chmod(place, mode)
