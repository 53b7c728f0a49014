"""From a bare Python to the right environment, then to the command that was asked for.

Only the standard library is used here, and this file keeps to syntax that Python 3.7
reads, so that an old interpreter gets a sentence and not a syntax error. Everything
newer is imported inside functions, after the version has been checked.

An environment has a level, each a superset of the one before: ``learner`` (the course),
``host`` (grading), ``dev`` (tests). ``python -m course`` and ``python -m grading`` start
in whatever Python the user has. When that Python already holds what the level needs
(conda, an installed wheel, a hub image), it is used. Otherwise ``.venv`` beside this
package is made or brought up to date from the lock with hashes, and the same command
is run again inside it, in the same folder, with the same arguments and exit code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OLDEST = (3, 11)
DEFAULT_LEVEL = {"course": "learner", "grading": "host"}
# Set for the process that was started inside .venv: a second start from there would loop.
_RESTARTED = "COURSE_RESTARTED_INSIDE"


def main(package, argv):
    # type: (str, list[str]) -> int
    """Run one command line of ``python -m course`` or ``python -m grading``.

    Parameters
    ----------
    package
        ``"course"`` or ``"grading"``: whose commands are meant.
    argv
        The arguments after the package's name.

    Returns
    -------
    int
        The exit code: 0 done, 1 the input is at fault, 2 used wrongly, 130 interrupted.
    """
    if sys.version_info < OLDEST:
        sys.stderr.write(_too_old(package))
        return 1

    from course.commands import dispatch

    return dispatch.guarded(lambda: _start(package, argv), package=package)


def _start(package: str, argv: list[str]) -> int:
    from course.commands import dispatch

    restarted = os.environ.pop(_RESTARTED, "")
    if not argv or argv[0] in ("-h", "--help", "--version"):
        return dispatch.overview(package, argv)
    command = dispatch.find(package, argv[0])
    if {"-h", "--help", *command.bare} & set(argv[1:]):
        # Help, and what the command declares as BARE, needs no environment, as long as
        # the command itself imports lazily.
        try:
            return dispatch.run(command, argv[1:])
        except ImportError:
            pass
    inside = _prepare(command.level or DEFAULT_LEVEL[package], restarted=restarted)
    if inside is not None:
        return _run_inside(inside, ["-m", package, *argv])
    return dispatch.run(command, argv[1:])


def _prepare(level: str, *, restarted: str) -> Path | None:
    """Return the interpreter to start again in, or None when this one will do."""
    from course import environment, requirements
    from course.calling import call
    from course.errors import CourseError

    if not environment.is_checkout():
        missing = requirements.unmet(level)
        if missing:
            extra = "" if level == "learner" else f"[{level}]"
            raise CourseError(
                f"This Python lacks what the command needs: {', '.join(missing)}.",
                f"Install it with: {call('pip install')} 'smart-city-course-kit{extra}'.",
            )
        return None
    if environment.is_current():
        if environment.ready(level) or (environment.untouched() and not requirements.unmet(level)):
            return None
    else:
        if not requirements.unmet(level):
            return None
        if environment.ready(level) and not restarted:
            return environment.python()
    if restarted:  # it was just made or found sound, and yet it does not serve
        raise CourseError(
            f"The environment in {environment.VENV} does not start as expected.",
            "Delete that folder and run the command again.",
        )

    from course import installing

    installing.build(level)
    return environment.python()


def _run_inside(python: Path, arguments: list[str]) -> int:
    """Go on in another interpreter: same folder, same arguments, same exit code."""
    variables = dict(os.environ)
    variables[_RESTARTED] = "1"
    for name in ("PYTHONHOME", "__PYVENV_LAUNCHER__"):
        variables.pop(name, None)
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(python, [str(python), *arguments], variables)

    # On Windows os.exec* returns to the shell at once and loses the exit code.
    process = subprocess.Popen([str(python), *arguments], env=variables)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the child got the same Ctrl-C and ends by itself


def _too_old(package):
    # type: (str) -> str
    """Say which Python this is, and name a newer one when there is one."""
    have = "%d.%d" % sys.version_info[:2]  # noqa: UP031 (an old Python must read this)
    newer = [
        name
        for name in ("python3.14", "python3.13", "python3.12", "python3.11")
        if shutil.which(name)
        and subprocess.call([name, "-c", "pass"], stderr=subprocess.DEVNULL) == 0
    ]
    remedy = (
        "Start it with: " + newer[0] + " -m " + package + "."
        if newer
        else "Install Python 3.11 or newer and start again."
    )
    return (
        package + ": This is Python " + have + "; Python 3.11 or newer is needed. " + remedy + "\n"
    )
