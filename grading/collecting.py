"""nbgrader's collect, safe against what the exchange can hold.

Every account can write into the exchange's inbound folder. nbgrader's own collect follows
links found there (and would copy the gradebook), lets ``..`` be a student, and stops for
everybody at one hand-in that is too large or misnamed. This one copies ordinary files
only, leaves out what is too large, says so, and goes on.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import parse_utc

from grading import intake
from grading.after_feedback import is_over
from grading.desk.closing import GRACE, last_moment, too_late
from grading.handed_in_by import Owners
from grading.intake import Intake, Note
from grading.plain_copy import copy_plain
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
        why_not = too_late(self._state(), self.coursedir.assignment_id)
        for name in sorted(os.listdir(self.inbound_path)):
            path = os.path.join(self.inbound_path, name)
            try:
                record = self._record(name)
                if record is None or (wanted not in ("", "*") and record["username"] != wanted):
                    continue
                said = why_not(record["username"], record["timestamp"], path)
            except OSError as error:  # whoever takes theirs away now stops nobody else's
                self.log.warning("Left out, %s: %s", error.strerror, name)
                continue
            if said:
                self.log.warning("Left out: %s", said)
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
        uid = os.lstat(path).st_uid
        refused = self._owners().refusal(uid, parts[0]) if self.check_owner else ""
        if refused:  # before the latest is chosen: a false one must not hide the true one
            self.log.warning("Left out, %s: %s", refused, name)
            return None
        return {"username": parts[0], "filename": name, "timestamp": moment, "uid": uid}

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
        state = self._state()
        if os.path.isdir(target) and is_over(state, assignment, student):
            self.log.warning("The test of %s is over: the earlier hand-in counts.", student)
            return
        beside = f"{target}.new"
        shutil.rmtree(beside, ignore_errors=True)
        owners = self._owners()
        notes: list[Note] = owners.note(record["uid"], student) if self.check_owner else []
        only = record["uid"] if self.check_owner and owners.students is not None else None
        end = last_moment(state, assignment)(student)
        # once more, on the open files: whoever saw them looked at could write into them now
        until = (end + GRACE).timestamp() if end else None
        notes += copy_plain(
            source, beside, ignore=self.coursedir.ignore, log=self.log, owner=only, until=until
        )
        # the folder's name was made by the exchange, the file inside by whoever
        Path(beside, "timestamp.txt").write_text(
            record["filename"].rsplit("+", 3)[2], encoding="utf-8"
        )
        if os.path.isdir(target):
            shutil.rmtree(target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(beside, target)
        intake.save(state, assignment, student, Intake(notes=tuple(notes)))

    def _state(self) -> GradingState:
        return GradingState(
            base=Path(self.coursedir.submitted_directory).parent,
            root=Path(self.coursedir.root),
            exchange=Path(self.root),
        )

    def _owners(self) -> Owners:
        if not hasattr(self, "_who"):
            self._who = Owners.of_exchange(Path(self.root))
        return self._who

    def _stamp(self, target: str) -> Any:
        try:
            return parse_utc(Path(target, "timestamp.txt").read_text(encoding="utf-8").strip())
        except Exception:
            return None
