"""Run a container of a manifest here: its command, number, variables and mounts, no cluster.

What a node would do is done with folders and the jail of the course: volumes are folders, a
secret is a folder of root's files, the image is laid out from the recipe's own COPY lines.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from course.paths import ROOT
from grading import jail

HERE = ROOT / "grading" / "hub" / "kubernetes"
NUMBER = 200000


def documents(path: Path) -> list[dict[str, Any]]:
    return [d for d in yaml.safe_load_all(path.read_text(encoding="utf-8")) if d]


def stages() -> dict[str, list[list[str]]]:
    """Return the instructions of each stage of the recipe, as words."""
    text = (HERE / "Dockerfile").read_text(encoding="utf-8")
    found: dict[str, list[list[str]]] = {}
    here: list[list[str]] = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        words = shlex.split(line)
        if words[0] == "FROM":
            here = found.setdefault(words[3], [])
        here.append(words)
    return found


def image() -> list[tuple[Path, Path]]:
    """Return what the host's image takes from the repository: (here, there)."""
    found = []
    for step in stages()["host"]:
        if step[0] == "COPY":
            *sources, target = step[1:]
            for source in sources:
                there = Path(target) / source if target.endswith("/") else Path(target)
                found.append((ROOT / source, there))
    return found


@dataclass
class Node:
    """A machine that runs containers.

    Parameters
    ----------
    base : Path
        Volumes and secrets lie below it; everybody may pass through.
    disks : list of Path
        What was mounted, newest last.
    """

    base: Path
    disks: list[Path] = field(default_factory=list)
    sees: tuple[Path, ...] = ()

    def volume(self, name: str) -> Path:
        """Return a claim's disk, a file system of its own as in a cluster."""
        place = self.base / "volumes" / name
        if not place.exists():
            place.mkdir(parents=True)
            words = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=0755", "none", str(place)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = f"no disk can be mounted here: {done.stderr.strip()}"
                (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
            self.disks.append(place)
        return place

    def lose(self, *names: str) -> None:
        """Throw volumes away."""
        for name in names:
            place = self.base / "volumes" / name
            subprocess.run(["umount", str(place)], check=True)
            place.rmdir()
            self.disks.remove(place)

    def secret(self, name: str, mode: int, **files: str) -> None:
        """Lay out a secret as a node does: root's files, all with one mode."""
        folder = self.base / "secrets" / name
        folder.mkdir(parents=True, exist_ok=True)
        for key, text in files.items():
            path = folder / key.replace("__", ".")
            path.write_text(text, encoding="utf-8")
            path.chmod(mode)

    def places(
        self, container: dict[str, Any], volumes: list[dict[str, Any]]
    ) -> tuple[list[tuple[Path, Path]], list[tuple[Path, Path]]]:
        """Return what a container mounts: read-only, writable, each (outside, inside)."""
        by_name = {v["name"]: v for v in volumes}
        read_only, writable = [], []
        for mount in container["volumeMounts"]:
            inside = Path(mount["mountPath"])
            volume = by_name[mount["name"]]
            if inside == Path("/tmp"):
                continue  # the jail brings one
            if "persistentVolumeClaim" in volume:
                outside = self.volume(volume["persistentVolumeClaim"]["claimName"])
            elif "secret" in volume:
                outside = self.base / "secrets" / volume["secret"]["secretName"]
            else:
                outside = self.base / "pod" / mount["name"]
                outside.mkdir(parents=True, exist_ok=True)
                outside.chmod(0o1777)
            assert "subPath" not in mount
            (read_only if mount.get("readOnly") else writable).append((outside, inside))
        return read_only, writable

    def run(
        self, container: dict[str, Any], volumes: list[dict[str, Any]],
        secrets: dict[str, str], *, uid: int, words: list[str] | None = None,
        env: list[dict[str, Any]] | None = None, check: bool = True,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Run a container's command, or ``words`` as ``kubectl exec`` would.

        Parameters
        ----------
        container, volumes
            As the manifest says.
        secrets : dict
            ``name/key`` -> value, for variables.
        uid : int
            Its number; 0 runs it as root with the rights that it names and no others.
        words : list of str, optional
            Another command.
        env : list of dict, optional
            Its variables, where they do not stand in ``container``.
        check : bool
            Fail where it fails.
        """
        read_only, writable = self.places(container, volumes)
        seen = (*jail.python_view(), *image(), *self.sees)
        view = jail.View(read_only=(*seen, *read_only), writable=tuple(writable))
        argv = [{"python": sys.executable}.get(w, w) for w in words or container["command"]]
        given = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": "/opt/course",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for entry in env if env is not None else container.get("env", []):
            given[entry["name"]] = _value(entry, secrets)
        if uid:
            # a pod has no number space of its own: other people's numbers are seen as they are
            command = jail.command(
                argv, view, uid=uid, env=given, folder="/opt/course", further_userns=True
            )
        else:
            rights = container["securityContext"]["capabilities"]["add"]
            command = [shutil.which("bwrap") or "bwrap", "--die-with-parent", "--new-session",
                       "--unshare-net", "--unshare-pid", "--clearenv"]  # fmt: skip
            for name, value in given.items():
                command += ["--setenv", name, value]
            command += [*jail._mounts(view, processes=True), "--chdir", "/opt/course",
                        "--cap-drop", "ALL"]  # fmt: skip
            for right in rights:
                command += ["--cap-add", f"CAP_{right}"]
            command += ["--", *argv]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


def _value(entry: dict[str, Any], secrets: dict[str, str]) -> str:
    if "value" in entry:
        return str(entry["value"])
    wanted = entry["valueFrom"]["secretKeyRef"]
    return secrets[f"{wanted['name']}/{wanted['key']}"]


@contextmanager
def node() -> Iterator[Node]:
    """Give a node; everything it mounted is unmounted at the end."""
    base = Path(tempfile.mkdtemp(prefix="node-"))
    base.chmod(0o755)
    made = Node(base)
    try:
        yield made
    finally:
        for disk in reversed(made.disks):
            subprocess.run(["umount", str(disk)], check=False)
        shutil.rmtree(base, ignore_errors=True)


def prepare(made: Node) -> None:
    """Run the one job that makes the folders, with the two rights that it has."""
    (job,) = [d for d in documents(HERE / "prepare" / "folders.yaml") if d["kind"] == "Job"]
    spec = job["spec"]["template"]["spec"]
    made.run(spec["containers"][0], spec["volumes"], {}, uid=0)
