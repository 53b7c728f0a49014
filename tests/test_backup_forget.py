"""A person is forgotten: nothing of them in any byte, everything of the others as it was."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import unicodedata
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from course.commands import dispatch
from course.errors import CourseError, UsageError
from grading import certificates, scored
from grading.certificates import folder as folders
from grading.certificates.log import Log
from grading.cohort.store import read_roster
from grading.gradebook_store import open_book
from grading.hub import accounts
from grading.plans import marks
from grading.safekeeping import (
    backup,
    forgetting,
    keeping,
    looking,
    on_hub,
    overdue,
    places,
    rows,
    traces,
)
from grading.safekeeping.fitting import is_empty
from grading.safekeeping.words import Words, spellings
from grading.safekeeping.words import of as words_of
from grading.state import GradingState
from tests import safekeeping_course as course

pytestmark = pytest.mark.nbgrader
ANA, BO, CY = course.ANA, course.BO, course.CY


@pytest.fixture
def base(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    return course.copied(tmp_path / "state")


@pytest.fixture
def state(base) -> GradingState:
    return GradingState.default()


def _forget(state, base, who=ANA, certificates="keep"):
    layout = places.Layout(base)
    words = looking.known(state, who)
    return forgetting.forget(
        state, layout, words, certificates=certificates, now=course.papers.LATER
    )


def _files_with(base: Path, *strings: str) -> set[str]:
    """Return the files that hold a string in any byte or any part of it; another eye."""
    wanted = set()
    for text in strings:
        for form in ("NFC", "NFD"):
            said = unicodedata.normalize(form, text)
            wanted |= {said.encode(), json.dumps(said)[1:-1].encode(), said.encode("utf-16-le")}
    found = set()
    for where, names, files in os.walk(base):
        for name in (*names, *files):
            path = Path(where, name)
            if any(text in name for text in strings):
                found.add(f"name of {path.relative_to(base)}")
        for name in files:
            path = Path(where, name)
            raw = path.read_bytes()
            if any(word in raw for word in wanted):
                found.add(path.relative_to(base).as_posix())
    return found


def _said(who: str) -> tuple[str, ...]:
    return (who, course.NAMES[who], course.MAILS[who], course.NAMES[who].split()[1])


# ---- nothing is left -----------------------------------------------------------------------


def test_the_planted_words_are_in_many_files_before_and_in_none_after(state, base):
    before = _files_with(base, *_said(ANA))
    assert len(before) > 25
    assert {"followup.db", "grading/gradebook.db", "grading/roster.csv"} <= before
    found = _forget(state, base)
    assert found.done and found.remaining == []
    assert _files_with(base, *_said(ANA)) == set()


def test_a_dry_look_changes_nothing_and_tells_what_there_is(state, base):
    before = course.content(base)
    layout = places.Layout(base)
    found = looking.look(state, layout, looking.known(state, ANA))
    assert course.content(base) == before
    assert not found.done
    assert found.there["row of the roster"] == 1
    assert found.there["certificates"] == 1
    assert found.there["reports of the follow-up"] == 1
    assert found.there["pages of feedback in the exchange"] == 1
    assert found.there["files or folders of submitted"] == 1


def test_deleted_rows_do_not_wait_in_the_free_pages_of_a_database(state, base):
    """Many rows, so that whole pages fall free; without the last step they would hold them."""
    book = base / "grading" / "gradebook.db"
    with closing(sqlite3.connect(book)) as opened:
        opened.execute("UPDATE comment SET manual_comment = manual_comment || ?",
                       (" Zzyxqa-planted" * 2000,))  # fmt: skip
        opened.commit()
    copy = shutil.copyfile(book, base.parent / "copy.db")
    with closing(sqlite3.connect(copy)) as opened:
        opened.execute("PRAGMA secure_delete = OFF")  # some builds have it on
        opened.execute("DELETE FROM comment")
        opened.commit()
    assert b"Zzyxqa-planted" in copy.read_bytes()  # what an ordinary deletion leaves
    rows.scrub_file(copy)
    assert b"Zzyxqa-planted" not in copy.read_bytes()
    assert _forget(state, base).remaining == []
    assert b"Testov" not in book.read_bytes()


def test_the_search_afterwards_finds_what_nobody_thought_of(state, base):
    from openpyxl import Workbook

    odd = base / "grading" / "reports" / "odd.xlsx"
    sheet = Workbook()
    sheet.active.append(["best", course.NAMES[ANA]])
    sheet.save(odd)
    (base / "grading" / "blob.bin").write_bytes(b"\0\1\2" + course.MAILS[ANA].encode() + b"\0")
    found = _forget(state, base)
    assert {Path(p).name for p in found.remaining} == {"odd.xlsx", "blob.bin"}


# ---- the others are as they were -----------------------------------------------------------


def test_the_others_keep_grades_marks_scores_and_what_is_due(state, base):
    book = base / "grading" / "gradebook.db"

    def grades():
        with closing(sqlite3.connect(book)) as opened:
            return opened.execute(
                "SELECT s.student_id, g.auto_score, g.manual_score, g.needs_manual_grade "
                "FROM grade g JOIN submitted_notebook n ON n.id = g.notebook_id "
                "JOIN submitted_assignment s ON s.id = n.assignment_id ORDER BY 1"
            ).fetchall()

    before = {
        "grades": [row for row in grades() if row[0] != ANA],
        "points": {who: marks.result(state, who) for who in (BO, CY)},
        "due": course.due(base),
        "marks": [(m.marker, m.plan) for m in marks.marks_of(state, _group(state, BO))],
        "times": _times(state),
    }
    _forget(state, base)
    assert grades() == before["grades"] != []
    assert {who: marks.result(state, who) for who in (BO, CY)} == before["points"]
    assert course.due(base) == before["due"] != []
    assert _times(state) == before["times"]
    group = _group(state, BO)
    ((marker, version),) = [(m.marker, m.plan) for m in marks.marks_of(state, group)]
    assert (marker, before["marks"][0][0]) == ("Marker One", "Marker One")
    plan = marks.plan_of_group(state, group)
    assert version == marks.content_of(plan) != before["marks"][0][1]
    assert [row["name"] for row in plan.data["team"]] == [
        "a former participant", course.NAMES[BO],
    ]  # fmt: skip
    # the next run of score finds nothing that has changed
    from grading.handin import content_hash

    known = scored.load(state, course.MODULE)
    assert set(known) == {BO, CY}
    for who, last in known.items():
        assert last.content == content_hash(state.folder("submitted", who, course.MODULE))


def _group(state, who):
    from grading.plans.groups import group_of

    return group_of(state, who)


def _times(state) -> dict[str, int]:
    folders = [state.folder("submitted", who, course.MODULE) for who in (BO, CY)]
    return {str(p): p.stat().st_mtime_ns for f in folders for p in f.iterdir()}


def test_tables_lose_the_persons_rows_and_keep_the_rest(state, base):
    _forget(state, base)
    assert [p.student_id for p in read_roster(base / "grading" / "roster.csv")] == [BO, CY]
    report = json.loads((state.reports / f"{course.MODULE}.json").read_text())
    assert report == {"rows": [{"student": BO, "points": 3}, {"student": CY, "points": 3}],
                      "best": "a former participant"}  # fmt: skip
    keys = json.loads((base / "grading" / "keys" / f"{course.MODULE}.json").read_text())
    assert set(keys["values"]) == {f"{BO}|abc", f"{CY}|abc"}
    lines = (base / "grading" / "attendance.jsonl").read_text().splitlines()
    assert [json.loads(line)["student_id"] for line in lines] == [BO, CY]
    inbound = base / "grading" / "exchange" / "smartcity" / "inbound"
    assert len(list(inbound.iterdir())) == 2
    pages = list((base / "grading" / "exchange" / "smartcity" / "feedback").iterdir())
    assert len(pages) == 2


def test_a_person_alone_takes_the_plan_along_and_a_team_keeps_its_own(state, base):
    _forget(state, base, CY)
    with closing(sqlite3.connect(base / "followup.db")) as opened:
        assert opened.execute("SELECT key FROM plans").fetchall() == [("team:Zeta team",)]
        assert opened.execute("SELECT count(*) FROM reports").fetchone() == (1,)
        with pytest.raises(sqlite3.Error, match="never changed"):
            opened.execute("DELETE FROM reports")
    _forget(state, base, ANA)
    with closing(sqlite3.connect(base / "followup.db")) as opened:
        assert opened.execute("SELECT count(*) FROM reports").fetchone() == (1,)
        people = opened.execute("SELECT student_id, name, email FROM participants ORDER BY id")
        assert people.fetchall() == [
            ("former-participant-1", "a former participant", ""),
            (BO, course.NAMES[BO], course.MAILS[BO]),
        ]
        with pytest.raises(sqlite3.Error, match="never changed"):
            opened.execute("UPDATE reports SET change = 'x'")


# ---- certificates ----------------------------------------------------------------------------


def test_with_a_certificate_the_host_has_to_say_what_becomes_of_it(state, base):
    before = course.content(base)
    with pytest.raises(UsageError, match="--keep-certificate"):
        _forget(state, base, certificates="")
    assert course.content(base) == before


def test_a_kept_certificate_verifies_for_its_holder_and_the_host_knows_no_name(
    state, base, tmp_path
):
    (one,) = [c for c in certificates.issued(state) if c.achievement.student_id == ANA]
    (other,) = [c for c in certificates.issued(state) if c.achievement.student_id == BO]
    held = shutil.copyfile(one.pdf, tmp_path / "held.pdf")
    _forget(state, base, certificates="keep")
    for paper in (held, other.pdf):
        verdict = certificates.verify(paper, base=state.base, now=course.papers.LATER)
        assert verdict.answer == "valid"
    assert not one.folder.exists()
    known = {c.number: c for c in certificates.issued(state)}
    assert known[one.number].achievement.name == "(removed)"
    assert known[other.number].achievement.name == course.NAMES[BO]
    log = Log(state.base / "certificates" / "log.jsonl")  # the chain holds
    assert log.events[-1].what == "forget"
    # the course goes on: pages, another certificate, a number of its own
    assert certificates.write_pages(state, tmp_path / "pages", now=course.papers.LATER) == 2
    page = (tmp_path / "pages" / "c" / f"{one.code}.html").read_text("utf-8")
    assert one.number in page and "Issued and not revoked" in page and "Name" not in page
    fresh = certificates.issue(
        state, course.papers.achievement(student_id="x-1", name="New One"),
        now=course.papers.LATER,
    )  # fmt: skip
    assert fresh.number == "2026-0003"
    with pytest.raises(UsageError, match="cannot be made again"):
        certificates.reissue(state, one.number, reason="test", name="Back Again")


def test_a_revoked_one_is_revoked_for_everybody(state, base, tmp_path):
    (one,) = [c for c in certificates.issued(state) if c.achievement.student_id == ANA]
    held = shutil.copyfile(one.pdf, tmp_path / "held.pdf")
    _forget(state, base, certificates="revoke")
    assert certificates.verify(held, base=state.base, now=course.papers.LATER).answer == "revoked"
    assert _files_with(base, *_said(ANA)) == set()


# ---- again, killed, told --------------------------------------------------------------------


def test_a_second_run_finds_nothing_to_do(state, base):
    _forget(state, base)
    before = course.content(base)
    found = _forget(state, base)
    assert found.there == {} and found.remaining == []
    assert course.content(base) == before


@pytest.mark.slow
def test_killed_anywhere_the_next_run_finishes(state, base, monkeypatch, tmp_path):
    for point in (2, 9, 17, 26, 36, 48):
        place = tmp_path / f"k{point}" / "state"
        course.copied(place)
        monkeypatch.setenv("COURSE_STATE", str(place))
        mine = GradingState.default()
        pid = os.fork()
        if not pid:
            left = iter(range(point - 1, -1, -1))

            def counted(real, left=left):
                def call(*args, **how):
                    if next(left) == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return real(*args, **how)

                return call

            try:
                for module, name in ((os, "replace"), (os, "unlink"), (os, "fsync"),
                                     (folders, "sync"), (rows, "scrub")):  # fmt: skip
                    setattr(module, name, counted(getattr(module, name)))
                _forget(mine, place)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        found = _forget(mine, place)
        assert found.remaining == [], point
        assert _files_with(place, *_said(ANA)) == set(), point
        assert (mine.base / forgetting.LOG).is_file(), point


def test_the_log_of_it_names_nobody_and_old_backups_are_named(state, base, tmp_path):
    layout = places.Layout(base)
    made = backup.make(tmp_path / "old.tar.gz", layout)
    keeping.note(layout, made, named=False)
    found = _forget(state, base)
    assert found.backups == [str(tmp_path / "old.tar.gz")]
    line = json.loads((state.base / forgetting.LOG).read_text())
    assert set(line) == {"time", "what", "certificates"}
    assert not re.search(r"ana|zzyxqa", json.dumps(line), re.IGNORECASE)


def test_an_unknown_id_is_no_id_of_this_course(state, base):
    from grading.commands import forget

    layout = places.Layout(base)
    words = looking.known(state, "nobody-at-all")
    assert looking.look(state, layout, words).there == {}
    with pytest.raises(UsageError, match="cannot be a student id"):
        looking.known(state, "../x")
    assert forget.HELP


def test_the_command_shows_first_and_does_it_when_told(state, base, capsys):
    from grading.commands import forget as command

    def run(*words: str) -> tuple[int, dict]:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        code = command.run(parser.parse_args([*words, "--json"]))
        return code, json.loads(capsys.readouterr().out)

    code, told = run(CY)
    assert (code, told["people"][0]["done"]) == (0, False)
    assert told["people"][0]["there"]["row of the roster"] == 1
    code, told = run(CY, "--yes")
    assert (code, told["people"][0]["done"], told["people"][0]["remaining"]) == (0, True, [])
    with pytest.raises(CourseError, match="There is nothing of"):
        run(CY)
    with pytest.raises(UsageError, match="--keep-certificate"):
        run(ANA, BO, "--yes")
    assert {p.student_id for p in read_roster(base / "grading" / "roster.csv")} == {ANA, BO}
    code, told = run("--older-than", "10y")
    assert (code, told) == (0, {"people": []})
    with pytest.raises(UsageError, match="Name a person"):
        run()


def test_who_is_overdue_by_the_last_trace_of_any_kind(state, base):
    layout = places.Layout(base)
    # the follow-up of a plan runs for a year after the closing day, 2026-03-27
    assert overdue.list_of(state, 730, today=date(2028, 11, 1)) == []
    found = overdue.list_of(state, 730, today=date(2029, 3, 28))
    assert [row["student_id"] for row in found] == [ANA, BO, CY]
    assert {row["last"] for row in found} == {"2027-03-27"}
    with pytest.raises(UsageError, match="retention_days"):
        overdue.policy(layout)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to other accounts")
def test_on_a_hub_account_and_home_go_and_the_number_is_never_given_again(tmp_path, monkeypatch):
    hub = tmp_path / "hub"
    monkeypatch.setenv("COURSE_STATE", str(hub / "state"))
    course.copied(hub / "state")
    table = accounts.allocate(hub / "accounts.json", [ANA, BO], first=200_000)
    for who in (ANA, BO):
        (hub / "homes" / who).mkdir(parents=True)
        (hub / "homes" / who / "mine.txt").write_text(f"{who} {course.NAMES[ANA]}")
    # somebody left before, with the highest number: nobody may ever get it
    earlier = accounts.allocate(hub / "accounts.json", ["earlier"], first=200_000).people["earlier"]
    accounts.remove(hub / "accounts.json", "earlier")
    (hub / "secret").mkdir()
    codes = hub / "secret" / "codes-2027-01-01T000000.csv"
    codes.write_text(f"student_id,name,code\n{ANA},{course.NAMES[ANA]},AAAAA\n{BO},Bo,BBBBB\n")
    pytest.importorskip("jupyterhub")
    from jupyterhub import orm

    session = orm.new_session_factory(f"sqlite:///{hub / 'secret' / 'jupyterhub.sqlite'}")()
    for who in (ANA, BO):
        user = orm.User(name=who)
        session.add(user)
        session.commit()
        session.add(orm.OAuthClient(identifier=f"jupyterhub-user-{who}", secret=""))
        session.add(orm.Server(base_url=f"/user/{who}/"))
    session.commit()
    session.close()
    layout = places.Layout(hub / "state", None, hub)
    state = replace(GradingState.default(), exchange=hub / "state" / "grading" / "exchange")
    words = looking.known(state, ANA)
    found = forgetting.forget(state, layout, words, certificates="keep")
    assert found.remaining == []
    assert not (hub / "homes" / ANA).exists()
    assert (hub / "homes" / BO / "mine.txt").read_text().endswith(course.NAMES[ANA])  # theirs
    with closing(sqlite3.connect(hub / "secret" / "jupyterhub.sqlite")) as opened:
        assert opened.execute("SELECT name FROM users").fetchall() == [(BO,)]
        clients = opened.execute("SELECT identifier FROM oauth_clients").fetchall()
        assert clients == [(f"jupyterhub-user-{BO}",)]
        assert opened.execute("SELECT base_url FROM servers").fetchall() == [(f"/user/{BO}/",)]
    assert [row.split(",")[0] for row in codes.read_text().splitlines()] == ["student_id", BO]
    later = accounts.allocate(hub / "accounts.json", ["next-one"], first=200_000)
    assert later.people["next-one"] not in (*table.people.values(), earlier)
    assert _files_with(hub / "secret", *_said(ANA)) == set()


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A hand-in that names Ana, and links beside it, wherever somebody could guess a name."""
    (tmp_path / "mine").mkdir()
    mine, treasure = tmp_path / "mine" / "answers.json", tmp_path / "treasure"
    mine.write_text(f'{{"with": "{course.NAMES[ANA]}"}}')
    treasure.write_text("root's")
    treasure.chmod(0o600)
    monkeypatch.setattr(traces.secrets, "token_hex", lambda size: "0" * 2 * size)
    for name in (f".answers.json.{os.getpid()}", f".{'0' * 24}.part"):
        (mine.parent / name).symlink_to(treasure)
    return mine, treasure


