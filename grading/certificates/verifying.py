"""Is this certificate genuine, and does it still hold: an answer with its proof, offline.

What is believed: issuer documents that were pinned, and what their keys signed. What is
not believed: keys, addresses and names inside the file, and the page, until its digest is
the signed one. Where a proof is missing the answer says which, and is never "valid".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from course import paths
from course.errors import CourseError
from grading.certificates import issuer as issuers
from grading.certificates import openbadge, pdf_page, reading
from grading.certificates.claims import facts, moment
from grading.certificates.folder import Folder
from grading.certificates.issuer import Issuer
from grading.certificates.ledger import Key
from grading.certificates.verdict import ANSWERS, VALID, Verdict

SKEW = timedelta(minutes=5)  # two clocks may differ by so much


def verify(
    file: Path | str, *, trust: Iterable[Issuer | Path] | None = None,
    status: Iterable[Path] | None = None, now: datetime | None = None,
    base: Path | None = None,
) -> Verdict:  # fmt: skip
    """Check one file.

    Parameters
    ----------
    file : Path
        PDF, PNG, token or JSON.
    trust : iterable of Issuer or Path, optional
        The issuers to believe, and no others; default: the pinned ones and this host's own.
    status : iterable of Path, optional
        Status lists to look into; default: this host's own and those kept beside the pins.
        The newest that the issuer signed is used.
    now : datetime, optional
        The time to judge by.
    base : Path, optional
        Grading state whose own issuer and status list count as pinned.

    Returns
    -------
    Verdict
        The answer; nothing wrong with ``file`` raises.

    Raises
    ------
    CourseError
        A given issuer document cannot be read.
    """
    found = reading.find(Path(file))
    if found.problem:
        return Verdict(found.problem, _SENTENCES[found.problem].format(why=found.why))
    if trust is None:
        known = issuers.trusted(base)
    else:
        known = [t if isinstance(t, Issuer) else issuers.read(Path(t)) for t in trust]
    lists = [_read(path) for path in (known_lists(base) if status is None else status)]
    return judge(found, known, [text for text in lists if text], now or datetime.now(UTC))


def known_lists(base: Path | None = None) -> list[Path]:
    """Return the status lists of this machine: the host's own and those beside the pins."""
    own = Folder((base or paths.state_dir() / "grading") / "certificates").status
    return [own, *sorted(issuers.pin_folder().glob("*.jwt"))]


def _read(path: Path) -> str:
    try:
        if Path(path).stat().st_size > openbadge.LARGEST_TOKEN:
            return ""
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError, ValueError):
        return ""


def judge(
    found: reading.Found, known: Sequence[Issuer], lists: Sequence[str], now: datetime
) -> Verdict:
    """Return the answer about a token that was found in a file."""
    claimed = openbadge.peek(found.token).get("iss")
    holder = next((i for i in known if isinstance(claimed, str) and i.key(claimed)), None)
    if holder is None:
        return Verdict("unknown_issuer", _unknown(claimed, known))
    key = holder.key(str(claimed))
    assert key
    try:
        claims = openbadge.opened(found.token, key.did)
    except (openbadge.BadSignature, openbadge.NotAToken):
        return Verdict(
            "tampered", _SENTENCES["tampered"].format(issuer=holder.name), issuer=holder.name
        )
    if not openbadge.is_certificate(claims):
        what = "a status list" if openbadge.is_status_list(claims) else "something else"
        return Verdict("not_a_credential",
                       _SENTENCES["not_a_credential"].format(why=f"it is {what} of this issuer"),
                       issuer=holder.name)  # fmt: skip
    told = _told(claims, holder, key)
    status = _status(claims, holder, lists, now)
    problems = set(status.problems)
    if key.withdrawn:
        problems.add("key_withdrawn")
    begins, ends = (moment(claims.get(name)) for name in ("validFrom", "validUntil"))
    if begins is None or (claims.get("validUntil") is not None and ends is None):
        return Verdict("not_a_credential", _SENTENCES["not_a_credential"].format(
            why="its dates cannot be read"), issuer=holder.name)  # fmt: skip
    if begins < key.since - SKEW or (key.until and begins > key.until + SKEW):
        problems.add("key_period")
    if begins > now + SKEW:
        problems.add("not_yet_valid")
    if ends and ends < now - SKEW:
        problems.add("expired")
    notes = list(status.notes)
    if found.kind == "pdf":
        why = _page(found.data, str(told.details["page"]))
        if why:
            problems.add("page_altered")
            notes.append(f"The page could not be matched with the signed text: {why}.")
    elif found.kind == "png":
        notes.append("The picture itself proves nothing; what counts is the signed text in it.")
    if told.details.get("simulated"):
        notes.append("Simulated: this person does not exist.")
    order = [answer for answer in ANSWERS if answer in problems] or [VALID]
    verdict = replace(
        told, answer=order[0], also=tuple(order[1:]), notes=tuple(notes),
        status_as_of=status.signed,
        status_age_days=max((now - status.signed).days, 0) if status.signed else None,
    )  # fmt: skip
    return replace(verdict, sentence=_sentence(verdict, now))


