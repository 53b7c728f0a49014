"""Where a person's data may lie: the files that are gone through, and the search at the end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grading.safekeeping import keeping, traces
from grading.safekeeping.places import HOMES, Layout
from grading.safekeeping.words import Words
from grading.state import GradingState

_NOT_SEARCHED = {keeping.BOOK}


def folders(state: GradingState, layout: Layout) -> list[Path]:
    """Return the folders that are gone through: the state, and the exchange elsewhere."""
    found = [layout.state]
    exchange = layout.hub / "exchange" if layout.hub is not None else layout.exchange
    if exchange is not None and exchange.is_dir():
        found.append(exchange)
    if not state.exchange.is_relative_to(layout.state) and state.exchange not in found:
        found.append(state.exchange)
    return [f for f in found if f.is_dir()]


def texts(state: GradingState, layout: Layout) -> Iterable[Path]:
    """Yield the files in which a name is replaced; logs with a chain of their own are not."""
    certificates = state.base / "certificates"
    roster = state.base / "roster.csv"
    for folder in folders(state, layout):
        for path in traces.files(folder):
            if path.is_relative_to(certificates) or path == roster:
                continue
            if path.name not in _NOT_SEARCHED:
                yield path


def ours(path: Path, state: GradingState) -> bool:
    """Say whether a file is a table of the host and nobody's hand-in."""
    steps = ("submitted", "autograded", "feedback")
    theirs = [state.base / step for step in steps] + [state.exchange]
    return not any(path.is_relative_to(folder) for folder in theirs)


def remaining(state: GradingState, layout: Layout, words: Words) -> list[str]:
    """Return the files that still name the person, after a look at every byte."""
    needle = traces.Needle(words)
    places = folders(state, layout)
    if layout.hub is not None:
        places += [p for p in layout.hub.iterdir() if p.name not in (HOMES, "program", "proxy")]
    found = []
    seen: set[Path] = set()
    for place in places:
        for path in [place] if place.is_file() else traces.files(place):
            if path in seen or path.name in _NOT_SEARCHED:
                continue
            seen.add(path)
            try:
                if needle.in_file(path) or words.stand_in(path.name):
                    found.append(str(path))
            except OSError as error:
                found.append(f"{path} (not read: {error.strerror})")
    return sorted(found)
