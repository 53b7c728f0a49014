"""Action plans: check them, mark them by two, and run the day they are presented."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course.errors import UsageError
from grading import commands_shared as shared
from grading.state import GradingState

HELP = "Action plans: list, check, mark by two, present."
DESCRIPTION = (
    "See which plans came and what is wrong with them, mark them by criterion, write what two "
    "markers agree on into the gradebook, and run the presentation day."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands and their options."""
    parts = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    _part(parts, "list", "every plan, its markers and points", _list)
    check = _part(parts, "check", "what is missing or wrong in the plans", _check)
    check.add_argument("who", nargs="*", help="participants or teams (default: all)")
    show = _part(parts, "show", "write a plan as a page to read", _show)
    show.add_argument("who", help="a participant or a team")
    show.add_argument("--out", type=Path, required=True, metavar="HTML")
    bank = _part(parts, "comments", "the comment bank", _comments)
    bank.add_argument("criterion", nargs="?", help="such as relevance (default: all)")
    mark = _part(parts, "mark", "note points and comments of one marker", _mark)
    mark.add_argument("who", help="a participant or a team")
    mark.add_argument("--marker", required=True, help="who marks")
    mark.add_argument(
        "--points", nargs="+", default=[], metavar="C=P", help="such as relevance=15 financing=8"
    )
    mark.add_argument(
        "--comment", action="append", default=[], metavar="C=TEXT",
        help="such as relevance=#2 (of the comment bank) or financing='Who pays in year two?'",
    )  # fmt: skip
    result = _part(parts, "result", "what two markers agree on, into the gradebook", _result)
    result.add_argument("who", nargs="*", help="participants or teams (default: all)")
    result.add_argument("--look", action="store_true", help="show it, write nothing")
    result.add_argument(
        "--one-marker", choices=("yes", "no"), help="decide for this course that one is enough"
    )
    _day(parts)


def _day(parts: Any) -> None:
    order = _part(parts, "order", "the order of the talks", _order)
    timer = _part(parts, "timer", "write the timer as a page", _timer)
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
    form = _part(inner, "form", "write an empty form", _peer_form)
    form.add_argument("--out", type=Path, required=True, metavar="FILE", help=".csv or .docx")
    collect = _part(inner, "collect", "read filled-in forms", _peer_collect)
    collect.add_argument("files", type=Path, nargs="+", metavar="CSV")
    _part(inner, "summary", "means and sentences, without names", _peer_summary)
    presented = _part(parts, "presented", "note who has presented", _presented)
    presented.add_argument("who", nargs="+", help="participants or teams")
    presented.add_argument("--by", default="", help="who says so (default: this account)")
    presented.add_argument("--recording", action="store_true", help="a recording was seen")
    presented.add_argument("--undo", action="store_true", help="take it back; the log keeps both")


