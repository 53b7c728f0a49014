"""The seven indicators over all cities, as pure functions of frames.

Each says how many plans it is about. A plan that did not reply is counted as unknown and
stands in no share: silence is not "not started".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from course.followup.scale import DROPPED, STATUS
from grading.followup.store import Frames, whole_frame

SMALL = 5  # below this a share says little, and the sentence says so
LOW, HIGH = -100.0, 150.0  # per cent of the way; a value beyond is cut
STEP_COLUMNS = ["plan_id", "day", "due", "report_id", "status", "milestone_on"]
COLUMNS = ["indicator", "value", "unit", "part", "of", "unknown", "sentence"]


@dataclass(frozen=True)
class Indicator:
    """One number: ``value`` is ``part`` of ``of``; ``unknown`` did not reply."""

    id: str
    value: float | None
    unit: str
    part: int
    of: int
    unknown: int
    sentence: str


def indicators(frames: Frames) -> pd.DataFrame:
    """Return the seven indicators of the follow-up.

    Parameters
    ----------
    frames : Frames
        From ``Store.frames(on)``; what was due by then counts.

    Returns
    -------
    DataFrame
        One row per indicator: indicator, value (None where nothing can be said), unit,
        part, of, unknown, sentence.
    """
    steps = steps_due(frames)
    found = [
        reply_rate(steps),
        at_least(steps, day=180, status=2),
        at_least(steps, day=365, status=3),
        milestones_on_time(steps),
        kpi_progress(frames.plans, latest_kpi(frames)),
        frames_replaced(frames.plan_tables, latest_tables(frames)),
        dropped_with_reason(frames.plans, dropped(frames)),
    ]
    rows = [[i.id, i.value, i.unit, i.part, i.of, i.unknown, i.sentence] for i in found]
    return whole_frame(rows, COLUMNS, may_lack=("value",))


def steps_due(frames: Frames) -> pd.DataFrame:
    """Return one row per plan and step whose day has come.

    Returns
    -------
    DataFrame
        plan_id, day, due, report_id, status (None: no reply), milestone_on. A plan that was
        reported as dropped keeps that status at later steps, where nobody asks any more;
        such rows have no report_id.
    """
    said = {(int(r["plan_id"]), int(r["day"])): r for r in _in_force(frames).to_dict("records")}
    rows = []
    out: set[int] = set()
    for step in frames.milestones.sort_values(["plan_id", "day"]).itertuples():
        if step.due > frames.on:
            continue
        plan_id, day = int(step.plan_id), int(step.day)
        report = said.get((plan_id, day))
        if report is None:
            rows.append([plan_id, day, step.due, None, DROPPED if plan_id in out else None, None])
            continue
        if report["status"] == DROPPED:
            out.add(plan_id)
        else:
            out.discard(plan_id)
        reached = _day(report["milestone_on"])
        rows.append([plan_id, day, step.due, int(report["id"]), report["status"], reached])
    return whole_frame(rows, STEP_COLUMNS, may_lack=STEP_COLUMNS[3:])


def reply_rate(steps: pd.DataFrame) -> Indicator:
    """Return the share of due reports that came; steps after a drop are not asked for."""
    asked = [
        r for r in steps.to_dict("records") if r["report_id"] is not None or r["status"] is None
    ]
    part = sum(r["report_id"] is not None for r in asked)
    return _share(
        "reply_rate", part, len(asked), 0,
        "{part} of {of} reports that were due have come ({value:.0f} %).",
        "No report was due yet.",
    )  # fmt: skip


def at_least(steps: pd.DataFrame, *, day: int, status: int) -> Indicator:
    """Return the share of plans at a status or further at one step, of those that are known."""
    here = [r["status"] for r in steps.to_dict("records") if r["day"] == day]
    known = [s for s in here if s is not None]
    part = sum(s != DROPPED and int(s) >= status for s in known)
    return _share(
        f"at_{status}_on_day_{day}", part, len(known), len(here) - len(known),
        f"{{part}} of {{of}} plans were {STATUS[str(status)]} or further on day {day} "
        "({value:.0f} %).",
        f"No plan has reported day {day} yet.",
    )  # fmt: skip


def milestones_on_time(steps: pd.DataFrame) -> Indicator:
    """Return the share of milestones reached by their day, of those reported on."""
    rows = steps.to_dict("records")
    known = [r for r in rows if r["report_id"] is not None]
    part = sum(r["milestone_on"] is not None and r["milestone_on"] <= r["due"] for r in known)
    silent = sum(r["status"] is None for r in rows)
    return _share(
        "milestones_on_time", part, len(known), silent,
        "{part} of {of} milestones were reached by their day ({value:.0f} %).",
        "No milestone was reported on yet.",
    )  # fmt: skip


def progress(now: float, baseline: float, target: float) -> float:
    """Return how far a value is on the way from baseline to target, in per cent, cut.

    >>> progress(10, 0, 40), progress(-100, 0, 40), progress(100, 0, 40), progress(5, 10, 0)
    (25.0, -100.0, 150.0, 50.0)
    """
    if not all(map(math.isfinite, (now, baseline, target))) or baseline == target:
        raise ValueError("baseline and target must be two numbers")
    way = target / 2 - baseline / 2  # halves: the largest numbers must not overflow
    return (
        min(HIGH, max(LOW, 100.0 * ((now / 2 - baseline / 2) / way)))
        if way
        else (HIGH if now > baseline else LOW)
    )


def kpi_progress(plans: pd.DataFrame, values: pd.DataFrame) -> Indicator:
    """Return the median progress of the plans' indicators.

    Parameters
    ----------
    plans : DataFrame
        plan_id, baseline, target.
    values : DataFrame
        plan_id, value: the latest of each plan.
    """
    now = dict(zip(values["plan_id"], values["value"], strict=True))
    ways = []
    for plan in plans.itertuples():
        pair = (plan.baseline, plan.target)
        usable = all(v is not None and math.isfinite(v) for v in pair) and pair[0] != pair[1]
        if usable and plan.plan_id in now:
            ways.append(progress(float(now[plan.plan_id]), *map(float, pair)))
    median = float(pd.Series(ways, dtype=float).median()) if ways else None
    sentence = (
        f"Half of {len(ways)} plans have come {median:.0f} % of the way to their target or more."
        if median is not None
        else "No plan has reported its indicator yet."
    )
    return Indicator(
        "kpi_progress", median, "%", len(ways), len(ways), len(plans) - len(ways),
        sentence + _small(len(ways)) + _silent(len(plans) - len(ways) if ways else 0),
    )  # fmt: skip


def frames_replaced(wanted: pd.DataFrame, states: pd.DataFrame) -> Indicator:
    """Return the share of synthetic tables replaced by real ones, of those reported on.

    Parameters
    ----------
    wanted : DataFrame
        plan_id, frame: the synthetic tables of the plans.
    states : DataFrame
        plan_id, frame, closed: the latest word on each.
    """
    said = {
        (p, str(f).casefold()): bool(c)
        for p, f, c in zip(states["plan_id"], states["frame"], states["closed"], strict=True)
    }
    keys = list(dict.fromkeys(
        (p, str(f).casefold()) for p, f in zip(wanted["plan_id"], wanted["frame"], strict=True)
    ))  # fmt: skip
    known = [said[k] for k in keys if k in said]
    return _share(
        "frames_replaced", sum(known), len(known), len(keys) - len(known),
        "{part} of {of} synthetic tables were replaced by real ones ({value:.0f} %).",
        "No plan has reported on its tables yet.",
    )  # fmt: skip


def dropped_with_reason(plans: pd.DataFrame, reasons: pd.DataFrame) -> Indicator:
    """Return how many plans were dropped and said why; it counts as learning.

    Parameters
    ----------
    plans : DataFrame
        plan_id.
    reasons : DataFrame
        plan_id, reason of the plans whose latest report says dropped.
    """
    told = sum(bool(str(r).strip()) for r in reasons["reason"])
    gone = len(reasons)
    sentence = (
        f"{told} of {gone} dropped plans said why; other cities can learn from it."
        if gone
        else f"None of {len(plans)} plans was dropped."
    )
    return Indicator("dropped_with_reason", float(told), "plans", told, gone, 0, sentence)


def latest_kpi(frames: Frames) -> pd.DataFrame:
    """Return the latest value of each plan's indicator: plan_id, value, measured_on, source."""
    said = _in_force(frames)[["id", "plan_id", "day"]].rename(columns={"id": "report_id"})
    both = said.merge(frames.kpis.drop(columns=["id"]), on="report_id")
    both = both.sort_values(["measured_on", "day"]).drop_duplicates("plan_id", keep="last")
    return both[["plan_id", "value", "measured_on", "source"]].reset_index(drop=True)


