"""What the watch reads about the programs of an account."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from grading.hub import processes

SHARING = """
import os, sys
held = bytearray(os.urandom(1)) * 60_000_000
os.setuid(int(sys.argv[1]))
for _ in range(5):
    if os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def sharing(uid):
    """Six programs of an account that share 60 MB."""
    argv = [sys.executable, "-c", SHARING, str(uid)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as program:
        try:
            assert program.stdout.readline() == "ready\n"
            yield
        finally:
            program.stdin.close()
            program.wait(30)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")
def test_what_forked_programs_share_is_counted_once():
    uid = 1_900_000_000 + os.getpid() % 100_000_000
    with sharing(uid):
        assert processes.count()[uid] == 6
        assert processes.memory_at_most_mb()[uid] > 6 * 60
        assert 60 < processes.memory_mb({uid})[uid] < 2 * 60
        assert processes.memory_mb()[uid] < 2 * 60
        assert processes.memory_mb({uid + 1}) == {}
    assert uid not in processes.memory_mb()
