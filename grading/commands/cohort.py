"""Who takes part, who was there, and who has what is needed for a certificate."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from grading import commands_shared as shared
from grading.state import GradingState

HELP = "The roster, the attendance, and who has completed the programme."
DESCRIPTION = (
    "Load the people who take part, note who was in which session, and see what each of them "
    "still needs for the certificate."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands and their options."""
    parts = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    add = shared.add_part(parts, "add", "load a CSV or Excel table of people", _add)
    add.add_argument("table", type=Path, help="roster.csv or roster.xlsx")
    add.add_argument("--programme", default="", help="for rows that name none")
    add.add_argument(
        "--columns", nargs="+", default=[], metavar="FIELD=HEADER",
        help="which column is what, such as name=Nama",
    )  # fmt: skip
    add.add_argument("--encoding", help="of a text file, such as cp949; found out if left out")
    add.add_argument("--check", action="store_true", help="look at the table, write nothing")
    some = shared.add_part(parts, "list", "show who takes part", _list)
    some.add_argument("--all", action="store_true", help="also people who were taken off")
    gone = shared.add_part(parts, "remove", "take people off the list; their records stay", _remove)
    gone.add_argument("student", nargs="+", help="ids")
    out = shared.add_part(parts, "export", "write the roster as CSV for Excel", _export)
    out.add_argument("file", type=Path)
    stand = shared.add_part(
        parts, "standing", "what each person has and what is missing", _standing
    )
    _programme(stand)
    stand.add_argument("--out", type=Path, metavar="XLSX", help="also write an Excel file")
    stand.add_argument("--student", action="append", metavar="S", help="only this person")
    _attendance(parts)


def _attendance(parts: Any) -> None:
    group = parts.add_parser("attendance", help="who was in which session", allow_abbrev=False)
    inner = group.add_subparsers(dest="part", required=True, metavar="PART")
    mark = shared.add_part(inner, "mark", "note who was in a session", _mark)
    mark.add_argument("session", help="the session's id, such as d2-3")
    mark.add_argument("--present", nargs="+", default=[], metavar="S", help="ids, or: all")
    mark.add_argument("--absent", nargs="+", default=[], metavar="S", help="ids")
    mark.add_argument("--late", nargs="+", default=[], metavar="S=MIN", help="such as ana=15")
    add = shared.add_part(inner, "add", "read a filled-in sheet (CSV or Excel)", _add_sheet)
    add.add_argument("sheet", type=Path)
    add.add_argument("--encoding", help="of a text file; found out if left out")
    sheet = shared.add_part(
        inner, "sheet", "write the sheet of a day for Excel and paper", _write_sheet
    )
    sheet.add_argument("day", help="such as d2")
    sheet.add_argument("--out", type=Path, required=True, metavar="XLSX")
    show = shared.add_part(inner, "show", "show who was there", _show)
    show.add_argument("session", nargs="?", help="only this session, or only this day")
    show.add_argument("--log", action="store_true", help="every mark ever made, with who and when")
    for part in (mark, add, sheet, show):
        _programme(part)
    for part in (mark, add):
        part.add_argument("--by", default="", help="who says so (default: this account)")


