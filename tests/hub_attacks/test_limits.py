"""Taking everything: processes, memory, disk; and the way out of the machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from grading.hub import firewall, processes
from grading.hub.defences import Defence as D
from tests.hub_attacks.handing import PLACE
from tests.hub_attacks.town import SMALL, processes_of, room, started, uid
from tests.waiting import wait_until

FORKS = """
import os, signal, time
children = []
try:
    for _ in range(400):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
    print('ALL', len(children))
except OSError as error:
    print('STOPPED', len(children), error.errno)
finally:
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
"""
MEMORY = """
try:
    print('GOT', len(bytearray(2_300_000_000)))
except MemoryError:
    print('NONE')
"""


def by_python(street, code, off=()):
    return room(street, "ana", ["python", "-c", code], off).stdout


def test_forks_end_at_the_limit_and_others_still_answer(street):
    street.server("ana")
    street.server("ben")
    assert "STOPPED" in street.run_code("ana", FORKS).text
    assert street.run_code("ben", "print(40 + 2)").text.strip() == "42"


@contextmanager
def most_of(number):
    """Give a list whose one entry becomes the most processes an account had meanwhile."""
    most, over = [0], threading.Event()

    def look():
        while not over.wait(0.02):
            most[0] = max(most[0], len(processes_of(number)))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield most
    finally:
        over.set()
        looking.join()


# the shell that threw the bomb goes on without a process more, so that its terminal stays open
BOMB = "until=$((SECONDS+30)); :(){ :|:& };: ; while ((SECONDS<until)); do ((1)); done"


def test_a_bomb_in_a_terminal_ends_at_the_limit_and_with_the_server(street):
    ana, number = street.server("ana"), uid(street, "ana")
    street.server("ben")
    street.run_code("ben", "1")

    def throw():
        with suppress(Exception):  # the terminal itself may find no process left
            ana.terminal(BOMB, timeout=40)

    thrown = threading.Thread(target=throw)
    try:
        with most_of(number) as most:
            thrown.start()
            assert wait_until(lambda: most[0] > SMALL.processes / 2)
            time.sleep(2)  # what stops it at the limit must hold meanwhile
        assert most[0] < SMALL.processes + 20
        assert street.run_code("ben", "print(40 + 2)").text.strip() == "42"
        ana.stop()
        assert wait_until(lambda: not processes_of(number), seconds=60)
    finally:
        for pid in processes_of(number):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        thrown.join()


BOUNDED = (
    "b(){ if [ $1 = 0 ]; then echo LEAF >&2; sleep 2; else b $(($1-1)) | b $(($1-1)) & wait; fi; };"
    " b 7"
)


def test_without_the_limit_the_bomb_goes_on(street):
    """The real one would take this machine; this one is the same and ends after seven steps."""
    with most_of(uid(street, "ana")) as most:
        said = room(street, "ana", ["bash", "-c", BOUNDED], [D.NPROC]).stderr
    assert said.count("LEAF") == 2**7
    assert most[0] > 2 * SMALL.processes


@pytest.mark.parametrize(("off", "stays"), [((), False), ((D.PROCESSES,), True)])
def test_a_program_that_lets_go_of_its_server_ends_with_it(street, off, stays):
    line = "setsid sleep 61 > /dev/null 2>&1 & setsid -f sleep 61 > /dev/null 2>&1; echo up; wait"
    server = started(street, "ana", ["bash", "-c", line], off)
    try:
        assert server.stdout.readline() == "up\n"
        for pid in [*processes.children(server.pid), server.pid]:  # as the hub ends a server
            os.kill(pid, signal.SIGKILL)
        server.wait()
        end = time.monotonic() + (1 if stays else 20)
        while (left := asleep(street)) and time.monotonic() < end:
            time.sleep(0.1)
        assert bool(left) == stays
    finally:
        for pid in asleep(street):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.stdout.close()


def asleep(street):
    own = processes_of(uid(street, "ana"))
    return [pid for pid in own if processes.command_line(pid) == ["sleep", "61"]]


def test_without_the_limit_all_forks_come(street):
    assert "ALL 400" in by_python(street, FORKS, [D.NPROC])


def test_memory_ends_at_the_limit(street):
    street.server("ana")
    assert street.run_code("ana", MEMORY).text.strip() == "NONE"
    assert street.run_code("ben", "print(40 + 2)").text.strip() == "42"


def test_without_the_limit_the_memory_is_had(street):
    assert "GOT" in by_python(street, MEMORY, [D.MEMORY])


def fill(path, megabytes):
    return f"head -c {megabytes}000000 /dev/zero > {path} && echo FILLED; rm -f {path}"


def test_tmp_has_a_size(street):
    for path in ("/tmp/x", "/dev/shm/x"):
        assert "FILLED" not in street.terminal("ana", f"({fill(path, 34)})").text


def test_without_the_size_tmp_takes_the_machines_memory(street):
    assert "FILLED" in room(street, "ana", ["sh", "-c", fill("/tmp/x", 34)], [D.TMP]).stdout


def test_a_file_has_a_size(street):
    assert "FILLED" not in street.terminal("ana", f"({fill('~/x', 45)})").text
    assert "FILLED" in room(street, "ana", ["sh", "-c", fill("~/x", 45)], [D.DISK]).stdout


def wait_for_the_end(street, person, seconds):
    """Return whether a server was ended within some seconds."""
    who = street.sign_in(person)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not who.get(f"/hub/api/users/{person}").json()["servers"]:
            return True
        time.sleep(0.5)
    return False


def test_who_fills_home_or_exchange_loses_the_server_and_nobody_else(street):
    much = (
        f"mkdir -p {PLACE}/x+y && cd {PLACE}/x+y && "
        "for n in 1 2 3; do head -c 30000000 /dev/zero > $n; done"
    )
    street.server("calm")
    street.server("rich")
    room(street, "calm", ["bash", "-c", much])
    home = "cd ~ && for n in 1 2 3; do head -c 30000000 /dev/zero > $n; done"
    room(street, "rich", ["bash", "-c", home])
    assert wait_for_the_end(street, "calm", 90)
    assert not wait_for_the_end(street, "rich", 1), "for whom the quota is off goes on"
    assert street.run_code("ben", "print(40 + 2)").text.strip() == "42"
    shutil.rmtree(street.folder.inbound / "x+y")


# --- the way out


@pytest.fixture
def outside():
    """A machine outside: a name space with an address of its own and a port that answers."""
    if not (firewall.program() and shutil.which("ip")):
        if os.environ.get("CI"):
            pytest.fail("nftables and iproute2 are needed")
        pytest.skip("nftables and iproute2 are needed")
    mark = os.getpid() % 10000
    space, here, there = f"course-out-{mark}", f"co{mark}a", f"co{mark}b"
    net = f"10.213.{mark % 250}"

    def ip(*words):
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", space)
    server = None
    try:
        ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", space)
        ip("addr", "add", f"{net}.1/24", "dev", here)
        ip("link", "set", here, "up")
        ip("-n", space, "addr", "add", f"{net}.2/24", "dev", there)
        ip("-n", space, "link", "set", there, "up")
        listen = ["ip", "netns", "exec", space, "python3", "-m", "http.server", "8080"]
        server = subprocess.Popen(listen, cwd="/proc", stdout=-3, stderr=-3)
        for _ in range(100):
            try:
                socket.create_connection((f"{net}.2", 8080), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"{net}.2"
    finally:
        if server is not None:
            server.kill()
            server.wait()
        subprocess.run(["ip", "link", "del", here], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


@pytest.fixture
def service():
    """A service of the machine that trusts whoever comes by loopback, as databases do."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one.getsockname()[1]


REACH = """
import socket
for where in {places!r}:
    try:
        socket.create_connection(tuple(where), timeout=3).close()
        print('REACHED', where[0])
    except OSError as error:
        print('HELD', where[0], type(error).__name__)
"""


def test_nothing_goes_out_and_no_service_of_the_machine_is_reached(street, outside, service):
    code = REACH.format(places=[[outside, 8080], ["127.0.0.1", service]])
    street.server("ana")
    street.run_code("ana", "1")
    assert street.run_code("ana", code).text.count("REACHED") == 2, "the defence is off"
    closed = replace(street.settings, outbound="off", off={})
    assert firewall.close(closed) == ""
    try:
        said = street.run_code("ana", code).text
        assert said.count("HELD") == 2, said
        assert "HELD" in street.terminal("ana", f'python -c "{code.strip()}"').text
        street.sign_in("ana").stop()
        street.server("ana")  # hub and server still find each other
        assert street.run_code("ana", "print(40 + 2)").text.strip() == "42"
    finally:
        firewall.open_again(closed)
    assert not firewall.stands(closed)
