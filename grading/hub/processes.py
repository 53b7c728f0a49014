"""Processes by number and by the moment they began, read from ``/proc``."""

from __future__ import annotations

import os
from collections.abc import Collection
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

    Quick, so that it can be asked every few seconds; what forked programs share is counted
    once for each of them. `memory_mb` counts it once.

    Returns
    -------
    dict of int to float
        Megabytes, without the files that programs map.
    """
    page = os.sysconf("SC_PAGE_SIZE")
    found: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            uid = path.stat().st_uid
            _, resident, shared, *_ = (path / "statm").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            continue
        found[uid] = found.get(uid, 0.0) + (int(resident) - int(shared)) * page / 1_000_000
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
    found: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            uid = path.stat().st_uid
            if accounts is None or uid in accounts:
                text = (path / "smaps_rollup").read_text(encoding="ascii")
                found[uid] = found.get(uid, 0.0) + _anonymous_kb(text) * 1024 / 1_000_000
        except (OSError, ValueError, KeyError):  # it has ended, or belongs to the kernel
            continue
    return found


def _anonymous_kb(smaps: str) -> int:
    parts = [line.split() for line in smaps.splitlines()]
    of = {words[0]: words[1] for words in parts if len(words) == 3}
    return int(of.get("Pss_Anon:", of["Pss:"]))  # kernels before 5.4 do not part the two


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