def latest_tables(frames: Frames) -> pd.DataFrame:
    """Return the latest word on each synthetic table: plan_id, frame, closed, origin."""
    said = _in_force(frames)[["id", "plan_id", "day"]].rename(columns={"id": "report_id"})
    both = said.merge(frames.table_states.drop(columns=["id"]), on="report_id").sort_values("day")
    both = both.assign(key=[str(f).casefold() for f in both["frame"]])
    both = both.drop_duplicates(["plan_id", "key"], keep="last")
    return both[["plan_id", "frame", "closed", "origin"]].reset_index(drop=True)


def latest_reports(frames: Frames) -> pd.DataFrame:
    """Return the report of the latest step of each plan."""
    said = _in_force(frames).sort_values(["day", "id"])
    return said.drop_duplicates("plan_id", keep="last").reset_index(drop=True)


def dropped(frames: Frames) -> pd.DataFrame:
    """Return the plans whose latest report says dropped, with the reason."""
    last = latest_reports(frames)
    last = last[(last["status"] == DROPPED).to_numpy(bool)]
    words = dict(zip(frames.obstacles["report_id"], frames.obstacles["words"], strict=True))
    return pd.DataFrame({
        "plan_id": last["plan_id"].tolist(), "reason": [words.get(i, "") for i in last["id"]],
    })  # fmt: skip


def _in_force(frames: Frames) -> pd.DataFrame:
    return frames.reports[frames.reports["in_force"].to_numpy(bool)]


def _share(name: str, part: int, of: int, unknown: int, sentence: str, without: str) -> Indicator:
    if not of:
        return Indicator(name, None, "%", 0, 0, unknown, without + _silent(unknown))
    value = 100.0 * part / of
    said = sentence.format(part=part, of=of, value=value)
    return Indicator(name, value, "%", part, of, unknown, said + _small(of) + _silent(unknown))


def _small(of: int) -> str:
    return f" Few: {of} only, so one more would change it much." if 0 < of < SMALL else ""


def _silent(unknown: int) -> str:
    return f" {unknown} unknown." if unknown else ""


def _day(value: object) -> object:
    return None if value is None or value != value else value


def listed(found: Iterable[Indicator]) -> list[str]:
    """Return the sentences."""
    return [i.sentence for i in found]
