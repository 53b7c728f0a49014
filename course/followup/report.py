"""One report as one model: what a participant says about a plan at one step.

The form of the notebook, the Excel template and the host read and write this model. Only
who, which step, status, obstacle and consent are asked for: a short reply is worth more
than none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from course.errors import CourseError
from course.followup import values
from course.followup.scale import DAYS, DROPPED, OBSTACLES, STATUS, obstacle_code, status_code

FORMAT = "smart-city-course/follow-up-report"
VERSION = 1
MOST_PROOFS, MOST_ROWS = 5, 60
FILE_NAME = "report_day_{day}.json"


def _status(value: object) -> str:
    code = status_code(value)
    if code is None:
        menu = ", ".join(f"{c} {w}" for c, w in STATUS.items())
        raise ValueError(f"is not a status: {str(value)[:30]!r}.|Choose one of: {menu}.")
    return code


def _obstacle(value: object) -> str:
    code = obstacle_code(value)
    if code is None:
        raise ValueError(
            f"is not in the list of obstacles: {str(value)[:30]!r}."
            f"|Choose one of: {', '.join(OBSTACLES.values())}."
        )
    return code


def _day(value: object) -> int:
    whole = str(value).strip() if isinstance(value, (str, int)) else ""
    if isinstance(value, bool) or whole not in [str(d) for d in DAYS]:
        raise ValueError(
            f"is not a step of the follow-up: {str(value)[:20]!r}.|Use {', '.join(map(str, DAYS))}."
        )
    return int(whole)


def _name(value: object) -> str:
    found = values.text(value, most=120)
    if not found or "\n" in found:
        raise ValueError("is missing or has more than one line.|Write the id of the participant.")
    return found


def _yes_no(value: object) -> bool:
    found = values.yes_no(value)
    if found is None:
        raise ValueError("is missing.|Write yes or no.")
    return found


def _count(value: object) -> int | None:
    found = values.number(value)
    if found is None:
        return None
    if found < 0 or found != int(found):
        raise ValueError(f"is not a count: {found:g}.|Write a whole number from 0 up.")
    return int(found)


Text = Annotated[str, BeforeValidator(values.text)]
Name = Annotated[str, BeforeValidator(_name)]
Day = Annotated[date | None, BeforeValidator(values.day)]
Number = Annotated[float | None, BeforeValidator(values.number)]
Count = Annotated[int | None, BeforeValidator(_count)]
Status = Annotated[str, BeforeValidator(_status)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ActivityStatus(_Strict):
    """Status of one activity of the plan, by its number in the plan (from 1)."""

    number: Annotated[int, Field(ge=1, le=MOST_ROWS)]
    status: Status
    proof: Text = ""
    note: Text = ""


class TableState(_Strict):
    """State of one table the plan wanted to replace by real data."""

    frame: Name
    closed: Annotated[bool, BeforeValidator(_yes_no)]
    origin: Text = ""


class Report(_Strict):
    """What a participant reports about a plan at one step.

    Parameters
    ----------
    programme, student : str
        Which programme, and the participant's id in the gradebook.
    day : int
        30, 90, 180 or 365 days after closing.
    status : str
        Of the whole plan: 0 to 4, or X for dropped.
    milestone_on : date or None
        When the milestone of this step was reached; None: not yet.
    proofs : tuple of str
        Addresses or names of files. They are shown, never opened.
    obstacle, obstacle_text : str
        The biggest obstacle, and words about it (a reason where the plan was dropped).
    consent : bool
        Whether other cities may read the lesson and the status.
    written : datetime or None
        When the form wrote the file.
    plan_sha256 : str
        The plan the report is about, where it is known.
    """

    format: Literal["smart-city-course/follow-up-report"] = FORMAT
    version: Literal[1] = VERSION
    programme: Text = ""
    student: Name
    day: Annotated[int, BeforeValidator(_day)]
    status: Status
    obstacle: Annotated[str, BeforeValidator(_obstacle)]
    consent: Annotated[bool, BeforeValidator(_yes_no)]
    obstacle_text: Text = ""
    milestone_on: Day = None
    proofs: Annotated[tuple[Text, ...], Field(max_length=MOST_PROOFS)] = ()
    change: Text = ""
    help_wanted: Text = ""
    activities: Annotated[tuple[ActivityStatus, ...], Field(max_length=MOST_ROWS)] = ()
    # day 30
    presented_to: Text = ""
    signer: Text = ""
    kickoff: Day = None
    # day 90
    budget_line: Text = ""
    partners: Text = ""
    tables: Annotated[tuple[TableState, ...], Field(max_length=MOST_ROWS)] = ()
    # day 180 and 365
    kpi_value: Number = None
    kpi_on: Day = None
    kpi_source: Text = ""
    behaviour: Text = ""
    # day 365
    people_served: Count = None
    cost: Number = None
    lesson: Text = ""
    written: datetime | None = None
    plan_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""

    @model_validator(mode="after")
    def _together(self) -> Report:
        if self.obstacle == "other" and not self.obstacle_text:
            raise ValueError(
                "obstacle_text|is missing.|Say in a few words which obstacle you mean."
            )
        if self.status == DROPPED and not self.obstacle_text:
            raise ValueError(
                "obstacle_text|is missing, and the plan is dropped."
                "|Say in a few words why; it helps other cities."
            )
        if self.kpi_value is not None and (self.kpi_on is None or not self.kpi_source):
            field = "kpi_on" if self.kpi_on is None else "kpi_source"
            raise ValueError(f"{field}|is missing.|A value needs its date and its source.")
        for field, found in (
            ("activities", [a.number for a in self.activities]),
            ("tables", [t.frame.casefold() for t in self.tables]),
        ):
            if len(set(found)) < len(found):
                raise ValueError(f"{field}|names the same row twice.|Keep one line for each.")
        return self

    def content_sha256(self) -> str:
        """Return a hash of what is said, without when the file was written."""
        said = self.model_dump(mode="json", exclude={"written", "plan_sha256", "programme"})
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def json_bytes(self) -> bytes:
        """Return the report as the bytes of its file."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        whole = {"format": FORMAT, "version": VERSION} | said
        return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, and the remedy."""

    field: str
    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.field} {self.sentence} {self.remedy}".strip()


def problems(given: object) -> list[Problem]:
    """Return what keeps a mapping from being a report; empty when it is one."""
    if not isinstance(given, Mapping):
        return [Problem("report", "is not an object with fields.", "Use the form of the course.")]
    try:
        Report.model_validate(dict(given))
    except ValidationError as error:
        return [_problem(entry) for entry in error.errors()]
    except RecursionError:
        return [Problem("report", "is nested too deeply.", "Use the form of the course.")]
    return []


def parse(
    given: object, *, name: str = "report", places: Mapping[str, str] | None = None
) -> Report:
    """Return the report a mapping holds.

    Parameters
    ----------
    given : object
        What was read from a file.
    name : str
        Name of the file, for the sentence.
    places : mapping, optional
        Where each field stands, such as ``{"kpi_on": "Report!C14"}``.

    Raises
    ------
    CourseError
        Naming the file, the field (or sheet and cell) and the remedy of the first
        problem, and how many more there are.
    """
    found = problems(given)
    if found:
        first = found[0]
        place = (places or {}).get(first.field) or (places or {}).get(first.field.split("[")[0])
        where = f"{place} ({first.field})" if place else first.field
        more = f" {len(found) - 1} more of its fields are at fault." if len(found) > 1 else ""
        raise CourseError(f"{name}, {where} {first.sentence}{more}", first.remedy)
    return Report.model_validate(dict(given))  # type: ignore[arg-type]


def _problem(entry: Mapping[str, Any]) -> Problem:
    """Return one of pydantic's findings in the course's words."""
    spot = ""
    for part in entry["loc"]:
        spot += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if spot else str(part)
    said = str(entry["msg"]).removeprefix("Value error, ")
    if entry["type"] == "value_error":
        parts = said.split("|")
        if len(parts) == 3:
            return Problem(parts[0], parts[1], parts[2])
        return Problem(spot or "report", parts[0], parts[1] if len(parts) > 1 else "")
    remedy = "Use the form or the Excel template of the course."
    words = {
        "missing": "is missing.",
        "extra_forbidden": "is not a field of a report.",
        "too_long": "has more entries than a report can hold.",
        "literal_error": "is not one that this course reads.",
    }.get(entry["type"], "cannot be read.")
    return Problem(spot or "report", words, remedy)


def now_utc() -> datetime:
    """Return the moment of writing, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
