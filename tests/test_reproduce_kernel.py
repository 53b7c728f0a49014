"""Cells that are run again find the kernel that a trainee has: one run beside a real kernel."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from course.paths import ROOT
from grading.records import MEDIA_TYPE
from grading.reproduce.bounds import Bounds
from grading.reproduce.run import run
from grading.reproduce.task import Task
from tests.reproduce_pieces import PUBLISH, need_jail

# each cell publishes what it found, or fails; both kernels must tell the same story
CELLS = {
    "plain": "a = 2 + 3\npublish(a)",
    "names stay": "publish(a + 1)",
    "last value": "a",
    "out": "publish([Out[max(Out)], _])",
    "await": "import asyncio\nawait asyncio.sleep(0.01)\npublish('awaited')",
    "loop is running": "publish(asyncio.get_running_loop().is_running())",
    "task begun": "later = []\n"
    "async def work():\n    await asyncio.sleep(0)\n    later.append(1)\n"
    "job = asyncio.create_task(work())",
    "task done": "await job\npublish(later)",
    "async with": "import contextlib\n"
    "async with contextlib.AsyncExitStack() as stack:\n    publish(type(stack).__name__)",
    "run refuses": "async def nothing(): pass\nasyncio.run(nothing())",
    "error": "1 / 0",
    "syntax": "if True print(1)",
    "goes on": "publish('after errors')",
    "exit of a program": "import sys; sys.exit(3)",
    "stderr": "import sys; print('warned', file=sys.stderr); publish('stderr is no error')",
    "warning": "import warnings; warnings.warn('careful'); publish('warned')",
    "input": "input('name? ')",
    "magic": "%matplotlib inline\nimport matplotlib; publish(matplotlib.get_backend().lower())",
    "figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2]); publish(len(plt.get_fignums()))",
    "figure was closed": "publish(len(plt.get_fignums()))",
    "shell": "said = !echo hello\npublish(list(said))",
    "cell magic": "%%capture held\nprint('inside')",
    "captured": "publish(held.stdout)",
    "program": "import subprocess\n"
    "publish(subprocess.run(['echo', 'x'], stdout=sys.stdout).returncode)",
    "time": "%time publish('timed')",
    "widget": "import ipywidgets as w\nslider = w.IntSlider(value=3)\n"
    "slider.value = 7\npublish(slider.value)\nslider",
    "observed": "seen = []\nslider.observe(lambda change: seen.append(change['new']), 'value')\n"
    "slider.value = 4\npublish(seen)",
    "widget output": "out = w.Output()\nwith out: print('into the widget')\n"
    "publish(type(out).__name__)",
    "widget has a comm": "publish([slider.comm is not None, type(slider.comm).__name__])",
    "kernel": "shell = get_ipython()\npublish([shell is not None, hasattr(shell, 'kernel')])",
    "display handle": "from IPython.display import display, HTML\n"
    "handle = display(HTML('<b>1</b>'), display_id=True)\n"
    "handle.update(HTML('<b>2</b>')); publish(handle.display_id != '')",
    "module": "import __main__\npublish([__name__, __main__.a, hasattr(__main__, '__file__')])",
    "pickle": "import pickle\ndef f(): return 5\npublish(pickle.loads(pickle.dumps(f))())",
    "threads": "import threading\nbox = []\n"
    "t = threading.Thread(target=lambda: (print('from a thread'), box.append(1)))\n"
    "t.start(); t.join(); publish(box)",
    "path": "import os\npublish([sys.path, os.path.basename(os.getcwd())])",
    "streams": "publish([sys.stdout.encoding.lower(), sys.stdout.isatty(), sys.stdout.writable()])",
    "question mark": "len?",
    "indent": "  publish('indented')",
    "empty": "",
}  # fmt: skip


def _task(env: tuple[tuple[str, str], ...] = ()) -> Task:
    return Task(cells=(PUBLISH, *CELLS.values()), folder="course/here", env=env)


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    """Return what each cell published, and its error, in a jailed run."""
    need_jail()
    ran = run(_task(), Bounds())
    assert ran.end == "done", ran
    story: dict[str, Any] = {name: {"said": [], "error": ""} for name in CELLS}
    names = ["publish", *CELLS]
    for number, raw in ran.answers:
        story[names[number]]["said"].append(raw["value"])
    for number, error in ran.errors.items():
        story[names[number]]["error"] = error.split(":")[0]
    return story


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the same of a real kernel in a process of its own."""
    import nbformat
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("real") / "here"
    folder.mkdir()
    before = {n: os.environ.get(n) for n in ("PYTHONPATH", "IPYTHONDIR")}
    os.environ |= {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder.parent / "ipython")}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in (PUBLISH, *CELLS.values())]
    )
    try:
        NotebookClient(
            notebook, timeout=180, kernel_name="python3", allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        ).execute()  # fmt: skip
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    story: dict[str, Any] = {}
    for name, cell in zip(CELLS, notebook.cells[1:], strict=True):
        said = [
            o.data[MEDIA_TYPE]["value"] for o in cell.outputs if MEDIA_TYPE in o.get("data", {})
        ]
        failed = [o.ename for o in cell.outputs if o.output_type == "error"]
        story[name] = {"said": json.loads(json.dumps(said)), "error": failed[0] if failed else ""}
    return story


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_does_what_it_does_in_a_real_kernel(
    name: str, ours: dict[str, Any], real: dict[str, Any]
) -> None:
    assert ours[name] == real[name]


@pytest.mark.slow
def test_the_cells_were_chosen_to_say_something(real: dict[str, Any]) -> None:
    quiet = [name for name, told in real.items() if not told["said"] and not told["error"]]
    expected = {"last value", "task begun", "cell magic", "question mark", "empty"}
    assert set(quiet) == expected
    assert real["await"]["said"] == ["awaited"] and real["widget"]["said"] == [7]
    assert Path(real["path"]["said"][0][1]).name == "here"
