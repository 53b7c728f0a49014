"""nbgrader's collect, safe against what the exchange can hold.

Every account can write into the exchange's inbound folder. nbgrader's own collect follows
links found there (and would copy the gradebook), lets ``..`` be a student, and stops for
everybody at one hand-in that is too large or misnamed. This one copies ordinary files
only, leaves out what is too large, says so, and goes on.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns, parse_utc

from grading import intake
from grading.after_feedback import is_over
from grading.intake import Intake, Note
from grading.limits import (
    MAX_DEPTH,
    MAX_FILE_MB,
    MAX_FILES,
    MAX_HAND_IN_MB,
    MAX_NOTEBOOK_MB,
)
from grading.state import GradingState, is_student_id


class SafeCollect(ExchangeCollect):
    """Collect hand-ins one by one; a bad one is reported and never stops the others."""

    def init_src(self) -> None:
        """List the latest hand-in of each student, leaving strange names out."""
        if not self.coursedir.course_id:
            self.fail("No course id specified. Re-run with --course flag.")
        self.course_path = os.path.join(self.root, self.coursedir.course_id)
        self.inbound_path = os.path.join(self.course_path, "inbound")
        if not os.path.isdir(self.inbound_path):
            self.fail(f"Course not found: {self.inbound_path}")
        latest: dict[str, dict[str, Any]] = {}
        wanted = self.coursedir.student_id
        for name in sorted(os.listdir(self.inbound_path)):
            record = self._record(name)
            if record is None or (wanted not in ("", "*") and record["username"] != wanted):
                continue
            best = latest.get(record["username"])
            if best is None or self._better(record, best):
                latest[record["username"]] = record
        self.src_records = [latest[student] for student in sorted(latest)]

    def _record(self, name: str) -> dict[str, Any] | None:
        """Return who, when and what of one folder of the exchange, None if it is none."""
        parts = name.rsplit("+", 3)
        if len(parts) < 3 or parts[1] != self.coursedir.assignment_id:
            return None
        path = os.path.join(self.inbound_path, name)
        if os.path.islink(path) or not os.path.isdir(path):
            self.log.warning("Left out, no folder: %s", name)
            return None
        try:
            moment = parse_utc(parts[2])
        except Exception:  # dateutil raises what it likes
            self.log.warning("Left out, its time cannot be read: %s", name)
            return None
        if not is_student_id(parts[0]):
            self.log.warning("Left out, %r cannot be a student: %s", parts[0], name)
            return None
        return {"username": parts[0], "filename": name, "timestamp": moment}

    def _better(self, record: dict[str, Any], best: dict[str, Any]) -> bool:
        """Say whether a hand-in counts rather than another of the same student."""
        due = self._duedate() if self.before_duedate else None
        if due is not None:
            in_time, was_in_time = record["timestamp"] <= due, best["timestamp"] <= due
            if in_time != was_in_time:
                return in_time
        return bool(record["timestamp"] > best["timestamp"])

    def _duedate(self) -> Any:
        from nbgrader.api import Gradebook, MissingEntry

        if not hasattr(self, "_due"):
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as book:
                try:
                    self._due = book.find_assignment(self.coursedir.assignment_id).duedate
                except MissingEntry:
                    self._due = None
        return self._due

    def copy_files(self) -> None:
        """Copy each hand-in that is new; report and go on where one cannot be copied."""
        for record in self.src_records:
            try:
                self._copy_one(record)
            except Exception as error:
                self.log.warning("Not collected: %s (%s)", record["filename"], error)

    def _copy_one(self, record: dict[str, Any]) -> None:
        student, assignment = record["username"], self.coursedir.assignment_id
        source = os.path.join(self.inbound_path, record["filename"])
        target = self.coursedir.format_path(self.coursedir.submitted_directory, student, assignment)
        have = self._stamp(target)
        if os.path.isdir(target) and have == record["timestamp"]:
            return
        if os.path.isdir(target) and not (self.update or self.before_duedate):
            self.log.info("Submission already exists, use --update: %s", student)
            return
        state = GradingState(
            base=Path(self.coursedir.submitted_directory).parent,
            root=Path(self.coursedir.root),
            exchange=Path(self.root),
        )
        if os.path.isdir(target) and is_over(state, assignment, student):
            self.log.warning("The test of %s is over: the earlier hand-in counts.", student)
            return
        beside = f"{target}.new"
        shutil.rmtree(beside, ignore_errors=True)
        notes = self._owner_note(source, student) if self.check_owner else []
        notes += copy_plain(source, beside, ignore=self.coursedir.ignore, log=self.log)
        # the folder's name was made by the exchange, the file inside by whoever
        Path(beside, "timestamp.txt").write_text(
            record["filename"].rsplit("+", 3)[2], encoding="utf-8"
        )
        if os.path.isdir(target):
            shutil.rmtree(target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(beside, target)
        intake.save(state, assignment, student, Intake(notes=tuple(notes)))

    def _stamp(self, target: str) -> Any:
        try:
            return parse_utc(Path(target, "timestamp.txt").read_text(encoding="utf-8").strip())
        except Exception:
            return None

    def _owner_note(self, source: str, student: str) -> list[Note]:
        """Compare the name with the account that owns the folder, where accounts differ.

        On a hub whose trainees share one account with the host there is nothing to compare.
        """
        uid = os.lstat(source).st_uid
        if uid == os.getuid():
            return []
        try:
            owner = pwd.getpwuid(uid).pw_name
        except KeyError:
            owner = f"number {uid}"
        if owner == student:
            return []
        return [("", f"Handed in by the account {owner!r} under the name {student!r}.")]


def copy_plain(source: str, target: str, *, ignore: list[str], log: Any) -> list[Note]:
    """Copy the ordinary files of a folder and name what was left out.

    Parameters
    ----------
    source, target : str
        Folders; the target is made.
    ignore : list of str
        Name patterns to leave out silently.
    log : logging.Logger
        nbgrader's.

    Returns
    -------
    list of (str, str)
        Notes for the report.
    """
    notes: list[Note] = []
    skip = ignore_patterns(exclude=ignore, log=log)
    count, total = 0, 0
    for where, folders, names in os.walk(source, followlinks=False):
        relative = os.path.relpath(where, source)
        depth = 0 if relative == "." else relative.count(os.sep) + 1
        links = [f for f in folders if os.path.islink(os.path.join(where, f))]
        notes += [("", f"{f[:80]!r} is a link to a folder; it was not followed.") for f in links]
        left_out = set(skip(where, folders)) | set(links)
        folders[:] = sorted(f for f in folders if f not in left_out) if depth < MAX_DEPTH else []
        for name in sorted(set(names) - set(skip(where, names))):
            sentence, size = _why_not(os.path.join(where, name), count, total)
            if sentence:
                notes.append(("", f"{name[:80]!r} {sentence}"))
                continue
            made = os.path.normpath(os.path.join(target, relative, name))
            os.makedirs(os.path.dirname(made), exist_ok=True)
            _copy_file(os.path.join(where, name), made)
            count, total = count + 1, total + size
    os.makedirs(target, exist_ok=True)
    return notes


def _why_not(path: str, count: int, total: int) -> tuple[str, int]:
    """Return why a file is not collected, or ``""``, and its size."""
    status = os.lstat(path)
    megabytes = status.st_size / 1_000_000
    limit = MAX_NOTEBOOK_MB if path.lower().endswith(".ipynb") else MAX_FILE_MB
    if stat.S_ISLNK(status.st_mode):
        return "is a link; it was not followed.", 0
    if not stat.S_ISREG(status.st_mode):
        return "is no ordinary file; it was left alone.", 0
    if megabytes > limit:
        return f"has {megabytes:.0f} MB, more than {limit} MB; it was not collected.", 0
    if count >= MAX_FILES or total / 1_000_000 + megabytes > MAX_HAND_IN_MB:
        return "was not collected; the hand-in is too large.", 0
    return "", status.st_size


def _copy_file(source: str, target: str) -> None:
    """Copy one file without ever following a link put there at the last moment."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(source, flags)
    with os.fdopen(handle, "rb") as read:
        if not stat.S_ISREG(os.fstat(read.fileno()).st_mode):
            return
        with open(target, "wb") as write:
            shutil.copyfileobj(read, write, 1 << 20)
