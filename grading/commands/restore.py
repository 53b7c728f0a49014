"""Put a backup in the place of a course."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading import commands_shared as shared

HELP = "Put a backup back: all of it, or nothing."
DESCRIPTION = (
    "Every file is compared with its hash before anything is written. A course that stands in "
    "the place is refused, or with --replace moved aside and kept. Killed on the way, run the "
    "same command again. Restore only backups of your own: a database can hold commands."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what backup has written")
    parser.add_argument("--replace", action="store_true",
                        help="move a course that stands there aside")  # fmt: skip
    parser.add_argument("--incomplete", action="store_true",
                        help="also a backup that calls itself incomplete")  # fmt: skip
    parser.add_argument("--without-keys", action="store_true",
                        help="leave the sealed keys in the backup")  # fmt: skip
    parser.add_argument(
        "--first-uid", type=int, metavar="N",
        help="a hub on another machine: number its people anew from N",
    )  # fmt: skip
    shared.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Restore."""
    from dataclasses import asdict

    from grading.safekeeping import places
    from grading.safekeeping.restore import restore

    layout = places.find()
    done = restore(
        args.file, layout, replace=args.replace, incomplete=args.incomplete,
        with_keys=not args.without_keys, first_uid=args.first_uid,
        progress=shared.progress(args),
    )  # fmt: skip
    begun = "An interrupted restore was finished" if done.finished else "Restored"
    lines = [f"{begun}: {', '.join(str(p) for p in layout.roots().values())}"]
    lines += [f"The earlier course is kept in {path}" for path in done.aside]
    shared.tell(args, asdict(done), lines + done.told)
    return 0
