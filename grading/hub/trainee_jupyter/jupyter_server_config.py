"""JupyterLab of a trainee on a hub: as ``course lab`` opens it, for one person."""

import os
from pathlib import Path

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web

from course import given_port
from course.display.export import SETTINGS as EXPORT_SETTINGS

c = get_config()  # noqa: F821  (traitlets provides it)

NOTEBOOKS = int(os.environ.get("COURSE_KERNELS", "0"))


class TooMany(web.HTTPError):
    """One notebook more than may run."""

    def __str__(self):
        """Return the sentence alone: JupyterLab shows it in a box."""
        return self.log_message


class Few(AsyncMappingKernelManager):
    """Runs so many notebooks and consoles at a time as the hub's settings allow."""

    async def start_kernel(self, **more):
        """Start one, or say what to close first."""
        if len(self) >= NOTEBOOKS > 0 and more.get("kernel_id") not in self:
            raise TooMany(
                409,
                f"{NOTEBOOKS} notebooks and consoles run already; more is not allowed here. "
                "Shut one down first: the round sign on the left lists them.",
            )
        return await super().start_kernel(**more)


given_port.take()
workspace = Path(os.environ["COURSE_WORKSPACE"])

c.ServerApp.root_dir = str(workspace)
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
c.ServerApp.allow_root = False
c.ServerApp.kernel_manager_class = Few
c.LabApp.default_url = "/lab/tree/home.md"
c.LabApp.app_settings_dir = "/etc/jupyter/lab"
c.LabApp.workspaces_dir = str(workspace / ".course" / "lab" / "layouts")
c.LabApp.user_settings_dir = str(workspace / ".course" / "lab" / "user")
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
# Kernels talk through sockets in the private /tmp: an open port would let every account of the
# machine listen to what they print.
if os.environ.get("COURSE_KERNEL_PORTS") != "1":
    c.KernelManager.transport = "ipc"
c.MappingKernelManager.cull_idle_timeout = int(os.environ.get("COURSE_KERNEL_IDLE", "0"))
c.MappingKernelManager.cull_interval = 60
# For so long, in seconds, a server believes a cookie whose session has ended meanwhile.
c.HubOAuth.cache_max_age = 60
c.KernelSpecManager.ensure_native_kernel = True
for name, value in EXPORT_SETTINGS.items():
    group, trait = name.split(".")
    c[group][trait] = value
