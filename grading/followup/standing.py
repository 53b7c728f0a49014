"""Where every plan stands and what has happened to it: frames for the dashboard.

Pure functions of ``Frames``. What a plan did not agree to share is left out here, so that
a page drawn from these frames can be shown to other cities.
"""

from __future__ import annotations

import pandas as pd

from course.followup.scale import DAYS, DROPPED, OBSTACLES, STATUS, status_words
from course.followup.values import safe_link
from grading.followup.due import ANSWERED, CLOSED, OVERDUE, STANDARD, UNKNOWN, Rhythm, due
from grading.followup.indicators import latest_kpi, latest_reports, progress
from grading.followup.store import Frames, whole_frame

NOT_KNOWN = "?"
CODES = (*STATUS, NOT_KNOWN)
PILLARS = {"policy": "Policy and participation", "bigdata": "Big data", "transport": "Transport"}
STANDING = [
    "plan_id", "programme", "city", "country", "lat", "lon", "title", "status", "on_day",
    "shares", "progress_pct", "pillars",
]  # fmt: skip
ENTRIES = ["plan_id", "day", "on", "what", "words", "links", "corrected"]


def standing(frames: Frames) -> pd.DataFrame:
    """Return one row per plan: its latest reported status, never a guess.

    Parameters
    ----------
    frames : Frames
        From ``Store.frames(on)``.

    Returns
    -------
    DataFrame
        plan_id, programme, city, country, lat, lon, title, status ("0" to "4", "X", or "?"
        where nothing was reported), on_day (step of that status), shares (the latest report
        agrees to share), progress_pct of the indicator (None: not known), pillars.
    """
    last = {int(r.plan_id): r for r in latest_reports(frames).itertuples()}
    now = {int(r.plan_id): float(r.value) for r in latest_kpi(frames).itertuples()}
    rows = []
    for plan in frames.plans.itertuples():
        report = last.get(int(plan.plan_id))
        rows.append([
            int(plan.plan_id), plan.programme, plan.city, plan.country, _number(plan.lat),
            _number(plan.lon), plan.title, report.status if report else NOT_KNOWN,
            int(report.day) if report else None, bool(report.consent) if report else False,
            _way(now.get(int(plan.plan_id)), plan.baseline, plan.target),
            tuple(p for p in str(plan.pillars).split(",") if p),
        ])  # fmt: skip
    return whole_frame(rows, STANDING, may_lack=("lat", "lon", "on_day", "progress_pct"))


def by_step(frames: Frames, *, rhythm: Rhythm = STANDARD) -> pd.DataFrame:
    """Return one row per plan and step: status code, "?" for unknown, "" where open or later.

    Returns
    -------
    DataFrame
        plan_id, day, due, code, state.
    """
    table = due(frames, rhythm=rhythm)
    rows = []
    for step in table.itertuples():
        code = step.status if step.state == ANSWERED else ""
        if step.state == UNKNOWN:
            code = NOT_KNOWN
        if step.state == CLOSED:
            code = DROPPED
        rows.append([int(step.plan_id), int(step.day), step.due, code, step.state])
    return whole_frame(rows, ["plan_id", "day", "due", "code", "state"])


def by_pillar(plans: pd.DataFrame) -> pd.DataFrame:
    """Return how many plans of each pillar stand where.

    Parameters
    ----------
    plans : DataFrame
        From :func:`standing`. A plan with parts of two pillars counts in both.

    Returns
    -------
    DataFrame
        pillar, plans, and one column per status code.
    """
    rows = []
    for pillar, words in PILLARS.items():
        codes = [
            s for s, own in zip(plans["status"], plans["pillars"], strict=True) if pillar in own
        ]
        rows.append([words, len(codes), *(codes.count(code) for code in CODES)])
    return whole_frame(rows, ["pillar", "plans", *CODES])


def obstacles(frames: Frames) -> pd.DataFrame:
    """Return how often each obstacle was named in the reports in force, most often first.

    Returns
    -------
    DataFrame
        obstacle (words), reports. "No obstacle" is among them.
    """
    said = frames.reports[frames.reports["in_force"].to_numpy(bool)]["id"]
    named = frames.obstacles[frames.obstacles["report_id"].isin(said).to_numpy(bool)]["kind"]
    counts = named.value_counts()
    rows = [[words, int(counts.get(kind, 0))] for kind, words in OBSTACLES.items()]
    rows.sort(key=lambda r: -r[1])
    return whole_frame([r for r in rows if r[1]], ["obstacle", "reports"])


