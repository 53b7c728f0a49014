"""The one thing to do next, of a module and of the whole day: one sentence and one button.

A module goes through stations: release it, wait, collect and score, mark, tell the trainees,
save the points. Each page leads the eye to the station that is next and to no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from types import MappingProxyType

from grading.desk import closing, seen
from grading.desk.in_words import when
from grading.desk.standing import Row, Standing


class Station(IntEnum):
    """What is next with a module; the smaller, the sooner an instructor is needed."""

    COLLECT = 1
    MARK = 2
    FEEDBACK = 3
    PENDING = 4
    WAIT = 5
    EXPORT = 6
    CLOSED = 7
    RELEASE = 8


@dataclass(frozen=True)
class Step:
    """What a page says of a station.

    Attributes
    ----------
    station : Station
        Which.
    title, words : str
        A line that is read first, and a sentence below it.
    label : str
        Of the one strong button.
    post, link : str
        Where it goes, below the desk's first page: a form or a page; one of them is empty.
    outside : str
        An address outside the desk, opened in a new tab, in place of both.
    """

    station: Station
    title: str
    words: str
    label: str
    post: str = ""
    link: str = ""
    outside: str = ""


def of_module(
    found: Standing, *, formgrader: str = "", on_hub: bool = False,
    collected: datetime | None = None, now: datetime | None = None,
) -> Step:  # fmt: skip
    """Return what is next with one module.

    Parameters
    ----------
    found : Standing
        The module and its trainees.
    formgrader : str
        The address under which it lists the hand-ins of modules; empty where there is none.
    on_hub : bool
        Only a hub sees who has begun.
    collected : datetime or None
        When the last collection of the desk that went well began, in UTC.
    now : datetime, optional
        The clock's when left out.
    """
    now = now or datetime.now(UTC)
    n, at = found.count(), f"module/{found.module}"
    if found.state == "new":
        return Step(Station.RELEASE, "Not released yet",
                    "Trainees do not see it. Release it when they are to begin.",
                    "Release", post=f"{at}/release")  # fmt: skip
    out = sum(_left_out(r, found, collected, now) for r in found.rows)
    fresh = sum(
        r.handed_in is not None and (r.to_collect or not r.scored)
        and not _left_out(r, found, collected, now)
        for r in found.rows
    )  # fmt: skip
    if fresh:
        return Step(Station.COLLECT, f"{_hand_ins(fresh)} to score", _so_far(found),
                    "Collect and score", post=f"{at}/collect")  # fmt: skip
    if n["to_mark"]:
        words = "Written answers wait for a person. Points and a comment go into the formgrader"
        step = Step(Station.MARK, f"{_hand_ins(n['to_mark'])} to mark by hand",
                    f"{words}; then come back here.", "Mark by hand (new tab)")  # fmt: skip
        if formgrader:
            return replace(step, outside=f"{formgrader}/{found.module}/exercises")
        words += ". Start it beside the desk: JUPYTER_CONFIG_PATH=$PWD/grading nbgrader formgrader."
        return replace(step, words=words, label="Look again", link=at)
    if untold := n["scored"] - n["feedback"]:
        waiting = (
            f" What {_hand_ins(n['waiting'])} said of another city still waits, and says so."
            if n["waiting"] else ""
        )  # fmt: skip
        return Step(Station.FEEDBACK, f"{_hand_ins(untold)} without feedback",
                    f"Everything is scored and marked. Now tell the trainees.{waiting}",
                    "Release feedback", post=f"{at}/feedback")  # fmt: skip
    if n["waiting"]:
        command = f"python3 -m grading {'hub as-host ' if on_hub else ''}city list"
        return Step(Station.PENDING, f"{_hand_ins(n['waiting'])} with answers that wait",
                    "They name a city that this computer has not seen, or could not be judged. "
                    f"See which: {command}. Approve the city there, then score again.",
                    "Collect and score", post=f"{at}/collect")  # fmt: skip
    if n["scored"]:
        return Step(Station.EXPORT, "Everybody who was scored has feedback", _so_far(found, out),
                    "Save the points to a file", link="export")  # fmt: skip
    if found.state == "closed":
        return Step(Station.CLOSED, "Closed, and nothing was collected", _of_those(out) +
                    "One trainee gets more time on the trainee's own page; all of them when you "
                    "open it again.", "Open again", post=f"{at}/reopen")  # fmt: skip
    due = f"It is due {when(found.due)} (Seoul time)." if found.due else ""
    words = f"{_of_those(out)}{_begun(found, on_hub=on_hub)} {due}"
    return Step(Station.WAIT, "Waiting for hand-ins", " ".join(words.split()),
                "Look again", link=at)  # fmt: skip


def of_day(
    found: Iterable[Standing], *, formgrader: str = "", on_hub: bool = False,
    collected: Mapping[str, datetime] = MappingProxyType({}), now: datetime | None = None,
) -> Step:  # fmt: skip
    """Return what is next of all modules: the step of the one that needs a person most.

    The title names the module. Where nothing is released, the first module is shown.
    """
    steps = [
        (s, of_module(s, formgrader=formgrader, on_hub=on_hub, collected=collected.get(s.module),
                      now=now))
        for s in found
    ]  # fmt: skip
    if not steps:
        return Step(Station.WAIT, "There is no module here", "The folder modules/ has none.",
                    "Look again")  # fmt: skip
    standing, step = min(steps, key=lambda one: one[1].station)  # the first of equals
    if step.station is Station.RELEASE:
        return replace(step, title="No module is released yet", label=f"Open: {standing.title}",
                       words="Choose one below, or begin with the first.",
                       post="", link=f"module/{standing.module}")  # fmt: skip
    if step.station >= Station.WAIT:
        title = "Nothing waits for you" if step.station > Station.WAIT else step.title
        return replace(step, title=title, words=f"{standing.title}: {step.words}",
                       **_without_harm(step, standing.module))  # fmt: skip
    return replace(step, words=f"{standing.title}. {step.words}".strip())


def _without_harm(step: Step, module: str) -> dict[str, str]:
    """Return a button for a day on which nothing is to be done: it only shows something."""
    if step.station is Station.CLOSED:
        return {"label": "Open the module's page", "post": "", "link": f"module/{module}"}
    return {"link": ""} if step.station is Station.WAIT else {}


def _left_out(row: Row, found: Standing, collected: datetime | None, now: datetime) -> bool:
    """Say whether a hand-in lies in the exchange and collecting does not take it.

    It came after closing, a collection has passed it by (the report says why), or its name
    tells a moment that has not come: anybody can write such a name.
    """
    if not row.to_collect or row.handed_in is None:
        return False
    late = found.closed is not None and row.handed_in > max(found.closed, row.until or found.closed)
    passed_by = collected is not None and row.handed_in < collected
    return late or passed_by or row.handed_in > now + closing.GRACE


def _of_those(out: int) -> str:
    if not out:
        return ""
    verb = "lies" if out == 1 else "lie"
    return f"{_hand_ins(out)} {verb} in the exchange and cannot be collected. "


def _so_far(found: Standing, out: int = 0) -> str:
    n = found.count()
    came = f"{n['handed_in']} of {n['trainees']} have handed in."
    if n["handed_in"] == n["trainees"]:
        came = f"All {n['trainees']} have handed in." if n["trainees"] > 1 else ""
    elif found.state != "closed":
        came += " What comes later shows here."
    return f"{came} {_of_those(out)}".strip()


def _begun(found: Standing, *, on_hub: bool) -> str:
    """Return how many have begun, as far as it can be seen."""
    begun = sum(r.started == seen.BEGUN for r in found.rows)
    fetched = sum(r.started == seen.FETCHED for r in found.rows)
    if not found.rows:
        return "Nobody is on the roster yet."
    if any(r.handed_in for r in found.rows):  # of what lies there it is said already
        return ""
    if not on_hub:
        return "Nobody has handed in. Who has begun is seen on a hub only."
    if not begun and not fetched:
        return "Nobody was seen to fetch it or to begin."
    said = f"{begun} of {len(found.rows)} have begun to answer"
    said += f", {fetched} more have fetched it" if fetched else ""
    return f"{said}. Nobody has handed in."


def _hand_ins(count: int) -> str:
    return "1 hand-in" if count == 1 else f"{count} hand-ins"