def test_forgetting_follows_no_link_that_waits(trap):
    """Whose hand-in it is may have left links there; the writer is root."""
    mine, treasure = trap
    with pytest.raises(FileExistsError):  # also where the name could be guessed
        traces.write(mine, b"new")
    for link in mine.parent.glob(".0*"):
        link.unlink()
    traces.write(mine, b"new")
    assert mine.read_bytes() == b"new" and not mine.is_symlink()
    assert treasure.read_text() == "root's"
    assert treasure.stat().st_mode & 0o777 == 0o600


def test_written_by_a_name_that_can_be_guessed_it_goes_through_the_link(trap):
    mine, treasure = trap
    beside = mine.with_name(f".{mine.name}.{os.getpid()}")
    beside.write_bytes(b"new")
    beside.chmod(0o644)
    assert treasure.read_bytes() == b"new" and treasure.stat().st_mode & 0o777 == 0o644


def test_a_folder_nested_a_thousand_deep_ends_neither_search_nor_removal(tmp_path):
    """Trainees nest as they like; what calls itself for each folder would end there."""
    top = tmp_path / "deep"
    top.mkdir()
    at = os.open(top, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=at)
        inner = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(os.open("last.txt", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)
    assert [path.name for path in traces.files(tmp_path)] == ["last.txt"]
    assert not is_empty(tmp_path)
    traces.remove(top)
    assert not top.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs programs of other accounts")
@pytest.mark.parametrize("who", [ANA, BO])
def test_nobody_is_forgotten_while_programs_still_run(tmp_path, who):
    """A hub that was killed leaves them: they would write the home anew, or move the exchange."""
    hub = tmp_path / "hub"
    uid = accounts.allocate(hub / "accounts.json", [ANA, BO], first=918_273_000).people[who]
    (hub / "homes" / ANA).mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], user=uid, group=uid, cwd="/") as running:
        try:
            with pytest.raises(UsageError, match="still run"):
                on_hub.remove(hub, words_of(ANA, [], []))
        finally:
            running.kill()
    assert (hub / "homes" / ANA).is_dir()
    on_hub.remove(hub, words_of(ANA, [], []))
    assert not (hub / "homes" / ANA).exists()


