"""What each kind of trainee does with the fetched notebook before handing it in."""

from __future__ import annotations

import copy
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.city.pack import City
from course.identity import Who
from course.questions import ModuleSpec
from grading.demo import working
from grading.demo.people import Person
from grading.demo.solutions import solver_of
from grading.demo.solver import Solver

SCRIPT = "<script>document.title='taken over'</script>"


@dataclass
class Desk:
    """A trainee's place: their folder, city and answers.

    Attributes
    ----------
    person : Person
        Who works here.
    folder : Path
        The fetched module.
    workspace : Path
        The trainee's home.
    city : City
        What they opened.
    solver : Solver
        Their way through the questions.
    given : dict
        Question -> the answer that was handed in last; what points are expected for.
    """

    person: Person
    folder: Path
    workspace: Path
    city: Any
    solver: Solver
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def numbers(self) -> list[str]:
        """Return the questions that ask for a number, in order; in a test or survey all."""
        questions = self.solver.spec.questions.values()
        found = [q.id for q in questions if q.type in ("number", "integer")]
        return found if self.solver.spec.needs_city else list(self.solver.spec.questions)


def desk(person: Person, folder: Path, workspace: Path, spec: ModuleSpec) -> Desk:
    """Seat a trainee; a city of their own is made from a bundled one and is new to all."""
    name = person.city
    if name == "own":
        name = str(own_city(workspace, person.id))
    city = City.open(name)
    solver = solver_of(spec.id)(spec, city, Who(person.id))
    return Desk(person, folder, workspace, city, solver)


def own_city(workspace: Path, name: str) -> Path:
    """Make a pack that no host knows: a bundled one with another name and tariff."""
    from course.paths import bundled_cities_dir

    target = workspace / "cities" / f"{name}-town"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(bundled_cities_dir() / "iloilo", target)
    path = target / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    package["name"] = package["city"]["id"] = target.name
    package["city"]["title"] = "Demo Town (simulated)"
    policy = package["city"].get("fare_policy")
    if policy and policy.get("free_km"):
        policy["free_km"] = policy["free_km"] + 1
    path.write_text(json.dumps(package, ensure_ascii=False, indent=1), encoding="utf-8")
    return target


def work(place: Desk, neighbour: Desk | None) -> None:
    """Let a trainee do the exercises in their own way.

    Parameters
    ----------
    place : Desk
        The trainee's.
    neighbour : Desk or None
        The first trainee's, already done; copiers look there.
    """
    with working.as_trainee(
        place.folder,
        trainee=place.person.id,
        city=str(place.city.path),
        workspace=place.workspace,
    ):
        _WAYS[place.person.kind](place, neighbour)


def _do(place: Desk, answers: dict[str, Any], *, save: bool = True) -> dict[str, Any]:
    """Fill in and run; the notebook is saved with its outputs unless told otherwise."""
    notebook = working.read(place.folder)
    working.fill(notebook, answers, place.solver.text)
    working.run_answer_cells(notebook, answers)
    place.given |= answers
    if save:
        working.write(place.folder, notebook)
    return notebook


def _kernel(place: Desk, _: Desk | None) -> None:
    answers = place.solver.answers()
    notebook = working.read(place.folder)
    working.fill(notebook, answers, place.solver.text)
    working.write(place.folder, working.run_in_kernel(place.folder, notebook))
    place.given |= answers


def _honest(place: Desk, _: Desk | None) -> None:
    _do(place, place.solver.answers())


def _wrong(place: Desk, _: Desk | None) -> None:
    _do(place, place.solver.typical_wrong())


def _units(place: Desk, _: Desk | None) -> None:
    answers = place.solver.answers()
    for name in place.numbers:
        question = place.solver.spec.questions[name]
        if question.tolerance.kind != "exact":
            answers[name] = answers[name] * (0.01 if question.unit == "%" else 100)
    _do(place, answers)


def _missing(place: Desk, _: Desk | None) -> None:
    answers = place.solver.answers()
    for question in list(answers)[1::3][:2]:
        del answers[question]
    _do(place, answers)


def _duplicated(place: Desk, _: Desk | None) -> None:
    notebook = _do(place, place.solver.answers())
    cells = notebook["cells"]
    first = working.cell_of(notebook, place.numbers[0])
    last = working.cell_of(notebook, place.numbers[-1])
    cells.insert(1, copy.deepcopy(first))
    cells.insert(3, cells.pop(cells.index(last)))
    working.write(place.folder, notebook)


def _unsaved(place: Desk, _: Desk | None) -> None:
    _do(place, place.solver.answers(), save=False)


