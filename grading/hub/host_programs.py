"""How a program of the host is started: its command and its variables, under the host's number."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from course import paths
from grading import gradebook_address
from grading.hub import accounts, view
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings


def host_command(
    argv: list[str],
    folder: HubFolder | None = None,
    *,
    files: Iterable[Path] = (),
    settings: Settings | None = None,
    jails: bool = False,
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
    jails : bool
        It makes jails of its own, in which trainees' notebooks run.

    Returns
    -------
    list of str
        For root. Its view holds the checkout (read-only), state and exchange, no home of a
        trainee. It ends with the process that started it. Give it ``host_environment``.
    """
    folder = folder or HubFolder.default()
    uid = accounts.read(folder.accounts).host
    seen = [*files, *gradebook_address.files(gradebook_of(folder, settings))]
    who = view.Who("host", uid, str(folder.host_home))
    return view.host(argv, who, folder=folder, files=seen, jails=jails)


def gradebook_of(folder: HubFolder, settings: Settings | None) -> str:
    """Return the address of the gradebook with its password, ``""`` for a file in the state."""
    if settings is None or not settings.gradebook_file:
        return os.environ.get(gradebook_address.VARIABLE, "")
    return (folder.base / settings.gradebook_file).read_text(encoding="utf-8").strip()


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
