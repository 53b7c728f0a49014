"""What keeps people of a hub apart, by name, so that each can be shown to matter.

A test runs the same attack with exactly one of these off and shows that it then works.
They are part of the settings object only: no file, no option of a command and no
environment variable switches one off. Those of collecting, scoring and keys (OWNER, LINKS,
CLOSED, CLEANING, TOKENS) have no switch at all: their tests put in their place what nbgrader, the
hub or the proxy does without them. ``SECURITY.md`` lists the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

EVERYBODY = "*"


class Defence(StrEnum):
    """One thing that can be off. Where two layers stop the same attack they share a name."""

    VIEW = "view"  # a file system of one's own; off: the host's, and no "no new privileges"
    ACCOUNT = "account"  # a Unix number per person; off: all trainees share one
    PROCESSES = "processes"  # own process, IPC and host-name space
    SOCKETS = "sockets"  # kernels talk by sockets in the private /tmp, not by open ports
    PORT = "port"  # the hub opens a server's port and keeps it; off: the server does, later
    NPROC = "nproc"  # how many processes a person may have
    MEMORY = "memory"
    DISK = "disk"  # quota of the home and of the exchange, size of one file
    TMP = "tmp"  # size of the private /tmp and /dev/shm
    OUTBOUND = "outbound"  # no way out of the machine
    USER_CONFIG = "user_config"  # configuration in the home is not read by the server
    ROLES = "roles"  # groups and scopes of formgrader, desk and administration
    XSRF = "xsrf"
    CSP = "csp"
    ESCAPE = "escape"
    OWNER = "owner"  # collect: the number that owns a folder says who handed it in
    LINKS = "links"  # collect: no link, device, pipe, strange name or flood of files is taken
    CLOSED = "closed"  # collect: by the clock of the exchange, of each file, it was in time
    CLEANING = "cleaning"  # score: a hand-in is read, never run; tags, floods, points left out
    TOKENS = "tokens"  # keys of hub and proxy are secret, belong to one person, and end
    EXCHANGE_MODES = "exchange_modes"  # inbound can be written, not listed; hand-ins are closed
    EXTENSIONS = "extensions"  # formgrader and its kind are no part of a trainee's server
    APPROVAL = "approval"
    REPLAY = "replay"
    LOGOUT = "logout"
    ROSTER = "roster"


Off = Mapping[str, frozenset[Defence]]


def is_off(off: Off, defence: Defence, person: str = EVERYBODY) -> bool:
    """Say whether a defence is off for a person.

    Parameters
    ----------
    off : mapping of str to frozenset of Defence
        By person; ``"*"`` holds for everybody.
    defence : Defence
        Which one.
    person : str
        The hub's user; ``"*"`` asks about the whole hub only.

    Examples
    --------
    >>> is_off({}, Defence.VIEW, "ana")
    False
    >>> is_off({"ana": frozenset({Defence.VIEW})}, Defence.VIEW, "ana")
    True
    """
    return defence in off.get(EVERYBODY, frozenset()) or defence in off.get(person, frozenset())