def _told(claims: dict[str, Any], holder: Issuer, key: Key) -> Verdict:
    said = facts(claims)
    return Verdict(
        answer="", sentence="", who=said["name"], city=said.get("City", ""),
        what=said["title"], number=said["number"],
        issued=moment(claims.get("validFrom")),
        expires=moment(claims.get("validUntil")),
        issuer=holder.name, key=key.did, details=said,
    )  # fmt: skip


def _page(data: bytes, signed: str) -> str:
    """Return why a page is not the signed one, empty where it is."""
    try:
        seen = pdf_page.digest(data)
    except pdf_page.Unreadable as error:
        return str(error)
    return "" if signed and seen == signed else "it shows something else"


@dataclass(frozen=True)
class _Status:
    problems: tuple[str, ...]
    signed: datetime | None = None
    notes: tuple[str, ...] = ()


def _status(claims: dict[str, Any], holder: Issuer, lists: Sequence[str], now: datetime) -> _Status:
    """Look a certificate up in the newest list of its issuer."""
    entry = claims.get("credentialStatus")
    place = _place(entry, holder)
    if place is None:
        return _Status(("status_invalid",), notes=("It names no place in the issuer's list.",))
    fitting = [_opened(text, holder, now) for text in lists]
    newest = max((f for f in fitting if f), key=lambda f: f[0], default=None)
    if newest is None:
        foreign = bool(lists)
        note = ("A status list was there, and it is not one that this issuer signed.",)
        return _Status(("status_unknown",), notes=note if foreign else ())
    signed, ends, said = newest
    try:
        revoked = openbadge.bit(said, place)
    except ValueError:
        return _Status(("status_invalid",), signed, ("Its place is not in the status list.",))
    problems = ["revoked"] if revoked else []
    if ends < now - SKEW:
        problems.append("status_stale")
    return _Status(tuple(problems), signed)


def _place(entry: Any, holder: Issuer) -> int | None:
    """Return the place in the list, None where the entry is not one of this issuer's list."""
    if not isinstance(entry, dict) or entry.get("type") != "BitstringStatusListEntry":
        return None
    if entry.get("statusPurpose") != "revocation" or entry.get("statusSize", 1) != 1:
        return None
    text = entry.get("statusListIndex")
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return int(text) if entry.get("statusListCredential") == holder.status_list else None


def _opened(
    text: str, holder: Issuer, now: datetime
) -> tuple[datetime, datetime, dict[str, Any]] | None:
    """Return begin, end and claims of a list that a key of this issuer signed while in use."""
    try:
        key = holder.key(str(openbadge.peek(text).get("iss")))
        if key is None or key.withdrawn:
            return None
        claims = openbadge.opened(text, key.did)
    except (openbadge.NotAToken, openbadge.BadSignature):
        return None
    begins, ends = (moment(claims.get(name)) for name in ("validFrom", "validUntil"))
    if not openbadge.is_status_list(claims) or claims.get("id") != holder.status_list:
        return None
    subject = claims.get("credentialSubject")
    if not isinstance(subject, dict) or subject.get("statusPurpose") != "revocation":
        return None
    if begins is None or ends is None or begins > now + SKEW or begins < key.since - SKEW:
        return None
    if key.until and begins > key.until + SKEW:
        return None
    return begins, ends, claims


