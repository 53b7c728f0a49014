"""Scoring and running again on Dask and PostgreSQL: by command, over TLS, and killed at random.

``COURSE_KILLS=100`` tells stories with a hundred kills of each sort in place of a few;
``COURSE_KILLS_SEED`` draws other moments.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from course.errors import CourseError
from course.paths import ROOT
from grading.demo.week import throw_away_state
from grading.direct import score_all
from grading.many import dask_work
from grading.many.cluster import checked
from grading.reproduce import kept
from grading.reproduce.batch import reproduce_all
from tests import many_hand_ins
from tests.followup_postgres import programs, running
from tests.free_ports import free_ports
from tests.many_deadly_key import DEADLY
from tests.many_gradebook import rows
from tests.many_kills import KINDS
from tests.reproduce_pieces import need_jail

MODULE = many_hand_ins.MODULE
pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]


def test_killed_at_random_moments_the_gradebook_is_as_if_nothing_had_been(
    tmp_path, record_property
):
    if programs() is None:
        with running():
            pass  # fails or skips, and says why
    need_jail()
    seed = os.environ.get("COURSE_KILLS_SEED", "20261122")
    numbers = [int(os.environ.get("COURSE_KILLS", few)) for few in (5, 3)]
    wanted = [
        {kind: len(range(number, every, len(KINDS))) for number, kind in enumerate(KINDS)}
        for every in numbers
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.many_kills", str(tmp_path), seed, *map(json.dumps, wanted)],
        cwd=ROOT, capture_output=True, text=True, timeout=120 + 60 * sum(numbers),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    print(done.stdout)
    ends = [line for line in told if "sort" in line]
    assert [line["sort"] for line in ends] == ["scored", "again"]
    for line, work in zip(ends, ("scoring on Dask", "reproducing on Dask"), strict=True):
        record_property(f"killed {work}", json.dumps(line["killed"]))
    for line, sort, every in zip(ends, wanted, numbers, strict=True):
        assert line["killed"] == {kind: number for kind, number in sort.items() if number}
        assert sum(sort.values()) == every
    assert ends[1]["with_jail"] or numbers[1] < 4, "no kill met a notebook in its jail"


# ---- by command ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Eight hand-ins, and what an undisturbed scoring leaves."""
    out = tmp_path_factory.mktemp("many")
    state = many_hand_ins.make(out, 8, "")
    calm = many_hand_ins.copy_of(state, out / "calm" / "grading", "")
    score_all(calm, MODULE)
    return out, state, rows(calm.db_url), many_hand_ins.files(calm)


@contextmanager
def cluster(out, folder, *, workers=2):
    """Run the two commands, over TLS with the certificate that the scheduler makes."""
    (port,) = free_ports(1)
    env = many_hand_ins.own_environment(out) | {
        "COURSE_GRADEBOOK": "postgresql://u:planted-5521@h/g", "PGPASSWORD": "planted-5521",
        "PYTHONPATH": str(ROOT), "COURSE_CACHE": str(folder / "cache"),
    }  # fmt: skip
    command = [sys.executable, "-m", "grading"]
    address = f"tls://127.0.0.1:{port}"
    logs = [(folder / f"{name}.log").open("w") for name in ("scheduler", "worker")]
    going = []
    try:
        going.append(subprocess.Popen(
            [*command, "scheduler", "--port", str(port), "--tries", "2"], cwd=ROOT, env=env,
            stdout=logs[0], stderr=subprocess.STDOUT, start_new_session=True,
        ))  # fmt: skip
        until = time.monotonic() + 120
        while "Scheduler at" not in (folder / "scheduler.log").read_text():
            assert time.monotonic() < until, (folder / "scheduler.log").read_text()
            time.sleep(0.1)
        going.append(subprocess.Popen(
            [*command, "worker", address, "--workers", str(workers)], cwd=ROOT, env=env,
            stdout=logs[1], stderr=subprocess.STDOUT, start_new_session=True,
        ))  # fmt: skip
        yield address, going
    finally:
        for one in reversed(going):
            one.terminate()
        for one in going:
            try:
                one.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(one.pid, signal.SIGKILL)
                one.wait()
        for log in logs:
            log.close()


