"""Hand-ins that change while the host copies them, or that hold more than anybody reads."""

from __future__ import annotations

import os
import shutil
import threading
from functools import partial
from types import SimpleNamespace

import pytest

from grading import collecting, plain_copy
from tests.hub_attacks.handing import (
    PLACE,
    brought,
    by_hand,
    collected,
    collected_by_nbgrader,
    name_for,
)
from tests.hub_attacks.town import MODULE, inbound

pytestmark = pytest.mark.usefixtures("emptied")
SILENT = SimpleNamespace(warning=lambda *a: None, info=lambda *a: None, debug=lambda *a: None)


def swap(monkeypatch, by_folder, work):
    """Copy Ana's folder; between looking and opening, her sub-folder becomes a link."""
    monkeypatch.setattr(plain_copy, "_BY_FOLDER", by_folder)
    theirs = work / "theirs"
    (theirs / "sub").mkdir(parents=True)
    (theirs / "sub" / "exercises.ipynb").write_text("mine")
    others = work / "others"
    others.mkdir()
    (others / "exercises.ipynb").write_text("of somebody else")

    def change(path, names):
        if path.endswith("sub") and not (theirs / "sub").is_symlink():
            (theirs / "sub").rename(theirs / "old")
            (theirs / "sub").symlink_to(others)
        return set()

    monkeypatch.setattr(plain_copy, "ignore_patterns", lambda **_: change)
    plain_copy.copy_plain(str(theirs), str(work / "copy"), ignore=[], log=SILENT)
    made = work / "copy" / "sub" / "exercises.ipynb"
    return made.read_text() if made.exists() else ""


def test_a_folder_swapped_for_a_link_leads_nowhere(monkeypatch, tmp_path):
    assert swap(monkeypatch, True, tmp_path) in ("", "mine")


def test_walking_by_paths_it_leads_to_anothers_work(monkeypatch, tmp_path):
    assert swap(monkeypatch, False, tmp_path) == "of somebody else"


def test_swapping_as_fast_as_one_can_while_the_host_collects(street, of_ben):
    """The same, live: Ana's terminal swaps file and folder for links in a loop."""
    street.server("ana")
    goal = f"{inbound(street)}/{of_ben}"
    by_hand(street, "ana", name_for("ana"), "mkdir a; echo mine > a/exercises.ipynb; mkdir b")
    loop = (
        "import os,time\n"
        f"os.chdir({PLACE + '/' + name_for('ana')!r})\n"
        f"os.symlink({goal!r}, 'l') if not os.path.islink('l') else None\n"
        "end=time.time()+6\nn=0\n"
        "while time.time()<end:\n"
        "    os.rename('a','c'); os.rename('l','a'); os.rename('a','l'); os.rename('c','a')\n"
        "    n+=1\n"
        "print('swapped', n)"
    )
    said: list[str] = []
    worker = threading.Thread(target=lambda: said.append(street.run_code("ana", loop).text))
    worker.start()
    marks = set()
    true = (inbound(street) / of_ben / "exercises.ipynb").read_bytes()
    while worker.is_alive():
        clear_submitted(street)
        collected(street)
        marks |= {data for name, data in brought(street, "ana").items() if name.startswith("a/")}
    assert "swapped" in said[0]
    assert int(said[0].split()[1]) > 100
    assert marks <= {b"mine\n"}
    assert true not in marks


def clear_submitted(street):
    shutil.rmtree(street.state.folder("submitted", "ana", MODULE), ignore_errors=True)


def grown(monkeypatch, tmp_path, copy):
    """Copy a folder with a file that grows once it is open; returns the size of the copy."""
    source = tmp_path / "theirs"
    source.mkdir()
    grows = source / "grows.txt"
    grows.write_bytes(b"x" * 1000)
    real = os.fstat

    def late(handle):
        status = real(handle)
        if status.st_size == 1000:
            with grows.open("ab") as more:
                more.write(b"y" * 5_000_000)
        return status

    monkeypatch.setattr(os, "fstat", late)
    copy(str(source), str(tmp_path / "copy"))
    assert grows.stat().st_size > 5_000_000
    return (tmp_path / "copy" / "grows.txt").stat().st_size


def test_a_file_that_grows_is_copied_up_to_what_it_was(monkeypatch, tmp_path):
    plain = partial(plain_copy.copy_plain, ignore=[], log=SILENT)
    assert grown(monkeypatch, tmp_path, plain) == 1000


def test_the_copy_nbgrader_makes_follows_it_to_its_end(monkeypatch, tmp_path):
    assert grown(monkeypatch, tmp_path, shutil.copytree) > 5_000_000


THOUSANDS = "for n in $(seq 7000); do : > f$n; done"


def test_thousands_of_files_are_not_brought(street):
    by_hand(street, "ana", name_for("ana"), THOUSANDS)
    got = collected(street)
    assert {"ana", "ben"} <= set(got.students)
    assert len(brought(street, "ana")) <= 510


def test_nbgraders_own_collect_brings_them_all(street):
    by_hand(street, "ana", name_for("ana"), THOUSANDS)
    collected_by_nbgrader(street)
    assert len(brought(street, "ana")) > 7000


def test_collecting_uses_what_is_tested_here():
    assert collecting.copy_plain is plain_copy.copy_plain
