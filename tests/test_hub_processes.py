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
print("empty", flush=True)
sys.stdin.readline()
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
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as program:
        try:
            assert program.stdout.readline() == "empty\n"
            before = processes.in_memory_files_mb()
            program.stdin.write("hold\n")
            program.stdin.flush()
            assert program.stdout.readline() == "ready\n"
            held = processes.in_memory_files_mb()
            assert 60 < processes.memory_mb({uid})[uid] < 2 * 60
            assert (processes.memory_at_most_mb()[uid] > 60) == (kind == "shared")
            full = processes.in_memory_files_mb()
        finally:
            program.stdin.close()
            program.wait(30)
    # the number is the whole machine's: others may end in one of these moments
    after = processes.in_memory_files_mb()
    assert max(held - before, full - after) > 30, (before, held, full, after)


NAMED = """
import ctypes, sys
ctypes.CDLL(None).prctl(15, bytes.fromhex(sys.argv[1]), 0, 0, 0)
print("up", flush=True)
sys.stdin.read()
"""


@contextmanager
def named(name: bytes):
    """A program that calls itself like a line of the kernel's tables."""
    words = [sys.executable, "-c", NAMED, name.hex()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipes) as program:
        assert program.stdout.readline() == b"up\n"
        yield program.pid
        program.stdin.close()


@pytest.mark.parametrize("name", [b"x kB", b"\rVmSwap: x kB", b"\x0c9 9 kB"])
def test_the_name_of_a_program_does_not_stop_the_scales(name):
    with named(name):
        assert processes.memory_at_most_mb()[os.getuid()] > 1


def test_who_takes_the_name_for_a_number_weighs_nobody(monkeypatch):
    monkeypatch.setattr(processes, "_kilobytes", lambda words: words[2:] == ["kB"])
    with named(b"x kB"), pytest.raises(ValueError, match="invalid literal"):
        processes.memory_at_most_mb()
