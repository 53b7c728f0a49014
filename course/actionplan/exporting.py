"""The plan as a Word file and as slides, written beside it; nothing a person changed is lost."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.actionplan.asked_for import programme_kind
from course.actionplan.storing import PlanFile
from course.actionplan.sums import data_of
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    from course.city.pack import City

KINDS = ("docx", "pptx")


def export(
    kind: str = "docx", plan: Any = None, *, city: City | None = None, folder: Path | None = None,
    pictures: Iterable[str | Path] = (),
) -> Path:  # fmt: skip
    """Write the plan as a Word file or as slides, beside the plan.

    Parameters
    ----------
    kind : str
        ``docx`` or ``pptx``.
    plan : plan, optional
        The one in the file when left out. One with gaps is marked DRAFT on every page.
    city : City, optional
        Its maps stand in the document; the open city when left out, if the plan is of it.
    folder : Path, optional
        Where to write.
    pictures : iterable of path
        Pictures of your own, such as a map or a chart.

    Returns
    -------
    Path
        ``action_plan.docx`` or ``action_plan.pptx``. One that was changed by hand is kept
        under another name, which is printed.

    Raises
    ------
    UsageError
        The kind is neither of the two.
    CourseError
        A picture cannot be read, or the file cannot be written.
    """
    if kind not in KINDS:
        raise UsageError(f"export() cannot write {kind!r}.", "Use 'docx' or 'pptx'.")
    file = PlanFile(folder, kind=programme_kind())
    whole = plan if plan is not None else file.draft
    try:
        from course.documents import office_file, plan_slides, plan_word
        from course.documents.plan_view import view
    except ImportError:
        raise CourseError(
            "Word and slides cannot be written in this environment.",
            "Install the learner's requirements again: python3 -m course lab.",
        ) from None
    drawn, said = _city_of(whole, city)
    own = tuple(pictures)
    seen = view(whole, city=drawn, pictures=own)
    writer = plan_word if kind == "docx" else plan_slides
    target = file.path.parent / f"{seen.kind}.{kind}"
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        writer.write(whole, fresh, city=drawn, pictures=own)
        if kept := office_file.keep_changed(target):
            said.append(f"{target.name} had been changed by hand. That file is now {kept}.")
        os.replace(fresh, target)
    except OSError as error:
        raise CourseError(
            f"{target.name} cannot be written ({error.strerror}).",
            "Close it in other programs, then run this again.",
        ) from None
    finally:
        fresh.unlink(missing_ok=True)
    if seen.draft:
        count = len(seen.gaps)
        open_ = "1 field is" if count == 1 else f"{count} fields are"
        said.append(f"It is marked DRAFT: {open_} open. actionplan.check() lists them.")
    for sentence in said:
        print(sentence)
    return target


def _city_of(plan: Any, city: City | None) -> tuple[City | None, list[str]]:
    """Return the city to draw: another city's map in a plan would be a false one."""
    if city is not None:
        return city, []
    from course.city.pack import City as CityClass

    try:
        opened = CityClass.open()
    except CourseError:
        return None, []
    said = data_of(plan)
    name = str((said.get("city") if isinstance(said, dict) else "") or "").casefold().strip()
    own = {opened.id.casefold(), opened.title.casefold()}
    if not name or any(word in name for word in own):
        return opened, []
    return None, [
        f"There is no map in it: the plan is of another city than {opened.title}, which is open. "
        "For the map: actionplan.export(..., city=City.open(NAME))."
    ]
