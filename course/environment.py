"""The folder ``.venv`` of a checkout: where it is, what it holds, whether it is sound.

When an installation has ended well, a stamp in the folder says from which lock, for which
level, Python and place it was made, and which packages it then held. A mark is laid down
before an installation begins and taken away when it ends, so that a killed one is noticed.
Reading the stamp costs a millisecond. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from course.paths import ROOT
from course.requirements import LEVELS

VENV = ROOT / ".venv"
LOCKS = {
    "learner": ROOT / "requirements.lock",
    "host": ROOT / "requirements-host.lock",
    "hub": ROOT / "requirements-hub.lock",
    "dev": ROOT / "requirements-dev.lock",
}
STAMP = VENV / "course-environment.json"
INSTALLING = VENV / "course-installing"


def is_checkout() -> bool:
    """Say whether the course runs from its repository and not from an installed wheel."""
    return LOCKS["learner"].is_file() and (ROOT / "pyproject.toml").is_file()


def python() -> Path:
    """Return the path of the environment's interpreter, which may not exist."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def site_packages(version: str | None = None) -> Path:
    """Return the folder of the environment's packages for a Python version ("3.11")."""
    if os.name == "nt":
        return VENV / "Lib" / "site-packages"
    version = version or f"{sys.version_info[0]}.{sys.version_info[1]}"
    return VENV / "lib" / f"python{version}" / "site-packages"


def is_current() -> bool:
    """Say whether this process runs inside ``.venv``."""
    try:
        return os.path.samefile(sys.prefix, VENV)
    except OSError:
        return False


def untouched() -> bool:
    """Say whether ``.venv`` was made by hand: no stamp, no begun installation."""
    return not STAMP.exists() and not INSTALLING.exists()


def read_stamp() -> dict[str, object]:
    """Return what the stamp says, or an empty dict."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and stamp.get("level") in LEVELS else {}


def write_stamp(level: str, version: str) -> None:
    """Write the stamp of a finished installation and take the mark away."""
    stamp = {
        "level": level,
        "lock_sha256": lock_sha256(level),
        "python": version,
        "root": str(ROOT),
        "packages": _packages(version),
    }
    beside = STAMP.with_suffix(".tmp")
    beside.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    os.replace(beside, STAMP)
    INSTALLING.unlink(missing_ok=True)


def lock_sha256(level: str) -> str:
    """Return the hash of a level's lock file."""
    return hashlib.sha256(LOCKS[level].read_bytes()).hexdigest()


def ready(level: str) -> bool:
    """Say whether ``.venv`` can serve a level as it stands.

    It can when its interpreter is there, its stamp is of this lock, this folder and the
    interpreter's own version, of this level or a higher one, and no package that was
    installed has gone.
    """
    stamp = read_stamp()
    if not stamp or INSTALLING.exists() or not python().exists():
        return False
    have = str(stamp["level"])
    version = str(stamp.get("python"))
    if LEVELS.index(have) < LEVELS.index(level) or stamp.get("root") != str(ROOT):
        return False
    if is_current() and version != f"{sys.version_info[0]}.{sys.version_info[1]}":
        return False  # the system's Python was replaced under the same name
    if not interpreter_home_exists() or stamp.get("lock_sha256") != lock_sha256(have):
        return False
    return set(stamp.get("packages") or ["none"]) <= set(_packages(version))


def _packages(version: str) -> list[str]:
    try:
        names = os.listdir(site_packages(version))
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(".dist-info"))


def interpreter_home_exists() -> bool:
    """Check the Python that ``.venv`` borrows from; on Windows it is not a link."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    homes = [line.partition("=")[2].strip() for line in lines if line.startswith("home")]
    return bool(homes) and Path(homes[0]).is_dir()
