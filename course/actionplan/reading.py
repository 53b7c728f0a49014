"""Read a plan from its file: strictly for a hand-in, kindly for a draft.

A draft never loses anything: what fits no field stays in the file under ``kept``, with
the place it stood at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.actionplan.faults import BESIDE, Problem, kind_of, problems
from course.actionplan.fitting import fitted
from course.actionplan.model import KINDS, ActionPlan, CooperationNote
from course.errors import CourseError

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
KEPT, FROM_ANSWER = "kept", "from_answer"


class PlanFault(CourseError):
    """A plan that cannot be handed in.

    Attributes
    ----------
    problems : list of Problem
        All of them; the sentence of the error names the first.
    """

    def __init__(self, path: str, found: list[Problem]) -> None:
        self.problems = found
        first = found[0]
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        where = f"{path}, {first.field}" if first.field else path
        super().__init__(f"{where}: {first.sentence}{more}", first.remedy)


@dataclass
class Draft:
    """A plan as far as it is written.

    Attributes
    ----------
    data : dict
        JSON values in the shape of the strict model; every field of the model is there,
        empty ones as None, "" or [].
    notes : list of Problem
        What was put aside on reading.
    """

    data: dict[str, Any]
    notes: list[Problem] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Return ``action_plan`` or ``cooperation_note``."""
        return kind_of(self.data)

    @property
    def kept(self) -> list[dict[str, Any]]:
        """Return what fits no field: ``at`` (its place) and ``value``."""
        found = self.data.get(KEPT)
        return found if isinstance(found, list) else []


@dataclass
class _Parsed:
    value: Any
    twice: list[tuple[str, Any]]
    problem: Problem | None = None


def parse(raw: bytes) -> _Parsed:
    """Parse the bytes of a plan; never raises.

    A byte order mark is accepted, and files saved as UTF-16 by a text editor. A name that
    stands twice in one object is reported with its first value.
    """
    twice: list[tuple[str, Any]] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in items:
            if name in made:
                twice.append((name, made[name]))
            made[name] = value
        return made

    if len(raw) > MAX_BYTES:
        return _Parsed(None, [], Problem(
            "", "The plan is larger than 1 MB.", "Shorten the longest texts; pictures stay outside."
        ))  # fmt: skip
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        return _Parsed(None, [], Problem(
            "", f"The plan is not text in UTF-8 (byte {error.start}).",
            "Save it again from the form, or choose UTF-8 in your editor.",
        ))  # fmt: skip
    try:
        value = json.loads(
            text, object_pairs_hook=pairs, parse_constant=_refused, parse_float=_finite
        )
    except RecursionError:
        return _Parsed(None, [], _too_deep())
    except json.JSONDecodeError as error:
        return _Parsed(None, [], Problem(
            "", f"The plan is not readable at line {error.lineno}, sign {error.colno}.",
            "Open the form of module 13 and save again; the older file is kept.",
        ))  # fmt: skip
    except ValueError:
        return _Parsed(None, [], Problem(
            "", "The plan holds NaN, Infinity or a number that is too long.",
            "Write an ordinary number in its place.",
        ))  # fmt: skip
    if _depth(value) > MAX_DEPTH:
        return _Parsed(None, [], _too_deep())
    return _Parsed(value, twice)


def _refused(name: str) -> Any:
    raise ValueError(name)


def _too_deep() -> Problem:
    return Problem("", "The plan is nested too deeply.", "Fill in the form of module 13 again.")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def _depth(value: Any) -> int:
    """Return how deep lists and objects nest, without recursion."""
    deepest, layer = 0, [value]
    while layer and deepest <= MAX_DEPTH:
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ] if deepest else [v for v in layer if isinstance(v, (dict, list))]  # fmt: skip
        deepest += 1
    return deepest


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise CourseError(
            f"{path.name} is not there.", "Fill in the form of module 13; it writes the file."
        ) from None
    except OSError as error:
        raise CourseError(
            f"{path.name} cannot be opened: {error.strerror}.", "Close it in other programs."
        ) from None


def plan_from(data: Any, *, name: str = "plan", modules: Iterable[str] = ()) -> Any:
    """Return the strict plan of parsed data.

    Raises
    ------
    PlanFault
        With all problems.
    """
    found = problems(data, modules=modules)
    if found:
        raise PlanFault(name, found)
    fields = {key: value for key, value in data.items() if key not in BESIDE}
    return KINDS[kind_of(data)].model_validate(fields)


