"""The issuer document: what a city keeps to check certificates later, without asking.

It holds the issuer's name and all its public keys with the time each was in use. A
certificate is checked against documents that were *pinned* (kept on purpose); a key that
comes with a certificate proves nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from course import paths
from course.errors import CourseError
from grading.certificates import openbadge
from grading.certificates.folder import Folder, write
from grading.certificates.ledger import Key, Ledger

FORMAT = "smart-city-course issuer 1"
LARGEST = 200_000
_REMEDY = "Ask the issuer for issuer.json again, by a way you trust."


@dataclass(frozen=True)
class Issuer:
    """A pinned issuer.

    Attributes
    ----------
    id, name, url : str
        A name that stays when keys change; what is printed; address or empty.
    status_list : str
        Name of the issuer's status list.
    keys : tuple of Key
        All keys, oldest first; private files are not known here.
    """

    id: str
    name: str
    url: str
    status_list: str
    keys: tuple[Key, ...]

    def key(self, did: str) -> Key | None:
        """Return the issuer's key of that name, or None."""
        return next((key for key in self.keys if key.did == did), None)

    @property
    def fingerprint(self) -> str:
        """Return letters to compare by telephone: of the newest key."""
        return fingerprint(self.keys[-1].did)


def fingerprint(did: str) -> str:
    """Return eight groups of four letters that stand for a key.

    >>> fingerprint("did:key:z6MkTest")
    '6019 64fd cc0c 1ebf 70e7 15c4 be04 3399'
    """
    letters = hashlib.sha256(did.encode()).hexdigest()[:32]
    return " ".join(letters[i : i + 4] for i in range(0, 32, 4))


def key_lines(found: Issuer) -> list[str]:
    """Return one line per key: every one of them can sign what will be believed."""
    return [
        f"{key.state:9} since {key.since:%Y-%m-%d}  {fingerprint(key.did)}" for key in found.keys
    ]


