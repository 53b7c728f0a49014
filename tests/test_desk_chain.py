"""The instructor's commands on a real course: progress, stuck, extend, close, regrade."""

from __future__ import annotations

import json
import logging
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from course.commands import dispatch
from course.errors import CourseError, UsageError
from course.paths import ROOT
from grading import collecting, due, scored
from grading.collect import collect
from grading.desk import attempts, closing, diary, extensions, judging_again, seen
from grading.desk.progress import progress, standings
from grading.desk.questions import stuck
from grading.direct import score_all
from grading.gradebook_store import open_book
from grading.paperwork import feedback
from grading.state import COURSE_ID, GradingState
from tests.desk_course import course, hand_in, right
from tests.grading_pieces import MODULE

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def evening(tmp_path_factory):
    """Ana right at the second try, bo stuck, cem right in an answer of another trainee."""
    base = tmp_path_factory.mktemp("evening")
    state = course(base)
    roster = "student_id,name\nana,Ana Test\nbo,시험 보\ncem,Cem Test\ndee," + HOSTILE + "\n"
    (base / "roster.csv").write_text(roster, encoding="utf-8")
    from grading import cohort

    assert not cohort.add(state, base / "roster.csv").problems
    good = right("ana")
    hand_in(state, "ana", {"m10_trip": [good * 2, good]})
    hand_in(state, "bo", {"m10_trip": [101, 102, 103]})
    hand_in(state, "cem", {"m10_trip": [right("cem")]})
    hand_in(state, "eve", {"m10_trip": [HOSTILE, 104]})
    collect(state, "10")
    score_all(state, "10")
    return base


@pytest.fixture
def state(evening, tmp_path):
    shutil.copytree(evening, tmp_path / "state")
    base = tmp_path / "state"
    return GradingState(base / "grading", ROOT, base / "exchange").prepare()


def run(*words):
    return dispatch.guarded(
        lambda: dispatch.run(dispatch.find("grading", words[0]), list(words[1:])),
        package="grading",
    )


@pytest.fixture
def commands(state, monkeypatch):
    """Let commands work on the state."""
    monkeypatch.setenv("COURSE_STATE", str(state.base.parent))
    monkeypatch.setenv("COURSE_EXCHANGE", str(state.exchange))
    return state


def test_progress_tells_where_everybody_is(state):
    table = progress(state, "10").set_index("student")
    assert list(table.index) == ["ana", "bo", "cem", "dee", "eve"]
    assert list(table.on_roster) == [True, True, True, True, False]
    assert dict(table.points) == {"ana": 1, "bo": 0, "cem": 1, "dee": 0, "eve": 0}
    assert list(table.scored) == [True, True, True, False, True]
    assert table.to_mark["ana"] == 1, "the written answer waits for a person"
    assert table.of["ana"] == 15
    (one,) = standings(state, ["10"])
    assert one.count() == {
        "trainees": 5, "started": 4, "handed_in": 4, "to_collect": 0, "scored": 4, "to_mark": 4,
        "waiting": 0, "look": 0, "feedback": 0, "late": 0,
    }  # fmt: skip
    assert (one.state, one.due, one.closed) == ("open", None, None)


def test_progress_follows_an_evening(state):
    again = hand_in(state, "ana", {"m10_trip": [1]}, stamp="2026-11-03 12:00:00.000000 UTC")
    table = progress(state, "10").set_index("student")
    assert table.to_collect["ana"] and table.scored["ana"]
    collect(state, "10")
    table = progress(state, "10").set_index("student")
    assert not table.to_collect["ana"] and not table.scored["ana"]
    score_all(state, "10", students=["ana"])
    assert feedback(state, "10") == (["ana", "bo", "cem", "eve"], {})
    table = progress(state, "10").set_index("student")
    assert set(table.feedback) == {"out", ""} and table.scored["ana"]
    assert again.is_dir()


