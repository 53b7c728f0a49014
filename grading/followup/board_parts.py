"""The parts of the dashboard as HTML: figures, bars, tables, lessons, timelines.

Every text of a report or plan goes through ``escape``; only http, https and mailto
addresses become links, and nothing is fetched.
"""

from __future__ import annotations

from html import escape

import pandas as pd

from course.display import tables_html
from course.followup.scale import DAYS
from course.followup.values import safe_link
from grading.followup import board_colors
from grading.followup.standing import CODES, NOT_KNOWN

_TILES = {
    "reply_rate": "Reports that came",
    "at_2_on_day_180": "Funded or further, day 180",
    "at_3_on_day_365": "Running or done, day 365",
    "milestones_on_time": "Milestones on time",
    "kpi_progress": "Way to the target, median",
    "frames_replaced": "Synthetic tables replaced",
    "dropped_with_reason": "Dropped, with a reason",
}


def tiles(indicators: pd.DataFrame) -> str:
    """Return the seven indicators as big figures, each with its counts."""
    parts = []
    for row in indicators.to_dict("records"):
        value = row["value"]
        shown = "–" if value is None else f"{value:.0f}" + (" %" if row["unit"] == "%" else "")
        unknown = f", {row['unknown']} unknown" if row["unknown"] else ""
        of = (
            f"{row['part']} of {row['of']}"
            if row["indicator"] != "kpi_progress"
            else (f"{row['of']} plans")
        )
        parts.append(
            f'<li title="{escape(row["sentence"])}"><b>{shown}</b>'
            f"<span>{_TILES[row['indicator']]}</span><small>{of}{unknown}</small></li>"
        )
    return f'<ul class="fu-tiles" aria-label="Indicators over all cities">{"".join(parts)}</ul>'


def legend() -> str:
    """Return what the signs mean."""
    items = "".join(
        f'<li><span class="fu-chip {board_colors.class_of(c)}">{board_colors.SIGNS[c]}</span>'
        f"{board_colors.WORDS[c]}</li>"
        for c in CODES
    )
    return f'<ul class="fu-legend" aria-label="Status">{items}</ul>'


def pillar_bars(pillars: pd.DataFrame) -> str:
    """Return one bar per pillar: plans by status, with the number in each part."""
    rows = []
    for row in pillars.to_dict("records"):
        parts = "".join(
            f'<span class="{board_colors.class_of(c)}" style="flex:{row[c]}" '
            f'title="{row[c]} {board_colors.WORDS[c]}">{row[c]}</span>'
            for c in CODES
            if row[c]
        )
        said = ", ".join(f"{row[c]} {board_colors.WORDS[c]}" for c in CODES if row[c])
        bar = f'<div class="fu-bar" role="img" aria-label="{said}">{parts}</div>'
        empty = '<p class="kit-subtitle">No plan has a part of this pillar.</p>'
        rows.append(
            f"<dt>{escape(row['pillar'])} <small>{row['plans']} plans</small></dt>"
            f"<dd>{bar if row['plans'] else empty}</dd>"
        )
    return f'<dl class="fu-pillars">{"".join(rows)}</dl>'


def obstacle_bars(named: pd.DataFrame) -> str:
    """Return one bar per obstacle, as long as it was often named."""
    if named.empty:
        return '<p class="kit-subtitle">No report has come yet.</p>'
    most = int(named["reports"].max())
    rows = "".join(
        f'<dt>{escape(r["obstacle"])}</dt><dd><span style="width:{78 * r["reports"] / most:.1f}%">'
        f"</span>{r['reports']}</dd>"
        for r in named.to_dict("records")
    )
    return f'<dl class="fu-why">{rows}</dl>'


def late_table(late: pd.DataFrame) -> str:
    """Return what is overdue or unknown, or a sentence that nothing is."""
    if late.empty:
        return '<p class="kit-reading">Nothing is overdue.</p>'
    shown = late.assign(due=[d.isoformat() for d in late["due"]])
    labels = {"title": "Plan", "day": "Step (day)", "days_late": "Days late"}
    return tables_html.table(shown, labels=labels, rows=40)


