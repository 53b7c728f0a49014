"""``python -m grading``: the host's commands, started like ``python -m course``."""

import sys

from course.bootstrap import main

if __name__ == "__main__":
    sys.exit(main("grading", sys.argv[1:]))
