"""A whole hub, as people use it: two trainees and an instructor, from sign-in to feedback."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websocket import WebSocketException

from course.city.pack import City
from grading.hub import accounts, announcement, firewall, health, people, processes, starting
from grading.hub.settings import Limits
from tests.hub_running import RunningHub, running_hub
from tests.module_work import of

pytestmark = [pytest.mark.slow, pytest.mark.nbgrader]

ANA, BEN, INGA = "ana-test", "벤-test", "inga-test"
MODULE = "10_integrated_fares"
LIMITS = Limits(home_mb=60, tmp_mb=32)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """One hub for all tests of this file, in the order in which they stand."""
    rows = [{"student_id": ANA, "city": "Mashhad", "team": "red"}, {"student_id": BEN}]
    with running_hub(tmp_path_factory.mktemp("hub"), rows, limits=LIMITS) as running:
        yield running


def test_a_trainee_finds_the_course_on_their_own_city(hub: RunningHub) -> None:
    ana = hub.server(ANA)
    page = ana.get(f"{ana.base}/api/contents/home.md").json()["content"]
    assert "A smart city course, on Mashhad" in page and ANA in page
    seen = ana.run_code(
        "import os, course\n"
        "from course.identity import who\n"
        "from course import City\n"
        "print(who().trainee, who().team, City.open().id, os.getuid(), sorted(os.listdir("
        "os.path.dirname(os.path.dirname(course.__file__)))))"
    )
    uid = accounts.read(hub.folder.accounts).people[ANA]
    assert not seen.failed, seen
    assert seen.text.startswith(f"{ANA} red mashhad {uid} ")
    for closed in ("grading", "modules", "tests"):
        assert f"'{closed}'" not in seen.text


def test_a_terminal_is_the_trainees_own_room(hub: RunningHub) -> None:
    said = hub.terminal(ANA, "id -un; pwd; ls /home; echo ok > /tmp/mine && cat /tmp/mine")
    assert said.text.split() == [ANA, "/home/trainee/course", "trainee", "ok"]


def test_lab_shows_assignments_and_nothing_of_a_grader(hub: RunningHub) -> None:
    ana = hub.sign_in(ANA)
    page = ana.get(f"{ana.base}/lab").text
    config = json.loads(page.partition('id="jupyter-config-data"')[2].partition(">")[2]
                        .partition("</script>")[0])  # fmt: skip
    off = config["disabledExtensions"]
    off = set(off if isinstance(off, list) else [name for name, is_off in off.items() if is_off])
    for name in ("formgrader", "course-list", "create-assignment"):
        assert f"@jupyter/nbgrader:{name}" in off
    assert "@jupyter/nbgrader:assignment-list" not in off and "@jupyter/nbgrader" not in off
    assert ana.get(f"{ana.base}/formgrader").status_code == 404
    assert ana.get(f"{ana.base}/formgraders?course_id=smartcity").status_code == 404


def test_formgrader_and_desk_are_the_instructors(hub: RunningHub) -> None:
    for path in ("/services/smartcity/formgrader/manage_assignments", "/services/desk/"):
        assert hub.sign_in(INGA).get(path).status_code == 200
        assert hub.sign_in(ANA).get(path).status_code == 403
    home = hub.sign_in(INGA).get("/hub/home").text
    assert "/services/desk/" in home and "Formgrader" in home
    assert "/services/desk/" not in hub.sign_in(ANA).get("/hub/home").text
    for closed in ("api/terminals", "api/kernels"):
        answer = hub.sign_in(INGA).post(f"/services/smartcity/{closed}", json={})
        assert answer.status_code >= 400, closed


def test_the_round_of_a_module(hub: RunningHub) -> None:
    """Release, fetch, answer in the kernel, submit, collect, score, feedback."""
    hub.as_host("release", "10")
    ana = hub.sign_in(ANA)
    assert ana.assignments() == {MODULE: "released"}
    assert ana.exchange("fetch", MODULE)["success"]
    assert ana.assignments() == {MODULE: "fetched"}
    work = of(MODULE).WORK(City.open("mashhad"), ANA)["m10_trip"]
    source = (
        "import json, os\nos.chdir(os.environ['COURSE_WORKSPACE'] + '/modules/" + MODULE + "')\n"
        "cells = json.load(open('exercises.ipynb'))['cells']\n"
        "exec(''.join(next(c for c in cells if c['id'] == 'imports')['source']))\n" + work + "\n"
        'answer("m10_trip", m10_trip)'
    )
    done = ana.run_code(source)
    assert not done.failed, done
    assert ana.exchange("submit", MODULE)["success"]
    uid = accounts.read(hub.folder.accounts).people[ANA]
    (handed,) = hub.folder.inbound.iterdir()
    assert handed.name.startswith(f"{ANA}+{MODULE}+") and handed.stat().st_uid == uid
    assert not handed.stat().st_mode & 0o022

    collected = json.loads(hub.as_host("collect", "10", "--json").stdout)
    assert collected["students"] == [ANA] and not collected["left_out"]
    hub.as_host("score", "10")
    hub.as_host("feedback", "10")
    assert ana.exchange("fetch_feedback", MODULE)["success"]
    pages = ana.terminal(f"ls ~/course/modules/{MODULE}/feedback/*/").text
    assert "exercises.html" in pages
    grades = json.loads(hub.as_host("export", "/dev/null", "--json", check=False).stdout or "{}")
    assert isinstance(grades, dict)
    report = hub.as_host("progress", "10", "--json").stdout
    assert ANA in report


def test_what_is_released_shows_on_the_home_page(hub: RunningHub) -> None:
    hub.as_host("release", "02")
    announcement.write("Lunch at <b>12:30</b>", folder=hub.folder)
    ana = hub.sign_in(ANA)
    assert "Lunch at &lt;b&gt;12:30&lt;/b&gt;" in ana.get("/hub/home").text
    page = _until(lambda: ana.get(f"{ana.base}/api/contents/home.md").json()["content"], "Lunch at")
    assert "&lt;b&gt;12:30" in page and "not yet in your folder" in page
    announcement.write("", folder=hub.folder)
    assert "Lunch" not in ana.get("/hub/home").text


def test_another_script_of_names_and_another_room(hub: RunningHub) -> None:
    ben = hub.sign_in(BEN)
    said = hub.inside(BEN, ["sh", "-c", "id -un; ls -A /home /srv"]).stdout
    assert said.split()[0] == BEN and ANA not in said
    assert ben.get(f"{hub.sign_in(ANA).base}/api/contents").status_code == 403


def test_no_token_is_in_a_list_of_processes(hub: RunningHub) -> None:
    """Neither on a command line, nor for another account in the variables of a process."""
    uid = accounts.read(hub.folder.accounts).people[ANA]
    mine = [p for p in processes.with_word("-m") if _owner(p) == uid]
    assert mine
    tokens = set()
    for pid in [*mine, *processes.children(hub.run.process.pid)]:
        # of all these programs one may end while we look
        with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            words = file.read().decode("utf-8", "replace").split("\0")
            tokens |= {w.partition("=")[2] for w in words if "TOKEN=" in w}
    tokens = {t for t in tokens if len(t) > 20}
    assert tokens
    for pid in (int(p) for p in os.listdir("/proc") if p.isdigit()):
        assert not tokens & set(" ".join(processes.command_line(pid)).replace("=", " ").split())
    assert not any(token in hub.log() for token in tokens)
    seen = hub.inside(BEN, ["sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline"]).stdout
    assert not any(token in seen for token in tokens)


def test_check_says_that_all_is_well(hub: RunningHub) -> None:
    found = {f.name: f for f in health.check(hub.folder)}
    for name in ("jail", "disk", "accounts", "gradebook", "exchange and folders", "hub", "proxy",
                 "formgrader", "desk"):  # fmt: skip
        assert found[name].state == "ok", found[name]
    assert (found["network"].state == "ok") == (firewall.program() is not None)


def test_people_lists_everybody(hub: RunningHub) -> None:
    found = {p.name: p for p in people.people(hub.folder, hub.settings)}
    assert set(found) == {INGA, ANA, BEN}
    assert found[ANA].home and found[ANA].programs >= 3 and found[INGA].role == "instructor"


def test_a_second_hub_on_the_folder_is_refused(hub: RunningHub) -> None:
    with pytest.raises(Exception, match="runs already"):
        starting.start(hub.folder, hub.settings, dummy=True)


def test_a_killed_hub_comes_back_and_servers_went_on(hub: RunningHub) -> None:
    ana = hub.sign_in(ANA)
    assert ana.run_code("kept = 918").error == ""
    hub.kill()
    hub.start_again()
    assert ana.get(f"{ana.base}/api/kernels").status_code == 200
    assert ana.run_code("print(kept)").text.strip() == "918"
    assert ana.assignments()[MODULE] == "fetched"


def test_who_fills_the_disk_is_stopped_and_told_and_can_tidy_up(hub: RunningHub) -> None:
    ana = hub.sign_in(ANA)
    with suppress(WebSocketException, OSError):  # who is stopped early hears no answer
        ana.run_code("open('/home/trainee/big', 'wb').write(b'x' * 90_000_000)")
    user = f"/hub/api/users/{ANA}"
    end = time.monotonic() + 120
    while (ana.get(user).json().get("servers") or {}) and time.monotonic() < end:
        time.sleep(0.5)
    assert not ana.get(user).json().get("servers")
    ana.start()
    page = ana.get(f"{ana.base}/api/contents/home.md").json()["content"]
    assert "MB of 60 MB" in page
    assert ana.terminal("rm /home/trainee/big && ls /home/trainee").error == ""


def test_stopping_leaves_nothing_behind(hub: RunningHub) -> None:
    """The last test of the file: it ends the hub."""
    word = str(hub.folder.base)
    hub.stop()
    left = [p for p in (int(n) for n in os.listdir("/proc") if n.isdigit())
            if any(word in w for w in processes.command_line(p))]  # fmt: skip
    assert left == []
    assert not firewall.stands(hub.settings)
    numbers = set(accounts.read(hub.folder.accounts).people.values())
    assert not numbers & set(processes.count())


def _owner(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:  # it has ended
        return -1


def _until(look: Any, word: str, patience: float = 120) -> str:
    end = time.monotonic() + patience
    while word not in (text := look()) and time.monotonic() < end:
        time.sleep(0.5)
    return str(text)
