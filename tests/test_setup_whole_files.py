"""A file that is written whole: old or new, for nobody else's eyes, and nothing left beside it."""

from __future__ import annotations

import os
import stat

import pytest

from course import whole_files
from grading.safekeeping import leaving_out


def test_a_file_is_made_with_its_folders_and_replaced(tmp_path):
    target = tmp_path / "a" / "b.txt"
    assert whole_files.write(target, "első") == target
    whole_files.write(target, b"second", to_disk=True)
    assert target.read_bytes() == b"second"
    assert os.listdir(target.parent) == ["b.txt"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights")
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_its_rights_are_there_before_its_name(tmp_path, monkeypatch, mode):
    seen = []
    opened, moved = whole_files._private, os.replace
    monkeypatch.setattr(whole_files, "_private", lambda path, flags: seen.append(
        stat.S_IMODE(os.stat(handle := opened(path, flags)).st_mode)) or handle)  # fmt: skip
    monkeypatch.setattr(whole_files.os, "replace", lambda beside, target: (
        seen.append(stat.S_IMODE(beside.stat().st_mode)), moved(beside, target)))  # fmt: skip
    old = os.umask(0)
    try:
        whole_files.write(tmp_path / "secret", "x", mode=mode)
    finally:
        os.umask(old)
    assert seen == [0o600, mode]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == mode


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside(tmp_path, monkeypatch):
    target = tmp_path / "kept.json"
    target.write_text("old")
    monkeypatch.setattr(whole_files.os, "replace", lambda beside, target: (_ for _ in ()).throw(
        OSError("full")))  # fmt: skip
    with pytest.raises(OSError, match="full"):
        whole_files.write(target, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["kept.json"] and target.read_text() == "old"


def test_what_a_killed_process_left_is_written_over_and_is_in_no_backup(tmp_path):
    target = tmp_path / ("long name " * 20 + ".json")
    left = whole_files._beside(target)
    left.write_text("half")
    assert len(os.fsencode(left.name)) < 255
    assert leaving_out.why(f"state/grading/{left.name}") == leaving_out.HALF
    whole_files.write(target, "whole")
    assert os.listdir(tmp_path) == [target.name] and target.read_text() == "whole"
