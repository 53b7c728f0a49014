"""The one exchange that everybody writes into."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from grading import collecting, plain_copy
from grading.handed_in_by import Owners
from grading.hub import accounts, preparing
from grading.hub.defences import Defence as D
from tests.hub_attacks.handing import (
    PLACE,
    brought,
    by_hand,
    clear,
    collected,
    collected_by_nbgrader,
    name_for,
)
from tests.hub_attacks.town import MODULE, inbound, room

SILENT = SimpleNamespace(warning=lambda *a: None, info=lambda *a: None, debug=lambda *a: None)


@pytest.fixture(autouse=True)
def empty(street, of_ben):
    """Leave Ben's true hand-in alone in the exchange."""
    clear(street, of_ben)


@pytest.fixture
def weak_exchange(street):
    """The exchange with the modes that nbgrader itself gives it."""
    host = accounts.read(street.folder.accounts).host
    weak = replace(street.settings, off={"*": frozenset({D.EXCHANGE_MODES})})
    preparing._exchange(street.folder, weak, host)
    yield
    preparing._exchange(street.folder, street.settings, host)


def as_ana(street, line):
    done = room(street, "ana", ["bash", "-c", f"cd {PLACE}; {line}"])
    return done.stdout + done.stderr


# --- names


def test_the_folder_of_hand_ins_cannot_be_listed(street, of_ben):
    street.server("ana")
    cell = f"import os; print(os.listdir({PLACE!r}))"
    assert "PermissionError" in street.run_code("ana", cell).error
    assert of_ben not in street.terminal("ana", f"ls -la {PLACE}; echo {PLACE}/*").text


def test_it_could_be_listed_with_the_modes_off(street, of_ben, weak_exchange):
    street.server("ana")
    assert of_ben in street.run_code("ana", f"import os; print(os.listdir({PLACE!r}))").text


# --- another's hand-in, its name known


def test_anothers_hand_in_cannot_be_changed(street, of_ben):
    before = brought_bytes(street, of_ben)
    for line in (
        f"echo stolen > '{of_ben}/exercises.ipynb'", f"echo x > '{of_ben}/answers.json'",
        f"rm '{of_ben}/exercises.ipynb'", f"chmod 777 '{of_ben}'", f"touch '{of_ben}'",
    ):  # fmt: skip
        assert "ermission denied" in as_ana(street, line) or "not permitted" in as_ana(street, line)
    assert brought_bytes(street, of_ben) == before


def test_it_could_be_changed_if_all_had_one_number(street):
    assert by_hand(street, "ina", name_for("ina"), off=[D.ACCOUNT]) == ""
    line = f"cd {PLACE}; echo taken > '{name_for('ina')}/exercises.ipynb'"
    assert room(street, "twin", ["bash", "-c", line], [D.ACCOUNT]).stderr == ""
    assert (inbound(street) / name_for("ina") / "exercises.ipynb").read_text() == "taken\n"


def test_anothers_hand_in_cannot_be_renamed_or_removed(street, of_ben):
    for line in (f"mv '{of_ben}' elsewhere", f"mv '{of_ben}' '{name_for('ana')}'"):
        assert "not permitted" in as_ana(street, line)
    assert (inbound(street) / of_ben).is_dir()


def test_it_could_be_removed_with_the_modes_off(street, of_ben, weak_exchange):
    by_hand(street, "ben", name_for("ben", tail="second"))
    assert as_ana(street, f"mv '{name_for('ben', tail='second')}' elsewhere") == ""
    assert not (inbound(street) / name_for("ben", tail="second")).exists()


def brought_bytes(street, name):
    folder = inbound(street) / name
    return {p.name: (p.read_bytes(), p.stat().st_mode) for p in folder.iterdir() if p.is_file()}


# --- under another's name


def owner_off(monkeypatch):
    monkeypatch.setattr(Owners, "of_exchange", classmethod(lambda cls, exchange: cls()))


def test_nobody_hands_in_under_anothers_name(street):
    assert by_hand(street, "ana", name_for("loud")) == ""
    got = collected(street)
    assert "loud" not in got.students
    assert any("handed in by ana under the name loud" in line for line in got.left_out)


def test_with_the_owner_off_it_counts_as_theirs(street, monkeypatch):
    owner_off(monkeypatch)
    by_hand(street, "ana", name_for("loud"))
    assert "loud" in collected(street).students


def test_a_later_false_one_does_not_hide_the_true_one(street, of_ben):
    by_hand(street, "ana", name_for("ben", stamp="2099-01-01 00:00:00.000000 UTC"), "echo no > no")
    assert "ben" in collected(street).students
    assert "no" not in brought(street, "ben")


def test_with_the_owner_off_it_hides_it(street, monkeypatch):
    owner_off(monkeypatch)
    by_hand(street, "ana", name_for("ben", stamp="2099-01-01 00:00:00.000000 UTC"), "echo no > no")
    collected(street)
    assert "no" in brought(street, "ben")


