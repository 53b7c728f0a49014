"""Copies of the course that an update left behind: which go when a hub starts, which stay."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from course import paths
from grading import jail
from grading.hub import program
from grading.hub.folder import HubFolder
from grading.hub.rooms import Rooms
from grading.hub.settings import Settings

NOW, OLD, OLDER = "0" * 16, "1" * 16, "2" * 16


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    for name in (NOW, OLD, OLDER):
        (folder / name / "course").mkdir(parents=True)
        (folder / name / "course" / "file.py").write_text("x")
    return folder


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@contextmanager
def running(words: list[str], **more: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.stdin.close()  # what is inside ends with it
        process.wait(30)
        process.stdout.close()


def test_what_nobody_uses_goes_and_what_is_half_goes(copies: Path) -> None:
    (copies / f".{OLD}.abc" / "course").mkdir(parents=True)  # a copy that was never finished
    (copies / f".{OLDER}.old").mkdir()  # a removal that was killed
    (copies / "note.txt").write_text("not a copy")
    assert program.remove_unused(copies, copies / NOW) == [OLD, OLDER]
    assert left(copies) == {NOW, "note.txt"}
    assert (copies / NOW / "course" / "file.py").read_text() == "x"
    assert program.remove_unused(copies, copies / NOW) == []


def test_a_kill_in_the_middle_leaves_no_half_copy_under_its_name(
    copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(path: Path, **_: object) -> None:
        (path / "course" / "file.py").unlink()
        raise Killed

    with monkeypatch.context() as here, pytest.raises(Killed):
        here.setattr(program.shutil, "rmtree", killed)
        program.remove_unused(copies, copies / NOW)
    assert left(copies) == {NOW, OLDER, f".{OLD}.old"}
    assert program.remove_unused(copies, copies / NOW) == [OLDER]
    assert left(copies) == {NOW}


def test_one_that_a_server_has_stays_until_the_server_is_gone(copies: Path) -> None:
    if why := jail.why_not():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)
    view = jail.View(read_only=((copies / OLD / "course", Path("/opt/course")),))
    words = jail.command(["/bin/sh", "-c", "echo ready; cat"], view, uid=jail.spare_uid())
    with running(words):
        assert program.remove_unused(copies, copies / NOW) == [OLDER]
        assert left(copies) == {NOW, OLD}
    assert program.remove_unused(copies, copies / NOW) == [OLD]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_the_table_of_mounts_alone_says_it(copies: Path, tmp_path: Path) -> None:
    """Whoever started the server may be gone; no command line names the copy then."""
    (tmp_path / "view").mkdir()
    script = tmp_path / "script.sh"
    script.write_text(
        f"mount --bind '{copies / OLD / 'course'}' '{tmp_path / 'view'}' && echo ready; exec cat\n"
    )
    with running(["unshare", "--mount", "sh", str(script)]) as process:
        assert OLD not in Path(f"/proc/{process.pid}/cmdline").read_text()
        assert program.remove_unused(copies, copies / NOW) == [OLDER]
    assert program.remove_unused(copies, copies / NOW) == [OLD]


def test_where_the_processes_cannot_be_asked_nothing_goes(
    copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "_in_use", lambda names: None)
    assert program.remove_unused(copies, copies / NOW) == []
    assert left(copies) == {NOW, OLD, OLDER}


def test_a_hub_that_starts_removes_the_copies_of_earlier_versions(
    copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "make", lambda folder, **_: folder / NOW)
    rooms = Rooms(HubFolder(copies.parent, copies.parent / "state"), Settings())
    rooms.make_ready()
    assert left(copies) == {NOW}


def test_the_hosts_own_programmes_come_along_and_no_link_does(tmp_path: Path) -> None:
    own, secret = tmp_path / "programmes", tmp_path / "key.yml"
    own.mkdir()
    secret.write_text("secret: 1\n")
    (own / "own_2027.yml").write_text("id: own_2027\n")
    (own / "sites.yml").write_text("[]\n")
    (own / "linked.yml").symlink_to(secret)
    (own / "hard.yml").hardlink_to(secret)
    (own / "huge.yml").write_bytes(b"#" * 2_000_000)
    (own / "Not A Name.yml").write_text("")
    made = program.make(tmp_path / "copies", programmes=own)
    assert left(made / "programmes") == {"own_2027.yml", "sites.yml"}
    assert program.make(tmp_path / "copies", programmes=own) == made
    (own / "own_2027.yml").write_text("id: own_2027\ntitle: x\n")
    assert program.make(tmp_path / "copies", programmes=own) != made


def test_nobody_compiles_the_course_again(tmp_path: Path) -> None:
    """Trainees cannot write where it lies; a traceback names the place they know."""
    made = program.make(tmp_path / "copies")
    compiled = next((made / "course" / "__pycache__").glob("paths.*.pyc")).read_bytes()
    assert str(paths.ROOT / "course" / "paths.py").encode() in compiled