@pytest.mark.parametrize("days", ["0", "-1", "99999y", "1.5", "٣d x", "9" * 50])
def test_days_that_are_none_are_refused_by_the_command(days, capsys):
    with pytest.raises(SystemExit) as caught:
        dispatch.run(dispatch.find("grading", "forget"), [f"--older-than={days}"])
    assert caught.value.code == 2 and "give days" in capsys.readouterr().err


def test_a_damaged_gradebook_is_one_sentence_and_an_empty_file_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_STATE", str(tmp_path))
    state = GradingState.default()
    state.base.mkdir(parents=True)
    file = state.base / "gradebook.db"
    file.write_bytes(b"no database" * 500)
    for ask in (lambda: looking.known(state, ANA),
                lambda: open_book(state).__enter__()):  # fmt: skip
        with pytest.raises(CourseError, match="file is not a database"):
            ask()
    assert file.read_bytes() == b"no database" * 500
    file.write_bytes(b"")
    assert looking.known(state, ANA).names == frozenset()


def test_a_sign_that_ends_a_line_elsewhere_ends_none_in_a_log(tmp_path):
    log = tmp_path / "diary.jsonl"
    lines = [{"student": ANA, "why": "a\u2028b\x85c"}, {"student": BO, "why": "d"}]
    log.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines))
    left = traces.cleaned(log, words_of(ANA, [], []), prune=True)
    assert [json.loads(x) for x in left.decode().split("\n") if x] == lines[1:]


