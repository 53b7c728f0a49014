"""The page and the badge, typeset by typst from data that stays data.

PDF/UA-1 (readable by a screen reader) and PDF/A-3a (an archive format that may carry
files) at once; the two were tried together. The fonts are those of installed packages.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.certificates import lettering
from grading.certificates.achievement import Achievement

STANDARDS = ["a-3a", "ua-1"]
BADGE_PPI = 108  # 600 x 600 pixels
MAP_HEIGHT_MM = 48  # at the full width of its column
_HERE = Path(__file__).resolve().parent
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August",
           "September", "October", "November", "December")  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """What one page shows besides the achievement.

    Attributes
    ----------
    number, code : str
        Issue number and check code.
    issued : datetime
        When.
    issuer : mapping
        ``name``, ``signer``, ``signer_title``, ``fingerprint``, ``check_url`` (or empty).
    modules : tuple of str
        Titles of the modules done.
    picture : bytes
        A PNG or SVG of the city, or empty.
    caption : str
        Below the picture.
    until : datetime or None
        When the certificate ends.
    """

    number: str
    code: str
    issued: datetime
    issuer: Mapping[str, str]
    modules: tuple[str, ...] = ()
    picture: bytes = b""
    caption: str = ""
    until: datetime | None = None


def page(stated: Achievement, sheet: Sheet, token: str = "") -> bytes:
    """Return the PDF of a certificate.

    Parameters
    ----------
    stated : Achievement
        Checked.
    sheet : Sheet
        The rest.
    token : str
        The signed credential to attach; without it the same page, to take its digest.

    Raises
    ------
    CourseError
        A letter that no font draws, or a text that does not fit.
    """
    data = _data(stated, sheet)
    lettering.require(_shown(data), stated.student_id)
    with tempfile.TemporaryDirectory(prefix="certificate-") as name:
        room = Path(name)
        data["attached"] = bool(token)
        if token:
            (room / "credential.jwt").write_text(token, encoding="ascii")
        if sheet.picture:
            (room / data["map"]["file"]).write_bytes(sheet.picture)
        if data["qr"]:
            (room / "qr.svg").write_bytes(_qr(sheet.issuer["check_url"]))
        made = _typeset(room, "certificate.typ", data, int(sheet.issued.timestamp()))
    _require_one_page(made, stated.student_id)
    return made


def badge(stated: Achievement, issuer: Mapping[str, str]) -> bytes:
    """Return the picture of a programme as PNG, 600 x 600; it names nobody."""
    data = {
        "fonts": list(lettering.families()),
        "headline": headline(stated),
        "programme": _part(stated.programme_title),
        "dates": dates(stated.start, stated.end) or "",
        "issuer_said": _part(issuer["name"]),
        "simulated": stated.simulated,
    }
    lettering.require(_shown(data), stated.student_id)
    with tempfile.TemporaryDirectory(prefix="certificate-") as name:
        return _typeset(Path(name), "badge.typ", data, 0, png=True)


def _typeset(room: Path, template: str, data: Any, stamp: int, *, png: bool = False) -> bytes:
    import typst

    (room / "data.json").write_text(json.dumps(data), encoding="utf-8")
    shutil.copyfile(_HERE / template, room / template)
    how: dict[str, Any] = (
        {"format": "png", "ppi": BADGE_PPI} if png else {"format": "pdf",
                                                         "pdf_standards": STANDARDS}
    )  # fmt: skip
    try:
        made = typst.compile(
            str(room / template), root=str(room), font_paths=lettering.book(), timestamp=stamp,
            **how,
        )  # fmt: skip
    except typst.TypstError as error:
        raise CourseError(
            f"The certificate could not be typeset: {error.message}.",
            "Please report it with the name and the titles that were to be printed.",
        ) from None
    assert isinstance(made, bytes)
    return made


def _require_one_page(pdf: bytes, whose: str) -> None:
    import pypdf

    if len(pypdf.PdfReader(io.BytesIO(pdf)).pages) != 1:
        raise CourseError(
            f"Certificate for {whose!r}: the texts do not fit on one page.",
            "Shorten the plan's title or the three lines of what was learned.",
        )


def _qr(url: str) -> bytes:
    import segno

    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", border=2, dark="#1f2933", xmldecl=False
    )
    return out.getvalue()


def headline(stated: Achievement) -> str:
    """Return the kind of paper in words."""
    certificate = stated.kind == "certificate"
    return "Certificate of completion" if certificate else "Statement of participation"


def dates(start: date | None, end: date | None) -> str:
    """Return first and last day in words.

    >>> dates(date(2026, 11, 9), date(2026, 11, 13))
    '9 to 13 November 2026'
    >>> dates(date(2026, 10, 30), date(2026, 11, 3)), dates(None, date(2026, 5, 1))
    ('30 October to 3 November 2026', '1 May 2026')
    """
    if not start or not end or start == end:
        one = start or end
        return _day(one) if one else ""
    if start.year != end.year:
        return f"{_day(start)} to {_day(end)}"
    if start.month != end.month:
        return f"{start.day} {_MONTHS[start.month - 1]} to {_day(end)}"
    return f"{start.day} to {_day(end)}"


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def hours(value: float) -> str:
    """Return hours in words, to the quarter.

    >>> hours(30), hours(1), hours(4.75)
    ('30 hours', '1 hour', '4.75 hours')
    """
    near = round(value * 4) / 4
    return f"{near:g} hour{'' if near == 1 else 's'}"


def _part(text: str) -> dict[str, Any]:
    return {
        "text": text,
        "rtl": lettering.direction(text) == "rtl",
        "lang": lettering.language(text),
    }


def _data(stated: Achievement, sheet: Sheet) -> dict[str, Any]:
    issuer = sheet.issuer
    certificate = stated.kind == "certificate"
    url = issuer.get("check_url", "")
    times = [("Hours on site", stated.hours_on_site), ("Hours online", stated.hours_online)]
    plan = "Action plan" if certificate else "Cooperation note"
    versions = [
        f"{label} {value}"
        for label, value in (("Rule", stated.rule_version), ("course", stated.course_version))
        if value
    ]
    check = (
        ["Check this certificate", url.removeprefix("https://")]
        if url
        else [
            "Check this certificate",
            "python3 -m grading verify FILE",
            f"Code {spaced(sheet.code)}",
        ]
    )
    issued = stated.local(sheet.issued).date()
    return {
        "fonts": list(lettering.families()),
        "document_title": f"{headline(stated)}: {stated.name}",
        "issuer": issuer["name"],
        "issuer_said": _part(issuer["name"]),
        "headline": headline(stated),
        "name": _part(stated.name),
        "city": _part(stated.city),
        "sentence": "completed the course and presented an action plan"
        if certificate
        else "took part in the programme and wrote a cooperation note",
        "programme": _part(stated.programme_title),
        "dates": dates(stated.start, stated.end),
        "learned": [_part(line) for line in stated.learned],
        "signer": _part(issuer.get("signer") or issuer["name"]),
        "signer_title": _part(issuer.get("signer_title") or ""),
        "issued": {"year": issued.year, "month": issued.month, "day": issued.day},
        "issued_words": f"Issued {_day(issued)}"
        + (f", valid until {_day(stated.local(sheet.until).date())}" if sheet.until else ""),
        "number": sheet.number,
        "simulated": stated.simulated,
        "simulated_words": "SIMULATED. This person does not exist; the page shows how a "
        "certificate looks.",
        "map": _map(sheet),
        "map_height": MAP_HEIGHT_MM,
        "hours": [{"label": label, **_part(hours(value))} for label, value in times],
        "facts": [{"label": plan, **_part(stated.plan_title)}] if stated.plan_title else [],
        "modules": [_part(title) for title in sheet.modules],
        "module_size": 8.5 if len(sheet.modules) <= 9 else 7.5,
        "module_gap": 1.7 if len(sheet.modules) <= 9 else 1.35,
        "qr": {"file": "qr.svg", "alt": f"QR code that leads to {url}"} if url else None,
        "check": [*check, *_two_rows(f"Key {issuer['fingerprint']}"), ", ".join(versions)],
    }  # fmt: skip


def _map(sheet: Sheet) -> dict[str, Any] | None:
    if not sheet.picture:
        return None
    svg = not sheet.picture.startswith(b"\x89PNG")
    return {
        "file": "map.svg" if svg else "map.png",
        "alt": f"Map: {sheet.caption}",
        "caption": _part(sheet.caption),
    }


def _two_rows(fingerprint: str) -> list[str]:
    parts = fingerprint.split(" ")
    return [" ".join(parts[:5]), " ".join(parts[5:])]


def spaced(code: str) -> str:
    """Return a check code in groups of four, as one reads it aloud.

    >>> spaced("abcd2345ef")
    'abcd 2345 ef'
    """
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def _shown(data: Any, field: str = "") -> list[tuple[str, str]]:
    """Return every text of the page with the field it belongs to."""
    if isinstance(data, dict):
        return [
            pair
            for name, value in data.items()
            if name not in ("fonts", "lang", "file")
            for pair in _shown(value, field if name == "text" else name)
        ]
    if isinstance(data, list):
        return [pair for value in data for pair in _shown(value, field)]
    return [(field, data)] if isinstance(data, str) else []
