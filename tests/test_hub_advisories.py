"""The table of advisories: no locked version below the one that mends, no setting missing."""

from __future__ import annotations

import json
import re

import pytest
from packaging.version import Version

from course.lab_server import OVERRIDES
from course.paths import ROOT

PAGE = ROOT / "grading" / "hub" / "SECURITY.md"
PACKAGES = (
    "jupyterhub",
    "nbgrader",
    "nbconvert",
    "jupyter-server",
    "jupyterlab",
    "notebook",
    "tornado",
    "oauthenticator",
    "jupyterhub-ltiauthenticator",
    "jupyterhub-nativeauthenticator",
    "npm: configurable-http-proxy",
)


def rows(text: str) -> list[list[str]]:
    """Return package, advisory, what, fixed in, answered by."""
    table = text.split("## Advisories looked at", 1)[1]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def locked(name: str, lock: str) -> Version:
    """Return the version of a package that a lock of Python packages pins."""
    found = re.search(rf"^{re.escape(name)}==([^\s;\\]+)", lock, re.MULTILINE | re.IGNORECASE)
    assert found, f"{name} is not in the lock"
    return Version(found[1])


def words(value: object) -> set[str]:
    """Return every key and every value of a configuration."""
    if isinstance(value, dict):
        return {str(k) for k in value} | set().union(*map(words, value.values()), set())
    if isinstance(value, list | tuple | set):
        return set().union(*map(words, value), set())
    return {str(value)}


def trainee_configuration(monkeypatch) -> dict:
    """Return what a trainee's server is configured with."""
    from traitlets.config import Config

    from grading.hub import jupyter_files

    monkeypatch.setenv("COURSE_WORKSPACE", "/home/trainee/course")
    path = jupyter_files.SOURCE / "jupyter_server_config.py"
    c = Config()
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"get_config": lambda: c})
    return {name: dict(section) for name, section in c.items()}


# What the column "also answered by" names, and how it is seen that it is so.
SETTINGS = {
    "admin:users": lambda trainee, roles, grading: "admin:users" not in words(roles),
    "shares": lambda trainee, roles, grading: not any("shares" in w for w in words(roles)),
    "LabApp.extension_manager": lambda trainee, roles, grading: (
        trainee["LabApp"]["extension_manager"] == "readonly"
    ),
    "allowCommandLinker": lambda trainee, roles, grading: (
        OVERRIDES["@jupyterlab/apputils-extension:sanitizer"] == {"allowCommandLinker": False}
    ),
    "allow_origin_pat": lambda trainee, roles, grading: "allow_origin_pat" not in words(trainee),
    "embed_images": lambda trainee, roles, grading: "embed_images" not in words(grading),
}


def too_old(table: list[list[str]], lock: str, npm: dict) -> list[str]:
    """Return the rows whose locked version is below the one that mends."""
    found = []
    for package, advisory, _, fixed, _ in table:
        if package.startswith("npm: "):
            have = Version(npm["packages"][f"node_modules/{package[5:]}"]["version"])
        else:
            have = locked(package, lock)
        if have < Version(fixed):
            found.append(f"{package} {have}: {advisory} needs {fixed}")
    return found


@pytest.fixture(scope="module")
def table():
    return rows(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def npm():
    return json.loads((PAGE.parent / "proxy" / "package-lock.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["requirements-hub.lock", "requirements-dev.lock"])
def test_no_locked_version_is_below_the_one_that_mends(table, npm, name):
    assert too_old(table, (ROOT / name).read_text(encoding="utf-8"), npm) == []


def test_a_version_that_is_too_old_is_found(table, npm):
    lock = (ROOT / "requirements-hub.lock").read_text(encoding="utf-8")
    old = re.sub(r"^tornado==\S+", "tornado==6.5.9", lock, flags=re.MULTILINE)
    assert len(too_old(table, old, npm)) == 3
    older = json.loads(json.dumps(npm))
    older["packages"]["node_modules/debug"]["version"] = "4.4.2"
    assert len(too_old(table, lock, older)) == 1


def test_every_setting_that_answers_an_advisory_is_there(table, monkeypatch, tmp_path):
    from grading.gradebook import course_config
    from grading.hub import permissions
    from grading.hub.settings import Settings
    from grading.state import GradingState

    named = {w for row in table for w in re.findall(r"`([^`]+)`", row[4])}
    assert named == set(SETTINGS)
    trainee = trainee_configuration(monkeypatch)
    roles = permissions.roles(Settings(instructors=("teach",)), watched=True)
    assert {"access:services!service=desk", "delete:servers"} <= words(roles)
    grading = course_config(GradingState(tmp_path, ROOT, tmp_path / "exchange"))
    for name, holds in SETTINGS.items():
        assert holds(trainee, roles, grading), name


def test_a_missing_setting_is_found(monkeypatch):
    trainee = trainee_configuration(monkeypatch)
    trainee["ServerApp"]["allow_origin_pat"] = "x"
    assert not SETTINGS["allow_origin_pat"](trainee, [], {})
    assert not SETTINGS["shares"]({}, [{"scopes": ["shares!user"]}], {})


def test_every_part_of_the_hub_was_looked_at(table):
    seen = {row[0] for row in table}
    assert set(PACKAGES) <= seen
    assert all(len(row) == 5 for row in table)


def test_the_proxys_lock_has_checksums_and_names_no_server(npm):
    for name, entry in npm["packages"].items():
        if name:
            assert entry["integrity"].startswith("sha512-"), name
            assert "resolved" not in entry, name