def read_plan(path: str | Path, *, modules: Iterable[str] = ()) -> ActionPlan | CooperationNote:
    """Read a plan as it is handed in.

    Parameters
    ----------
    path : str or Path
        ``plan.json``, or the folder it lies in.
    modules : iterable of str
        Modules of the programme; their fields are needed.

    Returns
    -------
    ActionPlan or CooperationNote
        By the field ``kind``.

    Raises
    ------
    PlanFault
        Naming the first field that is missing or wrong; ``.problems`` holds all.
    CourseError
        The file is missing or cannot be opened.
    """
    file = Path(path)
    file = file / "plan.json" if file.is_dir() else file
    parsed = parse(_bytes_of(file))
    if parsed.problem is not None:
        raise PlanFault(file.name, [parsed.problem])
    if parsed.twice:
        twice = parsed.twice[0][0]
        raise PlanFault(file.name, [Problem(
            twice[:60], f"The name {twice[:60]!r} stands twice.", "Keep one of the two."
        )])  # fmt: skip
    return plan_from(parsed.value, name=file.name, modules=modules)


def read_draft(path: str | Path, *, kind: str | None = None) -> Draft:
    """Read a plan as far as it is written.

    Parameters
    ----------
    path : str or Path
        ``plan.json``, or the folder it lies in; a missing file is an empty draft.
    kind : str, optional
        The kind of an empty draft.

    Returns
    -------
    Draft
        Fields of a wrong shape, unknown ones and earlier ones of a name that stands twice
        are under ``kept`` and in ``notes``.

    Raises
    ------
    PlanFault
        The file is no JSON object at all: it stays as it is.
    """
    file = Path(path)
    file = file / "plan.json" if file.is_dir() else file
    if not file.exists():
        return empty_draft(kind or "action_plan")
    parsed = parse(_bytes_of(file))
    if parsed.problem is not None:
        raise PlanFault(file.name, [parsed.problem])
    draft = draft_from(parsed.value, kind=kind)
    there = {_mark(row) for row in draft.data[KEPT]}
    for name, value in parsed.twice:
        said = f"The name {name[:60]!r} stands twice; the last one counts."
        _keep(draft, name, value, said, there)
    return draft


def draft_from(data: Any, *, kind: str | None = None) -> Draft:
    """Return the draft of any parsed JSON; nothing of it is lost."""
    draft = Draft({})
    whole = data if isinstance(data, dict) else {}
    name = kind_of(whole) if "kind" in whole else (kind or "action_plan")
    made, aside = fitted(whole, KINDS[name])
    draft.data = {**made, "kind": name}
    earlier = whole.get(KEPT)
    rows = earlier if isinstance(earlier, list) else []
    draft.data[KEPT] = [row for row in rows if isinstance(row, dict)]
    there = {_mark(row) for row in draft.data[KEPT]}
    came = whole.get(FROM_ANSWER)
    draft.data[FROM_ANSWER] = (
        {k: v for k, v in came.items() if isinstance(v, str)} if isinstance(came, dict) else {}
    )
    for at, value in aside:
        if at == KEPT and isinstance(value, list) and all(isinstance(k, dict) for k in value):
            continue
        if at == FROM_ANSWER and value == draft.data[FROM_ANSWER]:
            continue
        _keep(draft, at, value, f"{at[:60]!r} fits no field of the plan.", there)
    if not isinstance(data, dict):
        _keep(draft, "", data, "The file is not a set of fields.", there)
    return draft


def _mark(entry: Any) -> str:
    """Return what makes an entry of ``kept`` the same as another one."""
    return json.dumps(entry, sort_keys=True)


def _keep(draft: Draft, at: str, value: Any, sentence: str, there: set[str]) -> None:
    entry = {"at": at, "value": value}
    # a file of one megabyte holds 60,000 of them: asking the list would take minutes
    if (mark := _mark(entry)) not in there:
        there.add(mark)
        draft.data[KEPT].append(entry)
    draft.notes.append(
        Problem(at[:120], sentence, "It is kept in the file under 'kept'; copy what you need.")
    )


def empty_draft(kind: str = "action_plan") -> Draft:
    """Return a draft in which nothing is written."""
    made, _ = fitted({}, KINDS[kind])
    return Draft({**made, "kind": kind, KEPT: [], FROM_ANSWER: {}})
