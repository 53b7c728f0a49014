"""Which paths a Python needs to run: of the running interpreter and its environment.

A virtual environment borrows from another Python, by links that may go several steps:
pyenv, uv and conda each lay them out differently, and often in a home that is closed to
others. Only the parts that Python reads are named, because the folder above them may be a
whole home, or the repository with its answer keys.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path

_PARTS = ("bin", "lib", "lib64", "libexec", "share", "etc", "pyvenv.cfg")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/nix")


@lru_cache(maxsize=1)
def python_view() -> tuple[Path, ...]:
    """Return what the running interpreter and its packages need, besides the system's own.

    Returns
    -------
    tuple of Path
        Existing files and folders to be seen read-only at the same place, outer ones
        first. Nothing of the repository, and of a home only what belongs to Python.
    """
    found: list[Path] = []
    for prefix in dict.fromkeys((sys.prefix, sys.exec_prefix, sys.base_prefix, _home())):
        for spelled in dict.fromkeys((Path(prefix), Path(os.path.realpath(prefix)))):
            found += _parts_of(spelled)
    found += [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    found += [Path(p) for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    if site.ENABLE_USER_SITE:
        found.append(Path(site.getusersitepackages()))
    found += _hops(Path(sys.executable))
    if Path("/nix/store").is_dir():
        found.append(Path("/nix/store"))
    return tuple(_outermost(p for p in found if p.exists()))


def course_view() -> tuple[Path, ...]:
    """Return where the trainees' program lies: ``course`` and the bundled cities.

    Returns
    -------
    tuple of Path
        Nothing of ``grading``, ``modules`` or ``tests``. Below `python_view` already where
        the course was installed as a package.
    """
    from course.paths import ROOT, bundled_cities_dir

    return tuple(_outermost([ROOT / "course", bundled_cities_dir()]))


def _home() -> str:
    """Return the prefix of the Python that a virtual environment names as its home."""
    config = Path(sys.prefix, "pyvenv.cfg")
    try:
        lines = config.read_text(encoding="utf-8").splitlines()
    except OSError:
        return sys.base_prefix
    homes = [
        line.partition("=")[2].strip() for line in lines if line.split("=")[0].strip() == "home"
    ]
    return str(Path(homes[0]).parent) if homes and homes[0] else sys.base_prefix


def _parts_of(prefix: Path) -> list[Path]:
    if not _holds_more(prefix):
        return [prefix / name for name in _PARTS]
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    parts = [prefix / lib / version for lib in ("lib", "lib64")]
    parts += [prefix / "share" / "jupyter", prefix / "etc" / "jupyter", prefix / "pyvenv.cfg"]
    return parts + sorted((prefix / "lib").glob("libpython*"))


def _holds_more(prefix: Path) -> bool:
    """Say whether a prefix is a home, or a folder above one: its parts are not Python's."""
    return Path(os.path.realpath(Path.home())).is_relative_to(os.path.realpath(prefix))


def _hops(path: Path) -> list[Path]:
    """Return a program and every link on the way to it.

    Links to folders on the way need no care: what is bound below them is bound under both
    names.
    """
    found = [path]
    while path.is_symlink() and len(found) < 20:
        path = Path(os.path.normpath(path.parent / os.readlink(path)))
        found.append(path)
    return [*found, Path(os.path.realpath(path))]


def _outermost(paths: object) -> list[Path]:
    """Return paths without those that lie in another one, or in the system's folders."""
    kept: list[Path] = []
    for path in sorted(dict.fromkeys(paths), key=lambda p: len(p.parts)):  # type: ignore[call-overload]
        inside = [*kept, *(Path(s) for s in _SYSTEM)]
        if not any(path == other or path.is_relative_to(other) for other in inside):
            kept.append(path)
    return kept