def lesson_cards(lessons: pd.DataFrame) -> str:
    """Return what cities tell other cities; only what they agreed to share."""
    if lessons.empty:
        return '<p class="kit-reading">No lesson has been shared yet.</p>'
    cards = []
    for row in lessons.to_dict("records"):
        chip = _chip(row["status"])
        hinder = (
            f"<small>Obstacle: {escape(row['obstacle'])}</small>"
            if row["obstacle"] and row["obstacle"] != "no obstacle"
            else ""
        )
        cards.append(
            f'<li>{chip}<div><blockquote dir="auto">{_text(row["lesson"])}</blockquote>'
            f"<p><bdi>{escape(row['city'])}</bdi>: <bdi>{escape(row['title'])}</bdi></p>{hinder}"
            "</div></li>"
        )
    return f'<ul class="fu-lessons">{"".join(cards)}</ul>'


def plan_grid(plans: pd.DataFrame, steps: pd.DataFrame, entries: pd.DataFrame) -> str:
    """Return one line per plan with its status at each step, and what was said on demand."""
    code = {(r.plan_id, r.day): (r.code, r.state, r.due) for r in steps.itertuples()}
    heads = "".join(f'<th scope="col">Day {day}</th>' for day in DAYS)
    rows = []
    for plan in plans.to_dict("records"):
        cells = "".join(f"<td>{_cell(*code[plan['plan_id'], day])}</td>" for day in DAYS)
        way = "–" if plan["progress_pct"] is None else f"{plan['progress_pct']:.0f} %"
        own = entries[(entries["plan_id"] == plan["plan_id"]).to_numpy(bool)]
        rows.append(
            f'<tr><th scope="row"><bdi>{escape(plan["city"])}</bdi>'
            f"<details><summary><bdi>{escape(plan['title'])}</bdi></summary>"
            f"{_entries(own, shares=bool(plan['shares']))}</details></th>"
            f'{cells}<td class="num">{way}</td></tr>'
        )
    return (
        '<div class="kit-scroll fu-wide" tabindex="0" role="region" aria-label="Plan by plan">'
        '<table class="kit-table fu-grid"><thead><tr><th scope="col">City and plan</th>'
        f'{heads}<th scope="col" class="num">Way to the target</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(code: str, state: str, due: object) -> str:
    if code:
        return (
            f"{_chip(code)}<span>{board_colors.WORDS[code] if code != NOT_KNOWN else state}</span>"
        )
    return f'<span class="fu-later">{escape(state)} {due}</span>'


def _entries(own: pd.DataFrame, *, shares: bool) -> str:
    items = []
    for row in own.to_dict("records"):
        head = f"{row['on']}: {escape(row['what'])}"
        if row["day"] is not None:
            head = f"{row['on']}, day {row['day']}: {escape(row['what'])}"
        said = "".join(f'<li dir="auto">{_text(w)}</li>' for w in row["words"])
        said += "".join(f"<li>Proof: {_link(w)}</li>" for w in row["links"])
        mark = " <small>corrected later</small>" if row["corrected"] else ""
        body = f"<ul>{said}</ul>" if said else ""
        items.append(f"<li{' class=fu-old' if row['corrected'] else ''}>{head}{mark}{body}</li>")
    note = (
        ""
        if shares or len(own) < 2
        else ('<p class="kit-subtitle">Its words are not shared with other cities.</p>')
    )
    return f'<ol class="fu-line">{"".join(items)}</ol>{note}'


def _chip(code: str) -> str:
    name, sign = board_colors.class_of(code), board_colors.SIGNS[code]
    return f'<span class="fu-chip {name}" aria-hidden="true">{sign}</span>'


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _link(address: str) -> str:
    """Return an address as a link that tells the other side nothing; text where it is none."""
    if safe_link(address) is None:
        return f"<bdi>{escape(address)}</bdi>"
    return (
        f'<a href="{escape(address, quote=True)}" rel="noopener noreferrer nofollow" '
        f'referrerpolicy="no-referrer" target="_blank"><bdi>{escape(address)}</bdi></a>'
    )
