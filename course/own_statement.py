"""What somebody who learned alone takes home: a page of what was done, signed by nobody.

A certificate says that a person was seen and a plan was read. Nobody saw this work, so the
page is a statement by its own author, and says so at the top and at the end.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from course import __version__, catalogue, identity, lesson_runs, self_scores, writing_out
from course.completion.asked import PLAN_MODULE, asked
from course.labs import records
from course.questions import ModuleSpec

FILE = "statement.html"
_MARK = b"<title>Statement of own work: "
UNSIGNED = (
    "This page was written by a computer program for the person it names. It is no "
    "certificate: nobody was there, nobody read the written answers, and nobody has signed it."
)
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto;
  padding: 0 1rem; color: #1a1a1a; background: #fff }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: 600; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem;
  border-bottom: 1px solid #d0d7de; font-weight: normal; font-variant-numeric: tabular-nums }
thead th { font-weight: 600 }
.unsigned { border-left: 4px solid #0b6e99; padding: .4rem 1rem }
"""


@dataclass(frozen=True)
class Row:
    """One module: what was done in it.

    Attributes
    ----------
    id, title : str
        The module.
    lesson : bool
        Its lesson was run from the top.
    labs : int
        How many of its core labs were used.
    labs_asked : int
        How many there are.
    answered, questions : int
        Questions with an answer, and all.
    points, of : float or None
        By the person's own computer; None where it has not scored.
    minutes : int
        Of the lesson, where it was run, and of the exercises, where all are answered.
    """

    id: str
    title: str
    lesson: bool
    labs: int
    labs_asked: int
    answered: int
    questions: int
    points: float | None
    of: float | None
    minutes: int

    @property
    def begun(self) -> bool:
        """Say whether anything was done in it."""
        return self.lesson or self.labs > 0 or self.answered > 0


def rows(folder: Path, programme: Any) -> list[Row]:
    """Return what was done in each module of a programme that stands.

    Parameters
    ----------
    folder : Path
        The workspace.
    programme : Programme
        Whose modules are listed, and its test after the course.
    """
    who = identity.who(folder).trainee
    source = catalogue.source_dir() or folder / "modules"
    wanted = asked(programme, catalogue.modules(source))
    modules = {m.id: m for m in (*wanted.lessons, *wanted.exercises)}
    if wanted.post_test is not None:
        modules[wanted.post_test.id] = wanted.post_test
    return [_row(modules[name], folder / "modules" / name, who) for name in sorted(modules)]


def _row(module: ModuleSpec, place: Path, who: str) -> Row:
    ran = module.form == "lesson" and lesson_runs.was_run(place, trainee=who)
    used = records.used(place, trainee=who) & set(module.labs)
    done = catalogue.progress(module, place)
    score = self_scores.read(place, trainee=who)
    minutes = module.minutes.get("lesson", 0) if ran else 0
    minutes += module.minutes.get("exercises", 0) if done.complete else 0
    return Row(
        module.id, module.title, ran, len(used), len(module.labs), done.answered, done.questions,
        score.points if score else None, score.of if score else None, minutes,
    )  # fmt: skip


def page(folder: Path, programme: Any, *, today: date | None = None) -> str:
    """Return the statement as one HTML page without scripts.

    Parameters
    ----------
    folder : Path
        The workspace.
    programme : Programme
        What was learned.
    today : date, optional
        The day on the page.
    """
    e = html.escape
    found = [row for row in rows(folder, programme) if row.begun]
    name = identity.who(folder).trainee
    day = (today or date.today()).isoformat()
    hours = sum(row.minutes for row in found) / 60
    plan = _plan_title(folder)
    lines = "".join(
        f"<tr><th scope='row'>{e(r.id[:2])} {e(r.title)}</th><td>{'run' if r.lesson else ''}</td>"
        f"<td>{f'{r.labs} of {r.labs_asked}' if r.labs_asked else ''}</td>"
        f"<td>{r.answered} of {r.questions}</td><td>{_points(r)}</td></tr>"
        for r in found
    ) or "<tr><td colspan='5'>Nothing is recorded in this folder yet.</td></tr>"  # fmt: skip
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Statement of own work: {e(name)}</title><style>{_STYLE}</style></head><body>
<h1>Statement of own work</h1>
<p class="unsigned">{UNSIGNED}</p>
<p><b>{e(name)}</b> worked through the following parts of “{e(programme.title)}”
with the course in version {e(__version__)}. Written on {day}.</p>
<table><caption>What was done</caption>
<thead><tr><th scope="col">Module</th><th scope="col">Lesson</th><th scope="col">Core lab</th>
<th scope="col">Questions answered</th><th scope="col">Points by the own computer</th></tr></thead>
<tbody>{lines}</tbody></table>
<p>Lessons that were run and exercises that were answered in full are planned for
{hours:.1f} hours together.</p>
{f"<p>Action plan: {e(plan)}. It is complete in form; nobody has marked it.</p>" if plan else ""}
<p>A certificate needs a host: an instructor who reads the written answers and the plan, and
to whom the plan is presented.</p>
</body></html>
"""


def _points(row: Row) -> str:
    return "" if row.points is None else f"{row.points:g} of {row.of:g}"


def _plan_title(folder: Path) -> str:
    """Return the title of a plan that is complete in form, ``""`` where there is none."""
    path = folder / "modules" / PLAN_MODULE / "plan.json"
    if not path.is_file():
        return ""
    try:
        from course.actionplan import read_plan

        return str(read_plan(path).title)
    except Exception:  # an unfinished or damaged plan is no plan to speak of
        return ""


def write(folder: Path, programme: Any, out: Path | None = None) -> Path:
    """Write the page; the one before is replaced.

    Parameters
    ----------
    folder : Path
        The workspace.
    programme : Programme
        What was learned.
    out : Path, optional
        Where to; ``statement.html`` in the workspace when left out.

    Raises
    ------
    CourseError
        It cannot be written there, or another file stands there: that one stays.
    """
    target = writing_out.check(
        out or folder / FILE, endings=(".html", ".htm"), mark=_MARK, what="a statement"
    )
    writing_out.write(target, page(folder, programme).encode("utf-8"))
    return target
