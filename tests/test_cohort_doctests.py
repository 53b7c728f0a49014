"""The examples in the docstrings of cohort and completion are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "course.completion.requirements",
    "course.completion.result",
    "grading.cohort.columns",
    "grading.cohort.people",
    "grading.cohort.sheets",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0
    assert found.attempted > 0
