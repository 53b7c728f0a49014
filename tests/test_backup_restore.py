"""Putting a backup back: all or nothing, killed at any moment, whatever the file holds."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import traceback
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from course.errors import CourseError, UsageError
from course.paths import ROOT
from grading.certificates import folder as folders
from grading.hub import accounts
from grading.safekeeping import archive, backup, journal, keybox, manifest, places
from grading.safekeeping.places import Layout
from grading.safekeeping.restore import restore
from tests import safekeeping_course as course

pytestmark = pytest.mark.nbgrader
AS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Return a backup of the small course."""
    place = tmp_path_factory.mktemp("backup")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_STATE", str(course.copied(place / "state")))
        return backup.make(place / "b.tar.gz", course.layout(place / "state")).path


@pytest.fixture
def place(tmp_path, monkeypatch) -> Layout:
    """Return an empty place for a course."""
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "new"))
    return course.layout(tmp_path / "new")


def _untouched(layout: Layout) -> None:
    left = {p.name for p in layout.state.parent.iterdir()}
    assert not left & {"new", ".restoring-new", ".new.restore.json"}


# ---- a course stands there already ---------------------------------------------------------


def test_a_course_that_stands_there_is_refused_then_moved_aside_and_whole(file, place):
    old = place.state / "grading" / "roster.csv"
    old.parent.mkdir(parents=True)
    old.write_text("student_id\nold-one\n")
    with pytest.raises(UsageError, match="There is a course in"):
        restore(file, place)
    assert old.read_text() == "student_id\nold-one\n"
    done = restore(file, place, replace=True)
    (aside,) = map(Path, done.aside)
    assert (aside / "grading" / "roster.csv").read_text() == "student_id\nold-one\n"
    assert course.ANA in old.read_text("utf-8-sig")


def test_empty_folders_and_locks_are_no_course(file, place):
    (place.state / "grading" / "submitted").mkdir(parents=True)
    (place.state / "grading" / ".roster.lock").touch()
    restore(file, place)
    assert (place.state / "grading" / "roster.csv").is_file()


# ---- hostile files -------------------------------------------------------------------------


