"""Action plans: check them, mark them by two, and run the day they are presented."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from course.errors import UsageError
from grading import commands_shared as shared
from grading.account import account_name
from grading.state import GradingState

HELP = "Action plans: list, check, mark by two, present."
DESCRIPTION = (
    "See which plans came and what is wrong with them, mark them by criterion, write what two "
    "markers agree on into the gradebook, and run the presentation day."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands and their options."""
    from grading.plans import day_commands

    parts = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    shared.add_part(parts, "list", "every plan, its markers and points", _list)
    check = shared.add_part(parts, "check", "what is missing or wrong in the plans", _check)
    check.add_argument("who", nargs="*", help="participants or teams (default: all)")
    show = shared.add_part(parts, "show", "write a plan as a page to read", _show)
    show.add_argument("who", help="a participant or a team")
    show.add_argument("--out", type=Path, required=True, metavar="HTML")
    bank = shared.add_part(parts, "comments", "the comment bank", _comments)
    bank.add_argument("criterion", nargs="?", help="such as relevance (default: all)")
    mark = shared.add_part(parts, "mark", "note points and comments of one marker", _mark)
    mark.add_argument("who", help="a participant or a team")
    mark.add_argument("--marker", required=True, help="who marks")
    mark.add_argument(
        "--points", nargs="+", default=[], metavar="C=P", help="such as relevance=15 financing=8"
    )
    mark.add_argument(
        "--comment", action="append", default=[], metavar="C=TEXT",
        help="such as relevance=#2 (of the comment bank) or financing='Who pays in year two?'",
    )  # fmt: skip
    result = shared.add_part(
        parts, "result", "what two markers agree on, into the gradebook", _result
    )
    result.add_argument("who", nargs="*", help="participants or teams (default: all)")
    result.add_argument("--look", action="store_true", help="show it, write nothing")
    result.add_argument(
        "--one-marker", choices=("yes", "no"), help="decide for this course that one is enough"
    )
    day_commands.add_arguments(parts)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; exit code 1 where a plan or a form is at fault."""
    return args.work(args, shared.state())


def _list(args: argparse.Namespace, state: GradingState) -> int:
    from grading.plans import marks as plan_marks
    from grading.plans.groups import groups, plan_of_group

    rows = []
    for group in groups(state):
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
    from grading.plans.groups import plan_of_group, some_groups

    found = {g.id: plan_of_group(state, g) for g in some_groups(state, args.who)}
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
    from grading.plans.groups import some_groups
    from grading.plans.page import joined_comments

    if args.one_marker and not args.look:
        by = account_name() or "unknown"
        plan_log.append(state, plan_log.MARKS, [
            {"kind": "one marker", "enough": args.one_marker == "yes", "by": by}
        ])  # fmt: skip
    rows, lines = [], []
    for group in some_groups(state, args.who):
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
