"""Who may enter the hub: the people of the roster and the instructors, by any spelling.

JupyterHub makes user names lower-case; the gradebook's ids keep their capitals. Here a
name that somebody types, or a sign-in service sends, becomes the id as the roster spells
it, so that hub, home folder, exchange and gradebook speak of one person by one name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from course.errors import CourseError
from grading.cohort.people import Participant, plain_id, same
from grading.cohort.store import read_roster


def key_of(name: str) -> str:
    """Return a form in which ids are equal that a person, or a hub, takes for the same.

    >>> key_of("K01") == key_of(" k۰۱ ")
    True
    """
    return same(plain_id(name.strip()))


def clashes(ids: Iterable[str]) -> list[list[str]]:
    """Return groups of different ids that a sign-in cannot tell apart, each in order.

    >>> clashes(["Ana", "ben", "ana"])
    [['Ana', 'ana']]
    """
    found: dict[str, list[str]] = {}
    for one in dict.fromkeys(ids):
        found.setdefault(key_of(one), []).append(one)
    return [group for group in found.values() if len(group) > 1]


@dataclass(frozen=True)
class Directory:
    """Everybody who may enter, at one moment.

    Attributes
    ----------
    spelled : dict
        Key of a name (:func:`key_of`) -> the id as the roster or hub.yml spells it, also of
        people who left the list.
    inside : frozenset of str
        Ids that may enter now.
    instructors : frozenset of str
        Those of them who may do what instructors do.
    mails : dict
        Key of an e-mail address -> id; an address that two people share is not there.
    """

    spelled: dict[str, str] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()
    instructors: frozenset[str] = frozenset()
    mails: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        people: Iterable[Participant],
        instructors: Collection[str] = (),
        instructor_mails: dict[str, str] | None = None,
    ) -> Directory:
        """Make a directory; of ids that cannot be told apart nobody may enter.

        Parameters
        ----------
        people : iterable of Participant
            The roster, those who left included.
        instructors : collection of str
            Their ids.
        instructor_mails : dict, optional
            Id of an instructor -> e-mail address, for services that know addresses only.
        """
        people = list(people)
        every = [p.student_id for p in people] + list(instructors)
        doubtful = {one for group in clashes(every) for one in group}
        inside = {p.student_id for p in people if p.takes_part} | set(instructors)
        pairs = [(p.email, p.student_id) for p in people if p.email and p.takes_part]
        pairs += [(mail, name) for name, mail in (instructor_mails or {}).items()]
        owners: dict[str, set[str]] = {}
        for mail, name in pairs:
            owners.setdefault(same(mail.strip()), set()).add(name)
        return cls(
            spelled={key_of(one): one for one in every if one not in doubtful},
            inside=frozenset(inside - doubtful),
            instructors=frozenset(set(instructors) - doubtful),
            mails={mail: next(iter(who)) for mail, who in owners.items() if len(who) == 1},
        )

    def find(self, typed: str) -> str:
        """Return the id somebody means, or nothing where nobody has such a name."""
        return self.spelled.get(key_of(typed), "")

    def by_mail(self, mail: str) -> str:
        """Return the id of the one person who has this address, or nothing."""
        return self.mails.get(same(mail.strip()), "")


class RosterFile:
    """The roster as the hub sees it: read again when the file changes.

    Parameters
    ----------
    path : Path
        ``roster.csv`` of the state. Missing: only the instructors may enter.
    instructors : collection of str
        From hub.yml.
    mails : dict, optional
        Id of an instructor -> e-mail address.
    """

    def __init__(
        self, path: Path, instructors: Collection[str] = (), mails: dict[str, str] | None = None
    ) -> None:
        self.path = path
        self.instructors = tuple(instructors)
        self.mails = dict(mails or {})
        self.trouble = ""
        self._seen: tuple[int, int, int] | None = None
        self._directory = Directory.of([], self.instructors, self.mails)

    def now(self) -> Directory:
        """Return who may enter now.

        A roster that cannot be read keeps the last good one in force (and
        :attr:`trouble` says why): a slip in a spreadsheet does not put everybody out.
        """
        try:
            found = self.path.stat()
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        except OSError:
            stamp = (0, 0, 0)
        if stamp == self._seen:
            return self._directory
        try:
            people = read_roster(self.path)
            self._directory = Directory.of(people, self.instructors, self.mails)
            self.trouble = ""
        except (CourseError, OSError) as error:
            self.trouble = str(error)
        self._seen = stamp
        return self._directory
