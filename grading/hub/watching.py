"""What the hub does every few seconds: count room, look at homes, say what it did.

It runs beside JupyterHub, as root, and talks to it like any other service, with a token that
may see and stop servers and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from course import paths, whole_files
from grading.hub import accounts, disk, numbers, preparing, processes, services, view
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings

BEAT = 5.0
EVERYBODY_AFTER = 60.0
CHECK_AFTER = 300.0  # a look at everything costs two seconds of a processor
GROWTH_MB = 10.0  # with less of the disk gone since the last look nobody has to be measured
GRACE_MB = 20.0
GRACE_FILES = 200
TOLD = 3600.0  # how long a person reads that their programs held too much memory
MOST_LOG = 50_000_000  # bytes of the hub's log, and of the one before it
log = logging.getLogger("hub.watch")


@dataclass
class Watch:
    """The watch over one hub.

    Parameters
    ----------
    folder, settings
        The hub's.
    token : str
        Of the service ``watch``.
    """

    folder: HubFolder
    settings: Settings
    token: str
    _ended: threading.Event = field(default_factory=threading.Event)
    _ceiling: dict[str, disk.Used] = field(default_factory=dict)
    _free: float = 0.0
    _all_seen: float = 0.0
    _parted: float = 0.0
    _homes_seen: object = None
    _unmeasured: set[str] = field(default_factory=set)
    _tidied: float = 0.0
    # the first time when everybody who waited for the start has come in
    _check_at: float = field(default_factory=lambda: time.monotonic() + EVERYBODY_AFTER)

    def start(self) -> None:
        """Begin, in the background; whoever makes the disk slow does not delay the scales."""
        for works in ((self.weigh,), (self.count, self.look, self.part, self.tidy, self.check)):
            threading.Thread(target=self._run, args=works, name="hub-watch", daemon=True).start()

    def stop(self) -> None:
        """End with the turn that runs."""
        self._ended.set()

    def _run(self, *works: Callable[[], None]) -> None:
        while not self._ended.wait(BEAT):
            for work in works:
                self._safely(work)

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # a watch that ends protects nobody
            log.warning("%s: %s", type(error).__name__, error)

    def count(self) -> None:
        """Stop the servers of those who take more room than they may."""
        free = disk.free_mb(self.folder.base)
        now = time.monotonic()
        everybody = now - self._all_seen > EVERYBODY_AFTER
        if not everybody and self._free - free < GROWTH_MB:
            return
        self._free, self._all_seen = free, now if everybody else self._all_seen
        running = self.running()
        handed_in = disk.hand_ins(self.folder.inbound)
        table = accounts.read(self.folder.accounts)
        for person in running:
            if person in table.people and not self.settings.without(Defence.DISK, person):
                uid = table.people[person]
                places = [self.folder.home(person), *handed_in.get(uid, [])]
                used = disk.used(places, most=self.settings.limits.files)
                if used is None:
                    self._not_measured(person)
                else:
                    self._unmeasured.discard(person)
                    self._one(person, uid, used)

    def _not_measured(self, person: str) -> None:
        """Stop a server, at the second time in a row: too much to count is too much."""
        log.warning("the files of %s could not be measured", person)
        if person in self._unmeasured:
            self.stop_server(person)
        self._unmeasured ^= {person}

    def _one(self, person: str, uid: int, used: disk.Used) -> None:
        limits = self.settings.limits
        over = used.megabytes > limits.home_mb or used.files > limits.files
        before = self._ceiling.get(person)
        if not over:
            self._ceiling.pop(person, None)
        elif before is None or used.megabytes > before.megabytes or used.files > before.files:
            log.warning("%s is over the quota: %s", person, used)
            # who comes back to tidy up may do so, and not fill up further
            grace = disk.Used(used.megabytes + GRACE_MB, used.files + GRACE_FILES)
            self._ceiling[person] = grace
            self.stop_server(person)
        near = used.megabytes > 0.9 * limits.home_mb
        told = ""
        if over or near:
            told = (
                f"Your files take {used.megabytes:.0f} MB of {limits.home_mb} MB "
                f"({used.files} files of {limits.files}). "
            ) + (
                "Your server was stopped for that. Delete what you do not need; then all goes on."
                if over else "Delete what you do not need; at the limit your server is stopped."
            )  # fmt: skip
        self.tell(uid, told)

    def weigh(self) -> None:
        """Stop the servers of those whose programs hold too much memory together."""
        limit = self.settings.limits.all_memory_mb
        quickly = processes.memory_at_most_mb()
        suspected = {u for u, m in quickly.items() if m > limit}
        if processes.in_memory_files_mb() > limit:  # held by programs that do not map it
            people = accounts.read(self.folder.accounts).people.values()
            suspected |= quickly.keys() & set(people)
        held = processes.memory_mb(suspected) if suspected else {}
        heavy = {u: m for u, m in held.items() if m > limit}
        table = accounts.read(self.folder.accounts) if heavy else accounts.Accounts()
        for uid, megabytes in heavy.items():
            person = table.name_of(uid)
            if person and not self.settings.without(Defence.MEMORY, person):
                log.warning("%s holds %.0f MB of memory", person, megabytes)
                said = (
                    f"Your programs held {megabytes:.0f} MB of memory, more than {limit} MB. "
                    "Your server was stopped. Close notebooks that you do not need."
                )
                self.tell(uid, said, "memory")
                self.stop_server(person)

    def part(self) -> None:
        """Stop the servers of people who are on no list any more; group those who are new."""
        from grading.cohort import participants

        now = time.monotonic()
        if now - self._parted < EVERYBODY_AFTER:
            return
        self._parted = now
        wanted = {p.student_id for p in participants(self.folder.grading(paths.ROOT))}
        # with them those whom the sign-in service makes instructors
        teaching = (self._ask("GET", f"groups/{services.INSTRUCTORS}") or {}).get("users", [])
        wanted |= {*self.settings.instructors, *teaching}
        if not self.settings.without(Defence.ROSTER):
            for person in set(self.running()) - wanted:
                self.stop_server(person)
        known = {u["name"] for u in self._ask("GET", "users") or []}
        group = f"groups/{services.TRAINEES}"
        inside = set((self._ask("GET", group) or {}).get("users", []))
        if new := sorted((wanted & known) - inside):
            self._ask("POST", f"{group}/users", {"users": new})

    def tell(self, uid: int, text: str, about: str = "room") -> None:
        """Put a line on the home page of one person; an empty one takes it away."""
        path = view.notices_of(self.folder, uid) / f"{about}.txt"
        if text:
            whole_files.write(path, text + "\n")
        else:
            path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Take away what was said long ago, and keep the log from filling the disk."""
        now = time.monotonic()
        if now - self._tidied < EVERYBODY_AFTER:
            return
        self._tidied = now
        for path in view.all_notices(self.folder, "memory"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > TOLD:
                    path.unlink()
        path = self.folder.logs / "hub.log"
        if path.is_file() and path.stat().st_size > MOST_LOG:
            # hub, proxy and services hold it open, and write at its end wherever that is
            shutil.copyfile(path, path.with_name("hub.log.1"))
            os.truncate(path, 0)

    def look(self) -> None:
        """Note for the desk who has fetched and begun what."""
        from grading.desk import seen

        state = self.folder.grading(paths.ROOT)
        modules = [p.name for p in sorted(state.modules.glob("*")) if p.is_dir()]
        found = seen.look(self.folder.homes, modules)
        if found == self._homes_seen:
            return
        host = accounts.read(self.folder.accounts).host
        try:
            with numbers.files_as(host):
                seen.save(state, found)
        except PermissionError:  # root has worked on the state by itself
            preparing.give_to_host(self.folder, host)
            return
        self._homes_seen = found

    def check(self) -> None:
        """Look at the whole hub and leave for the desk what was found."""
        now = time.monotonic()
        if now >= self._check_at:
            self._check_at = now + CHECK_AFTER
            self.report()

    def report(self) -> None:
        """Leave for the desk how the hub stands now."""
        from grading.desk import hub_health
        from grading.hub import health

        found = [vars(one) for one in health.check(self.folder)]
        table = accounts.read(self.folder.accounts)
        held = processes.memory_mb(set(table.people.values()))
        said = f"{len(self.running())} running, {sum(held.values()):.0f} MB in all"
        found.append({"name": "servers of people", "state": "ok", "said": said, "remedy": ""})
        with numbers.files_as(table.host):
            hub_health.save(self.folder.grading(paths.ROOT), found, datetime.now(UTC))

    def running(self) -> list[str]:
        """Return who has a server now."""
        users = self._ask("GET", "users?state=active") or []
        return [u["name"] for u in users if u.get("servers")]

    def stop_server(self, person: str) -> None:
        """Stop the server of a person."""
        self._ask("DELETE", f"users/{quote(person, safe='')}/server")

    def _ask(self, method: str, what: str, data: object = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.settings.ports()['hub_port']}/hub/api/{what}",
            method=method, headers={"Authorization": f"token {self.token}"},
            data=None if data is None else json.dumps(data).encode(),
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            if error.code in (400, 404):  # it has no server any more
                return None
            raise
        return json.loads(text) if text else None
