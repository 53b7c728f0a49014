"""What a test tells: of each question, and of what a group learned."""

from __future__ import annotations

from grading.items.percent import percent_of, test_percent, test_percents

__all__ = ["percent_of", "test_percent", "test_percents"]
