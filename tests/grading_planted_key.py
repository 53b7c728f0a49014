"""An answer key whose every number is 918273.64, to be looked for where it must not be."""

from __future__ import annotations

from typing import Any

from grading import answer_key

PLANTED = 918273.64
SENTENCE = "planted sentence nine one eight"


class PlantedKey:
    """The real key with every expected number and one hint replaced."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def expected(self, qid: str, city: Any, draw: Any) -> Any:
        value = self.real.expected(qid, city, draw)
        return PLANTED if isinstance(value, int | float) else value

    def wrong_values(self, qid: str, city: Any, draw: Any) -> list[tuple[Any, str]]:
        return [(PLANTED * 2, SENTENCE)]

    def judge_design(self, qid: str, city: Any, draw: Any, value: Any) -> Any:
        return self.real.judge_design(qid, city, draw, value)


def for_module(module_id: str) -> PlantedKey:
    return PlantedKey(answer_key.for_module(module_id))
