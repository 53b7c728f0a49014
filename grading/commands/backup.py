"""One file with everything of a course, or a look at such a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from course.errors import UsageError
from grading import commands_shared as shared

HELP = "Save the whole course in one file; --check looks at such a file."
DESCRIPTION = (
    "Gradebook, hand-ins, scores, certificates, plans, follow-up, settings and, on a hub, its "
    "accounts, in one file; the course may run meanwhile. Private keys are left out unless you "
    "say --with-keys, which seals them with a passphrase (asked for, or COURSE_BACKUP_PASSPHRASE, "
    "or the file COURSE_BACKUP_PASSPHRASE_FILE)."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the file to write, or a folder: named by the date"
    )
    parser.add_argument("--check", action="store_true", help="verify a backup; write nothing")
    parser.add_argument(
        "--with-keys", action="store_true", help="also the private keys, sealed with a passphrase"
    )
    parser.add_argument("--homes", action="store_true", help="also the homes of a hub's trainees")
    parser.add_argument(
        "--keep", type=_count, metavar="N",
        help="with a folder: delete older backups there, keep the newest N whole ones",
    )  # fmt: skip
    shared.add_json(parser)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number from 1 up")
    return number


def run(args: argparse.Namespace) -> int:
    """Write or check a backup; exit code 1 when it is not complete."""
    if args.check:
        return _check(args)
    from grading.safekeeping import backup, keeping, keybox, places

    layout = places.find()
    folder = args.file if _is_folder(args.file) else None
    if args.keep and folder is None:
        raise UsageError("--keep needs a folder.", "Name a folder that is there.")
    phrase = keybox.ask(twice=True) if args.with_keys else None
    target = folder / keeping.name() if folder else args.file
    made = backup.make(target, layout, homes=args.homes, passphrase=phrase,
                       progress=shared.progress(args))  # fmt: skip
    made = keeping.note(layout, made, named=folder is not None)
    gone = keeping.thin(folder, args.keep) if args.keep and folder else []
    data = {**_facts(made.manifest), "file": str(made.path), "bytes": made.size,
            "sha256": made.sha256, "deleted": [str(p) for p in gone]}  # fmt: skip
    lines = [f"Written: {made.path} ({made.size / 1e6:.1f} MB)", f"SHA-256: {made.sha256}"]
    lines += _lines(made.manifest)
    lines += [f"Deleted, as older than the newest {args.keep}: {p.name}" for p in gone]
    shared.tell(args, data, lines)
    return 0 if made.manifest.complete else 1


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no name of a file"
        raise UsageError(f"{str(path)[:80]}: {why}.", "Name another file.") from None


def _check(args: argparse.Namespace) -> int:
    from grading.safekeeping import archive

    found = archive.check(args.file, progress=shared.progress(args))
    data = {**_facts(found.manifest), "file": str(args.file), "sha256": found.sha256}
    lines = [f"Whole: {args.file}, made {found.manifest.made}", f"SHA-256: {found.sha256}"]
    shared.tell(args, data, lines + _lines(found.manifest))
    return 0 if found.manifest.complete else 1


def _facts(listed: Any) -> dict[str, Any]:
    return {
        "id": listed.id, "made": listed.made, "complete": listed.complete,
        "incomplete": listed.incomplete, "files": len(listed.kept), "bytes_inside": listed.size,
        "keys": listed.keys, "homes": listed.homes, "versions": listed.versions,
        "schemas": listed.schemas, "databases": listed.databases, "left_out": listed.left_out,
    }  # fmt: skip


def _lines(listed: Any) -> list[str]:
    lines = [f"{len(listed.kept)} files, {listed.size / 1e6:.1f} MB inside."]
    if listed.keys == "left out":
        lines.append(
            "Private keys are left out: restored from it, certificates verify, and new ones "
            "cannot be issued. --with-keys takes them along."
        )
    if listed.keys == "sealed":
        lines.append("Private keys are in it, sealed. Keep the passphrase apart from the file.")
    odd = [e for e in listed.left_out if e["why"] not in _USUAL]
    lines += [f"Left out: {e['what']} ({e['why']})" for e in odd[:20]]
    if len(odd) > 20:
        lines.append(f"and {len(odd) - 20} more; --json lists them.")
    lines += [f"NOT COMPLETE: {sentence}" for sentence in listed.incomplete]
    return lines


_USUAL = {
    "half-written, or a lock of a running command", "made again when it is needed",
    "a private key", "a secret of this machine; it is made anew at the next start",
    "what an earlier restore moved aside",
}  # fmt: skip
