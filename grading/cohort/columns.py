"""Which column of a roster holds what: headers in several languages, or as the host says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from course.errors import CourseError, UsageError
from grading.cohort.people import clean_cell, same

# Field -> headers people write; compared without case, spaces and signs.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "student_id": ("student id", "id", "participant id", "trainee id", "user", "user name",
                   "userid", "login", "account", "학번", "아이디", "참가자 id", "شناسه",
                   "نام کاربری"),
    "name": ("name", "full name", "participant", "participant name", "name of participant",
             "nama", "nama lengkap", "pangalan", "buong pangalan", "nombre completo", "이름",
             "성명", "성함", "نام و نام خانوادگی", "نام کامل", "氏名", "姓名"),
    "first_name": ("first name", "given name", "given names", "forename", "nombre", "prénom",
                   "unang pangalan", "نام"),
    "last_name": ("last name", "family name", "surname", "apelyido", "apellido", "nom", "성",
                  "نام خانوادگی"),
    "email": ("email", "e-mail", "mail", "email address", "e-mail address", "이메일",
              "이메일 주소", "전자우편", "ایمیل", "پست الکترونیکی", "رایانامه", "correo"),
    "city": ("city", "municipality", "lungsod", "kota", "ciudad", "ville", "도시", "شهر",
             "delegation", "delegation city", "home city"),
    "team": ("team", "group", "team name", "plan group", "pangkat", "팀", "조", "تیم", "گروه"),
    "role": ("role", "post", "position", "job", "job title", "function", "katungkulan", "직책",
             "직위", "سمت", "cargo"),
    "programme": ("programme", "program", "course", "과정", "프로그램", "برنامه"),
}  # fmt: skip
NAMING = ("student_id", "name", "first_name", "last_name", "email")


def _key(header: str) -> str:
    return re.sub(r"[\W_]+", "", same(header))


_FIELDS = {_key(word): name for name, words in SYNONYMS.items() for word in (name, *words)}


def field_of(header: object) -> str | None:
    """Return the field a header names, None where it is none of ours.

    >>> field_of("E-Mail "), field_of("이름"), field_of("Room")
    ('email', 'name', None)
    """
    return _FIELDS.get(_key(clean_cell(header)))


def read_columns(pairs: Iterable[str]) -> dict[str, str]:
    """Return field -> header from options like ``name=Nama``.

    Raises
    ------
    UsageError
        A pair has no ``=`` or names no field.
    """
    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, header = pair.partition("=")
        if not sign or not header.strip() or name.strip() not in SYNONYMS:
            raise UsageError(
                f"--columns {pair!r} does not say which column is what.",
                f"Write FIELD=HEADER, with FIELD one of {', '.join(SYNONYMS)}.",
            )
        given[name.strip()] = header.strip()
    return given


def assign(
    headers: list[str], given: Mapping[str, str], *, where: str
) -> tuple[dict[str, int], list[str]]:
    """Return field -> position of its column, and the headers that are not used.

    Parameters
    ----------
    headers : list of str
        The header row.
    given : mapping
        Field -> header as the host says; it wins over the usual words.
    where : str
        The file, for the sentences.

    Raises
    ------
    CourseError
        A column the host named is not there, two columns claim one field, or no column
        names people.
    """
    keys = [_key(clean_cell(h)) for h in headers]
    found: dict[str, int] = {}
    for name, header in given.items():
        at = [n for n, key in enumerate(keys) if key and key == _key(clean_cell(header))]
        if len(at) != 1:
            how = "has no column" if not at else "has more than one column"
            raise CourseError(f"{where} {how} {header!r}.", f"Its columns are: {_listed(headers)}.")
        found[name] = at[0]
    for n, header in enumerate(headers):
        name = field_of(header)
        if name is None or name in given or n in found.values():
            continue
        if name in found:
            raise CourseError(
                f"{where}: the columns {headers[found[name]]!r} and {header!r} both name the "
                f"field {name}.",
                f"Say which one counts: --columns {name}=HEADER.",
            )
        found[name] = n
    if not any(name in found for name in NAMING):
        raise CourseError(
            f"{where} has no column that names people. Its columns are: {_listed(headers)}.",
            "Say which column is what, for example: --columns name=HEADER.",
        )
    unused = [h for n, h in enumerate(headers) if clean_cell(h) and n not in found.values()]
    return found, unused


def _listed(headers: list[str]) -> str:
    words = [clean_cell(h)[:40] for h in headers[:20]]
    return ", ".join(repr(w) for w in words if w) or "empty"
