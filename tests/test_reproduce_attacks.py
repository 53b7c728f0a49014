"""Notebooks that attack whoever runs them again: each is stopped, and each would work.

Every attack is run twice: as a hand-in is, and with the one defence that stops it taken
away, so that a test here can fail.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from course.paths import ROOT
from grading.reproduce.bounds import Bounds
from grading.reproduce.run import run
from grading.reproduce.task import Ran
from grading.reproduce.usage import descendants
from grading.reproduce.verdict import judge
from tests.reproduce_pieces import (
    gone,
    hears_ctrl_c,
    need_jail,
    published,
    python_as_ordinary,
    task,
)

BOUNDS = Bounds(cell_s=30, whole_s=60, memory_mb=700, disk_mb=60, output_mb=5, processes=60)


@pytest.fixture(autouse=True)
def _need_jail() -> None:
    need_jail()


def sentence(ran: Ran, bounds: Bounds = BOUNDS) -> str:
    """Return what the report would say of a run that hands in nothing else."""
    from grading.records import Record
    from tests.grading_pieces import question

    handed = {"m99_a": Record("m99_a", 1.0)}
    outcomes, stopped = judge(ran, handed, [], {"m99_a": question()}, bounds)
    return stopped or outcomes[0].why


# ---- using up the computer -------------------------------------------------------------

FORKS = """
import os, time
made = 0
for _ in range(150):
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
    made += 1
publish(made)
"""


def test_a_fork_bomb_stops_at_the_limit() -> None:
    roomy = replace(BOUNDS, memory_mb=4000)
    ran = run(task(FORKS), roomy)
    assert published(ran) == []
    assert "too many processes" in sentence(ran)
    assert published(run(task(FORKS), replace(roomy, processes=400))) == [150]


def test_a_fork_bomb_that_never_ends_is_stopped_and_leaves_nothing() -> None:
    before = descendants(os.getpid())  # tests before may have left a browser of the session
    ran = run(task("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"), BOUNDS)
    assert ran.end in ("processes", "cell time")
    assert set(descendants(os.getpid())) <= set(before)


HOARD = "data = bytearray({mb} * 1_000_000)\npublish(len(data))"


def test_one_process_with_too_much_memory_is_refused_it() -> None:
    ran = run(task(HOARD.format(mb=900)), BOUNDS)
    assert published(ran) == [] and ran.end == "done"
    assert "out of memory: the limit is 700 MB" in sentence(ran)
    large = replace(BOUNDS, memory_mb=2000)
    assert published(run(task(HOARD.format(mb=900)), large)) == [900_000_000]


SHARED_HOARD = """
import os, time
children = []
for _ in range(6):
    if (child := os.fork()) == 0:
        data = bytearray(os.urandom(1000)) * 200_000
        time.sleep(4)
        os._exit(0)
    children.append(child)
for child in children: os.waitpid(child, 0)
publish("all")
"""


def test_many_processes_with_too_much_memory_together_are_stopped() -> None:
    """Each keeps below the limit of a process; the sum does not."""
    ran = run(task(SHARED_HOARD), BOUNDS)
    assert ran.end == "memory" and published(ran) == []
    assert "out of memory in code cell 2: the limit is 700 MB" in sentence(ran)
    assert published(run(task(SHARED_HOARD), replace(BOUNDS, memory_mb=3000))) == ["all"]


FILL = """
for n in range(100):
    with open(f"part-{n}", "wb") as file: file.write(b"x" * 1_000_000)
