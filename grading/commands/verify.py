"""Is this certificate genuine: an answer with its proof, without a network."""

from __future__ import annotations

import argparse
from pathlib import Path

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
        help="keep this issuer (and what --status names): later checks believe it",
    )  # fmt: skip
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Check; exit code 1 when one file is anything but valid."""
    from course.errors import UsageError
    from grading.certificates import issuer, verifying
    from grading.state import GradingState

    if not args.file and not args.pin:
        raise UsageError("No file was named.", "Name one: python3 -m grading verify FILE.")
    data: dict[str, object] = {}
    lines: list[str] = []
    if args.pin:
        pinned = issuer.pin(args.pin)
        # a forger's document may hold the true key as well: every key has to be compared
        data["pinned"] = {
            "name": pinned.name,
            "fingerprint": pinned.fingerprint,
            "keys": [issuer.fingerprint(key.did) for key in pinned.keys],
        }
        lines += [
            f"Pinned: {pinned.name}. Compare every fingerprint with the issuer's, by telephone "
            "or on paper:",
            *(f"  {line}" for line in issuer.key_lines(pinned)),
            f"If one differs, or is not the issuer's, delete {issuer.pin_file(pinned)}.",
        ]
        for path in args.status:
            if path.is_file():
                issuer.keep_list(path)
    base = GradingState.default().base
    trust = verifying.read_issuers(args.issuer) if args.issuer else None
    missing = [path for path in args.status if not path.is_file()]
    if missing:
        raise UsageError(f"The status list {missing[0]} does not exist.",
                         "Name the file status.jwt of the issuer.")  # fmt: skip
    lists = [*args.status, *verifying.known_lists(base)]
    answers = []
    for file in args.file:
        verdict = verifying.verify(file, trust=trust, status=lists, base=base)
        answers.append({"file": str(file), **verdict.to_dict()})
        lines += verifying.lines(file, verdict)
    data["answers"] = answers
    shared.tell(args, data, lines)
    return 0 if all(answer["valid"] for answer in answers) else 1
