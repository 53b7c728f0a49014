"""The dashboard: one page for all cities, as a file that works offline or served by Voilà.

The page holds what may be shown to other cities: statuses of all plans, and words of those
that agreed to share. Everything else is in the Excel export.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from html import escape
from pathlib import Path

import pandas as pd

from course import whole_files
from course.display.base_map import iframe
from course.display.figure import badge_html, stylesheet
from grading.followup import board_colors, board_map, board_parts, standing
from grading.followup.indicators import indicators
from grading.followup.store import Frames, Store

NOTEBOOK = Path(__file__).with_name("dashboard.ipynb")
TITLE = "What became of the plans"
# Which day the served dashboard shows; the notebook reads it.
DAY_VARIABLE, DB_VARIABLE = "COURSE_FOLLOWUP_ON", "COURSE_FOLLOWUP_DB"
_POLICY = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; form-action 'none'"


def body(frames: Frames) -> str:
    """Return the dashboard as HTML that can stand in a notebook or a page.

    Parameters
    ----------
    frames : Frames
        From ``Store.frames(on)``.
    """
    plans = standing.standing(frames)
    texts: list[str] = []
    parts = [_head(frames)]
    if plans.empty:
        parts.append(
            '<p class="kit-reading">No plan is registered yet. Begin with: '
            "python3 -m grading followup start.</p>"
        )
    else:
        table = indicators(frames)
        parts += [board_parts.tiles(table), _places(frames, plans), _late(frames)]
        parts += [_lessons(frames), _plans(frames, plans), _limits(table)]
    whole = "".join(parts)
    texts.append(whole)
    style = _style()
    return f'<div class="kit fu" lang="en">{stylesheet(*texts)}<style>{style}</style>{whole}</div>'


def page(frames: Frames) -> str:
    """Return the dashboard as one HTML page that asks no server."""
    # nothing on it may load from elsewhere or run but the map's own script in its frame
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data: blob:; "
        "frame-src 'self' data:; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="referrer" content="no-referrer"><title>{TITLE}</title>'
        "<style>body{margin:0;background:#ffffff}"
        "@media (prefers-color-scheme:dark){body{background:#161b20}}</style></head>"
        f"<body>{body(frames)}</body></html>\n"
    )


def write(frames: Frames, out: str | os.PathLike[str]) -> Path:
    """Write the page; an old file is replaced at once."""
    path = Path(out)
    whole_files.write(path, page(frames).encode("utf-8"))
    return path


def serve(store: Store, *, on: date | None = None, port: int = 8866) -> int:
    """Serve the dashboard notebook with Voilà until Ctrl-C; return its exit code."""
    import subprocess

    command, variables = voila_command(store, on=on, port=port)
    return subprocess.call(command, env=variables)


def voila_command(
    store: Store, *, on: date | None = None, port: int = 8866, browser: bool = True
) -> tuple[list[str], dict[str, str]]:
    """Return the command line and the environment that serve the dashboard."""
    from course.paths import ROOT

    command = [
        sys.executable, "-m", "voila", str(NOTEBOOK), f"--port={port}",
        "--Voila.ip=127.0.0.1", "--theme=light", "--template=followup",
        # a page that could ask another server is a page that tells it who looks
        f"--Voila.tornado_settings={{'headers': {{'Content-Security-Policy': \"{_POLICY}\"}}}}",
        *([] if browser else ["--no-browser"]),
    ]  # fmt: skip
    variables = dict(os.environ)
    variables[DB_VARIABLE] = store.url.render_as_string(hide_password=False)
    paths = [str(ROOT), variables.get("PYTHONPATH", "")]
    variables["PYTHONPATH"] = os.pathsep.join(p for p in paths if p)
    # the template lies beside the notebook: Voila's own asks a public server for two styles
    found = [str(NOTEBOOK.with_name("jupyter")), variables.get("JUPYTER_PATH", "")]
    variables["JUPYTER_PATH"] = os.pathsep.join(p for p in found if p)
    if on is not None:
        variables[DAY_VARIABLE] = on.isoformat()
    return command, variables


class Board:
    """What the dashboard notebook shows: the page, chosen by cohort, live or still."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames

    def _repr_html_(self) -> str:
        return body(self.frames)


def board(programme: str | None = None) -> Board:
    """Return the dashboard of the database and day that the environment names.

    Parameters
    ----------
    programme : str, optional
        Only the cohorts of this programme; None: all.
    """
    from course.followup import values
    from grading.followup import open_store

    day = values.day(os.environ.get(DAY_VARIABLE, ""))
    with open_store() as store:
        frames = store.frames(day)
    return Board(only(frames, programme) if programme else frames)


def programmes() -> list[str]:
    """Return the programmes that are followed."""
    return sorted(set(board().frames.cohorts["programme"]))


