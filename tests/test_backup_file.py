"""One file with everything: what goes in, while the course runs, and what never does."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from course.commands import dispatch
from course.errors import CourseError, UsageError
from course.paths import ROOT
from grading import certificates
from grading.certificates.log import Log
from grading.safekeeping import archive, backup, keeping, places
from grading.safekeeping.restore import restore
from grading.safekeeping.walking import walk
from tests import safekeeping_course as course

pytestmark = pytest.mark.nbgrader
KEYS = "grading/certificates/keys"


@pytest.fixture
def base(tmp_path, monkeypatch) -> Path:
    """Return a copy of the course, as the state."""
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    return course.copied(tmp_path / "state")


def _keys(base: Path) -> list[bytes]:
    found = [p.read_bytes() for p in (base / KEYS).iterdir()]
    assert found
    return found


def _names(file: Path) -> list[str]:
    with tarfile.open(file) as tar:
        return tar.getnames()


def _inside(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes())


# ---- there and back ----------------------------------------------------------------------


def test_restored_elsewhere_every_file_row_right_and_time_is_the_same(base, tmp_path):
    file = backup.make(tmp_path / "b.tar.gz", course.layout(base)).path
    restore(file, course.layout(tmp_path / "new"))
    keys = tuple(f"{KEYS}/{p.name}" for p in (base / KEYS).iterdir())
    before, after = course.content(base, without=keys), course.content(tmp_path / "new")
    assert after == before
    assert len(before) > 60
    assert course.due(tmp_path / "new") == course.due(base) != []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_certificates_verify_after_a_restore_and_none_is_issued_without_the_key(base, tmp_path):
    file = backup.make(tmp_path / "b.tar.gz", course.layout(base)).path
    done = restore(file, course.layout(tmp_path / "new"))
    assert any("private keys are not restored" in line for line in done.told)
    host = course.papers.Host(tmp_path / "new" / "grading")
    papers = certificates.issued(host)
    assert len(papers) == 2
    for one in papers:
        verdict = certificates.verify(one.pdf, base=host.base, now=course.papers.LATER)
        assert (verdict.answer, verdict.who) == ("valid", one.achievement.name)
    with pytest.raises(CourseError, match="is missing"):
        certificates.issue(host, course.papers.achievement(student_id="x", name="New One"),
                           now=course.papers.LATER)  # fmt: skip


def test_with_sealed_keys_the_course_goes_on_and_nobody_has_two(base, tmp_path, monkeypatch):
    made = backup.make(tmp_path / "b.tar.gz", course.layout(base), passphrase=course.SECRET)
    assert made.manifest.keys == "sealed"
    raw = _inside(made.path)
    assert not any(key.strip() in raw or key.splitlines()[1] in raw for key in _keys(base))
    monkeypatch.setenv("COURSE_BACKUP_PASSPHRASE", course.SECRET)
    restore(made.path, course.layout(tmp_path / "new"))
    keys = {p.name: p.read_bytes() for p in (base / KEYS).iterdir()}
    assert {p.name: p.read_bytes() for p in (tmp_path / "new" / KEYS).iterdir()} == keys
    away = tuple(f"{KEYS}/{name}" for name in keys)
    before = course.content(base, without=away)
    assert course.content(tmp_path / "new", without=away) == before
    host = course.papers.Host(tmp_path / "new" / "grading")
    again = certificates.issue(
        host, course.papers.achievement(student_id=course.ANA, name=course.NAMES[course.ANA]),
        now=course.papers.LATER,
    )  # fmt: skip
    fresh = certificates.issue(
        host, course.papers.achievement(student_id="x", name="New One"), now=course.papers.LATER
    )
    assert (again.new, again.number, fresh.number) == (False, "2026-0001", "2026-0003")


def test_a_wrong_passphrase_changes_nothing(base, tmp_path, monkeypatch):
    made = backup.make(tmp_path / "b.tar.gz", course.layout(base), passphrase=course.SECRET)
    monkeypatch.setenv("COURSE_BACKUP_PASSPHRASE", "another passphrase")
    with pytest.raises(CourseError, match="does not open the keys"):
        restore(made.path, course.layout(tmp_path / "new"))
    assert not (tmp_path / "new").exists()
    restore(made.path, course.layout(tmp_path / "new"), with_keys=False)
    assert list((tmp_path / "new" / KEYS).iterdir()) == []


def test_without_the_option_no_byte_of_a_key_is_in_the_file(base, tmp_path):
    made = backup.make(tmp_path / "b.tar.gz", course.layout(base))
    raw = _inside(made.path)
    assert made.manifest.keys == "left out"
    for key in _keys(base):
        assert key.splitlines()[1] not in raw
    listed = {entry["what"] for entry in made.manifest.left_out}
    assert {f"state/{KEYS}/{p.name}" for p in (base / KEYS).iterdir()} <= listed


def test_any_tar_program_can_read_it(base, tmp_path):
    made = backup.make(tmp_path / "b.tar.gz", course.layout(base))
    with tarfile.open(made.path) as tar:
        names = tar.getnames()
        assert names[-1] == "manifest.json"
        roster = tar.extractfile("state/grading/roster.csv").read()
        assert json.loads(tar.extractfile("manifest.json").read())["complete"]
    assert roster == (base / "grading" / "roster.csv").read_bytes()


# ---- while the course runs ---------------------------------------------------------------


def test_a_database_at_work_is_copied_as_of_one_moment(base, tmp_path):
    """A writer moves points between two rows without a pause; their sum never changes."""
    file = base / "followup.db"
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("CREATE TABLE purse (id INTEGER PRIMARY KEY, n INTEGER, pad BLOB)")
        opened.executemany("INSERT INTO purse VALUES (?, 500, randomblob(300000))", [(1,), (2,)])
        opened.commit()
    stop, moves = threading.Event(), []

    def write() -> None:
        with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as opened:
            while not stop.is_set():
                opened.execute("BEGIN IMMEDIATE")
                opened.execute("UPDATE purse SET n = n - 1, pad = randomblob(300000) WHERE id = 1")
                opened.execute("UPDATE purse SET n = n + 1, pad = randomblob(300000) WHERE id = 2")
                opened.execute("COMMIT")
                moves.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(moves) < 3:
            stop.wait(0.01)
        made = backup.make(tmp_path / "b.tar.gz", course.layout(base))
    finally:
        stop.set()
        writer.join()
    assert made.manifest.complete, made.manifest.incomplete
    restore(made.path, course.layout(tmp_path / "new"))
    with closing(sqlite3.connect(tmp_path / "new" / "followup.db")) as opened:
        rows = opened.execute("SELECT n FROM purse").fetchall()
    assert sum(n for (n,) in rows) == 1000
    assert rows[0][0] < 500
    assert not [p for p in _names(made.path) if p.endswith(("-wal", "-shm"))]


def test_a_torn_last_line_of_a_log_is_not_taken(base, tmp_path):
    marks = base / "grading" / "attendance.jsonl"
    whole = marks.read_bytes()
    marks.write_bytes(whole + b'{"student_id": "torn')
    log = base / "grading" / "certificates" / "log.jsonl"
    with log.open("ab") as file:
        file.write(b'{"n": 99')
    made = backup.make(tmp_path / "b.tar.gz", course.layout(base))
    restore(made.path, course.layout(tmp_path / "new"))
    assert (tmp_path / "new" / "grading" / "attendance.jsonl").read_bytes() == whole
    assert len(Log(tmp_path / "new" / "grading/certificates/log.jsonl").events) == 4


@pytest.mark.parametrize("lock", ["certificates/lock", ".score.lock"])
def test_a_command_that_goes_on_makes_it_incomplete_and_it_says_so(base, tmp_path, lock):
    handle = os.open(base / "grading" / lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        made = backup.make(tmp_path / "b.tar.gz", course.layout(base), patience=0.1)
    finally:
        os.close(handle)
    assert not made.manifest.complete
    assert "did not end" in made.manifest.incomplete[0]
    with pytest.raises(CourseError, match="calls itself incomplete"):
        restore(made.path, course.layout(tmp_path / "new"))
    assert not (tmp_path / "new").exists()
    restore(made.path, course.layout(tmp_path / "new"), incomplete=True)
    assert backup.make(tmp_path / "c.tar.gz", course.layout(base)).manifest.complete


def test_a_hand_in_that_is_replaced_while_it_is_copied_comes_whole(base, tmp_path):
    """The folder is swapped, as collect does it, when its first file has just been copied."""
    folder = base / "grading" / "submitted" / course.BO / course.MODULE

    def swap_on_the_way(found, total, words):
        for one in found:
            yield one
            if str(one.where) == str(folder / "exercises.ipynb") and not done:
                done.append(1)
                new = folder.with_name("fresh")
                shutil.copytree(folder, new)
                for path in new.iterdir():
                    path.write_text("second hand-in")
                (new / "extra.txt").write_text("second hand-in")
                shutil.rmtree(folder)
                os.replace(new, folder)

    done: list[int] = []
    made = backup.make(tmp_path / "b.tar.gz", course.layout(base), progress=swap_on_the_way)
    assert done and made.manifest.complete
    restore(made.path, course.layout(tmp_path / "new"))
    back = tmp_path / "new" / "grading" / "submitted" / course.BO / course.MODULE
    assert {p.name: p.read_text() for p in back.iterdir()} == {
        p.name: "second hand-in" for p in folder.iterdir()
    }
    assert any(m.superseded for m in made.manifest.members)


def test_scores_are_copied_before_the_gradebook_and_that_before_the_rest(base, tmp_path):
    """A score on its way is then scored again after a restore, and never left out."""
    names = _names(backup.make(tmp_path / "b.tar.gz", course.layout(base)).path)
    first = names.index(f"state/grading/scored/{course.MODULE}.jsonl")
    assert first < names.index("state/grading/gradebook.db")
    assert names.index("state/grading/gradebook.db") < min(
        n for n, name in enumerate(names) if "/submitted/" in name
    )


# ---- what it refuses, what it leaves ------------------------------------------------------


def test_no_file_inside_what_it_saves(base):
    with pytest.raises(UsageError, match="would lie inside"):
        backup.make(base / "grading" / "b.tar.gz", course.layout(base))


def test_nothing_but_an_older_backup_is_written_over(base, tmp_path):
    roster, old = tmp_path / "roster.csv", tmp_path / "b[1].tar.gz"
    roster.write_text("student_id\nana\n")
    link = tmp_path / "link.tar.gz"
    made = backup.make(old, course.layout(base)).path
    link.symlink_to(made)
    os.mkfifo(tmp_path / "pipe")
    packed = tmp_path / "other.tar.gz"
    with tarfile.open(packed, "w:gz") as other:
        other.add(roster, "letters/roster.csv")
    for target in (roster, link, tmp_path / "pipe", packed):
        before = target.lstat()
        with pytest.raises(UsageError, match="no backup of a course"):
            backup.make(target, course.layout(base))
        assert target.lstat() == before
    (tmp_path / ".b[1].tar.gz.999999999.part").write_text("of a killed run")
    assert backup.make(old, course.layout(base)).manifest.complete
    assert {p.name for p in tmp_path.iterdir()} == {"roster.csv", "b[1].tar.gz", "link.tar.gz",
                                                    "pipe", "other.tar.gz", "state"}  # fmt: skip


def test_names_that_steer_a_terminal_or_are_no_text_are_told_harmless(base, tmp_path, capsys):
    place = os.fsencode(base / "grading" / "exchange")
    os.makedirs(place, exist_ok=True)
    os.symlink(b"x", place + b"/\x1b[31mred\xff")
    try:
        for words in (["backup", str(tmp_path / "b.tar.gz")], ["backup", str(tmp_path / "b.tar.gz"),
                                                               "--json"]):  # fmt: skip
            assert dispatch.run(dispatch.find("grading", words[0]), words[1:]) == 0
            out = capsys.readouterr().out
            assert "red" in out and "\x1b" not in out
            out.encode("utf-8")
    finally:
        os.unlink(place + b"/\x1b[31mred\xff")


def test_links_and_pipes_are_named_and_not_followed(base, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("918273 of the machine")
    reports = base / "grading" / "reports"
    (reports / "link.json").symlink_to(secret)
    (reports / "folder").symlink_to(tmp_path)
    os.mkfifo(reports / "pipe")
    made = backup.make(tmp_path / "b.tar.gz", course.layout(base))
    assert b"918273 of the machine" not in _inside(made.path)
    why = {e["what"].rpartition("/")[2]: e["why"] for e in made.manifest.left_out}
    assert "a link" in why["link.json"] and "a link" in why["folder"]
    assert "no ordinary file" in why["pipe"]


def test_a_hand_in_that_looks_like_a_database_is_copied_as_it_is(base, tmp_path):
    odd = base / "grading" / "submitted" / course.CY / course.MODULE / "notes.db"
    odd.write_bytes(b"SQLite format 3\0" + bytes(100))
    made = backup.make(tmp_path / "b.tar.gz", course.layout(base))
    restore(made.path, course.layout(tmp_path / "new"))
    assert (tmp_path / "new" / odd.relative_to(base)).read_bytes() == odd.read_bytes()


def test_a_damaged_database_is_said_and_no_file_is_left(base, tmp_path):
    book = base / "grading" / "gradebook.db"
    raw = bytearray(book.read_bytes())
    raw[4096:12288] = os.urandom(8192)
    book.write_bytes(raw)
    with pytest.raises(CourseError, match=r"gradebook\.db"):
        backup.make(tmp_path / "out" / "b.tar.gz", course.layout(base))
    assert list((tmp_path / "out").iterdir()) == []


def test_when_the_disk_is_full_no_part_is_left(base, tmp_path):
    """A real limit on the size of files; the system's answer to a full disk is the same kind."""
    out = tmp_path / "out"
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000)); "
        "from course.commands import dispatch; "
        "from grading.commands import backup; import argparse; p = argparse.ArgumentParser(); "
        "backup.add_arguments(p); "
        f"sys.exit(dispatch.guarded(lambda: backup.run(p.parse_args([{str(out / 'b.tar.gz')!r}])),"
        " package='grading'))"
    )
    # something that gzip cannot make small
    (base / "grading" / "reports" / "noise.bin").write_bytes(os.urandom(200_000))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 1, run.stderr
    assert "could not be written" in run.stderr or "cannot be copied" in run.stderr
    assert "Traceback" not in run.stderr
    assert list(out.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 30000


def test_parts_of_a_killed_run_are_removed_by_the_next(base, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    part = tmp_path / f".b.tar.gz.{dead.pid}.part"
    part.write_bytes(b"half")
    other = tmp_path / ".other.tar.gz.1.part"
    other.write_bytes(b"somebody else's")
    backup.make(tmp_path / "b.tar.gz", course.layout(base))
    assert not part.exists() and other.exists()


# ---- the command, old backups --------------------------------------------------------------


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "grading", *words], capture_output=True,
                          text=True, cwd=ROOT, stdin=subprocess.DEVNULL)  # fmt: skip