publish(n + 1)
"""


def test_a_full_disk_stops_the_notebook_and_not_the_computer() -> None:
    ran = run(task(FILL), BOUNDS)
    assert published(ran) == []
    assert "its disk was full: the limit is 60 MB" in sentence(ran)
    assert published(run(task(FILL), replace(BOUNDS, disk_mb=200))) == [100]


def test_an_endless_cell_is_stopped_and_named() -> None:
    slow = "import time; time.sleep(4); publish('late')"
    short = replace(BOUNDS, cell_s=2.0)
    ran = run(task("publish('early')", slow), short)
    assert ran.end == "cell time" and published(ran) == ["early"]
    assert sentence(ran, short) == "code cell 3 took longer than 2 s and was stopped"
    assert published(run(task(slow), BOUNDS)) == ["late"]


def test_a_cell_that_answers_no_signal_is_stopped_too() -> None:
    deaf = (
        "import signal\n"
        "for n in range(1, 65):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "while True:\n"
        "    try:\n"
        "        while True: pass\n"
        "    except BaseException: pass"
    )
    assert run(task(deaf), replace(BOUNDS, cell_s=1.0)).end == "cell time"


def test_many_short_cells_are_stopped_as_a_whole() -> None:
    cells = ["import time; time.sleep(0.5)"] * 40
    # of the seconds Python's start takes some, on a busy computer more
    ran = run(task(*cells), replace(BOUNDS, whole_s=9.0))
    assert ran.end == "time" and 0 < ran.cell < 40


def test_processor_time_is_bounded_by_the_system_too() -> None:
    burn = "import time\nwhile time.process_time() < 4: pass\npublish('burnt')"
    # the watch from outside looks at the clock; here only the system's own limit can end it
    bounds = replace(BOUNDS, whole_s=1.0)
    limits = bounds.limits()
    assert limits.cpu_s == 2
    from grading import jail

    view = jail.View(read_only=(*jail.python_view(), *jail.course_view()))
    argv = [sys.executable, "-c", burn.replace("publish", "print")]
    held = subprocess.run(jail.command(argv, view, uid=jail.spare_uid(), limits=limits))
    assert held.returncode == 128 + 24
    free = subprocess.run(jail.command(argv, view, uid=jail.spare_uid()), capture_output=True)
    assert b"burnt" in free.stdout


FLOODS = {
    "print": "for _ in range(150_000): print('y' * 60)",
    "bytes": "import os\nfor _ in range(1500): os.write(1, b'y' * 6000)",
    "errors": "import sys\nfor _ in range(1500): sys.stderr.write('y' * 6000)",
    "a program": "import subprocess\nsubprocess.run('yes | head -c 9000000', shell=True)",
    "display": "from IPython.display import display\n"
    "for n in range(1500): display({'text/plain': 'y' * 6000}, raw=True)",
    "answers": "for n in range(1500): publish('y' * 6000)",
}


@pytest.mark.parametrize("way", FLOODS)
def test_a_flood_of_output_is_stopped(way: str) -> None:
    ran = run(task(FLOODS[way]), BOUNDS)
    assert ran.end == "output", ran
    assert sentence(ran) == "too much output in code cell 2: the limit is 5 MB"


def test_the_same_floods_pass_where_they_are_allowed() -> None:
    ran = run(task(*FLOODS.values()), replace(BOUNDS, output_mb=200))
    assert ran.end == "done" and not ran.errors


def test_lines_that_no_answer_would_send_are_dropped() -> None:
    """The notebook finds the pipe to the host and writes to it whatever it likes."""
    cell = (
        "import os\n"
        "for fd in range(3, 60):\n"
        "    for line in (b'[1]', b'{', b'{\"begin\": -1}', b'{\"begin\": 999999}',\n"
        "                 b'{\"begin\": true}', b'{\"end\": [], \"error\": 5}', b'\\xff\\x00',\n"
        '                 b\'[\' * 5000, b\'{"answer": {"question": [], "value": NaN}}\'):\n'
        "        try: os.write(fd, line + b'\\n')\n"
        "        except OSError: pass"
    )
    ran = run(task(cell, "publish('still here')"), BOUNDS)
    assert ran.end == "done" and ran.cell == 2
    assert "still here" in [r["value"] for _, r in ran.answers if isinstance(r, dict)]
    judge(ran, {}, [], {}, BOUNDS)


def test_a_line_without_an_end_is_bounded() -> None:
    cell = (
        "import os\n"
        "for fd in range(3, 60):\n"
        "    try:\n"
        "        for _ in range(900): os.write(fd, b'y' * 60_000)\n"
        "    except OSError: pass"
    )
    assert run(task(cell), replace(BOUNDS, output_mb=500)).end == "output"


@pytest.mark.parametrize(
    "end",
    [
        "import os; os.kill(os.getpid(), 9)", "import os; os._exit(0)", "exit()",
        "import ctypes; ctypes.string_at(0)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)  # fmt: skip
def test_a_notebook_that_ends_its_own_kernel_is_named(end: str) -> None:
    ran = run(task("publish('before')", end, "publish('after')"), replace(BOUNDS, cell_s=3.0))
    assert published(ran) == ["before"]
    assert "code cell 3" in sentence(ran, replace(BOUNDS, cell_s=3.0))


def test_a_notebook_that_kills_all_it_can_see_kills_nobody() -> None:
    ran = run(task("import os; os.kill(1, 15); os.kill(-1, 9)", "publish('after')"), BOUNDS)
    assert published(ran) == ["after"]


def test_a_child_that_outlives_the_notebook_is_gone_too() -> None:
    cell = (
        "import subprocess\n"
        "subprocess.Popen('setsid sleep 600 & setsid sleep 600', shell=True)\n"
        "publish('left')"
    )
    before = descendants(os.getpid())
    ran = run(task(cell), BOUNDS)
    assert ran.end == "done" and published(ran) == ["left"]
    assert set(descendants(os.getpid())) <= set(before)


# ---- reaching for what is not theirs ---------------------------------------------------


def test_processes_of_others_cannot_be_read() -> None:
    mark = f"planted-{os.getpid()}"
    victim = subprocess.Popen(["/usr/bin/sleep", "120"], env={"MARK": mark})
    look = (
        "import glob\n"
        "found = 0\n"
        "for name in glob.glob('/proc/[0-9]*/environ'):\n"
        "    try: found += b'planted-' in open(name, 'rb').read()\n"
        "    except OSError: pass\n"
        "publish(found)"
    )
    try:
        assert published(run(task(look), BOUNDS)) == [0]
        assert published(run(task(look), BOUNDS, unsafe=True))[0] >= 1
    finally:
        victim.kill()
        victim.wait()


def test_the_network_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=server.accept, daemon=True).start()
        call = (
            "import socket\n"
            f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)\n"
            "publish('through')"
        )
        ran = run(task(call), BOUNDS)
        assert published(ran) == [] and "refused" in ran.errors[1]
        assert published(run(task(call), BOUNDS, network=True)) == ["through"]
    outside = "import socket\nsocket.create_connection(('203.0.113.7', 80), 5)"
    ran = run(task(outside), BOUNDS)
    assert "Network is unreachable" in ran.errors[1]
    assert "it asked for the network, and a run has none" in sentence(ran)
    named = "import urllib.request\nurllib.request.urlopen('http://example.org')"
    assert "network" in sentence(run(task(named), BOUNDS))


def test_gradebook_key_and_repository_are_not_there(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    book = tmp_path / "gradebook.db"
    book.write_text("planted", encoding="utf-8")
    book.chmod(0o644)
    read = f"publish(open({str(book)!r}).read())"
    key = "from grading.answer_key import for_module\npublish('key')"
    modules = f"import os; publish(len(os.listdir({str(ROOT / 'modules')!r})))"
    ran = run(task(read, key, modules), BOUNDS)
    assert published(ran) == []
    assert set(ran.errors) == {1, 2, 3}
    shown = (book, ROOT / "grading", ROOT / "modules")
    seen = published(run(task(read, key, modules), BOUNDS, view=shown))
    assert seen[:2] == ["planted", "key"] and seen[2] > 3


def test_the_environment_cannot_be_changed(tmp_path: Path) -> None:
    """Neither the packages nor the course: what one notebook plants, the next would run."""
    import course

    places = [sys.prefix, os.path.dirname(os.path.realpath(sys.executable)), "/usr/bin",
              os.path.dirname(course.__file__)]  # fmt: skip
    plant = (
        "import os\n"
        "done = []\n"
        f"for folder in {places!r}:\n"
        "    try:\n"
        "        open(os.path.join(folder, 'planted.py'), 'w').close(); done.append(folder)\n"
        "    except OSError as e: pass\n"
        "publish(done)\n"
        f"open({places[0]!r} + '/planted.py', 'w')"
    )
    ran = run(task(plant), BOUNDS)
    assert published(ran) == [[]]
    assert "may only read" in sentence(ran) or "refused" in sentence(ran)
    assert not any((Path(p) / "planted.py").exists() for p in places)
    # what is open to a notebook in a folder that it may write: its own home shows it
    own = plant.replace(repr(places), repr(["."])).splitlines()[:-1]
    assert published(run(task("\n".join(own)), BOUNDS)) == [["."]]


def test_one_run_leaves_nothing_to_the_next() -> None:
    leave = (
        "import os\n"
        "before = [os.path.exists(p) for p in ('/tmp/mark', '/dev/shm/mark', 'mark')]\n"
        "for p in ('/tmp/mark', '/dev/shm/mark', 'mark'): open(p, 'w').close()\n"
        "publish(before)"
    )
    assert published(run(task(leave), BOUNDS)) == [[False] * 3]
    assert published(run(task(leave), BOUNDS)) == [[False] * 3]
    # within one run, as without any wall between two: what was left is found
    assert published(run(task(leave, leave), BOUNDS)) == [[False] * 3, [True] * 3]


# ---- ending it from outside --------------------------------------------------------------


@pytest.mark.parametrize("how", ["interrupt", "kill"])
def test_ending_the_host_ends_every_process_inside(how: str) -> None:
    code = (
        "import sys\n"
        "from grading.reproduce.run import run\n"
        "from grading.reproduce.task import Task\n"
        "from grading.reproduce.bounds import Bounds\n"
        "cell = 'import os\\nfor _ in range(3): os.fork()\\nimport time; time.sleep(300)'\n"
        "print('ready', flush=True)\n"
        "run(Task((cell,)), Bounds())"
    )
    host = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True,
        stderr=subprocess.DEVNULL, preexec_fn=hears_ctrl_c,
    )  # fmt: skip
    try:
        assert host.stdout is not None and host.stdout.readline() == b"ready\n"
        pids = _wait_for(host.pid, at_least=9)
        os.kill(host.pid, 2 if how == "interrupt" else 9)
        host.wait(60)
        _wait_until(lambda: gone(pids))
    finally:
        host.kill()
        host.wait()


def _wait_for(pid: int, *, at_least: int) -> list[int]:
    found: list[int] = []

    def enough() -> bool:
        nonlocal found
        found = descendants(pid)
        return len(found) >= at_least

    _wait_until(enough)
    return found


def _wait_until(true: object, seconds: float = 60) -> None:
    import time

    until = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)


# ---- an ordinary user --------------------------------------------------------------------


def test_an_ordinary_user_runs_the_same_jail_and_the_same_watch() -> None:
    """Whoever runs the tests: memory and processes of a jail can be seen from outside."""
    code = (
        "import json, os\n"
        "from dataclasses import replace\n"
        "from grading.reproduce.bounds import Bounds\n"
        "from grading.reproduce.run import run\n"
        "from grading.reproduce.task import Task\n"
        f"fork, share = {task(FORKS).cells!r}, {task(SHARED_HOARD).cells!r}\n"
        f"bounds = {BOUNDS!r}\n"
        "ends = [run(Task(cells), bounds).end for cells in (fork, share)]\n"
        "wide = replace(bounds, processes=400, memory_mb=4000)\n"
        "print(json.dumps([os.getuid(), *ends, run(Task(fork), wide).answers[-1][1]['value']]))"
    )
    done = python_as_ordinary(code)
    assert done.returncode == 0, done.stderr
    uid, forks, memory, made = json.loads(done.stdout)
    assert uid != 0 and forks in ("processes", "done") and memory == "memory" and made == 150
