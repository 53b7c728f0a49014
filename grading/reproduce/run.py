"""Run one notebook in its jail, and tell what it published and how it ended.

The jail's writable folders are in memory and vanish with it; what it needs goes in through
a pipe and what it publishes comes out through one. So nothing is left behind when this
process is killed, and no folder is shared with another run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from course.paths import ROOT
from grading import jail
from grading.reproduce.bounds import Bounds
from grading.reproduce.task import Ran, Task
from grading.reproduce.watching import Running

HOME = Path("/home/trainee")


def run(task: Task, bounds: Bounds, *, unsafe: bool = False, **jail_options: Any) -> Ran:
    """Run a notebook and wait for its end, at most ``bounds.whole_s`` and its start.

    Parameters
    ----------
    task : Task
        The cells, and what they find.
    bounds : Bounds
        What they may use.
    unsafe : bool
        Without a jail, with this account's own rights. Only where the host wants that.
    **jail_options
        For tests that show what a defence prevents: ``network``, ``view`` (more places).

    Returns
    -------
    Ran
        Whatever the notebook does; no process of it is left.
    """
    with _place(task, bounds, unsafe=unsafe, options=jail_options) as (argv, env, home):
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=env, start_new_session=True,
        )  # fmt: skip
        running = Running(process, task, bounds, home)
        try:
            return running.watch()
        finally:
            running.stop()


@contextmanager
def _place(
    task: Task, bounds: Bounds, *, unsafe: bool, options: dict[str, Any]
) -> Iterator[tuple[list[str], dict[str, str], Path]]:
    """Yield the command, the environment and the home, as seen from inside."""
    program = [sys.executable, "-c", _program()]
    if not unsafe:
        network = options.pop("network", False)
        more = options.pop("view", ())
        view = jail.View(
            read_only=(*jail.python_view(), *jail.course_view(), *more),
            scratch=((HOME, bounds.disk_mb), (Path("/tmp"), 64)),
        )
        argv = jail.command(
            program, view, env=_environment(task, HOME), network=network, folder=HOME,
            uid=jail.spare_uid(), limits=bounds.limits(), **options,
        )  # fmt: skip
        yield argv, {"PATH": "/usr/bin:/bin"}, HOME
        return
    made = tempfile.TemporaryDirectory(prefix="course-run-again-", ignore_cleanup_errors=True)
    with made as name:
        home = Path(name)
        env = _environment(task, home)
        # Windows starts no program without these
        env |= {k: v for k in ("SYSTEMROOT", "TEMP", "TMP") if (v := os.environ.get(k))}
        yield program, env, home


@lru_cache(maxsize=1)
def _program() -> str:
    return Path(__file__).with_name("inside.py").read_text(encoding="utf-8")


def _environment(task: Task, home: Path) -> dict[str, str]:
    """Return all that the environment holds: nothing of this process's own."""
    names = {name: value.replace("{home}", str(home)) for name, value in task.env}
    folders = ("cache", "state", "ipython", "matplotlib", "numba", "jupyter")
    hidden = {name: str(home / ".own" / name) for name in folders}
    return {
        "HOME": str(home), "USERPROFILE": str(home), "LANG": "C.UTF-8", "USER": "trainee",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
        "COURSE_CACHE": hidden["cache"], "COURSE_STATE": hidden["state"],
        "IPYTHONDIR": hidden["ipython"], "MPLCONFIGDIR": hidden["matplotlib"],
        "NUMBA_CACHE_DIR": hidden["numba"], "JUPYTER_CONFIG_DIR": hidden["jupyter"],
        # one thread each: the computer's cores are shared out among the runs
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
        **names,
    }  # fmt: skip