def test_who_has_begun_is_seen_without_following_links(state, tmp_path):
    homes = tmp_path / "homes"
    for name in ("ana", "bo", "dee"):
        module = homes / name / "course" / "modules" / MODULE
        module.mkdir(parents=True)
        (module / "exercises.ipynb").write_text("{}")
    (homes / "dee" / "course" / "modules" / MODULE / "answers.json").write_text("{}")
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    (homes / "bo" / "course" / "modules" / MODULE / "answers.json").symlink_to(secret)
    (homes / "eve").symlink_to(homes / "dee")
    (homes / "..hidden").mkdir()
    found = seen.look(homes, [MODULE, "no_module"])
    assert sorted(found) == ["ana", "bo", "dee"]
    assert set(found["ana"][MODULE]) == set(found["bo"][MODULE]) == {"fetched"}
    assert set(found["dee"][MODULE]) == {"fetched", "begun"}
    assert seen.look(tmp_path / "nowhere", [MODULE]) == {}
    seen.save(state, found)
    table = progress(state, "10").set_index("student")
    assert dict(table.started) == {"ana": "fetched", "bo": "fetched", "cem": "", "dee": "begun",
                                   "eve": ""}  # fmt: skip


def test_stuck_by_hand(state):
    trip = next(d for d in stuck(state, "10") if d.question == "m10_trip")
    assert (trip.people, trip.answered, trip.most) == (4, 4, 3)
    assert trip.attempts == 2.0  # 2 + 3 + 1 + 2 over 4
    assert (trip.right_first, trip.right_end) == (1, 2)
    assert trip.stuck == ("bo",)
    rest = [d for d in stuck(state, "10") if d.question != "m10_trip"]
    assert {d.answered for d in rest} == {0}


def test_no_right_number_of_anybody_is_shown(state):
    """An answer copied from a neighbour is a right number; the desk must not pass it on."""
    copied = right("cem")
    hand_in(state, "ana", {"m10_trip": [copied, 7]}, stamp="2026-11-04 12:00:00.000000 UTC")
    collect(state, "10")
    score_all(state, "10")
    told = [a for a in attempts.attempts(state, "10") if a.student == "ana"]
    assert [a.value for a in told] == ["", "7"]
    told = json.dumps([a.value for a in attempts.attempts(state, "10")])
    for student in ("ana", "cem"):
        assert f'"{right(student)}"' not in told


def test_what_was_judged_is_kept_and_only_new_hand_ins_are_read(state, monkeypatch):
    assert attempts.missing(state, MODULE) == 4
    first = attempts.attempts(state, "10")
    assert attempts.missing(state, MODULE) == 0
    assert attempts.kept(state, MODULE) == first
    monkeypatch.setattr(attempts, "_attempts_of", lambda *a: pytest.fail("read again"))
    assert attempts.attempts(state, "10") == first
    table = state.base / "desk" / f"attempts-{MODULE}.json"
    table.write_text('{"ana": 3}')
    monkeypatch.undo()
    assert attempts.attempts(state, "10") == first, "a damaged table is made again"


def test_an_extension_moves_lateness_for_one_person(state):
    limit = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
    due.set_due(state, MODULE, limit)
    two_hours = timedelta(hours=2)
    everybody = {s: two_hours for s in ("ana", "bo", "cem", "eve")}
    assert due.late(state, MODULE) == everybody
    extensions.extend(state, "10", "ana", limit + timedelta(hours=3), why="power cut")
    assert due.late(state, MODULE) == {s: two_hours for s in ("bo", "cem", "eve")}
    with open_book(state) as book:  # the formgrader and nbgrader's penalties see it, too
        assert book.find_submission(MODULE, "ana").extension == timedelta(hours=3)
        assert book.find_submission(MODULE, "bo").extension is None
    score_all(state, "10", again=True)
    with open_book(state) as book:
        assert book.find_submission(MODULE, "ana").total_seconds_late == 0
    extensions.extend(state, "10", "all", limit + timedelta(hours=1))
    assert due.late(state, MODULE)["bo"] == timedelta(hours=1)
    extensions.extend(state, "10", "ana", None)
    assert due.late(state, MODULE)["ana"] == timedelta(hours=1)
    lines = diary.entries(state, module=MODULE, what="extend")
    assert [(e["student"], e["why"]) for e in lines] == [
        ("ana", "power cut"),
        ("*", ""),
        ("ana", ""),
    ]


