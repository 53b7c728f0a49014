"""A small disk of its own for the exchange of a test's hub, that can be filled up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.hub.folder import HubFolder

FILLER = ".filler"


class SmallDisk:
    """A file system in memory, mounted where the exchange will be.

    Parameters
    ----------
    megabytes : int
        Its size.
    """

    def __init__(self, megabytes: int) -> None:
        self.megabytes = megabytes
        self.where: Path | None = None

    def mount(self, folder: HubFolder) -> None:
        """Mount it; called before the hub makes its folders."""
        where = folder.exchange
        where.mkdir(parents=True, exist_ok=True)
        words = ["mount", "-t", "tmpfs", "-o", f"size={self.megabytes}m,mode=0755", "none"]
        done = subprocess.run([*words, str(where)], capture_output=True, text=True, check=False)
        if done.returncode:
            reason = f"a small disk cannot be mounted here: {done.stderr.strip()}"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
        self.where = where

    def fill(self, *, leave: int = 0) -> None:
        """Leave this many bytes free, to the block."""
        assert self.where is not None
        with (self.where / FILLER).open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 65536):
                    pass
            except OSError:
                pass
        if leave:
            path = self.where / FILLER
            os.truncate(path, max(0, path.stat().st_size - leave))

    def free(self) -> None:
        """Take the filler away."""
        assert self.where is not None
        (self.where / FILLER).unlink()

    def unmount(self) -> None:
        if self.where is not None:
            subprocess.run(["umount", "-l", str(self.where)], check=False)


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Give a small disk and take it away in the end."""
    disk = SmallDisk(megabytes)
    try:
        yield disk
    finally:
        disk.unmount()
