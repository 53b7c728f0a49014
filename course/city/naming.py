"""Names of packs that are safe as a folder on every system."""

from __future__ import annotations

import re
import unicodedata

from course.errors import UsageError

# Windows keeps these for devices, in any letter case and with any ending.
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)))
)
_LONGEST = 40


def city_id(name: str) -> str:
    """Return the id of a city: lower-case ASCII letters, digits, ``-`` and ``_``.

    Parameters
    ----------
    name : str
        As a person typed it; accents are taken off.

    Raises
    ------
    UsageError
        Nothing is left (a name in another script), or the name is a path.

    Examples
    --------
    >>> city_id("São Paulo"), city_id("busan_metro")
    ('sao-paulo', 'busan_metro')
    """
    if any(mark in name for mark in ("/", "\\", "\x00")) or name.strip() in (".", ".."):
        raise UsageError(f"{name!r} is a path, not a name.", "Give a name such as busan_metro.")
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("ø", "o"))
    plain = plain.encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:_LONGEST].strip("-_")
    if not plain:
        raise UsageError(
            f"No folder name can be made from {name!r}.",
            "Give a name in Latin letters, and the full one with --title.",
        )
    return f"city-{plain}" if plain in _DEVICES else plain
