"""One colour and one sign per status, so that colour is never the only sign."""

from __future__ import annotations

from course.display import palette
from course.followup.scale import DROPPED, STATUS
from grading.followup.standing import NOT_KNOWN

SIGNS = {**{code: code for code in STATUS}, NOT_KNOWN: "?"}
WORDS = {**STATUS, NOT_KNOWN: "no report"}


def colors() -> dict[str, str]:
    """Return the colour of each status: light is little, dark is done."""
    steps = palette.sequential(5)
    found = {code: steps[i] for i, code in enumerate(c for c in STATUS if c != DROPPED)}
    light = palette.ROLES["light"]
    return {**found, DROPPED: light["paper"], NOT_KNOWN: light["paper"]}


def css() -> str:
    """Return the style of the status signs."""
    rules = []
    for code, color in colors().items():
        name = class_of(code)
        rules.append(f".{name}{{background:{color};color:{palette.text_on(color)}}}")
    ink = palette.ROLES["light"]["ink-2"]
    # neither belongs on the scale: no colour, and a border that says which
    rules.append(f".s-unknown{{border:1.5px dashed {ink} !important}}")
    rules.append(f".s-x{{border:1.5px solid {ink} !important}}")
    return "".join(rules)


def class_of(code: str) -> str:
    """Return the class of a status.

    >>> class_of("3"), class_of("X"), class_of("?")
    ('s-3', 's-x', 's-unknown')
    """
    return "s-unknown" if code == NOT_KNOWN else f"s-{code.lower()}"
