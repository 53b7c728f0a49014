"""The form of the plan: a thin page over the model, saved at every change.

Sections are chosen by buttons; only the open one is built. The file is the truth: a kernel
that restarts, or a second tab, finds it as it was at the last key.
"""

from __future__ import annotations

import asyncio
from html import escape
from pathlib import Path as Folder
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from course.actionplan import calls, form_values, storing
from course.actionplan.faults import Problem, bare, is_part, kind_of, path_text, problems, row_type
from course.actionplan.feeding import fill, found_in, workspace_of
from course.actionplan.fitting import fitted
from course.actionplan.form_fields import Path, input_for
from course.actionplan.form_words import STYLE, heading, note_html
from course.actionplan.merging import same
from course.actionplan.model import FED_BY, KINDS
from course.actionplan.outline import sections
from course.actionplan.page import plan_html
from course.actionplan.parts import Part
from course.display.figure import stylesheet
from course.display.static_first import StaticFirst
from course.labs import records

if TYPE_CHECKING:
    from course.city.pack import City

LAB_ID = "action_plan"
REFRESH_S = 1.0


def form(city: City | None = None, *, folder: Folder | None = None) -> PlanForm:
    """Open the form of the plan.

    Parameters
    ----------
    city : City, optional
        Fills name, currency and the list of weak tables.
    folder : Path, optional
        Where ``plan.json`` lies; that of module 13 when left out.

    Returns
    -------
    PlanForm
        A widget; without a kernel the plan as a page.
    """
    return PlanForm(city, folder=folder)


