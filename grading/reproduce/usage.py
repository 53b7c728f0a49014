"""What all processes of a run use together, read from outside; on Linux only."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """The sums over a process and all its descendants.

    Attributes
    ----------
    memory_mb : float
        Memory that belongs to them: private, shared among them, and swapped out.
    tasks : int
        Processes and threads.
    """

    memory_mb: float = 0.0
    tasks: int = 0


def usage_of(pid: int, allowed_mb: float) -> Usage:
    """Return what a process and its descendants use; nothing where there is no ``/proc``.

    Parameters
    ----------
    pid : int
        The first process.
    allowed_mb : float
        Above it the memory is counted exactly: a page that a child shares with its parent
        counts for both otherwise. The exact count takes longer.
    """
    pids = [pid, *descendants(pid)]
    kilobytes = tasks = 0
    for found in pids:
        fields = _fields(found, "status")
        kilobytes += sum(_number(fields.get(n)) for n in ("RssAnon", "RssShmem", "VmSwap"))
        tasks += _number(fields.get("Threads"))
    if kilobytes > allowed_mb * 1000:
        exact = 0
        for found in pids:
            fields = _fields(found, "smaps_rollup")
            if "Pss_Anon" not in fields and "RssAnon" in _fields(found, "status"):
                break  # an older kernel; a process that has just ended has neither
            exact += sum(_number(fields.get(n)) for n in ("Pss_Anon", "Pss_Shmem", "SwapPss"))
        else:
            kilobytes = exact
    return Usage(kilobytes / 1000, tasks)


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those they started, and so on."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for task in _tasks(waiting.pop()):
            with suppress(OSError, ValueError):
                children = [int(n) for n in (task / "children").read_text().split()]
                found += children
                waiting += children
    return found


def _tasks(pid: int) -> list[Path]:
    try:
        return list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return []


def _fields(pid: int, name: str) -> dict[str, str]:
    try:
        lines = (_PROC / str(pid) / name).read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _number(text: str | None) -> int:
    try:
        return int((text or "0").split()[0])
    except (ValueError, IndexError):
        return 0
