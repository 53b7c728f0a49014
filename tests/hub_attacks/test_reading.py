"""Reading what is not for trainees: by a cell, a terminal and the server's own API."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from course.paths import ROOT
from grading.hub.defences import Defence as D
from tests.hub_attacks import files
from tests.hub_attacks.town import MODULE, room

TARGETS = (
    "how answers are scored",
    "the answer key",
    "the instructor's notes",
    "a module that is not released",
    "the tests",
    "the gradebook",
    "the key that signs certificates",
    "the settings of the hub",
    "the secret of the hub's cookies",
    "the token of the proxy",
    "the database of the hub",
    "what the hub logs",
    "another's home",
    "the passwords of the machine",
)


@pytest.fixture(scope="module")
def places(street, diary) -> dict[str, Path]:
    hub = street.folder
    found = [
        ROOT / "grading" / "scoring.py",
        ROOT / "grading" / "answer_key" / "m10_integrated_fares.py",
        ROOT / "modules" / MODULE / "instructor.md",
        ROOT / "modules" / "13_action_plan" / "exercises.ipynb",
        ROOT / "tests" / "conftest.py",
        hub.state / "grading" / "gradebook.db",
        hub.state / "grading" / "certificates" / "keys" / "test.pem",
        hub.settings,
        hub.secret / "cookie_secret",
        hub.secret / "proxy_token",
        hub.secret / "jupyterhub.sqlite",
        hub.logs / "hub.log",
        diary,
        Path("/etc/shadow"),
    ]
    assert [p for p in found if not p.stat().st_size] == []
    return dict(zip(TARGETS, found, strict=True))


@pytest.fixture(scope="module")
def got(street, places) -> dict[str, dict[str, bytes]]:
    """What each door gave, with the modes of the files open to all and without.

    With the modes open the view alone is in the way; a room without the view and with the
    modes as they are shows what the modes hold back.
    """
    paths = list(places.values())
    street.server("ana")
    found = {"modes only": files.read(_bare(street, paths))}
    with files.modes_off(paths):
        found["cell"] = files.read(street.run_code("ana", files.by_kernel(paths)).text)
        found["terminal"] = files.read(street.terminal("ana", files.by_shell(paths)).text)
        found["API"] = _by_api(street, paths)
        found["off"] = files.read(_bare(street, paths))
    return found


def _bare(street, paths):
    return room(street, "ana", ["sh", "-c", files.by_shell(paths)], off=[D.VIEW]).stdout


def _by_api(street, paths) -> dict[str, bytes]:
    """Ask the person's own server for files outside its folder, and through links to them."""
    ana = street.sign_in("ana")
    links = "; ".join(f"ln -sfn {p} ~/course/link{n}" for n, p in enumerate(paths))
    street.terminal("ana", links)
    found = {}
    for number, path in enumerate(paths):
        up = "../" * 12
        tries = [
            f"{ana.base}/api/contents/{quote(up + str(path)[1:], safe='')}?content=1",
            f"{ana.base}/api/contents/{up}{str(path)[1:]}?content=1",
            f"{ana.base}/files/{quote(up + str(path)[1:])}",
            f"{ana.base}/files/%2e%2e/%2e%2e/%2e%2e/%2e%2e{path}",
            f"{ana.base}/static/{up}{str(path)[1:]}",
            f"{ana.base}/files/link{number}",
            f"{ana.base}/api/contents/link{number}?content=1",
        ]
        start = path.read_bytes()[:24]
        for address in tries:
            answer = ana.get(address)
            if answer.status_code == 200 and start in answer.content:
                found[str(path)] = start
    street.terminal("ana", "rm -f ~/course/link*")
    return found


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("door", ["cell", "terminal", "API"])
def test_a_trainee_reads_nothing_of(got, places, target, door):
    assert str(places[target]) not in got[door]


@pytest.mark.parametrize("target", TARGETS)
def test_without_the_view_and_the_modes_it_is_read(got, places, target):
    path = places[target]
    with open(path, "rb") as file:
        assert got["off"][str(path)][:16] == file.read(16)


def test_for_what_is_secret_the_modes_alone_are_enough(got, places):
    """Two layers: with the view off, only what any account of the machine may read is read."""
    open_to_all = {n for n in TARGETS if str(places[n]) in got["modes only"]}
    assert open_to_all.isdisjoint(TARGETS[5:]), open_to_all


def test_a_trainee_cannot_import_the_host_side(street):
    said = street.run_code("ana", "import grading")
    assert "ModuleNotFoundError" in said.error
    line = f"cd {ROOT} && exec /bin/ls grading/answer_key"
    assert "m10" not in room(street, "ana", ["sh", "-c", line]).stdout
    with files.modes_off([ROOT / "grading" / "answer_key" / "__init__.py"]):
        assert "m10" in room(street, "ana", ["sh", "-c", line], off=[D.VIEW]).stdout


def test_the_api_gives_what_is_in_the_own_folder(street, got):
    """The way the API was asked works: a file of one's own comes back."""
    ana = street.sign_in("ana")
    street.terminal(
        "ana", "echo mine-4410 > ~/course/mine.txt; ln -sfn ~/course/mine.txt ~/course/l"
    )
    assert b"mine-4410" in ana.get(f"{ana.base}/files/l").content
