"""What the host's commands have in common: output for people or scripts, progress."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any
from unicodedata import category

from grading.state import GradingState


def add_json(parser: argparse.ArgumentParser) -> None:
    """Offer ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object for scripts")


def add_part(
    parts: Any, name: str, words: str, work: Callable[..., int]
) -> argparse.ArgumentParser:
    """Add one part of a command, with ``--json``; its function is found as ``args.work``."""
    parser = parts.add_parser(name, help=words, description=words, allow_abbrev=False)
    add_json(parser)
    parser.set_defaults(work=work)
    return parser


def add_module(parser: argparse.ArgumentParser) -> None:
    """Take a module's id or number."""
    parser.add_argument("module", help="the module's id or number, such as 10")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Offer ``--workers``."""
    parser.add_argument(
        "--workers", type=_positive, default=min(8, os.cpu_count() or 1), metavar="N",
        help="processes that score (default: %(default)s)",
    )  # fmt: skip


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number from 1 up")
    return number


def state() -> GradingState:
    """Return the prepared state of this host."""
    from grading.state import require_nbgrader

    require_nbgrader()
    return GradingState.default().prepare()


def tell(args: argparse.Namespace, data: dict[str, Any], lines: Iterable[str]) -> None:
    """Print the JSON or the lines; a name of somebody's file steers no terminal."""
    if args.json:
        text = json.dumps(data, ensure_ascii=False, default=str)
        # a file's name need not be text: half a sign can be told as JSON only
        print(text if _is_text(text) else json.dumps(data, ensure_ascii=True, default=str))
    else:
        for line in lines:
            print("".join("\N{REPLACEMENT CHARACTER}" if _steers(s) else s for s in line))


def _is_text(text: str) -> bool:
    return not any(category(sign) == "Cs" for sign in text)


def _steers(sign: str) -> bool:
    """Say whether a sign moves a terminal's cursor, changes its colours, or is half a sign."""
    return category(sign) in ("Cc", "Cs") and sign not in "\n\t"


def progress(args: argparse.Namespace) -> Callable[[Iterable[Any], int, str], Iterable[Any]]:
    """Return a progress bar for people; nothing for scripts and files."""

    def show(items: Iterable[Any], total: int, words: str) -> Iterable[Any]:
        if args.json or not sys.stderr.isatty():
            return items
        from tqdm import tqdm

        return tqdm(items, total=total, desc=words, unit="batch", leave=False)

    return show