def test_extensions_that_make_no_sense_are_refused(commands, capsys):
    state = commands
    due.set_due(state, MODULE, due.moment("2027-04-09 18:00"))
    for words, part in (
        (("nobody", "10", "--until", "2027-04-10"), "is on no list"),
        (("../ana", "10", "--until", "2027-04-10"), "is on no list"),
        (("ana", "10", "--until", "2027-04-09 17:00"), "ends before that"),
        (("ana", "10", "--until", "soon"), "no date and time"),
        (("ana", "77", "--until", "2027-04-10"), "no module"),
    ):
        assert run("extend", *words) == 2
        assert part in capsys.readouterr().err
    assert run("extend", "ana", "10", "--until", "2027-04-10 18:00", "--json") == 0
    assert json.loads(capsys.readouterr().out)["until"] == "2027-04-10T18:00:00+09:00"
    assert run("extend", "ana", "10", "--until", "2027-04-10 18:00") == 0
    assert len(diary.entries(state, what="extend")) == 1, "twice is once"
    (state.base / "desk" / "extensions.json").write_text("{")
    assert run("extend", "ana", "10", "--remove") == 1
    assert "cannot be read" in capsys.readouterr().err


def test_after_closing_nothing_is_collected_unless_extended(state):
    hand_in(state, "ana", {"m10_trip": [5]}, stamp="2026-11-05 12:00:00.000000 UTC")
    closing.close(state, "10", why="the evening is over")
    assert not closing.outbound(state, MODULE).exists()
    soon = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%d %H:%M:%S.%f} UTC"
    for student in ("bo", "dee"):
        hand_in(state, student, {"m10_trip": [6]}, stamp=soon)
    got = collect(state, "10")
    assert got.students == ["ana", "bo", "cem", "eve"]
    assert sum("after 10_integrated_fares was closed" in line for line in got.left_out) == 2
    told = extensions.extend(state, "10", "dee", datetime.now(UTC) + timedelta(days=1))
    assert "stays in the exchange" in told[0]
    assert closing.outbound(state, MODULE).is_dir(), "nbgrader hands in only what is there"
    assert "dee" in collect(state, "10").students
    extensions.extend(state, "10", "dee", None)
    assert not closing.outbound(state, MODULE).exists()
    closing.reopen(state, "10")
    assert closing.outbound(state, MODULE).is_dir()
    collect(state, "10")
    text = (state.folder("submitted", "bo", MODULE) / "timestamp.txt").read_text()
    assert text == soon, "open again: everything counts"


def test_what_is_left_out_is_told_whatever_the_process_did_to_its_loggers(state, monkeypatch):
    hand_in(state, "ana", {"m10_trip": [5]}, stamp="no time at all")
    log = logging.getLogger("traitlets")
    monkeypatch.setattr(log, "disabled", True)  # as alembic does to all loggers there are
    assert any("its time cannot be read" in line for line in collect(state, "10").left_out)
    assert log.disabled


def test_a_hand_in_dated_back_is_not_collected_after_closing(state, monkeypatch):
    early = f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%d %H:%M:%S.%f} UTC"
    with closing.store.changing(state, closing.TABLE) as table:
        at = datetime.now(UTC) - timedelta(hours=1)
        table[MODULE] = {"at": at.isoformat(), "by": "test"}
    hand_in(state, "dee", {"m10_trip": [6]}, stamp=early)
    got = collect(state, "10")
    assert "dee" not in got.students
    assert any("by the clock of the exchange" in line for line in got.left_out)
    # the attack works where only the name is asked, of the folder and of each file in it
    for asked in (closing, collecting):
        monkeypatch.setattr(asked, "GRACE", timedelta(days=9999))
    assert "dee" in collect(state, "10").students


