"""The examples in the docstrings of course.transport run as written."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import course.transport

MODULES = sorted(m.name for m in pkgutil.iter_modules(course.transport.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(f"course.transport.{name}")
    assert doctest.testmod(module).failed == 0
