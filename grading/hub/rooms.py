"""What the hub knows of each person, and the room it makes for them."""

from __future__ import annotations

import os
import stat
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from course import paths
from course.errors import CourseError
from grading import jail
from grading import limits as hand_in
from grading.hub import accounts, program, view
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings
from grading.state import COURSE_ID


@dataclass
class Rooms:
    """The rooms of a hub.

    Parameters
    ----------
    folder : HubFolder
        The hub's folder.
    settings : Settings
        As read when the hub started.
    """

    folder: HubFolder
    settings: Settings
    _programs: dict[bool, Path] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __deepcopy__(self, memo: object) -> Rooms:
        """Return itself: a configuration copies its values, and these are shared on purpose."""
        return self

    def uid(self, person: str) -> int:
        """Return the number of a person, given now if they have none."""
        name = person
        if self.settings.without(Defence.ACCOUNT, person):
            name = "shared"
        first = self.settings.first_uid
        return accounts.allocate(self.folder.accounts, [name], first=first).people[name]

    def command(self, person: str, argv: list[str]) -> list[str]:
        """Make the room and return the command that runs a program in it.

        Parameters
        ----------
        person : str
            The hub's user.
        argv : list of str
            What to run.

        Raises
        ------
        CourseError
            The person may not have a server now; the sentence says why.
        """
        uid = self.uid(person)
        home = self.home(person, uid)
        off = lambda defence: self.settings.without(defence, person)  # noqa: E731
        who = view.Who(person, uid, view.HOME)
        made = self._program(off(Defence.EXTENSIONS))
        limits = self.limits(person)
        if off(Defence.VIEW):
            words = view.bare(argv, who, home=home, program=made, folder=self.folder)
            return [*limits.prlimit(), *words]
        return view.trainee(
            argv, who, home=home, program=made, folder=self.folder, limits=limits,
            tmp_mb=self.settings.limits.tmp_mb,
            weak=view.Weak(processes=off(Defence.PROCESSES), tmp=off(Defence.TMP)),
        )  # fmt: skip

    def make_ready(self) -> None:
        """Copy the course now, so that nobody has to wait for it; remove what nobody uses."""
        made = self._program(False)
        with suppress(OSError):  # a copy too many keeps nobody from working
            program.remove_unused(self.folder.program, made)

    def home(self, person: str, uid: int) -> Path:
        """Return the home of a person, made where there is none; it is theirs alone.

        Raises
        ------
        CourseError
            There is something at its place that is no folder of this person.
        """
        self.folder.homes.mkdir(parents=True, exist_ok=True)
        self.folder.homes.chmod(0o711)
        home = self.folder.home(person)
        with suppress(FileExistsError):
            home.mkdir(mode=0o700)
        status = home.lstat()
        # made just now, or by a start that was killed before the next step
        if status.st_uid == 0 and stat.S_ISDIR(status.st_mode) and not any(home.iterdir()):
            os.chown(home, uid, uid, follow_symlinks=False)
            status = home.lstat()
        shared = self.settings.without(Defence.ACCOUNT, person)
        if home.is_symlink() or not home.is_dir() or (status.st_uid != uid and not shared):
            raise CourseError(
                f"{home} is not the home of {person} (number {uid}).",
                "It was copied or restored with another owner; see: hub check.",
            )
        if shared:
            os.chown(home, uid, uid)
        home.chmod(0o700)
        return home

    def environment(self, person: str) -> dict[str, str]:
        """Return the variables of a person's server."""
        from grading.cohort import participant

        roster = participant(self.folder.grading(paths.ROOT), person)
        settings = self.settings
        off = lambda defence: settings.without(defence, person)  # noqa: E731
        bare = off(Defence.VIEW)
        home = str(self.folder.home(person)) if bare else view.HOME
        programme = roster.programme or settings.programme
        env = {
            "HOME": home,
            "USER": person,
            "LOGNAME": person,
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "PYTHONPATH": str(paths.ROOT),
            "COURSE_TRAINEE": person,
            "COURSE_WORKSPACE": f"{home}/course",
            "COURSE_STATE": f"{home}/.local/share/smart-city-course",
            "COURSE_TEAM": roster.team,
            "COURSE_FIRST_CITY": city_pack(roster.city),
            "COURSE_PROGRAMME": programme,
            # a trainee's own go first: there new ones are written too
            "COURSE_PROGRAMMES": f"{home}/.local/share/smart-city-course/programmes{os.pathsep}"
            f"{paths.ROOT / program.PROGRAMMES}",
            "COURSE_START": settings.start.isoformat() if settings.start and programme else "",
            "COURSE_MAX_NOTEBOOK_KB": str(hand_in.MAX_NOTEBOOK_MB * 1000),
            "COURSE_MAX_HAND_IN_KB": str(hand_in.MAX_HAND_IN_MB * 1000),
            "COURSE_NOTICES": view.NOTICES,
            "COURSE_RELEASED": f"{view.EXCHANGE}/{COURSE_ID}/outbound",
            "COURSE_KERNEL_IDLE": str(settings.idle_minutes * 60),
            "COURSE_KERNELS": str(settings.limits.notebooks),
            "JUPYTERHUB_SINGLEUSER_EXTENSION": "1",
            "PYTHONNOUSERSITE": "1",
        }
        if not off(Defence.USER_CONFIG):
            env["JUPYTERHUB_DISABLE_USER_CONFIG"] = "1"
        if off(Defence.SOCKETS):
            env["COURSE_KERNEL_PORTS"] = "1"
        if off(Defence.EXCHANGE_MODES):
            env["COURSE_OPEN_HAND_INS"] = "1"
        return {name: value for name, value in env.items() if value}

    def limits(self, person: str) -> jail.Limits:
        """Return what the processes of a person may use."""
        given = self.settings.limits
        off = lambda defence: self.settings.without(defence, person)  # noqa: E731
        return jail.Limits(
            # what can be written: libraries reserve far more addresses than they use
            memory_mb=None if off(Defence.MEMORY) else given.memory_mb,
            processes=None if off(Defence.NPROC) else given.processes,
            file_mb=None if off(Defence.DISK) else given.file_mb,
            open_files=given.open_files,
        )

    def _program(self, everything: bool) -> Path:
        with self._making:
            if everything not in self._programs:
                self._programs[everything] = program.make(
                    self.folder.program, programmes=self.folder.state / program.PROGRAMMES,
                    all_modules=self.settings.modules == "all",
                    everything=everything,
                )  # fmt: skip
        return self._programs[everything]


def city_pack(city: str) -> str:
    """Return the name of the bundled pack of a city of the roster, "" if there is none.

    Examples
    --------
    >>> city_pack("Seoul"), city_pack("Nowhere")
    ('seoul', '')
    """
    from grading.cohort.people import slug

    name = slug(city)
    folder = paths.bundled_cities_dir() / name
    return name if name and folder.is_dir() else ""
