"""The presentation day from the host's keyboard: order, timer, peer review, who has presented."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from course.errors import UsageError
from grading import commands_shared as shared
from grading.account import account_name
from grading.state import GradingState


def add_arguments(parts: Any) -> None:
    """Add the parts of the day to those of ``plan``.

    Parameters
    ----------
    parts : argparse's subparsers
        Of ``python3 -m grading plan``.
    """
    order = shared.add_part(parts, "order", "the order of the talks", _order)
    timer = shared.add_part(parts, "timer", "write the timer as a page", _timer)
    for part in (order, timer):
        part.add_argument("--start", default="", metavar="HH:MM", help="first talk")
        part.add_argument(
            "--draw", metavar="WORDS", help="draw the order from these words (default: by name)"
        )
        part.add_argument("--break-after", type=int, default=0, metavar="N", help="talks")
        part.add_argument("--break-min", type=int, default=15, metavar="MIN")
    order.add_argument("--out", type=Path, metavar="HTML", help="also as a page for the wall")
    timer.add_argument("--out", type=Path, required=True, metavar="HTML")
    peer = parts.add_parser("peer", help="peer review: form, collect, summary", allow_abbrev=False)
    inner = peer.add_subparsers(dest="part", required=True, metavar="PART")
    form = shared.add_part(inner, "form", "write an empty form", _peer_form)
    form.add_argument("--out", type=Path, required=True, metavar="FILE", help=".csv or .docx")
    collect = shared.add_part(inner, "collect", "read filled-in forms", _peer_collect)
    collect.add_argument("files", type=Path, nargs="+", metavar="CSV")
    shared.add_part(inner, "summary", "means and sentences, without names", _peer_summary)
    presented = shared.add_part(parts, "presented", "note who has presented", _presented)
    presented.add_argument("who", nargs="+", help="participants or teams")
    presented.add_argument("--by", default="", help="who says so (default: this account)")
    presented.add_argument("--recording", action="store_true", help="a recording was seen")
    presented.add_argument("--undo", action="store_true", help="take it back; the log keeps both")


def _turns(args: argparse.Namespace, state: GradingState) -> list[Any]:
    from grading.plans.day import order
    from grading.plans.groups import groups
    from grading.plans.marks import rubric_of

    return order(
        state, groups(state), rubric_of(state), draw=getattr(args, "draw", None),
        start=getattr(args, "start", ""), break_after=getattr(args, "break_after", 0),
        break_min=getattr(args, "break_min", 15),
    )  # fmt: skip


def _order(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans.day import order_page, write_text

    turns = _turns(args, state)
    lines = [
        f"{t.number}. {t.begins} {t.who} [{t.group.removeprefix('team:')}]: "
        f"{t.title or 'no plan yet'}".replace("  ", " ")
        for t in turns
    ]
    if args.out:
        lines.append(f"Written: {write_text(args.out.resolve(), order_page(turns))}")
    shared.tell(args, {"turns": [vars(t) for t in turns]}, lines or ["Nobody presents yet."])
    return 0


def _timer(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans.day import timer_page, write_text
    from grading.plans.marks import rubric_of

    path = write_text(args.out.resolve(), timer_page(_turns(args, state), rubric_of(state)))
    shared.tell(args, {"file": str(path)}, [f"Written: {path}. Open it in a browser."])
    return 0


def _peer_form(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans import peer as plan_peer
    from grading.plans.day import write_text

    turns, path = _turns(args, state), args.out.resolve()
    if path.suffix == ".docx":
        path.parent.mkdir(parents=True, exist_ok=True)
        plan_peer.form_word(turns, path)
    elif path.suffix == ".csv":
        # Excel takes a file without this mark for another encoding
        write_text(path, "\N{ZERO WIDTH NO-BREAK SPACE}" + plan_peer.form_csv(turns))
    else:
        raise UsageError(f"{path.name} is neither .csv nor .docx.", "Give one of the two.")
    shared.tell(args, {"file": str(path)}, [f"Written: {path}"])
    return 0


def _peer_collect(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans import peer as plan_peer
    from grading.plans.groups import groups

    done = plan_peer.collect(state, args.files, [g.id for g in groups(state)])
    lines = [f"{done.added} reviews were added; {done.known} forms were known.", *done.problems]
    shared.tell(args, vars(done), lines)
    return 1 if done.problems else 0


def _peer_summary(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans import peer as plan_peer

    rows = plan_peer.summary(state)
    lines = []
    for row in rows:
        lines.append(f"{row['group']}: {row['reviews']} reviews")
        lines += [
            f"  {'–' if row[q] is None else format(row[q], '.1f')}  {text}"
            for q, text in plan_peer.QUESTIONS.items()
        ]
        lines += [f"  {text}" for text in row["said"]]
    shared.tell(args, {"plans": rows}, lines or ["No review came yet."])
    return 0


def _presented(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans.day import note_presented
    from grading.plans.groups import some_groups

    groups = some_groups(state, args.who)
    note_presented(
        state, groups, by=args.by or account_name() or "unknown", presented=not args.undo,
        how="recording" if args.recording else "live",
    )  # fmt: skip
    told = "Taken back" if args.undo else "Noted"
    shared.tell(args, {"groups": [g.id for g in groups], "presented": not args.undo},
                [f"{told}: {', '.join(g.id for g in groups)}."])  # fmt: skip
    return 0
