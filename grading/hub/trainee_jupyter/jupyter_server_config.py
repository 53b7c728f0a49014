"""JupyterLab of a trainee on a hub: as ``course lab`` opens it, for one person."""

import os
from pathlib import Path

from course.display.export import SETTINGS as EXPORT_SETTINGS

c = get_config()  # noqa: F821  (traitlets provides it)

workspace = Path(os.environ["COURSE_WORKSPACE"])

c.ServerApp.root_dir = str(workspace)
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
c.ServerApp.allow_root = False
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
