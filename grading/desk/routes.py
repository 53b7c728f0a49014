"""Which address is answered by which page, and who stands at the door."""

from __future__ import annotations

from typing import Any

from tornado import web

from grading.desk import handlers as h
from grading.desk import handlers_export as e
from grading.desk.handlers_hub import Hub
from grading.desk.page import Font, Health, Missing, Page, Sheet


def routes(prefix: str, *, on_hub: bool) -> list[Any]:
    """Return the addresses and what answers them.

    Parameters
    ----------
    prefix : str
        Where the pages lie.
    on_hub : bool
        Who lets people in: the hub, or the one-time link.
    """
    door: type
    if on_hub:
        from grading.desk.on_hub import OnHub

        door = OnHub
    else:
        from grading.desk.alone import Alone

        door = Alone

    def behind(page: type[Page]) -> type:
        return type(page.__name__, (door, page), {})

    module, job = r"([^/]+)", r"([0-9A-Za-z-]+)"
    pages: list[tuple[str, type[Page]]] = [
        ("", h.Today),
        (f"module/{module}", h.Module),
        (rf"module/{module}/(release|collect|feedback|regrade)", h.Work),
        (rf"module/{module}/(close|reopen)", h.Opening),
        (f"module/{module}/questions", h.Questions),
        (r"person/([^/]+)", h.Person),
        (r"person/([^/]+)/extend", h.Extend),
        (f"job/{job}", h.JobPage),
        (f"job/{job}/again", h.Again),
        ("export", e.Export),
        (r"export/(points\.csv|completion\.xlsx)", e.File),
        ("announcement", e.Announcement),
    ]
    if on_hub:
        pages.append(("hub", Hub))
    found: list[Any] = [(prefix + path, behind(page)) for path, page in pages]
    found += [(f"{prefix}health", Health), (f"{prefix}desk.css", Sheet),
              (rf"{prefix}font/([a-z]+)", Font)]  # fmt: skip
    if on_hub:
        from grading.desk.on_hub import HubOAuthCallbackHandler

        found.append((f"{prefix}oauth_callback", HubOAuthCallbackHandler))
        found.append((prefix.rstrip("/"), web.RedirectHandler, {"url": prefix}))
    return [*found, (r"/.*", behind(Missing))]
