"""Make ``.venv`` or bring it up to date from the lock, one process at a time.

uv does the work when it is on the PATH, else pip. Whatever goes wrong becomes one sentence
and a remedy; the installer's own words are kept in a log. Standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO

from course import environment
from course.environment import INSTALLING, LOCKS, VENV
from course.errors import CourseError
from course.install_faults import FULL_DISK, HASH_DIFFERS, NO_NETWORK, fault
from course.requirements import LEVELS

LOCK_FILE = VENV.with_name(".venv.lock")
LOG = VENV / "install.log"
# The one package of the hub that has no wheel: a file of plain Python.
_FROM_SOURCE = ("--no-binary", "onetimepass")


def build(level: str) -> None:
    """Make the environment able to serve a level, whatever state it is in.

    Waits for another start that is doing the same. Never lowers the level that an earlier
    installation reached.

    Parameters
    ----------
    level
        ``"learner"``, ``"host"``, ``"hub"`` or ``"dev"``.

    Raises
    ------
    CourseError
        With the cause and the remedy, when it cannot be done.
    """
    try:
        with _alone() as lock_handle:
            if environment.ready(level):
                return  # another start has finished it meanwhile
            earlier = environment.read_stamp().get("level", level)
            level = max(level, str(earlier), key=LEVELS.index)
            base = _base_interpreter()
            version = _sound_version()
            if version is None:
                version = _make(base)
            _install(level, version, base, lock_handle)
            environment.write_stamp(level, version)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise CourseError(*FULL_DISK) from error
        raise CourseError(
            f"The environment in {VENV} cannot be made: {error}.",
            "Check that the folder of the course can be written to, and run the command again.",
        ) from error
    _say("The environment is ready.")


@contextlib.contextmanager
def _alone() -> Iterator[IO[bytes]]:
    """Hold the lock file; the system frees it when this process ends in any way."""
    with open(LOCK_FILE, "a+b") as handle:
        told = False
        while not _try_lock(handle):
            if not told:
                _say("Another start is preparing the environment; waiting for it.")
                told = True
            time.sleep(0.5)
        yield handle


def _try_lock(handle: IO[bytes]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network folders know no locks: better alone by luck than not at all.
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


def _base_interpreter() -> str:
    """Return a Python outside ``.venv``: the one inside may be about to be deleted."""
    return getattr(sys, "_base_executable", "") or sys.executable


def _sound_version() -> str | None:
    """Return the Python version of ``.venv`` ("3.11"), or None when it must be made again."""
    if INSTALLING.exists() or not environment.python().exists():
        return None
    if not environment.interpreter_home_exists():
        return None
    stamp = environment.read_stamp()
    if stamp and stamp.get("root") != str(environment.ROOT):
        return None  # the folder was moved: the scripts inside name the old place
    version = _interpreter_version()
    if stamp and stamp.get("python") != version:
        return None
    return version


def _interpreter_version() -> str | None:
    """Ask the interpreter in ``.venv`` for its version; None when it is too old or dead."""
    told = _output([environment.python(), "-I", "-c", "import sys; print(sys.version_info[:2])"])
    match = re.fullmatch(r"\((\d+), (\d+)\)", told or "")
    if match is None or (int(match[1]), int(match[2])) < (3, 11):
        return None
    return f"{match[1]}.{match[2]}"


def _make(base: str) -> str:
    """Make an empty ``.venv`` and return its Python version."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        _say("The environment in .venv is broken or half made; making it again.")
        shutil.rmtree(VENV)
    VENV.mkdir()
    INSTALLING.touch()
    _say("Making the environment in .venv (first start only).")
    # Without pip: Debian ships venv but keeps what puts pip into it in another package.
    # uv needs no pip inside, and a pip outside can install into it.
    command = [base, "-I", "-m", "venv", "--without-pip", VENV]
    failed = _output(command, only_errors=True)
    version = _interpreter_version()
    if version is None:
        detail = (failed or "no reason given").splitlines()[-1]
        if "No space left" in (failed or ""):
            raise CourseError(*FULL_DISK)
        raise CourseError(
            f"This Python cannot make a virtual environment ({detail}).",
            "On Debian and Ubuntu run: sudo apt install python3-venv; "
            "elsewhere install Python anew, with its standard library.",
        )
    return version


def _installer(base: str, *, with_uv: bool = True) -> tuple[list[str], str]:
    """Return the command that installs into ``.venv``, and its name."""
    inside = str(environment.python())
    uv = shutil.which("uv") if with_uv else None
    # A pyenv shim may be called uv and lead nowhere: ask it.
    if uv and (_output([uv, "--version"]) or "").startswith("uv "):
        return [uv, "pip", "install", "--python", inside], "uv"
    options = [
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar=off",
        "--no-warn-script-location",
    ]
    if _output([inside, "-I", "-m", "pip", "--version"]):
        return [inside, "-m", "pip", "install", *options], "pip"
    if _output([inside, "-I", "-m", "ensurepip", "--default-pip"]) is not None:
        return [inside, "-m", "pip", "install", *options], "pip"
    outside = _output([base, "-m", "pip", "--version"]) or ""
    number = re.match(r"pip (\d+)\.(\d+)", outside)
    if number and (int(number[1]), int(number[2])) >= (22, 3):  # the first with --python
        return [base, "-m", "pip", "--python", inside, "install", *options], "pip"
    raise CourseError(
        "This Python has no pip to install packages with.",
        "On Debian and Ubuntu run: sudo apt install python3-venv; "
        "elsewhere run: python3 -m ensurepip --user.",
    )