def test_the_commands_write_check_and_restore(base, tmp_path, monkeypatch):
    folder = tmp_path / "kept"
    folder.mkdir()
    run = _run("backup", str(folder), "--json")
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["complete"] and told["keys"] == "left out"
    assert told["schemas"]["followup"] == "0002" and told["schemas"]["gradebook"]
    looked = _run("backup", "--check", told["file"])
    assert looked.returncode == 0 and told["sha256"] in looked.stdout
    refused = _run("restore", told["file"])
    assert refused.returncode == 2 and "There is a course in" in refused.stderr
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "elsewhere"))
    assert _run("restore", told["file"]).returncode == 0
    assert keeping.written(places.Layout(base)) == [told["file"]]


def test_with_keys_and_no_passphrase_to_be_had_nothing_is_written(base, tmp_path):
    run = _run("backup", str(tmp_path / "b.tar.gz"), "--with-keys")
    assert run.returncode == 1 and "no terminal to ask" in run.stderr
    assert not (tmp_path / "b.tar.gz").exists()


def test_old_backups_go_and_what_is_not_ours_or_not_whole_never_counts(tmp_path):
    now = datetime(2027, 1, 1, tzinfo=UTC)
    names = [keeping.name(now + timedelta(days=n)) for n in range(5)]
    half = keeping.name(now + timedelta(days=4, hours=1)).replace(".tar", "-not-complete.tar")
    older = keeping.name(now - timedelta(days=1)).replace(".tar", "-not-complete.tar")
    mine = "course-backup-of-mine.tar.gz"
    for name in (*names, half, older, mine):
        (tmp_path / name).write_bytes(b"x")
    later = now + timedelta(days=9)
    assert keeping.thin(tmp_path, 9, now=later) == []
    gone = keeping.thin(tmp_path, 2, now=later)
    assert [p.name for p in gone] == sorted([older, *names[:3]])
    assert {p.name for p in tmp_path.iterdir()} == {*names[3:], half, mine}


