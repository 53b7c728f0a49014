"""``invite``, ``approve`` and ``requests``: first entry, from the host's keyboard."""

from __future__ import annotations

import argparse
import csv
import io
import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.errors import CourseError, UsageError
from grading.cohort.roster import participants
from grading.cohort.store import no_formula, roster_path
from grading.hub.signin_admission import Admission
from grading.hub.signin_names import RosterFile
from grading.state import GradingState

NAMES = ("invite", "approve", "requests")


def add_arguments(subparsers: Any) -> None:
    """Add the three commands to those of ``hub``.

    Parameters
    ----------
    subparsers : argparse's subparsers
        Of ``python3 -m grading hub``.
    """
    one = subparsers.add_parser("invite", help="make one-time codes for a first sign-in")
    one.add_argument("ids", nargs="*", metavar="ID", help="ids of the roster or of instructors")
    one.add_argument("--all", action="store_true", help="everybody of the roster")
    one.add_argument("--out", type=Path, metavar="FILE", help="where the sheet of codes goes")
    one.add_argument("--json", action="store_true", help="say what was done as JSON, no codes")
    two = subparsers.add_parser("approve", help="open the account of somebody who signed up")
    two.add_argument("id", metavar="ID")
    two.add_argument("--number", default="", help="the four digits the person was shown")
    two.add_argument("--json", action="store_true", help="say what was done as JSON")
    three = subparsers.add_parser("requests", help="who signed up and waits")
    three.add_argument("--json", action="store_true", help="as JSON")


def run(
    args: argparse.Namespace,
    *,
    command: str,
    folder: Path,
    state: GradingState,
    instructors: Collection[str] = (),
) -> tuple[dict[str, Any], str]:
    """Do one of the three; the running hub sees it at once.

    Parameters
    ----------
    args : Namespace
        As :func:`add_arguments` gives it.
    command : str
        One of :data:`NAMES`.
    folder : Path
        The folder of ``admission.json`` (the ``secrets`` of ``signin.configure``).
    state : GradingState
        Its roster says who may have an account.
    instructors : collection of str
        From hub.yml.

    Returns
    -------
    tuple
        What was done, for ``--json``, and the same in words. Neither holds a code.

    Raises
    ------
    CourseError
        An id is on no list, or nobody waits.
    """
    admission = Admission(folder)
    known = RosterFile(roster_path(state), instructors)
    if command == "invite":
        return _invite(args, admission, known, state)
    if command == "approve":
        name = known.now().find(args.id) or args.id
        done = admission.approve(name, args.number)
        return {"approved": done.student_id}, f"{done.student_id} can sign in now."
    waiting = admission.waiting()
    words = [f"{r.student_id}  number {r.number}  since {r.at[:16]}" for r in waiting]
    return (
        {"waiting": [vars(r) for r in waiting]},
        "\n".join(words) or "Nobody waits for an account.",
    )


def _invite(
    args: argparse.Namespace, admission: Admission, known: RosterFile, state: GradingState
) -> tuple[dict[str, Any], str]:
    if bool(args.ids) == args.all:
        raise UsageError("Who is invited?", "Name ids, or write --all.")
    directory = known.now()
    if known.trouble:
        raise CourseError(known.trouble)
    wanted = [p.student_id for p in participants(state)] if args.all else list(args.ids)
    found = {one: directory.find(one) for one in wanted}
    strange = [one for one, name in found.items() if name not in directory.inside]
    if strange:
        raise CourseError(
            f"{', '.join(strange)}: not on the list, or two ids differ by capitals only.",
            "See: python3 -m grading cohort list.",
        )
    names = list(dict.fromkeys(found.values()))
    if not names:
        raise CourseError("The roster is empty.", "Load it: python3 -m grading cohort add FILE.")
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
    target = args.out or admission.path.with_name(f"codes-{stamp}.csv")
    shown = {p.student_id: p.shown_name for p in participants(state, everyone=True)}
    _write(target, admission.invite(names), shown)
    words = (
        f"{len(names)} codes are in {target}. Hand each person the own line, then delete the file."
        " A code works once, for 14 days."
    )
    return {"invited": names, "file": str(target)}, words


def _write(target: Path, codes: dict[str, str], shown: dict[str, str]) -> None:
    """Write the sheet so that only its owner can read it, whole or not at all."""
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    sheet.writerow(["student_id", "name", "code"])
    for name, code in codes.items():
        sheet.writerow([no_formula(name), no_formula(shown.get(name, "")), code])
    beside = target.with_name(f".{target.name}.new")
    try:
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            file.write(text.getvalue())
        os.replace(beside, target)
    except OSError as error:
        raise CourseError(
            f"The sheet {target} cannot be written ({error.strerror}).", "Name another file: --out."
        ) from None
