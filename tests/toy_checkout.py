"""A checkout with toy locks: the real bootstrap, without the hour of real packages."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Outside any virtual environment, so that nothing the course needs is there.
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
EARLY = (
    "__init__.py", "__main__.py", "bootstrap.py", "environment.py", "errors.py", "installing.py",
    "install_faults.py", "calling.py",
    "paths.py", "requirements.py", "commands/__init__.py", "commands/dispatch.py",
)  # fmt: skip
PROJECT = """\
[project]
name = "smart-city-course-kit"
requires-python = ">=3.11"
dependencies = ["coursetoy-a>=1"]
[project.optional-dependencies]
host = ["coursetoy-b>=1"]
hub = []
dev = ["coursetoy-c>=1"]
"""
COMMAND = """\
import os, sys
HELP = "say where it runs"
LEVEL = "{level}"
def add_arguments(parser):
    parser.add_argument("words", nargs="*")
    parser.add_argument("--code", type=int, default=0)
def run(args):
    import {package}
    print("PREFIX", sys.prefix)
    print("FOLDER", os.getcwd())
    print("WORDS", args.words)
    return args.code
"""


def make_wheel(folder: Path, name: str, version: str = "1.0") -> str:
    """Write a wheel with one empty module and return the sha256 of it."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: toy\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        record += f"{path},sha256={digest.decode()},{len(text.encode())}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in files.items():
            archive.writestr(zipfile.ZipInfo(inner), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Toy:
    """A copy of the early part of the course, with one toy package per level."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout (é 한)"
        self.wheels = folder / "wheels"
        for name in EARLY:
            target = self.root / "course" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "course" / name, target)
        (self.root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
        for level, package in (("learner", "a"), ("host", "b"), ("dev", "c")):
            text = COMMAND.format(level=level, package=f"coursetoy_{package}")
            (self.root / "course" / "commands" / f"{level}.py").write_text(text, "utf-8")
        self.write_locks()

    def write_locks(self, version: str = "1.0", *, wrong_hash: bool = False) -> None:
        """Write the locks, each with the packages of the ones before it."""
        lines = ""
        for name, lock in (
            ("a", "requirements"),
            ("b", "requirements-host"),
            ("c", "requirements-dev"),
        ):
            digest = make_wheel(self.wheels, f"coursetoy_{name}", version)
            digest = "0" * 64 if wrong_hash else digest
            lines += f"coursetoy-{name}=={version} \\\n    --hash=sha256:{digest}\n"
            (self.root / f"{lock}.lock").write_text(lines, encoding="utf-8")
        host = self.root / "requirements-host.lock"
        shutil.copy(host, self.root / "requirements-hub.lock")  # nothing on top, in this toy

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    def variables(self, *, uv: bool = False, offline: bool = False) -> dict[str, str]:
        """Return a bare environment in which packages come from the toy wheels alone."""
        bare = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.root.parent / "home"),
            "PIP_CONFIG_FILE": os.devnull,
            "LC_ALL": "C.UTF-8",
        }
        if uv:
            found = real_uv()
            assert found
            links = self.root.parent / "bin"
            links.mkdir(exist_ok=True)
            if not (links / "uv").exists():
                (links / "uv").symlink_to(found)
            bare["PATH"] = f"{links}:{bare['PATH']}"
            config = self.root.parent / "uv.toml"
            config.write_text(f"no-index = true\nfind-links = [{str(self.wheels)!r}]\n")
            bare |= {"UV_NO_CONFIG": "1"} if offline else {"UV_CONFIG_FILE": str(config)}
        if offline:
            address = "http://127.0.0.1:9/simple"
            return bare | {"PIP_INDEX_URL": address, "PIP_RETRIES": "1", "PIP_TIMEOUT": "1",
                           "UV_INDEX_URL": address, "UV_HTTP_RETRIES": "0"}  # fmt: skip
        return bare | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri()}

    def start(
        self, *words: str, python: str | Path = BASE_PYTHON, uv: bool = False, offline: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python -m course`` with these words, as a person in the checkout would."""
        return subprocess.run(
            [str(python), "-m", "course", *words], cwd=self.root, text=True, check=False,
            capture_output=True, env=self.variables(uv=uv, offline=offline), timeout=300,
        )  # fmt: skip


def real_uv() -> str | None:
    """Return the path of uv itself, not of a shim that may lead nowhere."""
    found = shutil.which("uv")
    if not found:
        return None
    for path in (found, *Path(BASE_PYTHON).resolve().parent.glob("uv")):
        done = subprocess.run(
            [str(path), "--version"], capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")},
        )  # fmt: skip
        if done.returncode == 0 and done.stdout.startswith("uv "):
            return str(path)
    return None
