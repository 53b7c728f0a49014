"""Notebooks run again on a hub: in jails that the host's own view can make where root asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from course.errors import CourseError
from course.paths import ROOT
from grading import jail
from grading.hub import host_programs, preparing, view
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings
from grading.reproduce import batch
from tests.hub_running import why_not

LOOK = """
import json, os
from grading import jail
said = {"why": jail.why_not(), "uid": os.getuid(),
        "seen": len([p for p in os.listdir("/proc") if p.isdigit()])}
if not said["why"]:
    from grading.reproduce.bounds import Bounds
    from grading.reproduce.run import run
    from tests.reproduce_pieces import published, task
    ran = run(task("import os; publish([os.path.exists(%r), 1 + 1])"), Bounds())
    said["published"], said["stopped"] = published(ran), str(ran)
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> HubFolder:
    if os.geteuid() != 0 or (reason := why_not()):
        reason = reason if os.geteuid() == 0 else "a hub needs root"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    base = tmp_path_factory.mktemp("hub")
    made = HubFolder(base, base / "state")
    preparing.prepare(made, Settings())
    return made


@pytest.mark.parametrize("jails", [True, False])
def test_the_hosts_view_makes_jails_only_where_it_is_asked_to(
    folder: HubFolder, jails: bool
) -> None:
    words = ["python", "-c", LOOK % str(folder.state)]
    made = subprocess.run(
        host_programs.host_command(words, folder, jails=jails), cwd="/", check=True,
        env=host_programs.host_environment(folder), capture_output=True, text=True,
    )  # fmt: skip
    said = json.loads(made.stdout.splitlines()[-1])
    assert said["uid"] == Settings().first_uid
    assert said["seen"] < 8, "a process space of its own, whoever made it"
    if jails:
        assert said["why"] == "" and said["published"] == [[False, 2]], said
    else:
        assert "bubblewrap cannot make a jail" in said["why"]


def test_the_command_of_root_asks_for_them(folder: HubFolder) -> None:
    env = {**os.environ, "COURSE_HUB": str(folder.base)}
    env.pop("COURSE_STATE", None)
    words = [sys.executable, "-m", "grading", "hub", "as-host", "score", "10", "--reproduce"]
    made = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    # it comes as far as the module, which nobody has released here
    assert made.returncode and "Nothing was run again" not in made.stderr, made.stderr
    assert "10_integrated_fares" in made.stderr


def test_other_programs_of_the_host_are_as_they_were(folder: HubFolder) -> None:
    words = host_programs.host_command(["python"], folder)
    assert tuple(words[: len(view._PROCESSES)]) != view._PROCESSES
    assert "--unshare-pid" in words


@pytest.mark.parametrize("on_hub", [True, False])
def test_a_refusal_says_who_runs_it_where(monkeypatch: pytest.MonkeyPatch, on_hub: bool) -> None:
    monkeypatch.setattr(jail, "why_not", lambda: "No jail.")
    monkeypatch.delenv("COURSE_HUB", raising=False)
    if on_hub:
        monkeypatch.setenv("COURSE_HUB", "/srv/hub")
    with pytest.raises(CourseError) as caught:
        batch.must_be_safe(unsafe=False)
    said = str(caught.value.remedy)
    assert ("sudo python3 -m grading hub as-host score" in said) == on_hub
    # the host's account holds the gradebook: there nobody is told to go without a jail
    assert ("--unsafe" in said) != on_hub
