"""Ask, answer, hand in: what a trainee calls in an exercise notebook.

``answer()`` looks at the form of an answer only; no key is anywhere near it. It never
raises, whatever it is given: a notebook runs from top to bottom before it is solved.
Each answer is shown with the media type below and written to ``answers.json`` beside
the notebook; the host reads both, and the later one counts.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from course import __version__, answer_book, demo_question, identity
from course.answer_cards import Card, filled, number_words, question_card
from course.answer_values import NO_ANSWER, out_of_range, read_value
from course.checklist import checklist
from course.errors import CourseError
from course.exercises import Draw, draw
from course.forms.cards import form_card, received_card
from course.forms.nowhere import NOWHERE, Nowhere
from course.own_city import city_travels
from course.questions import Question, find_module, load_module

if TYPE_CHECKING:
    from course.city.pack import City

__all__ = ["MEDIA_TYPE", "answer", "ask", "hand_in", "read_value"]

MEDIA_TYPE = "application/vnd.course.answer+json"
SCHEMA = 1
_SHOWN = 200

_open_city: tuple[tuple[str, ...], City] | None = None


def ask(question_id: str) -> None:
    """Show a question with the trainee's own values, its unit and the form of the answer.

    Parameters
    ----------
    question_id : str
        Such as ``"m10_trip"``.

    Examples
    --------
    >>> ask("m00_demo")
    How many buses come in one hour?
    A bus comes every 10 minutes, from 10:00 on. How many buses come before 11:00?
    Answer: a whole number. Nothing is handed in.
    """
    try:
        if question_id == demo_question.ID:
            _show(demo_question.card())
            return
        question, others = _find(question_id)
        city = _city_for(question)
        drawn = _drawn(question, city)
        if question.needs_city:
            _show(question_card(question, drawn, of=others, city=city.title))
            _begin(question.id)
        else:
            _show(form_card(question, drawn, of=others))
            for option in question.options:
                if question.kind == "test":
                    _begin(option.key, option.key)
    except (Exception, SystemExit) as error:
        _show(_trouble(error))


def answer(question_id: str, value: Any = None) -> None:
    """Hand in an answer: its form is checked, it is noted, and a new answer brings a hint.

    Parameters
    ----------
    question_id : str
        The question.
    value : object
        The answer. Nothing (``None`` or ``...``) means that there is none yet.

    Notes
    -----
    Whether it is right comes with the score, from the host. The same answer run again is
    no new attempt. Never raises.

    Examples
    --------
    >>> answer("m00_demo", 3)
    Not yet.
    An hour has 60 minutes. How many times do 10 minutes fit into it?
    """
    try:
        if question_id == demo_question.ID:
            _show(demo_question.reply(value))
            return
        question, _ = _find(question_id)
        _answer(question, value)
    except (Exception, SystemExit) as error:
        _show(_trouble(error))


def hand_in() -> None:
    """Check what would be handed in: every question of the module, and the own city.

    Shows one row per question. A city of one's own is written beside the notebook as a
    zip, because the host has to see it. Never raises.
    """
    try:
        folder = answer_book.folder()
        module = load_module(folder)
        city = _city() if module.needs_city else NOWHERE
        _show(checklist(city, identity.who(), folder))
    except (Exception, SystemExit) as error:
        _show(_trouble(error))


# ---- asking --------------------------------------------------------------------------


def _begin(name: str, value: str | None = None) -> None:
    """Let a name exist in the notebook; never touch a value that is there.

    A working cell that fails on its first run would leave no name, and the answer cell
    below would then stop Run All. In a test a letter may be written without its quotes.
    """
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return
    if shell := get_ipython():
        shell.user_ns.setdefault(name, value)


def _find(question_id: str) -> tuple[Question, int]:
    module = find_module(question_id)
    return module.questions[question_id], len(module.questions)


def _city() -> City:
    """Return the open city; the same object while nothing that names it has changed."""
    global _open_city
    from course.city.pack import City, find_city

    path = find_city()
    stamp = (os.fspath(path), str((path / "datapackage.json").stat().st_mtime_ns))
    if _open_city is None or _open_city[0] != stamp:
        _open_city = (stamp, City(path))
    return _open_city[1]


def _city_for(question: Question) -> City | Nowhere:
    """Return the open city, or none where a test or survey asks for none."""
    return _city() if question.needs_city else NOWHERE


def _drawn(question: Question, city: City | Nowhere) -> Draw:
    return draw(question, city, identity.who())


# ---- answering -----------------------------------------------------------------------


def _answer(question: Question, raw: Any) -> None:
    title = f"{question.number}. {question.title}"
    value, problem = read_value(question, raw)
    if problem == NO_ANSWER:
        first = f"No answer yet. Set `{question.id}` in the cell above, then run this cell again."
        if not question.needs_city:
            first = "No answer yet. Write it between the quotes, then run this cell again."
        _show(Card(title=title, sentences=(first,), status=True))
        return
    city = _city_for(question)
    drawn = _drawn(question, city)
    record, notes = _noted(question, city, drawn, _handed(raw) if problem else value)
    form_is_right: bool | None = not problem
    if not question.needs_city:
        _show(received_card(question, drawn, value, problem, notes), record)
        return
    if problem:
        sentences = [problem, f"Expected: {question.form(filled(question.unit, drawn))}"]
    else:
        sentences = [f"Noted: {_as_words(question, drawn, value)}."]
        if far := out_of_range(question, value, drawn.params):
            sentences = [f"Noted. {far}"]
            form_is_right = None  # readable, but a slip in the unit is likely: no green sign
        sentences += _hints(question, drawn, record["n"])
    _show(
        Card(
            title=title,
            sentences=tuple(sentences),
            notes=(*notes, _about(record)),
            status=True,
            form_is_right=form_is_right,
        ),
        record,
    )


def _hints(question: Question, drawn: Draw, count: int) -> list[str]:
    """Return the general hints due at the n-th answer: the quantity, then an example."""
    hints = [filled(hint, drawn) for hint in question.hints]
    if count <= 1:
        return []
    return [f"Hint: {hint}" for hint in hints[: min(count, 3) - 1]]


def _about(record: dict[str, Any]) -> str:
    return (
        f"Answer {record['n']} to this question, as {record['trainee']}. "
        "Whether it is right comes with the score."
    )


def _as_words(question: Question, drawn: Draw, value: Any) -> str:
    if question.type in ("number", "integer"):
        return f"{number_words(value)} {filled(question.unit, drawn)}".strip()
    if question.type == "choice":
        return repr(value)
    return {"json": "your dictionary", "table": "your table", "text": "your text"}.get(
        question.type, ", ".join(map(repr, value)) if isinstance(value, list) else "your answer"
    )


def _handed(raw: Any) -> str:
    """Return what could not be read as a short text, so that the host can say so too."""
    try:
        text = ""
        if isinstance(raw, str):
            text = str.__str__(raw)
        elif isinstance(raw, (int, float)) and not isinstance(raw, bool):
            text = repr(raw)
    except (Exception, SystemExit):  # an object with code of its own, or too many digits
        text = ""
    # a lone surrogate cannot be written as UTF-8 by whoever reads the record
    text = text[:_SHOWN].encode("utf-8", "replace").decode("utf-8")
    return text or f"<{type(raw).__name__[:60]}>"


def _noted(
    question: Question, city: City | Nowhere, drawn: Draw, value: Any
) -> tuple[dict[str, Any], list[str]]:
    """Write the record beside the notebook; say what could not be written."""
    record = {
        "schema": SCHEMA,
        "module": question.module,
        "question": question.id,
        "value": value,
        "unit": filled(question.unit, drawn),
        "city": city.id,
        "fingerprint": city.fingerprint,
        "trainee": drawn.who.trainee,
        "team": drawn.who.team,
        "variant": drawn.variant,
        "course": __version__,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "n": 1,
    }
    notes = []
    folder = answer_book.folder()
    try:
        record, said = answer_book.append(folder / answer_book.FILE_NAME, record)
        notes += [said] if said else []
    except OSError:
        notes.append(
            f"{answer_book.FILE_NAME} could not be written here. Save the notebook before you "
            "hand it in: the answer is in it."
        )
    if question.needs_city and (said := city_travels(city, folder, again=False)):
        notes.append(said)
    return record, notes


# ---- showing -------------------------------------------------------------------------


def _trouble(error: BaseException) -> Card:
    """Return one calm sentence for whatever went wrong; no traceback reaches the page."""
    if isinstance(error, CourseError):
        return Card(title="This did not work", sentences=(str(error),), status=True)
    what = f"Something unexpected happened ({type(error).__name__[:60]})."
    return Card(
        title="This did not work",
        sentences=(f"{what} Run the import cell again; if it stays, tell your instructor.",),
        status=True,
    )


def _show(card: Card, record: dict[str, Any] | None = None) -> None:
    """Publish a card, and the record with it; print plain text outside a notebook."""
    try:
        from IPython.core.interactiveshell import InteractiveShell

        live = InteractiveShell.initialized()
    except ImportError:
        live = False
    if not live:
        print(card.text())
        return
    from IPython.display import display

    display(card.bundle(**({MEDIA_TYPE: record} if record else {})), raw=True)