# ---- words -----------------------------------------------------------------------------------


@given(some.text(min_size=4, max_size=12), some.text(max_size=30), some.text(max_size=30))
def test_a_text_names_nobody_after_replacing(name, before, after):
    words = Words("ana-9417", frozenset({name.strip()}))
    for spelled in spellings(name.strip()) or [""]:
        text = words.replaced(f"{before} {spelled} {after}")
        assert not words.stand_in(text) or words.stand_in("a former participant")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("ana-9417", "former-participant"),
        ("/user/ana-9417/", "/user/former-participant/"),
        ("ana-94171 ana-9417-2 xana-9417 ana-9417.b", "ana-94171 ana-9417-2 xana-9417 ana-9417.b"),
        ("by ana-9417.", "by former-participant."),
        ("report-ana-9417.json", "report-former-participant.json"),
        ("A.Q@NOWHERE.example", "former-participant"),
        ("<p>Jos&#233; Test</p>", "<p>a former participant</p>"),
        ('"Jos\\u00e9 Test"', '"a former participant"'),
        ("Jose\u0301 Test", "a former participant"),
        ("Jos%C3%A9%20Test", "a former participant"),
        ("José Testova", "José Testova"),
    ],
)
def test_words_end_where_they_end(text, new):
    words = Words(
        "ana-9417", frozenset({"José Test"}), frozenset({"a.q@nowhere.example"}),
        frozenset({"ana-9417-2", "ana-9417.b"}),
    )  # fmt: skip
    assert words.replaced(text) == new
    assert words.stand_in(text) == (text != new)


