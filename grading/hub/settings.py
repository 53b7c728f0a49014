"""What a host decides about a hub: one file, checked, with a default for every line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from grading.hub.defences import Defence, Off, is_off


def in_address(host: str) -> str:
    """Return a machine as addresses write it.

    >>> in_address("127.0.0.1"), in_address("::1")
    ('127.0.0.1', '[::1]')
    """
    return f"[{host}]" if ":" in host else host


@dataclass(frozen=True)
class Limits:
    """What one person may use.

    Attributes
    ----------
    memory_mb : int
        That one process can write; a notebook's kernel is one process.
    all_memory_mb : int
        Of all processes together; over it the server is stopped.
    processes : int
        Processes and threads together.
    home_mb : int
        All files of the person; over it the server is stopped.
    files : int
        Files and folders of the person, in number.
    file_mb : int
        One file.
    open_files : int
        Of one process.
    tmp_mb : int
        The private ``/tmp`` and ``/dev/shm``, both held in memory.
    notebooks : int
        Kernels at a time.
    """

    memory_mb: int = 4096
    all_memory_mb: int = 6144
    processes: int = 400
    home_mb: int = 2000
    files: int = 100_000
    file_mb: int = 500
    open_files: int = 4096
    tmp_mb: int = 256
    notebooks: int = 6


@dataclass(frozen=True)
class Settings:
    """The settings of a hub; each field is a line of ``hub.yml``, except ``off``.

    Attributes
    ----------
    title : str
        What the pages of the hub call the course.
    ip, port : str, int
        Where the hub listens; anything but loopback asks for TLS or a proxy before it.
    hub_port, proxy_port, formgrader_port, desk_port : int
        Ports on loopback; 0 takes the four after ``port``.
    public_url : str
        The address people type, where a proxy with TLS stands before the hub.
    subdomains : str
        ``on``: each person's server and each service has a name, and so an origin, of its own.
    tls_certificate, tls_key : str
        Files, where the hub itself speaks TLS.
    instructors : tuple of str
        User names. They reach formgrader and desk.
    modules : str
        ``released``: trainees see what is released. ``all``: every ready module at once.
    programme, start : str, date or None
        For people whose roster row names none; the first day.
    outbound : str
        ``off``: trainees' programs reach nothing outside this machine.
    first_uid : int
        The host's number; people get the numbers after it.
    idle_minutes, longest_hours : int
        When a server that nobody uses is stopped; when any server is. 0: never.
    servers : int
        At the same time; 0: no limit.
    limits : Limits
        Per person.
    gradebook_file : str
        Holds the address of a gradebook on PostgreSQL; relative to the hub's folder.
    retention_days : int
        Read by ``grading forget --overdue``; 0: nothing is overdue.
    sign_in : mapping
        Read by ``grading.hub.signin``.
    off : mapping
        Defences that a test switched off. No file sets it.
    """

    title: str = "Smart city course"
    ip: str = "127.0.0.1"
    port: int = 8000
    hub_port: int = 0
    proxy_port: int = 0
    formgrader_port: int = 0
    desk_port: int = 0
    public_url: str = ""
    subdomains: str = "off"
    tls_certificate: str = ""
    tls_key: str = ""
    instructors: tuple[str, ...] = ()
    modules: str = "released"
    programme: str = ""
    start: date | None = None
    outbound: str = "off"
    first_uid: int = 200000
    idle_minutes: int = 60
    longest_hours: int = 0
    servers: int = 0
    limits: Limits = field(default_factory=Limits)
    gradebook_file: str = ""
    retention_days: int = 0
    sign_in: Mapping[str, Any] = field(default_factory=lambda: {"mode": "native"})
    off: Off = field(default_factory=dict)

    def without(self, defence: Defence, person: str = "*") -> bool:
        """Say whether a test switched a defence off."""
        return is_off(self.off, defence, person)

    def ports(self) -> dict[str, int]:
        """Return the five ports by name, the unset ones after ``port``."""
        names = ("hub_port", "proxy_port", "formgrader_port", "desk_port")
        given = {n: getattr(self, n) or self.port + 1 + k for k, n in enumerate(names)}
        return {"port": self.port, **given}
