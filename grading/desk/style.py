"""The desk's style sheet: the colours of the course, light and dark, and one plain layout.

Names of trainees come in every script. The letters that a reader's system may lack are
served by the desk itself, out of installed font packages; a browser asks for such a file
only where a page shows one of its letters.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from course.display import fonts
from course.display.palette import ROLES

_LAYOUT = Path(__file__).resolve().parent / "desk.css"


def sheet() -> str:
    """Return the whole style sheet."""
    light = _roles(ROLES["light"])
    dark = _roles(ROLES["dark"])
    return (
        _faces() + f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        + _LAYOUT.read_text(encoding="utf-8")
    )


def _faces() -> str:
    return "".join(
        f'@font-face {{ font-family: "{fonts.FAMILY}"; src: url("font/{script}"); '
        f"font-display: swap; unicode-range: {letters}; }}\n"
        for script, letters in fonts.face_ranges().items()
        if fonts.path(script) is not None
    )


def _roles(colors: dict[str, str]) -> str:
    return " ".join(f"--{name}: {color};" for name, color in colors.items())


@lru_cache(maxsize=8)
def font(script: str) -> bytes | None:
    """Return the letters of a script as a web font, None where no package has them.

    Notes of the designer's tools are left out: a browser refuses the file for an empty one.
    """
    from fontTools.ttLib import TTFont

    file = fonts.path(script) if script in fonts.face_ranges() else None
    if file is None:
        return None
    made = TTFont(file)
    for table in [name for name in made.keys() if name.startswith("TSI")]:  # noqa: SIM118
        del made[table]
    made.flavor = "woff"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
