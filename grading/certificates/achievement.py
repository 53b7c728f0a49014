"""What a certificate states about one person: checked, and as plain data.

The fields are those of the course's completion rule. Points and rank are not among them
on purpose.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from course.errors import CourseError

KINDS = ("certificate", "statement")
LONGEST = 200  # letters of a name or a title; longer ones cannot be set on one page
MOST_MODULES = 20


@dataclass(frozen=True)
class Achievement:
    """One person's completion of one programme.

    Parameters
    ----------
    student_id : str
        The gradebook's id; a certificate belongs to one id, programme and start.
    name : str
        As it is to be printed, in any script that an installed font can draw.
    city : str
        The city (and country) the person works for.
    programme, programme_title : str
        Id and title.
    kind : str
        ``certificate`` or ``statement`` (of participation).
    start, end : date, optional
        First and last day; None for a programme without dates.
    hours_on_site, hours_online : float
        Hours attended on site and hours of work online.
    modules : tuple of str
        Titles, or ids of ``modules/``, of the modules done.
    plan_title : str
        Title of the action plan or the cooperation note.
    rule_version, course_version : str
        Which completion rule was met, with which version of the course.
    learned : tuple of str
        Three lines.
    pack : str
        City pack for the map; empty for a certificate without one.
    simulated : bool
        The person does not exist; the page and the credential say so.
    timezone : str
        Of the programme: the page shows days as they are there. Empty, as in certificates of
        earlier versions: UTC.
    """

    student_id: str
    name: str
    city: str
    programme: str
    programme_title: str
    kind: str
    start: date | None
    end: date | None
    hours_on_site: float
    hours_online: float
    modules: tuple[str, ...]
    plan_title: str
    rule_version: str
    course_version: str
    learned: tuple[str, ...]
    pack: str = ""
    simulated: bool = False
    timezone: str = ""

    def local(self, when: datetime) -> datetime:
        """Return a moment by the clock of the place where the programme is held.

        At eight in the morning of the closing day in Seoul it is still the day before in UTC.
        """
        try:
            return when.astimezone(ZoneInfo(self.timezone)) if self.timezone else when
        except (OSError, ValueError, KeyError):  # a zone this machine does not know
            return when

    def same_run(self, other: Achievement) -> bool:
        """Say whether two achievements are of one person in one run of a programme.

        A run without dates is the same as any: leaving out the dates once must not lead
        to a second certificate.
        """
        if (self.student_id, self.programme) != (other.student_id, other.programme):
            return False
        return self.start == other.start or not self.start or not other.start

    def checked(self) -> Achievement:
        """Return the same with tidy texts.

        Returns
        -------
        Achievement
            Texts in one Unicode form (NFC), without doubled spaces.

        Raises
        ------
        CourseError
            A field is missing, too long or impossible; the sentence names person and field.
        """
        texts = {
            name: self._text(name, getattr(self, name))
            for name in (
                "student_id", "name", "city", "programme", "programme_title", "plan_title",
                "rule_version", "course_version", "pack", "timezone",
            )
        }  # fmt: skip
        for name in ("student_id", "name", "city", "programme", "programme_title"):
            if not texts[name]:
                self._refuse(name, "is empty", "Fill it in and run the command again.")
        if self.kind not in KINDS:
            self._refuse("kind", f"is {self.kind!r}", f"Use one of: {', '.join(KINDS)}.")
        if self.start and self.end and self.end < self.start:
            self._refuse("end", "lies before the start", "Correct the programme's dates.")
        hours = {}
        for name in ("hours_on_site", "hours_online"):
            value = getattr(self, name)
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not math.isfinite(value)
                or not 0 <= value <= 10_000
            ):
                self._refuse(name, f"is {value!r}", "Give hours from 0 up.")
            hours[name] = float(value)
        if len(self.modules) > MOST_MODULES:
            self._refuse("modules", f"has {len(self.modules)} entries",
                         f"At most {MOST_MODULES} fit on the page.")  # fmt: skip
        if len(self.learned) != 3:
            self._refuse("learned", f"has {len(self.learned)} lines", "Give three lines.")
        return replace(
            self,
            **texts,
            **hours,
            modules=tuple(self._text("modules", m) for m in self.modules),
            learned=tuple(self._text("learned", line) for line in self.learned),
        )

    def _text(self, field: str, value: Any) -> str:
        if not isinstance(value, str):
            self._refuse(field, f"is not a text but {type(value).__name__}", "Give a text.")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            self._refuse(field, "holds half a letter (a lone surrogate)", "Type it again.")
        text = " ".join(unicodedata.normalize("NFC", value).split())
        if len(text) > LONGEST:
            self._refuse(field, f"has {len(text)} letters",
                         f"At most {LONGEST} fit on the page.")  # fmt: skip
        return text

    def _refuse(self, field: str, what: str, remedy: str) -> None:
        raise CourseError(f"Certificate for {self.student_id!r}: {field} {what}.", remedy)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        data["start"] = self.start.isoformat() if self.start else None
        data["end"] = self.end.isoformat() if self.end else None
        data["modules"], data["learned"] = list(self.modules), list(self.learned)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Achievement:
        """Return the achievement that :meth:`to_dict` wrote; unknown fields are left out."""
        known = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        for name in ("start", "end"):
            known[name] = date.fromisoformat(known[name]) if known.get(name) else None
        for name in ("modules", "learned"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)