@contextmanager
def worker_without_jail(address, out, log):
    """Run workers on a computer without bubblewrap: its folder is not on their path."""
    env = many_hand_ins.own_environment(out) | {
        "PYTHONPATH": str(ROOT), "COURSE_CACHE": str(log.parent / "cache"),
        "PATH": str(Path(sys.executable).parent),
    }  # fmt: skip
    with log.open("w") as said:
        one = subprocess.Popen(
            [sys.executable, "-m", "grading", "worker", address, "--workers", "1"], cwd=ROOT,
            env=env, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            yield
        finally:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait()


def reaches(state, there, number):
    """Wait until so many workers are at the scheduler."""
    until = time.monotonic() + 180
    with dask_work.DaskWork(state, MODULE, there) as work:
        while len(work._workers()) != number:
            assert time.monotonic() < until, work._workers()
            time.sleep(0.1)


def test_by_command_over_tls_and_a_hand_in_that_kills_is_named(course, tmp_path, monkeypatch):
    import psutil

    out, state, wanted, files = course
    with cluster(out, tmp_path) as (address, (scheduler, worker)):
        # one road by command, in a process of its own
        own = many_hand_ins.copy_of(state, tmp_path / "own" / "grading", "")
        (own.base / "many").mkdir(exist_ok=True)
        for name in ("certificate.pem", "private.key"):
            made = state.base / "many" / name
            assert made.stat().st_mode & 0o077 == 0
            (own.base / "many" / name).write_bytes(made.read_bytes())
        env = many_hand_ins.own_environment(tmp_path) | {
            "COURSE_STATE": str(tmp_path / "own"), "PYTHONPATH": str(ROOT)
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "grading", "score", MODULE, "--scheduler", address, "--json"],
            cwd=ROOT, env=env, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + (tmp_path / "worker.log").read_text()
        assert json.loads(done.stdout)["scored"] == 8
        assert rows(own.db_url) == wanted
        assert many_hand_ins.files(own) == files

        # no process of the cluster was given a password, and none shows one
        family = [scheduler, worker]
        pids = {p.pid for one in family for p in psutil.Process(one.pid).children(recursive=True)}
        looked = 0
        for pid in pids | {one.pid for one in family}:
            with suppress(OSError):  # one may have ended meanwhile
                assert b"planted-5521" not in Path(f"/proc/{pid}/environ").read_bytes()
                looked += 1
        assert looked > len(family)

        # who has no certificate does not get in, and is told so in one sentence
        with (
            monkeypatch.context() as patch,
            pytest.raises(CourseError, match="No scheduler answers"),
        ):
            patch.setattr(dask_work, "CONNECT_S", 3.0)
            score_all(own, MODULE, again=True, cluster=checked(address.replace("tls", "tcp")))

        # run again in jails: a computer that can make none is left out and says why, and the
        # work goes on; where there is no other one, that is the end
        need_jail()
        with throw_away_state(out, ROOT):
            there = checked(address)
        bare = worker_without_jail(address, out, tmp_path / "bare.log")
        with bare:
            reaches(own, there, 3)
            assert "They run no notebook again" in (tmp_path / "bare.log").read_text()
            words = ["--reproduce", "--scheduler", address, "--student", "s0000", "--json"]
            done = subprocess.run(
                [sys.executable, "-m", "grading", "score", MODULE, *words], cwd=ROOT, env=env,
                capture_output=True, text=True, timeout=300,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            made = json.loads(done.stdout)["reproduced"]
            assert (made["of"], made["run"], made["not_run"]) == (1, 1, 0)
            (why,) = made["left_out"]
            assert "runs no notebook again. The program bwrap is missing" in why
            assert kept.load(own, MODULE)["s0000"].jailed

        # one hand-in takes its worker down again and again: it is named, the others go on
        deadly = many_hand_ins.copy_of(state, tmp_path / "deadly" / "grading", "")
        deadly = replace(deadly, key_package="tests.many_deadly_key")
        with throw_away_state(out, ROOT):
            outcome = score_all(deadly, MODULE, cluster=checked(address))
        assert list(outcome.failed) == [DEADLY]
        assert outcome.failed[DEADLY] == dask_work.GIVEN_UP
        assert len(outcome.now) == 7
        assert [s for s in files["scored"] if s not in outcome.scored] == [DEADLY]

        # a state that workers do not see, then a scheduler that nobody finds any more
        os.killpg(worker.pid, signal.SIGKILL)
        reaches(own, there, 0)
        with worker_without_jail(address, out, tmp_path / "alone.log"):
            reaches(own, there, 1)
            with pytest.raises(CourseError, match=r"No worker at .* in a jail.*bwrap is missing"):
                reproduce_all(own, MODULE, again=True, students=["s0000"], cluster=there)
            assert kept.load(own, MODULE)["s0000"].jailed, "what ran before is still known"
        monkeypatch.setattr(dask_work, "NO_WORKER_S", 0.5)
        with pytest.raises(CourseError, match=r"No worker is at .* goes on where it was"):
            score_all(own, MODULE, again=True, cluster=there)
        os.killpg(scheduler.pid, signal.SIGKILL)
        monkeypatch.setattr(dask_work, "CONNECT_S", 3.0)
        with pytest.raises(CourseError, match="No scheduler answers"):
            score_all(own, MODULE, again=True, cluster=there)
    assert len(score_all(own, MODULE).skipped) == 8, "what was scored before is still scored"
    assert rows(own.db_url) == wanted
