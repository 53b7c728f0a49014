"""A small whole course for tests of backup, restore and forgetting: made once, then copied.

One team of two with a shared plan, one person alone; a certificate for two of them, grades,
attendance, marks, a follow-up with reports. All people are invented.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from course import paths
from course.paths import ROOT
from grading import certificates, scored
from grading.cohort.gradebook import into_gradebook
from grading.cohort.people import Participant
from grading.cohort.store import save as save_roster
from grading.followup import open_store
from grading.followup.adding import add
from grading.followup.starting import HandedIn, Person, start
from grading.handin import content_hash
from grading.safekeeping.places import Layout
from grading.state import COURSE_ID, GradingState
from tests import certificate_host as papers
from tests import followup_year as year

MODULE = "13_action_plan"
FARES = "10_integrated_fares"
ANA, BO, CY = "ana-9417", "bo-9417", "cy-9417"
NAMES = {ANA: "Anahita Zzyxqa Testová", BO: "Boris Testperson", CY: "시험용 사이"}
MAILS = {who: f"{who.split('-')[0]}.qwx@nowhere-{n}.example" for n, who in enumerate(NAMES)}
SECRET = "a test passphrase"


@cache
def built() -> Path:
    """Return the course, made once in each process that runs tests; nobody changes it."""
    base = Path(tempfile.mkdtemp(dir=paths.cache_dir().parent)) / "state"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_STATE", str(base))
        build(base)
    return base


def copied(place: Path) -> Path:
    """Return a copy of the course."""
    shutil.copytree(built(), place)
    return place


def people() -> list[Participant]:
    teams = {ANA: "Zeta team", BO: "Zeta team", CY: ""}
    return [
        Participant(who, name=NAMES[who], email=MAILS[who], city="Testville", team=teams[who],
                    programme="wego_week") for who in NAMES
    ]  # fmt: skip


def plan(*names: str) -> dict[str, Any]:
    made = year.plan_of(year.STORIES[1])
    made["team"] = [{"name": NAMES[n], "part": "counts"} for n in names]
    return made


def build(base: Path) -> GradingState:
    """Make the course below a folder; ``COURSE_STATE`` must name that folder."""
    state = GradingState(base / "grading", ROOT, base / "grading" / "exchange").prepare()
    save_roster(state, people())
    into_gradebook(state, people())
    _hand_ins(state)
    _grades(state)
    _logs(state)
    host = papers.host(base)
    for who in (ANA, BO):
        stated = papers.achievement(student_id=who, name=NAMES[who])
        certificates.issue(host, stated, now=papers.NOW, by="tester")
    followup_at(str(base / "followup.db"), base)
    return state


def _hand_ins(state: GradingState) -> None:
    for who in NAMES:
        folder = state.folder("submitted", who, MODULE)
        folder.mkdir(parents=True)
        team = (ANA, BO) if who != CY else (CY,)
        (folder / "plan.json").write_text(json.dumps(plan(*team), ensure_ascii=who == BO))
        (folder / "exercises.ipynb").write_text(json.dumps({"cells": [], "nbformat": 4}))
        (folder / "timestamp.txt").write_text("2026-11-12 10:00:00.000000 UTC")
        (folder / "submission_secret.txt").write_text(f"secret of {who}")
        auto = state.folder("autograded", who, MODULE)
        shutil.copytree(folder, auto)
        page = state.folder("feedback", who, MODULE)
        page.mkdir(parents=True)
        for name in ("timestamp.txt", "submission_secret.txt"):
            shutil.copy(folder / name, page / name)
        (page / "exercises.html").write_text(f"<p>{NAMES[who]}, {who}</p>", encoding="utf-8")
        _exchange(state, who, page)
        scored.append(state, MODULE, {who: scored.Scored(content_hash(folder), "k", "t", {})})
    note = state.base / "intake" / MODULE
    note.mkdir(parents=True)
    (note / f"{ANA}.json").write_text('{"notes": [], "placed": ""}')
    keys = {"version": "v", "values": {f"{who}|abc": {"q": 1} for who in NAMES}}
    (state.base / "keys" / f"{MODULE}.json").write_text(json.dumps(keys))
    rows = [{"student": who, "points": 3} for who in NAMES]
    (state.reports / f"{MODULE}.json").write_text(json.dumps({"rows": rows, "best": NAMES[ANA]}))


def _exchange(state: GradingState, who: str, page: Path) -> None:
    inbound = state.exchange / COURSE_ID / "inbound" / f"{who}+{MODULE}+2026-11-12 10:00:00 UTC+x"
    shutil.copytree(state.folder("submitted", who, MODULE), inbound)
    digest = hashlib.md5(f"secret of {who}exercises".encode()).hexdigest()  # nbgrader's name
    out = state.exchange / COURSE_ID / "feedback"
    out.mkdir(exist_ok=True)
    shutil.copy(page / "exercises.html", out / f"{digest}.html")


def _grades(state: GradingState) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(state.db_url, COURSE_ID) as book:
        book.add_assignment(MODULE)
        book.add_notebook("exercises", MODULE)
        book.add_grade_cell("q1", "exercises", MODULE, max_score=4, cell_type="code")
        book.add_solution_cell("w1", "exercises", MODULE)
        for n, who in enumerate(NAMES):
            submission = book.add_submission(MODULE, who)
            for grade in submission.notebooks[0].grades:
                grade.auto_score, grade.manual_score = n + 1.0, n + 1.5
            for comment in submission.notebooks[0].comments:
                comment.manual_comment = f"Well done, {NAMES[ANA]}." if who != CY else "Good."
        book.db.commit()


def _logs(state: GradingState) -> None:
    from grading.cohort.attendance import Mark
    from grading.plans import log as plan_log
    from grading.plans.files import read_handed_in
    from grading.plans.marks import content_of

    lines = [vars(Mark(who, "wego_week", "d1-1", True, 0.0, 60.0, "host",
                       "2026-11-09T09:00:00+00:00")) for who in NAMES]  # fmt: skip
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (state.base / "attendance.jsonl").write_text(text, encoding="utf-8")
    version = content_of(read_handed_in(state.folder("submitted", BO, MODULE) / "plan.json", BO))
    when = datetime(2026, 11, 13, tzinfo=UTC)
    rows = [{"kind": "mark", "group": "team:Zeta team", "marker": "Marker One", "points": 5,
             "criterion": "problem", "comment": f"Ask {NAMES[ANA]}", "plan": version},
            {"kind": "mark", "group": CY, "marker": NAMES[ANA], "points": 4,
             "criterion": "problem", "comment": None, "plan": "x"}]  # fmt: skip
    plan_log.append(state, plan_log.MARKS, rows, now=when)
    plan_log.append(state, plan_log.PRESENTED, [{"group": ANA, "presented": True}], now=when)
    plan_log.append(state, plan_log.PEERS, [{"group": CY, "said": f"as {MAILS[ANA]} said"}])


def followup_at(address: str, room: Path) -> None:
    """Register the people and take two reports, in a follow-up at an address."""
    shared = json.dumps(plan(ANA, BO), ensure_ascii=True).encode()
    alone = json.dumps(plan(CY), ensure_ascii=False).encode()
    facts = year.handed_in(year.STORIES[1]).facts
    crowd = [Person(p.student_id, p.name, p.email, p.city, p.team) for p in people()]
    with open_store(address) as store:
        start(
            store,
            year.COHORT,
            crowd,
            {"team:Zeta team": HandedIn(facts, shared), CY: HandedIn(facts, alone)},
            on=year.CLOSING,
        )
        for who in (ANA, CY):
            report = {"programme": "wego_week", "student": who, "day": 30, "status": "1",
                      "obstacle": "law", "consent": True, "signer": NAMES[who]}  # fmt: skip
            path = room / f"report-{who}.json"
            path.write_text(json.dumps(report), encoding="utf-8")
            done = add(store, path, on=year.CLOSING + timedelta(days=31))
            assert done.outcome != "refused", done
            path.unlink()


# ---- what a course amounts to ------------------------------------------------------------


def layout(base: Path) -> Layout:
    return Layout(base)


def tables(file: Path) -> list[str]:
    """Return an SQLite database as text, row by row."""
    with closing(sqlite3.connect(file)) as opened:
        return list(opened.iterdump())


def content(base: Path, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return every file of a course: bytes, rights and time, databases as their rows."""
    found: dict[str, Any] = {}
    for where, folders, names in os.walk(base):
        folders.sort()
        inside = Path(where).relative_to(base)
        found[f"{inside.as_posix()}/"] = Path(where).stat().st_mode
        for name in names:
            path = Path(where, name)
            at = path.relative_to(base).as_posix()
            if name.endswith((".lock", "-wal", "-shm")) or name == "lock" or at in without:
                continue
            status = path.stat()
            if path.suffix == ".db":
                found[at] = tables(path)
            else:
                found[at] = (path.read_bytes(), status.st_mode, status.st_mtime_ns)
    return found


def due(base: Path, on: date = year.CLOSING + timedelta(days=95)) -> list[dict[str, Any]]:
    from grading.followup.due import due as open_steps

    with open_store(str(base / "followup.db")) as store:
        return open_steps(store.frames(on)).to_dict("records")
