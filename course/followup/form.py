"""The form of the follow-up: one step at a time, saved at every key.

The widget is thin: answers live in :class:`course.followup.drafts.Drafts`. Without a
kernel the page shows the questions and what was answered.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from course import identity
from course.display.figure import stylesheet
from course.display.static_first import StaticFirst
from course.followup.drafts import Drafts, programme_of
from course.followup.fields import STATUS_MENU, TABLE_DAYS, YES_NO, Question, asked
from course.followup.report import FILE_NAME, MOST_PROOFS, Problem, problems
from course.followup.scale import DAYS

CHOOSE = "–"
_WIDE = widgets.Layout(width="98%", max_width="640px")
_STYLE = (
    "<style>.fu-form .widget-label{white-space:normal;line-height:20px;height:auto}"
    ".fu-form h4{font-size:18px;line-height:24px;margin:16px 0 4px}"
    ".fu-form-note{font-size:13px;line-height:20px;margin:0 0 8px;max-width:64ch;"
    "color:var(--jp-ui-font-color1)}.fu-form-open{border-left:3px solid #b45309;padding-left:8px}"
    ".fu-form button:focus-visible,.fu-form input:focus-visible,.fu-form textarea:focus-visible,"
    ".fu-form select:focus-visible{outline:2px solid #0b6e99;outline-offset:1px}</style>"
)


def form(*, folder: Path | None = None) -> FollowUpForm:
    """Open the follow-up form.

    Parameters
    ----------
    folder : Path, optional
        Where the plan, the draft and the reports lie; None: the notebook's own folder.

    Returns
    -------
    FollowUpForm
        A widget; without a kernel the questions and answers as a page.
    """
    return FollowUpForm(folder=folder)


class FollowUpForm(StaticFirst, widgets.VBox):
    """The form of one participant."""

    def __init__(self, *, folder: Path | None = None) -> None:
        self.drafts = Drafts(folder)
        self.facts = self.drafts.facts()
        self.programme = programme_of(self.drafts.folder.resolve())
        me = identity.who()
        known = "" if me.source == identity.GUEST else me.trainee
        kept = self.drafts.answers(0).get("student")
        self._name = widgets.Text(
            value=known or (kept if isinstance(kept, str) else ""), description="Your id",
            disabled=bool(known), style={"description_width": "initial"},
        )  # fmt: skip
        self._step = widgets.ToggleButtons(
            options=[(f"Day {day}", day) for day in DAYS], value=self.drafts.day,
            description="Step", style={"description_width": "initial"},
        )  # fmt: skip
        self._head, self._body, self._state = widgets.HTML(), widgets.VBox(), widgets.HTML()
        super().__init__([
            widgets.HTML(_STYLE), self._head, self._name, self._step, self._body, self._state,
        ])  # fmt: skip
        self.add_class("kit-alive").add_class("fu-form")
        self._step.observe(self._changed_step, "value")
        self._name.observe(self._changed_name, "value")
        self._build()

    @property
    def student(self) -> str:
        """Return the id the report is written under."""
        return str(self._name.value).strip()

    @property
    def day(self) -> int:
        """Return the step that is open."""
        return int(self._step.value)

    @property
    def inputs(self) -> dict[str, widgets.Widget]:
        """Return the inputs of the open step by their name, such as ``status``."""
        return dict(self._inputs)

    # ---- building ---------------------------------------------------------------------

    def _build(self) -> None:
        self._inputs: dict[str, widgets.Widget] = {}
        given = self.drafts.answers(self.day)
        parts: list[widgets.Widget] = []
        last = ""
        for question in asked(self.day):
            if question.part != last:
                last = question.part
                parts.append(widgets.HTML(f"<h4>{escape(last)}</h4>"))
            parts += self._question(question, given)
            if question.id == "proofs":
                parts += self._activities(given)
        self._head.value = (
            f'<div class="fu-form-note"><b>{escape(self.facts.title or "Your plan")}</b><br>'
            f"{self._promise()}</div>"
        )
        self._body.children = parts
        self._tell()

    def _promise(self) -> str:
        said = self.facts.promise(self.day)
        return f"Promised for day {self.day}: {escape(said)}" if said else ""

    def _question(self, question: Question, given: dict[str, Any]) -> list[widgets.Widget]:
        need = " (needed)" if question.needed else ""
        label = widgets.HTML(f"<b>{escape(question.label)}</b>{need}")
        hint = question.hint
        if question.id == "kpi_value" and self.facts.indicator:
            hint = f"{self.facts.indicator}, in {self.facts.unit or 'its unit'}. {hint}"
        note = widgets.HTML(f'<p class="fu-form-note">{escape(hint)}</p>')
        if question.kind == "proofs":
            old = given.get("proofs")
            old = [p for p in old if isinstance(p, str)] if isinstance(old, list) else []
            rows = [
                self._text(f"proofs {n + 1}", question.label, old[n] if n < len(old) else "")
                for n in range(MOST_PROOFS)
            ]
            for row in rows:
                row.observe(lambda _c: self._keep("proofs", [r.value for r in rows]), "value")
            return [label, *rows, note]
        value = given.get(question.id)
        if question.menu:
            box = self._menu(question.id, question.label, question.menu, value)
        else:
            box = self._text(question.id, question.label, value, long=question.kind == "long")
        box.observe(lambda c, q=question.id: self._keep(q, _plain(c["new"])), "value")
        return [label, box, note]

    def _activities(self, given: dict[str, Any]) -> list[widgets.Widget]:
        """Return one menu per activity, and one per synthetic table where they are asked."""
        made: list[widgets.Widget] = []
        sets = [("activities", [(str(a.number), a.task) for a in self.facts.activities],
                 STATUS_MENU, "Status of each activity")]  # fmt: skip
        if self.day in TABLE_DAYS:
            names = [(t, t) for t in self.facts.tables]
            sets.append(("tables", names, YES_NO, "Synthetic tables replaced by real data"))
        for field, rows, menu, title in sets:
            if not rows:
                continue
            made.append(widgets.HTML(f"<b>{escape(title)}</b>"))
            old = given.get(field)
            old = old if isinstance(old, dict) else {}
            boxes: dict[str, widgets.Widget] = {}
            for key, words in rows:
                box = self._menu(f"{field} {key}", words, menu, old.get(key))
                box.observe(lambda _c, f=field, b=boxes: self._keep(
                    f, {k: v for k, w in b.items() if (v := _plain(w.value))}
                ), "value")  # fmt: skip
                boxes[key] = box
                made += [widgets.HTML(f'<p class="fu-form-note">{escape(words)}</p>'), box]
        return made

    def _menu(
        self, name: str, label: str, menu: tuple[str, ...], value: object
    ) -> widgets.Dropdown:
        box = widgets.Dropdown(
            options=[CHOOSE, *menu], value=value if value in menu else CHOOSE, layout=_WIDE,
            tooltip=label,
        )  # fmt: skip
        self._inputs[name] = box
        return box

    def _text(self, name: str, label: str, value: object, *, long: bool = False) -> widgets.Widget:
        kind = widgets.Textarea if long else widgets.Text
        box = kind(value=value if isinstance(value, str) else "", layout=_WIDE, tooltip=label)
        self._inputs[name] = box
        return box

    # ---- answering --------------------------------------------------------------------

    def _keep(self, field: str, value: Any) -> None:
        self.drafts.keep(self.day, field, value)
        self._tell()

    def _changed_step(self, _change: object) -> None:
        self.drafts.choose(self.day)
        self._build()

    def _changed_name(self, _change: object) -> None:
        self.drafts.keep(0, "student", self.student)
        self.drafts.choose(self.day)
        self._tell()

    def _tell(self) -> None:
        who = {"student": self.student, "programme": self.programme}
        open_ = problems(self.drafts.report(self.day, **who))
        name = FILE_NAME.format(day=self.day)
        if open_:
            lines = "".join(f"<li>{escape(_open_line(p))}</li>" for p in open_)
            old = f" {name} still holds the last complete report." if (
                self.drafts.folder / name
            ).is_file() else ""  # fmt: skip
            said = f"<p>Saved as a draft. Still open:{escape(old)}</p><ul>{lines}</ul>"
            mark = " fu-form-open"
        else:
            try:
                written = self.drafts.write_report(self.day, **who)
            except OSError as error:
                written, self.drafts.said = None, f"{name} cannot be written ({error.strerror})."
            said = f"<p>Ready: send the file <b>{written.name}</b> to the course team.</p>" if (
                written
            ) else ""  # fmt: skip
            mark = ""
        if self.drafts.said:
            said += f"<p>{escape(self.drafts.said)}</p>"
        self._state.value = f'<div class="fu-form-note{mark}" role="status">{said}</div>'

    # ---- without a kernel -------------------------------------------------------------

    def still_html(self) -> str:
        """Return the questions of the open step and what was answered."""
        given = self.drafts.answers(self.day)
        rows = "".join(
            f'<tr><th scope="row">{escape(q.label)}</th><td><bdi>{_shown(given.get(q.id))}</bdi>'
            f"</td><td>{escape(q.hint)}</td></tr>"
            for q in asked(self.day)
        )
        title = f"Follow-up report, day {self.day}"
        words = f"{title} {self.facts.title} {rows}"
        return (
            f'<div class="kit">{stylesheet(words)}<p class="kit-title">{title}</p>'
            f'<p class="kit-subtitle"><bdi>{escape(self.facts.title)}</bdi></p>'
            '<div class="kit-scroll"><table class="kit-table"><thead><tr><th scope="col">Question'
            '</th><th scope="col">Your answer</th><th scope="col">How to fill it in</th></tr>'
            f"</thead><tbody>{rows}</tbody></table></div>"
            '<p class="kit-reading">The form needs a running kernel: menu Run, Run All Cells. '
            "The Excel template asks the same.</p></div>"
        )

    def still_text(self) -> str:
        """Return the title as plain text."""
        return f"Follow-up report, day {self.day}. Run all cells to fill it in."


def _plain(value: object) -> object:
    return "" if value == CHOOSE else value


def _shown(value: object) -> str:
    if isinstance(value, list):
        value = ", ".join(str(v) for v in value if v)
    return escape(str(value)) if value else "–"


def _open_line(problem: Problem) -> str:
    if problem.sentence == "is missing." and "." not in problem.field:
        return f"{_label(problem.field).rstrip(':')}: not answered yet."
    return f"{_label(problem.field)} {problem.sentence} {problem.remedy}"


def _label(field: str) -> str:
    if field == "student":
        return "Your id"
    for day in DAYS:
        for question in asked(day):
            if question.id == field.split("[")[0]:
                return f"{question.label}:"
    return field
