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


HOLDING = """
import ctypes, mmap, os, sys
kind, size = sys.argv[2], 60_000_000
os.setuid(int(sys.argv[1]))
if kind == "shared":  # what mmap gives where nobody says private
    held = mmap.mmap(-1, size)
    held.write(bytes(1) * size)
elif kind == "file":  # no program maps it
    held = os.memfd_create("x")
    os.write(held, bytes(1) * size)
else:  # no program has it
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    libc.shmget.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_int]
    libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
    libc.shmdt.argtypes = [ctypes.c_void_p]
    number = libc.shmget(0, size, 0o600)
    place = libc.shmat(number, None, 0)
    ctypes.memset(place, 1, size)
    libc.shmdt(place)
print("ready", flush=True)
sys.stdin.read()
if kind == "segment":
    libc.shmctl(number, 0, None)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")
@pytest.mark.parametrize("own_space", [False, True])
@pytest.mark.parametrize("kind", ["shared", "file", "segment"])
def test_memory_that_is_not_private_counts_too(kind, own_space):
    uid = 1_800_000_000 + os.getpid() % 100_000_000
    pipe = subprocess.PIPE
    argv = [*["unshare", "--ipc"][: 2 * own_space], sys.executable, "-c", HOLDING, str(uid), kind]
    before = processes.in_memory_files_mb()
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as program:
        try:
            assert program.stdout.readline() == "ready\n"
            assert 60 < processes.memory_mb({uid})[uid] < 2 * 60
            assert processes.in_memory_files_mb() - before > 30, "others may have ended meanwhile"
            assert (processes.memory_at_most_mb()[uid] > 60) == (kind == "shared")
        finally:
            program.stdin.close()
            program.wait(30)
