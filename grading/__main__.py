"""``python3 -m grading``: the host's commands, started like ``python3 -m course``."""

import sys

from course.bootstrap import main

if __name__ == "__main__":
    sys.exit(main("grading", sys.argv[1:]))
