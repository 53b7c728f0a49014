"""What the check of a certificate can answer, each in its own words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

# The answers, worst first: where several hold, the first is the answer, the others stand
# in ``also``. Only VALID means that every proof was there.
VALID = "valid"
ANSWERS = {
    "unreadable": "the file cannot be read",
    "not_a_credential": "the file holds no certificate of this kind",
    "unsigned": "there is a text about a certificate, and no signature",
    "unknown_issuer": "the issuer is not one that is pinned here",
    "tampered": "the signature does not belong to this text",
    "key_withdrawn": "the key that signed it was withdrawn",
    "key_period": "it was signed outside the time in which its key was in use",
    "revoked": "the issuer has revoked it",
    "page_altered": "the page was changed; only the signed text counts",
    "not_yet_valid": "it begins in the future",
    "expired": "its time is over",
    "status_invalid": "the status list does not prove anything for it",
    "status_unknown": "there is no status list, so revocation cannot be ruled out",
    "status_stale": "the status list is too old",
    VALID: "every proof holds",
}


@dataclass(frozen=True)
class Verdict:
    """The answer about one file.

    Attributes
    ----------
    answer : str
        A key of ``ANSWERS``.
    sentence : str
        The answer for a person, with what to do.
    who, city, what, number : str
        What the *signed* text says (empty where there is no intact signature).
    issued, expires : datetime or None
        Of the signed text.
    issuer, key : str
        The pinned issuer's name and the key that signed; empty when unknown.
    status_as_of : datetime or None
        When the status list was signed.
    status_age_days : int or None
        Its age.
    also : tuple of str
        Other answers that hold as well.
    notes : tuple of str
        What else a reader should know.
    details : dict
        The signed facts: programme, dates, hours, modules, plan, versions.
    """

    answer: str
    sentence: str
    who: str = ""
    city: str = ""
    what: str = ""
    number: str = ""
    issued: datetime | None = None
    expires: datetime | None = None
    issuer: str = ""
    key: str = ""
    status_as_of: datetime | None = None
    status_age_days: int | None = None
    also: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Say whether every proof was there."""
        return self.answer == VALID

    @property
    def exit_code(self) -> int:
        """Return 0 for a valid certificate, 1 for every other answer."""
        return 0 if self.valid else 1

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON can hold it."""
        data = asdict(self)
        for name in ("issued", "expires", "status_as_of"):
            value = getattr(self, name)
            data[name] = value.isoformat() if value else None
        data["also"], data["notes"] = list(self.also), list(self.notes)
        data["valid"] = self.valid
        return data