def _parts(file: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(file) as tar:
        return [(m, tar.extractfile(m).read()) for m in tar.getmembers()]


def _written(path: Path, parts: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for info, data in parts:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def _with(parts, change, listed=None):
    """Return the parts with one more before the list, and the list changed to fit or not."""
    *others, (info, raw) = parts
    said = json.loads(raw)
    extra = change(said) or []
    if listed is not None:
        listed(said)
    return [*others, *extra, (info, json.dumps(said).encode())]


def _entry(path: str, data: bytes = b"evil") -> dict:
    return {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "mode": 0o600, "mtime_ns": 0, "owner": "", "superseded": False}  # fmt: skip


def _more(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", listed: str = "yes"):
    def change(said):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        if listed == "yes":
            said["members"].append(_entry(name))
        return [(info, b"evil" if kind == tarfile.REGTYPE else b"")]

    return change


def _set(*path_and_value):
    def change(said):
        *path, value = path_and_value
        for key in path[:-1]:
            said = said[key]
        said[path[-1]] = value

    return change


HOSTILE = {
    "climbs up": _more("state/../../evil"),
    "climbs up from the root": _more("../evil"),
    "absolute": _more("/tmp/evil-of-a-test"),
    "no known root": _more("etc/passwd"),
    "dot": _more("state/./evil"),
    "empty part": _more("state//evil"),
    "link": _more("state/evil", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": _more("state/evil", tarfile.LNKTYPE, "state/grading/roster.csv"),
    "device": _more("state/evil", tarfile.CHRTYPE),
    "pipe": _more("state/evil", tarfile.FIFOTYPE),
    "folder": _more("state/evil", tarfile.DIRTYPE),
    "contiguous": _more("state/evil", tarfile.CONTTYPE),
    "not in the list": _more("state/evil", listed="no"),
    "named twice": _more("state/grading/roster.csv"),
    "below a file": _more("state/grading/roster.csv/evil"),
    "folder that climbs": lambda said: said["folders"].append(
        {"path": "state/../evil", "mode": 0o700, "owner": ""}
    ),
    "folder that is a file": lambda said: said["folders"].append(
        {"path": "state/grading/roster.csv", "mode": 0o700, "owner": ""}
    ),
    "set user id": _set("members", 0, "mode", 0o104755),
    "owner that is no number": _set("members", 0, "owner", "#-1"),
    "owner that climbs": _set("members", 0, "owner", "@../root"),
    "negative size": _set("members", 0, "size", -1),
    "another hash": _set("members", 0, "sha256", "0" * 64),
    "a size that is a word": _set("members", 0, "size", "7"),
    "members that are none": _set("members", [1, 2]),
    "database elsewhere": _set("databases", 0, "member", "../x"),
    "people that climb": _set("people", {"../root": 0}),
    "an id that is a path": _set("id", "../../x"),
    "what was incomplete is no text": _set("incomplete", [1]),
    "what was left out is no text": _set("left_out", [{"what": 1, "why": "x"}]),
    "a maker who steers a terminal": _set("by", "\x1b]0;x\x07"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_nothing_is_written(file, place, tmp_path, name):
    bad = _written(tmp_path / "bad.tar.gz", _with(_parts(file), HOSTILE[name]))
    with pytest.raises(CourseError, match="no whole backup"):
        restore(bad, place)
    _untouched(place)
    assert not Path("/tmp/evil-of-a-test").exists()


def test_the_same_way_of_writing_is_accepted_when_nothing_is_wrong(file, place, tmp_path):
    """So that the refusals above are not of the way in which the test writes."""
    fine = _written(tmp_path / "fine.tar.gz", _with(_parts(file), lambda said: None))
    restore(fine, place)
    assert (place.state / "grading" / "roster.csv").is_file()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("format", 99), "newer course"),
        (_set("schemas", "followup", "9999"), "followup of this backup is newer"),
        (_set("schemas", "gradebook", "abcdef123456"), "gradebook of this backup is newer"),
    ],
)
def test_what_a_newer_course_wrote_is_refused(file, place, tmp_path, change, words):
    newer = _written(tmp_path / "newer.tar.gz", _with(_parts(file), change))
    with pytest.raises(CourseError, match=words):
        restore(newer, place)
    _untouched(place)


def test_a_newer_database_is_found_by_what_it_says_itself(file, place, tmp_path):
    """The list may say anything; the tables are opened by the programs that are here."""
    old = tmp_path / "followup.db"
    parts = _parts(file)
    at = next(n for n, (info, _) in enumerate(parts) if info.name == "state/followup.db")
    old.write_bytes(parts[at][1])
    with closing(sqlite3.connect(old)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
        opened.commit()
    data = old.read_bytes()
    parts[at] = (parts[at][0], data)

    def fit(said):
        for entry in said["members"]:
            if entry["path"] == "state/followup.db":
                entry |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    with pytest.raises(CourseError, match="newer"):
        restore(_written(tmp_path / "newer.tar.gz", _with(parts, fit)), place)
    _untouched(place)


def test_a_name_without_end_and_a_bomb_are_refused_before_they_fill_anything(place, tmp_path):
    long = tmp_path / "long.tar.gz"
    head = tarfile.TarInfo("x")
    head.type, head.size = tarfile.XHDTYPE, 3 << 30
    with gzip.open(long, "wb", compresslevel=9) as out:
        out.write(head.tobuf(tarfile.USTAR_FORMAT))
        out.write(bytes(32 << 20))
    with pytest.raises(CourseError, match="no end"):
        restore(long, place)
    bomb = tmp_path / "bomb.tar.gz"
    info = tarfile.TarInfo("state/big")
    info.size = 2**45  # bytes; 35 TB
    with gzip.open(bomb, "wb") as out:
        out.write(info.tobuf(tarfile.GNU_FORMAT))
    with pytest.raises(CourseError, match="GB that are free"):
        restore(bomb, place)
    _untouched(place)


@pytest.mark.parametrize(
    "raw",
    [b"", b"no archive", gzip.compress(b"x" * 2000, mtime=0), b"PK\3\4" * 50],
    ids=["nothing", "text", "packed", "zip"],
)
def test_what_is_no_backup_is_said_in_a_sentence(place, tmp_path, raw):
    (tmp_path / "x").write_bytes(raw)
    with pytest.raises(CourseError, match="no whole backup"):
        restore(tmp_path / "x", place)
    with pytest.raises(CourseError, match="There is no file"):
        archive.check(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    for strange in (tmp_path, tmp_path / "pipe", tmp_path / "x" / "y", tmp_path / ("n" * 300)):
        with pytest.raises(CourseError, match="cannot be read"):  # and nobody waits
            archive.check(strange)


# ---- killed ----------------------------------------------------------------------------------


_TOUCHES = ((os, "fsync"), (os, "replace"), (os, "open"), (os, "utime"), (folders, "sync"),
            (journal, "sync"), (os, "unlink"), (os, "rmdir"))  # fmt: skip


def _counting(patch: pytest.MonkeyPatch, touched) -> None:
    """Have something called before each touch of the disk."""

    def counted(real):
        def call(*args, **how):
            touched()
            return real(*args, **how)

        return call

    for module, name in _TOUCHES:
        patch.setattr(module, name, counted(getattr(module, name)))


def _killed(work, kill_at: int) -> bool:
    """Run something in a process of its own, killed at its n-th touch of the disk."""
    pid = os.fork()
    if pid:
        return os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    left = iter(range(kill_at - 1, -1, -1))

    def touched() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        _counting(pytest.MonkeyPatch(), touched)
        work()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


@pytest.mark.slow
def test_killed_at_any_touch_it_is_the_old_course_or_after_a_second_run_the_new(
    file, tmp_path, monkeypatch
):
    """Thirty points of a restore over an older course; half of them are its last touches."""

    def at(name: str) -> Layout:
        state = tmp_path / name / "state"
        if not state.exists():
            (state / "grading").mkdir(parents=True)
            (state / "grading" / "roster.csv").write_text("student_id\nold-one\n")
            os.utime(state / "grading" / "roster.csv", ns=(10**18, 10**18))
        return course.layout(state)

    restore(file, at("whole"), replace=True)
    new = course.content(tmp_path / "whole" / "state")
    old = course.content(at("older").state)
    touches: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        _counting(patch, lambda: touches.append(1))
        restore(file, at("counted"), replace=True)
    total = len(touches)
    assert total > 150
    points = {1 + n * total // 15 for n in range(15)} | set(range(total - 14, total + 1))
    stages = []
    for point in sorted(points):
        place = at(f"kill-{point}")
        if not _killed(partial(restore, file, place, replace=True), point):
            continue  # the lists of folders came in another order, with one touch less
        stands = course.content(place.state) if place.state.exists() else None
        begun = journal.load(place.state) is not None
        assert stands in (old, new) or (stands is None and begun), point
        stages.append("old" if stands == old else "new" if stands == new else "between")
        if stands == new and not begun:
            continue
        restore(file, place, replace=True)
        assert course.content(place.state) == new, point
        aside = [p for p in place.state.parent.iterdir() if "before-restore" in p.name]
        assert [course.content(p) for p in aside] == [old], point
        left = {p.name for p in place.state.parent.iterdir()} - {"state", aside[0].name}
        assert left == {".state.restore.lock"}, point
    assert len(stages) >= 20
    assert set(stages) == {"old", "new", "between"}


# ---- disks ------------------------------------------------------------------------------------


def _on_a_disk(tmp_path: Path, size: str, work: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a small disk of its own mounted, gone when it ends."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"mount -t tmpfs -o size={size} none {disk} && exec {sys.executable} -c '{work}'"
    env = {**os.environ, "DISK": str(disk), "COURSE_STATE": str(disk)}
    return subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=ROOT, env=env,
                          capture_output=True, text=True)  # fmt: skip


@pytest.mark.skipif(not AS_ROOT, reason="only root mounts a disk")
def test_onto_a_disk_of_its_own_and_over_what_is_there(file, tmp_path):
    """A volume of a container cannot be renamed; what is on it can."""
    work = f"""
import os
from pathlib import Path
from grading.safekeeping.restore import restore
from tests import safekeeping_course as course
disk = Path(os.environ["DISK"])
file = Path("{file}")
restore(file, course.layout(disk))
(disk / "grading" / "mine.txt").write_text("added since")
done = restore(file, course.layout(disk), replace=True)
assert not (disk / "grading" / "mine.txt").exists()
(aside,) = disk.glob("before-restore-*")
assert (aside / "grading" / "mine.txt").read_text() == "added since"
assert course.due(disk)
print(sorted(p.name for p in disk.iterdir() if not p.name.startswith("before")))
"""
    run = _on_a_disk(tmp_path, "16m", work)
    assert run.returncode == 0, run.stderr
    assert "'followup.db'" in run.stdout.replace('"', "'")
    assert ".restoring" not in run.stdout and "restore.json" not in run.stdout


@pytest.mark.skipif(not AS_ROOT, reason="only root mounts a disk")
@pytest.mark.parametrize("words", ["GB that are free", "No space left"])
def test_a_disk_that_is_too_small_is_said_and_nothing_is_left(file, tmp_path, words):
    """Too small for the bytes; or large enough for them, and not for so many files."""
    with gzip.open(file) as packed:
        sizes = sum(m.size for m in tarfile.open(fileobj=packed).getmembers())  # noqa: SIM115
    size = f"{sizes // 1024 + 8}k" if words.startswith("No") else "128k"
    work = f"""
import os
from pathlib import Path
from course.errors import CourseError
from grading.safekeeping.restore import restore
from tests import safekeeping_course as course
disk = Path(os.environ["DISK"])
try:
    restore(Path("{file}"), course.layout(disk / "state"))
except CourseError as error:
    print(error)
print(sorted(p.name for p in disk.iterdir() if not p.name.endswith(".lock")))
"""
    run = _on_a_disk(tmp_path, size, work)
    assert run.returncode == 0, run.stderr
    said, left = run.stdout.splitlines()[0], run.stdout.splitlines()[-1]
    assert words in said and "othing was changed" in said, run.stdout
    assert left == "[]"


# ---- a hub on another machine ------------------------------------------------------------------


def _hub(base: Path) -> Layout:
    """Make the folder of a hub with two people and what they could try."""
    course.copied(base / "state")
    table = accounts.allocate(base / "accounts.json", [course.ANA, course.BO], first=200_000)
    (base / "hub.yml").write_text("title: Test\ngradebook_file: gradebook.address\n")
    (base / "gradebook.address").write_text("")
    for name, mode in (("secret", 0o700), ("run", 0o711), ("proxy", 0o755)):
        (base / name).mkdir()
        (base / name).chmod(mode)
    (base / "secret" / "cookie_secret").write_text("918273645")
    (base / "secret" / "admission.json").write_text('{"codes": {}, "waiting": {}}')
    with closing(sqlite3.connect(base / "secret" / "jupyterhub.sqlite")) as opened:
        opened.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR)")
        opened.execute("INSERT INTO users (name) VALUES (?)", (course.ANA,))
        opened.commit()
    (base / "proxy" / "package.json").write_text("{}")
    inbound = base / "exchange" / "smartcity" / "inbound"
    inbound.mkdir(parents=True)
    (inbound / f"{course.ANA}+m+t").mkdir()
    (inbound / f"{course.ANA}+m+t" / "exercises.ipynb").write_text("{}")
    for who, uid in table.people.items():
        home = base / "homes" / who
        (home / "course").mkdir(parents=True)
        (home / "course" / "work.txt").write_text(f"work of {who}")
        (home / "shadow").symlink_to("/etc/shadow")
        for path in (home, home / "course", home / "course" / "work.txt"):
            os.chown(path, uid, uid)
        home.chmod(0o700)
    for path in (inbound / f"{course.ANA}+m+t", inbound / f"{course.ANA}+m+t" / "exercises.ipynb"):
        os.chown(path, table.people[course.ANA], table.people[course.ANA])
    for where, _, names in os.walk(base / "state"):
        for path in (where, *(os.path.join(where, n) for n in names)):
            os.chown(path, table.host, table.host)
    os.chown(inbound, table.host, table.host)
    inbound.chmod(0o3733)
    (base / "homes" / course.ANA / "roots.txt").write_text("918273645 of root")
    return Layout(base / "state", None, base, (), frozenset({"hub/gradebook.address"}))


@pytest.mark.skipif(not AS_ROOT, reason="only root gives files to other accounts")
def test_a_hub_comes_back_with_its_owners_and_on_other_numbers(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "hub" / "state"))
    layout = _hub(tmp_path / "hub")
    accounts.allocate(layout.hub / "accounts.json", ["gone"], first=200_000)
    left = layout.hub / "exchange" / "smartcity" / "inbound" / "gone+m+t"
    left.mkdir()
    os.chown(left, 200_003, 200_003)
    accounts.remove(layout.hub / "accounts.json", "gone")
    made = backup.make(tmp_path / "b.tar.gz", layout, homes=True, passphrase=course.SECRET)
    assert made.manifest.complete, made.manifest.incomplete
    raw = gzip.decompress(made.path.read_bytes())
    assert b"918273645" not in raw  # the cookie secret, and root's file in a home
    why = {e["what"]: e["why"] for e in made.manifest.left_out}
    assert "a link" in why[f"hub/homes/{course.ANA}/shadow"]
    assert "another account" in why[f"hub/homes/{course.ANA}/roots.txt"]
    assert "hub/proxy" in why and "hub/gradebook.address" not in why  # the second is sealed
    monkeypatch.setenv("COURSE_BACKUP_PASSPHRASE", course.SECRET)
    new = Layout(tmp_path / "other" / "state", None, tmp_path / "other")
    done = restore(made.path, new, first_uid=300_000)
    table = accounts.read(tmp_path / "other" / "accounts.json")
    assert (table.host, table.people) == (300_000, {course.ANA: 300_001, course.BO: 300_002})
    inbound = tmp_path / "other" / "exchange" / "smartcity" / "inbound"
    owners = {
        tmp_path / "other" / "homes" / course.ANA / "course" / "work.txt": 300_001,
        tmp_path / "other" / "homes" / course.BO: 300_002,
        tmp_path / "other" / "state" / "grading" / "roster.csv": 300_000,
        inbound: 300_000,
        inbound / f"{course.ANA}+m+t" / "exercises.ipynb": 300_001,
        tmp_path / "other" / "secret" / "jupyterhub.sqlite": 0,
        tmp_path / "other" / "gradebook.address": 0,
    }
    assert {p: p.stat().st_uid for p in owners} == owners
    assert inbound.stat().st_mode & 0o7777 == 0o3733
    assert course.due(tmp_path / "other" / "state") == course.due(tmp_path / "hub" / "state")
    assert accounts.read(tmp_path / "other" / "accounts.json").spent == (300_003,)
    left = tmp_path / "other" / "exchange" / "smartcity" / "inbound" / "gone+m+t"
    assert left.stat().st_uid == 0  # its old number may be somebody else's here
    assert any("first_uid: 300000" in line for line in done.told)
    pem = next((tmp_path / "other/state/grading/certificates/keys").iterdir())
    assert (pem.stat().st_uid, pem.stat().st_mode & 0o777) == (300_000, 0o600)


@pytest.mark.skipif(not AS_ROOT, reason="only root gives files to other accounts")
def test_a_backup_without_homes_leaves_those_that_are_there(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "hub" / "state"))
    layout = _hub(tmp_path / "hub")
    made = backup.make(tmp_path / "b.tar.gz", layout)
    assert not [m for m in made.manifest.members if "/homes/" in m.path]
    work = tmp_path / "hub" / "homes" / course.ANA / "course" / "work.txt"
    work.write_text("newer than the backup")
    done = restore(made.path, layout, replace=True)
    assert work.read_text() == "newer than the backup"
    assert (tmp_path / "hub" / "proxy" / "package.json").is_file()
    assert len(done.aside) >= 4


@pytest.mark.skipif(not AS_ROOT, reason="only root gives files to other accounts")
@pytest.mark.parametrize("said", ["./pass.txt", "{hub}/pass.txt", "state/../pass.txt", "way"])
def test_a_secret_is_known_however_the_settings_name_it(tmp_path, monkeypatch, said):
    hub = tmp_path / "hub"
    for name, value in (("COURSE_HUB", hub), ("COURSE_STATE", hub / "state")):
        monkeypatch.setenv(name, str(value))
    (hub / "state" / "grading").mkdir(parents=True)
    (hub / "pass.txt").write_text("918273645 of the service")
    (hub / "way").symlink_to("pass.txt")
    named = said.format(hub=hub)
    (hub / "hub.yml").write_text(f"sign_in: {{oidc: {{client_secret_file: {named}}}}}\n")
    made = backup.make(tmp_path / "b.tar.gz", places.find())
    assert b"918273645" not in gzip.decompress(made.path.read_bytes())
    assert made.manifest.keys == "left out"


@pytest.mark.parametrize(
    ("settings", "said"),
    [("port: [\n", "nobody knows which files are secret"), ("- a\n", "nobody knows"),
     ("gradebook_file: a.address\ngradebook_file: b.address\n", "nobody knows"),
     ("gradebook_file: gone.address\n", "the gradebook would be missing")],
)  # fmt: skip
def test_settings_that_cannot_be_read_make_no_backup(tmp_path, monkeypatch, settings, said):
    hub = tmp_path / "hub"
    for name, value in (("COURSE_HUB", hub), ("COURSE_STATE", hub / "state")):
        monkeypatch.setenv(name, str(value))
    (hub / "state" / "grading").mkdir(parents=True)
    (hub / "hub.yml").write_text(settings)
    with pytest.raises(CourseError, match=said):
        backup.make(tmp_path / "b.tar.gz", places.find())
    assert not (tmp_path / "b.tar.gz").exists()


def test_while_a_restore_is_at_work_no_hub_starts_and_the_other_way(file, tmp_path):
    from grading.hub import holding
    from grading.hub.folder import HubFolder

    hub = tmp_path / "hub"
    folder = HubFolder(hub, hub / "state")
    with places.hub_still(hub), pytest.raises(CourseError, match="runs already"):
        holding.folder_alone(folder)
    lock = holding.folder_alone(folder)
    try:
        with pytest.raises(UsageError, match="The hub is running"):
            restore(file, Layout(hub / "state", None, hub))
    finally:
        os.close(lock)
    assert not (hub / "state").exists()


def test_a_damaged_list_of_an_interrupted_restore_is_said(place, file):
    for text in ("", "[]", "{}", '{"moves": [1]}', "[" * 99_999):
        journal.place(place.state).write_text(text)
        with pytest.raises(CourseError, match="list of an interrupted restore"):
            restore(file, place)
    assert not place.state.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root gives files to other accounts")
def test_a_folder_swapped_for_a_link_on_the_way_leads_nowhere(tmp_path, monkeypatch):
    """A trainee swaps a folder of their home for a link while root walks through it."""
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "hub" / "state"))
    layout = _hub(tmp_path / "hub")
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    (secret / "work.txt").write_text("918273645 of somebody else")
    home = tmp_path / "hub" / "homes" / course.ANA

    def swap(found, total, words):
        for one in found:
            yield one
            if one.where == home:  # its names were not read yet
                os.rename(home / "course", home / "moved")
                (home / "course").symlink_to(secret)

    made = backup.make(tmp_path / "b.tar.gz", layout, homes=True, progress=swap)
    assert (home / "course").is_symlink()
    assert b"918273645 of somebody" not in gzip.decompress(made.path.read_bytes())


# ---- laws ------------------------------------------------------------------------------------


@given(some.text(max_size=40))
def test_a_path_that_is_accepted_stays_below_its_root(text):
    try:
        path = manifest.check_path(f"state/{text}")
    except ValueError:
        return
    assert os.path.normpath(f"/base/{path}") == f"/base/{path}"


def test_a_box_opens_with_its_passphrase_and_no_change_goes_unseen():
    files = {"state/a.pem": b"one", "state/b.pem": b"\0\xff"}
    box = keybox.seal(files, course.SECRET)
    assert keybox.unseal(box, course.SECRET) == files
    assert b"one" not in box
    for at in (2, 30, len(box) // 2, len(box) - 1):
        broken = bytearray(box)
        broken[at] ^= 1
        with pytest.raises(CourseError):
            keybox.unseal(bytes(broken), course.SECRET)
