"""What attackers of a running hub hold in their hands besides a browser."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from grading.hub import accounts
from grading.hub.defences import Defence
from grading.hub.rooms import Rooms
from grading.hub.settings import Limits
from grading.state import COURSE_ID
from tests.hub_running import RunningHub, running_hub

TEACHER = "teach"
MODULE = "10_integrated_fares"
DESK = "/services/desk"
FORMGRADER = "/services/smartcity/formgrader"
SMALL = Limits(
    memory_mb=2000, processes=150, home_mb=60, file_mb=40, open_files=1024, tmp_mb=30, notebooks=4
)  # small enough to be reached in a moment


@contextmanager
def hub_without(defence: Defence, folder: Path, *, first_uid: int) -> Iterator[RunningHub]:
    """Start a hub of its own on which a defence is off for everybody, a module released."""
    place = folder / defence.value
    place.mkdir(mode=0o711)
    with running_hub(
        place, ["ana", "ben"], instructors=[TEACHER], outbound="on",
        off={"*": frozenset({defence})}, first_uid=first_uid,
    ) as hub:  # fmt: skip
        hub.as_host("release", "10")
        yield hub


def uid(hub: RunningHub, person: str) -> int:
    """Return the Unix number of a person."""
    return accounts.read(hub.folder.accounts).people[person]


def inbound(hub: RunningHub) -> Path:
    """Return the folder of the exchange that takes hand-ins."""
    return hub.folder.exchange / COURSE_ID / "inbound"


def processes_of(number: int) -> list[int]:
    """Return the processes of an account."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if path.stat().st_uid == number:
                found.append(int(path.name))
        except OSError:
            continue
    return found


def new_token(hub: RunningHub, person: str, **more: Any) -> str:
    """Return a token that a person makes on the hub's page for programs of their own."""
    browser = hub.sign_in(person)
    browser.get("/hub/token")
    answer = browser.post(f"/hub/api/users/{person}/tokens", json={"note": "test", **more})
    assert answer.ok, answer.text
    return str(answer.json()["token"])


def by_token(hub: RunningHub, token: str, method: str, path: str, **more: Any) -> Any:
    """Send a request with a token and without any cookie."""
    headers = {"Authorization": f"token {token}", **more.pop("headers", {})}
    return requests.request(method, hub.address + path, headers=headers, timeout=60, **more)


def room(
    hub: RunningHub, person: str, argv: list[str], off: Collection[Defence] = (),
    before: Sequence[str] = (), **more: Any,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run a program as the hub runs a person's server, with some defences off.

    What root puts ``before`` the command, such as ``unshare``, keeps this machine from harm.
    """
    rooms = _rooms(hub, person, off)
    given = {"capture_output": True, "text": True, "timeout": 120, "errors": "replace"} | more
    return subprocess.run(
        [*before, *rooms.command(person, argv)], env=rooms.environment(person), cwd="/",
        check=False, **given,
    )  # fmt: skip


def started(
    hub: RunningHub, person: str, argv: list[str], off: Collection[Defence] = ()
) -> subprocess.Popen[str]:
    """Start a program as the hub starts a person's server, and do not wait for its end."""
    rooms = _rooms(hub, person, off)
    return subprocess.Popen(
        rooms.command(person, argv), env=rooms.environment(person), cwd="/", text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip


def _rooms(hub: RunningHub, person: str, off: Collection[Defence]) -> Rooms:
    return Rooms(
        hub.folder, replace(hub.settings, off={**hub.settings.off, person: frozenset(off)})
    )
