"""What a workspace knows about its own trainee's way to the certificate.

Two sources: the trainee's own files (answers, lab and lesson records, the plan), and what
the host said last. The host's word lies in the feedback pages, as a data block of this
trainee alone; pages that came by mail and were saved into the workspace count as well.
Only the host can know points, marks and presence: without its word they are unknown.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from course import answer_book, catalogue, identity, lesson_runs, self_scores
from course.completion import Completion, Evidence, outcome
from course.completion.asked import PLAN_MODULE, Asked, asked
from course.completion.rule import LESSONS
from course.errors import CourseError
from course.host_word import HostWord, moment, newest_word
from course.labs import records

__all__ = ["HostWord", "merged", "newest_word", "of_workspace", "own_evidence"]


def of_workspace(folder: Path, programme: Any) -> Completion:
    """Return what the home page shows: met, missing, waiting.

    Parameters
    ----------
    folder : Path
        The workspace.
    programme : Programme
        The programme the trainee follows.

    Returns
    -------
    Completion
        With the host's word of ``told_by_host``, empty if none was found. Whatever lies in
        the workspace, this does not fail.
    """
    who = identity.who(folder).trainee
    source = catalogue.source_dir() or folder / "modules"
    try:
        wanted = asked(programme, catalogue.modules(source))
    except CourseError:  # a module.yml at fault is told where the module is opened
        wanted = Asked()
    word = newest_word(folder, trainee=who, programme=programme.id)
    evidence = merged(own_evidence(folder, programme, wanted, who, word), word)
    made = outcome(programme.rule, evidence)
    return replace(made, told_by_host=word.time if word else "")


def own_evidence(
    folder: Path, programme: Any, wanted: Asked, trainee: str, word: HostWord | None = None
) -> Evidence:
    """Return what the trainee's own files say; what only the host knows is left unknown.

    Parameters
    ----------
    folder : Path
        The workspace.
    programme : Programme
        Its rule says what has to be looked at.
    wanted : Asked
        What is asked of the modules.
    trainee : str
        Whose files they are; records of somebody else do not count.
    word : HostWord, optional
        What the host has seen: only newer answers wait for it.
    """
    place = {m.id: _module_folder(folder, m.id) for m in
             (*wanted.lessons, *wanted.exercises, *filter(None, [wanted.post_test]))}  # fmt: skip
    lessons = frozenset(m.id for m in wanted.lessons)
    ran = frozenset()
    if programme.rule.presence == LESSONS:
        ran = frozenset(m for m in lessons if lesson_runs.was_run(place[m], trainee=trainee))
    used = frozenset(
        f"{m.id}/{lab}" for m in wanted.lessons if m.labs
        for lab in records.used(place[m.id], trainee=trainee)
    )  # fmt: skip
    seen = word.modules if word else {}
    core = extra = waiting = 0.0
    written = 0
    for module in wanted.exercises:
        scored = None if word else self_scores.read(place[module.id], trainee=trainee)
        since = word.time if word and module.id in seen else scored.time if scored else ""
        answered = _answered(place[module.id], since)
        had, open_ = seen.get(module.id, (scored.core if scored else 0.0, 0.0))
        core, extra = core + had, extra + (scored.extra if scored else 0.0)
        points = sum(q.points for n, q in module.questions.items()
                     if n in answered and q.kind == "core")  # fmt: skip
        waiting += min(max(points, open_), max(0.0, module.core_points - had))
        # whether a text was written only a reader can tell; what is handed in is read
        written += len(module.written) if answered and module.id not in seen else 0
    test = wanted.post_test
    plan = _own_plan(folder)
    return Evidence(
        on_site_minutes=programme.on_site_minutes,
        lessons=lessons,
        lessons_run=ran,
        labs=wanted.labs,
        labs_run=used & wanted.labs,
        core_points=core,
        core_waiting=waiting,
        extra_points=extra,
        core_possible=wanted.core_points,
        written_waiting=written,
        written_asked=wanted.written,
        plan_handed_in=plan is not None,
        plan_valid=plan,
        post_test_asked=test is not None,
        post_test_handed_in=test is not None and bool(_answered(place[test.id], "")),
        post_test_pct=_own_percent(place[test.id], trainee) if test and not word else None,
    )


def merged(own: Evidence, word: HostWord | None) -> Evidence:
    """Return the host's word, brought forward by what the trainee did since.

    What the programme asks for is taken from the trainee's course; what was earned and
    marked from the host; labs, lessons and the plan from whoever knows more.
    """
    if word is None:
        return own
    host = word.evidence
    return replace(
        own,
        on_site_minutes=host.on_site_minutes or own.on_site_minutes,
        attended_minutes=host.attended_minutes,
        missed_minutes=host.missed_minutes,
        lessons_run=own.lessons_run | (host.lessons_run & own.lessons),
        labs_run=own.labs_run | (host.labs_run & own.labs),
        extra_points=host.extra_points,
        written_good=host.written_good,
        written_waiting=min(
            own.written_waiting + host.written_waiting, own.written_asked - host.written_good
        ),
        plan_handed_in=own.plan_handed_in or host.plan_handed_in,
        # a plan the trainee has completed since is complete; the host reads it next
        plan_valid=own.plan_valid or (host.plan_valid if host.plan_handed_in else own.plan_valid),
        plan_points=host.plan_points,
        plan_presented=host.plan_presented,
        plan_part=host.plan_part,
        team_size=host.team_size,
        post_test_handed_in=own.post_test_handed_in or host.post_test_handed_in,
        post_test_pct=host.post_test_pct,
    )


# ---- the trainee's own files ---------------------------------------------------------------


def _module_folder(folder: Path, module_id: str) -> Path:
    """Return where a module lies: laid out by the course, or fetched through nbgrader."""
    laid_out = folder / "modules" / module_id
    fetched = folder / module_id
    return fetched if fetched.is_dir() and not laid_out.is_dir() else laid_out


def _answered(place: Path, since: str) -> set[str]:
    """Return the questions that have an answer, given after ``since`` where that is said."""
    found, _ = answer_book.read(place / answer_book.FILE_NAME)
    latest = {r["question"]: r for r in found}
    after = moment(since)
    return {
        name for name, r in latest.items()
        if r.get("value") is not None
        and (after is None or (moment(r.get("time")) or after) > after)
    }  # fmt: skip


def _own_percent(place: Path, trainee: str) -> float | None:
    score = self_scores.read(place, trainee=trainee)
    return 100 * score.points / score.of if score and score.of else None


def _own_plan(folder: Path) -> bool | None:
    """Return whether the plan is complete, None where there is none."""
    path = _module_folder(folder, PLAN_MODULE) / "plan.json"
    if not path.is_file():
        return None
    try:
        from course.actionplan import read_plan

        read_plan(path)
    except CourseError:
        return False
    except Exception:  # a file that no rule foresaw is no complete plan
        return False
    return True
