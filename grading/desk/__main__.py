"""The desk as a service of the hub: ``python -m grading.desk``."""

import sys

from course.commands import dispatch
from grading.desk.service import serve


def _served() -> int:
    serve()
    return 0


if __name__ == "__main__":
    sys.exit(dispatch.guarded(_served, package="grading.desk"))
