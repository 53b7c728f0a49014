"""Other people's programs: seeing them, stopping them, listening to them, becoming root."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import threading
from pathlib import Path

import pytest

from course.paths import ROOT
from grading.hub.defences import Defence as D
from tests.hub_attacks.town import MODULE, processes_of, room, uid

# prints the number of the account of every process that can be seen
OWNERS = "import glob, os; print(sorted({os.stat(p).st_uid for p in glob.glob('/proc/[0-9]*')}))"


@pytest.fixture(scope="module", autouse=True)
def servers(street):
    street.server("ana")
    street.server("ben")
    street.sign_in("ben").kernel()


def test_nobody_elses_programs_are_seen(street):
    mine, bens = uid(street, "ana"), uid(street, "ben")
    cell = street.run_code("ana", OWNERS).text
    said = street.terminal("ana", "cat /proc/*/cmdline | tr '\\0' ' '").text
    assert str(bens) not in cell
    assert "configurable-http-proxy" not in said
    assert "jupyterhub -f" not in said
    assert str(mine) in cell or "65534" in cell


def test_without_a_process_space_they_are(street):
    line = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; done"
    said = room(street, "ana", ["bash", "-c", line], [D.PROCESSES]).stdout
    assert "configurable-http-proxy" in said
    assert "jupyterhub -f" in said


def test_anothers_program_cannot_be_stopped_nor_its_variables_read(street):
    """Two layers: the process space hides it, the account would forbid it."""
    kill = "for p in {}; do kill -0 $p && echo REACHED; tr '\\0' '\\n' < /proc/$p/environ; done"
    theirs = " ".join(map(str, processes_of(uid(street, "ben"))))
    line = kill.format(theirs)
    said = street.terminal("ana", line).text
    assert "REACHED" not in said
    assert "JUPYTERHUB_API_TOKEN" not in said.replace(line, "")
    for off in ((), (D.PROCESSES,)):
        done = room(street, "ana", ["bash", "-c", line], off)
        assert "REACHED" not in done.stdout and "API_TOKEN" not in done.stdout
    # with neither layer: the same number, the same process space
    assert "REACHED" in room(street, "ben", ["bash", "-c", line], [D.PROCESSES]).stdout
    # the jail's inner name space still hides the variables; outside any view nothing does
    assert "JUPYTERHUB_API_TOKEN" in room(street, "ben", ["bash", "-c", line], [D.VIEW]).stdout


LISTEN = """
import json, time, zmq
ports = set()
for line in open('/proc/net/tcp').read().splitlines()[1:]:
    _, local, _, state = line.split()[:4]
    if state == '0A':
        ports.add(int(local.split(':')[1], 16))
ears = zmq.Context().socket(zmq.SUB)
ears.setsockopt(zmq.SUBSCRIBE, b'')
for port in ports:
    ears.connect(f'tcp://127.0.0.1:{port}')
heard, end = b'', time.time() + 9
while time.time() < end:
    if ears.poll(200):
        heard += b' '.join(ears.recv_multipart())
print('HEARD', [w for w in (b'whisper-of-loud', b'whisper-of-ben') if w in heard])
"""


def test_another_kernel_cannot_be_heard_unless_it_talks_by_ports(street):
    street.server("loud")
    street.run_code("loud", "1")
    said: list[str] = []
    ears = threading.Thread(target=lambda: said.append(street.run_code("ana", LISTEN).text))
    ears.start()
    while ears.is_alive():
        for name in ("loud", "ben"):
            street.run_code(name, f"print('whisper-' + 'of-{name}')")
        ears.join(0.5)
    assert "whisper-of-loud" in said[0], "the defence off: what is printed is heard"
    assert "whisper-of-ben" not in said[0]


@pytest.fixture
def planted(street):
    """A program that root left in Ana's home with the right to be root."""
    target = street.folder.home("ana") / "root-id"
    shutil.copyfile("/usr/bin/id", target)
    target.chmod(0o4755)
    yield "./root-id"
    target.unlink()


def test_a_program_with_the_right_to_be_root_is_not_root(street, planted):
    said = street.terminal("ana", f"cd ~ && {planted}").text
    assert "uid=0(" not in said.replace("euid=", "uid=")


def test_without_the_view_it_is(street, planted):
    done = room(street, "ana", ["bash", "-c", f"cd ~ && {planted}"], [D.VIEW])
    assert "euid=0(" in done.stdout


# What somebody does who is root for a moment; each says ROOT when it worked. They go through
# a program with the right to be root, as su, sudo and mount themselves are.
AS_ROOT = {
    "su": "su -c id | grep -q uid=0",
    "mount": "mkdir -p m && mount -t tmpfs x m && echo x > m/x",
    "chroot": "/usr/sbin/chroot / id | grep -q uid=0",
    "mknod": "mknod null c 1 3",
    "chown": "touch f && chown 1 f",
    "kill": "kill -0 1",
}
LIFTED = "cd ~; {way} --reuid 0 --regid 0 --clear-groups -- sh -c {line} && echo ROOT:{name}"


@pytest.fixture
def lift(street):
    """The lines of an attack through a program with the right to be root."""
    target = street.folder.home("ana") / "root-lift"
    shutil.copyfile(shutil.which("setpriv"), target)
    target.chmod(0o4755)
    yield "; ".join(
        LIFTED.format(way="./root-lift", line=shlex.quote(line), name=name)
        for name, line in AS_ROOT.items()
    )
    target.unlink()
    for name in ("null", "f", "m"):
        path = target.parent / name
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)


def risen(said):
    return set(re.findall(r"ROOT:(\w+)", said))