def _install(level: str, version: str, base: str, lock_handle: IO[bytes]) -> None:
    """Install the lock of a level into ``.venv`` and put the course on its path."""
    INSTALLING.touch()
    command, name = _installer(base)
    lock = LOCKS[level]
    count = len(re.findall(r"^[A-Za-z0-9][^\s=]*==", lock.read_text(encoding="utf-8"), re.M))
    _say(f"Installing about {count} packages with {name}; this takes a few minutes.")
    wanted = ["--require-hashes", "--only-binary", ":all:", *_FROM_SOURCE, "-r", str(lock)]
    variables = {
        key: value
        for key, value in os.environ.items()
        # These would send the packages elsewhere, or load code from elsewhere.
        if key not in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONPATH", "PYTHONHOME")
    }
    variables.update(PIP_USER="0", PYTHONUNBUFFERED="1")
    # On a hub the environment is read-only for trainees: each of their servers and kernels
    # would compile its packages again. pip compiles in any case.
    now = ["--compile-bytecode"] if name == "uv" and level == "hub" else []
    code, output = _watched([*command, *wanted, *now], variables, count, lock_handle)
    if code != 0 and name == "uv" and fault(output) not in (FULL_DISK, HASH_DIFFERS, NO_NETWORK):
        # uv and pip differ in the certificates they trust and the settings they read.
        with contextlib.suppress(CourseError):  # no pip here: what uv said stands
            command, name = _installer(base, with_uv=False)
            _say(f"uv could not do it ({_last_line(output)}); trying once more with pip.")
            code, output = _watched([*command, *wanted], variables, count, lock_handle)
    if code != 0:
        _explain(code, output, name)
    _put_course_on_path(version)


def _put_course_on_path(version: str) -> None:
    """Write a .pth file: kernels and scripts of the environment then find the course.

    The line is code and not a plain path, because a plain path is read in an encoding
    that differs between Python versions and systems; this one is pure ASCII.
    """
    path = environment.site_packages(version) / "smart-city-course.pth"
    path.write_text(f"import sys; sys.path.append({str(environment.ROOT)!a})\n", encoding="ascii")


def _watched(
    command: list[str], variables: dict[str, str], count: int, lock_handle: IO[bytes]
) -> tuple[int, str]:
    """Run an installer, keep its output in the log, and show that it is moving."""
    process = subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        # The installer holds the lock too: when this process is killed, the next start
        # waits until the orphan has ended and does not clear the folder under it.
        pass_fds=() if os.name == "nt" else (lock_handle.fileno(),),
    )
    lines: list[str] = []

    def keep() -> None:
        with open(LOG, "w", encoding="utf-8") as log:
            for line in process.stdout:
                lines.append(line)
                with contextlib.suppress(OSError):  # a full disk is the installer's to report
                    log.write(line)

    reader = threading.Thread(target=keep, daemon=True)
    reader.start()
    begun = told = time.monotonic()
    try:
        while process.poll() is None:
            time.sleep(0.2)
            if time.monotonic() - told >= 10:
                told = time.monotonic()
                _say(f"  {told - begun:.0f} s: {_stage(lines, count)}")
        reader.join()
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process.returncode, "".join(lines)


def _stage(lines: list[str], count: int) -> str:
    """Say in a few words how far an installer is, from the lines it has written."""
    if any(line.startswith(("Installing collected", "Prepared")) for line in lines):
        return "unpacking the packages"
    collected = sum(line.startswith("Collecting ") for line in lines)
    if collected:
        return f"fetched {collected} of about {count} packages"
    if any(line.startswith("Resolved") for line in lines):
        return "fetching the packages"
    return "asking for the packages"


def _explain(code: int, output: str, name: str) -> None:
    """Raise the error that fits what an installer wrote."""
    known = fault(output)
    if known:
        if known != FULL_DISK:
            # Installers fetch and check everything before they change anything,
            # so what was there is still whole.
            INSTALLING.unlink(missing_ok=True)
        raise CourseError(*known)
    raise CourseError(
        f"{name} ended with code {code} ({_last_line(output)}).",
        f"Its whole report is in {LOG}; delete the folder .venv to begin anew.",
    )


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def _output(command: list[object], *, only_errors: bool = False) -> str | None:
    """Return what a short command prints, or None when it fails (or the reverse)."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return str(error) if only_errors else None
    if only_errors:
        return (done.stderr + done.stdout).strip() if done.returncode else None
    return done.stdout.strip() if done.returncode == 0 else None


def _say(text: str) -> None:
    """Tell a person how it goes, on stderr: stdout belongs to the command's own result."""
    print(text, file=sys.stderr, flush=True)
