"""Folium pages that need no internet: scripts and styles come out of an installed package.

``folium-offline`` carries the text of every script and style that folium asks a public
server for. This module is the only place that knows the carrier. A page gets the texts
it uses and no more: Leaflet always, Font Awesome and bootstrap only with folium icons,
jQuery only where a script calls it. Folium itself stays as it is: the texts are handed
to the link elements of one page while that page is written.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from course.errors import CourseError

# Links every folium map asks for, and the sign in its page that one is used.
_ONLY_IF_USED = {
    "jquery": re.compile(r"\$\(|jQuery"),
    "bootstrap": re.compile(r"AwesomeMarkers|data-bs-|class=\"btn"),
    "bootstrap_css": re.compile(r"AwesomeMarkers|data-bs-|class=\"btn"),
    "awesome_markers": re.compile(r"AwesomeMarkers"),
    "awesome_markers_css": re.compile(r"AwesomeMarkers"),
    "awesome_rotate_css": re.compile(r"AwesomeMarkers"),
    "awesome_markers_font_css": re.compile(r"AwesomeMarkers|\bfa-"),
    "glyphicons_css": re.compile(r"AwesomeMarkers|glyphicon"),
}
MAX_ZOOM = 18
# A browser's tools would ask the network for the files these lines name.
_SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S*")
# Carried styles still name other formats of the same fonts, beside the page or elsewhere.
_OUTSIDE = re.compile(r"url\(\s*(?![\"']?\s*(?:data:|#|%23))[^)]*\)")
# folium forbids zooming the page by hand, which people with low vision need
_NO_ZOOM = re.compile(r",?\s*maximum-scale=1\.0, user-scalable=no")


@lru_cache(maxsize=1)
def _carrier() -> dict[str, str]:
    """Return the carrier's texts by the address folium knows them under."""
    from offlinefolium.elements import _res

    return {url: text if isinstance(text, str) else text.decode() for url, text in _res.items()}


def asset(url: str) -> str:
    """Return the text of one script or style that folium asks for.

    Parameters
    ----------
    url : str
        The address as written in folium.

    Raises
    ------
    CourseError
        When the installed carrier has no copy.
    """
    try:
        text = _carrier()[url]
    except KeyError:
        raise CourseError(
            f"This map uses {url.rsplit('/', 1)[-1]}, and no offline copy of it is installed.",
            "Leave out the plugin that needs it, or install the folium-offline of this folium.",
        ) from None
    text = _SOURCE_MAP.sub("", text)
    return _OUTSIDE.sub("url(data:,)", text) if url.endswith(".css") else text


def has_asset(url: str) -> bool:
    """Say whether the carrier holds a copy of one address."""
    return url in _carrier()


# A reader of mail or a locked-down browser shows no map; an empty frame would look broken.
_NO_SCRIPT = (
    '<noscript><p style="font: 15px/24px sans-serif; padding: 16px">This map needs scripts, which '
    "this program does not run. The numbers are in the table below.</p></noscript>"
)


def page(map_: Any, *, title: str = "Map", lang: str = "en") -> str:
    """Return a folium map as one HTML page that asks no server for anything.

    Parameters
    ----------
    map_ : folium.Map
        The map with its layers; not changed but for a missing largest zoom, without which
        Leaflet's clusters stop the page.
    title : str
        Title of the page, read out by a screen reader.
    lang : str
        Language of the words on the map.

    Returns
    -------
    str
        A page of about 200 kB plus the layers.

    Raises
    ------
    CourseError
        When the map uses a script of which no copy is installed.
    """
    from html import escape

    root = map_.get_root()
    map_.options.setdefault("maxZoom", MAX_ZOOM)
    for child in list(root._children.values()):
        child.render()
    script = root.script.render()
    body = root.html.render()
    links, others = [], []
    for name, element in root.header._children.items():
        url = getattr(element, "url", None)
        if url is None:
            others.append(_NO_ZOOM.sub("", element.render()))
            continue
        sign = _ONLY_IF_USED.get(name)
        if sign is not None and not sign.search(script):
            continue
        # a closing tag inside a script's text would end the script early
        text = asset(url).replace("</script", "<\\/script")
        kind = "style" if type(element).__name__ == "CssLink" else "script"
        links.append(f"<{kind}>{text}</{kind}>")
    head = "\n".join([*links, *others])
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n{head}\n</head>\n"
        f"<body>\n{_NO_SCRIPT}\n{body}\n<script>\n{script}\n</script>\n</body>\n</html>"
    )
