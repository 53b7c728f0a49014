"""Run one job of the desk: ``python -m grading.desk.running FOLDER LOCK``.

A process of its own, so that a desk that is stopped alone does not stop the work. The lock,
an open file, is handed on to each command: while any of them lives, the job is running.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from course import whole_files

# as ``python -m grading``, without a look at the environment: the desk runs in the right one,
# and on a hub it could not be made here
_COMMAND = (
    "import sys; from course.commands import dispatch as d; "
    "sys.exit(d.guarded(lambda: d.run(d.find('grading', sys.argv[1]), sys.argv[2:]), "
    "package='grading'))"
)


def main(argv: list[str]) -> int:
    """Run the commands of a job one after the other; the first that fails is the last."""
    folder, lock = Path(argv[0]), int(argv[1])
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    code = 0
    with (folder / "out.txt").open("ab") as out, (folder / "err.txt").open("wb") as err:
        for step in job["steps"]:
            done = subprocess.run(
                [sys.executable, "-c", _COMMAND, *step],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, pass_fds=(lock,), check=False,
            )  # fmt: skip
            code = done.returncode
            if code:
                break
    whole_files.write(folder / "code.json", json.dumps({"code": code}))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