def test_closing_twice_keeps_the_first_moment_and_a_release_opens(commands, capsys):
    state = commands
    assert run("close", "10", "--json") == 0
    first = json.loads(capsys.readouterr().out)["closed"]
    assert run("close", "10", "--json") == 0
    assert json.loads(capsys.readouterr().out)["closed"] == first
    assert [e["what"] for e in diary.entries(state)] == ["close"]
    assert run("close", "00") == 1
    assert "was not released" in capsys.readouterr().err
    assert run("release", "10") == 0
    assert closing.closed_since(state, MODULE) is None
    assert run("reopen", "10") == 0
    assert [e["what"] for e in diary.entries(state)] == ["close", "reopen"]


def mend(monkeypatch, extra):
    """Let the key take one more number for right, as a mended key would."""
    from grading import keys

    key = keys.load_key("grading.answer_key", MODULE)
    old = getattr(key, "alternatives", None)

    def alternatives(qid, city, draw):
        more = list(old(qid, city, draw) or ()) if old else []
        return [*more, extra] if qid == "m10_trip" else more

    monkeypatch.setattr(type(key), "alternatives", staticmethod(alternatives), raising=False)
    monkeypatch.setattr(key, "alternatives", alternatives, raising=False)


def test_regrade_tries_first_and_writes_only_when_told(state, monkeypatch):
    with open_book(state) as book:
        grade = book.find_grade("m10_written", "exercises", MODULE, "bo")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        trip = book.find_grade("m10_trip", "exercises", MODULE, "eve")
        trip.manual_score, trip.needs_manual_grade = 0.5, False
        book.db.commit()
    assert judging_again.regrade(state, "10").changes == ()
    mend(monkeypatch, 103)
    before = (state.base / "gradebook.db").read_bytes()
    trial = judging_again.regrade(state, "10")
    (change,) = trial.changes
    assert (change.student, change.before, change.after) == ("bo", 0, 1)
    assert (change.status_before, change.status_after) == ("wrong", "right")
    assert not trial.applied and (state.base / "gradebook.db").read_bytes() == before
    assert scored.load(state, MODULE)["bo"].results["m10_trip"]["status"] == "wrong"
    with pytest.raises(UsageError, match="why the points change"):
        judging_again.regrade(state, "10", apply=True)
    made = judging_again.regrade(state, "10", apply=True, why="the fare of 2025 was asked")
    assert made.changes == trial.changes and made.applied
    table = progress(state, "10").set_index("student")
    assert table.points["bo"] == 4.0, "one point now, three given by hand stay"
    assert table.points["eve"] == 0.5, "points given by hand stay"
    (line,) = diary.entries(state, what="regrade")
    assert line["why"] == "the fare of 2025 was asked" and line["changes"][0]["student"] == "bo"
    assert judging_again.regrade(state, "10", apply=True, why="again").changes == ()


