"""Is all well with the hub: what is looked at, each with a sentence and a remedy."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from subprocess import SubprocessError
from typing import Any

from course import paths
from course.errors import CourseError
from grading.hub import (
    accounts,
    disk,
    firewall,
    host_programs,
    processes,
    proxying,
    services,
    settings_file,
)
from grading.hub.folder import HubFolder
from grading.hub.holding import refuse_foreign_numbers, restore_begun
from grading.hub.settings import Settings
from grading.hub.starting import answers
from grading.state import COURSE_ID

LEAST_FREE_MB = 2000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
        What.
    state : str
        ``ok``, ``note`` (the hub works all the same) or ``fault``.
    said : str
        How it stands.
    remedy : str
        What to do; empty where nothing is to be done.
    """

    name: str
    state: str
    said: str
    remedy: str = ""


def check(folder: HubFolder) -> list[Finding]:
    """Look at everything; the hub may run or not.

    Parameters
    ----------
    folder : HubFolder
        The hub's.

    Returns
    -------
    list of Finding
        In the order of what depends on what.
    """
    try:
        settings = settings_file.read(folder.settings)
        found = [Finding("settings", "ok", str(folder.settings))]
    except CourseError as error:
        settings = Settings()
        found = [Finding("settings", "fault", error.args[0], "Mend the file.")]
    running = said_by(folder)
    if begun := restore_begun(folder):
        found.append(Finding("restore", "fault", begun.what, begun.remedy))
    looks: list[Callable[[], Iterator[Finding]]] = [
        _programs, lambda: _disk(folder), lambda: _people(folder, settings),
        lambda: _modes(folder), lambda: _gradebook(folder, settings),
        lambda: _network(settings, running), lambda: _subdomains(settings),
        lambda: _hub(folder, running),
    ]  # fmt: skip
    for look in looks:
        try:
            found += look()
        except (OSError, CourseError, ValueError, ImportError, SubprocessError) as error:
            found.append(Finding("check", "fault", str(error)))
    return found


def said_by(folder: HubFolder) -> dict[str, Any]:
    """Return what the running hub wrote about itself; empty where none runs."""
    try:
        said = json.loads((folder.run / "hub.json").read_text(encoding="utf-8"))
        alive = processes.began(said["pid"]) == said["began"] != ""
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return said if alive else {}


def _programs() -> Iterator[Finding]:
    from importlib.metadata import version

    from grading import jail

    packages = ("jupyterhub", "jupyterlab", "nbgrader")
    yield Finding("versions", "ok", ", ".join(f"{name} {version(name)}" for name in packages))
    why = jail.why_not()
    yield Finding("jail", "fault" if why else "ok", why or "bubblewrap works",
                  "Install it (Debian: apt install bubblewrap)." if why else "")  # fmt: skip
    try:
        yield Finding("proxy program", "ok", f"Node.js at {proxying.node()}")
    except CourseError as error:
        yield Finding("proxy program", "fault", error.args[0], "Install Node.js 20 or newer.")


def _disk(folder: HubFolder) -> Iterator[Finding]:
    base = next(p for p in (folder.base, *folder.base.parents) if p.exists())
    free = disk.free_mb(base)
    low = free < LEAST_FREE_MB
    inodes = os.statvfs(base)
    few = inodes.f_files and inodes.f_favail < inodes.f_files * 0.02
    yield Finding("disk", "fault" if low or few else "ok", f"{free:.0f} MB free at {base}",
                  "Make room." if low or few else "")  # fmt: skip


def _people(folder: HubFolder, settings: Settings) -> Iterator[Finding]:
    from grading.cohort import participants

    people = participants(folder.grading(paths.ROOT))
    table = accounts.read(folder.accounts)
    if not settings.instructors:
        yield Finding("instructors", "note", "none", f"Write their names into {folder.settings}.")
    if not people:
        yield Finding("people", "note", "nobody is on the roster",
                      "Add them: hub as-host cohort add roster.csv.")  # fmt: skip
    wrong = []
    for name, uid in table.people.items():
        home = folder.home(name)
        if home.is_symlink() or (home.is_dir() and home.lstat().st_uid != uid):
            wrong.append(name)
    if wrong:
        yield Finding("accounts", "fault", f"homes with another owner: {', '.join(wrong[:5])}",
                      "They were copied or restored; give them back with chown -R.")  # fmt: skip
    else:
        said = f"people on the roster: {len(people)}; numbers given: {len(table.people)}"
        yield Finding("accounts", "ok", said)
    if table.host:
        refuse_foreign_numbers(table, settings)
    if folder.accounts.exists() and folder.accounts.stat().st_uid != 0:
        yield Finding("accounts", "fault", f"{folder.accounts} does not belong to root",
                      "chown root it, and find out who changed it.")  # fmt: skip


