"""Run a command of ``grading`` inside the host's view: ``python -m grading.hub.as_host score 10``.

``python -m grading`` would first look whether the environment is up to date and could begin to
install; inside the view it is read-only, and the hub has looked already.
"""

from __future__ import annotations

import sys

from course.commands import dispatch

PACKAGE = "grading"


def main(words: list[str]) -> int:
    """Run the command and return its exit code."""
    if not words:
        return dispatch.overview(PACKAGE, words)
    return dispatch.guarded(
        lambda: dispatch.run(dispatch.find(PACKAGE, words[0]), words[1:]), package=PACKAGE
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
