"""Is this certificate genuine: an answer with its proof, without a network."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from grading import commands_shared as shared

HELP = "Check a certificate: PDF, PNG, token or JSON; works offline."
DESCRIPTION = (
    "Exit code 0 means: the signature is right, by a pinned issuer, the page is unaltered and "
    "a fresh status list does not revoke it. Every other answer is exit code 1."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="*", type=Path, metavar="FILE", help="certificates to check")
    parser.add_argument(
        "--issuer", action="append", type=Path, metavar="ISSUER.json", default=[],
        help="believe this issuer, and no pinned one; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--status", action="append", type=Path, metavar="STATUS.jwt", default=[],
        help="look into this status list as well; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--pin", type=Path, metavar="ISSUER.json",
        help="keep this issuer (and what --status names): later checks believe it; at a "
        "terminal you are shown its fingerprints and asked first",
    )  # fmt: skip
    parser.add_argument(
        "--fingerprint", action="append", metavar="LETTERS", default=[],
        help="with --pin: what the issuer told you; a document with another key is not kept; "
        "one for each key",
    )  # fmt: skip
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Check; exit code 1 when one file is anything but valid."""
    from course.errors import UsageError
    from grading.certificates import issuer, verifying
    from grading.state import GradingState

    if not args.file and not args.pin:
        raise UsageError("No file was named.", "Name one: python3 -m grading verify FILE.")
    if args.fingerprint and not args.pin:
        raise UsageError("--fingerprint belongs to --pin.", "Name the document: --pin issuer.json.")
    missing = [path for path in args.status if not path.is_file()]
    if missing:  # before anything is kept
        raise UsageError(f"The status list {missing[0]} does not exist.",
                         "Name the file status.jwt of the issuer.")  # fmt: skip
    data: dict[str, object] = {}
    lines: list[str] = []
    if args.pin:
        compared = _compared(args, issuer.read(args.pin))
        if compared is False:
            shared.tell(args, {"pinned": None}, ["Nothing was pinned, and nothing was checked."])
            return 1
        pinned = issuer.pin(args.pin)
        data["pinned"] = {
            "name": pinned.name,
            "fingerprint": pinned.fingerprint,
            "keys": [issuer.fingerprint(key.did) for key in pinned.keys],
        }
        lines.append(f"Pinned: {pinned.name}.")
        if compared is None:
            gone = issuer.pin_file(pinned)
            lines += [*_keys(pinned), f"If one differs, or is not the issuer's, delete {gone}."]
        for path in args.status:
            issuer.keep_list(path)
    base = GradingState.default().base
    trust = verifying.read_issuers(args.issuer) if args.issuer else None
    lists = [*args.status, *verifying.known_lists(base)]
    answers = []
    for file in args.file:
        verdict = verifying.verify(file, trust=trust, status=lists, base=base)
        answers.append({"file": str(file), **verdict.to_dict()})
        lines += verifying.lines(file, verdict)
    data["answers"] = answers
    shared.tell(args, data, lines)
    return 0 if all(answer["valid"] for answer in answers) else 1


def _compared(args: argparse.Namespace, found: Any) -> bool | None:
    """Say whether every key of a document was compared with the issuer's own; None: not asked.

    A forger's document may hold the true key as well, so every key has to be compared.
    """
    from course.errors import CourseError
    from grading.certificates import issuer

    if args.fingerprint:
        told = {_letters(text) for text in args.fingerprint}
        keys = [issuer.fingerprint(key.did) for key in found.keys]
        if strange := [key for key in keys if _letters(key) not in told]:
            raise CourseError(
                f"{args.pin.name} holds a key that you did not name: {strange[0]}. Nothing was "
                "pinned.",
                "Compare every fingerprint with the issuer's, by telephone or on paper; where one "
                "differs, the document is not the issuer's.",
            )
        return True
    if args.json or not _at_a_terminal():
        return None
    if not issuer.unknown_keys(found):
        return True  # the document was renewed, and its keys are those of before
    shared.tell(args, {}, [f"This document says that it is of: {found.name}.", *_keys(found)])
    try:
        answer = input("Are all of them the issuer's own? Type yes to pin: ")
    except EOFError:
        answer = ""
    return answer.strip().casefold() == "yes"


def _keys(found: Any) -> list[str]:
    from grading.certificates import issuer

    return [
        "Compare every fingerprint with the issuer's, by telephone or on paper:",
        *(f"  {line}" for line in issuer.key_lines(found)),
    ]


def _letters(text: str) -> str:
    return "".join(text.split()).casefold()


def _at_a_terminal() -> bool:
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout.isatty())