def document(ledger: Ledger) -> bytes:
    """Return the issuer document of a host, as a file."""
    settings = ledger.settings
    data = {
        "format": FORMAT,
        "id": settings.issuer_id,
        "name": settings.name,
        "url": settings.url,
        "status_list": settings.status_list,
        "check_address": settings.check_address,
        "keys": [
            {
                "key": key.did,
                "fingerprint": fingerprint(key.did),
                "since": key.since.isoformat(),
                "until": key.until.isoformat() if key.until else None,
                "state": key.state,
            }
            for key in ledger.keys
        ],
    }
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def read(path: Path) -> Issuer:
    """Read an issuer document.

    Raises
    ------
    CourseError
        The file is missing, too large, or no issuer document; nothing in it is guessed.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise CourseError(f"{path.name} is too large for an issuer document.", _REMEDY)
        raw = path.read_bytes()
    except OSError as error:
        raise CourseError(
            f"The issuer document {path} cannot be read: {error.strerror}.",
            "Name the file issuer.json that the issuer gave you.",
        ) from None
    return parse(raw, path.name)


def parse(raw: bytes, name: str = "issuer.json") -> Issuer:
    """Return the issuer of a document's bytes; see :func:`read`."""
    try:
        data = json.loads(raw.decode("utf-8-sig"))
        if data["format"] != FORMAT or openbadge.too_deep(data):
            raise ValueError
        keys = tuple(_key(entry) for entry in data["keys"])
        texts = [data[field] for field in ("id", "name", "url", "status_list")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise CourseError(f"{name} is not an issuer document of this course.", _REMEDY) from None
    plain = all(isinstance(t, str) and len(t) <= 400 and t.isprintable() for t in texts)
    if not plain or not texts[0] or not texts[1] or not texts[3]:
        raise CourseError(f"{name} lacks the issuer's name, id or status list.", _REMEDY)
    if not 1 <= len(keys) <= 100 or len({key.did for key in keys}) < len(keys):
        raise CourseError(f"{name} has no key, or a key twice.", _REMEDY)
    if sum(key.state == "active" for key in keys) > 1:
        raise CourseError(f"{name} has two keys in use at once.", _REMEDY)
    if any(key.until and key.until < key.since for key in keys):
        raise CourseError(f"{name} has a key that ends before it begins.", _REMEDY)
    return Issuer(*texts, keys=keys)


def _key(entry: dict[str, Any]) -> Key:
    did = entry["key"]
    openbadge.public_key(did)
    if entry["state"] not in ("active", "retired", "withdrawn"):
        raise ValueError
    since = datetime.fromisoformat(entry["since"])
    until = datetime.fromisoformat(entry["until"]) if entry["until"] else None
    if since.tzinfo is None or (until and until.tzinfo is None):
        raise ValueError
    if (entry["state"] == "active") != (until is None):
        raise ValueError
    return Key(did, "", since, until, withdrawn=entry["state"] == "withdrawn")


def pin_folder() -> Path:
    """Return the folder of the issuer documents that were pinned on this machine."""
    return paths.state_dir() / "issuers"


def pin(path: Path) -> Issuer:
    """Keep an issuer document, so that every later check trusts this issuer.

    Raises
    ------
    CourseError
        It is no issuer document, or another one under the same id is pinned whose keys it
        does not contain, or knows as ended: that is how a forger would come in.
    """
    found = read(path)
    folder = pin_folder()
    for file, old in _pinned(folder):
        if old.id != found.id:
            continue
        missing = [key for key in old.keys if found.key(key.did) is None]
        if missing:
            raise CourseError(
                f"An issuer {old.name!r} is pinned already, and {path.name} does not hold "
                "its known key.",
                f"Ask the issuer by a way you trust. If the new document is right, delete "
                f"{file} and pin again.",
            )
        if any(_revives(key, found.key(key.did)) for key in old.keys):
            raise CourseError(
                f"{path.name} is older than the document of {old.name!r} that is pinned: a key "
                "that has ended would count again.",
                _REMEDY,
            )
    folder.mkdir(parents=True, exist_ok=True)
    write(pin_file(found), path.read_bytes(), 0o644)
    return found


def unknown_keys(found: Issuer) -> list[Key]:
    """Return the keys of a document that are not pinned under its id yet."""
    pinned = [old for _, old in _pinned(pin_folder()) if old.id == found.id]
    return [key for key in found.keys if not any(old.key(key.did) for old in pinned)]


def pin_file(found: Issuer) -> Path:
    """Return where the document of an issuer is kept once it is pinned."""
    return pin_folder() / f"{hashlib.sha256(found.id.encode()).hexdigest()[:16]}.json"


def _revives(old: Key, new: Key | None) -> bool:
    if new is None:
        return False
    later = old.until is not None and (new.until is None or new.until > old.until)
    return later or (old.withdrawn and not new.withdrawn)


def keep_list(path: Path) -> None:
    """Keep a status list beside the pins; the newest that an issuer signed is looked into."""
    data = path.read_bytes()
    if len(data) > openbadge.LARGEST_TOKEN:
        raise CourseError(f"{path.name} is too large for a status list.",
                          "Name the file status.jwt of the issuer.")  # fmt: skip
    pin_folder().mkdir(parents=True, exist_ok=True)
    write(pin_folder() / f"{hashlib.sha256(data).hexdigest()[:16]}.jwt", data, 0o644)


def _pinned(folder: Path) -> list[tuple[Path, Issuer]]:
    return [(file, read(file)) for file in sorted(folder.glob("*.json"))]


def trusted(base: Path | None = None) -> list[Issuer]:
    """Return the pinned issuers, this host's own among them.

    Parameters
    ----------
    base : Path, optional
        A grading state, for the host's own document; default: that of the environment.
    """
    own = Folder((base or paths.state_dir() / "grading") / "certificates").issuer
    found = [read(own)] if own.is_file() else []
    return found + [issuer for _, issuer in _pinned(pin_folder())]
