"""Who has completed a programme, from the host's raw records, and how it is told."""

from grading.completion.records import Records, completions, evidence, standing

__all__ = ["Records", "completions", "evidence", "standing"]
