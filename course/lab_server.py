"""Run JupyterLab on a workspace: calm, local to this computer, asking nobody else.

The server listens on the loopback address with a token, shows the home page first, and
makes no request of its own: no news, no check for updates, no list of extensions.
Settings and window layout live in the workspace, so that a person's own JupyterLab
elsewhere is neither read nor changed by them.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from course import whole_files
from course.display.export import SETTINGS as EXPORT_SETTINGS
from course.errors import CourseError
from course.paths import ROOT
from course.workspace import HOME, Workspace, write_home

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

HOST = "127.0.0.1"
PORTS_TRIED = 50

OVERRIDES = {
    # a link in somebody's notebook must not press JupyterLab's own buttons (CVE-2026-40171)
    "@jupyterlab/apputils-extension:sanitizer": {"allowCommandLinker": False},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": "Markdown Preview"},
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
    "@jupyterlab/filebrowser-extension:browser": {"showLastModifiedColumn": False},
}

# Not needed by a trainee, and each an icon, a dialog or a request less.
DISABLED = (
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/debugger-extension",
    "@jupyterlab/extensionmanager-extension",
    "@jupyterlab/fileeditor-extension:language-server",
    "@jupyterlab/lsp-extension",
    "@jupyterlab/notebook-extension:language-server",
    "@jupyterlab/application-extension:property-inspector",
    "@jupyter-notebook/lab-extension",
    "@jupyter/nbgrader",  # its exchange lives on a hub, not here
)

# JupyterLab reads its first layout from a file of this name in the folder of layouts.
FIRST_LAYOUT = "default-37a8.jupyterlab-workspace"


def serve(workspace: Workspace, *, port: int, browser: bool) -> int:
    """Serve a prepared workspace until Ctrl-C; return the exit code.

    Parameters
    ----------
    workspace : Workspace
        Made by ``course.workspace.prepare``.
    port : int
        The first port to try; the next free one is taken when it is in use.
    browser : bool
        Open a browser where there is a display.
    """
    held = hold_port(port)
    free = held.getsockname()[1]
    if free != port:
        print(f"Port {port} is taken; using {free}.")
    _set_environment(workspace)
    settings = _write_settings(workspace.folder)

    token = secrets.token_hex(24)
    address = f"http://{HOST}:{free}/lab/tree/{HOME}?token={token}"
    show = browser and has_display()
    app = _lab_app(workspace.folder, settings, held=held, token=token, show=show)
    # The server begins to listen in its loop; this call comes after that one.
    app.io_loop.add_callback(_announce, address, show)
    keep_home_current(workspace)
    signal.signal(signal.SIGINT, lambda *_: _end(app))
    app.start()
    print("The course is closed. Your work is in your folder.")
    return 0


def _announce(address: str, show: bool) -> None:
    print(f"The course is open at\n\n    {address}\n")
    if not show:
        print("Open the address in a browser on this computer.")
    print("Ctrl-C here ends it.", flush=True)


def _end(app: ServerApp) -> None:
    """End the server and its kernels at the first Ctrl-C, this process at the second."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    app.stop(from_signal=True)


def _lab_app(
    folder: Path, settings: Path, *, held: socket.socket, token: str, show: bool
) -> ServerApp:
    """Return a JupyterLab server that is ready to start."""
    import zmq
    from jupyter_server.serverapp import ServerApp
    from jupyterlab.labapp import LabApp

    class HeldPort(ServerApp):
        """A server on a socket that listens already: nobody takes the port meanwhile."""

        def _find_http_port(self) -> None:
            pass

        def _bind_http_server_tcp(self) -> bool:
            self.http_server.add_socket(held)
            return True

    LabApp.serverapp_class = HeldPort
    # Only what a trainee meets: no hub's nbgrader, no classic notebook, no language servers.
    LabApp.serverapp_config = {
        **LabApp.serverapp_config,
        "jpserver_extensions": {"jupyter_server_terminals": True},
    }
    options = {
        "ServerApp.root_dir": folder,
        "ServerApp.ip": HOST,
        "ServerApp.port": held.getsockname()[1],
        "ServerApp.port_retries": 0,
        "ServerApp.allow_root": _is_root(),
        "ServerApp.open_browser": show,
        "ServerApp.allow_remote_access": False,
        "ServerApp.log_level": "ERROR",
        "IdentityProvider.token": token,
        "LabApp.default_url": f"/lab/tree/{HOME}",
        "LabApp.app_settings_dir": settings,
        "LabApp.workspaces_dir": settings / "layouts",
        "LabApp.user_settings_dir": settings / "user",
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        "LabApp.log_level": "ERROR",
        # "Save and export notebook as HTML" gives a page that asks nobody, too.
        **EXPORT_SETTINGS,
    }
    if zmq.has("curve"):
        # Other people of a shared computer cannot read what notebook and kernel say.
        options["KernelManager.transport_encryption"] = "auto"
    # As arguments, because these win over whatever configuration a person has elsewhere.
    app = LabApp.initialize_server(argv=[f"--{name}={value}" for name, value in options.items()])
    # What it says at level CRITICAL is its banner and its good-bye; ours are calmer.
    app.log.addFilter(lambda record: record.levelno < logging.CRITICAL)
    return app


