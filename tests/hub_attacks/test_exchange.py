"""The one exchange that everybody writes into."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grading import collecting
from grading.desk import closing, store
from grading.handed_in_by import Owners
from grading.hub import accounts, preparing
from grading.hub.defences import Defence as D
from tests.hub_attacks.handing import (
    PLACE,
    brought,
    by_hand,
    collected,
    collected_by_nbgrader,
    name_for,
)
from tests.hub_attacks.town import MODULE, inbound, room

pytestmark = pytest.mark.usefixtures("emptied")


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


def linked(street, of_ben):
    """Let Ben's very file lie in Ana's hand-in, by a hard link, and collect.

    Where the kernel lets only the owner make such a link (``fs.protected_hardlinks``), Ana
    cannot alone; then Ben, who lends her his work, makes it in her open folder.
    """
    link = f"chmod 777 .; ln '{PLACE}/{of_ben}/exercises.ipynb' mine.ipynb"
    by_hand(street, "ana", name_for("ana"), link)
    mine = inbound(street) / name_for("ana") / "mine.ipynb"
    if not mine.exists():
        lend = f"ln '{PLACE}/{of_ben}/exercises.ipynb' '{PLACE}/{name_for('ana')}/mine.ipynb'"
        assert room(street, "ben", ["bash", "-c", lend]).stderr == ""
    assert mine.stat().st_nlink == 2
    assert "ana" in collected(street).students
    return mine.read_bytes()


def test_anothers_file_is_not_handed_in_again_by_a_hard_link(street, of_ben):
    linked(street, of_ben)
    assert "mine.ipynb" not in brought(street, "ana")


def test_with_the_owner_off_the_hard_link_counts(street, of_ben, monkeypatch):
    owner_off(monkeypatch)
    assert linked(street, of_ben) == brought(street, "ana")["mine.ipynb"]


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


def test_a_pipe_stops_nobody(street, of_ben):
    by_hand(street, "ana", name_for("ana"), "mkfifo pipe.ipynb")
    got = collected(street)
    assert {"ana", "ben"} <= set(got.students)
    assert "pipe.ipynb" not in brought(street, "ana")


def test_nbgraders_own_collect_stops_at_a_pipe(street):
    """It ends at the first; a hand-in of everybody's who comes later is not collected."""
    for name in ("ana", "calm"):
        by_hand(street, name, name_for(name), "mkfifo pipe.ipynb")
    said = collected_by_nbgrader(street)
    assert not said["success"]
    assert "named pipe" in said["error"]
    taken = street.state.base / "submitted"
    assert not ((taken / "ana").is_dir() and (taken / "calm").is_dir())


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


# --- after the time is over


@pytest.fixture
def close(street, monkeypatch):
    """Close the module this moment, with no minutes left for a slow copy."""
    for module in (closing, collecting):
        monkeypatch.setattr(module, "GRACE", timedelta())

    def now() -> None:
        time.sleep(0.05)  # longer than a tick of the file system's clock
        with store.changing(street.state, closing.TABLE) as table:
            table[MODULE] = {"at": datetime.now(UTC).isoformat(), "by": "teach"}
        time.sleep(0.05)

    yield now
    with store.changing(street.state, closing.TABLE) as table:
        table.pop(MODULE, None)


def in_time(street, close, *, sub: str) -> str:
    """Hand in with a file that is changed later; returns the command that changes it."""
    stamp = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d %H:%M:%S.%f} UTC"
    for person in ("ana", "calm"):
        by_hand(street, person, name_for(person, stamp=stamp), f"mkdir {sub}; echo 1 > {sub}/n.txt")
    close()
    return as_ana(street, f"cd '{name_for('ana', stamp=stamp)}' && printf late > {sub}/n.txt")


@pytest.mark.parametrize("alone", ["", "the choice", "the copy"])
def test_work_changed_after_closing_is_not_collected(street, close, monkeypatch, alone):
    """Two layers: before a hand-in is chosen, and on the open file, for who writes in between."""
    assert in_time(street, close, sub="work") == ""
    if alone == "the copy":
        monkeypatch.setattr(closing, "_last_change", lambda path: os.lstat(path).st_ctime)
    elif alone:
        monkeypatch.setattr(collecting, "last_moment", lambda *_: lambda student: None)
    got = collected(street)
    assert brought(street, "ana") == {}
    assert b"1" in brought(street, "calm")["work/n.txt"]
    assert any("ana" in line and "closed" in line for line in got.left_out)


def test_by_the_time_of_the_folder_alone_it_is(street, close, monkeypatch):
    monkeypatch.setattr(closing, "_last_change", lambda path: os.lstat(path).st_ctime)
    monkeypatch.setattr(collecting, "last_moment", lambda *_: lambda student: None)
    assert in_time(street, close, sub="work") == ""
    collected(street)
    assert brought(street, "ana")["work/n.txt"] == b"late"
