"""Private keys in a backup: sealed with a passphrase, or not in it at all.

scrypt makes a key from the passphrase, AES-256-GCM seals and proves; both are those of
the ``cryptography`` package. The head of the box is proven along with what is in it.
"""

from __future__ import annotations

import base64
import getpass
import json
import os
import secrets
import sys
from pathlib import Path

from course.errors import CourseError
from grading.safekeeping import manifest

PASSPHRASE = "COURSE_BACKUP_PASSPHRASE"
PASSPHRASE_FILE = "COURSE_BACKUP_PASSPHRASE_FILE"
SHORTEST = 12
LARGEST = 4_000_000  # bytes of a whole box; a course has a few keys of 400 bytes
_COST = {"n": 2**16, "r": 8, "p": 1}  # 64 MB and some tenths of a second for each guess
_MOST_COST = 2**20


def ask(*, twice: bool = False) -> str:
    """Return the passphrase from the environment, the file it names, or the terminal.

    Parameters
    ----------
    twice : bool
        For a new box: typed again, and long enough.

    Raises
    ------
    CourseError
        There is none, it is too short, or the two differ.
    """
    said = _given()
    if said is None:
        if not sys.stdin or not sys.stdin.isatty():
            raise CourseError(
                "The keys in a backup need a passphrase, and there is no terminal to ask.",
                f"Set {PASSPHRASE} or {PASSPHRASE_FILE}, or leave the keys out.",
            )
        said = getpass.getpass("Passphrase for the keys in the backup: ")
        if twice and getpass.getpass("Again: ") != said:
            raise CourseError("The two passphrases differ.", "Run the command again.")
    if twice and len(said) < SHORTEST:
        raise CourseError(
            f"The passphrase is shorter than {SHORTEST} letters.",
            "Take a longer one, such as four words, and keep it apart from the backup.",
        )
    return said


def _given() -> str | None:
    said = os.environ.get(PASSPHRASE)
    if said:
        return said
    named = os.environ.get(PASSPHRASE_FILE)
    if not named:
        return None
    try:
        return Path(named).read_text(encoding="utf-8").splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        raise CourseError(
            f"The passphrase file named by {PASSPHRASE_FILE} cannot be read.",
            "Name a text file that holds the passphrase in its first line.",
        ) from None


def seal(files: dict[str, bytes], passphrase: str) -> bytes:
    """Return some files as one sealed box.

    Parameters
    ----------
    files : dict
        Path in the backup -> bytes.
    passphrase : str
        What opens the box.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    head = json.dumps({"box": 1, "salt": salt.hex(), "nonce": nonce.hex(), **_COST}).encode()
    plain = json.dumps({p: base64.b64encode(d).decode() for p, d in files.items()}).encode()
    key = _key(passphrase, salt, _COST)
    return head + b"\n" + AESGCM(key).encrypt(nonce, plain, head)


def unseal(box: bytes, passphrase: str) -> dict[str, bytes]:
    """Return the files of a box.

    Raises
    ------
    CourseError
        The passphrase does not open it, or it was changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head, _, body = box.partition(b"\n")
    try:
        said = json.loads(head)
        cost = {name: int(said[name]) for name in ("n", "r", "p")}
        if cost["n"] * cost["r"] * cost["p"] > _MOST_COST * 8 or said["box"] != 1:
            raise ValueError
        key = _key(passphrase, bytes.fromhex(said["salt"]), cost)
        plain = AESGCM(key).decrypt(bytes.fromhex(said["nonce"]), body, head)
        files = {p: base64.b64decode(d) for p, d in json.loads(plain).items()}
        return {manifest.check_path(path): data for path, data in files.items()}
    except InvalidTag:
        raise CourseError(
            "The passphrase does not open the keys of this backup. Nothing was changed.",
            f"Type it at the prompt, or set {PASSPHRASE} or {PASSPHRASE_FILE}; --without-keys "
            "restores the rest.",
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise manifest.damaged("the box of its keys cannot be read") from None


def _key(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode("utf-8", "replace"))
