"""A lesson that was run leaves a record, without a cell of the trainee's for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course import lesson_runs
from course.labs import records
from course.lesson_runs import FILE, LESSON, was_run
from course.paths import ROOT
from course.untrusted_json import read_bytes, read_json, short_text

CELLS = ["from course import CourseError", "x = 1", "x + 1"]


def notebook(*sources: str, ran: bool = False) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook()
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    made.cells = [nbformat.v4.new_markdown_cell("# A lesson")]
    for n, source in enumerate(sources, start=1):
        made.cells.append(nbformat.v4.new_code_cell(source, execution_count=n if ran else None))
    return made


def lay(folder: Path, *sources: str, ran: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook(*sources, ran=ran), folder / LESSON)
    return folder


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """Return a function that runs cells of a lesson as the kernel would tell of them."""
    folder = lay(tmp_path / "10_test", *CELLS)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COURSE_TRAINEE", "ana")
    monkeypatch.setattr(lesson_runs, "_watches", {})

    def run(source: str, *, good: bool = True, cell_id: str | None = None) -> bool:
        info = SimpleNamespace(raw_cell=source, cell_id=cell_id)
        lesson_runs._after_cell(SimpleNamespace(success=good, info=info))
        return (folder / FILE).exists()

    return SimpleNamespace(run=run, folder=folder)


def test_every_code_cell_has_to_run_without_an_error(watched):
    assert not watched.run(CELLS[2])
    assert not watched.run(CELLS[0] + "\n")
    assert not watched.run(CELLS[1], good=False)
    assert not was_run(watched.folder, trainee="ana")
    assert watched.run(CELLS[1])
    assert was_run(watched.folder, trainee="ana") and was_run(watched.folder)
    assert not was_run(watched.folder, trainee="bo"), "somebody else's record"
    record = json.loads((watched.folder / FILE).read_text())
    assert (record["module"], record["trainee"], record["cells"]) == ("10_test", "ana", 3)


def test_an_edited_cell_counts_by_its_id_and_a_deleted_one_is_not_asked_for(watched):
    ids = [c["id"] for c in json.loads((watched.folder / LESSON).read_text())["cells"][1:]]
    watched.run(CELLS[0])
    watched.run("x = 99", cell_id=ids[1])
    assert not (watched.folder / FILE).exists()
    lay(watched.folder, *CELLS[:2], "saved = 'differently'")
    os.utime(watched.folder / LESSON, ns=(1, 1))
    assert not watched.run("print()")
    lay(watched.folder, CELLS[0])
    assert watched.run("print()")


def test_other_notebooks_and_the_checkout_leave_no_record(watched, monkeypatch, tmp_path):
    (watched.folder / LESSON).rename(watched.folder / "exercises.ipynb")
    for source in CELLS:
        assert not watched.run(source)
    # the sources of the modules are run by tests and authors; nothing is written there
    monkeypatch.setattr(lesson_runs, "ROOT", tmp_path)
    inside = lay(tmp_path / "modules" / "10_test", *CELLS)
    monkeypatch.chdir(inside)
    for source in CELLS:
        watched.run(source)
    assert not (inside / FILE).exists()


def test_the_folder_is_the_running_notebooks(watched, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", str(watched.folder / LESSON))
    assert [watched.run(s) for s in CELLS] == [False, False, True]


def test_trouble_stays_silent(watched, monkeypatch):
    monkeypatch.setattr(lesson_runs, "_write", lambda *_: 1 / 0)
    for source in CELLS:
        assert not watched.run(source)
    (watched.folder / LESSON).write_text("{ not a notebook")
    lesson_runs._after_cell(None)
    lesson_runs._after_cell(SimpleNamespace(success=True, info=None))
    lesson_runs.watch()  # no kernel here


@pytest.mark.slow
@pytest.mark.parametrize("last", ["x + 1", "1 / 0"])
def test_in_a_real_kernel(tmp_path, monkeypatch, last):
    folder = lay(tmp_path / "10_test", *CELLS[:2], last)
    monkeypatch.setenv("COURSE_TRAINEE", "ana")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    client = NotebookClient(
        nbformat.read(folder / LESSON, 4), timeout=120, kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    if last == "1 / 0":
        with pytest.raises(CellExecutionError):
            client.execute()
    else:
        client.execute()
    assert was_run(folder, trainee="ana") is (last != "1 / 0")
    assert (folder / FILE).exists() is (last != "1 / 0")


def test_a_saved_lesson_says_so_by_itself(tmp_path):
    assert was_run(lay(tmp_path / "a", *CELLS, ran=True))
    assert not was_run(lay(tmp_path / "b", *CELLS))
    assert not was_run(tmp_path / "nothing")
    half = notebook(*CELLS, ran=True)
    half.cells[2].execution_count = None
    nbformat.write(half, tmp_path / "a" / LESSON)
    assert not was_run(tmp_path / "a")
    half.cells[2].execution_count = 2
    half.cells[2].outputs = [nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])]
    nbformat.write(half, tmp_path / "a" / LESSON)
    assert not was_run(tmp_path / "a")


# ---- what a hostile hand-in holds -------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["lab", "trainee", "cells", "cell_type", "source", "outputs", "lesson",
                         "execution_count", "output_type", "x"]), inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(json_values, st.binary(max_size=60) | st.none())
def test_records_of_any_shape_do_no_harm(tmp_path, value, data):
    folder = tmp_path / "hand-in"
    folder.mkdir(exist_ok=True)
    content = data if data is not None else json.dumps(value).encode()
    for name in (records.FILE, FILE, LESSON):
        (folder / name).write_bytes(content)
    assert all(isinstance(lab, str) for lab in records.used(folder, trainee="ana"))
    assert was_run(folder, trainee="ana") in (True, False)
    (folder / records.FILE).write_bytes(json.dumps([value, {"lab": "fares"}]).encode())
    assert "fares" in records.used(folder, trainee="ana")


def test_links_pipes_huge_and_deep_files_are_not_opened(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('[{"lab": "fares"}]')
    folder = tmp_path / "hand-in"
    folder.mkdir()
    place = folder / records.FILE
    place.symlink_to(secret)
    assert records.used(folder) == frozenset() and read_bytes(place, most=10**6) is None
    place.unlink()
    os.mkfifo(place)
    assert records.used(folder) == frozenset()  # and does not wait for ever
    place.unlink()
    place.mkdir()
    assert records.used(folder) == frozenset()
    place.rmdir()
    place.write_bytes(b"[" * 200_000)
    assert records.used(folder) == frozenset() and read_json(place, most=10**6) is None
    place.write_bytes(b'[{"lab": "fares"}]' + b" " * records.MAX_BYTES)
    assert records.used(folder) == frozenset()
    place.write_bytes(b'\xef\xbb\xbf[{"lab": "fares"}]')
    assert records.used(folder) == {"fares"}
    assert read_json(folder / "a\0b", most=10) is None
    assert short_text("a\ud800\x1b[31m" + "x" * 999, 5) == "a?[31" and short_text(3) == ""


def test_a_record_counts_for_the_one_who_made_it(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_TRAINEE", "ana")
    records.append("fares", {"base": 1}, city="seoul", folder=tmp_path)
    assert records.used(tmp_path, trainee="ana") == {"fares"}
    assert records.used(tmp_path, trainee="bo") == frozenset(), "a copied file"
    (entry,) = records.read(tmp_path)
    assert (entry["trainee"], entry["city"]) == ("ana", "seoul")
    for early in ("guest", ""):  # before the name was known
        (tmp_path / records.FILE).write_text(json.dumps([{"lab": "fares", "trainee": early}]))
        assert records.used(tmp_path, trainee="ana") == {"fares"}


def test_the_record_of_a_lab_is_not_pushed_out_by_another(tmp_path):
    kept = [{"lab": "night_bus"}, *({"lab": "fares", "n": n} for n in range(2 * records.MOST))]
    (tmp_path / records.FILE).write_text(json.dumps(kept))
    assert records.append("fares", {"base": 1}, folder=tmp_path)
    assert records.used(tmp_path) == {"night_bus", "fares"}
    assert len(records.read(tmp_path)) == records.MOST + 1


def test_each_core_lab_is_a_lab_there_is():
    import re

    from course import catalogue

    ids = {m for path in (ROOT / "course" / "labs").glob("*.py")
           for m in re.findall(r'^LAB_ID = "(\w+)"', path.read_text(), re.M)}  # fmt: skip
    for module in catalogue.modules():
        assert set(module.labs) <= ids, module.id
        if module.status == "ready" and module.form == "lesson":
            assert module.labs, f"{module.id} names no core lab"
