"""The Jupyter server that carries the formgrader: no terminals, no kernels, nothing else."""

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web

c = get_config()  # noqa: F821  (traitlets provides it)

only = {"nbgrader.server_extensions.formgrader"}
others = (
    "jupyterlab", "jupyter_lsp", "jupyter_server_terminals", "notebook", "notebook_shim",
    "voila.server_extension", "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list", "nbgrader.server_extensions.validate_assignment",
)  # fmt: skip


class NoKernels(AsyncMappingKernelManager):
    """A kernel here would be a program with the host's rights, its keys and the gradebook."""

    async def start_kernel(self, **_):
        """Refuse."""
        raise web.HTTPError(403, "The formgrader runs no programs.")

    _async_start_kernel = start_kernel


def listen(app):
    """Listen on a port that the hub keeps for this account: it has to be asked for as shared."""
    try:
        app.http_server.listen(app.port, app.ip, reuse_port=True)
    except OSError as error:
        app.log.critical("Port %s: %s", app.port, error.strerror)
        return False
    return True


ServerApp._find_http_port = lambda app: None  # it would ask for the port alone
ServerApp._bind_http_server_tcp = listen
c.ServerApp.jpserver_extensions = {name: False for name in others} | {name: True for name in only}
c.ServerApp.terminals_enabled = False
c.ServerApp.allow_root = False
c.ServerApp.kernel_manager_class = NoKernels
# nbgrader's page for marking asks another server for a script of formulas. The page does
# without; a grader's browser asks no server but this one, whatever a hand-in holds.
c.ServerApp.tornado_settings = {
    "headers": {
        "Content-Security-Policy": "; ".join([
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # nbgrader's templates are code
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "object-src 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ])
    }
}  # fmt: skip
