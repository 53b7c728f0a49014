"""Issue, reissue, revoke: prepared on the disk first, then one line of the log, then moved.

The order is the promise. Everything of a certificate lies in ``pending`` before its line
is written; the line is what makes it exist; then its folder is moved to ``issued`` and the
status list is signed anew. A run killed before the line leaves nothing that counts, after
it nothing that :func:`mend` cannot finish. Numbers run without a gap: the next number is
one more than the lines of the log say.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from course.errors import CourseError, UsageError
from grading.certificates import drawing, issuer, openbadge, pdf_page, pictures
from grading.certificates.achievement import Achievement
from grading.certificates.claims import credential, moment
from grading.certificates.desk import Desk, open_desk, sign_status
from grading.certificates.folder import Folder, write_if_changed
from grading.certificates.issued_paper import Issued, shown, told
from grading.certificates.ledger import Certificate, Ledger
from grading.certificates.log import Log
from grading.certificates.making import move, papers, prepare_folder, read_or_empty

CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no letters that look alike
CODE_LENGTH = 24  # 24 of 31 letters: 118 bits, not to be guessed


def issue(
    state: Any, achievement: Achievement, *, now: datetime | None = None, by: str = "",
    picture: bytes = b"", caption: str = "", passphrase: str | None = None,
    modules: Sequence[tuple[str, str]] | None = None,
) -> Issued:  # fmt: skip
    """Issue one certificate; asked twice, it is issued once.

    Parameters
    ----------
    state : GradingState
        The host (anything with ``base``).
    achievement : Achievement
        What it states.
    now : datetime, optional
        When.
    by : str
        Who, for the log.
    picture : bytes
        A PNG or SVG of the city; a picture of ``achievement.pack`` when absent.
    caption : str
        Below the picture.
    passphrase : str, optional
        Of the key.
    modules : sequence of (id, title), optional
        Modules done; by default those of the achievement, with the titles of the course.

    Returns
    -------
    Issued
        The one certificate of this person and programme run: the new one, or the one
        that exists (which may be revoked; ``status`` says so).

    Raises
    ------
    CourseError
        Something in the achievement cannot be printed; nothing was issued.
    """
    with open_desk(state, passphrase=passphrase, by=by, now=now) as desk:
        return issue_at(desk, achievement, picture=picture, caption=caption, modules=modules)


def issue_at(
    desk: Desk, achievement: Achievement, *, picture: bytes = b"", caption: str = "",
    modules: Sequence[tuple[str, str]] | None = None,
) -> Issued:  # fmt: skip
    """Issue one certificate at an open desk; see :func:`issue`."""
    stated = achievement.checked()
    before = desk.ledger.of_owner(stated)
    if before:
        last = before[-1]
        return told(desk, last, new=False, differs=_differing(last.achievement, stated))
    return _make(desk, stated, picture, caption, modules)


def _differing(old: Achievement, new: Achievement) -> tuple[str, ...]:
    a, b = old.to_dict(), new.to_dict()
    beside = ("course_version", "timezone", "pack")  # no statement about the person
    return tuple(name for name in a if a[name] != b[name] and name not in beside)


def reissue(
    state: Any, number: str, *, reason: str, now: datetime | None = None, by: str = "",
    passphrase: str | None = None, **changes: Any,
) -> Issued:  # fmt: skip
    """Give a corrected certificate under a new number; the old one is revoked with the reason.

    Parameters
    ----------
    state : GradingState
        The host.
    number : str
        Of the certificate to replace; issued or revoked, not yet replaced.
    reason : str
        Why; stands in the log.
    now, by, passphrase
        See :func:`issue`.
    **changes
        Fields of :class:`Achievement` that differ, such as ``name``; not the student.

    Raises
    ------
    UsageError
        There is no such certificate, it was replaced already, or no reason was given.
    """
    with open_desk(state, passphrase=passphrase, by=by, now=now) as desk:
        old = known(desk.ledger, number)
        why = _reason(reason)
        if old.erased:
            raise UsageError(
                f"The data of the holder of {number} were taken out; it cannot be made again.",
                "Issue a new one where the person takes part again.",
            )
        if old.replaced_by:
            raise UsageError(
                f"Certificate {number} was replaced by {old.replaced_by} already.",
                f"Reissue that one: python3 -m grading certify reissue {old.replaced_by}.",
            )
        if set(changes) & {"student_id", "programme", "start"}:
            raise UsageError("A reissue cannot move a certificate to another person or run.",
                             "Revoke it and issue another.")  # fmt: skip
        stated = replace(old.achievement, **changes).checked()
        picture, caption = b"", str(old.issuer.get("caption", ""))
        if old.picture:
            picture = read_or_empty(desk.folder.pictures / old.picture)
        modules = [(m[0], m[1]) for m in old.issuer.get("modules", [])]
        if "modules" in changes:
            modules = None
        return _make(desk, stated, picture, caption, modules, replaces=old, reason=why)


def revoke(
    state: Any, number: str, *, reason: str, now: datetime | None = None, by: str = "",
    passphrase: str | None = None,
) -> Issued:  # fmt: skip
    """Revoke a certificate; the reason stands in the log. Asked twice, it is done once.

    Raises
    ------
    UsageError
        There is no such certificate, or no reason was given.
    """
    with open_desk(state, passphrase=passphrase, by=by, now=now) as desk:
        old = known(desk.ledger, number)
        why = _reason(reason)
        if not old.revoked:
            _ = desk.private  # a passphrase that is wrong is found before anything is done
            desk.write("revoke", {"number": number, "reason": why})
            sign_status(desk)
        return told(desk, known(desk.ledger, number), new=not old.revoked)


def renew_status(state: Any, *, now: datetime | None = None, passphrase: str | None = None) -> Path:
    """Sign the status list anew, good for another 30 days; return its file."""
    with open_desk(state, passphrase=passphrase, now=now) as desk:
        sign_status(desk, always=True)
        return desk.folder.status


def mend(state: Any, *, now: datetime | None = None, passphrase: str | None = None) -> None:
    """Finish what a killed run left; every other command does this first anyway."""
    with open_desk(state, passphrase=passphrase, now=now) as desk:
        sign_status(desk)


def issued(state: Any) -> list[Issued]:
    """Return all certificates of a host in the order of their numbers; none is empty.

    Reads the log only: no key, no lock.
    """
    folder = Folder.of(state)
    ledger = Ledger.of(Log(folder.log).events)
    return [shown(folder, c) for c in ledger.certificates.values()]


def known(ledger: Ledger, number: str) -> Certificate:
    """Return a certificate by its number.

    Raises
    ------
    UsageError
        There is none.
    """
    if number not in ledger.certificates:
        raise unknown_number(number)
    return ledger.certificates[number]


def unknown_number(number: str) -> UsageError:
    """Return the error of a number that was never given."""
    return UsageError(f"There is no certificate {number!r}.",
                      "See them with: python3 -m grading certify list.")  # fmt: skip


def _reason(reason: str) -> str:
    text = " ".join(str(reason).split())
    if not text or len(text) > 500 or not text.isprintable():
        raise UsageError("The reason is missing, or is not a plain text of up to 500 letters.",
                         'Say why: --reason "name misspelt".')  # fmt: skip
    return text


def _make(
    desk: Desk, stated: Achievement, picture: bytes, caption: str,
    modules: Sequence[tuple[str, str]] | None, replaces: Certificate | None = None,
    reason: str = "",
) -> Issued:  # fmt: skip
    """Make, log and move one certificate; its line of the log is what makes it exist."""
    ledger, settings, now = desk.ledger, desk.ledger.settings, desk.now
    assert ledger.key
    if not picture and stated.pack and not replaces:
        picture, caption = pictures.of_pack(stated.pack, stated.city)
    if modules is None:
        modules = pictures.titles(stated.modules)
    seq = ledger.next_seq
    number = f"{stated.local(now).year}-{seq:04d}"
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    index = _free_index(ledger)
    until = now + timedelta(days=settings.valid_days) if settings.valid_days else None
    url = f"{settings.check_address}/c/{code}.html" if settings.check_address else ""
    printed = {
        "name": settings.name, "url": settings.url, "signer": settings.signer,
        "signer_title": settings.signer_title, "check_url": url,
        "fingerprint": issuer.fingerprint(ledger.key.did), "caption": caption,
        "modules": [list(m) for m in modules],
    }  # fmt: skip
    sheet = drawing.Sheet(
        number=number, code=code, issued=now, issuer=printed,
        modules=tuple(title for _, title in modules), picture=picture, caption=caption,
        until=until,
    )  # fmt: skip
    page = pdf_page.digest(drawing.page(stated, sheet))
    awarded = None
    if replaces:
        first = openbadge.peek(replaces.token)
        awarded = moment(first.get("awardedDate"))
    claims = credential(
        stated, did=ledger.key.did, issuer=printed, code=code, number=number, index=index,
        status_list=settings.status_list, page=page, now=now, until=until, awarded=awarded,
        modules=modules,
    )  # fmt: skip
    token = openbadge.sign(claims, desk.private)
    files = papers(drawing.page(stated, sheet, token), stated, printed, token)
    if pdf_page.digest(files["pdf"]) != page:
        raise CourseError(
            "The page changes when the credential is attached, so it could not be checked later.",
            "Please report it with the versions of typst and pypdf.",
        )
    name = _keep_picture(desk.folder, picture)
    prepare_folder(desk.folder.pending / number, number, files)
    data = {
        "number": number, "seq": seq, "code": code, "index": index,
        "achievement": stated.to_dict(), "token": token, "did": ledger.key.did, "page": page,
        "files": {s: hashlib.sha256(files[s]).hexdigest() for s in ("pdf", "png")},
        "picture": name, "issuer": printed,
    }  # fmt: skip
    if replaces:
        desk.write("reissue", {**data, "replaces": replaces.number, "reason": reason})
    else:
        desk.write("issue", data)
    # from here on the certificate exists
    move(desk.folder, number)
    sign_status(desk)
    return told(desk, desk.ledger.certificates[number], new=True)


def _keep_picture(folder: Folder, picture: bytes) -> str:
    if not picture:
        return ""
    name = hashlib.sha256(picture).hexdigest()[:32]
    write_if_changed(folder.pictures / name, picture)
    return name


def _free_index(ledger: Ledger) -> int:
    """Return an unused place of the status list, drawn: a place tells nothing of the order."""
    used = {c.index for c in ledger.certificates.values()}
    if len(used) > openbadge.LIST_BITS // 2:
        raise CourseError("The status list is half full.",
                          "Use a new state for the next courses.")  # fmt: skip
    while (place := secrets.randbelow(openbadge.LIST_BITS)) in used:
        pass
    return place
