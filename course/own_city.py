"""A city of one's own travels with the answers: its export lies beside the notebook.

The host has never seen such a city and can judge nothing without it. The file is
``city-<id>-<fingerprint>.zip``; the fingerprint says which answers it belongs to.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import CourseError

if TYPE_CHECKING:
    from course.city.pack import City


def export_path(city: City, folder: Path) -> Path:
    """Return where the export of a city lies beside a notebook."""
    # the fingerprint in the name says which answers belong to which state of the pack
    return folder / f"city-{city.id}-{city.fingerprint}.zip"


def city_travels(city: City, folder: Path, *, again: bool) -> str:
    """Put the export of a city of one's own beside the notebook; say so, or what stopped it."""
    if city.bundled:
        return ""
    target = export_path(city, folder)
    if target.exists() and not again:
        return ""
    try:
        city.export(target)
    except CourseError as error:
        return f"Your city could not be packed: {error}"
    except Exception as error:  # the answer itself must be kept whatever happens to the city
        return f"Your city could not be written as {target.name} ({type(error).__name__})."
    return f"Your city {city.title} travels with your answers as {target.name}."


def forget_old_exports(city: City, folder: Path, used: set[str]) -> None:
    """Remove exports of this city that no answer names any more."""
    for path in folder.glob(f"city-{city.id}-*.zip"):
        mark = path.stem.rpartition("-")[2]
        if mark not in used and mark != city.fingerprint:
            path.unlink(missing_ok=True)
