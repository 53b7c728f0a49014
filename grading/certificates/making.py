"""The files of a certificate: made before its line of the log, or made again from it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.certificates import drawing, openbadge, pdf_page, reading
from grading.certificates.achievement import Achievement
from grading.certificates.claims import moment
from grading.certificates.folder import Folder, sync
from grading.certificates.ledger import Certificate


def prepare_folder(folder: Path, number: str, files: dict[str, bytes]) -> None:
    """Write the files of a certificate, to the disk, into a fresh folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for suffix, data in files.items():
        path = folder / f"certificate-{number}.{suffix}"
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    sync(folder)
    sync(folder.parent)


def read_or_empty(path: Path) -> bytes:
    """Return the bytes of a file, none where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def move(folder: Folder, number: str) -> None:
    """Give a finished folder its place among the issued ones."""
    os.replace(folder.pending / number, folder.issued / number)
    sync(folder.issued)


def papers(
    pdf: bytes, stated: Achievement, printed: Mapping[str, Any], token: str
) -> dict[str, bytes]:
    """Return the four files of a certificate by suffix."""
    return {
        "pdf": pdf,
        "png": openbadge.bake(drawing.badge(stated, printed), token),
        "jwt": token.encode(),
        "json": reading.envelope(token),
    }


def whole(place: Path, certificate: Certificate) -> bool:
    """Say whether a folder holds the files of a certificate as the log knows them."""
    name = f"certificate-{certificate.number}"
    return all(
        hashlib.sha256(read_or_empty(place / f"{name}.{suffix}")).hexdigest() == digest
        for suffix, digest in certificate.files.items()
    )


def restore(folder: Folder, certificate: Certificate) -> None:
    """Make the files of a certificate again from its line in the log.

    Raises
    ------
    CourseError
        The page comes out differently (another version of the typesetter): its token would
        not fit it.
    """
    printed, token = certificate.issuer, certificate.token
    picture = read_or_empty(folder.pictures / certificate.picture) if certificate.picture else b""
    claims = openbadge.peek(token)
    sheet = drawing.Sheet(
        number=certificate.number, code=certificate.code, issued=certificate.at, issuer=printed,
        modules=tuple(m[1] for m in printed.get("modules", [])), picture=picture,
        caption=str(printed.get("caption", "")), until=moment(claims.get("validUntil")),
    )  # fmt: skip
    pdf = drawing.page(certificate.achievement, sheet, token)
    if pdf_page.digest(pdf) != certificate.page:
        raise CourseError(
            f"The files of certificate {certificate.number} are gone, and its page cannot be "
            "made again as it was.",
            f"Put back {folder.issued.name}/{certificate.number} from your backup.",
        )
    files = papers(pdf, certificate.achievement, printed, token)
    prepare_folder(folder.pending / certificate.number, certificate.number, files)
    move(folder, certificate.number)
