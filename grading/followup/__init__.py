"""Follow-up: what became of the plans, a year on.

``open_store()`` opens the database and brings it up to date. Everything else takes the
store: ``starting.start`` registers a cohort, ``adding.add`` takes a report file,
``due.due`` says what is open, ``reminding.remind`` writes mails and calendar files,
``indicators.indicators`` and ``dashboard`` read its frames. Every one takes the day it
works on, so that a year can be walked through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grading.followup.store import Store

__all__ = ["Store", "open_store"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from grading.followup import store

        return getattr(store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
