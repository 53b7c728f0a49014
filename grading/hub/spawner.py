"""Start, watch and stop one trainee's server inside its view.

A server outlives a hub that is killed: it is found again by its process number together with the
moment the process began, so that a number which the system gave to another program meanwhile is
never taken for it, and never signalled.

Its port is opened here and handed over: see `grading.hub.listening`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from subprocess import DEVNULL, Popen
from typing import Any

from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.utils import random_port
from traitlets import Any as AnyTrait

from course import given_port
from grading.hub import listening, processes
from grading.hub.defences import Defence
from grading.hub.rooms import Rooms


class CourseSpawner(LocalProcessSpawner):
    """A server in a room of its own.

    ``rooms`` holds what the hub knows; nothing a user can send to the hub changes it.
    """

    rooms: Rooms = AnyTrait().tag(config=True)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add the variables of the person, and nothing of the host's."""
        env.pop("JUPYTERHUB_DISABLE_USER_CONFIG", None)  # the room says it, for each person
        return env | self.rooms.environment(self.user.name)

    async def start(self) -> tuple[str, int]:
        """Prepare the room off the hub's loop, then start the server in it."""
        loop = asyncio.get_running_loop()
        given = await loop.run_in_executor(None, self._open_port)
        env = self.get_env()
        if given:
            env[given_port.VARIABLE] = str(given[0])
        argv = ["python", "-m", "course.on_hub", *self.cmd, *self.get_args()]
        command = await loop.run_in_executor(None, self.rooms.command, self.user.name, argv)
        self.log.info("Starting the server of %s on port %i", self.user.name, self.port)
        self.proc = Popen(
            command, env=env, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL,
            start_new_session=True, cwd="/", preexec_fn=_first_to_go, pass_fds=given,
        )  # fmt: skip
        self.pid = self.proc.pid
        self._began = processes.began(self.pid)
        return (self.ip or "127.0.0.1", self.port)

    _began = ""
    _door: socket.socket | None = None

    def _open_port(self) -> tuple[int, ...]:
        """Open the server's port; return the open files that go along."""
        self._close_port()
        if self.rooms.settings.without(Defence.PORT, self.user.name):
            self.port = random_port()
            return ()
        self._door = listening.opened(self.rooms.uid(self.user.name))
        self.port = self._door.getsockname()[1]
        return (self._door.fileno(),)

    def _close_port(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over a server that an earlier hub started."""
        super().load_state(state)
        self._began = state.get("began", "")

    def get_state(self) -> dict[str, Any]:
        """Return what a later hub needs to find the server."""
        state = super().get_state()
        if self.pid:
            state["began"] = self._began
        return state

    def clear_state(self) -> None:
        """Forget the server."""
        super().clear_state()
        self._began = ""

    def run_post_stop_hook(self) -> Any:
        """Let go of the port; the proxy has been told before, also where the server died."""
        self._close_port()
        return super().run_post_stop_hook()

    async def poll(self) -> int | None:
        """Return None while the server runs."""
        if self.proc is not None:
            return await super().poll()
        if not self.pid or not self._began or processes.began(self.pid) != self._began:
            self.clear_state()
            return 0
        return None

    async def stop(self, now: bool = False) -> None:
        """End the server politely, then everything in its process space at once."""
        if await self.poll() is not None:
            return
        outer = self.pid
        if not now:
            for pid in processes.servers_of(outer):
                _signal(pid, signal.SIGTERM)
            if await self.wait_for_death(self.term_timeout):
                return
        # the first process of the space: with it the kernel ends all the others
        for pid in [*processes.children(outer), outer]:
            _signal(pid, signal.SIGKILL)
        if not await self.wait_for_death(self.kill_timeout):
            self.log.warning("The server of %s could not be ended.", self.user.name)


def _first_to_go() -> None:
    """Where the machine runs out of memory, trainees' programs go before the hub."""
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("500")


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