def test_anothers_folder_handed_in_again_as_ones_own(street, of_ben):
    """Reading needs the name; with it, what is copied is Ben's work under Ana's number."""
    link = f"ln '{PLACE}/{of_ben}/exercises.ipynb' mine.ipynb"
    said = by_hand(street, "ana", name_for("ana"), link)
    got = collected(street)
    assert "ana" in got.students
    assert "mine.ipynb" not in brought(street, "ana"), said


# --- links, devices, sizes


def hostile(street):
    gradebook = street.state.base / "gradebook.db"
    key = street.state.base / "certificates" / "keys" / "test.pem"
    return by_hand(
        street, "ana", name_for("ana"),
        f"ln -s {gradebook} answers.json; ln -s {key} key.txt; ln -s {street.state.base} all; "
        "ln -s /proc/self/environ env.txt; ln -s /dev/zero zero.txt; "
        "mkdir sub; ln -s ../../../.. sub/up",
    )  # fmt: skip


def test_links_are_not_followed(street):
    hostile(street)
    assert "ana" in collected(street).students
    got = brought(street, "ana")
    assert set(got) <= {"exercises.ipynb", "exercises.ipynb.as-handed-in", "timestamp.txt"}
    assert not any(data.startswith(b"SQLite") or b"PRIVATE" in data for data in got.values())


def test_nbgraders_own_collect_brings_gradebook_and_key(street):
    gradebook = street.state.base / "gradebook.db"
    key = street.state.base / "certificates" / "keys" / "test.pem"
    host = accounts.read(street.folder.accounts).host
    os.chown(key, host, host)  # as a host has it
    links = f"ln -s {gradebook} answers.json; ln -s {key} key.txt"
    by_hand(street, "ana", name_for("ana"), links)
    collected_by_nbgrader(street)
    got = brought(street, "ana")
    assert got["answers.json"].startswith(b"SQLite")
    assert b"PRIVATE KEY" in got["key.txt"]


def test_pipes_and_devices_stop_nobody(street, of_ben):
    said = by_hand(street, "ana", name_for("ana"), "mkfifo pipe.ipynb; mknod zero c 1 5")
    assert "not permitted" in said, "only root makes devices"
    got = collected(street)
    assert {"ana", "ben"} <= set(got.students)
    assert "pipe.ipynb" not in brought(street, "ana")


def test_a_reader_that_opens_everything_would_wait_for_the_pipe(street):
    by_hand(street, "ana", name_for("ana"), "mkfifo pipe.ipynb")
    pipe = inbound(street) / name_for("ana") / "pipe.ipynb"
    waiting = threading.Thread(target=pipe.read_bytes, daemon=True)
    waiting.start()
    waiting.join(1)
    stuck = waiting.is_alive()
    os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))  # let it go
    assert stuck


NAMES = ("..", ".", "a b", "-rf", ".hidden", "<b>hi", "$(id)", "ana\\033[2J", "x" * 120)


def strange(street):
    """Let Ana make folders whose student could be a path, an option, a tag, a colour."""
    lines = [f"mkdir -- $'{n}+{MODULE}+2026-11-02 10:00:00 UTC+x'" for n in NAMES]
    assert as_ana(street, "; ".join(lines)) == ""


def test_names_that_lead_elsewhere_are_left_out(street):
    strange(street)
    before = {p.name for p in street.state.base.iterdir()}
    got = collected(street)
    assert got.students == ["ben"]
    assert {p.name for p in street.state.base.iterdir()} == before
    assert len(got.left_out) == len(NAMES)
    assert not any(ord(c) < 32 for line in got.left_out for c in line), "a terminal obeys such"


def test_nbgraders_own_collect_takes_such_names(street):
    strange(street)
    collected_by_nbgrader(street)
    taken = {p.name for p in (street.state.base / "submitted").iterdir()}
    assert {"-rf", "<b>hi", "$(id)"} <= taken


# --- races


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
    import shutil

    shutil.rmtree(street.state.folder("submitted", "ana", MODULE), ignore_errors=True)


def test_a_file_that_grows_is_copied_up_to_what_it_was(monkeypatch, tmp_path):
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

    monkeypatch.setattr(plain_copy.os, "fstat", late)
    plain_copy.copy_plain(str(source), str(tmp_path / "copy"), ignore=[], log=SILENT)
    assert (tmp_path / "copy" / "grows.txt").stat().st_size == 1000
    assert grows.stat().st_size > 5_000_000, "copying to its end would have brought all of it"


def test_a_hundred_thousand_names_stop_nobody(street):
    by_hand(street, "ana", name_for("ana"), "for n in $(seq 7000); do : > f$n; done; ")
    got = collected(street)
    assert {"ana", "ben"} <= set(got.students)
    assert len(brought(street, "ana")) <= 510


def test_collecting_uses_what_is_tested_here():
    assert collecting.copy_plain is plain_copy.copy_plain