def _modes(folder: HubFolder) -> Iterator[Finding]:
    wanted = {
        folder.secret: 0o700, folder.logs: 0o700, folder.state: 0o700,
        folder.inbound: 0o3733, folder.exchange / COURSE_ID / "feedback": 0o711,
    }  # fmt: skip
    wrong = [
        f"{path} has {stat.S_IMODE(path.stat().st_mode):o}, not {mode:o}"
        for path, mode in wanted.items()
        if path.is_dir() and stat.S_IMODE(path.stat().st_mode) != mode
    ]
    if folder.base.is_dir():
        yield Finding("exchange and folders", "fault" if wrong else "ok",
                      "; ".join(wrong) or "closed as they should be",
                      "Start the hub again: it sets them." if wrong else "")  # fmt: skip


def _gradebook(folder: HubFolder, settings: Settings) -> Iterator[Finding]:
    import subprocess

    if not accounts.read(folder.accounts).host:
        return
    code = (
        "from grading.gradebook_store import exists, open_book\n"
        "from grading.state import GradingState\n"
        "state = GradingState.default()\n"
        "if exists(state):\n"
        "    with open_book(state) as book: print(len(book.students), 'students')\n"
        "else: print('empty')"
    )
    done = subprocess.run(
        host_programs.host_command(["python", "-c", code], folder, settings=settings),
        env=host_programs.host_environment(folder, settings), capture_output=True, text=True,
        timeout=120, check=False, cwd="/",
    )  # fmt: skip
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    said = (lines or ["it said nothing"])[-1]
    yield Finding("gradebook", "fault" if done.returncode else "ok", said,
                  "Look at the database and its address." if done.returncode else "")  # fmt: skip


def _network(settings: Settings, running: dict[str, Any]) -> Iterator[Finding]:
    if running:  # as it was started, not as the file says by now
        settings = replace(settings, first_uid=running["first_uid"], outbound=running["outbound"])
    if settings.outbound == "on":
        yield Finding("network", "note", "trainees reach the network (outbound: on)")
    elif firewall.program() is None:
        yield Finding("network", "note", "nftables is missing; trainees reach the network",
                      "Install it (Debian: apt install nftables).")  # fmt: skip
    elif running and not firewall.stands(settings):
        yield Finding("network", "fault", "the rule for trainees is not loaded",
                      "Start the hub again.")  # fmt: skip
    elif running:
        yield Finding("network", "ok", "closed for trainees")


def _subdomains(settings: Settings) -> Iterator[Finding]:
    from grading.hub import subdomains

    if settings.subdomains == "on":
        wrong = subdomains.unknown_name(settings)
        yield Finding("subdomains", "fault" if wrong else "ok", wrong or "names lead to the hub",
                      "Put *. and the hub's name into the DNS." if wrong else "")  # fmt: skip


def _hub(folder: HubFolder, running: dict[str, Any]) -> Iterator[Finding]:
    if not running:
        yield Finding("hub", "fault", "no hub runs here", "Start it: python3 -m grading hub.")
        return
    own = f"http://127.0.0.1:{running['hub_port']}"
    good = answers(f"{own}/hub/health")
    yield Finding("hub", "ok" if good else "fault", running["address"],
                  "" if good else "Look at the log, and start it again.")  # fmt: skip
    # a hub that was started by an earlier version says nothing of it
    near = running.get("proxy") or running["address"].rstrip("/")
    ways = {"proxy": f"{near}/hub/health"}
    ways["formgrader"] = f"http://127.0.0.1:{running['formgrader_port']}/services/{COURSE_ID}/api"
    if services.desk_stands():
        ways["desk"] = f"http://127.0.0.1:{running['desk_port']}/services/desk/health"
    for name, url in ways.items():
        good = answers(url)
        yield Finding(name, "ok" if good else "fault", "answers" if good else "does not answer",
                      "" if good else f"The log is {folder.logs / 'hub.log'}.")  # fmt: skip
