"""Score one notebook where it lies: for people who learn alone, on any system.

No nbgrader, no exchange, no gradebook. The answers are judged by the learner's own name
and city, so this proves nothing to anybody else; what only an instructor can judge
stays open.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course import __version__, self_scores, whole_files
from course.errors import CourseError, UsageError
from course.identity import Who
from course.paths import ROOT
from course.questions import ModuleSpec, load_module
from grading import keys
from grading.cities import bundled_packs
from grading.handin import HandIn, read_hand_in
from grading.records import Record
from grading.report import lines_of_notes, table
from grading.result import Result, totals
from grading.scoring import CityFound, Judge, score
from grading.state import EXERCISES
from grading.template import Template

PAGE = f"{EXERCISES}.feedback.html"
KEY_PACKAGE = "grading.answer_key"


@dataclass(frozen=True)
class SelfScore:
    """The score of one notebook.

    Attributes
    ----------
    spec : ModuleSpec
        The module.
    who : str
        The name in the answers.
    results : dict
        Question -> Result.
    notes : list of (question id or "", sentence)
        What was put right or refused.
    page : Path
        The feedback that was written.
    """

    spec: ModuleSpec
    who: str
    results: dict[str, Result]
    notes: list[tuple[str, str]]
    page: Path

    def data(self) -> dict[str, Any]:
        """Return the score as plain data."""
        points, of = totals(self.results)
        return {
            "module": self.spec.id,
            "trainee": self.who,
            "points": points,
            "of": of,
            "questions": [
                {"question": r.question, "points": r.points, "of": r.max_points,
                 "status": r.status, "sentence": r.sentence}
                for r in self.results.values()
            ],
            "open": [w.id for w in self.spec.written],
            "notes": lines_of_notes(self.notes),
            "page": str(self.page),
        }  # fmt: skip


def score_notebook(path: Path, *, trainee: str | None = None) -> SelfScore:
    """Score a notebook and write the feedback page beside it.

    Parameters
    ----------
    path : Path
        The notebook, or its folder.
    trainee : str, optional
        Whose questions they are; the name in the answers when left out.

    Returns
    -------
    SelfScore
        Also when nothing was answered yet.

    Raises
    ------
    CourseError
        There is no notebook, or it belongs to no module with an answer key.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise CourseError(f"{path} does not exist.", "Give the path of your exercises.ipynb.")
    if path.is_file() and path.suffix != ".ipynb":
        raise UsageError(f"{path.name} is no notebook.", "Give the path of your exercises.ipynb.")
    spec = _module_of(folder)
    template = _template(spec)
    hand_in = read_hand_in(folder, template)
    who = _who(hand_in, trainee)
    judge = Judge(
        who=who,
        key=keys.load_key(KEY_PACKAGE, spec.id),
        draw=_draw(),
        find_city=_own_cities(),
        read_value=_reader(),
        bundled=lambda: bundled_packs().values(),
        version=__version__,
    )
    results = {
        q.id: score(q, hand_in.answers.by_question.get(q.id, []), judge)
        for q in spec.questions.values()
    }
    notes = [*hand_in.notes, *((r.question, line) for r in results.values() for line in r.details)]
    made = SelfScore(spec, who.trainee, results, list(dict.fromkeys(notes)), folder / PAGE)
    _write(made.page, page_of(made))
    _remember(folder, made, hand_in)
    return made


def _remember(folder: Path, made: SelfScore, hand_in: HandIn) -> None:
    """Leave the points beside the notebook, for the home page and the own statement."""
    every = [r for records in hand_in.answers.by_question.values() for r in records]
    newest = max(every, key=lambda r: r.order, default=None)
    points, of = totals(made.results)
    by_kind = {
        kind: sum(r.points for r in made.results.values()
                  if made.spec.questions[r.question].kind == kind)
        for kind in ("core", "extra")
    }  # fmt: skip
    self_scores.write(folder, self_scores.OwnScore(
        made.spec.id, made.who, by_kind["core"], by_kind["extra"], points, of,
        city=newest.city if newest else "",
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
    ))  # fmt: skip


def _draw() -> Any:
    from course.exercises import draw

    return draw


