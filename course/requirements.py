"""Whether this Python holds what a level of the environment needs.

The answer comes from the requirements of ``pyproject.toml`` (in a checkout) or of the
installed distribution, compared with the installed versions. It must cost a few
milliseconds, so nothing is imported that is asked about. Only ``name>=x`` and ``name<y``
are understood, and that extras in brackets are no part of the name; a test keeps
``pyproject.toml`` to these. Standard library only.
"""

from __future__ import annotations

import re
from importlib import metadata

from course.paths import ROOT

DISTRIBUTION = "smart-city-course-kit"
LEVELS = ("learner", "host", "hub", "dev")
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9._-]+)\s*(?:\[[\w,\s-]*\])?\s*([<>=0-9.,\s]*)(?:;.*)?$")
_EXTRA = re.compile(r"""extra\s*==\s*['"](\w+)['"]""")


def declared(level: str) -> list[str]:
    """Return the requirements of a level and of those below it.

    Parameters
    ----------
    level
        ``"learner"``, ``"host"``, ``"hub"`` or ``"dev"``.

    Returns
    -------
    list of str
        As in ``pyproject.toml``, for example ``"pandas>=3.1,<4"``.
    """
    extras = LEVELS[1 : LEVELS.index(level) + 1]
    project_file = ROOT / "pyproject.toml"
    if project_file.is_file():
        import tomllib

        project = tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]
        optional = project["optional-dependencies"]
        return [*project["dependencies"], *(one for extra in extras for one in optional[extra])]
    try:
        stated = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []
    chosen = []
    for line in stated:
        extra = _EXTRA.search(line)
        if extra is None or extra.group(1) in extras:
            chosen.append(line)
    return chosen


def unmet(level: str) -> list[str]:
    """Return the requirements of a level that this Python does not meet.

    The search stops at the fifth: one is enough to know, five are enough to say.
    """
    missing = []
    for line in declared(level):
        name, bounds = parse(line)
        try:
            have = metadata.version(name)
        except metadata.PackageNotFoundError:
            have = None
        # metadata.version returns None for a folder whose METADATA is gone.
        if not have or not _within(have, bounds):
            missing.append(line.split(";")[0].strip())
            if len(missing) == 5:
                break
    return missing


def parse(requirement: str) -> tuple[str, list[tuple[str, tuple[int, ...]]]]:
    """Split a requirement into its name and its bounds.

    Examples
    --------
    >>> parse("pandas>=3.1,<4")
    ('pandas', [('>=', (3, 1)), ('<', (4,))])
    >>> parse("ibis-framework[duckdb]>=12")
    ('ibis-framework', [('>=', (12,))])
    """
    match = _REQUIREMENT.match(requirement)
    if match is None:
        raise ValueError(f"not a plain requirement: {requirement!r}")
    bounds = []
    for part in filter(None, (piece.strip() for piece in match.group(2).split(","))):
        sign, number = re.fullmatch(r"(>=|<|==)\s*([0-9.]+)", part).groups()
        bounds.append((sign, tuple(int(digits) for digits in number.split("."))))
    return match.group(1), bounds


def _within(version: str, bounds: list[tuple[str, tuple[int, ...]]]) -> bool:
    have = tuple(int(digits) for digits in re.match(r"[0-9.]*", version)[0].split(".") if digits)
    for sign, bound in bounds:
        width = max(len(have), len(bound))
        left, right = (part + (0,) * (width - len(part)) for part in (have, bound))
        if not {">=": left >= right, "<": left < right, "==": left == right}[sign]:
            return False
    return True
