"""What the chart cannot know: each person's number, variables and limits of processes.

The hub's pod loads it from its configuration (``values.yaml``, ``hub.extraConfig``). What
bubblewrap does on one machine the pod itself does here: its own file system, processes and
network. The number of a person comes from the same table, so that the owner of a folder in
the exchange says who handed in, here as there.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from grading.hub import view
from grading.hub.defences import EVERYBODY
from grading.hub.folder import HubFolder
from grading.hub.rooms import Rooms

if TYPE_CHECKING:
    from grading.hub.settings import Settings

NAMES = "names"  # the small volume that becomes /etc/passwd of a pod
SERVER = ("python", "-m", "course.on_hub", "jupyterhub-singleuser")
# these lie elsewhere in an image than on the machine that the hub runs on
_OF_ONE_MACHINE = ("PATH", "PYTHONPATH", "COURSE_NOTICES")
CLOSED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def configure(c: Any, *, folder: HubFolder | None = None, settings: Settings | None = None) -> None:
    """Add the course to the configuration that the chart has made.

    Parameters
    ----------
    c : Config
        JupyterHub's, as traitlets gives it.
    folder : HubFolder, optional
        The hub's folder; None reads ``COURSE_HUB`` and ``COURSE_STATE``.
    settings : Settings, optional
        None reads ``hub.yml`` of the folder, here a secret of the cluster.
    """
    from grading.hub import configuring, settings_file

    folder = folder or HubFolder.default()
    settings = settings or settings_file.read(folder.settings)
    if settings.subdomains == "on":
        raise CourseError(
            "subdomains: on is not prepared for Kubernetes: desk and formgrader are pods of "
            "their own.",
            "Take the line out of hub.yml.",
        )
    spawn(c, Rooms(folder, settings))
    people(c, folder, settings)
    configuring.pages(c, folder, settings)
    if settings.public_url:
        c.JupyterHub.public_url = settings.public_url
    c.JupyterHub.cookie_host_prefix_enabled = True  # the chart's proxy speaks TLS
    said = {**configuring.HEADERS, "Strict-Transport-Security": "max-age=31536000"}
    c.JupyterHub.tornado_settings = {
        **(c.JupyterHub.get("tornado_settings") or {}),
        "headers": said,
        "xsrf_cookie_kwargs": {"secure": True},
    }


def first_codes(folder: HubFolder) -> Path:
    """Return where first codes lie: a volume that the hub's pod alone mounts.

    Parameters
    ----------
    folder : HubFolder
        The hub's folder, which the pods of the host see too.
    """
    return Path(os.environ.get("COURSE_HUB_SECRETS") or folder.secret)


def people(c: Any, folder: HubFolder, settings: Settings) -> None:
    """Say who may sign in and who is an instructor, as on one machine.

    Parameters
    ----------
    c : Config
        JupyterHub's; roles that the chart has written stay.
    folder : HubFolder
        The roster lies in its state.
    settings : Settings
        As ``hub.yml`` says.
    """
    from course import paths
    from grading.cohort import participants
    from grading.hub import permissions, services, signin

    state = folder.grading(paths.ROOT)
    trainees = [person.student_id for person in participants(state)]
    c.JupyterHub.load_groups = permissions.groups(settings, trainees)
    # the chart brings a culler of its own, with its role
    ours = permissions.roles(replace(settings, idle_minutes=0, longest_hours=0))
    c.JupyterHub.load_roles = [*(c.JupyterHub.get("load_roles") or []), *ours]
    signin.configure(
        c, dict(settings.sign_in), state=state, folder=folder.base,
        secrets=first_codes(folder), instructors=settings.instructors, title=settings.title,
        bind="0.0.0.0", public_url=settings.public_url,
        instructor_groups=[services.INSTRUCTORS],
    )  # fmt: skip


def spawn(c: Any, rooms: Rooms) -> None:
    """Add what a trainee's pod needs.

    Parameters
    ----------
    c : Config
        JupyterHub's.
    rooms : Rooms
        What the hub knows of each person.
    """
    c.KubeSpawner.cmd = [*rooms.limits(EVERYBODY).prlimit(), *SERVER]
    c.KubeSpawner.working_dir = view.HOME
    c.KubeSpawner.pre_spawn_hook = partial(before_start, rooms)
    c.KubeSpawner.container_security_context = CLOSED
    c.KubeSpawner.automount_service_account_token = False
    # the addresses of all services, as variables in each pod
    c.KubeSpawner.extra_pod_config = {"enableServiceLinks": False}
    c.KubeSpawner.allow_privilege_escalation = False
    # the API must not let a person choose image, volumes or limits
    c.KubeSpawner.profile_list = []
    c.KubeSpawner.options_form = ""


def before_start(rooms: Rooms, spawner: Any) -> None:
    """Give the pod the person's number and name; run by the hub before each start.

    Parameters
    ----------
    rooms : Rooms
        What the hub knows of each person.
    spawner : KubeSpawner
        The person's.

    Raises
    ------
    CourseError
        The person has no number; then no pod is made.
    """
    person = spawner.user.name
    uid = rooms.uid(person)
    if uid <= rooms.settings.first_uid:
        raise CourseError(
            f"{person} has the number {uid}, which is the host's or the system's.",
            "Mend accounts.json from the backup.",
        )
    spawner.uid = spawner.gid = spawner.fs_gid = uid
    spawner.pod_security_context = {
        "runAsNonRoot": True,
        "runAsUser": uid,
        "runAsGroup": uid,
        "fsGroup": uid,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    of_person = rooms.environment(person)
    spawner.environment = {
        **spawner.environment,
        **{name: value for name, value in of_person.items() if name not in _OF_ONE_MACHINE},
    }
    spawner.init_containers = [names(person, uid, spawner.image)]


def names(person: str, uid: int, image: str) -> dict[str, Any]:
    """Return the container that tells the pod the name of its own number.

    nbgrader asks the system who its user is; in an image nobody has that number.

    Parameters
    ----------
    person : str
        The hub's user, an id of the roster.
    uid : int
        Their number.
    image : str
        The trainee's image.

    Returns
    -------
    dict
        A container of Kubernetes. The name travels as a variable and is never part of a
        program.
    """
    line = f"{person}:x:{uid}:{uid}::{view.HOME}:/bin/bash\n"
    little = {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "16Mi"}
    return {
        "name": NAMES,
        "image": image,
        "command": ["sh", "-c", 'printf %s "$LINE" > /names/passwd'],
        # KubeSpawner fills in {…}; an id of the roster has no brackets (grading.state)
        "env": [{"name": "LINE", "value": line}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": little},
        "securityContext": CLOSED,
        "volumeMounts": [{"name": NAMES, "mountPath": "/names"}],
    }
