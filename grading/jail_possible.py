"""Whether a jail is to be had on this computer, found out by making one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

_NEEDED = ("--size", "--disable-userns")  # bubblewrap 0.8
_TRY_S = 20.0


def why_not() -> str:
    """Return why no jail is to be had on this computer, or "" where one is.

    Returns
    -------
    str
        One sentence. It was tried, once in each process.
    """
    return _tried()


@lru_cache(maxsize=1)
def _tried() -> str:
    if not sys.platform.startswith("linux"):
        name = {"darwin": "macOS", "win32": "Windows"}.get(sys.platform, sys.platform)
        return f"A jail needs Linux, and this computer runs {name}."
    if not (bwrap := shutil.which("bwrap")):
        return "The program bwrap is missing; it comes with the package bubblewrap."
    for program in ("/usr/bin/prlimit", "/usr/bin/setpriv"):
        if not os.access(program, os.X_OK):
            return f"The program {program} is missing; it comes with the package util-linux."
    from grading.jail import View, command, spare_uid

    try:
        said = subprocess.run([bwrap, "--help"], capture_output=True, text=True, timeout=_TRY_S)
        if any(option not in said.stdout + said.stderr for option in _NEEDED):
            return "The installed bubblewrap is too old; a jail needs version 0.8 or newer."
        done = subprocess.run(
            command(["/usr/bin/true"], View(), uid=spare_uid()),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TRY_S,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap could not be started ({type(error).__name__})."
    return "" if done.returncode == 0 else _reason(done.stderr)


def _reason(said: str) -> str:
    """Return the sentence for what bubblewrap said when it failed."""
    line = next(iter(said.strip().splitlines()), "it said nothing")[:160]
    if _kernel("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "This system lets no program of an ordinary user make name spaces: AppArmor "
            f"needs a profile that allows bwrap, or root has to start this ({line})."
        )
    settings = ("user/max_user_namespaces", "kernel/unprivileged_userns_clone")
    closed = any(_kernel(name) == "0" for name in settings)
    if closed or "namespace" in line or "uid map" in line:
        return (
            "The kernel's settings, or the container this runs in, forbid the user name "
            f"spaces that bubblewrap needs ({line})."
        )
    return f"bubblewrap cannot make a jail here ({line})."


def _kernel(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
