"""How a question of a test or survey looks, and the reply that it was received.

The reply says nothing about right or wrong, and there are no hints: what counts comes
later, from the host.
"""

from __future__ import annotations

from typing import Any

from course.answer_cards import Card, filled
from course.exercises import Draw
from course.questions import Question


def form_card(question: Question, drawn: Draw, *, of: int) -> Card:
    """Return the card of a question, with the options in the trainee's own order.

    Parameters
    ----------
    question : Question
        Of a test or survey.
    drawn : Draw
        The trainee's draw.
    of : int
        How many questions there are.
    """
    rows: list[tuple[str, ...]] = []
    if question.options:
        head = ("Letter", "Answer") if question.kind == "test" else ("Step", "Meaning")
        rows = [head, *((o.key, filled(o.label, drawn)) for o in question.options)]
    first, last = (question.options[0].key, question.options[-1].key) if rows else ("", "")
    if question.kind == "test":
        note = f"Write one letter, {first} to {last}, into the next cell. 1 point."
        whose = f"The order of the answers is that of {drawn.who.trainee}; others have another one."
        notes: tuple[str, ...] = (note, whose)
    elif rows:
        notes = (f"Write one number, {first} to {last}, into the next cell. No points.",)
    else:
        notes = ("Write some sentences into the next cell, or leave it empty. No points.",)
    return Card(
        title=f"Question {question.number} of {of}: {question.title}",
        sentences=(question.prompt,),
        notes=notes,
        rows=tuple(rows),
        label=f"Question {question.number}",
        rows_are_text=True,
    )


def received_card(
    question: Question, drawn: Draw, value: Any, problem: str, notes: list[str]
) -> Card:
    """Return the reply to an answer: that it is here, or what its form should be.

    Parameters
    ----------
    question : Question
        Of a test or survey.
    drawn : Draw
        The trainee's draw.
    value : object
        As `course.answers.read_value` returns it.
    problem : str
        Why it could not be read; empty where it could.
    notes : list of str
        What happened while it was written down.
    """
    title = f"{question.number}. {question.title}"
    if problem:
        said: tuple[str, ...] = (problem,)
        if not question.options:
            said += ("Expected: some sentences of text, between the quotes.",)
        return Card(title=title, sentences=said, notes=tuple(notes), status=True,
                    form_is_right=False)  # fmt: skip
    words = {o.key: filled(o.label, drawn) for o in question.options}
    shown = f"{value}: {words[value]}" if value in words else f"{len(str(value))} signs of text"
    again = "You can change it; the latest answer counts."
    end = f"Answered as {drawn.who.trainee}."
    return Card(
        title=title,
        sentences=(f"Received. {shown}", again),
        notes=(*notes, end),
        status=True,
    )
