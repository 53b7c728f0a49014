"""The last day of the simulated week: feedback, certificates, papers to take home."""

from __future__ import annotations

import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from grading import paperwork
from grading.completion import completions
from grading.demo import course_work, exchange, hosting
from grading.demo.training import PLAN, Say, Training
from grading.state import GradingState

if TYPE_CHECKING:
    from course.completion import Completion
    from grading.certificates import Verdict

ISSUER = "Sample Training Centre (simulated)"


@dataclass
class Closing:
    """What the last day brought.

    Attributes
    ----------
    completions : dict
        Official -> what is met and what is missing.
    certificates : dict
        Official -> folder of the certificate, of those who earned one.
    verdicts : dict
        Official -> what the check says about the PDF.
    missing : dict
        Official -> what is missing, of all others.
    """

    completions: dict[str, Completion] = field(default_factory=dict)
    certificates: dict[str, Path] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)


def close(
    state: GradingState, training: Training, *, workers: int = 1, say: Say = print
) -> Closing:
    """Give feedback and certificates, and write what the delegations take home.

    Parameters
    ----------
    state : GradingState
        Of the week.
    training : Training
        From :func:`grading.demo.training.week`, plans marked.
    workers : int
        Processes for the feedback.
    say : callable
        Told what happens.
    """
    out = training.folder
    with ProcessPoolExecutor(workers, mp_context=course_work.context()) as pool:
        list(pool.map(paperwork.feedback, [state] * len(training.modules), training.modules))
    for official in training.officials:
        for module in training.modules:
            exchange.fetch_feedback(state, out / "trainees" / official.id, official.id, module)
    paperwork.export(state, out / "host" / "points.csv", training.modules)
    say("everybody has their feedback; points are exported")
    closing = Closing(completions(state, training.programme))
    _certify(state, training, closing)
    say(f"{len(closing.certificates)} certificates are issued, each is checked offline")
    _agenda(training)
    for town in dict.fromkeys(o.town.id for o in training.officials):
        _papers(state, training, town)
    say("agenda, city presentations and plans are written")
    return closing


def _certify(state: GradingState, training: Training, closing: Closing) -> None:
    from grading import certificates
    from grading.certificates import batch

    now = closing_moment(training)
    certificates.new_key(state, name=ISSUER, now=now)
    packs = {o.id: str(training.folder / "cities" / o.town.id) for o in training.officials}
    standings = [
        # the map on the page is drawn from the pack, which no host has under its name
        replace(s, achievement=replace(s.achievement, pack=packs[s.student_id]))
        if s.achievement and Path(packs[s.student_id]).is_dir()
        else s
        for s in certificates.earned(state, training.programme, simulated=True)
    ]
    told = batch.run(state, standings, now=now, by=hosting.HOST)
    if told.failed:
        raise AssertionError(f"certificates failed: {told.failed}")
    for one in told.new:
        student = one.achievement.student_id
        # the folder of the issuer is private; a copy is what a person takes home
        copy = training.folder / "certificates" / student
        copy.mkdir(parents=True, exist_ok=True)
        for file in (one.pdf, one.png, one.jwt, one.json):
            shutil.copyfile(file, copy / f"certificate{file.suffix}")
        closing.certificates[student] = copy
        closing.verdicts[student] = certificates.verify(copy / "certificate.pdf", base=state.base)
    closing.missing = {s.student_id: s.missing for s in told.missing}
    certificates.write_pages(state, training.folder / "check-pages")


def closing_moment(training: Training) -> datetime:
    """Return five in the afternoon of the last day, in Seoul."""
    day = training.programme.end
    assert day is not None
    return datetime(day.year, day.month, day.day, 17, 0, tzinfo=ZoneInfo("Asia/Seoul"))


def _agenda(training: Training) -> None:
    folder = training.folder / "programme"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agenda.ics").write_bytes(training.programme.ics())
    (folder / "agenda.html").write_text(training.programme.printable(), encoding="utf-8")


def _papers(state: GradingState, training: Training, town: str) -> None:
    """Write one delegation's own presentation, and its plan as Word file and slides."""
    from course.actionplan import read_plan
    from course.documents import city_deck, plan_slides, plan_word

    people = [o for o in training.officials if o.town.id == town]
    city = _city(people[0].town, training.folder)
    folder = training.folder / "delegations" / town
    folder.mkdir(parents=True, exist_ok=True)
    programme = training.programme
    city_deck.write(
        city, folder / "our_city.pptx", delegation=people[0].town.title,
        programme=programme.title, day=programme.start,
    )  # fmt: skip
    leader = next((o for o in people if o.leads), None)
    if leader is None or PLAN not in training.modules:
        return
    plan = read_plan(state.folder("submitted", leader.id, PLAN) / "plan.json")
    plan_word.write(plan, folder / "action_plan.docx", city=city)
    plan_slides.write(plan, folder / "action_plan.pptx", city=city)


def _city(town: Any, out: Path) -> Any:
    return town.pack(out / "cities")
