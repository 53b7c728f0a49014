"""The desk: one run at a time, the log at hand, what a killed run left finished first."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from grading.account import account_name
from grading.certificates import issuer, keys, openbadge
from grading.certificates.claims import moment
from grading.certificates.folder import Folder, write, write_if_changed
from grading.certificates.keeping import no_key
from grading.certificates.ledger import Ledger
from grading.certificates.log import Log, clock
from grading.certificates.making import move, read_or_empty, restore, whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

STATUS_DAYS = 30  # a status list is good for so long
RENEW_DAYS = 23  # and is signed anew when less than this is left
CLOCK_SLACK = timedelta(minutes=5)


class Desk:
    """The log, what it amounts to, and the key: open while one run works.

    Use :func:`open_desk`. The private key is loaded when something is first signed.
    ``faults`` are sentences about old files that could not be made again.
    """

    def __init__(self, folder: Folder, passphrase: str | None, by: str, now: datetime) -> None:
        self.folder, self.by = folder, by or account_name()
        self._passphrase, self._private = passphrase, None
        self.log = Log(folder.log)
        self.log.cut_half_line()
        self.ledger = Ledger.of(self.log.events)
        self.faults: list[str] = []
        last = max((event.at for event in self.log.events), default=now)
        if now < last - CLOCK_SLACK:
            raise CourseError(
                f"It is {now:%Y-%m-%d %H:%M} UTC here, and the log's last line is of "
                f"{last:%Y-%m-%d %H:%M}: a certificate would begin before its key.",
                "Set the clock of this machine right and run the command again.",
            )
        self.now = max(now, last)

    @property
    def private(self) -> Ed25519PrivateKey:
        """Return the private key in use."""
        if self._private is None:
            if not self.ledger.key:
                raise no_key()
            key = self.ledger.key
            self._private = keys.load(self.folder.keys / key.file, key.did, self._passphrase)
        return self._private

    def write(self, what: str, data: dict[str, Any]) -> None:
        """Write a line of the log and take it in."""
        self.ledger.add(self.log.append(what, data, by=self.by, now=self.now))


@contextmanager
def open_desk(
    state: Any, *, passphrase: str | None = None, by: str = "", now: datetime | None = None
) -> Iterator[Desk]:
    """Keep other runs out, finish what a killed run left, and give the desk.

    Parameters
    ----------
    state : GradingState
        Whose certificates.
    passphrase : str, optional
        Of the key; None: from the environment, else asked when needed.
    by : str
        Who, for the log; the account's name when empty.
    now : datetime, optional
        When; the clock when absent.

    Raises
    ------
    UsageError
        The host has no key yet.
    CourseError
        The log is damaged or older than the files, or another run does not end.
    """
    folder = Folder.of(state)
    if not folder.log.exists():
        raise no_key()
    with folder.locked():
        desk = Desk(folder, passphrase, by, clock(now))
        if not desk.ledger.key:
            raise no_key()
        finish(desk)
        yield desk


def sign_status(desk: Desk, *, always: bool = False) -> None:
    """Sign the status list where it does not say what the log says, or grows old."""
    ledger, now = desk.ledger, desk.now
    assert ledger.key
    if not always and _status_fits(desk):
        return
    token = openbadge.status_list(
        ledger.revoked_indices, did=ledger.key.did, name=ledger.settings.status_list, now=now,
        until=now + timedelta(days=STATUS_DAYS), private=desk.private,
    )  # fmt: skip
    write(desk.folder.status, token.encode(), 0o644)


def _status_fits(desk: Desk) -> bool:
    ledger = desk.ledger
    assert ledger.key
    try:
        claims = openbadge.opened(read_or_empty(desk.folder.status).decode(), ledger.key.did)
        said = openbadge.set_bits(claims)
        begins, ends = (moment(claims.get(n)) for n in ("validFrom", "validUntil"))
    except Exception:  # a damaged list is made anew
        return False
    if begins is None or ends is None or begins > desk.now:
        return False
    return said == ledger.revoked_indices and ends - desk.now >= timedelta(days=RENEW_DAYS)


def finish(desk: Desk) -> None:
    """Finish or forget what a killed run left."""
    folder, ledger = desk.folder, desk.ledger
    for place in sorted(folder.issued.iterdir()):
        if place.name not in ledger.certificates:
            raise CourseError(
                f"There are files of certificate {place.name}, and the log does not know it: "
                "the log is older than the files.",
                "Put back the newest copy of the certificates folder; a number must not be "
                "given twice.",
            )
    for place in folder.pending.iterdir():
        certificate = ledger.certificates.get(place.name)
        wanted = certificate and not (folder.issued / place.name).exists()
        if wanted and whole(place, certificate):
            move(folder, place.name)
        else:
            shutil.rmtree(place, ignore_errors=True)
    for number, certificate in ledger.certificates.items():
        if certificate.erased:
            shutil.rmtree(folder.issued / number, ignore_errors=True)
        elif not (folder.issued / number).is_dir():
            try:
                restore(folder, certificate)
            except CourseError as error:
                desk.faults.append(str(error))  # others are served all the same
    for half in folder.base.glob(".*.part"):
        half.unlink(missing_ok=True)
    for half in folder.pictures.glob(".*.part"):
        half.unlink(missing_ok=True)
    write_if_changed(folder.issuer, issuer.document(ledger), 0o644)
