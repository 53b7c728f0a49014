"""``invite``, ``approve`` and ``requests``: first entry, from the host's keyboard."""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from course.errors import CourseError, UsageError
from grading.cohort.roster import participants
from grading.cohort.store import no_formula, roster_path
from grading.hub.signin_admission import Admission
from grading.hub.signin_names import RosterFile
from grading.state import GradingState

NAMES = ("invite", "approve", "requests")
_HEAD = ("student_id", "name", "code")


def add_arguments(subparsers: Any) -> None:
    """Add the three commands to those of ``hub``.

    Parameters
    ----------
    subparsers : argparse's subparsers
        Of ``python3 -m grading hub``.
    """
    one = subparsers.add_parser("invite", help="make one-time codes for a first sign-in")
    one.add_argument("ids", nargs="*", metavar="ID", help="ids of the roster or of instructors")
    one.add_argument(
        "--all", action="store_true", help="everybody of the roster, and the instructors"
    )
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
        return _invite(args, admission, known, state, instructors)
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
    args: argparse.Namespace,
    admission: Admission,
    known: RosterFile,
    state: GradingState,
    instructors: Collection[str],
) -> tuple[dict[str, Any], str]:
    if bool(args.ids) == args.all:
        raise UsageError("Who is invited?", "Name ids, or write --all.")
    directory = known.now()
    if known.trouble:
        raise CourseError(known.trouble)
    wanted = list(args.ids)
    if args.all:
        wanted = [*instructors, *(p.student_id for p in participants(state))]
    found = {one: directory.find(one) for one in wanted}
    strange = [one for one, name in found.items() if name not in directory.inside]
    if strange:
        raise CourseError(
            f"{', '.join(strange)}: not on the list, or two ids differ by capitals only.",
            "See: python3 -m grading hub as-host cohort list.",
        )
    names = list(dict.fromkeys(found.values()))
    if not names:
        raise CourseError(
            "The roster is empty.", "Load it: python3 -m grading hub as-host cohort add FILE."
        )
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
    target = args.out or admission.path.with_name(f"codes-{stamp}.csv")
    shown = {p.student_id: p.shown_name for p in participants(state, everyone=True)}
    with _sheet(target) as file:  # before the codes: a new one ends the person's older one
        _fill(file, admission.invite(names), shown)
    words = (
        f"{len(names)} {'code is' if len(names) == 1 else 'codes are'} in {target}. Hand each"
        " person their own line, then delete the file. A code works once, for 14 days."
    )
    return {"invited": names, "file": str(target)}, words


def _fill(file: IO[str], codes: dict[str, str], shown: dict[str, str]) -> None:
    sheet = csv.writer(file)
    sheet.writerow(_HEAD)
    for name, code in codes.items():
        sheet.writerow([no_formula(name), no_formula(shown.get(name, "")), code])


@contextmanager
def _sheet(target: Path) -> Iterator[IO[str]]:
    """Open the sheet so that only its owner can read it; it is whole or not there at all."""
    if not target.name or (os.path.lexists(target) and not _is_plain(target)):
        raise UsageError(
            f"{target} is a folder, a link or a device.", "Name a file: --out codes.csv."
        )
    if os.path.isfile(target) and not _is_sheet(target):
        raise UsageError(f"{target} is there already and is no sheet of codes.",
                         "Name another file: --out codes.csv.")  # fmt: skip
    beside = target.with_name(f".{target.name}.new")
    try:
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise CourseError(
            f"The sheet {target} cannot be written ({error.strerror}).", "Name another file: --out."
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _is_sheet(path: Path) -> bool:
    """Say whether a file is an older sheet, or empty: anything else is somebody's work."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(200)
    except (OSError, UnicodeDecodeError):
        return False
    return first.strip() in ("", ",".join(_HEAD))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
