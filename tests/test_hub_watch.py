"""What the watch measures, and the tricks that would hide it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grading.hub import accounts, disk, processes, view
from grading.hub.folder import HubFolder
from grading.hub.settings import Limits, Settings
from grading.hub.watching import MOST_LOG, TOLD, Watch


@dataclass
class Seeing(Watch):
    """A watch without a hub: it notes whose server it would stop."""

    stopped: list[str] = field(default_factory=list)

    def running(self) -> list[str]:
        return ["ana"]

    def stop_server(self, person: str) -> None:
        self.stopped.append(person)


@pytest.fixture
def watch(tmp_path: Path) -> Seeing:
    folder = HubFolder(tmp_path, tmp_path / "state")
    for path in (folder.inbound, folder.home("ana"), folder.logs):
        path.mkdir(parents=True)
    table = accounts.allocate(folder.accounts, ["ana"], first=os.getuid() or 65_536)
    if os.geteuid() == 0:
        os.chown(folder.home("ana"), table.people["ana"], -1)
    return Seeing(folder, Settings(limits=Limits(home_mb=50, files=1000)), "")


def test_more_hand_ins_than_a_command_line_holds_are_measured(tmp_path: Path) -> None:
    inbound = tmp_path / "inbound"
    inbound.mkdir()
    (inbound / "z").write_bytes(bytes(3_000_000))
    for number in range(12_000):
        (inbound / f"{number:0200}").mkdir()
    (places,) = disk.hand_ins(inbound).values()
    used = disk.used(places)
    assert used is not None and used.files >= 12_001 and used.megabytes >= 3
    assert disk.used(places, most=10_000) == disk.Used(0, 12_001)


def test_hand_ins_that_come_and_go_hide_no_other(tmp_path: Path) -> None:
    kept = {f"kept{n}" for n in range(20)}
    for name in kept:
        (tmp_path / name).mkdir()
    ended = threading.Event()

    def flicker() -> None:
        while not ended.is_set():
            for number in range(50):
                (tmp_path / f"gone{number}").mkdir()
            for number in range(50):
                (tmp_path / f"gone{number}").rmdir()

    trick = threading.Thread(target=flicker)
    trick.start()
    try:
        for _ in range(200):
            (places,) = disk.hand_ins(tmp_path).values()
            assert kept <= {Path(p).name for p in places}
    finally:
        ended.set()
        trick.join()


def test_names_of_any_bytes_are_measured(tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/a\nb\xff -x")
    os.mkdir(odd)
    assert disk.used([odd, tmp_path / "is not there"]).files == 1
    assert disk.used([]) == disk.Used(0, 0)


def test_what_cannot_be_measured_twice_is_too_much(watch: Seeing, monkeypatch) -> None:
    monkeypatch.setattr(disk, "PATIENCE", 0.0)
    for stopped in ([], ["ana"], ["ana"]):
        watch._all_seen = -1e9
        watch.count()
        assert watch.stopped == stopped
    monkeypatch.undo()
    watch._all_seen = -1e9
    watch.count()
    assert watch.stopped == ["ana"] and not watch._unmeasured


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees the programs of others")
def test_memory_that_nothing_maps_is_looked_for_when_the_machine_holds_it(
    watch: Seeing, monkeypatch
) -> None:
    uid = accounts.read(watch.folder.accounts).people["ana"]
    monkeypatch.setattr(processes, "memory_at_most_mb", lambda: {uid: 1.0, 0: 1.0})
    monkeypatch.setattr(processes, "memory_mb", lambda suspects: dict.fromkeys(suspects, 7000.0))
    watch.weigh()
    assert watch.stopped == []
    monkeypatch.setattr(processes, "in_memory_files_mb", lambda: 7000.0)
    watch.weigh()
    assert watch.stopped == ["ana"]


def test_old_words_go_and_the_log_does_not_grow_for_ever(watch: Seeing) -> None:
    watch.tell(4711, "Your programs held too much.", "memory")
    watch.tell(4711, "Your files take too much.")
    log = watch.folder.logs / "hub.log"
    with log.open("ab") as writer:
        writer.truncate(MOST_LOG + 1)
        watch.tidy()
        writer.write(b"goes on\n")
    assert log.read_bytes() == b"goes on\n"
    assert log.with_name("hub.log.1").stat().st_size == MOST_LOG + 1
    (said,) = view.all_notices(watch.folder, "memory")
    assert said.exists(), "it was said just now"
    long_ago = time.time() - TOLD - 1
    os.utime(said, (long_ago, long_ago))
    watch._tidied = -1e9
    watch.tidy()
    assert sorted(p.name for p in said.parent.iterdir()) == ["room.txt"]
