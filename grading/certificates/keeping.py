"""Keys and settings of the issuer: new, rotated, changed; each a line of the log."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from course.errors import CourseError, UsageError
from grading.certificates import issuer, keys, openbadge
from grading.certificates.folder import Folder, write_if_changed
from grading.certificates.ledger import Key, Ledger, Settings
from grading.certificates.log import Log, clock

LONGEST = 120
CHANGEABLE = ("name", "url", "check_address", "signer", "signer_title", "valid_days")


def new_key(
    state: Any, *, passphrase: str = "", by: str = "", now: datetime | None = None, **settings: Any
) -> Key:
    """Make the first key of an issuer.

    Parameters
    ----------
    state : GradingState
        Whose.
    passphrase : str
        Encrypts the private half; empty: no passphrase.
    by : str
        Who, for the log.
    now : datetime, optional
        When.
    **settings
        ``name`` (needed), ``url``, ``check_address``, ``signer``, ``signer_title``,
        ``valid_days``.

    Raises
    ------
    UsageError
        There is a key already, or a setting is wrong.
    """
    folder, now = Folder.of(state), clock(now)
    with folder.locked():
        log = Log(folder.log)
        log.cut_half_line()
        ledger = Ledger.of(log.events)
        if ledger.key:
            raise UsageError(
                "This host has a key already; certificates signed by it would lose their issuer.",
                "To replace it: python3 -m grading certify key rotate.",
            )
        _forget_unused(folder, ledger)
        if settings or not ledger.settings.name:
            _settings(log, ledger, settings, by, now)
        if not ledger.settings.name:
            raise UsageError(
                "The issuer has no name yet.",
                'Give it: python3 -m grading certify key new --name "Name of the issuer".',
            )
        return _add_key(folder, log, ledger, passphrase, by, now, withdraw=False, reason="")


def rotate_key(
    state: Any, *, passphrase: str = "", withdraw: bool = False, reason: str = "", by: str = "",
    now: datetime | None = None,
) -> Key:  # fmt: skip
    """Put a new key in the place of the one in use.

    Parameters
    ----------
    state : GradingState
        Whose.
    passphrase : str
        Of the new key.
    withdraw : bool
        The old key may be in wrong hands: what it signed counts no more and must be
        reissued. Otherwise its certificates stay valid.
    reason : str
        For the log.
    by : str
        Who.
    now : datetime, optional
        When.

    Returns
    -------
    Key
        The new one; the status list is signed with it at once.
    """
    folder, now = Folder.of(state), clock(now)
    with folder.locked():
        log = Log(folder.log)
        log.cut_half_line()
        ledger = Ledger.of(log.events)
        if not ledger.key:
            raise no_key()
        _forget_unused(folder, ledger)
        made = _add_key(folder, log, ledger, passphrase, by, now, withdraw, reason)
    from grading.certificates.issuing import mend

    mend(state, now=now, passphrase=passphrase)  # the list must be signed by the new key
    return made


def change_settings(
    state: Any, *, by: str = "", now: datetime | None = None, **settings: Any
) -> Settings:
    """Change what is printed about the issuer; certificates given before stay as they are.

    Parameters
    ----------
    state : GradingState
        Whose.
    by : str
        Who, for the log.
    now : datetime, optional
        When.
    **settings
        See :func:`new_key`.
    """
    folder, now = Folder.of(state), clock(now)
    with folder.locked():
        log = Log(folder.log)
        log.cut_half_line()
        ledger = Ledger.of(log.events)
        _settings(log, ledger, settings, by, now)
        if ledger.key:
            write_if_changed(folder.issuer, issuer.document(ledger), 0o644)
        return ledger.settings


def no_key() -> UsageError:
    """Return the error of a host that has no key."""
    return UsageError(
        "This host has no key to sign certificates with.",
        'Make it once: python3 -m grading certify key new --name "Name of the issuer".',
    )


def _add_key(
    folder: Folder, log: Log, ledger: Ledger, passphrase: str, by: str, now: datetime,
    withdraw: bool, reason: str,
) -> Key:  # fmt: skip
    # the private half is on the disk before the log knows of it; without its line in the
    # log it is not a key, and the next run removes it
    name, private = keys.make(folder.keys, passphrase)
    data = {
        "did": openbadge.did_of(private.public_key()), "file": name, "withdraw": withdraw,
        "reason": reason,
    }  # fmt: skip
    ledger.add(log.append("key", data, by=by, now=now))
    write_if_changed(folder.issuer, issuer.document(ledger), 0o644)
    assert ledger.key
    return ledger.key


def _forget_unused(folder: Folder, ledger: Ledger) -> None:
    """Remove key files that a killed run left before they ever signed anything."""
    known = {key.file for key in ledger.keys}
    for file in folder.keys.glob("*.pem"):
        if file.name not in known:
            file.unlink()


def _settings(log: Log, ledger: Ledger, given: dict[str, Any], by: str, now: datetime) -> None:
    strange = set(given) - set(CHANGEABLE)
    if strange:
        raise UsageError(f"There is no setting {sorted(strange)[0]!r}.",
                         f"Use: {', '.join(CHANGEABLE)}.")  # fmt: skip
    made = {name: _checked(name, value) for name, value in given.items() if value is not None}
    old = ledger.settings
    if not old.issuer_id:
        made["issuer_id"] = f"urn:uuid:{uuid.uuid4()}"
        made["status_list"] = f"urn:uuid:{uuid.uuid4()}"
    if "name" in made and not made["name"]:
        raise UsageError("The issuer's name is empty.", 'Give it: --name "Name of the issuer".')
    changed = {name: value for name, value in made.items() if asdict(old)[name] != value}
    if changed:
        ledger.add(log.append("settings", changed, by=by, now=now))


def _checked(name: str, value: Any) -> Any:
    if name == "valid_days":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 36_500:
            raise UsageError(f"valid_days is {value!r}.", "Give days from 0 (no end) to 36500.")
        return value
    if not isinstance(value, str):
        raise UsageError(f"{name} is not a text.", "Give a text.")
    text = " ".join(value.split())
    if len(text) > LONGEST or not text.isprintable():
        raise UsageError(f"{name} is longer than {LONGEST} letters or holds signs that cannot "
                         "be printed.", "Give a shorter plain text.")  # fmt: skip
    if name in ("url", "check_address") and text:
        return _address(name, text)
    return text


def _address(name: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and text.isascii()
    except ValueError:
        fine = False
    if not fine or any(c in text for c in " \"'<>\\") or "?" in text or "#" in text:
        raise CourseError(f"{name} {text!r} is not a web address.",
                          "Give one such as https://city.example/certificates.")  # fmt: skip
    return text.rstrip("/") if name == "check_address" else text
