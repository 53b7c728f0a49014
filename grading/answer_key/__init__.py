"""The answer keys: one file per module, never in the wheel, never read by `course`."""

from __future__ import annotations

import importlib
import re

from course.errors import UsageError
from grading.answer_key.base import AnswerKey

__all__ = ["AnswerKey", "for_module"]


def for_module(module_id: str) -> AnswerKey:
    """Return the answer key of a module.

    Parameters
    ----------
    module_id : str
        The module's folder name, such as ``10_integrated_fares``.

    Raises
    ------
    UsageError
        The module has no key: it is planned, or the id is wrong.
    """
    name = str(module_id)
    if re.fullmatch(r"\d\d_[a-z0-9_]+", name):
        try:
            return importlib.import_module(f"{__name__}.m{name}").KEY
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.m{name}":
                raise
    raise UsageError(f"The module {name[:60]!r} has no answer key.", "Score only ready modules.")
