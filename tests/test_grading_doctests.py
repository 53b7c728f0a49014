"""The examples in the host's docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "cleaning",
        "due",
        "records",
        "report",
        "state",
        "paperwork",
        "feedback_page",
        "demo.people",
        "strict_json",
        "hub.capacity",
    ],
)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(f"grading.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
