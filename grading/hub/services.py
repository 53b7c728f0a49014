"""The services of a hub: formgrader and desk under the host's number, the culler, the watch.

The formgrader is nbgrader's own, in a Jupyter server that has nothing else: no terminals, no
kernels, no file of a trainee's home. The desk is the instructor's page.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from course import paths
from grading import gradebook_address
from grading.hub import subdomains
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.host_programs import gradebook_of, host_command, host_environment
from grading.hub.settings import Settings
from grading.state import COURSE_ID

FORMGRADER, DESK, CULLER, WATCH = COURSE_ID, "desk", "idle-culler", "watch"
INSTRUCTORS, TRAINEES = f"formgrade-{COURSE_ID}", f"nbgrader-{COURSE_ID}"
JUPYTER = Path(__file__).resolve().parent / "host_jupyter"


def services(
    folder: HubFolder, settings: Settings, *, watch_token: str = ""
) -> list[dict[str, Any]]:
    """Return the services as JupyterHub takes them.

    Parameters
    ----------
    folder, settings
        The hub's.
    watch_token : str
        Of the watch that runs beside JupyterHub; empty where there is none.
    """
    ports = settings.ports()
    env = host_environment(folder, settings)
    env.pop(gradebook_address.VARIABLE, None)
    opened = _with_gradebook(folder, settings)
    found = [
        {
            "name": FORMGRADER,
            "url": f"http://127.0.0.1:{ports['formgrader_port']}",
            "command": [
                *opened,
                *host_command(_formgrader_command(settings), folder, settings=settings),
            ],
            "environment": {
                **env,
                "JUPYTER_CONFIG_PATH": os.pathsep.join([str(JUPYTER), str(paths.ROOT / "grading")]),
                "JUPYTERHUB_SINGLEUSER_EXTENSION": "1",
                "JUPYTERHUB_DEFAULT_URL": "/formgrader",
                "JUPYTERHUB_ROOT_DIR": str(paths.ROOT),
            },
            "cwd": "/",
            "display": False,
            "oauth_no_confirm": True,
        },
        culler(settings),
        {"name": WATCH, "api_token": watch_token, "display": False} if watch_token else {},
    ]
    if desk_stands():
        found.append({
            "name": DESK,
            "url": f"http://127.0.0.1:{ports['desk_port']}",
            "command": [
                *opened, *host_command(_desk_command(settings), folder, settings=settings),
            ],
            "environment": {
                **env,
                "COURSE_DESK_GROUP": TRAINEES if settings.without(Defence.ROLES) else INSTRUCTORS,
                "COURSE_FORMGRADER_URL": formgrader_address(settings),
                "COURSE_HUB_HOME": f"{subdomains.hub_origin(settings)}/hub/home",
            },
            "cwd": "/",
            "display": False,
            "oauth_no_confirm": True,
        })  # fmt: skip
    return [s for s in found if s]


def _with_gradebook(folder: HubFolder, settings: Settings) -> list[str]:
    """Return the words before a command that give it the gradebook's address.

    JupyterHub writes the variables of its services into its database: a password among them
    would stay there, also after it was changed. So root's shell reads it from the file.
    """
    path = folder.base / settings.gradebook_file
    if not settings.gradebook_file:
        if not (said := gradebook_of(folder, settings)):
            return []
        path = folder.secret / "gradebook.address"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(said + "\n", encoding="utf-8")
    name = gradebook_address.VARIABLE
    script = f'{name}=$(cat -- "$0") && export {name} && exec "$@"'
    return ["/bin/sh", "-c", script, str(path)]


def desk_stands() -> bool:
    """Say whether the instructor's page is part of this checkout."""
    return (paths.ROOT / "grading" / "desk" / "__main__.py").is_file()


def desk_address(settings: Settings) -> str:
    """Return where instructors find the desk, "" where there is none."""
    return f"{subdomains.origin(settings, DESK)}/services/{DESK}/" if desk_stands() else ""


def formgrader_address(settings: Settings) -> str:
    """Return where instructors find the formgrader."""
    origin = subdomains.origin(settings, FORMGRADER)
    return f"{origin}/services/{FORMGRADER}/formgrader/manage_assignments"


def _formgrader_command(settings: Settings) -> list[str]:
    off = ["--ServerApp.disable_check_xsrf=True"] if settings.without(Defence.XSRF) else []
    return ["jupyterhub-singleuser", *off]


def _desk_command(settings: Settings) -> list[str]:
    off = [d.value for d in (Defence.XSRF, Defence.CSP, Defence.ESCAPE) if settings.without(d)]
    if off:
        return ["python", "-c", f"from grading.desk.service import serve; serve(off={set(off)!r})"]
    return ["python", "-m", "grading.desk"]


def culler(settings: Settings) -> dict[str, Any]:
    """Return the service that stops servers nobody uses; empty where nothing is to be stopped."""
    if not settings.idle_minutes and not settings.longest_hours:
        return {}
    argv = [sys.executable, "-m", "jupyterhub_idle_culler", "--cull-every=60"]
    # with no time-out of its own the program would take ten minutes
    idle = settings.idle_minutes * 60 or 10**9
    argv.append(f"--timeout={idle}")
    if settings.longest_hours:
        argv.append(f"--max-age={settings.longest_hours * 3600}")
    return {"name": CULLER, "command": ["setpriv", "--pdeathsig", "TERM", "--", *argv], "cwd": "/"}
