"""A hub whose gradebook is in PostgreSQL, and what must be true of it.

The database lets nobody in without the password, and listens on a socket in a folder of its
own: every road of the host on which one of the two is missing fails.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from grading import gradebook_address
from grading.hub import accounts, health, settings_file, settings_template
from tests.followup_postgres import Server, new_database, running
from tests.hub_running import Person, RunningHub, running_hub
from tests.many_gradebook import Rows, rows

WORD = "planted-4410"
PASSWORD = f"{WORD} word/%@:"
FILE = "gradebook.address"
LINE = f"gradebook_file: {FILE}"
DESK = "/services/desk"


@dataclass
class Book:
    """The hub's gradebook.

    Parameters
    ----------
    server : Server
        That holds it.
    address : str
        As `grading.gradebook_address.plain` gives it.
    """

    server: Server
    address: str

    def rows(self) -> Rows:
        return rows(self.address)


@contextmanager
def hub_on_postgres(
    folder: Path, names: Sequence[str], *, before: Callable[[Any], None] = lambda folder: None
) -> Iterator[tuple[RunningHub, Book]]:
    """Start a hub as a host does who wrote the one line into ``hub.yml``."""
    with running(password=PASSWORD) as server:
        plain = new_database(server.address, "grades", password=PASSWORD)
        address = plain.replace("test@", f"test:{quote(PASSWORD, safe='')}@")

        def prepare(made: Any) -> None:
            before(made)
            said = settings_template.text().replace(f"#{LINE}", LINE)
            made.settings.write_text(said, encoding="utf-8")
            (made.base / FILE).touch(mode=0o600)
            (made.base / FILE).write_text(address + "\n", encoding="utf-8")
            # the roster was loaded before there was a hub, into a file
            (made.state / "grading" / "gradebook.db").unlink()

        with running_hub(folder, names, before=prepare, gradebook_file=FILE) as hub:
            assert settings_file.read(hub.folder.settings).gradebook_file == FILE
            yield hub, Book(server, gradebook_address.plain(address))


def shows(host: Person, module: str, name: str) -> float:
    """Return the points that the desk's page of a module shows for a person."""
    page = host.get(f"{DESK}/module/{module}")
    assert page.status_code == 200, page.text
    row = page.text.partition(f"/person/{name}")[2].partition("</tr>")[0]
    told = re.search(r"([\d.]+) of [\d.]+", row)
    assert told, page.text
    return float(told[1])


def by_desk(host: Person, module: str, what: str) -> str:
    """Press a button of the desk and return what the work said when it had ended."""
    host.get(f"{DESK}/module/{module}")
    job = host.post(f"{DESK}/module/{module}/{what}", data={"_xsrf": host.xsrf(f"{DESK}/")})
    until = time.monotonic() + 120
    while 'http-equiv="refresh"' in job.text and time.monotonic() < until:
        time.sleep(0.3)
        job = host.get(job.url.removeprefix(host.hub.address))
    assert job.status_code == 200, job.text
    return str(job.text)


def check_says(hub: RunningHub) -> tuple[str, str]:
    """Return what ``hub check`` finds about the gradebook that ``hub.yml`` names."""
    (found,) = health._gradebook(hub.folder, settings_file.read(hub.folder.settings))
    return found.state, found.said


def seen_by(trainee: Person, book: Book) -> list[str]:
    """Return what a trainee with a server finds of address and password, a line each."""
    import psutil

    hub, found = trainee.hub, []
    uid = accounts.read(hub.folder.accounts).people[trainee.name]
    everybody = [p for p in psutil.process_iter(["uids", "cmdline"]) if p.info["uids"]]
    own = [p for p in everybody if p.info["uids"].real == uid]
    assert own, "their server runs"
    for process in own:
        told = "\n".join(f"{name}={value}" for name, value in process.environ().items())
        words = [w for w in (WORD, "COURSE_GRADEBOOK", "postgresql") if w in told]
        found += [f"{w} in the variables of {process.info['cmdline']}" for w in words]
    for process in everybody:
        if WORD in " ".join(process.info["cmdline"] or ()):
            found.append(f"on the command line {process.info['cmdline']}")
    pattern = f"[{WORD[0]}]{WORD[1:]}"  # does not find itself
    look = (
        f"cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep '{pattern}'; "
        f"grep -rIsl '{pattern}' /home /srv /tmp /etc /run /var; "
        f"cat {hub.folder.base / FILE}; ls {book.server.base}; echo looked"
    )
    lines = trainee.terminal(f"({look}) 2>&1").text.split("\n")
    assert "looked" in lines, lines
    nothing = ("No such file", "Permission denied")
    return found + [
        line for line in lines if line != "looked" and not any(n in line for n in nothing)
    ]


def holding_the_password(base: Path) -> list[Path]:
    """Return the files below a folder in which the password stands, in any spelling."""
    found = []
    for folder, _, names in os.walk(base):
        if "node_modules" not in folder:
            for path in (Path(folder, name) for name in names):
                if path.is_file() and not path.is_symlink() and WORD.encode() in path.read_bytes():
                    found.append(path)
    return found