def open_steps(frames: Frames, *, rhythm: Rhythm = STANDARD) -> pd.DataFrame:
    """Return the steps that are overdue or unknown, the longest first."""
    table = due(frames, rhythm=rhythm)
    late = table[table["state"].isin([OVERDUE, UNKNOWN]).to_numpy(bool)]
    late = late.sort_values(["days_late", "city"], ascending=[False, True])
    names = ["city", "title", "day", "due", "days_late", "reminders", "state"]
    return late[names].reset_index(drop=True)


def lessons(frames: Frames) -> pd.DataFrame:
    """Return the lessons that may be shown: city, title, status, lesson, obstacle.

    The latest report of a plan decides: who withdraws consent withdraws it for all.
    """
    plans = standing(frames).set_index("plan_id")
    said = frames.reports[frames.reports["in_force"].to_numpy(bool)]
    obstacle = dict(zip(frames.obstacles["report_id"], frames.obstacles["kind"], strict=True))
    rows = []
    for plan_id, own in said.sort_values("day", ascending=False).groupby("plan_id", sort=False):
        told = [r for r in own.itertuples() if r.lesson.strip()]
        plan = plans.loc[plan_id]
        if told and plan["shares"]:
            words = OBSTACLES.get(obstacle.get(told[0].id, ""), "")
            rows.append([plan["city"], plan["title"], plan["status"], told[0].lesson, words])
    rows.sort(key=lambda r: (-_rank(r[2]), r[0]))
    return whole_frame(rows, ["city", "title", "status", "lesson", "obstacle"])


def timeline(frames: Frames) -> pd.DataFrame:
    """Return what happened to each plan, oldest first.

    Returns
    -------
    DataFrame
        plan_id, day (None: the start), on, what (a few words), words (texts of the report;
        empty without consent), links (addresses that may be shown as links), corrected.
    """
    shares = dict(zip(*(standing(frames)[c] for c in ("plan_id", "shares")), strict=True))
    rows = [
        [int(p.plan_id), None, p.closing, "Plan presented", (), (), False]
        for p in frames.plans.itertuples()
    ]
    for report in frames.reports.itertuples():
        shown = shares[int(report.plan_id)] and report.consent
        words, links = _said(frames, report) if shown else ((), ())
        rows.append([
            int(report.plan_id), int(report.day), report.received_on,
            status_words(report.status), words, links, not report.in_force,
        ])  # fmt: skip
    table = whole_frame(rows, ENTRIES, may_lack=("day", "words", "links"))
    return table.sort_values(["plan_id", "on"], kind="stable", ignore_index=True)


def _said(frames: Frames, report: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parts = []
    obstacle = frames.obstacles[frames.obstacles["report_id"] == report.id]
    for o in obstacle.itertuples():
        if o.kind != "none":
            more = f": {o.words}" if o.words else ""
            parts.append(f"Obstacle {OBSTACLES.get(o.kind, o.kind)}{more}")
    for k in frames.kpis[frames.kpis["report_id"] == report.id].itertuples():
        parts.append(f"Indicator {k.value:g} on {k.measured_on} ({k.source})")
    for label, words in (
        ("Change", report.change), ("Help wanted", report.help_wanted),
        ("Presented to", report.presented_to), ("Signer", report.signer),
        ("Budget line", report.budget_line), ("Partners", report.partners),
        ("What officials do differently", report.behaviour), ("Lesson", report.lesson),
    ):  # fmt: skip
        if words:
            parts.append(f"{label}: {words}")
    proofs = frames.evidence[frames.evidence["report_id"] == report.id]["target"]
    links = [p for p in proofs if safe_link(p)]
    parts += [f"Proof: {p}" for p in proofs if not safe_link(p)]
    return tuple(parts), tuple(links)


def _way(now: float | None, baseline: object, target: object) -> float | None:
    start, end = _number(baseline), _number(target)
    if now is None or start is None or end is None or start == end:
        return None
    return progress(now, start, end)


def _number(value: object) -> float | None:
    return None if value is None or value != value else float(value)  # type: ignore[arg-type]


def _rank(code: str) -> int:
    return int(code) if code.isdigit() else -1


def days() -> tuple[int, ...]:
    """Return the steps, for heads of tables."""
    return DAYS
