"""What a person is called, found and replaced in any text that holds it.

A name can stand in a file in several ways: as typed, composed in another Unicode form, as
JSON, HTML or an address escapes it. All of them are one name here.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

NOBODY = "a former participant"
NOBODY_ID = "former-participant"
SHORTEST = 4  # letters: a shorter word stands in too many texts by chance


@dataclass(frozen=True)
class Words:
    """The id, names and mail addresses of one person.

    Parameters
    ----------
    student_id : str
        The id in the gradebook.
    names, mails : frozenset of str
        As the tables hold them.
    others : frozenset of str
        Ids of other people that hold this one's: ``ana-2`` is not ``ana``.
    """

    student_id: str
    names: frozenset[str] = field(default_factory=frozenset)
    mails: frozenset[str] = field(default_factory=frozenset)
    others: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", self._compiled())

    @property
    def searched(self) -> list[str]:
        """Return the words that are looked for in running text, longest first."""
        found = {*self.names, *self.mails, self.student_id}
        return sorted((w for w in found if _telling(w)), key=lambda w: (-len(w), w))

    @property
    def too_short(self) -> list[str]:
        """Return the words that are only taken out of tables, not looked for in texts."""
        return sorted({*self.names, *self.mails, self.student_id} - set(self.searched) - {""})

    def _compiled(self) -> re.Pattern[str] | None:
        if not self.searched:
            return None
        # longer words first: an id of somebody else is stepped over as a whole
        parts = sorted({*self.searched, *self.others}, key=lambda w: (-len(w), w))
        spelled = "|".join(re.escape(s) for word in parts for s in spellings(word))
        return re.compile(rf"(?<!\w)(?:{spelled})(?!\w)", re.IGNORECASE)

    def replaced(self, text: str) -> str:
        """Return a text in which nobody finds the person.

        >>> ana = Words("ana-1", frozenset({"Ana Test"}), others=frozenset({"ana-1-b"}))
        >>> ana.replaced("ana-1: ANA TEST, ana-12, ana-1-b")
        'former-participant: a former participant, ana-12, ana-1-b'
        """
        pattern = self._pattern  # type: ignore[attr-defined]
        return pattern.sub(self._instead, text) if pattern else text

    def _instead(self, found: re.Match[str]) -> str:
        said = found.group()
        if self._is_other(said):
            return said
        low = said.casefold()
        ids = {s.casefold() for s in spellings(self.student_id)}
        mails = {s.casefold() for mail in self.mails for s in spellings(mail)}
        return NOBODY_ID if low in ids | mails else NOBODY

    def _is_other(self, said: str) -> bool:
        return said.casefold() in {s.casefold() for o in self.others for s in spellings(o)}

    def stand_in(self, text: str) -> bool:
        """Say whether a text names the person."""
        pattern = self._pattern  # type: ignore[attr-defined]
        if pattern is None:
            return False
        return any(not self._is_other(found.group()) for found in pattern.finditer(text))

    def bytes_of(self) -> list[bytes]:
        """Return every way in which the words can stand in a file of bytes."""
        found = {s for word in self.searched for s in spellings(word)}
        plain = {form.encode("utf-8") for form in found}
        wide = {w.encode(code) for w in self.searched for code in ("utf-16-le", "utf-16-be")}
        return sorted(plain | wide, key=lambda b: (-len(b), b))


def _telling(word: str) -> bool:
    return len(word) >= SHORTEST and not word.isdigit()


def spellings(word: str) -> list[str]:
    """Return the ways in which files write a word, each once, longest first."""
    found: set[str] = set()
    for form in _forms(word):
        found |= {form, json.dumps(form)[1:-1], html.escape(form), quote(form),
                  form.encode("ascii", "xmlcharrefreplace").decode()}  # fmt: skip
    return sorted(found - {""}, key=lambda w: (-len(w), w))


def _forms(word: str) -> Iterator[str]:
    for form in ("NFC", "NFD"):
        yield unicodedata.normalize(form, word)
    yield word


def of(
    student_id: str, names: Iterable[str], mails: Iterable[str], ids: Iterable[str] = ()
) -> Words:
    """Return the words of a person, blanks left out.

    Parameters
    ----------
    student_id, names, mails
        Of the person.
    ids : iterable of str
        Of everybody.
    """
    tidy = {" ".join(n.split()) for n in names if n}
    low = student_id.casefold()
    others = {i for i in ids if i != student_id and low in i.casefold()}
    return Words(
        student_id, frozenset(tidy - {""}), frozenset(m.strip() for m in mails if m.strip()),
        frozenset(others),
    )  # fmt: skip
