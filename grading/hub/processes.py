"""Processes by number and by the moment they began, read from ``/proc``."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


def began(pid: int) -> str:
    """Return a mark that no later process with the same number has; "" if there is none.

    Parameters
    ----------
    pid : int
        A process number.

    Returns
    -------
    str
        The boot and the clock tick in it at which the process began.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    rest = text.rpartition(")")[2].split()
    return "" if rest[0] in ("Z", "X") else f"{boot}:{rest[19]}"


def children(pid: int) -> list[int]:
    """Return the processes a process started, none if it is gone."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(number) for number in text.split()]


def servers_of(outer: int) -> list[int]:
    """Return the programs that run inside a view, given the process that holds the view.

    Between the two stand the layers of the jail.
    """
    found, layers = [], [outer]
    while layers:
        for inner in children(layers.pop()):
            (layers if _name(inner) == "bwrap" else found).append(inner)
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def command_line(pid: int) -> list[str]:
    """Return the words a process was started with, none if it is gone."""
    try:
        data = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [word.decode("utf-8", "replace") for word in data.split(b"\0") if word]


def with_word(word: str) -> list[int]:
    """Return the processes that have exactly this word in their command line."""
    numbers = [int(p.name) for p in Path("/proc").glob("[0-9]*")]
    return [pid for pid in numbers if word in command_line(pid)]


def memory_at_most_mb() -> dict[int, float]:
    """Return what the memory of each account's programs cannot exceed, by its number.

    Quick, so that it can be asked every few seconds; what several programs share is counted
    once for each of them. `memory_mb` counts it once.

    Returns
    -------
    dict of int to float
        Megabytes: private, shared and swapped out; without the files that programs map, and
        without what no program maps (`in_memory_files_mb`).
    """
    found: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            uid = path.stat().st_uid
            of = _fields(path / "status")
        except OSError:
            continue
        held = sum(of.get(name, 0) for name in ("RssAnon", "RssShmem", "VmSwap"))
        found[uid] = found.get(uid, 0.0) + held * 1024 / 1_000_000
    return found


def memory_mb(accounts: Collection[int] | None = None) -> dict[int, float]:
    """Return how much memory the programs of each account hold, by its number.

    Parameters
    ----------
    accounts : collection of int, optional
        The accounts to look at, all if not given.

    Returns
    -------
    dict of int to float
        Megabytes, without the files that programs map. Memory which several programs share
        is divided among them, as the kernel does it (proportional set size). An account
        without a program is not in it. Only root learns about the programs of others.
    """
    private: dict[int, float] = {}
    shared: dict[int, float] = {}
    programs: dict[int, list[Path]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            uid = path.stat().st_uid
            if accounts is None or uid in accounts:
                of = _fields(path / "smaps_rollup")
                # kernels before 5.4 do not part the kinds
                own = of.get("Pss_Anon", of["Pss"]) + of.get("SwapPss", 0)
                private[uid] = private.get(uid, 0.0) + own * 1024 / 1_000_000
                both = of.get("Pss_Shmem", 0) * 1024 / 1_000_000
                shared[uid] = shared.get(uid, 0.0) + both
                programs.setdefault(uid, []).append(path)
        except (OSError, KeyError):  # it has ended, or belongs to the kernel
            continue
    # what is open may be mapped too: the larger of the two, or it would count twice
    return {
        uid: private[uid] + max(shared[uid], _open_mb(programs[uid]) + _segments_mb(programs[uid]))
        for uid in private
    }


def in_memory_files_mb() -> float:
    """Return what shared memory and files in memory take on the whole machine.

    A program can hold such memory and map none of it; then only this number and `memory_mb`
    show it.
    """
    return _fields(Path("/proc/meminfo")).get("Shmem", 0) * 1024 / 1_000_000


def _open_mb(programs: list[Path]) -> float:
    """Return what the files without a name hold that some programs have open."""
    blocks: dict[tuple[int, int], int] = {}
    for program in programs:
        try:
            with os.scandir(program / "fd") as entries:
                for entry in entries:
                    if os.readlink(entry.path).startswith("/memfd:"):
                        status = os.stat(entry.path)
                        blocks[status.st_dev, status.st_ino] = status.st_blocks
        except OSError:
            continue
    return sum(blocks.values()) * 512 / 1_000_000


def _segments_mb(programs: list[Path]) -> float:
    """Return what the segments of System V hold that belong to the account of some programs.

    They stay when no program has them any more, and each process space has its own.
    """
    spaces: dict[str, Path] = {}
    for program in programs:
        with suppress(OSError):
            spaces.setdefault(os.readlink(program / "ns" / "ipc"), program)
    held = 0
    for space, program in spaces.items():
        with suppress(OSError, ValueError, subprocess.SubprocessError):
            uid = str(program.stat().st_uid)
            head, *rows = [line.split() for line in _segments(space, program).splitlines()]
            for row in (dict(zip(head, row, strict=True)) for row in rows):
                held += (int(row["rss"]) + int(row["swap"])) * (row["uid"] == uid)
    return held / 1_000_000


def _segments(space: str, program: Path) -> str:
    table = Path("/proc/sysvipc/shm")
    if os.readlink("/proc/self/ns/ipc") == space:
        return table.read_text(encoding="ascii")
    words = ["nsenter", "--target", program.name, "--ipc", "cat", str(table)]
    return subprocess.run(words, capture_output=True, text=True, timeout=10, check=True).stdout


def _fields(path: Path) -> dict[str, int]:
    """Return the lines of a table of the kernel that hold kilobytes."""
    lines = (line.split() for line in path.read_text(errors="replace").splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if _kilobytes(words)}


def _kilobytes(words: list[str]) -> bool:
    """Say whether a line holds a number; among the lines is a name that a program gives itself."""
    return words[2:] == ["kB"] and words[1].isdecimal()


def count() -> dict[int, int]:
    """Return how many processes each account has, by its number."""
    found: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            uid = path.stat().st_uid
        except OSError:
            continue
        found[uid] = found.get(uid, 0) + 1
    return found
