"""What the log amounts to: settings, keys and certificates as they stand now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from course.errors import CourseError
from grading.certificates.achievement import Achievement
from grading.certificates.log import Event


@dataclass(frozen=True)
class Settings:
    """What the host said about itself.

    Attributes
    ----------
    name, url : str
        The issuer; the address may be empty.
    check_address : str
        Where ``certify page`` is published; empty: the certificate shows a code only.
    signer, signer_title : str
        Printed under the line for the signature; may be empty.
    issuer_id : str
        A name that stays when keys change.
    status_list : str
        The name of the status list, part of every credential.
    valid_days : int
        Certificates end after so many days; 0: they do not end.
    """

    name: str = ""
    url: str = ""
    check_address: str = ""
    signer: str = ""
    signer_title: str = ""
    issuer_id: str = ""
    status_list: str = ""
    valid_days: int = 0


@dataclass(frozen=True)
class Key:
    """A public key and the time in which it was in use.

    Attributes
    ----------
    did : str
        ``did:key:…``: the key itself, as text.
    file : str
        Name of the private half in the key folder.
    since, until : datetime, datetime or None
        In use; None: still.
    withdrawn : bool
        It may be in wrong hands: nothing it signed counts.
    """

    did: str
    file: str
    since: datetime
    until: datetime | None = None
    withdrawn: bool = False

    @property
    def state(self) -> str:
        """Return ``active``, ``retired`` or ``withdrawn``."""
        return "withdrawn" if self.withdrawn else "retired" if self.until else "active"


@dataclass(frozen=True)
class Certificate:
    """One certificate as the log knows it.

    Attributes
    ----------
    number, seq, code, index : str, int, str, int
        Issue number, its place in the row, check code, place in the status list.
    achievement : Achievement
        What it states.
    token : str
        The signed credential.
    did : str
        The key that signed.
    page : str
        Digest of the page.
    files : dict
        SHA-256 by suffix (pdf, png).
    picture : str
        Name of the map in the pictures folder, or empty.
    issuer : dict
        Issuer, signer and check address as printed on this page.
    at, by : datetime, str
        When and by whom.
    replaces, replaced_by : str
        Numbers of the certificate before and after, or empty.
    revoked : datetime or None
        When it was revoked, with reason and account.
    reason, revoked_by : str
        Why and by whom.
    """

    number: str
    seq: int
    code: str
    index: int
    achievement: Achievement
    token: str
    did: str
    page: str
    files: dict[str, str]
    picture: str
    issuer: dict[str, Any]
    at: datetime
    by: str
    replaces: str = ""
    replaced_by: str = ""
    revoked: datetime | None = None
    reason: str = ""
    revoked_by: str = ""

    @property
    def erased(self) -> bool:
        """Say whether its holder's data were taken out: number and hashes are left."""
        return not self.token

    @property
    def status(self) -> str:
        """Return ``issued``, ``revoked`` or ``replaced``."""
        return "issued" if not self.revoked else "replaced" if self.replaced_by else "revoked"


@dataclass
class Ledger:
    """Settings, keys and certificates after all lines of the log."""

    settings: Settings = field(default_factory=Settings)
    keys: list[Key] = field(default_factory=list)
    certificates: dict[str, Certificate] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Ledger:
        """Return what some lines of a log amount to; no line: an empty ledger."""
        ledger = cls()
        for event in events:
            try:
                ledger.add(event)
            except (KeyError, TypeError, ValueError, AttributeError):
                raise CourseError(
                    f"Line {event.n} of the certificate log lacks something that belongs to it; "
                    "nothing is issued or revoked on top of it.",
                    "Put back the copy of the certificates folder from your last backup.",
                ) from None
        return ledger

    def add(self, event: Event) -> None:
        """Take in one more line."""
        data = event.data
        if event.what == "settings":
            self.settings = replace(self.settings, **data)
        elif event.what == "key":
            self._key(event)
        elif event.what == "revoke":
            self._revoke(data["number"], event)
        elif event.what == "forget":
            pass  # says what was taken out of the lines before it
        else:
            new = self._certificate(event)
            if event.what == "reissue":
                self._revoke(data["replaces"], event, replaced_by=new.number)
            self.certificates[new.number] = new

    def _key(self, event: Event) -> None:
        data = event.data
        self.keys = [
            replace(
                key,
                until=key.until or event.at,
                withdrawn=key.withdrawn or (not key.until and bool(data.get("withdraw"))),
            )
            for key in self.keys
        ]
        self.keys.append(Key(did=data["did"], file=data["file"], since=event.at))

    def _certificate(self, event: Event) -> Certificate:
        data = event.data
        plain = {
            name: data[name]
            for name in ("number", "seq", "code", "index", "token", "did", "page", "files",
                         "picture", "issuer")
        }  # fmt: skip
        return Certificate(
            **plain,
            achievement=Achievement.from_dict(data["achievement"]),
            at=event.at,
            by=event.by,
            replaces=data.get("replaces", ""),
        )

    def _revoke(self, number: str, event: Event, replaced_by: str = "") -> None:
        self.certificates[number] = replace(
            self.certificates[number],
            revoked=event.at,
            reason=event.data.get("reason", ""),
            revoked_by=event.by,
            replaced_by=replaced_by,
        )

    @property
    def key(self) -> Key | None:
        """Return the key in use, None before the first."""
        return self.keys[-1] if self.keys else None

    @property
    def next_seq(self) -> int:
        """Return the next place in the row of issue numbers."""
        return len(self.certificates) + 1

    @property
    def revoked_indices(self) -> frozenset[int]:
        """Return the places of the status list that are to be set."""
        return frozenset(c.index for c in self.certificates.values() if c.revoked)

    def of_owner(self, stated: Achievement) -> list[Certificate]:
        """Return the certificates of one person and programme run, oldest first."""
        return [c for c in self.certificates.values() if c.achievement.same_run(stated)]
