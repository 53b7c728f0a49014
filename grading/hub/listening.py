"""The ports of servers and services, which are never free while the proxy leads people there.

All trainees share the loopback of the machine. A port that is chosen now and opened later, or
let go before the proxy has forgotten it, is anybody's: who opens it is given the pages and the
cookies of its owner. So the hub opens the port of a trainee's server, hands it over, and keeps it
until the proxy is told. Those of desk and formgrader it keeps for the host's number alone.
"""

from __future__ import annotations

import socket

from grading.hub import numbers

HOST = "127.0.0.1"
WAITING = 128  # connections


def opened(uid: int) -> socket.socket:
    """Return a listening port on loopback that belongs to an account.

    Parameters
    ----------
    uid : int
        Whose it is: what is sent through it counts as sent by this account, also for the rule
        that closes the network.
    """
    with numbers.files_as(uid):
        door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # without an option that would let another account share it
        door.bind((HOST, 0))
        door.listen(WAITING)
    except OSError:
        door.close()
        raise
    return door


def kept(port: int, uid: int) -> socket.socket:
    """Return a hold on a port of loopback: one account alone can listen on it.

    Parameters
    ----------
    port : int
        A free one.
    uid : int
        Whose programs may listen there; they have to ask for a port that is shared
        (``SO_REUSEPORT``). A hold itself takes no connections.
    """
    with numbers.files_as(uid):
        hold = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        hold.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        hold.bind((HOST, port))
    except OSError:
        hold.close()
        raise
    return hold
