"""The port of a server: who has it is given its owner's pages and cookies."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from jupyterhub.utils import random_port

from grading.hub import accounts, listening
from tests.free_ports import free_ports
from tests.hub_attacks.town import processes_of, room, started, uid

# Takes a port as soon as it is free, answers, and tells what came.
WAIT = r"""
import socket, sys, time
port, end = int(sys.argv[1]), time.monotonic() + 3
print("WAITS", flush=True)
while time.monotonic() < end:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            time.sleep(0.002)
            continue
        door.listen(8)
        door.settimeout(2)
        print("TAKEN", flush=True)
        try:
            visit, _ = door.accept()
        except TimeoutError:
            break
        said = visit.recv(65536)
        visit.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine")
        print("HEARD", b"jupyterhub-user-" in said, flush=True)
        break
"""


def port_of(hub, person: str) -> int:
    """Return the port of a server that runs, as its own variables name it."""
    for pid in processes_of(uid(hub, person)):
        with suppress(OSError):
            words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            said = [w for w in words if w.startswith(b"JUPYTERHUB_SERVICE_URL=")]
            if said:
                return int(urlsplit(said[0].partition(b"=")[2].decode()).port or 0)
    raise AssertionError(f"{person} has no server")


def heard_by_ana(hub, person: str) -> str:
    """Let Ana wait for a server's port while the server dies and its owner looks at a page."""
    owner = hub.server(person)
    port = port_of(hub, person)
    with started(hub, "ana", ["python", "-c", WAIT, str(port)]) as ana:
        try:
            assert ana.stdout.readline() == "WAITS\n"
            for pid in processes_of(uid(hub, person)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            while ana.poll() is None:  # pages of JupyterLab ask again and again
                with suppress(requests.RequestException):
                    owner.get(f"{owner.base}/api/status", timeout=1)
            return ana.communicate(timeout=30)[0]
        finally:
            ana.kill()
            owner.stop()  # the hub looks after its servers every ten seconds only


def test_the_port_of_a_server_that_dies_stays_its_owners(street):
    assert "HEARD True" not in heard_by_ana(street, "more")


def test_a_server_that_opens_its_own_port_leaves_it_to_the_next(street):
    assert "TAKEN\nHEARD True" in heard_by_ana(street, "conf")


TAKE = """
import socket, sys
door = socket.socket()
for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
    door.setsockopt(socket.SOL_SOCKET, option, 1)
door.bind((sys.argv[2], int(sys.argv[1])))
"""


def takes(hub, port: int, host: str = "127.0.0.1") -> str:
    """Let Ana take a port; returns what her program complained of."""
    return room(hub, "ana", ["python", "-c", TAKE, str(port), host]).stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_is_taken_between_its_choice_and_the_start_unless_the_hub_opens_it(street, host):
    with listening.opened(uid(street, "ben")) as door:
        assert "Address already in use" in takes(street, door.getsockname()[1], host)
    assert takes(street, random_port(), host) == "", "what JupyterHub does by itself"


def test_the_open_port_is_its_owners_and_not_roots(street):
    """Or the rule that closes the network would take what goes out by it for root's."""
    number = uid(street, "ben")
    with listening.opened(number) as door:
        assert os.fstat(door.fileno()).st_uid == number != os.geteuid()
    with listening.opened(3_900_000_000) as door:
        assert os.fstat(door.fileno()).st_uid == 3_900_000_000


def test_the_ports_of_desk_and_formgrader_are_the_hosts_also_while_they_are_down(street):
    ports = street.settings.ports()
    kept = {hold.getsockname()[1] for hold in street.run.ports}
    assert kept == {ports["desk_port"], ports["formgrader_port"]}
    (port,) = free_ports(1)
    with listening.kept(port, accounts.read(street.folder.accounts).host):
        assert "Address already in use" in takes(street, port)
    assert takes(street, port) == "", "where nobody keeps it"
