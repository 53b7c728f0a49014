"""One certificate that was issued, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grading.certificates.achievement import Achievement
from grading.certificates.folder import Folder
from grading.certificates.ledger import Certificate

if TYPE_CHECKING:
    from grading.certificates.desk import Desk


@dataclass(frozen=True)
class Issued:
    """One certificate and its files.

    Attributes
    ----------
    number, code : str
        Issue number and check code.
    achievement : Achievement
        What it states.
    status : str
        ``issued``, ``revoked`` or ``replaced``.
    folder, pdf, png, jwt, json : Path
        The folder and the files in it.
    new : bool
        Whether this call made it.
    differs : tuple of str
        Fields in which what was asked for differs from what was issued before.
    certificate : Certificate
        All that the log knows of it.
    """

    number: str
    code: str
    achievement: Achievement
    status: str
    folder: Path
    new: bool
    differs: tuple[str, ...]
    certificate: Certificate

    def _file(self, suffix: str) -> Path:
        return self.folder / f"certificate-{self.number}.{suffix}"

    @property
    def pdf(self) -> Path:
        """Return the page, with the token attached."""
        return self._file("pdf")

    @property
    def png(self) -> Path:
        """Return the badge, with the token baked in."""
        return self._file("png")

    @property
    def jwt(self) -> Path:
        """Return the token."""
        return self._file("jwt")

    @property
    def json(self) -> Path:
        """Return the token in its JSON envelope."""
        return self._file("json")


def told(
    desk: Desk, certificate: Certificate, *, new: bool, differs: tuple[str, ...] = ()
) -> Issued:
    """Return a certificate as this call leaves it."""
    return replace(shown(desk.folder, certificate), new=new, differs=differs)


def shown(folder: Folder, certificate: Certificate) -> Issued:
    """Return a certificate of the log together with where its files lie."""
    return Issued(
        number=certificate.number, code=certificate.code, achievement=certificate.achievement,
        status=certificate.status, folder=folder.issued / certificate.number, new=False,
        differs=(), certificate=certificate,
    )  # fmt: skip
