"""A batch of hand-ins run again: what the host reads, and that nothing is doubled or lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from course.errors import CourseError, UsageError
from course.paths import ROOT
from grading import jail
from grading.reproduce import batch, kept, report
from grading.reproduce.batch import Reproduction, reproduce_all
from grading.reproduce.bounds import Bounds
from grading.reproduce.usage import descendants
from grading.reproduce.verdict import Reproduced
from grading.state import GradingState
from tests.reproduce_pieces import (
    MODULE,
    gone,
    hand_in,
    hears_ctrl_c,
    jails,
    need_jail,
    state_in,
)
from tests.waiting import wait_until

BOUNDS = Bounds(cell_s=60, whole_s=240)

HANDED = {"m10_trip": 1850, "m10_link": 1295, "m10_cap": "d"}
WORK = {
    "m10_trip": "m10_trip = 1850",
    "m10_link": "m10_link = 1290 + 5",
    "m10_cap": "m10_cap = 'd'",
}


@pytest.fixture(autouse=True)
def _need_jail() -> None:
    need_jail()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[GradingState, Reproduction]:
    """Return a state with all kinds of hand-ins, and the batch that ran them."""
    need_jail()
    os.environ["COURSE_WORKSPACE"] = str(tmp_path_factory.mktemp("workspace"))
    state = state_in(tmp_path_factory.mktemp("state"))
    (state.base / "gradebook.db").write_text("planted", encoding="utf-8")
    hand_in(state, "s-good", WORK, HANDED)
    hand_in(state, "s-within", WORK | {"m10_trip": "m10_trip = 1850.0000000001"}, HANDED)
    typed = {"m10_trip": "m10_trip = 1700", "m10_link": "m10_link = 1 / 0"}
    hand_in(state, "s-other", WORK | typed, HANDED)
    hand_in(state, "s-none", WORK | {"m10_cap": "m10_cap = None"}, HANDED)
    hand_in(state, "s-part", WORK, {"m10_trip": 1850})
    hand_in(state, "s-hangs", WORK, HANDED, extra=("import time; time.sleep(600)",))
    hand_in(state, "s-dies", WORK, HANDED, extra=("import os; os.kill(os.getpid(), 9)",))
    hand_in(state, "s-empty", {}, {})
    folder = hand_in(state, "s-no-notebook", WORK, HANDED)
    _only_the_book(folder)
    folder = hand_in(state, "s-unknown-city", WORK, HANDED)
    _in_another_city(folder)
    look = "import os\nassert not os.path.exists('book.db') and open('mine.txt').read() == 'mine'"
    folder = hand_in(state, "s-link", WORK, HANDED, extra=(look,))
    (folder / "book.db").symlink_to(state.base / "gradebook.db")
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    name = "import os\nassert os.environ['COURSE_TRAINEE'] == 's-name' and not "
    name += "os.path.exists('answers.json'), os.environ"
    folder = hand_in(state, "s-name", WORK, HANDED, extra=(name,))
    (folder / "answers.json").write_text('{"answers": []}', encoding="utf-8")
    return state, reproduce_all(state, "10", bounds=FAST_ENOUGH, workers=2)


FAST_ENOUGH = Bounds(cell_s=25, whole_s=120)


def _only_the_book(folder: Path) -> None:
    notebook = json.loads((folder / "exercises.ipynb").read_text(encoding="utf-8"))
    records = [
        o["data"]["application/vnd.course.answer+json"]
        for c in notebook["cells"] for o in c["outputs"]
    ]  # fmt: skip
    (folder / "answers.json").write_text(json.dumps({"answers": records}), encoding="utf-8")
    (folder / "exercises.ipynb").unlink()


def _in_another_city(folder: Path) -> None:
    text = (folder / "exercises.ipynb").read_text(encoding="utf-8")
    from course.city.pack import City

    text = text.replace(City.open("seoul").fingerprint, "ab" * 8)
    (folder / "exercises.ipynb").write_text(text, encoding="utf-8")


def outcomes(made: Reproduced) -> dict[str, str]:
    return {o["question"]: o["outcome"] for o in made.outcomes}


@pytest.mark.slow
class TestWhatTheHostReads:
    def test_every_hand_in_has_its_own_verdict(self, done: Any) -> None:
        _, made = done
        assert {s: r.status for s, r in made.runs.items()} == {
            "s-good": "yes", "s-within": "yes", "s-other": "no", "s-none": "no",
            "s-part": "yes", "s-hangs": "no", "s-dies": "no", "s-empty": "nothing",
            "s-no-notebook": "no notebook", "s-unknown-city": "waiting", "s-link": "yes",
            "s-name": "yes",
        }  # fmt: skip
        assert made.failed == {} and len(made.now) == 12

    def test_answers_that_came_out_again_are_counted(self, done: Any) -> None:
        good = done[1].runs["s-good"]
        assert set(outcomes(good)) == set(HANDED)
        assert report.line(good) == "Run again, 3 of 3 answers came out the same."
        assert report.column(good) == "yes"
        assert set(outcomes(done[1].runs["s-part"])) == {"m10_trip"}

    def test_both_values_of_a_difference_are_shown(self, done: Any) -> None:
        other = done[1].runs["s-other"]
        assert outcomes(other) == {
            "m10_trip": "different", "m10_link": "error", "m10_cap": "reproduced",
        }  # fmt: skip
        line = report.line(other)
        assert "1 of 3 answers" in line
        assert "m10_trip: handed in 1850, the run gave 1700." in line
        assert "m10_link: error in code cell 4 (m10_link_work), ZeroDivisionError" in line

    def test_an_answer_that_is_not_made_is_named(self, done: Any) -> None:
        made = done[1].runs["s-none"]
        assert outcomes(made)["m10_cap"] == "not produced"
        assert "m10_cap: no answer came out." in report.line(made)

    def test_what_stopped_a_run_is_named_with_its_cell(self, done: Any) -> None:
        runs = done[1].runs
        assert "code cell 2 took longer than 25 s and was stopped" in report.line(runs["s-hangs"])
        assert "the notebook's process ended in code cell 2" in report.line(runs["s-dies"])
        assert set(outcomes(runs["s-dies"]).values()) == {"stopped"}

    def test_what_cannot_be_run_says_why(self, done: Any) -> None:
        runs = done[1].runs
        assert "city has to be approved" in report.line(runs["s-unknown-city"])
        assert "no notebook" in report.line(runs["s-no-notebook"])
        assert report.line(runs["s-empty"]) == ""

    def test_the_summary_counts_what_was_run(self, done: Any) -> None:
        made = report.summary(done[1].runs)
        assert made == {"yes": 5, "of": 9, "not_run": 2}
        assert report.summary_line(made) == "5 of 9 hand-ins reproduce; 2 could not be run."

    def test_no_key_travels_with_a_run(self, done: Any) -> None:
        """Neither what is kept nor what the report says knows more than the trainee."""
        state, _ = done
        text = (state.base / "reproduced" / f"{MODULE}.jsonl").read_text(encoding="utf-8")
        assert "expected" not in text and "planted" not in text

    def test_nothing_is_left_of_the_runs(self, done: Any) -> None:
        assert not jails(os.getpid())

    def test_unchanged_hand_ins_are_skipped(self, done: Any, tmp_path: Path) -> None:
        state = _copy(done[0], tmp_path)
        again = reproduce_all(state, MODULE, bounds=FAST_ENOUGH)
        assert again.now == ["s-unknown-city"]  # it waits, so it is looked at again
        assert again.runs == done[1].runs
        # longer limits matter only to what was stopped or failed
        chosen = ["s-good", "s-none", "s-part"]
        other = reproduce_all(state, MODULE, bounds=Bounds(cell_s=26), students=chosen)
        assert other.skipped == chosen
        last = again.runs["s-hangs"]
        about = {n: getattr(last, n) for n in ("content", "template", "course", "cities", "team")}
        assert kept.fits(last, {**about, "bounds": last.bounds}, jailed=True)
        assert not kept.fits(last, {**about, "bounds": Bounds().plain()}, jailed=True)

    def test_a_changed_hand_in_is_run_again_and_only_that_one(
        self, done: Any, tmp_path: Path
    ) -> None:
        state = _copy(done[0], tmp_path)
        shutil.rmtree(state.folder("submitted", "s-other", MODULE))
        hand_in(state, "s-other", WORK, HANDED)
        chosen = ["s-good", "s-other", "s-none"]
        again = reproduce_all(state, MODULE, bounds=FAST_ENOUGH, students=chosen)
        assert again.now == ["s-other"] and again.runs["s-other"].status == "yes"
        assert again.runs["s-good"] == done[1].runs["s-good"]


def _copy(state: GradingState, folder: Path) -> GradingState:
    shutil.copytree(state.base, folder / "grading", symlinks=True)
    return GradingState(base=folder / "grading", root=ROOT, exchange=folder / "exchange")


# ---- what is kept -----------------------------------------------------------------------


def _entry(student: str, **changes: Any) -> Reproduced:
    about = {"content": "c", "template": "t", "course": "1", "bounds": {"cell_s": 1}}
    return Reproduced(student, **{"status": "yes", **about, **changes})


NOW = {"content": "c", "template": "t", "course": "1", "cities": {}, "team": "",
       "bounds": {"cell_s": 1}}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True), ({"content": "d"}, False), ({"template": "u"}, False),
        ({"course": "2"}, False), ({"cities": {"ab": "approved"}}, False), ({"team": "x"}, False),
        ({"status": "waiting"}, False), ({"status": "no start"}, False), ({"jailed": False}, False),
        ({"bounds": {"cell_s": 9}}, True),
        ({"bounds": {"cell_s": 9}, "stopped": "long"}, False),
        ({"bounds": {"cell_s": 9}, "outcomes": [{"outcome": "error"}]}, False),
    ],
)  # fmt: skip
def test_a_run_holds_while_nothing_it_depends_on_changes(
    change: dict[str, Any], fits: bool
) -> None:
    assert kept.fits(_entry("s", **change), NOW, jailed=True) is fits


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_line_cut_by_a_kill_costs_only_itself(tmp_path: Path, cut: int) -> None:
    state = GradingState(base=tmp_path, root=ROOT, exchange=tmp_path)
    kept.append(state, MODULE, [_entry("s-1")])
    kept.append(state, MODULE, [_entry("s-2")])
    path = tmp_path / "reproduced" / f"{MODULE}.jsonl"
    data = path.read_bytes()
    path.write_bytes(data[: max(0, len(data) - cut)])
    before = kept.load(state, MODULE)
    kept.append(state, MODULE, [_entry("s-3")])
    after = kept.load(state, MODULE)
    assert after == {**before, "s-3": _entry("s-3")}
    assert "s-1" in before or cut > 150
    kept.save(state, MODULE, after)
    assert kept.load(state, MODULE) == after


# ---- refusing -----------------------------------------------------------------------------


def test_without_a_jail_nothing_is_run_and_the_reason_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's own answer is put in place of a machine without bubblewrap."""
    monkeypatch.setattr(jail, "why_not", lambda: "The program bwrap is missing.")
    state = state_in(tmp_path)
    hand_in(state, "s-good", WORK, HANDED)
    with pytest.raises(CourseError, match=r"Nothing was run again\. The program bwrap is missing"):
        reproduce_all(state, MODULE)
    # a worker elsewhere looks for itself
    with pytest.raises(CourseError, match="bwrap is missing"):
        batch.run_some((state, MODULE, ["s-good"]), bounds=BOUNDS.plain(), unsafe=False)
    assert kept.load(state, MODULE) == {}
    made = reproduce_all(state, MODULE, bounds=BOUNDS, unsafe=True).runs["s-good"]
    assert made.status == "yes" and not made.jailed
    assert report.line(made).endswith("It ran without a jail.")
    monkeypatch.undo()
    assert reproduce_all(state, MODULE, bounds=BOUNDS).now == ["s-good"]


