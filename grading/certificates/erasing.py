"""Take a person out of the certificates: number, status and hashes stay, nothing else.

The log stays a chain: it is written anew with the person's lines blanked, and a last line
says which lines were blanked and the hash each had before. A hash of a line tells nothing:
the line held a random code of 118 bits. Whoever has the certificate can still check it,
for that takes the issuer's key and the status list only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import datetime
from typing import Any

from grading.account import account_name
from grading.certificates.folder import Folder, sync, write
from grading.certificates.ledger import Certificate, Ledger
from grading.certificates.log import Log, clock, rewritten

NOBODY = "(removed)"
_STAYS = ("programme", "programme_title", "kind", "start", "end", "rule_version",
          "course_version", "simulated")  # fmt: skip
_OF_PRINT = ("name", "url", "signer", "signer_title", "check_url", "fingerprint")


def of_person(state: Any, student_id: str) -> list[Certificate]:
    """Return the certificates of a person, revoked and replaced ones too."""
    ledger = Ledger.of(Log(Folder.of(state).log).events)
    return [c for c in ledger.certificates.values() if c.achievement.student_id == student_id]


def erase(
    state: Any, student_id: str, *, clean: Callable[[str], str] = str, by: str = "",
    now: datetime | None = None,
) -> list[str]:  # fmt: skip
    """Take a person out of log and files; safe to run again after a kill.

    Parameters
    ----------
    state : GradingState
        The host.
    student_id : str
        Whose certificates.
    clean : callable
        Takes a reason that somebody typed and returns it without the person's name.
    by, now
        For the line of the log.

    Returns
    -------
    list of str
        Numbers of the certificates, in order; empty where the person has none.
    """
    folder = Folder.of(state)
    if not folder.log.is_file():
        return []
    with folder.locked():
        log = Log(folder.log)
        log.cut_half_line()
        numbers = [c.number for c in of_person(state, student_id)]
        if numbers:
            _rewrite(folder, set(numbers), clean, by or account_name(), clock(now))
        for number, certificate in Ledger.of(Log(folder.log).events).certificates.items():
            if certificate.erased:
                shutil.rmtree(folder.issued / number, ignore_errors=True)
                shutil.rmtree(folder.pending / number, ignore_errors=True)
        sync(folder.issued)
    return numbers


def _rewrite(
    folder: Folder, numbers: set[str], clean: Callable[[str], str], by: str, now: datetime
) -> None:
    before = {
        str(n): hashlib.sha256(line).hexdigest()
        for n, line in enumerate(folder.log.read_bytes().splitlines(), start=1)
        if json.loads(line)["data"].get("number") in numbers
    }

    def change(what: str, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("number") not in numbers:
            return {k: clean(v) if k == "reason" else v for k, v in data.items()}
        if what == "revoke":
            return {**data, "reason": NOBODY}
        return _blank(data)

    beside = folder.base / ".log.jsonl.part"
    write(beside, rewritten(folder.log, change))
    made = Log(beside)
    moment = max([now, *(event.at for event in made.events)])
    made.append("forget", {"numbers": sorted(numbers), "before": before}, by=by, now=moment)
    beside.replace(folder.log)  # one step: the old log, or the new one with its last line
    sync(folder.base)


def _blank(data: dict[str, Any]) -> dict[str, Any]:
    stated = {name: data["achievement"].get(name) for name in _STAYS}
    nobody = {"student_id": NOBODY, "name": NOBODY, "city": "", "hours_on_site": 0.0,
              "hours_online": 0.0, "modules": [], "plan_title": "", "learned": [],
              "pack": "", "timezone": data["achievement"].get("timezone", "")}  # fmt: skip
    made = {
        **data,
        "achievement": {**stated, **nobody},
        "token": "",
        "token_sha256": hashlib.sha256(data["token"].encode()).hexdigest(),
        "picture": "",
        "issuer": {name: data["issuer"].get(name, "") for name in _OF_PRINT},
    }
    return {**made, "reason": NOBODY} if "reason" in data else made