def _unknown(claimed: Any, known: Sequence[Issuer]) -> str:
    named = f" ({claimed})" if isinstance(claimed, str) and claimed.isprintable() else ""
    hint = (
        "Pinned here: " + ", ".join(i.name for i in known) + "."
        if known
        else "No issuer is pinned here."
    )
    return (
        f"Not proved: the key that signed it{named[:80]} is not one of a pinned issuer. Anyone "
        f"can sign a certificate in any name with a key of their own. {hint} "
        "If you have the issuer's document by a way you trust: --issuer issuer.json."
    )


_SENTENCES = {
    "unreadable": "Not proved: the file cannot be read, because {why}. Ask for the file again.",
    "not_a_credential": "Not proved: {why}. Ask for the original PDF, PNG or token file.",
    "unsigned": "Not proved: {why}, and nobody signed it. Ask for the original file.",
    "tampered": "Not genuine: it says that {issuer} issued it, and the issuer's key did not "
    "sign this text. It was changed, or made by somebody else.",
}


def _sentence(verdict: Verdict, now: datetime) -> str:
    who = f"{verdict.who} ({verdict.city})" if verdict.city else verdict.who
    told = f"{verdict.what}, for {who}, number {verdict.number}, issued by {verdict.issuer}"
    told += f" on {verdict.issued:%Y-%m-%d %H:%M} UTC" if verdict.issued else ""
    age = verdict.status_age_days
    days = "today" if age == 0 else "1 day ago" if age == 1 else f"{age} days ago"
    words = {
        VALID: f"Valid: {told}. Not revoked by the list that the issuer signed {days}.",
        "key_withdrawn": f"Not valid: {told}. The issuer has withdrawn the key that signed it; "
        "ask the holder for the certificate that replaces it.",
        "key_period": f"Not valid: {told}. It was signed outside the time in which its key was "
        "in use.",
        "revoked": f"Revoked: {told}. The issuer has taken it back; ask the issuer or the holder "
        "whether another replaces it.",
        "page_altered": f"The page was altered. Only this is signed: {told}.",
        "not_yet_valid": f"Not yet valid: {told}. It begins in the future.",
        "expired": f"Expired: {told}. It was valid until "
        f"{verdict.expires:%Y-%m-%d %H:%M} UTC." if verdict.expires else "",
        "status_invalid": f"Not proved: {told}. The signature is right; its place in the status "
        "list is not, so a revocation cannot be ruled out.",
        "status_unknown": f"Status unknown: {told}. The signature is right; without the issuer's "
        "status list a revocation cannot be ruled out. Give the list: --status status.jwt.",
        "status_stale": f"Status too old: {told}. The signature is right; the status list was "
        f"signed {days} and is no longer good. Ask the issuer for a new one: --status status.jwt.",
    }  # fmt: skip
    return words[verdict.answer]


def lines(file: Path, verdict: Verdict) -> list[str]:
    """Return a verdict as lines for a person; facts stand there only where they are signed."""
    told = [f"{file.name}: {verdict.sentence}"]
    if verdict.number:
        said = verdict.details
        dates = " to ".join(dict.fromkeys(d for d in (said["start"], said["end"]) if d))
        rows = {
            "name": verdict.who, "city": verdict.city, "programme": said["programme"],
            "dates": dates, "hours": f"{said.get('Hours on site', '')} on site, "
            f"{said.get('Hours online', '')} online",
            "modules": "; ".join(said["modules"]), "plan": said.get("Action plan", ""),
            "issuer": f"{verdict.issuer} (key {issuers.fingerprint(verdict.key)})",
            "status list": f"signed {verdict.status_as_of:%Y-%m-%d %H:%M} UTC, "
            f"{verdict.status_age_days} days old" if verdict.status_as_of else "none",
        }  # fmt: skip
        told += [f"  {label}: {value}" for label, value in rows.items() if value]
    told += [f"  also: {ANSWERS[answer]}" for answer in verdict.also]
    return told + [f"  note: {note}" for note in verdict.notes]


def read_issuers(files: Sequence[Path]) -> list[Issuer]:
    """Return the issuers of some documents; see :func:`grading.certificates.issuer.read`."""
    if not files:
        raise CourseError("No issuer document was given.", "Name one: --issuer issuer.json.")
    return [issuers.read(path) for path in files]