def test_short_words_are_told_and_not_replaced_in_texts():
    words = Words("ann", frozenset({"Ann", "Ann Long"}), frozenset({"1"}))
    assert words.too_short == ["1", "Ann", "ann"]
    assert words.replaced("ann, Ann, Ann Long") == "ann, Ann, a former participant"


def test_bytes_of_another_whose_id_begins_alike_are_not_taken_for_the_person(tmp_path):
    file = tmp_path / "x.bin"
    file.write_bytes(b"\0ana-94172\0")
    words = Words("ana-9417", frozenset({"Ana Test"}))
    assert traces.Needle(words).in_file(file)
    apart = replace(words, others=frozenset({"ana-94172"}))
    assert not traces.Needle(apart).in_file(file)
    file.write_bytes(b"\0Ana Test\0")
    assert traces.Needle(apart).in_file(file)


def test_what_a_hub_has_logged_names_the_person_no_more(tmp_path):
    from grading.safekeeping import on_hub

    log = tmp_path / "hub.log"
    log.write_text(
        "GET /user/Ana-t/lab jupyterhub-user-Ana-t&redirect_uri=https%3A%2F%2Fana-t.hub.test"
        "%2Fuser%2FAna-t%2Foauth (ana-t@127.0.0.1) /user/bo-t/lab jupyterhub-user-bo-t"
    )
    on_hub._logs(tmp_path, Words("Ana-t"))
    said = log.read_text()
    assert "ana-t" not in said.lower() and said.count("bo-t") == 2
    assert log.stat().st_mode & 0o777 == 0o600
