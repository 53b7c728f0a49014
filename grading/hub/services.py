"""The host's programs on a hub: under the host's own number, with the host's view.

The formgrader is nbgrader's own, in a Jupyter server that has nothing else: no terminals, no
kernels, no file of a trainee's home. The desk is the instructor's page.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from course import paths
from grading import gradebook_address
from grading.hub import accounts, subdomains, view
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings
from grading.state import COURSE_ID

FORMGRADER, DESK, CULLER, WATCH = COURSE_ID, "desk", "idle-culler", "watch"
INSTRUCTORS, TRAINEES = f"formgrade-{COURSE_ID}", f"nbgrader-{COURSE_ID}"
JUPYTER = Path(__file__).resolve().parent / "host_jupyter"


def host_command(
    argv: list[str],
    folder: HubFolder | None = None,
    *,
    files: Iterable[Path] = (),
    settings: Settings | None = None,
) -> list[str]:
    """Return the command that runs one of the host's programs as the host.

    Parameters
    ----------
    argv : list of str
        What to run; ``python`` is this interpreter.
    folder : HubFolder, optional
        The hub's; None: the one the environment names.
    files : iterable of Path
        Further files and folders that it may read.
    settings : Settings, optional
        Where they name a gradebook that is reached by a socket or with files of this machine,
        these are seen too.

    Returns
    -------
    list of str
        For root. Its view holds the checkout (read-only), state and exchange, no home of a
        trainee. It ends with the process that started it. Give it ``host_environment``.
    """
    folder = folder or HubFolder.default()
    uid = accounts.read(folder.accounts).host
    seen = [*files, *gradebook_address.files(gradebook_of(folder, settings))]
    return view.host(argv, view.Who("host", uid, str(folder.host_home)), folder=folder, files=seen)


def gradebook_of(folder: HubFolder, settings: Settings | None) -> str:
    """Return the address of the gradebook with its password, ``""`` for a file in the state."""
    if settings is None or not settings.gradebook_file:
        return os.environ.get(gradebook_address.VARIABLE, "")
    return (folder.base / settings.gradebook_file).read_text(encoding="utf-8").strip()


def files_in(words: Iterable[str]) -> tuple[list[str], list[Path]]:
    """Return a command line with the files it names as whole paths, and these files.

    Parameters
    ----------
    words : iterable of str
        As typed in the current folder.
    """
    whole, found = [], []
    for word in words:
        path = Path(word).expanduser()
        if not word.startswith("-") and ("/" in word or "." in word) and path.exists():
            path = path.resolve()
            whole.append(str(path))
            found.append(path)
        else:
            whole.append(word)
    return whole, found


def out_of_reach(words: Iterable[str], folder: HubFolder) -> str:
    """Return the file of a command line that would be written where it is lost; else "".

    The host's view has a ``/tmp`` of its own, and no folder of root's: what is written there
    is gone when the command ends, and the command would say that it is written.

    Parameters
    ----------
    words : iterable of str
        As ``files_in`` gives them.
    folder : HubFolder
        The hub's.
    """
    seen = (folder.state, folder.exchange, folder.host_home)
    for word in words:
        option, mark, value = word.partition("=")
        path = Path(value if mark and option.startswith("--") else word)
        if path.is_absolute() and not path.exists() and path.parent.is_dir():
            whole = Path(os.path.normpath(path))
            if not any(whole.is_relative_to(place) for place in seen):
                return str(path)
    return ""


def written(words: Iterable[str], folder: HubFolder, since: float) -> list[Path]:
    """Return the files named without a folder that a command wrote into the host's home.

    Parameters
    ----------
    words : iterable of str
        Of the command.
    folder : HubFolder
        The hub's.
    since : float
        When it began, in seconds of the system's clock.
    """
    found = []
    for word in words:
        path = folder.host_home / word
        if "/" in word or word.startswith(("-", ".")) or path.is_symlink():
            continue
        if path.is_file() and path.stat().st_mtime >= since - 2:
            found.append(path)
    return found


def host_environment(
    folder: HubFolder | None = None, settings: Settings | None = None
) -> dict[str, str]:
    """Return the variables of the host's programs; the whole of them.

    Parameters
    ----------
    folder : HubFolder, optional
        The hub's; None: the one the environment names.
    settings : Settings, optional
        Where they name a file with the gradebook's address, it is among the variables.
    """
    folder = folder or HubFolder.default()
    env = {
        "HOME": str(folder.host_home),
        "USER": "host",
        "LOGNAME": "host",
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": str(paths.ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COURSE_HUB": str(folder.base),
        "COURSE_STATE": str(folder.state),
        "COURSE_EXCHANGE": str(folder.exchange),
        "COURSE_ACCOUNTS": str(accounts.shown(folder.accounts)),
    }
    known = {
        gradebook_address.VARIABLE: gradebook_of(folder, settings),
        "COURSE_DEBUG": os.environ.get("COURSE_DEBUG", ""),
    }
    return env | {name: value for name, value in known.items() if value}


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


def groups(settings: Settings, trainees: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Return the groups: instructors, and everybody who takes part."""
    everybody = dict.fromkeys([*trainees, *settings.instructors])
    return {
        INSTRUCTORS: {"users": list(settings.instructors)},
        TRAINEES: {"users": list(everybody)},
        **({} if not _weak(settings) else {_NO_ROLES: {"users": _weak(settings)}}),
    }


def roles(settings: Settings, *, watched: bool = False) -> list[dict[str, Any]]:
    """Return the roles: each with the least that its work needs."""
    reach = [f"access:services!service={FORMGRADER}"]
    reach += [f"access:services!service={DESK}"] if desk_stands() else []
    found: list[dict[str, Any]] = [
        {"name": "instructors", "groups": [INSTRUCTORS], "scopes": reach},
    ]
    if culler(settings):
        scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
        found.append({"name": "culler", "services": [CULLER], "scopes": scopes})
    if watched:
        scopes = ["list:users", "read:servers", "delete:servers", f"groups!group={TRAINEES}",
                  f"read:groups!group={INSTRUCTORS}"]  # fmt: skip
        found.append({"name": "watch", "services": [WATCH], "scopes": scopes})
    if settings.without(Defence.ROLES):
        all_ = ["admin:users", "admin:servers", "tokens", "access:servers"]
        found.append({"name": "user", "scopes": ["self", *all_, *reach]})
    elif _weak(settings):
        found.append({"name": _NO_ROLES, "groups": [_NO_ROLES], "scopes": reach})
    return found


_NO_ROLES = "without-roles"  # exists in tests only


def _weak(settings: Settings) -> list[str]:
    """Return for whom a test switched the roles off."""
    return sorted(who for who, off in settings.off.items() if Defence.ROLES in off and who != "*")
