"""Private keys: made once, in a folder of their own, readable by their owner alone."""

from __future__ import annotations

import getpass
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import CourseError
from grading.certificates.folder import sync

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PASSPHRASE = "COURSE_CERTIFICATE_PASSPHRASE"
PASSPHRASE_FILE = "COURSE_CERTIFICATE_PASSPHRASE_FILE"
LARGEST = 10_000  # bytes; a key file has some 120 to 400


def make(folder: Path, passphrase: str = "") -> tuple[str, Ed25519PrivateKey]:
    """Make a key and write its private half.

    Parameters
    ----------
    folder : Path
        The key folder, mode 0700.
    passphrase : str
        Encrypts the file; empty: the file's mode is its only protection.

    Returns
    -------
    tuple of str and Ed25519PrivateKey
        The file's name and the key.
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    how = form.BestAvailableEncryption(passphrase.encode()) if passphrase else form.NoEncryption()
    data = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, how)
    name = f"{secrets.token_hex(8)}.pem"
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync(folder)
    return name, key


def load(path: Path, did: str, passphrase: str | None = None) -> Ed25519PrivateKey:
    """Return the private key of a file.

    Parameters
    ----------
    path : Path
        The file.
    did : str
        The public half it must belong to.
    passphrase : str, optional
        Where the file is encrypted; None: from the environment, else asked at the terminal.

    Raises
    ------
    CourseError
        The file is missing, damaged, of another key, readable by others, or the
        passphrase does not open it. Nothing of the key is in the sentence.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from grading.certificates.openbadge import did_of

    data = _bytes(path)
    encrypted = b"ENCRYPTED" in data[:60]
    if encrypted and passphrase is None:
        passphrase = ask()
    try:
        key = load_pem_private_key(data, passphrase.encode() if encrypted and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm, UnicodeEncodeError):
        if encrypted:
            raise CourseError(
                "The passphrase does not open the key of the certificates.",
                f"Type it at the prompt, or set {PASSPHRASE} or {PASSPHRASE_FILE}.",
            ) from None
        raise _damaged(path) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged(path)
    if did_of(key.public_key()) != did:
        raise CourseError(
            f"The key file {path.name} is not that of the issuer's key in use.",
            "Put back the key folder from your backup, or make a new key: "
            "python3 -m grading certify key rotate.",
        )
    return key


def _damaged(path: Path) -> CourseError:
    return CourseError(
        f"The key file {path.name} cannot be read.",
        "Put it back from your backup, or make a new key: python3 -m grading certify key rotate.",
    )


def _bytes(path: Path) -> bytes:
    try:
        about = path.stat()
        if os.name == "posix" and about.st_mode & 0o077:
            raise CourseError(
                f"The key file {path.name} can be read by other accounts of this machine.",
                f"If nobody else has read it: chmod 600 {path}. Otherwise replace the key: "
                "python3 -m grading certify key rotate --withdraw.",
            )
        if about.st_size > LARGEST:
            raise _damaged(path)
        return path.read_bytes()
    except FileNotFoundError:
        raise CourseError(
            f"The key file {path.name} is missing.",
            "Put it back from your backup, or make a new key: "
            "python3 -m grading certify key rotate.",
        ) from None
    except OSError as error:
        raise CourseError(
            f"The key file {path.name} cannot be opened: {error.strerror}.",
            "Run the command as the account that made the key.",
        ) from None


def from_environment() -> str | None:
    """Return the passphrase of the environment or of the file it names, None without one.

    Raises
    ------
    CourseError
        The named file cannot be read.
    """
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    named = os.environ.get(PASSPHRASE_FILE)
    if not named:
        return None
    try:
        return Path(named).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise CourseError(
            f"The passphrase file named by {PASSPHRASE_FILE} cannot be read.",
            "Name a text file that holds the passphrase in its first line.",
        ) from None


def ask(*, twice: bool = False) -> str:
    """Return the passphrase from the environment or the terminal.

    Parameters
    ----------
    twice : bool
        For a new one: typed again to catch a slip.

    Raises
    ------
    CourseError
        There is no terminal, or the two differ.
    """
    given = from_environment()
    if given is not None:
        return given
    if not sys.stdin or not sys.stdin.isatty():
        raise CourseError(
            "The key of the certificates needs its passphrase, and there is no terminal to ask.",
            f"Set {PASSPHRASE} or {PASSPHRASE_FILE}.",
        )
    first = getpass.getpass("Passphrase of the certificate key: ")
    if twice and getpass.getpass("Again: ") != first:
        raise CourseError("The two passphrases differ.", "Run the command again.")
    return first