def _part(parts: Any, name: str, words: str, work: Callable[..., int]) -> argparse.ArgumentParser:
    parser = parts.add_parser(name, help=words, description=words, allow_abbrev=False)
    shared.add_json(parser)
    parser.set_defaults(work=work)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do what was asked; exit code 1 where a plan or a form is at fault."""
    return args.work(args, shared.state())


def _groups(state: GradingState, names: list[str]) -> list[Any]:
    from grading.plans.groups import find_group, groups

    if not names:
        return groups(state)
    found = {g.id: g for g in (find_group(state, name) for name in names)}
    return list(found.values())


def _list(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans import marks as plan_marks
    from grading.plans.groups import plan_of_group

    rows = []
    for group in _groups(state, []):
        plan, found = plan_of_group(state, group), plan_marks.agreed(state, group)
        marks = plan_marks.marks_of(state, group)
        version = plan_marks.content_of(plan)
        rows.append({
            "group": group.id, "members": list(group.members), "title": plan.title,
            "handed_in": plan.present, "valid": plan.valid, "problems": len(plan.problems),
            "markers": list(found.markers), "points": found.points, "state": found.sentence,
            "presented": plan_marks.presented(state, group),
            "changed_since": [m.marker for m in marks if m.plan and m.plan != version],
        })  # fmt: skip
    lines = [_line(row) for row in rows]
    shared.tell(args, {"plans": rows}, lines or ["Nobody takes part yet, and no plan came."])
    return 0


def _line(row: dict[str, Any]) -> str:
    name = row["group"].removeprefix("team:")
    if not row["handed_in"]:
        return f"{name}: {row['state']}"
    points = "waiting" if row["points"] is None else f"{row['points']:g} points"
    parts = [
        f"{name}: {row['title'] or 'no title'}.",
        f"{'valid' if row['valid'] else _count(row['problems'])}; {points}.",
        row["state"],
    ]
    if row["presented"]:
        parts.append("Presented.")
    if row["changed_since"]:
        parts.append(f"Changed since {', '.join(row['changed_since'])} marked it.")
    return " ".join(part for part in parts if part)


def _count(problems: int) -> str:
    """Return a number of problems in words."""
    return f"{problems} problem{'' if problems == 1 else 's'}"


def _check(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans.groups import plan_of_group

    found = {g.id: plan_of_group(state, g) for g in _groups(state, args.who)}
    lines = []
    for name, plan in found.items():
        lines.append(f"{name}: {'valid' if plan.valid else _count(len(plan.problems))}")
        lines += [f"  {p.field}: {p}".replace("  : ", "  ") for p in plan.problems]
    data = {
        name: [
            {"field": p.field, "sentence": p.sentence, "remedy": p.remedy} for p in plan.problems
        ]
        for name, plan in found.items()
    }
    shared.tell(args, {"plans": data}, lines or ["No plan came yet."])
    return 0 if all(plan.valid for plan in found.values()) else 1


def _show(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans.day import write_text
    from grading.plans.groups import find_group, plan_of_group
    from grading.plans.marks import rubric_of
    from grading.plans.page import marker_page

    group = find_group(state, args.who)
    path = write_text(
        args.out.resolve(), marker_page(plan_of_group(state, group), rubric_of(state), group)
    )
    shared.tell(args, {"file": str(path)}, [f"Written: {path}"])
    return 0


def _comments(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans.marks import rubric_of

    rubric = rubric_of(state)
    wanted = [rubric.criterion(args.criterion)] if args.criterion else list(rubric.criteria)
    lines = []
    for c in wanted:
        points = ", ".join(f"{p:g}" for p in c.points)
        lines.append(f"{c.title} ({c.id.partition('_')[2]}), points {points}: {c.question}")
        lines += [f"  #{n} {text}" for n, text in enumerate(c.comments, start=1)]
    shared.tell(args, {c.id: list(c.comments) for c in wanted}, lines)
    return 0


def _pairs(texts: list[str], what: str) -> dict[str, str]:
    made = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name.strip():
            raise UsageError(f"{text!r} is no {what}.", f"Write it as criterion={what}.")
        made[name.strip()] = value.strip()
    return made


def _mark(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans import marks as plan_marks
    from grading.plans.groups import find_group

    group = find_group(state, args.who)
    points, comments = _pairs(args.points, "points"), _pairs(args.comment, "text")
    if not points and not comments:
        raise UsageError("There is nothing to note.", "Write --points relevance=15 or --comment.")
    count = plan_marks.mark(state, group, args.marker, points, comments)
    found = plan_marks.agreed(state, group)
    shared.tell(
        args, {"group": group.id, "lines": count, "points": found.points, "state": found.sentence},
        [f"Noted for {group.id}. {found.sentence}"],
    )  # fmt: skip
    return 0


def _result(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans import gradebook as plan_gradebook
    from grading.plans import log as plan_log
    from grading.plans import marks as plan_marks
    from grading.plans.page import joined_comments

    if args.one_marker and not args.look:
        plan_log.append(state, plan_log.MARKS, [
            {"kind": "one marker", "enough": args.one_marker == "yes", "by": _account()}
        ])  # fmt: skip
    rows, lines = [], []
    for group in _groups(state, args.who):
        found = plan_marks.agreed(state, group)
        done: list[str] = []
        if found.points is not None and not args.look:
            comments = joined_comments(plan_marks.marks_of(state, group))
            done = plan_gradebook.write(state, group, dict(found.by_criterion), comments)
        rows.append({"group": group.id, "points": found.points, "state": found.sentence,
                     "markers": list(found.markers), "written": done})  # fmt: skip
        told = "waiting" if found.points is None else f"{found.points:g} points"
        lines.append(
            f"{group.id}: {told}. {found.sentence}" + (f" Written for {len(done)}." if done else "")
        )
    shared.tell(args, {"results": rows}, lines or ["No plan came yet."])
    return 0


def _turns(args: argparse.Namespace, state: GradingState) -> list[Any]:
    from grading.plans.day import order
    from grading.plans.marks import rubric_of

    return order(
        state, _groups(state, []), rubric_of(state), draw=getattr(args, "draw", None),
        start=getattr(args, "start", ""), break_after=getattr(args, "break_after", 0),
        break_min=getattr(args, "break_min", 15),
    )  # fmt: skip


def _order(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans.day import order_page, write_text

    turns = _turns(args, state)
    lines = [
        f"{t.number}. {t.begins} {t.who}: {t.title or 'no plan yet'}".replace("  ", " ")
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

    groups = _groups(state, args.who)
    note_presented(
        state, groups, by=args.by or _account(), presented=not args.undo,
        how="recording" if args.recording else "live",
    )  # fmt: skip
    told = "Taken back" if args.undo else "Noted"
    shared.tell(args, {"groups": [g.id for g in groups], "presented": not args.undo},
                [f"{told}: {', '.join(g.id for g in groups)}."])  # fmt: skip
    return 0


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
