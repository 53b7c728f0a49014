"""Runs that are killed, for ``test_certificates_kill``: ``python -m`` this, WHICH FOLDER.

A process of its own, because it copies itself: it has imported everything and has never
typeset anything (the typesetter's threads would be missing in a copy). The copies do the
work and are killed for good (SIGKILL).
"""

from __future__ import annotations

import os
import random
import signal
import sys
import traceback
from pathlib import Path

from grading import certificates as c
from grading.certificates import batch, folder, openbadge
from grading.certificates.folder import Folder
from grading.certificates.ledger import Ledger
from grading.certificates.log import Log
from tests.certificate_host import LATER, NOW, Host, achievement, host

PEOPLE = [achievement(student_id=f"t{n:02d}", name=f"Test Person {n}") for n in range(15)]


def work(place: Host) -> None:
    batch.issue_all(place, PEOPLE, now=NOW)


def child(do, kill_at: int | None = None, after: float = 0.0) -> int:
    """Run something in a process of its own; kill it at its n-th touch of the disk, or after."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        count = 0

        def counted(real):
            def call(*args, **how):
                nonlocal count
                count += 1
                if count == kill_at and after:
                    signal.setitimer(signal.ITIMER_REAL, after)  # nobody handles it: it kills
                elif count == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **how)

            return call

        for module, name in ((os, "fsync"), (os, "replace"), (os, "open"), (folder, "sync")):
            setattr(module, name, counted(getattr(module, name)))
        do()
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def ended(pid: int) -> bool:
    """Wait for a process; say whether it ended by itself, not killed; a fault fails."""
    status = os.waitpid(pid, 0)[1]
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "a copy failed"
    return os.WIFEXITED(status)


def check(place: Host, whole: bool) -> None:
    """After a run that was not killed everything fits; after a killed one nothing doubles."""
    log = Log(place.folder / "log.jsonl")
    ledger = Ledger.of(log.events)
    numbers = list(ledger.certificates)
    assert numbers == [f"2026-{n:04d}" for n in range(1, len(numbers) + 1)]  # no gap
    owners = [x.achievement.student_id for x in ledger.certificates.values() if not x.revoked]
    assert len(set(owners)) == len(owners)  # nothing doubled
    assert {p.name for p in (place.folder / "issued").iterdir()} <= set(numbers)
    if not whole:
        return
    assert sorted(owners) == [a.student_id for a in PEOPLE]  # nothing lost
    assert {p.name for p in (place.folder / "issued").iterdir()} == set(numbers)
    assert not list((place.folder / "pending").iterdir())
    assert not list(place.folder.rglob("*.part"))
    status = openbadge.peek((place.folder / "status.jwt").read_text())
    assert openbadge.set_bits(status) == ledger.revoked_indices
    for one in c.issued(place):
        for file in (one.pdf, one.png, one.jwt, one.json):
            verdict = c.verify(file, base=place.base, now=LATER)
            assert verdict.answer == ("revoked" if one.certificate.revoked else "valid")
            assert verdict.who == one.achievement.name


def warm() -> None:
    """Import everything once: the processes below are copies of this one."""
    import typst  # noqa: F401

    from grading.certificates import lettering, pictures

    lettering.families()
    pictures.titles(())


def at_twenty_moments(tmp_path: Path) -> None:
    """Issue to 15 people; killed at twenty drawn moments."""
    place = host(tmp_path / "timed")
    draw = random.Random(20261113)
    killed, issued = 0, []
    for n in range(20):
        # each run begins where the one before was killed; half of the kills come at a touch of
        # the disk, half some milliseconds after one, wherever the process is by then
        after = draw.choice((0.0, draw.uniform(0.0005, 0.03)))
        killed += not ended(child(lambda: work(place), draw.randint(1, 26), after))
        check(place, whole=False)
        issued.append(len(c.issued(place)))
        if n == 9:  # in between, other commands meet the same ground
            assert ended(child(lambda: c.mend(place, now=NOW)))
    print("killed", killed, "issued at each kill", issued)
    assert killed >= 10 and len(set(issued)) >= 6  # at different places of the work
    assert ended(child(lambda: work(place)))
    check(place, whole=True)


def at_touches_of_the_disk(tmp_path: Path) -> None:
    """One paper, one correction and one revocation, killed at each fifth touch of the disk."""

    def acts(place: Host) -> None:
        batch.issue_all(place, PEOPLE[:2], now=NOW)
        first = next(i for i in c.issued(place) if i.achievement.student_id == "t00")
        if first.status == "issued" and first.achievement.name == "Test Person 0":
            c.reissue(place, first.number, reason="name", name="Test Person Zero", now=NOW)
        second = next(i for i in c.issued(place) if i.achievement.student_id == "t01")
        c.revoke(place, second.number, reason="test", now=NOW)

    survived = 0
    for kill_at in range(1, 200, 5):
        place = host(tmp_path / f"at{kill_at}")
        survived += ended(child(lambda place=place: acts(place), kill_at))
        assert ended(child(lambda place=place: acts(place)))
        ledger = Ledger.of(Log(place.folder / "log.jsonl").events)
        assert [(x.achievement.name, x.status) for x in ledger.certificates.values()] == [
            ("Test Person 0", "replaced"), ("Test Person 1", "revoked"),
            ("Test Person Zero", "issued"),
        ]  # fmt: skip
        status = openbadge.peek((place.folder / "status.jwt").read_text())
        assert openbadge.set_bits(status) == ledger.revoked_indices
        assert {p.name for p in (place.folder / "issued").iterdir()} == set(ledger.certificates)
        assert not list((place.folder / "pending").iterdir())
        if survived > 1:
            break
    else:
        raise AssertionError("the run never came to its end: count further")
    assert kill_at > 30


def while_a_key_is_made(tmp_path: Path) -> None:
    """Make a key, killed at each touch of the disk."""
    for kill_at in range(1, 40):
        place = Host(tmp_path / f"key{kill_at}" / "grading")

        def make(place=place) -> None:
            c.new_key(place, name="Test Centre", now=NOW)

        finished = ended(child(make, kill_at))
        ledger = Ledger.of(Log(Folder.of(place).log).events)
        if not ledger.key:
            assert ended(child(make))
        assert ended(child(lambda place=place: c.issue(place, PEOPLE[0], now=NOW)))
        assert len(list((place.folder / "keys").iterdir())) == 1
        assert c.verify(c.issued(place)[0].pdf, base=place.base, now=LATER).valid
        if finished:
            break
    assert finished and kill_at > 5


if __name__ == "__main__":
    signal.alarm(500)  # a copy that hangs must not hang the tests
    warm()
    {f.__name__: f for f in (at_twenty_moments, at_touches_of_the_disk, while_a_key_is_made)}[
        sys.argv[1]
    ](Path(sys.argv[2]))