def _number_copier(place: Desk, neighbour: Desk | None) -> None:
    answers = place.solver.answers()
    if neighbour is not None:
        answers |= {q: v for q, v in neighbour.given.items() if q in place.numbers}
    _do(place, answers)


def _copier(place: Desk, neighbour: Desk | None) -> None:
    """Take over what stands on the neighbour's screen: numbers and chosen letters."""
    answers = place.solver.answers()
    if neighbour is not None:
        seen = {q: v for q, v in neighbour.given.items() if not isinstance(v, dict)}
        answers |= {q: v for q, v in seen.items() if q in answers}
    _do(place, answers)


def _file_copier(place: Desk, neighbour: Desk | None) -> None:
    if neighbour is None:
        _honest(place, None)
        return
    for name in (working.NOTEBOOK, "answers.json"):
        shutil.copyfile(neighbour.folder / name, place.folder / name)
    place.given |= neighbour.given


def _forger(place: Desk, _: Desk | None) -> None:
    """Right answers with forged records: other city, question, variant and name."""
    notebook = _do(place, place.solver.answers(), save=False)
    (place.folder / "answers.json").unlink()
    other = next(c for c in _bundled() if c.fingerprint != place.city.fingerprint)
    forged = (
        {"trainee": "somebody-else"},
        {"city": other.id},
        {"variant": "0" * 12},
        {"fingerprint": "deadbeefdeadbeef"},
        {"question": place.numbers[0], "time": "1999-01-01T00:00:00+00:00"},
    )
    for question, change in zip(place.numbers, forged, strict=False):
        for output in working.cell_of(notebook, question)["outputs"]:
            record = output["data"].get("application/vnd.course.answer+json")
            if record:
                record |= change
        if "fingerprint" in change and place.solver.spec.needs_city:
            place.given[question] = WAITS  # until an instructor has seen that city
        elif "question" in change:
            del place.given[question]  # under another question's name it is lost
    working.write(place.folder, notebook)


def _renamed(place: Desk, _: Desk | None) -> None:
    _do(place, place.solver.answers())
    (place.folder / "answers.json").unlink()
    (place.folder / working.NOTEBOOK).rename(place.folder / "exercises-Copy1.ipynb")


def _own_city(place: Desk, _: Desk | None) -> None:
    _do(place, place.solver.answers())
    from course.answers import hand_in

    with working._shell() as captured, captured():
        hand_in()


def _unreadable(place: Desk, _: Desk | None) -> None:
    spoilt = ("about as much as a coffee", math.nan)
    answers = place.solver.answers() | dict(zip(place.numbers[::2], spoilt, strict=False))
    notebook = _do(place, answers)
    deleted, edited = place.numbers[1:2], place.numbers[3:4]
    for question in deleted:
        notebook["cells"].remove(working.cell_of(notebook, question))
    for question in edited:
        working.cell_of(notebook, question)["source"] = f"answer({question!r}, 42)  # edited"
    working.write(place.folder, notebook)


def _huge(place: Desk, _: Desk | None) -> None:
    notebook = _do(place, place.solver.answers())
    noise = {"output_type": "stream", "name": "stdout", "text": "x" * 20_000_000}
    page = {
        "output_type": "display_data",
        "data": {"text/html": SCRIPT, "text/plain": "a map"},
        "metadata": {},
    }
    working.work_cell(notebook, place.numbers[0])["outputs"] += [noise, page]
    written = [c for c in notebook["cells"] if c["source"] == place.solver.text]
    for cell in written:
        cell["source"] += f"\n\n{SCRIPT} <img src=x onerror=alert(1)> [more](javascript:alert(1))"
    working.write(place.folder, notebook)


def _no_notebook(place: Desk, _: Desk | None) -> None:
    _do(place, place.solver.answers())
    (place.folder / working.NOTEBOOK).unlink()


WAITS = object()  # an answer that has to wait for an instructor


def _bundled() -> list[Any]:
    from grading.cities import bundled_packs

    return list(bundled_packs().values())


_WAYS: dict[str, Callable[[Desk, Desk | None], None]] = {
    "kernel": _kernel,
    "honest": _honest,
    "wrong": _wrong,
    "units": _units,
    "missing": _missing,
    "duplicated": _duplicated,
    "unsaved": _unsaved,
    "number copier": _number_copier,
    "copier": _copier,  # of the whole week; see grading.demo.course_work
    "file copier": _file_copier,
    "forger": _forger,
    "renamed": _renamed,
    "own city": _own_city,
    "unreadable": _unreadable,
    "huge": _huge,
    "no notebook": _no_notebook,
}
