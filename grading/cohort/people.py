"""One participant, and what a cell of a roster becomes: plain text in one Unicode form."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, fields
from typing import Any

from course.identity import GUEST

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MAX_CELL = 200
# Marks that turn the direction of writing or hide in a copied text. The joiners of Persian
# and Indic names (U+200C, U+200D) are no such marks: they stay between two letters.
_JOINERS = "\u200c\u200d"
_RESERVED = {
    GUEST, "root", "admin", "instructor", "nbgrader", "formgrader", "everyone", "everybody",
    "all", "none", "null", "nan", "n/a", "release", "student", "team",
    "con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)),
}  # fmt: skip
# How people write "nothing" into a table.
_NOTHING = {"-", "–", "—", "--", "n/a", "#n/a", "none", "null", ".", "?"}


@dataclass(frozen=True)
class Participant:
    """One row of the roster.

    Attributes
    ----------
    student_id : str
        The id in gradebook, hub and folders.
    name : str
        The full name, as it stands on a certificate.
    first_name, last_name : str
        Where the roster gave them apart.
    email, city, team, role, programme : str
        Empty where not known. The team of a delegation is its city's unless the roster
        names one; the programme is the id of a file in ``course/programmes``.
    left : str
        The time at which the host took the person off the list; empty while taking part.
    """

    student_id: str
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    city: str = ""
    team: str = ""
    role: str = ""
    programme: str = ""
    left: str = ""

    @property
    def takes_part(self) -> bool:
        """Say whether the person is on the list now."""
        return not self.left

    @property
    def shown_name(self) -> str:
        """Return the name, or the id where there is none."""
        return self.name or self.student_id

    @property
    def gradebook_names(self) -> dict[str, str]:
        """Return first name, last name and e-mail as nbgrader keeps them.

        A name that is one piece goes into the last name: cutting it in two would guess
        which part is the family's, and guess wrong for half of the world.
        """
        first, last = self.first_name, self.last_name
        if not first and not last:
            last = self.name
        every = {"first_name": first, "last_name": last, "email": self.email}
        return {name: value for name, value in every.items() if value}

    def row(self) -> dict[str, str]:
        """Return the fields as text."""
        return {f: getattr(self, f) for f in FIELDS}


FIELDS = tuple(f.name for f in fields(Participant))


def clean_cell(value: Any) -> str:
    """Return a cell as one line of text.

    NFC, direction marks and control characters out, full-width forms as plain ones, line
    breaks inside a cell as a space, and a number as Excel shows it.

    >>> clean_cell("Se\u0301oul\u200f "), clean_cell(1001.0), clean_cell("\uff4b\uff10\uff11")
    ('Séoul', '1001', 'k01')
    """
    if value is None or value != value:  # nothing, or a number that is none
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    constant = re.fullmatch(r'="([^"=]*)"', text.strip())  # how Excel keeps leading zeros
    text = unicodedata.normalize("NFC", constant.group(1) if constant else text)
    text = "".join(_plain_width(c) for c in text)
    kept = [c if unicodedata.category(c)[0] not in "CZ" or c in _JOINERS else _gap(c) for c in text]
    text = " ".join("".join(kept).split())
    text = re.sub(rf"(?<![^\W\d_])[{_JOINERS}]+|[{_JOINERS}]+(?![^\W\d_])", "", text)
    return "" if text.casefold() in _NOTHING else text


def _plain_width(char: str) -> str:
    code = ord(char)
    return chr(code - 0xFEE0) if 0xFF01 <= code <= 0xFF5E else char


def _gap(char: str) -> str:
    """Return a space for what separates words, nothing for what only hides."""
    return " " if char.isspace() or unicodedata.category(char)[0] == "Z" else ""


def plain_id(text: str) -> str:
    """Return an id as folders and hubs write it: digits of any script as 0 to 9.

    >>> plain_id("k۰۱")
    'k01'
    """
    text = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def same(text: str) -> str:
    """Return a form in which texts that people take for the same are equal."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def is_reserved(student_id: str) -> bool:
    """Say whether an id has a meaning of its own somewhere: guest, a device of Windows."""
    return same(student_id).partition(".")[0] in _RESERVED


def slug(text: str) -> str:
    """Return a plain word for an id: small Latin letters, digits, hyphens; may be empty.

    >>> slug("María-José  Ñuñez"), slug("김민수")
    ('maria-jose-nunez', '')
    """
    text = unicodedata.normalize("NFKD", plain_id(text).casefold())
    text = text.translate({ord("ı"): "i", ord("ø"): "o", ord("ł"): "l", ord("đ"): "d"})
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in text if c.isascii())).strip("-")[:60]


def letters_lost(text: str) -> bool:
    """Say whether :func:`slug` would drop letters, as of a name in Hangul or Persian."""
    folded = unicodedata.normalize("NFKD", text)
    return any(c.isalpha() and not c.isascii() and not slug(c) for c in folded)


def made_id(name: str, email: str, city: str) -> str:
    """Return an id for a row without one: the same row gives the same id, on every machine.

    From the e-mail's first part, else from a name in Latin letters, else ``p-`` and a short
    hash of the name and the city.

    >>> made_id("Ana Test", "", "Mashhad"), made_id("", "a.test@example.org", "")
    ('ana-test', 'a-test')
    """
    base = slug(email.partition("@")[0]) if email else ""
    if not base and not letters_lost(name):
        base = slug(name)
    if len(base) < 2 or is_reserved(base):
        base = f"p-{_digest(name, email, city)}"
    return base


def told_apart(base: str, name: str, email: str, city: str) -> str:
    """Return an id for one of several people whose names give the same id."""
    return f"{base}-{_digest(name, email, city)[:4]}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(same(p) for p in parts).encode()).hexdigest()[:8]
