"""The instructor's desk as a web service: server-rendered pages, no script, nothing from outside.

On a hub it is one of the hub's services and asks the hub who is there. Alone it listens on
this machine only and prints a link with a token that works once.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from course import whole_files
from grading.desk import jobs, store, style
from grading.state import GradingState

CSP = (
    "default-src 'none'; style-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_TEMPLATES = Path(__file__).resolve().parent / "templates"


def make_app(
    state: GradingState,
    *,
    prefix: str = "/",
    formgrader: str = "",
    on_hub: bool = False,
    one_time: str = "",
    person: str = "",
    off: Collection[str] = (),
) -> Any:
    """Return the tornado application.

    Parameters
    ----------
    state : GradingState
        The course.
    prefix : str
        Where its pages lie, with slashes at both ends.
    formgrader : str
        Address of the formgrader; empty: there is none.
    on_hub : bool
        The hub says who is there; else the one-time token does.
    one_time : str
        The token of the printed link.
    person : str
        Who works at this machine, for the diary.
    off : collection of str
        Defences a test leaves out: xsrf, csp, escape.
    """
    import jinja2
    from tornado.web import Application

    from grading.desk.routes import routes

    headers = dict(HEADERS)
    if "csp" not in off:
        headers["Content-Security-Policy"] = CSP
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape="escape" not in off,
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.ChainableUndefined,
    )  # fmt: skip
    return Application(
        routes(prefix, on_hub=on_hub),
        state=state,
        base=prefix,
        formgrader=formgrader,
        on_hub=on_hub,
        hub_home=os.environ.get("COURSE_HUB_HOME", "/hub/home"),
        templates=templates,
        sheet=style.sheet(),
        page_headers=headers,
        # one after the other: nbgrader changes the folder of its process
        work=ThreadPoolExecutor(1, thread_name_prefix="desk"),
        one_time=[one_time] if one_time else [],
        session=secrets.token_hex(16),
        person=person,
        cookie_secret=_cookie_secret(state),
        xsrf_cookies="xsrf" not in off,
        disable_check_xsrf="xsrf" in off,
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Lax" if on_hub else "Strict"},
    )


def _cookie_secret(state: GradingState) -> str:
    """Return the secret that signs cookies and form tokens; it outlives a restart."""
    path = store.folder(state) / "cookie_secret"
    try:
        known = path.read_text(encoding="utf-8").strip()
    except OSError:
        known = ""
    if len(known) < 64:
        known = secrets.token_hex(32)
        old = os.umask(0o077)
        try:
            whole_files.write(path, known + "\n")
        finally:
            os.umask(old)
    return known


def serve(off: Collection[str] = ()) -> None:
    """Run as a service of the hub until it is told to stop.

    Parameters
    ----------
    off : collection of str
        Defences a test leaves out; nothing that a host runs gives any.
    """
    from course.errors import CourseError
    from grading.state import require_nbgrader

    require_nbgrader()
    url = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
    if not url.port:
        raise CourseError(
            "This program is started by the hub.", "Without a hub use: python3 -m grading desk."
        )
    app = make_app(
        GradingState.default().prepare(),
        prefix=os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/"),
        formgrader=os.environ.get("COURSE_FORMGRADER_URL", ""),
        on_hub=True,
        off=off,
    )
    # the hub keeps the port for this account, which has to say that it shares it
    asyncio.run(_run(app, url.port, url.hostname or "127.0.0.1", shared=True))


async def _run(app: Any, port: int, host: str, ready: Any = None, *, shared: bool = False) -> None:
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets

    sockets = bind_sockets(port, host, reuse_port=shared)
    server = HTTPServer(app, max_body_size=1_000_000, max_buffer_size=1_000_000)
    server.add_sockets(sockets)
    state = app.settings["state"]
    jobs.forget_old(state)
    jobs.take_up(state)
    if ready is not None:
        ready(sockets[0].getsockname()[1])
    await asyncio.Event().wait()


def alone(state: GradingState, *, port: int = 0, say: Any = print) -> None:
    """Run on this machine alone, without a hub, until Ctrl-C.

    Parameters
    ----------
    state : GradingState
        The course.
    port : int
        0: any free one.
    say : callable
        Is told the link to open.
    """
    from grading.desk import diary

    token = secrets.token_urlsafe(24)
    app = make_app(state, one_time=token, person=diary.instructor())

    def ready(given: int) -> None:
        say(f"http://127.0.0.1:{given}/?token={token}")

    asyncio.run(_run(app, port, "127.0.0.1", ready))
