"""Locks on files: one at a time, several that share, and free when the holder is gone."""

from __future__ import annotations

import os
import threading

import pytest

from course.errors import CourseError
from grading import locks


def test_one_has_it_alone_and_several_share_it(tmp_path):
    one, two, three = (os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT) for _ in range(3))
    assert locks.try_lock(one) and not locks.try_lock(two)
    assert not locks.try_until(two, 0, shared=True)
    os.close(one)
    assert locks.try_until(two, 0, shared=True) and locks.try_lock(three, shared=True)
    os.close(two)
    os.close(three)


def test_who_comes_second_is_told_or_waits(tmp_path):
    lock, order = tmp_path / "new" / "lock", []
    taken = CourseError("Somebody is at work.", "Wait.")

    def second():
        with locks.alone(lock):
            order.append("second")

    with locks.held(lock, taken=taken, unwritable=lambda why: CourseError(why, "")):
        with (
            pytest.raises(CourseError, match="at work"),
            locks.held(lock, taken=taken, unwritable=lambda why: CourseError(why, "")),
        ):
            pass
        waits = threading.Thread(target=second)
        waits.start()
        order.append("first")
    waits.join(10)
    assert order == ["first", "second"]


def test_a_lock_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CourseError, match=r"directory|exists"),
        locks.held(tmp_path / "file" / "lock", taken=CourseError("", ""),
                   unwritable=lambda why: CourseError(why, "")),
    ):  # fmt: skip
        pass
