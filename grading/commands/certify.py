"""Certificates for those who earned them; keys, list, corrections, revocation, check pages."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from grading import commands_shared as shared

HELP = "Issue certificates to those who earned them; list, reissue, revoke, key, page."
DESCRIPTION = (
    "Without an action: issue a certificate to everyone who has completed the programme and "
    "has none yet. Asked twice, it is issued once. The passphrase of the key is asked for, or "
    "read from COURSE_CERTIFICATE_PASSPHRASE or the file COURSE_CERTIFICATE_PASSPHRASE_FILE."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--programme", metavar="P", help="default: the one of the roster")
    parser.add_argument("--start", type=_day, metavar="DAY", help="day 1, such as 2026-11-09")
    parser.add_argument("--student", action="append", metavar="S", help="only this student")
    parser.add_argument("--dry-run", action="store_true", help="say who would get one")
    parser.add_argument("--simulated", action="store_true",
                        help="the people do not exist; the certificates say so")  # fmt: skip
    shared.add_json(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")

    key = _action(actions, "key", "make, show or replace the issuer's key: key new|show|rotate")
    key.add_argument("what", choices=("new", "show", "rotate"))
    key.add_argument("--passphrase", action="store_true", help="protect the key file with one")
    key.add_argument(
        "--withdraw",
        action="store_true",
        help="rotate: the old key may be in wrong hands; nothing it signed counts",
    )
    key.add_argument("--reason", default="", help="rotate: for the log")
    _add_settings(key)
    settings = _action(actions, "settings", "change what is printed about the issuer")
    _add_settings(settings)
    _action(actions, "list", "list all certificates")
    for name, words in (("show", "show one with its files"), ("revoke", "take one back"),
                        ("reissue", "give a corrected one; the old one is revoked")):  # fmt: skip
        one = _action(actions, name, words)
        one.add_argument("number", help="issue number, such as 2026-0001")
        if name != "show":
            one.add_argument("--reason", required=True, help="why; it stands in the log")
        if name == "reissue":
            one.add_argument("--name", help="the corrected name")
            one.add_argument("--city", help="the corrected city")
            one.add_argument("--plan-title", help="the corrected title of the plan")
    _action(actions, "status", "sign the status list anew, good for 30 days")
    page = _action(actions, "page", "write the static folder that QR codes lead to")
    page.add_argument("folder", type=Path)
    page.add_argument("--without-names", action="store_true",
                      help="the pages show number and status only")  # fmt: skip


def _action(actions: Any, name: str, words: str) -> argparse.ArgumentParser:
    made = actions.add_parser(name, help=words, description=words, allow_abbrev=False)
    # SUPPRESS: --json before the action must not be undone by the action's default
    made.add_argument("--json", action="store_true", default=argparse.SUPPRESS,
                      help="print one JSON object for scripts")  # fmt: skip
    return made


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="the issuer's name, as printed")
    parser.add_argument("--url", help="the issuer's web address")
    parser.add_argument("--check-address", metavar="URL",
                        help="where the folder of certify page is published")  # fmt: skip
    parser.add_argument("--signer", help="printed under the line for the signature")
    parser.add_argument("--signer-title", help="below the signer")
    parser.add_argument("--valid-days", type=int, help="certificates end after so many days; "
                        "0: they do not end")  # fmt: skip


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("give a day such as 2026-11-09") from None


def run(args: argparse.Namespace) -> int:
    """Do one of the actions; exit code 1 when one person could not be served."""
    from grading.state import GradingState

    act = {
        None: _issue, "key": _key, "settings": _settings, "list": _list, "show": _show,
        "revoke": _revoke, "reissue": _reissue, "status": _status, "page": _page,
    }[args.action]  # fmt: skip
    return act(GradingState.default(), args)


def _issue(state: Any, args: argparse.Namespace) -> int:
    from grading.certificates import batch, earned

    host = shared.state()
    programme = batch.programme(host, args.programme, args.start)
    standings = earned(host, programme, students=args.student, simulated=args.simulated)
    told = batch.run(host, standings, dry=args.dry_run, progress=shared.progress(args))
    shared.tell(args, told.to_dict(), told.lines())
    return 1 if told.failed or told.other_run else 0


def _key(state: Any, args: argparse.Namespace) -> int:
    from grading.account import account_name
    from grading.certificates import issuer, keeping, keys

    if args.what != "show":
        secret = keys.ask(twice=True) if args.passphrase else keys.from_environment() or ""
        if args.what == "new":
            keeping.new_key(state, passphrase=secret, by=account_name(), **_given(args))
        else:
            keeping.rotate_key(state, passphrase=secret, withdraw=args.withdraw,
                               reason=args.reason, by=account_name())  # fmt: skip
    path = issuer.Folder.of(state).issuer
    if not path.is_file():
        raise keeping.no_key()
    known = issuer.read(path)
    rows = [{"key": k.did, "state": k.state, "since": k.since.isoformat(),
             "until": k.until.isoformat() if k.until else None,
             "fingerprint": issuer.fingerprint(k.did)} for k in known.keys]  # fmt: skip
    lines = [f"Issuer: {known.name}"]
    lines += issuer.key_lines(known)
    lines += [f"Give this document to the cities, to pin: {path}"]
    if args.what == "rotate":
        lines.append("Cities that pinned the old document need this one as well.")
    shared.tell(args, {"issuer": known.name, "document": str(path), "keys": rows}, lines)
    return 0


def _given(args: argparse.Namespace) -> dict[str, Any]:
    from grading.certificates.keeping import CHANGEABLE

    return {name: getattr(args, name) for name in CHANGEABLE if getattr(args, name) is not None}


def _settings(state: Any, args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from grading.account import account_name
    from grading.certificates import keeping

    now = asdict(keeping.change_settings(state, by=account_name(), **_given(args)))
    shared.tell(args, now, [f"{name}: {value}" for name, value in now.items()])
    return 0


def _row(one: Any) -> dict[str, Any]:
    stated, record = one.achievement, one.certificate
    return {
        "number": one.number, "status": one.status, "student_id": stated.student_id,
        "name": stated.name, "city": stated.city, "programme": stated.programme,
        "issued": record.at.isoformat(), "by": record.by, "code": one.code,
        "replaces": record.replaces, "replaced_by": record.replaced_by,
        "revoked": record.revoked.isoformat() if record.revoked else None,
        "reason": record.reason, "folder": str(one.folder),
    }  # fmt: skip


def _list(state: Any, args: argparse.Namespace) -> int:
    from grading.certificates import issued
    from grading.report import table

    rows = [_row(one) for one in issued(state)]
    keys = ["number", "status", "student_id", "name", "city", "programme"]
    lines = table(keys, [[str(row[k]) for k in keys] for row in rows])
    shared.tell(args, {"certificates": rows}, lines if rows else ["No certificate was issued yet."])
    return 0


def _show(state: Any, args: argparse.Namespace) -> int:
    from grading.certificates import issued, openbadge
    from grading.certificates.issuing import unknown_number

    one = next((i for i in issued(state) if i.number == args.number), None)
    if one is None:
        raise unknown_number(args.number)
    token = one.certificate.token
    row = {**_row(one), "files": [str(f) for f in (one.pdf, one.png, one.jwt, one.json)],
           "credential": openbadge.peek(token) if token else {}}  # fmt: skip
    lines = [f"{k}: {v}" for k, v in row.items() if v and k not in ("credential", "files")]
    shared.tell(args, row, [*lines, *row["files"]])
    return 0


def _revoke(state: Any, args: argparse.Namespace) -> int:
    from grading.certificates import revoke

    one = revoke(state, args.number, reason=args.reason)
    word = "is revoked" if one.new else "was revoked before"
    shared.tell(args, _row(one), [
        f"Certificate {one.number} of {one.achievement.name} {word}: {one.certificate.reason}.",
        f"Publish the new status list: {one.folder.parent.parent / 'status.jwt'}",
    ])  # fmt: skip
    return 0


def _reissue(state: Any, args: argparse.Namespace) -> int:
    from grading.certificates import reissue

    changes = {name: getattr(args, name) for name in ("name", "city", "plan_title")
               if getattr(args, name) is not None}  # fmt: skip
    one = reissue(state, args.number, reason=args.reason, **changes)
    shared.tell(args, _row(one), [
        f"Certificate {one.number} replaces {args.number}: {one.achievement.name}.", str(one.pdf),
        f"Publish the new status list: {one.folder.parent.parent / 'status.jwt'}",
    ])  # fmt: skip
    return 0


def _status(state: Any, args: argparse.Namespace) -> int:
    from grading.certificates import renew_status

    path = renew_status(state)
    shared.tell(args, {"file": str(path)}, [f"Signed, good for 30 days: {path}"])
    return 0


def _page(state: Any, args: argparse.Namespace) -> int:
    from grading.certificates import write_pages

    count = write_pages(state, args.folder, names=not args.without_names)
    shared.tell(args, {"folder": str(args.folder), "pages": count},
                [f"{count} check pages, issuer.json and status.jwt: {args.folder}"])  # fmt: skip
    return 0
