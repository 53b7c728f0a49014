"""Take a participant's data out of the course, on request or after a time."""

from __future__ import annotations

import argparse
import re
from typing import Any

from course.errors import UsageError
from grading import commands_shared as shared

HELP = "Take a person's data out of the course: shows what there is; --yes does it."
DESCRIPTION = (
    "Without --yes nothing is changed: you see what there is of a person, what would stay and "
    "why. Afterwards every byte of the course is searched for the person."
)

LONGEST = 36_500  # days, as in hub.yml


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("student", nargs="*", metavar="STUDENT", help="ids of the roster")
    parser.add_argument(
        "--older-than", type=_days, metavar="730d",
        help="everybody whose last trace is older (default: retention_days in hub.yml)",
    )  # fmt: skip
    parser.add_argument("--overdue", action="store_true",
                        help="the same, with the days of hub.yml")  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="do it")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--keep-certificate", action="store_true",
                      help="certificates stay valid for who holds them")  # fmt: skip
    kept.add_argument("--revoke", action="store_true", help="take certificates back")
    shared.add_json(parser)


def _days(text: str) -> int:
    found = re.fullmatch(r"(\d{1,5})([dy]?)", text.strip())
    days = int(found.group(1)) * (365 if found.group(2) == "y" else 1) if found else 0
    if not 1 <= days <= LONGEST:
        raise argparse.ArgumentTypeError(
            f"give days such as 730d, or years such as 2y; at most {LONGEST} days"
        )
    return days


def run(args: argparse.Namespace) -> int:
    """List or forget; exit code 1 when something of a person is left."""
    from grading.safekeeping import forgetting, looking, overdue, places
    from grading.state import GradingState

    layout = places.find()
    places.must_be_a_hub(layout.hub)
    state = _state(GradingState.default(), layout)
    students = list(dict.fromkeys(args.student))
    days = args.older_than or (overdue.policy(layout) if args.overdue else None)
    if bool(students) == bool(days):
        raise UsageError("Name a person, or say --older-than 730d.",
                         "See the ids: python3 -m grading cohort list --all.")  # fmt: skip
    rows = overdue.list_of(state, days) if days else []
    students = students or [row["student_id"] for row in rows]
    how = forgetting.KEEP if args.keep_certificate else forgetting.REVOKE if args.revoke else ""
    told: list[dict[str, Any]] = []
    lines: list[str] = []
    seen = {student: looking.known(state, student) for student in students}
    looks = {student: looking.look(state, layout, words) for student, words in seen.items()}
    if args.yes and not how:  # before the first is touched
        forgetting.refuse_undecided(looks.values())
    for student, words in seen.items():
        found = looks[student]
        if not found.there and not days:
            raise looking.nobody(student)
        if args.yes:
            found = forgetting.forget(state, layout, words, certificates=how)
        since = next((r["last"] for r in rows if r["student_id"] == student), "")
        told.append({"student_id": student, "last_trace": since, **vars(found)})
        lines += _lines(student, since, found)
    if days and not students:
        lines.append(f"Nobody's last trace is older than {days} days.")
    shared.tell(args, {"people": told}, lines)
    return 1 if any(person["remaining"] for person in told) else 0


def _state(state: Any, layout: Any) -> Any:
    from dataclasses import replace

    if layout.hub is not None:
        state = replace(state, exchange=layout.hub / "exchange")
    address = next((d.address for d in layout.databases if d.name == "gradebook"), "")
    return replace(state, gradebook=address) if address.startswith("postgresql") else state


def _lines(student: str, since: str, found: Any) -> list[str]:
    head = "Taken out" if found.done else "There is"
    lines = [f"{student}{f', last trace {since}' if since else ''}"]
    lines += [f"  {head}: {count} {what}" for what, count in found.there.items()]
    lines += [f"  Stays: {sentence}" for sentence in found.stays]
    if found.certificates:
        lines.append(f"  Certificates: {', '.join(found.certificates)}. Pages published with "
                     "certify page stand elsewhere: write them again.")  # fmt: skip
    lines += [f"  Still names the person: {path}" for path in found.remaining]
    lines += [f"  This backup still holds the person: {path}" for path in found.backups]
    if found.done and not found.remaining:
        lines.append(
            "  A search of every byte of the course finds the person nowhere. Copies elsewhere and "
            "blocks that the disk has not used again, are not searched."
        )
    if not found.done:
        lines.append("  Nothing was changed. Do it with --yes.")
    return lines
