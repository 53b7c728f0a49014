"""The real answer key, but the hand-in of one trainee ends the process that reads it."""

from __future__ import annotations

import os
import signal
from typing import Any

from grading import answer_key

DEADLY = "s0003"


class DeadlyKey:
    def __init__(self, real: Any) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def expected(self, qid: str, city: Any, draw: Any) -> Any:
        if draw.who.trainee == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.real.expected(qid, city, draw)


def for_module(module_id: str) -> DeadlyKey:
    return DeadlyKey(answer_key.for_module(module_id))
