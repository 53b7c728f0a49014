"""How schedulers and workers are started: quiet, with no dashboard and no password."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from course import paths
from course.errors import CourseError, UsageError
from grading.gradebook_address import without_passwords
from grading.many import tasks
from grading.many.cluster import Cluster

# Dask's web pages ask nobody for a password: none on any other machine, and no routes
_QUIET = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
_ROOT = Path(__file__).resolve().parent.parent.parent


def _tls(cluster: Cluster) -> list[str]:
    if not cluster.encrypted:
        return []
    return [
        "--tls-ca-file", cluster.ca, "--tls-cert", cluster.cert, "--tls-key", cluster.key,
    ]  # fmt: skip


def scheduler(cluster: Cluster, host: str, port: int) -> list[str]:
    """Return the words after ``python -m`` that make a scheduler."""
    return [
        "distributed.cli.dask_scheduler", "--host", host, "--port", str(port),
        "--protocol", cluster.address.partition(":")[0], *_QUIET,
        *_tls(cluster),
    ]  # fmt: skip


def workers(cluster: Cluster, number: int, memory: str, *, jail: bool = False) -> list[str]:
    """Return the words after ``python -m`` that keep some worker processes running.

    One thread each: marking keeps caches and changes folders. A process that dies is
    started again.

    Parameters
    ----------
    cluster : Cluster
        Where the scheduler is.
    number : int
        Processes.
    memory : str
        What one of them may take, as Dask writes it.
    jail : bool
        Jails can be made here: the workers say so, and are given notebooks to run again.
    """
    able = ["--resources", f"{tasks.JAIL}=1"] if jail else []
    return [
        "distributed.cli.dask_worker", cluster.address, "--nworkers", str(number),
        "--nthreads", "1", "--memory-limit", memory, "--death-timeout", "60", *_QUIET,
        "--local-directory", str(paths.cache_dir() / "workers"), *able, *_tls(cluster),
    ]  # fmt: skip


def environment(given: dict[str, str], *, tries: int | None = None) -> dict[str, str]:
    """Return what a scheduler or a worker is started with.

    Parameters
    ----------
    given : dict
        The environment of who starts it; what leads to the gradebook is left out.
    tries : int, optional
        Workers that one job may stop before it is given up; counts for a scheduler.
    """
    made = without_passwords(given)
    path = made.get("PYTHONPATH", "")
    made["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *filter(None, [path])])
    # several processes of many threads each would stand in each other's way
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        made.setdefault(name, "1")
    for part in ("SCHEDULER", "WORKER"):
        made[f"DASK_DISTRIBUTED__{part}__HTTP__ROUTES"] = "[]"
    if tries is not None:
        made["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = str(max(0, tries - 1))
    return made


def must_be_free(host: str, port: int) -> None:
    """Look whether a scheduler could listen at an address, before anybody is told it does.

    Raises
    ------
    CourseError
        Another program listens there, or this computer has no such address.
    """
    import socket

    try:
        (family, kind, _, _, place), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind) as tried:
            if os.name == "posix":  # as the scheduler does: a closed connection is no hindrance
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(place)
            tried.listen(1)
    except OSError as error:
        raise CourseError(
            f"No scheduler can be at {host}:{port} ({error.strerror or error}).",
            "Another program may be there: give another --port, or another --host.",
        ) from None


def must_be_size(memory: str) -> None:
    """Look whether Dask can read a size.

    Raises
    ------
    UsageError
        It cannot.
    """
    from dask.utils import parse_bytes

    try:
        fits = memory == "auto" or (memory.strip() != "" and parse_bytes(memory) > 0)
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(f"--memory {memory!r} is no size.", "Write it like 2GB or 1500MiB.")


def become(command: list[str], environment: dict[str, str]) -> int:
    """Replace this process by another program; where that cannot be done, wait for it."""
    if os.name == "posix":
        os.execve(command[0], command, environment)
    return subprocess.run(command, env=environment).returncode
