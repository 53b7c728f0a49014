"""What is hard in a module, on a page."""

from __future__ import annotations

from typing import Any

from grading.desk.questions import Difficulty, WrongAnswer

_WIDTH = 200


def questions(module: str, title: str, found: list[Difficulty], missing: int) -> dict[str, Any]:
    """Return what the page shows.

    Parameters
    ----------
    module, title : str
        Id and title.
    found : list of Difficulty
        By question.
    missing : int
        Scored hand-ins that were not looked at yet.
    """
    people = max((d.people for d in found), default=0)
    words = "hand-in has" if missing == 1 else "hand-ins have"
    return {
        "title": f"Questions of {title}",
        "id": module,
        "module": title,
        "sentence": (
            f"Over {people} scored hand-ins: how often people tried, when they were right, and "
            "what they took for right. Right answers are not shown."
            if people else "Nothing is scored yet. Collect and score first."
        ),
        "missing": f"{missing} scored {words} not been looked at." if missing else "",
        "questions": [_question(d) for d in found if d.answered],
    }  # fmt: skip


def _question(found: Difficulty) -> dict[str, Any]:
    return {
        "id": found.question,
        "title": found.title,
        "bars": [
            _bar("right at first", found, found.right_first, strong=False),
            _bar("right in the end", found, found.right_end, strong=True),
        ],
        "words": (
            f"{found.answered} of {found.people} answered. Different answers per person: "
            f"{found.attempts:g} on average, {found.most} at most"
            + (f"; {found.pending} wait for a city or a person." if found.pending else ".")
        ),
        "stuck": list(found.stuck),
        "wrong": [{"people": w.people, "words": w.words, "shown": _values(w)} for w in found.wrong],
    }


def _bar(words: str, found: Difficulty, count: int, *, strong: bool) -> tuple[str, int, str, bool]:
    share = found.share(count) or 0.0
    return words, round(_WIDTH * share / 100), f"{share:.0f} % ({count})", strong


def _values(wrong: WrongAnswer) -> str:
    return ", ".join(f"{value} ({count})" if count > 1 else value for value, count in wrong.values)
