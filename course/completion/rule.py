"""What a programme asks for before it gives its paper: numbers as data, no code.

All numbers are parameters of the host: no published rule of WeGO or SHRDC was found, and
nothing here is printed as theirs. ``version`` is the name under which a certificate quotes
the rule; a change of any number needs a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from course.errors import CourseError

CERTIFICATE, STATEMENT = "certificate", "statement"
ATTENDANCE, LESSONS = "attendance", "lessons"
ACTION_PLAN, COOPERATION_NOTE = "action_plan", "cooperation_note"
_CHOICES = {
    "kind": (CERTIFICATE, STATEMENT),
    "presence": (ATTENDANCE, LESSONS, None),
    "labs": ("all", None),
    "plan": (ACTION_PLAN, COOPERATION_NOTE, None),
}
_PERCENT = ("attendance_pct", "core_points_pct", "extra_cap_pct", "written_share_pct",
            "post_test_pct")  # fmt: skip
_MAY_BE_NONE = ("core_points_pct", "written_share_pct", "plan_points", "post_test_pct")


@dataclass(frozen=True)
class CompletionRule:
    """The completion rule of one programme; None means that it is not asked for.

    Parameters
    ----------
    version : str
        The rule's name on the certificate.
    kind : str
        ``certificate``, or ``statement`` (of participation).
    presence : str or None
        ``attendance`` counts on-site minutes, ``lessons`` that every lesson was run.
    attendance_pct : float
        Percent of the on-site minutes.
    labs : str or None
        ``all``: each core lab of the programme was run once.
    core_points_pct : float or None
        Percent of the core automatic points of all modules together.
    extra_cap_pct : float
        How much of the core points extra points may replace, in percent of the core points.
    written_band : int
        The band a written answer must reach, 0 to 4.
    written_share_pct : float or None
        Percent of the written answers that must reach it.
    plan : str or None
        ``action_plan`` or ``cooperation_note``.
    plan_points : float or None
        Points of 100 the plan must have; None: a valid plan is enough.
    presented : bool
        The plan must have been presented.
    recording : bool
        A recording of ten minutes or a live session stands for the presentation.
    team_parts : bool
        Each member of a team has a named part in its plan.
    post_test_pct : float or None
        Percent of the test after the course.
    """

    version: str = "2026-1"
    kind: str = CERTIFICATE
    presence: str | None = ATTENDANCE
    attendance_pct: float = 80
    labs: str | None = "all"
    core_points_pct: float | None = 60
    extra_cap_pct: float = 10
    written_band: int = 2
    written_share_pct: float | None = 50
    plan: str | None = ACTION_PLAN
    plan_points: float | None = 50
    presented: bool = True
    recording: bool = False
    team_parts: bool = True
    post_test_pct: float | None = 60

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise _wrong(name, getattr(self, name), f"one of {_words(allowed)}")
        for name in (*_PERCENT, "plan_points"):
            value = getattr(self, name)
            if value is None and name in _MAY_BE_NONE:
                continue
            if not _is_number(value) or not 0 <= value <= 100:
                raise _wrong(name, value, "a number from 0 to 100")
        if not _is_number(self.written_band) or self.written_band not in range(5):
            raise _wrong("written_band", self.written_band, "a band from 0 to 4")
        for name in ("presented", "recording", "team_parts"):
            if not isinstance(getattr(self, name), bool):
                raise _wrong(name, getattr(self, name), "true or false")
        if not isinstance(self.version, str) or not self.version.strip():
            raise _wrong("version", self.version, 'a name such as "2026-1"')

    @classmethod
    def statement(cls, **changes: Any) -> CompletionRule:
        """Return the rule of a statement of participation: attendance and a cooperation note."""
        base: dict[str, Any] = {
            "kind": STATEMENT, "labs": None, "core_points_pct": None, "written_share_pct": None,
            "plan": COOPERATION_NOTE, "plan_points": None, "presented": False,
            "team_parts": False, "post_test_pct": None,
        }  # fmt: skip
        return cls(**{**base, **changes})

    @classmethod
    def self_paced(cls, **changes: Any) -> CompletionRule:
        """Return the rule without a classroom: all lessons run, a recording or a live session."""
        return cls(**{"presence": LESSONS, "recording": True, **changes})

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, where: str = "rule") -> CompletionRule:
        """Return the rule that a programme's file states.

        Parameters
        ----------
        data : mapping
            Fields of this class; what is left out keeps the default of its ``kind``.
        where : str
            The file, for the sentence when something is wrong.

        Raises
        ------
        CourseError
            A field is unknown or its value cannot be one.
        """
        if not isinstance(data, Mapping):
            raise CourseError(
                f"{where}: the rule is not a table of fields.", "See course/programmes."
            )
        known = {f.name for f in fields(cls)}
        for name in data:
            if name not in known:
                raise CourseError(
                    f"{where}: the rule has no field {str(name)[:40]!r}.",
                    f"Use some of: {', '.join(sorted(known))}.",
                )
        make = cls.statement if data.get("kind") == STATEMENT else cls
        if data.get("presence") == LESSONS and make is cls:
            make = cls.self_paced
        try:
            return make(**data)
        except CourseError as error:
            raise CourseError(f"{where}: {error.what}", error.remedy) from None

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return asdict(self)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _words(allowed: tuple[Any, ...]) -> str:
    return ", ".join("nothing (null)" if a is None else str(a) for a in allowed)


def _wrong(name: str, value: Any, need: str) -> CourseError:
    return CourseError(f"The rule's {name} is {str(value)[:40]!r}.", f"Give {need}.")
