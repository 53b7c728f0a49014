"""One hub for all attacks of a run: people, a released module, a hand-in, keys."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from grading.hub.defences import Defence as D
from grading.state import GradingState
from tests.hub_attacks.handing import PLACE, STAMP, clear, name_for
from tests.hub_attacks.hostile import FILE, Elsewhere, hostile
from tests.hub_attacks.town import MODULE, SMALL, TEACHER, inbound, room
from tests.hub_running import RunningHub, require_hub, running_hub

# Who tries, and what is off for them alone. Ana is an ordinary trainee, Ben her neighbour.
PEOPLE: dict[str, frozenset[D]] = {
    "ana": frozenset(),
    "ben": frozenset(),
    "loud": frozenset({D.SOCKETS}),
    "ina": frozenset({D.ACCOUNT}),
    "twin": frozenset({D.ACCOUNT}),
    "more": frozenset({D.EXTENSIONS}),
    "conf": frozenset({D.USER_CONFIG, D.PORT}),
    "rich": frozenset({D.DISK}),
    "calm": frozenset(),
}
SECRET = "ben-keeps-this-to-himself-7731"


@pytest.hookimpl(trylast=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep all attacks in one process: they share the hub."""
    item.own_markers[:] = [m for m in item.own_markers if m.name != "xdist_group"]
    item.add_marker(pytest.mark.xdist_group("hub_attacks"))
    item.add_marker(pytest.mark.slow)
    item.add_marker(pytest.mark.nbgrader)


@pytest.fixture(scope="session", autouse=True)
def possible():
    """Skip where there can be no hub; with ``CI`` that is a failure."""
    require_hub()


@pytest.fixture(scope="session")
def folder(possible) -> Iterator[Path]:
    """A folder that other accounts can reach; pytest's own are closed again by each run."""
    made = Path(tempfile.mkdtemp(prefix="course-attacks-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def street(folder) -> Iterator[RunningHub]:
    """The hub on which most attacks happen."""
    off = {name: without for name, without in PEOPLE.items() if without}
    (folder / "street").mkdir(mode=0o711)
    with running_hub(
        folder / "street", list(PEOPLE), instructors=[TEACHER], off=off, limits=SMALL,
        first_uid=410_000, outbound="on",
    ) as hub:  # fmt: skip
        hub.as_host("release", "10")
        key = hub.folder.state / "grading" / "certificates" / "keys" / "test.pem"
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_text("-----BEGIN PRIVATE KEY----- made for a test")
        key.chmod(0o600)
        hub.folder.settings.touch()
        if not hub.folder.settings.stat().st_size:
            hub.folder.settings.write_text("# settings of a test")
            hub.folder.settings.chmod(0o600)
        yield hub


@pytest.fixture(scope="session")
def diary(street) -> Path:
    """A file that Ben keeps at home."""
    line = f"mkdir -p ~/course; umask 077; echo {SECRET} > ~/course/diary.txt"
    room(street, "ben", ["sh", "-c", line])
    return street.folder.home("ben") / "course" / "diary.txt"


@pytest.fixture(scope="session")
def state(street) -> GradingState:
    """The host's grading state."""
    return street.state


@pytest.fixture(scope="session")
def of_ben(street) -> str:
    """The name of Ben's hand-in in the exchange, handed in by his own server."""
    ben = street.server("ben")
    for step in ("fetch", "submit"):
        said = ben.exchange(step, MODULE)
        assert said["success"], said
    return next(p.name for p in inbound(street).iterdir() if p.name.startswith("ben+"))


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Elsewhere]:
    """A server of somebody else."""
    with Elsewhere() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def marked(street, of_ben, elsewhere):
    """The hostile hand-in of Ana and the true one of Ben, collected and scored by the host."""
    clear(street, of_ben)
    marker = street.folder.state / "marker"
    name = name_for("ana")
    line = (
        f"umask 022; cd {PLACE} && mkdir '{name}' && cd '{name}' && "
        "cat > exercises.ipynb && "
        f"printf '%s' '{STAMP}' > timestamp.txt; ln -s /etc/passwd \"$1\"; "
        "printf 'import os; os.abort()' > nbgrader_config.py; mkdir pandas; "
        "for f in sitecustomize jupyter_config pandas/__init__; do "
        "cp nbgrader_config.py $f.py; done"
    )
    text = json.dumps(hostile(marker, f"{elsewhere.address}/spy.png"))
    done = room(street, "ana", ["bash", "-c", line, "sh", FILE], input=text)
    assert done.returncode == 0, done.stderr
    street.as_host("collect", "10")
    street.as_host("score", "10", "--workers", "1")
    return SimpleNamespace(text=text, marker=marker)


@pytest.fixture
def emptied(street, of_ben) -> None:
    """Leave Ben's true hand-in alone in the exchange."""
    clear(street, of_ben)
