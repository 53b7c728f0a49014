"""A plan as a page: HTML that needs no script, no widget and no server.

The same page stands under the form, in the notebook that is handed in, in formgrader and
in the feedback. Fields are read from the model, so a new field appears by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from course.actionplan.faults import Problem, bare, is_part, kind_of, row_type
from course.actionplan.model import KINDS
from course.actionplan.outline import sections
from course.actionplan.shown_text import shown
from course.actionplan.sums import data_of
from course.display.figure import stylesheet
from course.display.numbers import number

OPEN = "–"
MOST_DIGITS = 10**30
MOST_SHOWN = 2_000  # signs of one text; a draft may hold anything
_STYLE = (
    "<style>.kit-plan h4{font-size:18px;line-height:24px;margin:24px 0 4px;font-weight:600}"
    ".kit-plan h5{font-size:15px;line-height:24px;margin:12px 0 0;font-weight:600}"
    ".kit-plan .open{color:var(--kit-ink-2,#52606d)}"
    ".kit-plan dl{display:grid;grid-template-columns:minmax(8em,12em) 1fr;gap:2px 16px;"
    "margin:4px 0}"
    ".kit-plan dt{color:var(--kit-ink-2,#52606d);font-weight:400}"
    ".kit-plan dd{margin:0;overflow-wrap:anywhere}.kit-plan bdi{white-space:pre-line}"
    ".kit-plan table.kit-table{width:auto;max-width:100%}"
    "</style>"
)


def origin(source: str) -> str:
    """Return where a value came from, as the end of a sentence."""
    return f"answer {source}" if source[:1] == "m" and source[1:3].isdigit() else source


def words_of(value: Any) -> str:
    """Return one value of a plan as text: numbers with thousands apart, yes and no."""
    if value is None or value == "" or value == [] or value == {}:
        return OPEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        if abs(value) > MOST_DIGITS:  # no number of a plan, and longer than any page
            return str(value)[:40]
        # a year or a small whole number keeps its digits
        whole = float(value).is_integer() and 0 <= value < 10_000
        return str(int(value)) if whole else number(value)
    if isinstance(value, list):
        return ", ".join(words_of(v) for v in value)
    if isinstance(value, dict):
        return ", ".join(f"{k} {words_of(v)}" for k, v in value.items())
    text = shown(value, lines=True)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"


def _cell(value: Any) -> str:
    text = words_of(value)
    css = " class='open'" if text == OPEN else ""
    return f"<bdi{css} dir='auto'>{escape(text)}</bdi>"


def _box(model: Any, value: Any) -> str:
    """Return the fields of one box as a list of terms."""
    if not isinstance(value, dict):
        return f"<p class='open'>{OPEN}</p>"
    rows = []
    for name, field in model.model_fields.items():
        inner, label = row_type(field.annotation), str(field.title)
        if inner is not None and is_part(inner):
            shown = _table(inner, value.get(name), label)
        else:
            shown = _cell(value.get(name))
        rows.append(f"<dt>{escape(label)}</dt><dd>{shown}</dd>")
    return f"<dl>{''.join(rows)}</dl>"


def _table(model: Any, rows: Any, caption: str) -> str:
    """Return the rows of a list as a table; columns that nobody filled are left out."""
    rows = [r for r in rows if isinstance(r, dict)] if isinstance(rows, list) else []
    if not rows:
        return f"<p class='open'>{OPEN}</p>"
    names = [n for n in model.model_fields if any(words_of(r.get(n)) != OPEN for r in rows)]
    if not names:
        return f"<p class='open'>{OPEN}</p>"
    heads = "".join(
        f"<th scope='col'>{escape(str(model.model_fields[n].title))}</th>" for n in names
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(r.get(n))}</td>" for n in names) + "</tr>" for r in rows
    )
    return (
        f"<div class='kit-scroll' tabindex='0' role='region' aria-label='{escape(caption)}'>"
        f"<table class='kit-table'><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        "</div>"
    )


def field_html(kind: str, name: str, value: Any) -> str:
    """Return one field of a plan, without its heading."""
    annotation = KINDS[kind].model_fields[name].annotation
    row, inner = row_type(annotation), bare(annotation)
    if row is not None and is_part(row):
        return _table(row, value, str(KINDS[kind].model_fields[name].title))
    if row is not None:
        items = "".join(f"<li>{_cell(v)}</li>" for v in value) if isinstance(value, list) else ""
        return f"<ol>{items}</ol>" if items else f"<p class='open'>{OPEN}</p>"
    if is_part(inner):
        return _box(inner, value)
    return f"<p>{_cell(value)}</p>"


def plan_html(
    plan: Any,
    *,
    problems: Iterable[Problem] = (),
    fields: Iterable[str] | None = None,
    note: str = "",
) -> str:
    """Return a plan as HTML, in the order of the form.

    Parameters
    ----------
    plan : ActionPlan, CooperationNote, draft or dict
        As complete as it is; what is not written is shown as open.
    problems : iterable of Problem
        Listed at the top.
    fields : iterable of str, optional
        Only these fields, for the marker of one criterion.
    note : str
        A sentence under the title.

    Returns
    -------
    str
        One ``article``; every text of the plan is escaped.
    """
    data = data_of(plan)
    kind = kind_of(data)
    wanted = None if fields is None else set(fields)
    marks = data.get("from_answer") if isinstance(data.get("from_answer"), dict) else {}
    title = words_of(data.get("title"))
    name = "Action plan" if kind == "action_plan" else "Cooperation note"
    parts = [f"<p class='kit-title' role='heading' aria-level='3'>{name}: {escape(title)}</p>"]
    if note:
        parts.append(f"<p class='kit-subtitle'>{escape(note)}</p>")
    found = list(problems)
    if found:
        items = "".join(f"<li>{escape(str(p))}</li>" for p in found[:60])
        more = f"<li>and {len(found) - 60} more</li>" if len(found) > 60 else ""
        parts.append(
            f"<details><summary>{len(found)} still open or not right</summary>"
            f"<ul>{items}{more}</ul></details>"
        )
    for section in sections(kind):
        here = [f for f in section.fields if f != "title" and (wanted is None or f in wanted)]
        if not here:
            continue
        parts.append(f"<h4>{escape(section.title)}</h4>")
        for field in here:
            label = str(KINDS[kind].model_fields[field].title)
            told = [str(v) for k, v in marks.items() if k.split(".")[0].split("[")[0] == field]
            mark = (
                f" <span class='kit-tag'>from your {escape(origin(told[0]))}</span>" if told else ""
            )
            parts.append(
                f"<h5>{escape(label)}{mark}</h5>{field_html(kind, field, data.get(field))}"
            )
    kept = data.get("kept")
    if wanted is None and isinstance(kept, list) and kept:
        rows = "".join(
            f"<dt>{escape(words_of(k.get('at')))}</dt><dd>{_cell(k.get('value'))}</dd>"
            for k in kept[:20] if isinstance(k, dict)
        )  # fmt: skip
        parts.append(f"<h4>Kept aside</h4><p>These words fit no field or lost against others.</p>"
                     f"<dl>{rows}</dl>")  # fmt: skip
    body = "".join(parts)
    head = f"<article class='kit kit-plan' aria-label='{name}'>"
    return f"{head}{stylesheet(body)}{_STYLE}{body}</article>"