def test_su_mount_chroot_and_devices_are_for_nobody(street, lift):
    assert risen(street.terminal("ana", f"({lift}) 2>&1").text.replace(lift, "")) == set()
    done = room(street, "ana", ["bash", "-c", lift])
    assert risen(done.stdout) == set()
    assert done.stderr.count("setresuid failed") == len(AS_ROOT)


def test_without_the_view_all_of_them_work(street, lift):
    """In a mount name space that vanishes: nothing of it is left on this machine."""
    apart = ["unshare", "--mount", "--propagation", "private"]
    done = room(street, "ana", ["bash", "-c", lift], [D.VIEW], before=apart)
    assert risen(done.stdout) == set(AS_ROOT), done.stderr


OWN_SPACES = ("unshare -Ur id", "bwrap --unshare-user --uid 0 --dev-bind / / id")


@pytest.mark.parametrize("line", OWN_SPACES)
def test_nobody_makes_name_spaces_of_their_own(street, line):
    """In them one is root, and much of the kernel's history of faults is open."""
    assert "uid=0" not in room(street, "ana", ["bash", "-c", line]).stdout


@pytest.mark.parametrize("line", OWN_SPACES)
def test_without_the_view_everybody_does(street, line):
    assert "uid=0" in room(street, "ana", ["bash", "-c", line], [D.VIEW]).stdout


WRITES = """
import os, sys
found = []
for top in {tops!r}:
    for where, folders, names in os.walk(top):
        if where.count('/') > top.count('/') + 4:
            folders[:] = []
        for name in [*names[:40], '.']:
            path = os.path.join(where, name)
            if os.access(path, os.W_OK) and not os.path.islink(path):
                found.append(path)
print('WRITABLE', found[:5])
"""


def test_the_program_of_all_cannot_be_changed(street):
    tops = [sys.prefix, str(ROOT / "course"), str(ROOT / "datasets"), "/usr/lib", "/etc", "/srv"]
    said = street.run_code("ana", WRITES.format(tops=tops)).text
    allowed = str(Path("/srv/exchange") / "smartcity" / "inbound") + "/."
    assert said.strip() in (f"WRITABLE [{allowed!r}]", "WRITABLE []")
    cell = street.run_code("ana", f"open({str(ROOT / 'course' / 'identity.py')!r}, 'a')")
    assert "Error" in cell.error


def test_open_modes_alone_would_let_it_be_changed(street):
    """Two layers again: read-only in the view, root's by its mode."""
    inside = ROOT / "course" / "identity.py"
    made = next(p for p in street.folder.program.iterdir() if (p / "course").is_dir())
    outside = made / "course" / "identity.py"
    outside.chmod(0o666)
    try:
        line = "printf '' >> {}"
        held = room(street, "ana", ["sh", "-c", line.format(inside)])
        assert "Read-only" in held.stderr
        free = room(street, "ana", ["sh", "-c", line.format(outside)], [D.VIEW])
        assert free.stderr == ""
    finally:
        outside.chmod(0o644)


CONFIG = "import pathlib; pathlib.Path.home().joinpath('ran').write_text('x')"


@pytest.mark.parametrize(("person", "ran"), [("calm", False), ("conf", True)])
def test_configuration_in_a_home_is_not_run(street, person, ran):
    line = (
        "mkdir -p ~/.jupyter ~/.local/etc/jupyter; cd ~; "
        f'echo "{CONFIG}" | tee .jupyter/jupyter_server_config.py > .jupyter/jupyter_config.py'
    )
    room(street, person, ["bash", "-c", line])
    street.server(person)
    assert (street.folder.home(person) / "ran").exists() == ran


@pytest.mark.parametrize(("person", "there"), [("ana", False), ("more", True)])
def test_a_trainees_own_server_has_no_formgrader(street, person, there):
    who = street.server(person)
    page = who.get(f"{who.base}/formgrader/manage_assignments")
    assert (page.status_code == 200 and "formgrader" in page.text.lower()) == there


PLANT = "echo 'import os' > {}/planted.py"


@pytest.fixture
def opened(street):
    """A released module that its modes would let everybody change."""
    made = street.folder.exchange / "smartcity" / "outbound" / MODULE
    mode = made.stat().st_mode & 0o7777
    made.chmod(0o777)
    yield made
    made.chmod(mode)
    (made / "planted.py").unlink(missing_ok=True)


def test_what_everybody_fetches_cannot_be_changed(street, opened):
    """Two layers: the view shows it read-only, its modes keep others out."""
    line = PLANT.format(f"/srv/exchange/smartcity/outbound/{MODULE}")
    assert "Read-only" in street.terminal("ana", line).text
    opened.chmod(0o755)
    bare = room(street, "ana", ["sh", "-c", PLANT.format(opened)], [D.VIEW])
    assert "ermission denied" in bare.stderr


def test_without_view_and_modes_it_is_changed(street, opened):
    assert room(street, "ana", ["sh", "-c", PLANT.format(opened)], [D.VIEW]).stderr == ""
    assert (opened / "planted.py").exists()


def test_few_folders_of_a_view_can_be_written(street):
    """Of the folders a trainee can write, none is seen by the host but the one for hand-ins."""
    allowed = {"/home/trainee", "/srv/exchange/smartcity/inbound"}
    for off, held in (((), True), ((D.VIEW,), False)):
        said = room(street, "ana", ["cat", "/proc/self/mountinfo"], off).stdout
        mounts = [line.split() for line in said.splitlines()]
        writable = {m[4] for m in mounts if m[5].startswith("rw")}
        real = {w for w in writable if not w.startswith(("/proc", "/dev", "/tmp"))}
        assert (real <= allowed) == held, real
