"""The survey has no right answers; the chain of nbgrader wants a key all the same."""

from __future__ import annotations

from grading.answer_key.form_key import FormKey

KEY = FormKey(right={}, said={})