def hold_port(first: int) -> socket.socket:
    """Return a socket that listens on the first free port from ``first`` on, loopback only.

    The socket itself goes to the server: between a look at a port and its use another
    start could take it.
    """
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name != "nt":
                # On Windows this option would let two programs share the port.
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind((HOST, port))
            held.listen(128)  # two sockets can be bound to a port; only one can listen
            held.setblocking(False)
        except OSError:
            held.close()
            continue
        return held
    raise CourseError(
        f"The ports from {first} to {first + PORTS_TRIED - 1} are taken or not allowed.",
        "Choose another one with --port.",
    )


def has_display() -> bool:
    """Say whether a browser window can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _set_environment(workspace: Workspace) -> None:
    """Set what kernels inherit from the server."""
    os.environ["COURSE_WORKSPACE"] = str(workspace.folder)
    os.environ["COURSE_CITY"] = workspace.city
    # A kernel of the same name in the user's home would run another Python.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    # A checkout that is not installed is only on the path of the folder it was started in.
    if not any(Path(entry).resolve() == ROOT for entry in sys.path[1:] if entry):
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *([before] if before else [])])


def _write_settings(folder: Path) -> Path:
    """Write JupyterLab's settings and, once, its first layout; return their folder."""
    settings = folder / ".course" / "lab"
    _write_json(settings / "overrides.json", OVERRIDES)
    _write_json(settings / "page_config.json", {"disabledExtensions": list(DISABLED)})
    layout = settings / "layouts" / FIRST_LAYOUT
    if not layout.exists():
        _write_json(layout, first_layout())
    return settings


def first_layout() -> dict[str, object]:
    """Return a layout with the home page alone and both side bars closed."""
    shown = f"markdownviewer-widget:{HOME}"
    closed = {"collapsed": True, "visible": True}
    return {
        "metadata": {"id": "default"},
        "data": {
            "layout-restorer:data": {
                "main": {
                    "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [shown]},
                    "current": shown,
                },
                "left": {**closed, "widgets": ["filebrowser"]},
                "right": {**closed, "widgets": []},
                "relativeSizes": [0, 1, 0],
            },
            shown: {"data": {"path": HOME, "factory": "Markdown Preview"}},
        },
    }


def keep_home_current(workspace: Workspace) -> None:
    """Write the home page anew when work is added or time goes on, in the background."""
    from course.home import notices

    own = ("answers.json", "lab_records.json", "plan.json", "module.yml")

    def stamps() -> list[tuple[str, int]]:
        files = sorted(f for name in own for f in workspace.folder.glob(f"modules/*/{name}"))
        files += notices.stamps()
        found = [(str(file), file.stat().st_mtime_ns) for file in files if file.exists()]
        # the page names the session that runs now
        return [*found, ("clock", int(time.time() // 300))]

    def watch() -> None:
        seen = stamps()
        while not ended.wait(2):
            try:
                now = stamps()
                if now != seen:
                    write_home(workspace.folder, city=workspace.city)
                    seen = now
            except (OSError, CourseError):
                continue  # the page is a comfort; the next turn may work

    ended = threading.Event()
    threading.Thread(target=watch, daemon=True).start()


def _write_json(path: Path, value: object) -> None:
    whole_files.write(path, json.dumps(value, indent=1).encode("utf-8"))