def _programme(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--programme", help="its id (default: the one the roster names)")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; exit code 1 when rows were refused."""
    # nbgrader takes seconds to import, and most of this needs none of it
    needs = args.work in (_add, _standing)
    return args.work(args, shared.state() if needs else GradingState.default().prepare())


def _add(args: argparse.Namespace, state: Any) -> int:
    from grading.cohort import columns, roster

    made = roster.add(
        state, args.table, programme=args.programme, columns=columns.read_columns(args.columns),
        encoding=args.encoding, check_only=args.check,
    )  # fmt: skip
    by_id = {p.student_id: p for p in made.people}
    loaded = not made.problems and not args.check
    lines = [f"{args.table.name}, {p}" for p in made.problems]
    if made.problems:
        lines.append("Nothing was loaded. Mend these rows and load the file again.")
    else:
        verb = "Loaded" if loaded else "Would load"
        changed = len({c.student_id for c in made.changes})
        lines.append(
            f"{verb} {len(made.added)} new, {changed} changed, {len(made.unchanged)} as before."
        )
        lines += [f"  new: {s}  {by_id[s].name}" for s in made.added]
        lines += [f"  takes part again: {s}" for s in made.back]
        lines += [f"  {c}" for c in made.changes]
    data = {
        "loaded": loaded, "added": made.added, "back": made.back, "unchanged": made.unchanged,
        "changes": [vars(c) for c in made.changes], "problems": [vars(p) for p in made.problems],
        "notes": made.notes,
    }  # fmt: skip
    shared.tell(args, data, [*lines, *(f"  {n}" for n in made.notes)])
    return 1 if made.problems else 0


def _list(args: argparse.Namespace, state: Any) -> int:
    from grading.cohort import participants
    from grading.report import table

    people = participants(state, everyone=args.all)
    shown = ["student_id", "name", "city", "team", "role", "programme", "email"]
    shown += ["left"] if args.all else []
    rows = [[p.row()[c] for c in shown] for p in people]
    shared.tell(args, {"people": [p.row() for p in people]},
                table(shown, rows) if rows else ["Nobody is on the list yet."])  # fmt: skip
    return 0


def _remove(args: argparse.Namespace, state: Any) -> int:
    from grading.cohort import remove

    gone = remove(state, args.student)
    lines = [f"{s} is off the list. The records stay." for s in gone]
    shared.tell(args, {"removed": gone}, lines or ["They were off the list before."])
    return 0


def _export(args: argparse.Namespace, state: Any) -> int:
    from grading.cohort import export

    count = export(state, args.file)
    shared.tell(args, {"file": str(args.file), "people": count},
                [f"{count} people are in {args.file}."])  # fmt: skip
    return 0


def _mark(args: argparse.Namespace, state: Any) -> int:
    from course.errors import UsageError
    from grading.cohort import mark, participants

    programme = _opened(args, state)
    late = {}
    for pair in args.late:
        student, sign, minutes = pair.rpartition("=")
        if not sign or not minutes.isdigit():
            raise UsageError(f"--late {pair!r} is not ID=MINUTES.", "Write for example: ana=15.")
        late[student] = float(minutes)
    present = args.present
    if present == ["all"]:
        everybody = [p.student_id for p in participants(state, programme=programme.id)]
        present = [s for s in everybody if s not in args.absent and s not in late]
    made = mark(state, programme, args.session, present, absent=args.absent, late=late, by=args.by)
    shared.tell(args, {"written": [vars(m) for m in made]},
                [f"{len(made)} marks of {args.session} were written."])  # fmt: skip
    return 0


def _add_sheet(args: argparse.Namespace, state: Any) -> int:
    from grading.cohort import add_sheet

    made = add_sheet(state, _opened(args, state), args.sheet, by=args.by, encoding=args.encoding)
    lines = [f"{args.sheet.name}, {p}" for p in made.problems]
    if made.problems:
        lines.append("Nothing was written. Mend these rows and read the sheet again.")
    else:
        lines.append(f"{len(made.written)} marks were written, {made.unchanged} stood already.")
    data = {"written": [vars(m) for m in made.written], "unchanged": made.unchanged,
            "problems": [vars(p) for p in made.problems], "notes": made.notes}  # fmt: skip
    shared.tell(args, data, [*lines, *(f"  {n}" for n in made.notes)])
    return 1 if made.problems else 0


def _write_sheet(args: argparse.Namespace, state: Any) -> int:
    from grading.cohort import write_sheet

    count = write_sheet(state, _opened(args, state), args.day, args.out)
    shared.tell(args, {"file": str(args.out), "people": count},
                [f"{args.out} is the sheet of {args.day} for {count} people."])  # fmt: skip
    return 0


def _show(args: argparse.Namespace, state: Any) -> int:
    from grading.cohort.attendance import attendance, log
    from grading.report import table

    programme = _opened(args, state)
    if args.log:
        rows = [vars(m) for m in log(state) if m.programme == programme.id]
    else:
        rows = attendance(state, programme.id).to_dict("records")
    wanted = {s.id for s in programme.sessions if args.session in (None, s.id, s.day)}
    rows = [r for r in rows if r["session_id"] in wanted]
    shown = [[r["session_id"], r["student_id"], "present" if r["present"] else "absent",
              f"{r['minutes']:g}", r["by"], r["time"]] for r in rows]  # fmt: skip
    head = ["session", "student", "", "minutes", "by", "time"]
    shared.tell(args, {"marks": rows}, table(head, shown) if shown else ["Nothing is marked yet."])
    return 0


def _standing(args: argparse.Namespace, state: Any) -> int:
    from course.errors import UsageError
    from grading import completion
    from grading.cohort import participants
    from grading.completion import table as standing_table

    programme = _opened(args, state)
    known = {p.student_id for p in participants(state, programme=programme.id)}
    if strange := [s for s in args.student or () if s not in known]:
        raise UsageError(
            f"{', '.join(strange)} is not on the list of {programme.id}.",
            "See: python3 -m grading cohort list.",
        )
    frame = completion.standing(state, programme, students=args.student)
    if args.out:
        standing_table.write(frame, programme, args.out)
    shared.tell(args, {"programme": programme.id, "people": standing_table.data(frame)},
                standing_table.lines(frame, programme))  # fmt: skip
    return 0


def _opened(args: argparse.Namespace, state: Any) -> Any:
    """Return the programme that is named, or the one that all people of the roster are in."""
    from course.errors import UsageError
    from course.programme import Programme
    from grading.cohort import participants

    if args.programme:
        return Programme.open(args.programme)
    named = sorted({p.programme for p in participants(state) if p.programme})
    if len(named) > 1:
        raise UsageError(
            f"The roster names {len(named)} programmes.", f"Add --programme {' or '.join(named)}."
        )
    return Programme.open(named[0] if named else None)
