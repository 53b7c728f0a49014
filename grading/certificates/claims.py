"""What a credential says: built from an achievement, and read back from any file.

Built here, signed by :mod:`grading.certificates.openbadge`. Reading believes nothing and
never fails: texts of strangers come back short, plain and in one line.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

FACTS = ("City", "Action plan", "Hours on site", "Hours online", "Completion rule",
         "Course version")  # fmt: skip
PAGE, MODULE, SIMULATED = "Page", "Module", "Simulation"


def credential(
    stated: Any, *, did: str, issuer: Mapping[str, Any], code: str, number: str, index: int,
    status_list: str, page: str, now: datetime, until: datetime | None = None,
    awarded: datetime | None = None, modules: Iterable[tuple[str, str]] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return the unsigned credential of one person, with the claims a token needs.

    Parameters
    ----------
    stated : Achievement
        What it states.
    did : str
        The key that will sign.
    issuer : mapping
        ``name`` and ``url``.
    code, number : str
        Check code and issue number.
    index : int
        Place in the status list.
    status_list : str
        The list's name.
    page : str
        Digest of the page of the PDF.
    now, until : datetime
        When it begins and, where it ends, when.
    awarded : datetime, optional
        When the first certificate was given, if this one replaces it.
    modules : iterable of (id, title)
        Modules done.
    """
    from openbadgeslib.ob3 import (
        Achievement,
        Evidence,
        IdentityObject,
        Issuer,
        OpenBadgeCredential,
        status_entry,
    )

    certificate = stated.kind == "certificate"
    what = "completed the course and presented an action plan" if certificate else (
        "took part in the programme and wrote a cooperation note"
    )  # fmt: skip
    values = (stated.city, stated.plan_title, f"{stated.hours_on_site:g}",
              f"{stated.hours_online:g}", stated.rule_version, stated.course_version)  # fmt: skip
    evidence = [
        Evidence(genre=genre, name=genre, description=value)
        for genre, value in zip(FACTS, values, strict=True)
        if value
    ]
    evidence += [Evidence(genre=MODULE, name=name, description=title) for name, title in modules]
    evidence.append(Evidence(genre=PAGE, name="sha-256", description=page))
    if stated.simulated:
        evidence.append(Evidence(genre=SIMULATED, name=SIMULATED,
                                 description="This person does not exist."))  # fmt: skip
    made = OpenBadgeCredential(
        id=_urn("certificate", did, code),
        issuer=Issuer(id=did, name=issuer["name"], url=issuer.get("url") or None),
        recipient_id=None,
        identifiers=[IdentityObject(stated.name, "name", hashed=False)],
        achievement=Achievement(
            id=_urn("programme", issuer["name"], stated.programme, str(stated.start or "")),
            name=stated.programme_title,
            description=f"The holder {what}: {stated.programme_title}.",
            criteria_narrative=(
                f"Rule {stated.rule_version or 'of the programme'}: attendance, exercises, "
                "action plan and final test as the programme asks."
                if certificate
                else f"Rule {stated.rule_version or 'of the programme'}: attendance and a "
                "cooperation note."
            ),
            achievement_type="CertificateOfCompletion" if certificate
            else "ext:StatementOfParticipation",
        ),
        name=f"{'Certificate of completion' if certificate else 'Statement of participation'}: "
        f"{stated.programme_title}",
        issuance_date=now,
        expiration_date=until,
        evidence=evidence,
        credential_status=[status_entry(status_list, "revocation", index)],
    )  # fmt: skip
    claims = made.to_jwt_payload()
    claims["awardedDate"] = _stamp(awarded or now)
    subject = claims["credentialSubject"]
    subject["licenseNumber"] = number
    subject["narrative"] = "\n".join(stated.learned)
    for name, day in (("activityStartDate", stated.start), ("activityEndDate", stated.end)):
        if day:
            subject[name] = _stamp(_day(day))
    return claims


def _day(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _urn(*parts: str) -> str:
    space = uuid.UUID("6f6a7b1e-0b4c-5b0e-9d0a-3d7f6c1b2a90")
    return f"urn:uuid:{uuid.uuid5(space, json.dumps(parts))}"


def facts(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a credential says about its holder, as texts; nothing is believed here.

    Returns
    -------
    dict
        ``name``, ``number``, ``programme``, ``title``, ``start``, ``end``, ``learned``,
        ``page``, ``modules``, ``simulated``, and one entry per name of ``FACTS``.
    """
    subject = _dict(claims.get("credentialSubject"))
    achievement = _dict(subject.get("achievement"))
    holders = [
        _text(_dict(i).get("identityHash"))
        for i in _list(subject.get("identifier"))
        if _dict(i).get("identityType") == "name"
    ]
    told: dict[str, Any] = {
        "name": holders[0] if holders else "",
        "number": _text(subject.get("licenseNumber")),
        "programme": _text(achievement.get("name")),
        "title": _text(claims.get("name")),
        "start": _text(subject.get("activityStartDate"))[:10],
        "end": _text(subject.get("activityEndDate"))[:10],
        "learned": [_text(line) for line in str(subject.get("narrative", ""))[:2000].split("\n")],
        "page": "",
        "modules": [],
        "simulated": False,
    }
    for entry in _list(claims.get("evidence")):
        genre = _text(_dict(entry).get("genre"))
        value = _text(_dict(entry).get("description"))
        if genre in FACTS:
            told[genre] = value
        elif genre == MODULE:
            told["modules"].append(value)
        elif genre == PAGE:
            told["page"] = value
        elif genre == SIMULATED:
            told["simulated"] = True
    return told


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any, most: int = 400) -> str:
    """Return a text fit for a screen: no control letters, no end of the line, not endless."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value[:most] if c.isprintable() or c in "\u200c\u200d")


def moment(value: Any) -> datetime | None:
    """Return a time of a credential, None where it is none or has no time zone."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value[:40])
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
