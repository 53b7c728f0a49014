"""First entry: one-time codes that the host hands out, and requests that wait for a yes.

Both lie in ``admission.json`` of the hub's folder, which only root reads. It holds no
password and no code in plain text: codes as SHA-256 (50 random bits each), passwords as
bcrypt. The running hub and the commands change it under one lock.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from course.errors import CourseError, UsageError
from grading.locks import alone

FILE = "admission.json"
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, no 1/I
MOST_WAITING = 3  # requests of one id: a stranger cannot fill the list, nor hide the person's own
KEPT = timedelta(days=14)


@dataclass(frozen=True)
class Request:
    """One person who signed up and waits.

    Attributes
    ----------
    student_id : str
        Whose account it would be.
    number : str
        Four digits that only the person who signed up was shown: the instructor asks for
        them, so that nobody signs up in another's name.
    at : str
        When, as ISO time.
    """

    student_id: str
    number: str
    at: str


class Admission:
    """The store of codes and requests.

    Parameters
    ----------
    folder : Path
        The hub's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def invite(self, ids: Iterable[str], *, now: datetime | None = None) -> dict[str, str]:
        """Make a fresh code for each id; an older code of the same id ends.

        Returns
        -------
        dict
            Id -> code, valid for 14 days. Nothing else ever tells the code.
        """
        moment = now or datetime.now(UTC)
        made = {one: "".join(secrets.choice(_LETTERS) for _ in range(10)) for one in ids}
        with self._changed() as kept:
            for one, code in made.items():
                until = (moment + KEPT).isoformat(timespec="seconds")
                kept["codes"][one] = {"hash": _digest(one, code), "until": until}
        return {one: f"{code[:5]}-{code[5:]}" for one, code in made.items()}

    def redeem(self, student_id: str, code: str, *, now: datetime | None = None) -> bool:
        """Use a code up; say whether it was the right one and still valid."""
        moment = now or datetime.now(UTC)
        plain = "".join(c for c in code.upper() if c.isalnum())
        with self._changed() as kept:
            found = kept["codes"].get(student_id)
            right = hmac.compare_digest((found or {}).get("hash", ""), _digest(student_id, plain))
            if not found or not right:
                return False
            del kept["codes"][student_id]
            kept["waiting"].pop(student_id, None)
            return moment <= datetime.fromisoformat(found["until"])

    def ask(self, student_id: str, password_hash: str, *, now: datetime | None = None) -> str:
        """Keep a request and return its number; nothing when too many wait for this id."""
        moment = now or datetime.now(UTC)
        with self._changed() as kept:
            waiting = kept["waiting"].setdefault(student_id, [])
            oldest = (moment - KEPT).isoformat(timespec="seconds")
            waiting[:] = [one for one in waiting if one["at"] >= oldest]
            if len(waiting) >= MOST_WAITING:
                return ""
            taken = {one["number"] for one in waiting}
            number = next(n for n in iter(a_number, None) if n not in taken)
            waiting.append(
                {
                    "number": number,
                    "password": password_hash,
                    "at": moment.isoformat(timespec="seconds"),
                    "approved": False,
                }
            )
            return number

    def waiting(self) -> list[Request]:
        """Return the requests nobody has decided on, oldest first."""
        found = [
            Request(one, r["number"], r["at"])
            for one, requests in self._read()["waiting"].items()
            for r in requests
            if not r["approved"]
        ]
        return sorted(found, key=lambda r: (r.at, r.student_id, r.number))

    def hashes(self, student_id: str) -> list[str]:
        """Return the password hashes of an id's requests that still wait."""
        return [
            r["password"] for r in self._read()["waiting"].get(student_id, []) if not r["approved"]
        ]

    def approve(self, student_id: str, number: str = "") -> Request:
        """Say yes to one request; the others of the same id end.

        Raises
        ------
        CourseError
            There is no such request, or several and no number says which.
        """
        with self._changed() as kept:
            chosen = self._one(kept, student_id, number)
            kept["waiting"][student_id] = [{**chosen, "approved": True}]
        return Request(student_id, chosen["number"], chosen["at"])

    def refuse(self, student_id: str, number: str = "") -> Request:
        """Say no to one request and forget it.

        Raises
        ------
        CourseError
            There is no such request, or several and no number says which.
        """
        with self._changed() as kept:
            chosen = self._one(kept, student_id, number)
            left = [r for r in kept["waiting"][student_id] if r["number"] != chosen["number"]]
            kept["waiting"][student_id] = left
        return Request(student_id, chosen["number"], chosen["at"])

    def take_approved(self, student_id: str) -> str:
        """Return the password hash of an approved request and forget it; else nothing."""
        if not any(r["approved"] for r in self._read()["waiting"].get(student_id, [])):
            return ""  # most sign-ins: no lock, no writing
        with self._changed() as kept:
            for request in kept["waiting"].get(student_id, []):
                if request["approved"]:
                    del kept["waiting"][student_id]
                    return str(request["password"])
        return ""

    def forget(self, student_id: str) -> None:
        """Forget codes and requests of somebody."""
        with self._changed() as kept:
            kept["codes"].pop(student_id, None)
            kept["waiting"].pop(student_id, None)

    def _one(self, kept: dict[str, Any], student_id: str, number: str) -> dict[str, Any]:
        waiting = [r for r in kept["waiting"].get(student_id, []) if not r["approved"]]
        if not waiting:
            raise CourseError(
                f"Nobody waits for an account as {student_id}.",
                "See who waits: python3 -m grading hub requests.",
            )
        chosen = [r for r in waiting if r["number"] == number] if number else waiting
        if not chosen:
            raise CourseError(
                f"No request of {student_id} has the number {number}.",
                "Ask the person for the four digits that the sign-up page showed.",
            )
        if len(chosen) > 1:
            raise UsageError(
                f"{len(chosen)} people signed up as {student_id}.",
                "Ask the person for the four digits the sign-up page showed: --number N.",
            )
        return dict(chosen[0])

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            return {"codes": dict(kept["codes"]), "waiting": dict(kept["waiting"])}
        except FileNotFoundError:
            return {"codes": {}, "waiting": {}}
        except (ValueError, KeyError, TypeError):
            raise CourseError(
                f"{self.path.name} of the hub's folder cannot be read.",
                "Put it back from a backup, or delete it and invite the people again.",
            ) from None

    @contextmanager
    def _changed(self) -> Iterator[dict[str, Any]]:
        with alone(self.path.with_name(f".{FILE}.lock")):
            kept = self._read()
            before = json.dumps(kept, sort_keys=True)
            yield kept
            kept["waiting"] = {one: rs for one, rs in kept["waiting"].items() if rs}
            if json.dumps(kept, sort_keys=True) == before:
                return
            beside = self.path.with_name(f".{FILE}.new")
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file, ensure_ascii=False, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self.path)


def _digest(student_id: str, code: str) -> str:
    return hashlib.sha256(f"{student_id}\0{code}".encode()).hexdigest()


def a_number() -> str:
    """Return four random digits."""
    return f"{secrets.randbelow(10_000):04d}"
