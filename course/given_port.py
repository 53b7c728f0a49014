"""Serve on a port that was opened by whoever started the server, instead of opening one.

Between the choice of a port and the moment a server opens it lie seconds, in which any other
account of the machine could open it first, and be given the pages and cookies of the server's
owner. A hub opens it at once and hands it over as an open file.
"""

from __future__ import annotations

import os
import socket
from typing import Any

VARIABLE = "COURSE_LISTENING"


def take() -> bool:
    """Let Jupyter's server of this process use the port that was handed over.

    Returns
    -------
    bool
        Whether there is one; ``COURSE_LISTENING`` holds the number of the open file. Without
        it the server opens its own.
    """
    number = os.environ.pop(VARIABLE, "")
    if not number:
        return False
    from jupyter_server.serverapp import ServerApp

    given = socket.socket(fileno=int(number))
    given.setblocking(False)
    given.set_inheritable(False)  # not for kernels and terminals

    def serve(app: Any) -> bool:
        app.http_server.add_socket(given)
        return True

    ServerApp._find_http_port = lambda app: None  # it would look whether the port is free
    ServerApp._bind_http_server_tcp = serve
    return True
