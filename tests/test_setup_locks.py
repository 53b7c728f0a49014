"""pyproject.toml, environment.yml and the locks say the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {
    "requirements.lock": [],
    "requirements-host.lock": ["host"],
    "requirements-hub.lock": ["host", "hub"],
    "requirements-dev.lock": ["host", "hub", "dev"],
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}


def pins(lock: str) -> list[Requirement]:
    """Return the pinned requirements of a lock, with their markers."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return [Requirement(line.rstrip("\\ ")) for line in re.findall(r"^[A-Za-z0-9].*$", text, re.M)]


def wanted(extras: list[str]) -> list[Requirement]:
    """Return what pyproject.toml asks for."""
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def environments() -> list[dict[str, str]]:
    """Return every Python and system the course is meant for, as marker values."""
    base = default_environment()
    return [
        base | {"python_version": python, "python_full_version": f"{python}.1",
                "sys_platform": name, "platform_system": system,
                "os_name": "nt" if name == "win32" else "posix"}
        for python in PYTHONS
        for name, system in PLATFORMS.items()
    ]  # fmt: skip


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_met_by_exactly_one_pin_everywhere(lock: str) -> None:
    pinned = pins(lock)
    for values in environments():
        chosen: dict[str, str] = {}
        for pin in pinned:
            if pin.marker is None or pin.marker.evaluate(values):
                name = canonicalize_name(pin.name)
                assert name not in chosen, f"{name} is pinned twice for {values['sys_platform']}"
                chosen[name] = next(iter(pin.specifier)).version
        for requirement in wanted(LOCKS[lock]):
            version = chosen.get(canonicalize_name(requirement.name))
            assert version, f"{requirement} has no pin in {lock}"
            assert requirement.specifier.contains(version), f"{requirement} but {version} in {lock}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_has_a_hash(lock: str) -> None:
    blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / lock).read_text(encoding="utf-8"), flags=re.M)
    blocks = [block for block in blocks if not block.startswith("#") and block.strip()]
    for block in blocks:
        assert re.match(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+]*", block), block[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:80]


@pytest.mark.parametrize("file", [*LOCKS, "environment.yml"])
def test_no_address_and_no_host_in_what_is_installed_from(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text)
    assert not re.search(r"\b[a-z0-9-]+\.(org|com|io|net)\b", text)


def test_larger_locks_hold_the_same_versions() -> None:
    # Only the versions: a larger lock may want a package on more systems.
    held = [{f"{pin.name}{pin.specifier}" for pin in pins(lock)} for lock in LOCKS]
    assert held == sorted(held, key=len) and all(a <= b for a, b in pairwise(held))


def test_the_conda_way_in_is_in_step() -> None:
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [line for line in conda["dependencies"] if isinstance(line, str)]
    (nested,) = [line for line in conda["dependencies"] if isinstance(line, dict)]
    python = Requirement(plain[0])
    assert python.name == "python"
    oldest = PROJECT["requires-python"]
    assert oldest == f">={PYTHONS[0]}"
    assert oldest in str(python.specifier)
    for version in PYTHONS:
        assert python.specifier.contains(version)
    assert not python.specifier.contains("3.10") and not python.specifier.contains("3.15")
    assert plain[1:] == ["pip"]
    # Exactly the learner's lock, and nothing beside it: pip refuses lines without a hash
    # (an editable course among them) next to lines with one.
    assert nested == {"pip": ["-r requirements.lock"]}


@pytest.mark.slow
@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_the_locks_resolve_from_wheels(system: str, tmp_path: Path) -> None:
    uv = shutil.which("uv")
    if not uv or subprocess.run([uv, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("uv is not on the PATH")

    def compiled(python: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [uv, "pip", "compile", "requirements-dev.lock", "--only-binary", ":all:",
             "--no-binary", "onetimepass",  # the one exception, see the head of pyproject.toml
             "--python-platform", system, "--python-version", python, "--no-header",
             "--generate-hashes", "-o", str(tmp_path / f"{system}-{python}.lock")],
            cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "UV_HTTP_TIMEOUT": "60"},
        )  # fmt: skip

    with ThreadPoolExecutor(len(PYTHONS)) as pool:  # it waits for the index, not for the processor
        for done in pool.map(compiled, PYTHONS):
            unreached = re.search(r"error sending request|dns error|timed out", done.stderr)
            if done.returncode and unreached:
                pytest.skip("the package index does not answer")
            assert done.returncode == 0, done.stderr[-2000:]


def test_spark_has_a_lock_of_its_own():
    asked = [Requirement(line) for line in PROJECT["optional-dependencies"]["spark"]]
    held = {canonicalize_name(pin.name): pin for pin in pins("requirements-spark.lock")}
    for one in asked:
        version = next(iter(held[canonicalize_name(one.name)].specifier)).version
        assert one.specifier.contains(version)
    text = (ROOT / "requirements-spark.lock").read_text(encoding="utf-8")
    assert "://" not in text and text.count("--hash=sha256:") >= len(held)
    assert not set(held) & {canonicalize_name(pin.name) for pin in pins("requirements-dev.lock")}
