"""Release a module to trainees, and read back what was released."""

from __future__ import annotations

import json
import shutil
from functools import lru_cache
from pathlib import Path

from course.errors import CourseError
from course.questions import ModuleSpec, load_module
from grading.desk import closing
from grading.gradebook import must_succeed, open_api
from grading.state import EXERCISES, GradingState
from grading.template import Template, mark

FOR_TRAINEES = (
    "lesson.ipynb", f"{EXERCISES}.ipynb", "module.yml", "rubric.yml", "follow_up.ipynb",
)  # fmt: skip


def release(state: GradingState, name: str, *, draft: bool = False) -> list[Path]:
    """Generate the trainees' version of a module and put it into the exchange.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.
    draft : bool
        Release a module whose status is still draft, for a rehearsal.

    Returns
    -------
    list of Path
        The released files: lesson, exercises and module.yml, nothing else.

    Raises
    ------
    CourseError
        The module is planned or a draft, or its points and cells do not fit ``module.yml``.
    """
    folder = state.assignment_folder(name)
    spec = load_module(folder)
    if not spec.has_content:
        raise CourseError(
            f"The module {spec.id} is in preparation (status: {spec.status}).",
            "It can be released when its module.yml says ready.",
        )
    if spec.status == "draft" and not draft:
        raise CourseError(
            f"The module {spec.id} is a draft; trainees would get it.",
            "Write status: ready into its module.yml, or rehearse with --draft.",
        )
    api = open_api(state)
    result = api.generate_assignment(spec.id)
    must_succeed(
        result,
        f"{spec.id} could not be generated",
        "If hand-ins exist, cells must not be added or removed: release it as a new module.",
    )
    made = state.folder("release", ".", spec.id)
    for path in sorted(made.rglob("*"), reverse=True):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in FOR_TRAINEES:
            path.unlink()
    if not spec.needs_city:
        _open_answer_cells(made / f"{EXERCISES}.ipynb")
    check_points(load_template(state, spec.id), spec)
    api = open_api(state)
    _forget_earlier_release(state, spec.id)
    closing.forget_closing(state, spec.id)
    result = api.release_assignment(spec.id)
    must_succeed(
        result,
        f"{spec.id} could not be put into the exchange {state.exchange}",
        "Check that the folder can be written, or set COURSE_EXCHANGE.",
    )
    return sorted(made.iterdir())


def _open_answer_cells(path: Path) -> None:
    """Let trainees write in the answer cells of a test or survey.

    nbgrader closes every cell that carries points; here the answer is typed into it.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if mark(cell).get("grade"):
            mark(cell)["locked"] = False
            cell["metadata"].pop("editable", None)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _forget_earlier_release(state: GradingState, assignment: str) -> None:
    """Make room in the exchange: nbgrader refuses to release twice, and running twice is safe."""
    from grading.state import COURSE_ID

    outbound = state.exchange / COURSE_ID / "outbound" / assignment
    if outbound.is_dir():
        shutil.rmtree(outbound)


def check_points(template: Template, spec: ModuleSpec) -> None:
    """Raise where the graded cells and ``module.yml`` do not tell the same story."""
    wanted = {q.id: float(q.points) for q in spec.questions.values()}
    wanted |= {w.id: float(w.points) for w in spec.written}
    wanted |= spec.rubric.points if spec.rubric else {}
    found = template.points | template.tasks
    for name in sorted(set(wanted) | set(found)):
        if wanted.get(name) != found.get(name):
            raise CourseError(
                f"{spec.id}: {name} has {found.get(name, 'no')} points in exercises.ipynb and "
                f"{wanted.get(name, 'no')} in module.yml.",
                "Make both the same.",
            )


def load_template(state: GradingState, assignment: str) -> Template:
    """Return the released exercises notebook of a module.

    Raises
    ------
    CourseError
        When the module was not released from this state.
    """
    path = state.folder("release", ".", assignment) / f"{EXERCISES}.ipynb"
    try:
        stamp = path.stat()
    except OSError:
        raise CourseError(
            f"{assignment} was not released from here.",
            f"Release it first: python3 -m grading release {assignment}.",
        ) from None
    return _read_template(str(path), stamp.st_mtime_ns)


@lru_cache(maxsize=16)
def _read_template(path: str, _changed: int) -> Template:
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if isinstance(cell.get("source"), list):
            cell["source"] = "".join(cell["source"])
    return Template(notebook)