def test_a_regrade_that_was_killed_still_knows_every_difference(state, monkeypatch):
    mend(monkeypatch, 103)

    def killed(*args, **more):
        score_all(*args, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr("grading.direct.score_all", killed)
    with pytest.raises(KeyboardInterrupt):
        judging_again.regrade(state, "10", apply=True, why="mended")
    monkeypatch.setattr("grading.direct.score_all", score_all)
    assert not diary.entries(state, what="regrade")
    # somebody else is judged again first: what the killed run knew is not thrown away
    assert not judging_again.regrade(state, "10", students=["ana"], apply=True, why="x").changes
    made = judging_again.regrade(state, "10", apply=True, why="mended")
    assert [(c.student, c.before, c.after) for c in made.changes] == [("bo", 0, 1)]
    assert len(diary.entries(state, what="regrade")) == 2


def test_regrade_refuses_what_it_cannot_do(commands, capsys):
    assert run("regrade", "10", "--student", "dee", "--workers", "1") == 2
    assert "no scored hand-in" in capsys.readouterr().err
    assert run("regrade", "10", "--apply", "--workers", "1") == 2
    assert run("regrade", "00", "--workers", "1") == 1


def test_commands_print_one_json_object(commands, capsys):
    for words in (["progress"], ["progress", "10"], ["progress", "--student", "ana"],
                  ["stuck", "10"], ["regrade", "10", "--workers", "1"]):  # fmt: skip
        assert run(*words, "--json") == 0
        assert isinstance(json.loads(capsys.readouterr().out), dict)
        assert run(*words) == 0
        assert capsys.readouterr().out.strip()
    assert run("progress", "--student", "nobody") == 2
    assert run("stuck", "77") == 2


def test_half_a_module_in_the_exchange_is_put_there_anew(state, monkeypatch):
    """A reopening that was killed while it copied."""
    from grading import gradebook

    place = closing.outbound(state, MODULE)
    whole = {p.name for p in place.iterdir()}
    closing.close(state, MODULE)
    assert not place.exists() and not list(place.parent.parent.glob(".closing-*"))
    real = gradebook.open_api

    def killed(at):
        class Api:
            def release_assignment(self, name):
                place.mkdir()
                (place / "module.yml").write_text("half")
                raise KeyboardInterrupt

        return Api()

    monkeypatch.setattr(gradebook, "open_api", killed)
    with pytest.raises(KeyboardInterrupt):
        closing.reopen(state, MODULE)
    monkeypatch.setattr(gradebook, "open_api", real)
    closing.reopen(state, MODULE)
    assert {p.name for p in place.iterdir()} == whole
    assert (place / "module.yml").read_text() != "half"


def test_what_cannot_be_taken_away_is_said(state, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(closing.os, "rename", refused)
    with pytest.raises(CourseError, match="trainees can still fetch it"):
        closing.close(state, MODULE)
    assert closing.closed_since(state, MODULE)
    monkeypatch.undo()
    closing.close(state, MODULE)
    assert not closing.outbound(state, MODULE).exists()


def test_a_run_killed_before_its_line_in_the_diary_is_noted_by_the_next(state, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    when = datetime.now(UTC) + timedelta(days=400)
    for act in (lambda: closing.close(state, MODULE),
                lambda: extensions.extend(state, MODULE, "ana", when)):  # fmt: skip
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(diary, "note", killed)
            act()
        act()
        act()
    assert [e["what"] for e in diary.entries(state, module=MODULE)] == ["close", "extend"]


def test_a_reason_may_hold_any_sign(state):
    why = "a\u2028b\x85c\x1cd"
    diary.note(state, "close", module=MODULE, why=why)
    assert [e["why"] for e in diary.entries(state)] == [why]
    with (state.base / "desk" / "diary.jsonl").open("ab") as file:
        file.write("벤".encode()[:2])  # a killed run
    diary.note(state, "reopen", module=MODULE)
    assert [e["what"] for e in diary.entries(state)] == ["close", "reopen"]


def test_the_diary_survives_half_a_line(state):
    diary.note(state, "close", module=MODULE)
    path = state.base / "desk" / diary.FILE
    with path.open("ab") as file:
        file.write(b'{"what": "ext')
    diary.note(state, "reopen", module=MODULE)
    assert [e["what"] for e in diary.entries(state)] == ["close", "reopen"]
    assert path.stat().st_mode & 0o077 == 0


def test_a_survey_has_no_wrong_answers(state):
    with pytest.raises(CourseError):
        stuck(state, "06")  # not released
    assert stuck(state, "92") == []
    assert COURSE_ID