def test_a_stranger_is_refused(tmp_path: Path) -> None:
    state = state_in(tmp_path)
    assert reproduce_all(state, MODULE).runs == {}
    with pytest.raises(UsageError, match="s-nobody has no hand-in"):
        reproduce_all(state, MODULE, students=["s-nobody"])


# ---- cities -------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_city_of_their_own_is_found_once_it_is_approved(tmp_path: Path) -> None:
    from course.city.pack import City
    from grading.cities import HostCities
    from grading.demo.stories import own_city

    state = state_in(tmp_path)
    pack = City.open(str(own_city(tmp_path / "home", "ana-test")))
    work = {
        **WORK,
        "m10_trip": "from course import City\nm10_trip = int(City.open().fingerprint[:6], 16)",
    }
    handed = {**HANDED, "m10_trip": int(pack.fingerprint[:6], 16)}
    folder = hand_in(state, "s-own", work, handed)
    text = (folder / "exercises.ipynb").read_text(encoding="utf-8")
    text = text.replace(City.open("seoul").fingerprint, pack.fingerprint)
    (folder / "exercises.ipynb").write_text(text, encoding="utf-8")
    pack.export(folder / f"city-{pack.id}-{pack.fingerprint}.zip")
    assert reproduce_all(state, MODULE).runs["s-own"].status == "waiting"
    HostCities(state.cities).approve(pack.fingerprint)
    made = reproduce_all(state, MODULE, bounds=BOUNDS).runs["s-own"]
    assert made.status == "yes", made


