"""Has a person completed the programme, and what is still missing.

Pure, and the same for the trainee's own page and for the host's certificates. There are
three answers per requirement: met, not met, and unknown. What waits for the host (a mark,
a city to approve, a session nobody has recorded) is unknown, never "not met". A person is
complete when every requirement that is asked for is met.
"""

from course.completion.evidence import Evidence
from course.completion.requirements import Requirement
from course.completion.result import Completion, outcome
from course.completion.rule import CompletionRule

__all__ = ["Completion", "CompletionRule", "Evidence", "Requirement", "outcome"]