class PlanForm(StaticFirst, widgets.VBox):
    """The form over one plan's file."""

    def __init__(self, city: City | None = None, *, folder: Folder | None = None) -> None:
        from course import identity

        self._file = storing.PlanFile(folder, kind=calls.programme_kind())
        self._modules = calls.programme_modules()
        me = identity.who()
        name = "" if me.source == identity.GUEST else me.trainee
        workspace = workspace_of(self._file.path.parent)
        self.data, used = fill(self._file.draft.data, found_in(workspace, city, name=name))
        if used:  # the lab and the check read the file, so it holds what the form shows
            self.data = self._file.save(self.data).data
        self._city, self._notes, self._waiting = city, {}, None
        self._recorded, self._handle, self._removed = False, None, None
        self._section = 0
        self._head, self._banner, self._gaps = widgets.HTML(), widgets.VBox(), widgets.HTML()
        self._buttons = [widgets.Button() for _ in self.sections]
        for number, button in enumerate(self._buttons):
            button.on_click(lambda _b, n=number: self.show_section(n))
        self._body = widgets.VBox()
        nav = widgets.Box(self._buttons, layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__(
            [widgets.HTML(STYLE), self._head, nav, self._banner, self._body, self._gaps]
        )
        self.add_class("kit-alive").add_class("kit-form")
        self._said = self._file.said or " ".join(str(n) for n in self._file.draft.notes[:3])
        self.show_section(0)

    @property
    def kind(self) -> str:
        """Return ``action_plan`` or ``cooperation_note``."""
        return kind_of(self.data)

    @property
    def sections(self) -> tuple[Any, ...]:
        """Return the sections of this kind of plan."""
        return sections(self.kind)

    @property
    def found(self) -> list[Problem]:
        """Return what is still open or not right."""
        return problems(self.data, modules=self._modules)

    # ---- building a section ----------------------------------------------------------

    def show_section(self, number: int) -> None:
        """Show one section."""
        self._section, self._notes = number, {}
        section = self.sections[number]
        parts: list[widgets.Widget] = [widgets.HTML(f"<h4>{escape(section.title)}</h4>")]
        for name in section.fields:
            parts += self._field(name)
        after = widgets.Button(description="Next section")
        after.on_click(lambda _b: self.show_section((number + 1) % len(self.sections)))
        self._body.children = [*parts, after]
        self._tell()

    def _field(self, name: str) -> list[widgets.Widget]:
        field = KINDS[self.kind].model_fields[name]
        rows, inner = row_type(field.annotation), self._box_type(field)
        if rows is None and inner is None:
            return [self._input(field, (name,)), self._note((name,), field.description)]
        if rows is not None and not is_part(rows):
            return [self._input(field, (name,)), self._note((name,), field.description)]
        asked = (
            field.is_required()
            or name in calls.asked(self._modules)
            or FED_BY.get(name, ("", True))[1]
        )
        extra = "" if asked else " (your programme does not ask for it)"
        head = heading(f"{field.title}{extra}")
        note = self._note((name,), field.description, top=True)
        if inner is not None:
            return [head, note, widgets.VBox(self._inside(inner, (name,)))]
        return [head, note, self._rows(rows, field, (name,))]

    @staticmethod
    def _box_type(field: Any) -> type[Part] | None:
        inner = bare(field.annotation)
        return inner if is_part(inner) else None

    def _inside(self, model: type[Part], path: Path) -> list[widgets.Widget]:
        """Return the fields of one box."""
        made: list[widgets.Widget] = []
        for name, field in model.model_fields.items():
            here, rows = (*path, name), row_type(field.annotation)
            if rows is not None and is_part(rows):
                made += [heading(str(field.title)),
                         self._note(here, field.description, top=True),
                    self._rows(rows, field, here)]  # fmt: skip
            else:
                made += [self._input(field, here), self._note(here, field.description)]
        return made

    def _input(self, field: Any, path: Path) -> widgets.Widget:
        return input_for(field, path, self.value_at(path), self.change)

    def _note(self, path: Path, meaning: str | None, *, top: bool = False) -> widgets.HTML:
        note = widgets.HTML()
        self._notes[path_text(path)] = (note, str(meaning or ""), top)
        return note

    def _rows(self, model: type[Part], field: Any, path: Path) -> widgets.VBox:
        """Return a list of boxes with buttons to add and remove one."""
        word = str((field.json_schema_extra or {}).get("row", "row"))
        holder, add = widgets.VBox(), widgets.Button(description=f"Add {word}")

        def draw() -> None:
            boxes = []
            for number, _ in enumerate(self.value_at(path) or []):
                remove = widgets.Button(description=f"Remove {word} {number + 1}")
                remove.on_click(lambda _b, n=number: drop(n))
                head = heading(f"{word.capitalize()} {number + 1}")
                box = widgets.VBox([head, *self._inside(model, (*path, number)), remove])
                boxes.append(box.add_class("kit-form-row"))
            holder.children = [*boxes, add]
            self._tell()

        def more(_button: Any) -> None:
            self.change(path, [*(self.value_at(path) or []), fitted({}, model)[0]])
            draw()

        def drop(number: int) -> None:
            rows = list(self.value_at(path) or [])
            self._removed = (path, number, rows.pop(number), draw)
            self.change(path, rows)
            self._said = f"{word.capitalize()} {number + 1} was removed."
            draw()

        add.on_click(more)
        draw()
        return holder

    def put_back(self, _button: Any = None) -> None:
        """Put the row that was removed last back where it was."""
        if self._removed is None:
            return
        path, number, row, draw = self._removed
        rows = list(self.value_at(path) or [])
        rows.insert(number, row)
        self._removed = None
        self.change(path, rows)
        draw()

    # ---- values ----------------------------------------------------------------------

    def value_at(self, path: Path) -> Any:
        """Return what stands at a place, None where nothing does."""
        return form_values.value_at(self.data, path)

    def change(self, path: Path, value: Any) -> None:
        """Change one place, save the file and say what is still open."""
        self.data = form_values.changed(self.data, path, value)
        self._save()

    def _save(self) -> None:
        outcome = self._file.save(self.data)
        before, shown = self.data, self.sections[self._section].fields
        if outcome.state == storing.JOINED:
            self.data = outcome.data
        self._waiting = outcome if outcome.state == storing.WAITING else None
        self._said = outcome.sentence
        if not self._recorded:
            records.append(LAB_ID, {"saved": 1}, city=self._city.id if self._city else "",
                           folder=self._file.path.parent)  # fmt: skip
            self._recorded = True
        if any(not same(before.get(name), self.data.get(name)) for name in shown):
            # fields on the page hold older words, and rows may stand in another place
            self._removed = None
            self.show_section(self._section)
        self._tell()
        self._refresh_later()

    def choose(self, prefer: str) -> None:
        """End a conflict with another tab: ``mine`` or ``theirs`` stands."""
        outcome = self._file.choose(self.data, prefer)
        self.data, self._said, self._waiting = outcome.data, outcome.sentence, None
        self.show_section(self._section)
        self._refresh_later()

    # ---- what the page says ----------------------------------------------------------

    def _tell(self) -> None:
        """Bring every sentence of the page up to date."""
        found = self.found
        at: dict[str, list[Problem]] = {}
        for problem in found:
            at.setdefault(problem.field, []).append(problem)
        marks = self.data.get("from_answer") or {}
        for name, (note, meaning, top) in self._notes.items():
            note.value = note_html(meaning, at.get(name, []), str(marks.get(name, "")), top=top)
        for number, (button, section) in enumerate(zip(self._buttons, self.sections, strict=True)):
            count = sum(p.field.split(".")[0].split("[")[0] in section.fields for p in found)
            here = number == self._section
            button.description = f"{number + 1} {section.title}" + (
                f" ({count} open)" if count else ""
            )
            button.tooltip = f"Open the section {section.title}; {count} still open"
            button.style.font_weight = "bold" if here else "normal"
            button.button_style = "info" if here else ""
        state = "Ready to hand in." if not found else f"{len(found)} things are open."
        self._head.value = (
            f"<div role='status' class='kit'>{stylesheet()}<p class='kit-title'>Your plan</p>"
            f"<p>{state} Saved in {escape(self._file.path.name)}. {escape(self._said)}</p></div>"
        )
        items = "".join(f"<li>{escape(str(p))}</li>" for p in found[:40])
        self._gaps.value = (
            f"<details><summary>All that is open ({len(found)})</summary><ul>{items}</ul></details>"
            if found
            else ""
        )
        self._banner.children = self._choices()

    def _choices(self) -> list[widgets.Widget]:
        if self._waiting is not None:
            rows = "".join(f"<li>{escape(str(c))}</li>" for c in self._waiting.conflicts[:10])
            mine = widgets.Button(description="Join, keep my words")
            theirs = widgets.Button(description="Join, take the other words")
            mine.on_click(lambda _b: self.choose("mine"))
            theirs.on_click(lambda _b: self.choose("theirs"))
            return [widgets.HTML(f"<ul>{rows}</ul>"), widgets.HBox([mine, theirs])]
        if self._removed is not None:
            back = widgets.Button(description="Put it back")
            back.on_click(self.put_back)
            return [back]
        return []

    def _refresh_later(self) -> None:
        """Bring the page under the form up to date once the hand rests."""
        if self._handle is not None:
            self._handle.cancel()
        try:
            self._handle = asyncio.get_running_loop().call_later(REFRESH_S, self._refresh)
        except RuntimeError:  # no kernel: nothing shows the page
            self._handle = None

    def _refresh(self) -> None:
        from IPython.display import HTML, update_display

        update_display(HTML(self.still_html()), display_id=calls.DISPLAY_ID)

    def still_html(self) -> str:
        """Return the plan as a page."""
        return plan_html(self.data, problems=self.found)

    def still_text(self) -> str:
        """Return how far the plan is."""
        return f"Your plan: {len(self.found)} things are open."
