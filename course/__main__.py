"""``python -m course``: see :mod:`course.bootstrap`."""

import sys

from course.bootstrap import main

if __name__ == "__main__":
    sys.exit(main("course", sys.argv[1:]))