def only(frames: Frames, programme: str) -> Frames:
    """Return the frames of one programme."""
    from dataclasses import replace

    plans = frames.plans[(frames.plans["programme"] == programme).to_numpy(bool)]
    cohorts = frames.cohorts[(frames.cohorts["programme"] == programme).to_numpy(bool)]
    reports = frames.reports[frames.reports["plan_id"].isin(plans["plan_id"]).to_numpy(bool)]

    def of(table: pd.DataFrame, column: str, keys: pd.Series) -> pd.DataFrame:
        return table[table[column].isin(keys).to_numpy(bool)].reset_index(drop=True)

    by_plan = {
        name: of(getattr(frames, name), "plan_id", plans["plan_id"])
        for name in ("milestones", "activities", "plan_tables", "reminders")
    }
    by_report = {
        name: of(getattr(frames, name), "report_id", reports["id"])
        for name in ("statuses", "evidence", "obstacles", "kpis", "table_states")
    }
    return replace(
        frames, plans=plans.reset_index(drop=True), cohorts=cohorts.reset_index(drop=True),
        participants=of(frames.participants, "cohort_id", cohorts["id"]),
        reports=reports.reset_index(drop=True), **by_plan, **by_report,
    )  # fmt: skip


def _head(frames: Frames) -> str:
    names = [f"{c.title}, closing day {c.closing.isoformat()}" for c in frames.cohorts.itertuples()]
    shown = "; ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    made = any(frames.cohorts["simulated"].astype(bool))
    badge = badge_html("SIMULATED participants and reports") if made else ""
    return (
        f'<div class="kit-head"><h1>{TITLE}</h1>{badge}</div>'
        f'<p class="kit-subtitle"><bdi>{escape(shown)}</bdi>. {len(frames.plans)} plans, '
        f"{len(frames.participants)} participants. As of {frames.on.isoformat()}.</p>"
    )


def _places(frames: Frames, plans: pd.DataFrame) -> str:
    title = "Where the plans stand"
    missing = sorted({str(p["city"]) for p in plans.to_dict("records") if p["lat"] is None})
    note = (
        f'<p class="kit-subtitle">Not on the map, no coordinates known: '
        f"{escape(', '.join(missing))}.</p>"
        if missing
        else ""
    )
    frame = iframe(board_map.page(plans, title=title), title=title, height=board_map.HEIGHT)
    pillars = standing.by_pillar(plans)
    return (
        '<div class="fu-two"><section>'
        f'<h2>{title}</h2><p class="kit-reading">{_reading(plans)}</p>'
        f'<div class="kit-frame">{frame}</div>{board_parts.legend()}{note}'
        '<p class="kit-subtitle">Grey dots: principal places of the time zones, for '
        "orientation (time zone database).</p></section><section><h2>Progress by pillar</h2>"
        '<p class="kit-subtitle">Plans by status. A plan with parts of two pillars counts in '
        f"both.</p>{board_parts.pillar_bars(pillars)}<h2>What stands in the way</h2>"
        '<p class="kit-subtitle">Biggest obstacle, number of reports.</p>'
        f"{board_parts.obstacle_bars(standing.obstacles(frames))}</section></div>"
    )


def _reading(plans: pd.DataFrame) -> str:
    codes = list(plans["status"])
    going = sum(c in ("3", "4") for c in codes)
    silent = codes.count(standing.NOT_KNOWN)
    dropped = codes.count("X")
    said = f"{going} of {len(codes)} plans are running or done."
    if dropped:
        said += f" {dropped} {'was' if dropped == 1 else 'were'} dropped."
    if silent:
        said += f" {silent} never reported and {'is' if silent == 1 else 'are'} unknown."
    return said


def _late(frames: Frames) -> str:
    late = standing.open_steps(frames)
    note = "Two reminders without a reply make a step “unknown”, never “not started”."
    return (
        f'<section><h2>What is overdue</h2><p class="kit-subtitle">{note}</p>'
        f"{board_parts.late_table(late)}</section>"
    )


def _lessons(frames: Frames) -> str:
    cards = board_parts.lesson_cards(standing.lessons(frames))
    return (
        "<section><h2>What worked, in the words of the cities</h2>"
        '<p class="kit-subtitle">Only with their consent. Their words, not checked by us.</p>'
        f"{cards}</section>"
    )


def _plans(frames: Frames, plans: pd.DataFrame) -> str:
    grid = board_parts.plan_grid(plans, standing.by_step(frames), standing.timeline(frames))
    return (
        "<section><h2>Plan by plan</h2>"
        '<p class="kit-subtitle">Status as reported at each step. Open a plan to read its '
        f"timeline.</p>{grid}</section>"
    )


def _limits(table: pd.DataFrame) -> str:
    lines = "".join(f"<li>{escape(s)}</li>" for s in table["sentence"])
    return (
        "<section><h2>What the numbers do not show</h2>"
        '<p class="kit-reading">Statuses are what participants report; proofs are named, not '
        "checked. With a dozen cities a share moves by many points with one plan.</p>"
        f"<details><summary>The indicators in words</summary><ul>{lines}</ul></details></section>"
    )


def _style() -> str:
    own = Path(__file__).with_name("dashboard.css").read_text(encoding="utf-8")
    return own + board_colors.css()