# ---- large and strange --------------------------------------------------------------------


@pytest.mark.slow
def test_a_notebook_of_fifty_megabytes_is_run_without_its_weight(tmp_path: Path) -> None:
    state = state_in(tmp_path)
    size = "import os\nassert not os.path.exists('exercises-big.ipynb')"
    folder = hand_in(state, "s-huge", WORK, HANDED, extra=(size,))
    path = folder / "exercises.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    stream = {"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}
    notebook["cells"][1]["outputs"] = [stream]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    made = reproduce_all(state, MODULE, bounds=BOUNDS).runs["s-huge"]
    assert made.status == "yes", made


# ---- killed and interrupted ---------------------------------------------------------------

_BATCH = (
    "import sys\n"
    "from pathlib import Path\n"
    "from course.commands.dispatch import guarded\n"
    "from grading.state import GradingState\n"
    "from grading.reproduce.batch import reproduce_all\n"
    "from grading.reproduce.bounds import Bounds\n"
    "base = Path(sys.argv[1])\n"
    "state = GradingState(base=base, root=Path(sys.argv[2]), exchange=base)\n"
    "def work():\n"
    "    reproduce_all(state, '10', bounds=Bounds(cell_s=100), workers=2)\n"
    "    return 0\n"
    "if __name__ == '__main__': sys.exit(guarded(work, package='grading'))\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "terminal"])
def test_a_batch_that_is_ended_leaves_no_process_and_is_finished_later(
    tmp_path: Path, how: str
) -> None:
    state = state_in(tmp_path)
    names = [f"s-{n}" for n in range(3)]
    for name in names:
        hand_in(state, name, WORK, HANDED)
    hand_in(state, "s-slow", WORK, HANDED, extra=("import time; time.sleep(90)",))
    script = tmp_path / "batch.py"
    script.write_text(_BATCH, encoding="utf-8")
    host = subprocess.Popen(
        [sys.executable, str(script), str(state.base), str(ROOT)], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        preexec_fn=hears_ctrl_c,
    )  # fmt: skip
    # between two hand-ins there may be no jail for a moment
    until = time.monotonic() + 120
    while not (kept.load(state, MODULE) and jails(host.pid)):
        assert time.monotonic() < until
        time.sleep(0.02)
    pids = descendants(host.pid)
    if how == "kill":
        host.kill()
    else:  # Ctrl-C reaches every process of the terminal at once
        os.killpg(host.pid, signal.SIGINT)
    code = host.wait(60)
    assert code == (-9 if how == "kill" else 130)
    assert wait_until(lambda: gone(pids))
    before = kept.load(state, MODULE)
    assert 1 <= len(before) < 4
    shutil.rmtree(state.folder("submitted", "s-slow", MODULE))
    rest = reproduce_all(state, MODULE, bounds=Bounds(cell_s=100), workers=2)
    assert set(rest.now) == set(names) - set(before)
    assert {s: r.status for s, r in rest.runs.items()} == dict.fromkeys(names, "yes")
    lines = (state.base / "reproduced" / f"{MODULE}.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["student"] for line in lines) == names