def _reader() -> Any:
    from course.answers import read_value

    return read_value


def _module_of(folder: Path) -> ModuleSpec:
    """Return the module as the checkout has it, found by the folder's ``module.yml``."""
    given = folder / "module.yml"
    if not given.is_file():
        raise CourseError(
            f"There is no module.yml beside the notebook in {folder}.",
            "Keep the files of a module together, or copy module.yml back.",
        )
    name = load_module(given).id
    spec = load_module(ROOT / "modules" / name)
    if not spec.has_content:
        raise CourseError(f"The module {name} is in preparation.", "Choose a module that stands.")
    return spec


def _template(spec: ModuleSpec) -> Template:
    import json

    path = ROOT / "modules" / spec.id / f"{EXERCISES}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return Template(notebook)


def _who(hand_in: HandIn, trainee: str | None) -> Who:
    """Return the name that stands in the newest answer."""
    every = [r for records in hand_in.answers.by_question.values() for r in records]
    newest = max(every, key=lambda r: r.order, default=None)
    name = trainee or (newest.trainee if newest else "") or "guest"
    return Who(name, newest.team or None if newest else None)


def _own_cities() -> Any:
    """Return a finder among all packs of this computer; the learner is the host."""
    from course.city.pack import City, list_packs

    found: dict[str, Any] = {}

    def find(record: Record) -> CityFound:
        if not found:
            for path in list_packs():
                try:
                    city = City.open(path)
                    found[city.fingerprint] = city
                except CourseError:  # a broken pack of another city is not our subject
                    continue
        city = found.get(record.fingerprint)
        if city is None:
            name = record.city or "the city"
            return CityFound(
                sentence=f"{name} has changed since this answer, or is not on this computer. "
                "Run the answer cell again."
            )
        return CityFound(city=city)

    return find


def lines_of(made: SelfScore) -> list[str]:
    """Return the score as lines for a terminal."""
    points, of = totals(made.results)
    rows = [
        [r.question, r.status, f"{r.points:g}", f"{r.max_points:g}", r.sentence]
        for r in made.results.values()
    ]
    rows += [[w.id, "open", "", f"{w.points:g}", "For an instructor."] for w in made.spec.written]
    return [
        *table(["question", "status", "points", "of", ""], rows),
        "",
        f"{points:g} of {of:g} points. Your page: {made.page}",
        *(f"  {line}" for line in lines_of_notes(made.notes)),
    ]


def page_of(made: SelfScore) -> str:
    """Return the feedback page: plain HTML, no script, nothing from the network."""
    e = html.escape
    points, of = totals(made.results)
    rows = []
    for result in made.results.values():
        title = made.spec.questions[result.question].title
        rows.append(
            f"<tr><th scope='row'>{e(title)}</th><td>{e(result.status)}</td>"
            f"<td>{result.points:g} of {result.max_points:g}</td><td>{e(result.value)}</td>"
            f"<td>{e(result.sentence)}</td></tr>"
        )
    for written in made.spec.written:
        rows.append(
            f"<tr><th scope='row'>{e(written.title or written.id)}</th><td>open</td>"
            f"<td>{written.points:g}</td><td></td><td>For an instructor to read.</td></tr>"
        )
    notes = "".join(f"<li>{e(line)}</li>" for line in lines_of_notes(made.notes))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Feedback: {e(made.spec.title)}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: .5rem;
  border-bottom: 1px solid #d0d7de }}
</style></head><body>
<h1>{e(made.spec.title)}</h1>
<p>{e(made.who)}: {points:g} of {of:g} points by your own computer. Written answers stay open.</p>
<table><caption>Your answers</caption>
<thead><tr><th scope="col">Question</th><th scope="col">Result</th><th scope="col">Points</th>
<th scope="col">Your answer</th><th scope="col">What to do</th></tr></thead>
<tbody>{"".join(rows)}</tbody></table>
{f"<h2>Notes</h2><ul>{notes}</ul>" if notes else ""}
</body></html>
"""


def _write(path: Path, text: str) -> None:
    whole_files.write(path, text.encode("utf-8", "replace"))
