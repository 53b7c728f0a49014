"""JupyterHub's configuration, built from the settings."""

from __future__ import annotations

from functools import partial
from typing import Any

from course import paths
from grading.hub import announcement, permissions, proxying, services, subdomains
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.rooms import Rooms
from grading.hub.settings import Settings, in_address
from grading.hub.spawner import CourseSpawner

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def configure(
    c: Any, folder: HubFolder, settings: Settings, *, dummy: bool = False, watch_token: str = ""
) -> None:
    """Write everything into a configuration.

    Parameters
    ----------
    c : traitlets.config.Config
        JupyterHub's.
    folder : HubFolder
        Prepared by ``grading.hub.starting``.
    settings : Settings
        Checked.
    dummy : bool
        Sign-in without passwords, for a rehearsal alone.
    watch_token : str
        Of ``grading.hub.watching``; empty where nobody watches.
    """
    _hub(c, folder, settings)
    _proxy(c, folder, settings)
    _people(c, folder, settings)
    c.JupyterHub.services = services.services(folder, settings, watch_token=watch_token)
    c.JupyterHub.load_roles = permissions.roles(settings, watched=bool(watch_token))
    _sign_in(c, folder, settings, dummy=dummy)
    _servers(c, folder, settings)


def _hub(c: Any, folder: HubFolder, settings: Settings) -> None:
    ports = settings.ports()
    c.JupyterHub.bind_url = f"{scheme(settings)}://{in_address(settings.ip)}:{settings.port}"
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{ports['hub_port']}"
    if settings.public_url:
        c.JupyterHub.public_url = settings.public_url
    if settings.subdomains == "on":
        c.JupyterHub.subdomain_host = settings.public_url.rstrip("/")
        c.JupyterHub.subdomain_hook = subdomains.name_of
    c.JupyterHub.db_url = f"sqlite:///{folder.secret / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(folder.secret / "cookie_secret")
    c.JupyterHub.pid_file = str(folder.run / "hub.pid")
    c.JupyterHub.log_level = "INFO"
    c.JupyterHub.allow_named_servers = False
    c.JupyterHub.active_server_limit = settings.servers
    c.JupyterHub.concurrent_spawn_limit = 20
    # Ctrl-C ends everything; only a hub that is killed leaves servers, which the next takes over
    c.JupyterHub.cleanup_servers = True
    c.JupyterHub.cleanup_proxy = True
    pages(c, folder, settings)
    secure = f"{settings.public_url or c.JupyterHub.bind_url}".startswith("https:")
    c.JupyterHub.cookie_host_prefix_enabled = secure
    headers = dict(HEADERS)
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    c.JupyterHub.tornado_settings = {"headers": headers, "xsrf_cookie_kwargs": {"secure": secure}}
    if settings.without(Defence.XSRF):
        c.JupyterHub.tornado_settings["xsrf_cookies"] = False


def pages(c: Any, folder: HubFolder, settings: Settings) -> None:
    """Give the hub's pages the announcement, and instructors the way to their services.

    Parameters
    ----------
    c : Config
        JupyterHub's; what its pages know already stays.
    folder : HubFolder
        The announcement lies in its state.
    settings : Settings
        Where desk and formgrader are.
    """
    desk = services.desk_address(settings)
    c.JupyterHub.template_vars = {
        **(c.JupyterHub.get("template_vars") or {}),
        "announcement": announcement.Line(folder),
        "instructors_group": services.INSTRUCTORS,
        "desk_address": desk,
        "formgrader_address": services.formgrader_address(settings),
    }
    c.JupyterHub.default_url = partial(first_page, desk)


def first_page(desk: str, handler: Any) -> str:
    """Return where somebody lands who has signed in; "" is their own server."""
    user = handler.current_user
    teaches = user is not None and services.INSTRUCTORS in {g.name for g in user.groups}
    return desk if teaches else ""


def scheme(settings: Settings) -> str:
    """Return how the hub itself speaks."""
    return "https" if settings.tls_certificate else "http"


def _proxy(c: Any, folder: HubFolder, settings: Settings) -> None:
    c.ConfigurableHTTPProxy.command = proxying.command(folder, settings)
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.ports()['proxy_port']}"
    c.ConfigurableHTTPProxy.auth_token = proxying.token(folder)
    c.ConfigurableHTTPProxy.pid_file = str(folder.secret / "jupyterhub-proxy.pid")
    c.ConfigurableHTTPProxy.log_level = "warn"
    if files := proxying.tls_files(folder, settings):
        c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = files["cert"], files["key"]


def _people(c: Any, folder: HubFolder, settings: Settings) -> None:
    from grading.cohort import participants

    trainees = [p.student_id for p in participants(folder.grading(paths.ROOT))]
    c.JupyterHub.load_groups = permissions.groups(settings, trainees)


def _sign_in(c: Any, folder: HubFolder, settings: Settings, *, dummy: bool) -> None:
    from grading.hub import signin

    state = folder.grading(paths.ROOT)

    signin.configure(
        c, dict(settings.sign_in), state=state, folder=folder.base, secrets=folder.secret,
        instructors=settings.instructors, title=settings.title, bind=settings.ip,
        public_url=settings.public_url, instructor_groups=[services.INSTRUCTORS], dummy=dummy,
        off=frozenset(d.value for d in settings.off.get("*", ())),
    )  # fmt: skip


def _servers(c: Any, folder: HubFolder, settings: Settings) -> None:
    c.JupyterHub.spawner_class = CourseSpawner
    rooms = Rooms(folder, settings)
    rooms.make_ready()
    c.CourseSpawner.rooms = rooms
    c.CourseSpawner.cmd = ["jupyterhub-singleuser"]
    c.CourseSpawner.env_keep = []
    c.CourseSpawner.default_url = "/lab/tree/home.md"
    c.CourseSpawner.ip = "127.0.0.1"
    c.CourseSpawner.poll_interval = 10
    c.CourseSpawner.start_timeout = 180
    c.CourseSpawner.http_timeout = 120
    c.CourseSpawner.term_timeout = 8
    c.CourseSpawner.kill_timeout = 5
    c.CourseSpawner.disable_user_config = not settings.without(Defence.USER_CONFIG)
