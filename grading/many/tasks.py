"""What runs on a worker: one function that takes a text and gives a text.

The text names a function of this program and its plain arguments. Nothing heavy is imported
here: the scheduler reads this file too.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
import threading
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

_ONE_AT_A_TIME = threading.Lock()  # jobs change folders and keep caches: never two in a process
_run = ""
JAIL = "course_jail"  # what a worker says it has that can make one; a job of a jail takes it
_CACHES = ("grading.marking_jobs", "grading.reproduce.batch")


@lru_cache(maxsize=1)
def code() -> str:
    """Return a hash of the program, as it was when this process first asked.

    A worker lives long: after an update of the course it would go on with the old one.
    """
    root = Path(__file__).resolve().parent.parent.parent
    digest = hashlib.sha256()
    for package in ("course", "grading"):
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def work(order: str) -> bytes:
    """Do one job.

    Parameters
    ----------
    order : str
        JSON: ``function`` ("module:name" of this program), ``options``, ``state`` (the
        folders), ``assignment``, ``students``, ``run`` and ``code`` of who gives it out,
        ``jailed`` where it needs a jail.

    Returns
    -------
    bytes
        JSON: ``result``, as `grading.many.plain` writes it; or ``refused``, a sentence about
        this worker; or ``fault``, about the job.
    """
    from grading.many import plain

    asked = json.loads(order)
    with _ONE_AT_A_TIME:
        if refused := _why_not(asked):
            answer = {"refused": refused}
        else:
            try:
                answer = {"result": plain.dumps(_do(asked))}
            except Exception as error:
                answer = {"fault": f"{type(error).__name__}: {str(error)[:300]}"}
    return json.dumps(answer, ensure_ascii=False).encode("utf-8")


def _why_not(asked: dict[str, Any]) -> str:
    """Return why this process should not do a job, with the remedy; ``""`` if it may."""
    import socket

    from grading.gradebook_address import carries_password

    here = f"A worker on {socket.gethostname()} "
    if carries_password(dict(os.environ)):
        return here + (
            "was started with a database's password, which workers must not have. "
            "Start it with: python3 -m grading worker ADDRESS."
        )
    if asked["code"] != code():
        return here + "runs another version of the course. Update it there and start it again."
    release = Path(asked["state"]["base"]) / "release"
    if not release.is_dir():
        return here + (
            f"does not see the folder {release.parent}. "
            "Put the state on storage that all machines see under the same path."
        )
    return why_no_jail() if asked.get("jailed") else ""


def why_no_jail() -> str:
    """Return why no notebook is run again on this computer; ``""`` where that can be done."""
    import socket

    from grading import jail

    why = jail.why_not()
    return f"A worker on {socket.gethostname()} runs no notebook again. {why}" if why else ""


def why_left_out() -> str:
    """Return why this worker, which named no jail when it was started, is given no such work."""
    import socket

    return why_no_jail() or (
        f"A worker on {socket.gethostname()} runs no notebook again, because it did not say "
        "that it can make a jail. Start it with: python3 -m grading worker ADDRESS."
    )


def _do(asked: dict[str, Any]) -> Any:
    global _run
    module, _, name = str(asked["function"]).partition(":")
    if module.split(".")[0] != "grading":
        raise ValueError(f"{module} is not part of the program.")
    from grading.state import GradingState, put_environment_on_path

    if asked["run"] != _run:  # a new run: releases and teams may have changed since the last
        for keeper in _CACHES:
            if keeper in sys.modules:
                sys.modules[keeper].forget()
        _run = asked["run"]
    put_environment_on_path()
    said = asked["state"]
    state = GradingState(
        base=Path(said["base"]), root=Path(said["root"]), exchange=Path(said["exchange"]),
        key_package=said["key_package"],
    )  # fmt: skip
    function = getattr(importlib.import_module(module), name)
    return partial(function, **asked["options"])((state, asked["assignment"], asked["students"]))