def test_after_the_clock_was_wrong_the_new_backup_is_not_the_one_that_goes(tmp_path):
    now = datetime(2027, 4, 5, tzinfo=UTC)
    ahead = [keeping.name(now + timedelta(days=2000 + n)) for n in range(3)]
    right = [keeping.name(now - timedelta(days=n)) for n in range(3)]
    for name in (*ahead, *right):
        (tmp_path / name).touch()
    assert [p.name for p in keeping.thin(tmp_path, 2, now=now)] == [right[2]]


def test_where_there_is_no_hub_there_is_no_backup_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_HUB", str(tmp_path / "mistyped"))
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "mistyped" / "state"))
    with pytest.raises(UsageError, match="There is no hub in"):
        backup.make(tmp_path / "b.tar.gz", places.find())
    assert list(tmp_path.iterdir()) == []


def test_check_says_of_each_changed_byte_that_the_file_is_not_whole(base, tmp_path):
    file = backup.make(tmp_path / "b.tar.gz", course.layout(base)).path
    raw = file.read_bytes()
    for at in range(20, len(raw) - 8, len(raw) // 12):
        broken = bytearray(raw)
        broken[at] ^= 0x40
        (tmp_path / "broken.tar.gz").write_bytes(broken)
        with pytest.raises(CourseError, match="no whole backup"):
            archive.check(tmp_path / "broken.tar.gz")
    for length in (0, 10, 300, len(raw) // 2, len(raw) - 3000):
        (tmp_path / "short.tar.gz").write_bytes(raw[:length])
        with pytest.raises(CourseError, match="no whole backup"):
            archive.check(tmp_path / "short.tar.gz")


def test_a_folder_that_is_copied_again_is_reached_through_no_link(tmp_path):
    """What changed is walked anew from where it lay; whoever owns the way there can bend it."""
    top, other = tmp_path / "exchange", tmp_path / "other"
    (top / "mine").mkdir(parents=True)
    (other / "inner").mkdir(parents=True)
    (other / "inner" / "key").write_text("not for a backup of this hand-in")
    (top / "mine").rmdir()
    (top / "mine").symlink_to(other)
    left: list[tuple[str, str]] = []

    def met(**more) -> list[str]:
        found = walk(top / "mine" / "inner", "exchange/mine/inner", _note, **more)
        return [one.where.name for one in found]

    def _note(path: str, why: str) -> None:
        left.append((path, why))

    assert met(below=top) == [] and "link" in left[0][1]
    assert met() == ["inner", "key"], "by the whole path alone"
